"""The thread that tells the memory: another takes over where it hangs or ends, and a full disk costs nothing."""

import threading

from live_inputs import S, frame, until

from spatialmem import Receipt, StoreFull
from spatialmem.live import LiveConfig
from spatialmem.live.inbox import Inbox
from spatialmem.live.ingest import Ingest


def started(observe, count):
    inbox = Inbox(LiveConfig())
    ingest = Ingest(inbox, observe)
    ingest.start()
    for i in range(1, count + 1):
        inbox.feed("camera").put(frame(i * S))
    return inbox, ingest


def test_inputs_are_told_in_order():
    told = []
    inbox, ingest = started(lambda x: told.append(x.stamp_ns) or Receipt(len(told)), 5)
    until(lambda: len(told) == 5)
    assert ingest.stop(1.0)
    assert told == [i * S for i in range(1, 6)]
    assert inbox.feed("camera").tally.admitted == 5
    assert ingest.newest_ns is not None


def test_nobody_takes_over_once_it_was_stopped():
    _, ingest = started(lambda x: Receipt(1), 1)
    assert ingest.stop(1.0)
    ingest.start()  # as a watchdog does that found it ended just then
    assert not ingest.is_running
    assert ingest.started == 1


def test_who_hangs_has_not_stopped_however_often_that_is_asked():
    hangs = threading.Event()
    _, ingest = started(lambda x: hangs.wait(10.0) or Receipt(1), 1)
    until(lambda: ingest.busy_s > 0.0)
    assert not ingest.stop(0.05)
    assert not ingest.stop(0.05)
    hangs.set()
    assert ingest.stop(5.0)


def test_another_takes_over_from_one_that_hangs():
    told, hangs = [], threading.Event()

    def observe(x):
        if x.stamp_ns == 2 * S:
            hangs.wait(10.0)
        told.append(x.stamp_ns)
        return Receipt(len(told))

    inbox, ingest = started(observe, 4)
    until(lambda: ingest.busy_s > 0.05)
    ingest.start()
    until(lambda: told == [S, 3 * S, 4 * S])
    assert ingest.hanging == 1
    hangs.set()  # what it had in hand is told after all, nothing more
    until(lambda: ingest.hanging == 0)
    assert told[-1] == 2 * S
    until(lambda: inbox.feed("camera").tally.admitted == 4)
    assert ingest.stop(1.0)


def test_one_that_ends_loses_what_it_had_in_hand_and_says_why():
    def observe(x):
        if x.stamp_ns == 2 * S:
            raise RuntimeError("a policy of somebody else's")
        return Receipt(1)

    inbox, ingest = started(observe, 3)
    until(lambda: not ingest.is_running)
    assert "a policy of somebody else's" in ingest.failure
    ingest.start()
    until(lambda: inbox.feed("camera").tally.admitted == 2)
    assert inbox.feed("camera").tally.lost == 1
    assert ingest.stop(1.0)


def test_an_input_is_told_again_once_the_file_can_be_written():
    told, full = [], threading.Event()
    full.set()

    def observe(x):
        if full.is_set():
            raise StoreFull("home.smem", "no space is left")
        told.append(x.stamp_ns)
        return Receipt(len(told))

    inbox, ingest = started(observe, 2)
    until(lambda: ingest.trouble)
    assert "no space is left" in ingest.trouble
    full.clear()
    until(lambda: told == [S, 2 * S])
    assert not ingest.trouble
    assert inbox.feed("camera").tally.lost == 0
    assert ingest.stop(1.0)

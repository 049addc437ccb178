"""The log: numbered, taken back and not erased, and as an answer what was written down."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.belief.log import Entry, Log, change_of, point_of

S = 10**9


def write(log: Log, object_id=1, kind="moved", stamp_ns=S, **fields) -> Entry:
    times = {"stamp_ns": stamp_ns, "since_ns": stamp_ns - 5, "seq": stamp_ns // S}
    return log.add(object_id=object_id, label="mug", kind=kind, **times, **fields)


def test_changes_are_numbered_and_kept_in_order():
    log = Log(3)
    for stamp_ns in range(S, 6 * S, S):
        write(log, stamp_ns=stamp_ns)
    assert [one.number for one in log.entries] == [3, 4, 5]
    assert log.last_number == 5
    assert [one.number for one in log.take()] == [1, 2, 3, 4, 5]
    assert log.take() == ()


def test_a_change_is_taken_back_once_and_is_still_there():
    log = Log(10)
    first, second = write(log, kind="missing"), write(log, object_id=2, kind="moved")
    before = log.entries
    log.take()
    assert log.undo(1, ("missing",), 77) == first
    assert [one.undone_seq for one in log.entries] == [77, 0]
    assert before == (first, second)  # who has it has it as it was
    assert log.take() == (msgspec.structs.replace(first, undone_seq=77),)
    assert log.undo(1, ("missing",), 78) is None
    assert log.take() == ()


def test_only_the_newest_change_of_an_object_is_taken_back():
    log = Log(10)
    write(log, kind="missing")
    write(log, kind="found")
    assert log.undo(1, ("missing",), 9) is None
    assert log.undo(1, ("found", "moved"), 9) is not None
    assert log.undo(1, ("missing",), 9) is not None  # now it is the newest that holds


def test_what_is_no_longer_kept_is_not_taken_back():
    log = Log(1)
    write(log, kind="missing")
    write(log, object_id=2)
    assert log.undo(1, ("missing",), 9) is None


def test_it_goes_on_from_what_was_kept():
    log = Log(10)
    write(log)
    again = Log(10, log.entries, log.last_number)
    assert again.take() == ()  # it is written already
    assert write(again).number == 2


def test_an_answer_has_what_was_written_and_nobody_changes_it():
    log = Log(10)
    entry = write(log, from_W=point_of(np.array([1.0, 2.0, 3.0])), p=0.5, place="on table-4")
    change = change_of(entry)
    assert (change.name, change.kind, change.stamp_ns, change.since_ns) == ("mug-1", "moved", S, S - 5)
    assert (change.p, change.place, change.seq) == (0.5, "on table-4", 1)
    assert change.from_W is not None
    assert change.from_W.tolist() == [1.0, 2.0, 3.0]
    assert change.to_W is change.looked_from_W is None
    with pytest.raises(ValueError, match="read-only"):
        change.from_W[0] = 9.0
    assert point_of(None) is None


DEEDS = st.lists(
    st.tuples(st.sampled_from(["add", "undo", "take"]), st.integers(1, 3), st.sampled_from(["moved", "missing"])),
    max_size=40,
)


@given(DEEDS, st.integers(1, 8))
def test_the_rows_that_were_taken_are_what_the_log_is(deeds, count_max):
    """Written over by number, as a file does it, they are its newest entries, and older ones that are final."""
    log, rows = Log(count_max), {}
    for i, (deed, object_id, kind) in enumerate(deeds, 1):
        if deed == "add":
            write(log, object_id, kind, i * S)
        elif deed == "undo":
            log.undo(object_id, (kind,), i)
        else:
            rows.update({one.number: one for one in log.take()})
    rows.update({one.number: one for one in log.take()})
    assert sorted(rows) == list(range(1, log.last_number + 1))
    assert [rows[number] for number in sorted(rows)][-count_max:] == list(log.entries)
    assert len(log.entries) <= count_max


def test_what_came_of_its_state_since_does_not_matter_nor_of_its_place_where_it_is_said():
    log = Log(10)
    appeared = write(log, kind="appeared")
    missing = write(log, kind="missing")
    write(log, kind="opened")
    assert log.undo(1, ("missing",), 9) == missing
    write(log, kind="moved")
    assert log.undo(1, ("appeared",), 9) is None
    assert log.undo(1, ("appeared",), 9, past=None) == appeared
    assert [one.kind for one in log.entries if not one.undone_seq] == ["opened", "moved"]

"""Leases beside a control loop: a tick tells what broke once, asks as many as there is time for, and never raises."""

import threading
import time

import pytest
from live_inputs import S, frame, until

from spatialmem import SpatialMemory
from spatialmem.leases import Lease
from spatialmem.live import attach


class Until:
    """A premise that holds until an input."""

    def __init__(self, seq):
        self.seq = seq

    def broken(self, view):
        return f"input {view.seq} is in" if view.seq >= self.seq else ""


def test_a_tick_tells_once_which_premise_broke():
    with attach(SpatialMemory()) as attached:
        lease = attached.lease(Lease([Until(1), Until(2), Until(9)]))
        assert attached.tick().broken == ()
        attached.put(frame(S))
        until(lambda: attached.memory.view().seq == 1)
        ((told, broken),) = attached.tick().broken
        assert told is lease
        assert broken.premise is lease.premises[0]
        assert broken.why == "input 1 is in"
        assert attached.tick().broken == ()
        ended = attached.lease(Lease([Until(2)]))
        attached.end_lease(ended)
        attached.put(frame(2 * S))
        until(lambda: attached.memory.view().seq == 2)
        assert attached.tick().broken == ()


def test_leases_without_time_left_come_first_in_the_next_tick():
    class Slow(Until):
        def broken(self, view):
            time.sleep(0.005)
            return super().broken(view)

    with attach(SpatialMemory()) as attached:
        for seq in (9, 9, 1):
            attached.lease(Lease([Slow(seq)]))
        for seq, (broken, unchecked) in enumerate([(0, 2), (0, 2), (1, 2), (0, 1)], 1):
            attached.put(frame(seq * S))
            until(lambda seq=seq: attached.memory.view().seq == seq)
            tick = attached.tick(budget_ms=1.0)
            assert (len(tick.broken), tick.unchecked) == (broken, unchecked)


def test_a_lease_may_be_ended_while_it_is_asked():
    asked, leave = threading.Event(), threading.Event()

    class Waiting(Until):
        def broken(self, view):
            asked.set()
            leave.wait(10.0)
            return super().broken(view)

    with attach(SpatialMemory()) as attached:
        lease = attached.lease(Lease([Waiting(0)]))
        ticks = []
        loop = threading.Thread(target=lambda: ticks.append(attached.tick()))
        loop.start()
        assert asked.wait(10.0)
        attached.end_lease(lease)
        leave.set()
        loop.join(10.0)
        assert ticks[0].broken == ()
        assert attached.tick().broken == ()


class Planned:
    """Who goes by a lease."""

    def __init__(self, lease=None):
        self.lease = lease


def test_ticks_ask_the_lease_that_a_planner_has_by_then():
    with attach(SpatialMemory()) as attached:
        planner = Planned()
        attached.follow(planner)
        assert attached.tick().broken == ()
        old, new = Lease([Until(1)]), Lease([Until(1)])
        planner.lease = old
        attached.tick()
        planner.lease = new  # the plan is another by now
        attached.tick()
        attached.put(frame(S))
        until(lambda: attached.memory.view().seq == 1)
        assert [lease for lease, _ in attached.tick().broken] == [new]
        assert new.broken[0].why == "input 1 is in"
        assert old.broken == ()
        assert attached.tick().broken == ()


def test_what_a_planner_finds_broken_first_the_next_tick_tells_once():
    with attach(SpatialMemory()) as attached:
        found = Lease([Until(1)])
        planner = Planned(found)
        attached.follow(planner)
        attached.tick()
        attached.put(frame(S))
        until(lambda: attached.memory.view().seq == 1)
        assert found.check(attached.memory.view())
        planner.lease = None
        ((told, broken),) = attached.tick().broken
        assert (told, broken) == (found, found.broken[0])
        assert attached.tick().broken == ()


def test_a_planner_is_followed_once_and_no_more_when_it_is_let_go_of():
    with attach(SpatialMemory()) as attached:
        lease = Lease([Until(1)])
        planner = Planned(lease)
        attached.follow(planner)
        attached.follow(planner)
        attached.lease(lease)
        attached.tick()
        attached.put(frame(S))
        until(lambda: attached.memory.view().seq == 1)
        assert len(attached.tick().broken) == 1
        planner.lease = Lease([Until(2)])
        attached.tick()
        attached.unfollow(planner)
        attached.put(frame(2 * S))
        until(lambda: attached.memory.view().seq == 2)
        assert attached.tick().broken == ()


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_planner_whose_lease_cannot_be_had_stops_no_tick():
    class Odd(Planned):
        fails = False

        @property
        def lease(self):
            if self.fails:
                raise KeyError("plan")
            return 5

        @lease.setter
        def lease(self, lease):
            pass

    with attach(SpatialMemory()) as attached:
        planner = Odd()
        attached.follow(planner)  # pyright: ignore[reportArgumentType]
        assert attached.tick().broken == ()
        assert attached.status().failed == {"planner Odd": "its lease is a int; a Lease or None is needed"}
        planner.fails = True
        assert attached.tick().broken == ()
        assert attached.status().failed == {"planner Odd": "KeyError: 'plan'"}

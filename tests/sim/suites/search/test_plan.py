"""What is sought is the same for all arms, can be found, and is not always where it was."""

import contextlib
import itertools
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from sim.poses import position_quaternion
from sim.suites.search import moving
from sim.suites.search.moving import SHARES, rearranged
from sim.suites.search.plan import FAR_M, HOUR_NS, HOURS, visits_of
from sim.suites.setup import Setup
from sim.suites.sight import SEE_M, away_m
from sim.suites.true_floor import TrueFloor
from sim.worlds import World, generate_home, truth_of

SETUP = Setup()
SEED = 6


@pytest.fixture(scope="module")
def visits():
    return visits_of(SEED, SETUP, 3, 2)


def test_the_same_seed_plans_the_same(visits):
    again = visits_of.__wrapped__(SEED, SETUP, 3, 2)
    assert again == visits


def test_hours_are_between_visits(visits):
    assert [visit.number for visit in visits] == [1, 2, 3]
    gaps = np.diff([visit.start_ns for visit in visits]) / HOUR_NS
    assert ((gaps >= HOURS[0]) & (gaps <= HOURS[1])).all()


def test_what_is_sought_can_be_seen_from_where_one_gets_to(visits):
    for visit in visits:
        labels = Counter(thing.label for thing in visit.home.things)
        assert len({one.thing for one in visit.sought}) == len(visit.sought) == 2
        with World(visit.home) as world:
            floor, objects = TrueFloor(world, SETUP.kind), truth_of(world).objects
            for one in visit.sought:
                assert labels[one.label] == 1
                assert not objects[one.thing].hidden_in
                assert away_m(world, one.thing, one.goal.p_m) <= SEE_M
                assert floor.length_m(one.start.p_m, one.goal.p_m) == pytest.approx(one.shortest_m)
                assert one.shortest_m >= FAR_M


def test_things_that_were_moved_are_told(visits):
    for before, after in itertools.pairwise(visits):
        moved = {name for name, number in after.moved.items() if number == after.number}
        assert moved
        was, now = ({t.name: t for t in visit.home.things} for visit in (before, after))
        assert was.keys() == now.keys()
        for name, thing in now.items():
            apart = np.linalg.norm(np.array(thing.p_WK) - was[name].p_WK)
            assert (apart > 0.02) == (name in moved), name


def test_a_home_is_rearranged_so_that_it_stands():
    home = generate_home(2)
    after, moved = rearranged(home, np.random.default_rng(5))
    assert SHARES[0] * len(home.things) - 1 <= len(moved) <= SHARES[1] * len(home.things) + 1
    with World(after) as world:
        assert world.trouble == []
        for thing in after.things:
            p_WK, _ = position_quaternion(world.X_WK(thing.name))
            assert np.linalg.norm(np.array(p_WK) - thing.p_WK) < 0.02, thing.name
    supports = {thing.name: thing.support for thing in home.things}
    assert sum(thing.support != supports[thing.name] for thing in after.things) == len(moved)


def test_what_would_not_stand_is_moved_otherwise(monkeypatch):
    home = generate_home(2)
    told = iter([["tray-1 does not come to rest"], [], ["never"]])
    drawn = iter(["first", "second"])
    monkeypatch.setattr(moving, "_rearranged", lambda home, rng: (home, (next(drawn),)))
    monkeypatch.setattr(moving, "World", lambda home: contextlib.nullcontext(SimpleNamespace(trouble=next(told))))
    assert rearranged(home, np.random.default_rng(0)) == (home, ("second",))


def test_chance_is_the_seeds():
    home = generate_home(1)
    first, second = (rearranged(home, np.random.default_rng(7)) for _ in range(2))
    assert first == second
    assert rearranged(home, np.random.default_rng(8))[1] != first[1]

"""Where looking is worth it: unknown floor, floor that nobody looked at for long, and what may hold what is sought."""

import numpy as np
import pytest
from walked_flat import KITCHEN, Flat, asked_of

import spatialmem as sm
from spatialmem.queries.explore import LOOK_M, explore_value

CONFIG = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))
DAY_S = 86400.0


def test_the_way_through_the_door_is_worth_most(kitchen):
    best, *rest = explore_value(asked_of(kitchen.memory))
    assert 3.0 < best.look_at_W[0] < 8.1
    assert best.unknown_m2 > 0.25
    assert best.p_holds == 0.0
    values = [one.value for one in (best, *rest)]
    assert values == sorted(values, reverse=True)
    for one in (best, *rest):
        assert one.value >= one.unknown_m2 / (one.route_m + LOOK_M) - 1e-9
        assert one.look_at_W[0] > -0.2, "nothing behind the outer walls"
        assert -0.2 < one.look_at_W[1] < 4.2


def test_where_everything_was_just_seen_nothing_is_worth_it(flat):
    assert explore_value(asked_of(flat.memory)) == ()


def test_what_nobody_looked_at_for_long_is_worth_a_look_again():
    made = Flat(sm.SpatialMemory(CONFIG), {}).walk(KITCHEN)
    before = explore_value(asked_of(made.memory))
    made.wait(30 * DAY_S)
    made.look_round(2.8, 2.0, towards=(0.0,))
    spots = explore_value(asked_of(made.memory), k=50)
    stale = [one for one in spots if one.unseen_s > 29 * DAY_S]
    assert stale
    assert all(one.unseen_s < DAY_S for one in before)
    assert all(one.value > 0 for one in stale)
    assert min(one.look_at_W[0] for one in stale) < 1.5, "behind the robot's back"


def test_only_what_lies_within_the_bounds(kitchen):
    asked = asked_of(kitchen.memory)
    every = explore_value(asked, k=100)
    low, high = np.array([3.5, 0.0]), np.array([5.0, 4.0])
    inside = explore_value(asked, (low, high), k=100)
    assert [one.p_W.tolist() for one in inside] == [
        one.p_W.tolist() for one in every if (one.look_at_W[:2] >= low).all() and (one.look_at_W[:2] <= high).all()
    ]
    assert explore_value(asked, ((20.0, 20.0), (30.0, 30.0))) == ()


def test_what_may_hold_what_is_sought(robbed):
    spots = explore_value(asked_of(robbed.memory), sought="mug")
    assert spots
    for one in spots:
        assert 0 < one.p_holds < 1
        assert one.value == pytest.approx(one.p_holds / (one.route_m + LOOK_M))
    assert sum(one.p_holds for one in spots) <= 1.0


def test_the_way_counts(kitchen):
    asked = asked_of(kitchen.memory)
    near, far = (explore_value(asked, start=start)[0] for start in ((3.4, 2.0), (1.0, 1.0)))
    assert near.route_m < far.route_m
    assert near.value > far.value
    assert len(explore_value(asked, k=1)) == 1


def test_nothing_is_known_at_first():
    assert explore_value(asked_of(sm.SpatialMemory(CONFIG))) == ()


def test_what_cannot_be_asked_is_refused(kitchen):
    asked = asked_of(kitchen.memory)
    for bounds in (((0, 0), (0, 0)), (1.0, 2.0), "here", ((0, 0), (np.nan, 1))):
        with pytest.raises(sm.QueryError, match="bounds_m is"):
            explore_value(asked, bounds)
    with pytest.raises(sm.InputError):
        explore_value(asked, k=0)
    with pytest.raises(sm.UnknownLabel):
        explore_value(asked, sought="unicorn")

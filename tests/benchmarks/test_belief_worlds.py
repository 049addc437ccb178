"""The drawn worlds are what they say, and a memory's belief in a few of them is worth something."""

import numpy as np
import pytest
from belief_memory import answers
from belief_worlds import ARMS, NOWHERE, drawn_world


def worlds(arm, count):
    """Short ones: a class stays for two days at most."""
    return [drawn_world(seed, arm, questions=150, stays_s=(1200.0, 2 * 86400.0)) for seed in range(count)]


@pytest.mark.parametrize("arm", ARMS)
def test_things_stay_as_long_as_their_class(arm):
    """The mean is what it says, and its spread is that of the arm."""
    share, squares = [], []
    for world in worlds(arm, 4):
        for thing in world.things:
            stays_s = np.diff(thing.leaves_s, prepend=0.0)
            if len(stays_s) >= 300 and arm != "by place":
                share.append(stays_s.mean() / thing.dwell_s)
                squares.append(stays_s.std() / stays_s.mean())
            assert (stays_s > 0).all()
    if arm != "by place":
        assert np.mean(share) == pytest.approx(1.0, abs=0.05)
        low, high = {"Weibull": (0.48, 0.57), "daily": (1.0, 20.0)}.get(arm, (0.95, 1.05))
        assert low < np.mean(squares) < high


def test_by_day_nothing_moves_at_night():
    for thing in drawn_world(1, "daily").things:
        hours = thing.leaves_s / 3600.0 % 24
        assert ((hours >= 8) & (hours <= 20)).all()


def test_by_place_a_class_stays_longer_in_one_place_than_in_another():
    rows = []
    for world in worlds("by place", 4):
        for thing in world.things:
            stays_s = np.diff(thing.leaves_s, prepend=0.0)
            means = [stays_s[thing.places[:-1] == place].mean() for place in range(10) if len(stays_s) > 2000]
            rows += [max(means) / min(means)] if means else []
    assert len(rows) > 5
    assert min(rows) > 2


@pytest.mark.parametrize("arm", ["exponential", "out of sight"])
def test_what_is_reported_is_there(arm):
    world = drawn_world(2, arm)
    hidden, missed = [], []
    for row, thing in enumerate(world.things):
        places = thing.places[world.spots[row]]
        np.testing.assert_array_equal(world.spots[row], thing.spot(world.visits_s))
        there = places == world.visited
        assert not (world.reported[row] & ~there).any()
        hidden.append(np.mean(thing.places == NOWHERE))
        missed.append(thing.miss_p * there.sum() - np.sum(~world.reported[row][there]))
    assert np.mean(hidden) == pytest.approx(0.9 if arm == "out of sight" else 0.5, abs=0.05)
    assert abs(sum(missed)) < 4 * np.sqrt(0.25 * world.reported.sum())


def test_a_world_is_the_same_each_time_and_others_are_others():
    one, same, other = worlds("Weibull", 2)[0], *worlds("Weibull", 2)
    np.testing.assert_array_equal(one.reported, same.reported)
    np.testing.assert_array_equal(one.asked_s, same.asked_s)
    np.testing.assert_array_equal(answers(one), answers(same))
    assert one.visits_s[0] != other.visits_s[0]


@pytest.mark.parametrize("arm", ["exponential", "Weibull", "daily"])
def test_a_belief_is_calibrated_and_worth_more_than_a_time_to_live(arm):
    found = np.concatenate([answers(world) for world in worlds(arm, 4)])
    assert len(found) > 1000
    order = np.argsort(found["p"], kind="stable")
    gaps = [abs(found["p"][rows].mean() - found["there"][rows].mean()) for rows in np.array_split(order, 10)]
    assert np.mean(gaps) < 0.05
    ours = np.mean((found["p"] - found["there"]) ** 2)
    for ttl_s in (*np.geomspace(60, 1e7, 20), np.inf):
        assert ours < 0.8 * np.mean((found["age_s"] < ttl_s) != found["there"])

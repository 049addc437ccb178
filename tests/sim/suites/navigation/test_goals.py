"""Goals are reached where they truly are, and nowhere else."""

import math

import numpy as np
import pytest
from homes import two_rooms

from sim.poses import yaw_pose
from sim.suites.navigation.goals import Goal, error_m, is_reached, nearest
from sim.suites.setup import Setup
from sim.suites.sight import Sight
from sim.suites.true_floor import TrueFloor

SETUP = Setup(robot="differential", width=160, height=120, rate_hz=4.0, min_pixels=8)
START = 5.6, 2.6, -0.9


def simulated(x_m: float, y_m: float, yaw_rad: float):
    made = SETUP.simulation(two_rooms(), yaw_pose(x_m, y_m, yaw_rad), seed=0, start_ns=0)
    list(made.inputs())
    return made


@pytest.fixture(scope="module")
def here():
    with simulated(*START) as made:
        yield made


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        (Goal("point", "", "", (5.7, 2.8)), True),
        (Goal("point", "", "", (5.7, 3.0)), False),
        (Goal("room", "living", "living"), True),
        (Goal("room", "hall", "hall"), False),
        (Goal("see", "mug-1", "mug"), True),
        (Goal("see", "box-1", "box"), False),
        (Goal("reach", "mug-1", "mug"), True),
        (Goal("reach", "bottle-1", "bottle"), False),
    ],
)
def test_a_goal_is_reached_where_it_is(here, goal, reached):
    assert is_reached(goal, here) is reached


def test_a_thing_is_seen_only_by_who_faces_it():
    with simulated(START[0], START[1], START[2] + math.pi) as away:
        assert not is_reached(Goal("see", "mug-1", "mug"), away)
        assert is_reached(Goal("reach", "mug-1", "mug"), away)


def test_what_was_taken_away_is_not_reached():
    with simulated(*START) as made:
        made.world.remove("mug-1")
        for kind in ("see", "reach"):
            goal = Goal(kind, "mug-1", "mug")
            assert not is_reached(goal, made)
            assert math.isnan(error_m(goal, made.world, np.array(START[:2])))


def test_how_far_a_goal_is(here):
    p_m = np.array([5.0, 2.0])
    assert error_m(Goal("point", "", "", (8.0, 6.0)), here.world, p_m) == 5.0
    assert error_m(Goal("room", "hall", "hall"), here.world, p_m) == 2.0  # its side is y = 4
    assert error_m(Goal("room", "living", "living"), here.world, p_m) == 0.0


@pytest.mark.parametrize(
    "goal",
    [
        Goal("point", "", "", (2.5, 1.0)),
        Goal("room", "hall", "hall"),
        Goal("see", "bottle-1", "bottle"),
        Goal("reach", "mug-1", "mug"),
    ],
)
def test_whoever_stands_at_the_nearest_place_has_reached_it(here, goal):
    floor = TrueFloor(here.world, SETUP.kind)
    sight = Sight(here.world, SETUP.kind, here.sensor.camera, min_pixels=SETUP.min_pixels)
    spot = nearest(goal, here.world, floor, sight, np.array([5.3, 0.8]))
    assert spot is not None
    assert floor.length_m(np.array([5.3, 0.8]), spot.p_m) < 12.0
    with simulated(spot.x_m, spot.y_m, spot.yaw_rad) as there:
        assert is_reached(goal, there)


def test_of_what_is_nowhere_there_is_no_place(here):
    floor = TrueFloor(here.world, SETUP.kind)
    sight = Sight(here.world, SETUP.kind, here.sensor.camera, min_pixels=SETUP.min_pixels)
    assert nearest(Goal("see", "apple-1", "apple"), here.world, floor, sight, np.array([5.3, 0.8])) is None

"""The hand does what it truly can, and says why it cannot do the rest."""

import numpy as np
import pytest
from homes import two_rooms

from sim import Simulation
from sim.poses import yaw_pose
from sim.suites.kinematic.hand import OPEN_RAD, REACH_M, KinematicHand
from sim.suites.kinematic.spots import away_m, behind_wall
from sim.worlds.built.resting import supports_of, thing_bounds

BY_TABLE, BY_FRIDGE, BY_COUNTER = (5.6, 1.9, 0.0), (1.25, 3.3, 3.0), (1.15, 1.5, 3.14)


@pytest.fixture
def stood():
    """Return a function that stands the robot somewhere and returns the simulation and its hand."""
    made = []

    def stand(x_m, y_m, yaw_rad):
        home = Simulation(two_rooms(), mode="fast", robot="differential", X_WB=yaw_pose(x_m, y_m, yaw_rad))
        made.append(home)
        return home, KinematicHand(home.world, home.robot)

    yield stand
    for home in made:
        home.close()


def test_what_is_taken_is_out_of_the_world_until_it_is_put_somewhere(stood):
    home, hand = stood(*BY_TABLE)
    assert hand.take("mug-1") == ""
    assert (hand.thing, home.world.absent) == ("mug-1", {"mug-1"})
    assert hand.put_on("table-1") == ""
    assert (hand.thing, home.world.absent) == ("", set())
    assert supports_of(home.world)["mug-1"] == "table-1/top"
    low_W, high_W = thing_bounds(home.world, "mug-1")
    assert np.hypot(*((low_W + high_W)[:2] / 2 - home.robot.X_WB()[:2, 3])) <= REACH_M


def test_it_reaches_no_farther_and_holds_one_thing(stood):
    home, hand = stood(*BY_TABLE)
    assert "and the hand reaches" in hand.take("bottle-1")
    assert hand.take("mug-1") == ""
    assert hand.take("book-1") == "the hand holds mug-1"
    assert "out of reach" in hand.turn("fridge-1", to_open=True)
    assert away_m(home.world, "bottle-1", home.robot.X_WB()[:2, 3]) > REACH_M


def test_what_is_behind_a_door_is_taken_once_that_is_open(stood):
    home, hand = stood(*BY_FRIDGE)
    assert hand.take("apple-1") == "it is behind fridge-1/door, which is closed"
    assert hand.turn("fridge-1", to_open=True) == ""
    assert 0.5 < home.world.hinge_rad("fridge-1/door") <= OPEN_RAD
    assert hand.take("apple-1") == ""
    assert hand.put_in("fridge-1") == ""
    assert supports_of(home.world)["apple-1"].startswith("fridge-1/board")
    assert hand.turn("fridge-1", to_open=False) == ""
    assert home.world.hinge_rad("fridge-1/door") == 0.0


def test_nothing_is_put_into_what_is_closed_or_taken_from_under_something(stood):
    home, hand = stood(*BY_FRIDGE)
    home.world.place("mug-1", yaw_pose(1.9, 3.3, 0.0))
    assert hand.take("mug-1") == ""
    assert "closed" in hand.put_in("fridge-1")
    assert hand.thing == "mug-1"
    assert home.world.absent == {"mug-1"}


def test_what_carries_something_is_not_taken(stood):
    home, hand = stood(*BY_TABLE)
    top_W = thing_bounds(home.world, "book-1")[1]
    X_WK = home.world.X_WK("book-1")
    home.world.place("mug-1", yaw_pose(float(X_WK[0, 3]), float(X_WK[1, 3]), 0.0, float(top_W[2])))
    assert hand.take("book-1") in ("something is on it", f"it is {0:.2f} m away") or "m away" in hand.take("book-1")
    assert hand.thing == ""


def test_a_thing_goes_back_to_where_it_was(stood):
    home, hand = stood(*BY_TABLE)
    before = home.world.X_WK("mug-1")
    low_W, high_W = thing_bounds(home.world, "mug-1")
    assert hand.take("mug-1") == ""
    x, y, z = ((low_W + high_W) / 2).tolist()
    assert hand.put_on("table-1", (x, y, z)) == ""
    assert np.hypot(*(home.world.X_WK("mug-1") - before)[:2, 3]) <= 0.1


def test_what_is_handed_over_is_within_reach_of_who_stands_there(stood):
    home, hand = stood(*BY_TABLE)
    assert hand.take("mug-1") == ""
    assert hand.put_down() == ""
    assert supports_of(home.world)["mug-1"] in ("table-1/top", "chair-1/seat", "floor")
    assert away_m(home.world, "mug-1", home.robot.X_WB()[:2, 3]) <= REACH_M


def test_states_tell_where_the_hand_is(stood):
    home, hand = stood(*BY_TABLE)
    hand.report_through(home)
    carried = home.robot.state().X_WG
    hand.stretch(np.array([6.0, 2.0, 0.8]))
    assert home.robot.state().X_WG[:3, 3].tolist() == pytest.approx([6.0, 2.0, 0.8], abs=1e-6)
    hand.stretch(None)
    assert np.allclose(home.robot.state().X_WG, carried)


def test_a_wall_is_between_rooms_but_not_in_a_doorway(stood):
    home, _ = stood(*BY_TABLE)
    assert behind_wall(home.world, np.array([3.7, 0.7]), (4.4, 0.7, 0.8))
    assert not behind_wall(home.world, np.array([6.9, 3.7]), (7.0, 4.3, 0.8))

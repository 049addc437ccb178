"""Ways of the arm to a grasp: where the base has turned a little meanwhile, the hand still comes in where it should."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from surveyed_halls import husky_limb

import spatialmem as sm
from planners.manipulation.grasps import Thing, grasps_of
from planners.manipulation.ways import Ways
from planners.manipulation.workspace import Workspace
from sim.poses import yaw_pose

CUBE_M = 0.06
AT_W = np.array([0.75, 0.3, 0.63])


@pytest.fixture(scope="module")
def limb():
    return husky_limb()


def cube() -> Thing:
    """A cube as points, 0.6 m over the floor and on the left of the robot."""
    grid = np.stack(np.meshgrid(*[np.linspace(-CUBE_M / 2, CUBE_M / 2, 16)] * 3), axis=-1).reshape(-1, 3)
    return Thing(points_W=grid + AT_W, center_W=AT_W, size_m=np.full(3, CUBE_M), yaw_rad=0.0)


def ways_from(limb, X_WB) -> Ways:
    """Ways where nothing is in the way."""
    workspace, memory = Workspace(limb), sm.SpatialMemory()
    field = workspace.field(memory.view(), X_WB)
    return Ways(limb, X_WB, workspace.check(workspace.body(limb.hand.width_max_m), field, X_WB))


def hand_W(limb, X_WB, joints_rad):
    return X_WB @ limb.X_BR @ limb.model.X_RG(joints_rad)


def test_a_base_that_turned_meanwhile_still_brings_the_hand_to_the_thing(limb):
    before, after = yaw_pose(0.0, 0.0, 0.0), yaw_pose(-0.004, 0.002, math.radians(0.8))
    taking = ways_from(limb, before).taking(grasps_of(cube(), limb.hand), limb.stowed_rad)
    assert taking is not None
    wanted = taking.grasp.X_WG
    assert np.linalg.norm(hand_W(limb, after, taking.into[-1])[:3, 3] - wanted[:3, 3]) > 0.006
    again = ways_from(limb, after).from_here(taking, taking.to[-1])
    np.testing.assert_array_equal(again.into[0], taking.to[-1])
    np.testing.assert_allclose(hand_W(limb, after, again.into[-1]), wanted, atol=0.002)
    np.testing.assert_array_equal(again.out[0], again.into[-1])
    way_W = np.array([hand_W(limb, after, one)[:3, 3] for one in again.into])
    aside_m = np.linalg.norm(np.cross(way_W - wanted[:3, 3], wanted[:3, 2]), axis=1)
    near = np.linalg.norm(way_W - wanted[:3, 3], axis=1) < 0.08
    assert (aside_m[near] < 0.003).all(), "it comes in straight, not from aside"


def test_where_there_is_no_such_way_it_comes_in_as_it_was_to(limb):
    taking = ways_from(limb, np.eye(4)).taking(grasps_of(cube(), limb.hand), limb.stowed_rad)
    assert taking is not None
    assert ways_from(limb, yaw_pose(5.0, 0.0, 0.0)).from_here(taking, taking.to[-1]) is taking

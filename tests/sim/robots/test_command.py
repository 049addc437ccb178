"""What a robot can be told, without a robot."""

import math

import pytest

from sim.robots.command import ArmJoint, Gripper, checked_joints, checked_velocity, checked_width
from spatialmem import InputError

JOINTS = {"shoulder": ArmJoint("shoulder", -1.0, 2.0, 1.0, 10.0, stowed_rad=0.0)}
GRIPPER = Gripper(("left", "right"), "hand", width_max_m=0.1, speed_max_m_s=0.1, force_n=10.0)


@pytest.mark.parametrize(
    "velocity",
    [None, 1.0, "abc", (1.0, 0.0), (1.0, 0.0, 0.0, 0.0), (math.nan, 0.0, 0.0), (0.0, 0.0, math.inf), (True, 0.0, 0.0)],
    ids=str,
)
def test_a_velocity_is_three_finite_numbers(velocity):
    with pytest.raises(InputError, match="three finite numbers: forward m/s, left m/s, turn rad/s"):
        checked_velocity(velocity, 1.0, 1.5)


def test_velocities_are_clipped_each_to_its_limit():
    assert checked_velocity((0.5, 0.0, -1.0), 1.0, 1.5) == (0.5, -1.0)
    assert checked_velocity((3, 0, 9), 1.0, 1.5) == (1.0, 1.5)
    assert checked_velocity((-3.0, -0.0, -9.0), 1.0, 1.5) == (-1.0, -1.5)


def test_limits_of_joints_are_allowed_and_nothing_beyond():
    assert checked_joints({"shoulder": 2}, JOINTS) == {"shoulder": 2.0}
    assert checked_joints({"shoulder": -1.0}, JOINTS) == {"shoulder": -1.0}
    assert checked_joints({}, JOINTS) == {}
    with pytest.raises(InputError, match=r"2\.0001 rad; it reaches -1 to 2 rad"):
        checked_joints({"shoulder": 2.0001}, JOINTS)


@pytest.mark.parametrize(("targets", "message"), [([0.0], "a dict of joint names"), ({"shoulder": "up"}, "'up' rad")])
def test_joint_targets_are_a_dict_of_angles(targets, message):
    with pytest.raises(InputError, match=message):
        checked_joints(targets, JOINTS)


def test_widths():
    assert checked_width(0, GRIPPER) == 0.0
    assert checked_width(0.1, GRIPPER) == 0.1
    with pytest.raises(InputError, match=r"0\.11; this gripper opens from 0 to 0\.1 m"):
        checked_width(0.11, GRIPPER)

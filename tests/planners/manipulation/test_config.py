"""What a robot's maker tells of its arm, and what is refused."""

import pytest

pytest.importorskip("pybullet")

from planners.manipulation.config import ArmJointLimits, ManipulationConfig
from sim.drivers import manipulation_of
from sim.robots import DifferentialDrive, HuskyPanda
from spatialmem import ConfigError, InputError


def test_a_robot_tells_of_its_arm():
    config = ManipulationConfig.of(manipulation_of(HuskyPanda))
    assert config.arm_names == tuple(joint.name for joint in HuskyPanda.arm)
    assert config.stowed_rad == tuple(joint.stowed_rad for joint in HuskyPanda.arm)
    assert config.width_max_m == 0.08
    assert [joint.name for joint in config.head] == ["camera_pan", "camera_tilt"]
    assert {part.name for part in config.own} >= {"chassis", "pole"}


def test_a_robot_without_an_arm_is_refused():
    with pytest.raises(InputError, match="no arm"):
        manipulation_of(DifferentialDrive)


def test_a_joint_is_stowed_within_its_limits():
    with pytest.raises(ConfigError, match="stowed at 2"):
        ArmJointLimits(name="elbow", low_rad=-1.0, high_rad=1.0, speed_max_rad_s=1.0, stowed_rad=2.0)


def test_a_head_has_two_joints():
    known = manipulation_of(HuskyPanda)
    with pytest.raises(ConfigError, match="camera head"):
        ManipulationConfig.of({**known, "head": known["head"][:1]})

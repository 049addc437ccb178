"""A planner's command: what it says by default, when it is over, what a robot is told."""

import dataclasses

import pytest

import spatialmem as sm
from spatialmem.types.commands import Status


def test_it_leaves_everything_as_it_is_unless_told():
    command = sm.Command()
    assert command.targets() == {"base_velocity_B": None, "joint_positions_rad": None, "gripper_width_m": None}
    assert command.status == "going"
    assert command.reason == ""
    assert not command.is_over


@pytest.mark.parametrize(("status", "over"), [("going", False), ("waiting", False), ("done", True), ("failed", True)])
def test_done_and_failed_are_the_end(status, over):
    assert status in Status.__args__
    assert sm.Command(status=status).is_over is over


def test_its_targets_are_the_arguments_of_a_robots_command():
    told = {}

    class Told:
        """A robot that keeps what it is told."""

        def command(self, *, base_velocity_B=None, joint_positions_rad=None, gripper_width_m=None):
            told.update(base=base_velocity_B, joints=joint_positions_rad, gripper=gripper_width_m)

        def state(self):
            raise NotImplementedError

        def frame(self):
            raise NotImplementedError

    robot = Told()
    assert isinstance(robot, sm.Robot)
    command = sm.Command(
        base_velocity_B=(0.4, 0.0, -0.1), joint_positions_rad={"panda_joint1": 0.5}, gripper_width_m=0.04
    )
    robot.command(**command.targets())
    assert told == {"base": (0.4, 0.0, -0.1), "joints": {"panda_joint1": 0.5}, "gripper": 0.04}


def test_it_does_not_change_later():
    with pytest.raises(dataclasses.FrozenInstanceError):
        sm.Command().status = "done"  # pyright: ignore[reportAttributeAccessIssue]

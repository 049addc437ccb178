"""An arm and its gripper: joints that move to where they were told at limited speeds, by motors or by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim import bullet
from sim.robots.command import ArmJoint, Gripper

__all__ = ["Arm", "GlidingArm", "MotorArm"]

HELD_APART_M = 0.004
"""Fingers that are so much wider apart than they were told hold something."""


class Arm:
    """The joints of an arm and its gripper. Every joint has a set-point that moves at its limited speed to its target.

    `_follow` is what the two kinds do with the set-points.
    """

    def __init__(
        self, client: int, body_id: int, joints: dict[str, int], arm: Sequence[ArmJoint], gripper: Gripper | None
    ):
        self._client, self._body, self._p = client, body_id, bullet.api()
        self._arm, self._gripper = tuple(arm), gripper
        fingers = gripper.fingers if gripper else ()
        self._ids = [joints[name] for name in (*(joint.name for joint in arm), *fingers)]
        self._speeds = [joint.speed_max_rad_s for joint in arm]
        self._forces = [joint.torque_max_n_m for joint in arm]
        self._points = [joint.stowed_rad for joint in arm]
        if gripper:
            self._speeds += [gripper.speed_max_m_s / 2] * 2
            self._forces += [gripper.force_n] * 2
            self._points += [0.0, 0.0]
        self._targets = list(self._points)
        for joint, point in zip(self._ids, self._points, strict=True):
            self._p.resetJointState(body_id, joint, point, physicsClientId=client)

    def aim(self, joints_rad: Mapping[str, float]) -> None:
        """Set new targets for some of the arm's joints."""
        for index, joint in enumerate(self._arm):
            self._targets[index] = joints_rad.get(joint.name, self._targets[index])

    def open_to(self, width_m: float) -> None:
        """Set a new target for the gripper's width."""
        self._targets[-2:] = [width_m / 2, width_m / 2]

    def advance(self, step_s: float) -> None:
        """Move the set-points for one step."""
        if self._points == self._targets:
            return
        for index, (target, speed) in enumerate(zip(self._targets, self._speeds, strict=True)):
            change = speed * step_s
            self._points[index] += min(max(target - self._points[index], -change), change)
        self._follow()

    def positions_rad(self) -> dict[str, float]:
        """Return where the arm's joints are."""
        return dict(zip((joint.name for joint in self._arm), self._measured(), strict=False))

    def width_m(self) -> float | None:
        """Return how far the gripper is open; None without one."""
        return sum(self._measured()[-2:]) if self._gripper else None

    @property
    def is_holding(self) -> bool:
        """Whether the fingers were told to close farther than they have got."""
        return bool(self._gripper) and sum(self._measured()[-2:]) > sum(self._points[-2:]) + HELD_APART_M

    def _measured(self) -> list[float]:
        """Return where all joints are, the fingers last."""
        raise NotImplementedError

    def _follow(self) -> None:
        """Let the joints follow the set-points."""
        raise NotImplementedError


class GlidingArm(Arm):
    """Joints that are where their set-points are. What they move through is not looked at."""

    def _measured(self) -> list[float]:
        return self._points

    def _follow(self) -> None:
        for joint, point in zip(self._ids, self._points, strict=True):
            self._p.resetJointState(self._body, joint, point, physicsClientId=self._client)


class MotorArm(Arm):
    """Joints whose motors hold the set-points with limited torques; the fingers close with a limited force."""

    def __init__(
        self, client: int, body_id: int, joints: dict[str, int], arm: Sequence[ArmJoint], gripper: Gripper | None
    ):
        super().__init__(client, body_id, joints, arm, gripper)
        if gripper:
            self._couple(gripper, joints)
        if self._ids:
            self._follow()

    def _couple(self, gripper: Gripper, joints: dict[str, int]) -> None:
        """Make the fingers move as one, and grip: a finger pushed aside takes the other along."""
        left, right = (joints[name] for name in gripper.fingers)
        for finger in (left, right):
            self._p.changeDynamics(
                self._body,
                finger,
                lateralFriction=1.5,
                spinningFriction=0.1,
                frictionAnchor=True,
                contactStiffness=30000.0,
                contactDamping=1000.0,
                physicsClientId=self._client,
            )
        gear = self._p.createConstraint(
            self._body,
            left,
            self._body,
            right,
            self._p.JOINT_GEAR,
            [1, 0, 0],
            [0, 0, 0],
            [0, 0, 0],
            physicsClientId=self._client,
        )
        self._p.changeConstraint(gear, gearRatio=-1, erp=0.1, maxForce=50, physicsClientId=self._client)

    def _measured(self) -> list[float]:
        if not self._ids:
            return []
        return [state[0] for state in self._p.getJointStates(self._body, self._ids, physicsClientId=self._client)]

    def _follow(self) -> None:
        self._p.setJointMotorControlArray(
            self._body,
            self._ids,
            self._p.POSITION_CONTROL,
            targetPositions=self._points,
            forces=self._forces,
            physicsClientId=self._client,
        )

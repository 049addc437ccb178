"""Checks what a robot is told to do. Pure: every error names the value, what is allowed and what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from spatialmem import InputError

__all__ = ["ArmJoint", "Gripper", "checked_joints", "checked_velocity", "checked_width"]


@dataclass(frozen=True, slots=True)
class ArmJoint:
    """What one joint of an arm can do."""

    name: str
    low_rad: float
    high_rad: float
    speed_max_rad_s: float
    torque_max_n_m: float
    stowed_rad: float
    """Where it is at the start."""


@dataclass(frozen=True, slots=True)
class Gripper:
    """Two fingers that slide apart, each by half the width."""

    fingers: tuple[str, str]
    """The names of their joints."""
    link: str
    """Its frame is G: z points out of the hand, y along the fingers' way, the origin between their tips."""
    width_max_m: float
    speed_max_m_s: float
    """Of the width."""
    force_n: float
    """With which each finger closes."""


def checked_velocity(velocity: Any, linear_max_m_s: float, angular_max_rad_s: float) -> tuple[float, float]:
    """Return the forward speed [m/s] and turn rate [rad/s], each clipped to its limit.

    Raises InputError for what is not three finite numbers, or has a speed to the left: wheels cannot.
    """
    try:
        forward, left, turn = velocity
    except (TypeError, ValueError):
        forward = left = turn = math.nan
    if not all(_finite(number) for number in (forward, left, turn)):
        raise InputError(
            f"base_velocity_B is {velocity!r}; it is three finite numbers: forward m/s, left m/s, turn rad/s."
        )
    if left != 0:
        raise InputError(
            f"base_velocity_B asks for {float(left):g} m/s to the left; this base has wheels and cannot move sideways. "
            f"Give 0 there: turn first, then drive forward."
        )
    return (
        min(max(float(forward), -linear_max_m_s), linear_max_m_s),
        min(max(float(turn), -angular_max_rad_s), angular_max_rad_s),
    )


def checked_joints(targets: Any, joints: Mapping[str, ArmJoint]) -> dict[str, float]:
    """Return the targets [rad] of some of an arm's joints.

    Raises InputError for a robot without joints, an unknown joint, or an angle that is no number or beyond its limits.
    """
    if not joints:
        raise InputError("joint_positions_rad was given, but this robot has no arm. Leave it out.")
    if not isinstance(targets, Mapping):
        raise InputError(f"joint_positions_rad is {targets!r}; it is a dict of joint names and angles in radians.")
    for name, angle in targets.items():
        if name not in joints:
            raise InputError(f"this robot's arm has no joint {name!r}; its joints are {', '.join(joints)}.")
        joint = joints[name]
        if not (_finite(angle) and joint.low_rad <= angle <= joint.high_rad):
            raise InputError(
                f"joint {name} was told to go to {angle!r} rad; it reaches {joint.low_rad:g} to {joint.high_rad:g} rad."
            )
    return {name: float(angle) for name, angle in targets.items()}


def checked_width(width: Any, gripper: Gripper | None) -> float:
    """Return the gripper's width [m]. Raises InputError without a gripper, or for a width that it cannot have."""
    if gripper is None:
        raise InputError("gripper_width_m was given, but this robot has no gripper. Leave it out.")
    if not (_finite(width) and 0 <= width <= gripper.width_max_m):
        raise InputError(f"gripper_width_m is {width!r}; this gripper opens from 0 to {gripper.width_max_m:g} m.")
    return float(width)


def _finite(number: Any) -> bool:
    return isinstance(number, Real) and not isinstance(number, bool) and math.isfinite(number)

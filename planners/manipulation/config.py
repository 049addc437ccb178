"""What a robot's arm, hand and camera head are like, for whoever plans for them: every setting, its unit and range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spatialmem import ConfigError

__all__ = ["ArmJointLimits", "ManipulationConfig", "OwnPart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmJointLimits:
    """What one joint can do."""

    name: str
    """In the URDF, and in the states of the robot."""
    low_rad: float
    high_rad: float
    speed_max_rad_s: float
    stowed_rad: float
    """Where it is while the robot drives."""

    def __post_init__(self) -> None:
        if not self.low_rad <= self.stowed_rad <= self.high_rad or not self.speed_max_rad_s > 0:
            raise ConfigError(
                f"manipulation: the joint {self.name} is stowed at {self.stowed_rad:g} rad, between {self.low_rad:g} "
                f"and {self.high_rad:g} rad, at {self.speed_max_rad_s:g} rad/s; its stowed angle must be within its "
                f"limits, its speed more than 0."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPart:
    """A box of the robot that its arm must not touch, such as its deck or its mast."""

    name: str
    center_B: tuple[float, float, float]
    size_m: tuple[float, float, float]
    yaw_rad: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ManipulationConfig:
    """A robot that can grasp. Raises ConfigError for a bad value.

    Frames: B is the robot's base on the floor, R the root link of the URDF, G the gripper: z out of the hand, y along
    the fingers' way, the origin between their tips.
    """

    urdf: str
    """The whole robot as text, with the paths of its meshes absolute."""
    root_p_B: tuple[float, float, float]
    """Where R is in B [m]; its axes are those of B."""
    arm: tuple[ArmJointLimits, ...]
    """The arm's joints, from the base to the hand."""
    gripper_link: str
    """The link whose frame is G."""
    finger_joints: tuple[str, ...]
    """They slide, each by half the width."""
    width_max_m: float
    """Between the fingers, wide open."""
    gripper_speed_m_s: float
    """Of the width."""
    head: tuple[ArmJointLimits, ...] = ()
    """The joints that turn the camera: pan, to the left, and tilt, down; none where it is fixed."""
    head_p_B: tuple[float, float, float] = (0.0, 0.0, 1.2)
    """Where the axis of the pan is, at the height of the lens [m]."""
    own: tuple[OwnPart, ...] = ()
    """What of the robot the arm must not touch."""

    def __post_init__(self) -> None:
        if not self.arm or len(self.head) not in (0, 2) or not 0.0 < self.width_max_m <= 0.5:
            raise ConfigError(
                f"manipulation: {len(self.arm)} joints of an arm, {len(self.head)} of a camera head and a gripper that "
                f"opens to {self.width_max_m!r} m; an arm has joints, a head two or none, a gripper opens to 0.5 m at "
                f"most."
            )

    @property
    def arm_names(self) -> tuple[str, ...]:
        """The names of the arm's joints, in their order."""
        return tuple(joint.name for joint in self.arm)

    @property
    def stowed_rad(self) -> tuple[float, ...]:
        """Where the arm's joints are while the robot drives."""
        return tuple(joint.stowed_rad for joint in self.arm)

    @classmethod
    def of(cls, known: Mapping[str, Any]) -> ManipulationConfig:
        """Return the configuration from plain values, its joints and parts as dicts: what a maker tells."""
        joints = {part: tuple(ArmJointLimits(**joint) for joint in known.get(part, ())) for part in ("arm", "head")}
        own = tuple(OwnPart(**part) for part in known.get("own", ()))
        return cls(**{**known, **joints, "own": own})

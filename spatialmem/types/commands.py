"""What a planner tells a robot to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from spatialmem.types.inputs import Action, Recall

__all__ = ["Command", "Status"]

Status = Literal["going", "waiting", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a planner wants of a robot in the next control tick, and what becomes of its goal.

    None leaves a part of the robot as it is: `robot.command(**command.targets())`.
    """

    base_velocity_B: tuple[float, float, float] | None = None
    """Forward [m/s], left [m/s], turn [rad/s]."""
    joint_positions_rad: dict[str, float] | None = None
    gripper_width_m: float | None = None
    status: Status = "going"
    """"waiting": it stands because something is in the way that may go. "done" and "failed" are the end; the robot then
    stands."""
    reason: str = ""
    """What it does and why, in a few words, such as "going round: something is in the way at (1.20, 3.40) m"."""

    inputs: tuple[Action | Recall, ...] = ()
    """What the memory is to be told beside what sensors see: what the robot has done since the last command, and which
    memories it went by. Whoever runs the planner hands them to `SpatialMemory.observe`, once."""

    @property
    def is_over(self) -> bool:
        """Whether the goal is reached, or given up."""
        return self.status in ("done", "failed")

    def targets(self) -> dict[str, Any]:
        """Return the arguments of `Robot.command`."""
        return {
            "base_velocity_B": self.base_velocity_B,
            "joint_positions_rad": self.joint_positions_rad,
            "gripper_width_m": self.gripper_width_m,
        }

"""`Carrying`: what drives with something in the hand, and watches that it stays there."""

from __future__ import annotations

import dataclasses

from planners.manipulation.carried import EMPTY_M, dropped
from spatialmem import Command, Planner, RgbdFrame, RobotState, View

__all__ = ["Carrying"]


class Carrying:
    """Another planner, stepped as long as the hand holds something; else it fails, stands, and tells the memory. A
    `spatialmem.Planner`."""

    def __init__(self, planner: Planner, object_id: int):
        """planner: what drives. object_id: what is in the hand."""
        self.planner, self.object_id = planner, object_id
        self._end: Command | None = None

    def see(self, frame: RgbdFrame) -> None:
        """Hand on the newest frame."""
        see = getattr(self.planner, "see", None)
        if see is not None:
            see(frame)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self._end is not None:
            return self._end
        if state.gripper_width_m is None or state.gripper_width_m > EMPTY_M:
            return self.planner.step(view, state)
        reason = "what it carried has slipped out of the hand"
        self._end = Command(base_velocity_B=(0.0, 0.0, 0.0), status="failed", reason=reason)
        return dataclasses.replace(self._end, inputs=(dropped(state, self.object_id),))

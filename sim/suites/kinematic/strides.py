"""A simulation that takes a picture where it shows something new: where the robot has come a stride farther.

Pictures, and what a memory and a planner make of them, are what an episode's time goes into. Among furniture a robot
drives slowly, and pictures at a steady rate would be nearly the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.poses import yaw_of
from sim.simulation import Simulation
from spatialmem import Input

__all__ = ["StridingSimulation"]

STRIDE_M, STRIDE_RAD = 0.35, 0.35
"""So far it drives, or turns, from one picture to the next."""
LONG_NS = 1_500_000_000
"""After so long there is a picture anyway."""


class StridingSimulation(Simulation):
    """Takes pictures no oftener than the camera's rate, and while it drives no oftener than every stride."""

    _taken: tuple[int, float, float, float] | None = None
    """When the last picture was taken, and where: x, y [m] and yaw [rad]."""
    _was_at: tuple[float, float, float] | None = None

    def inputs(self) -> Iterator[Input]:
        """Yield what the memory is told now: nothing, or all that belongs to a picture."""
        X_WB = self.robot.X_WB()
        at = float(X_WB[0, 3]), float(X_WB[1, 3]), yaw_of(X_WB)
        stands, self._was_at = at == self._was_at, at
        if not stands and not self._is_stride(at):
            return
        for x in super().inputs():
            self._taken = (self.clock.now_ns(), *at)
            yield x

    def _is_stride(self, at: tuple[float, float, float]) -> bool:
        if self._taken is None:
            return True
        then_ns, x, y, yaw = self._taken
        turned = abs(math.remainder(at[2] - yaw, math.tau))
        is_far = math.hypot(at[0] - x, at[1] - y) >= STRIDE_M or turned >= STRIDE_RAD
        return is_far or self.clock.now_ns() - then_ns >= LONG_NS

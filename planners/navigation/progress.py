"""Whether a base that is told to move does."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planners.navigation.pursuit import Pose

__all__ = ["Progress", "Replan"]

STUCK_S = 1.5
STUCK_M, STUCK_RAD = 0.03, 0.06
TO_AND_FRO_S, TO_AND_FRO_M, TO_AND_FRO_RAD = 6.0, 0.1, 0.3
"""Who has come no farther in so long moves to and fro."""
MOVING = 0.05
"""Less than so many m/s or rad/s is no order to move."""


@dataclass(frozen=True, slots=True)
class Replan:
    """A new way was taken, or looked for, and why."""

    stamp_ns: int
    reason: str


class Progress:
    """Watches poses and commands; `is_stuck` after it was told to move for a while and did not."""

    def __init__(self) -> None:
        self._since: tuple[int, Pose] | None = None
        self._long_since: tuple[int, Pose] | None = None

    def is_stuck(self, stamp_ns: int, pose: Pose, speeds: tuple[float, float]) -> bool:
        """Return whether it stands although it was told to move. speeds: those commanded at the tick before."""
        if max(abs(speeds[0]), abs(speeds[1])) < MOVING:
            self._since = None
            return False
        if self._since is None or self._has_moved(self._since[1], pose):
            self._since = stamp_ns, pose
            return False
        return stamp_ns - self._since[0] > STUCK_S * 1e9

    def is_to_and_fro(self, stamp_ns: int, pose: Pose) -> bool:
        """Return whether it has stayed about one place for long, whatever it was told."""
        before = self._long_since
        if before is None or self._has_moved(before[1], pose, TO_AND_FRO_M, TO_AND_FRO_RAD):
            self._long_since = stamp_ns, pose
            return False
        return stamp_ns - before[0] > TO_AND_FRO_S * 1e9

    def start_again(self) -> None:
        """Forget what was watched."""
        self._since = self._long_since = None

    @staticmethod
    def _has_moved(before: Pose, now: Pose, far_m: float = STUCK_M, far_rad: float = STUCK_RAD) -> bool:
        turned_rad = abs(math.remainder(now[2] - before[2], math.tau))
        return math.hypot(now[0] - before[0], now[1] - before[1]) > far_m or turned_rad > far_rad

"""One move of an arm: joint vectors that it goes through, given out tick by tick."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

__all__ = ["Stroke"]

SHARE = 0.35
"""Of the joints' top speeds."""
RAMP_S = 0.25
"""It starts and ends as gently as that."""
LATE_S = 2.0
"""So long after the last set-point the arm must be there."""
THERE_RAD = 0.03


class Stroke:
    """A path at a pace: what the joints are to be at, from one tick to the next."""

    def __init__(
        self,
        path_rad: Float64[np.ndarray, "_ n"],
        names: Sequence[str],
        speed_max_rad_s: Float64[np.ndarray, "n"],
        *,
        pace: float = 1.0,
    ):
        """pace: slower below 1."""
        self.path_rad, self._names = path_rad, tuple(names)
        steps = np.abs(np.diff(path_rad, axis=0)) / (SHARE * pace * speed_max_rad_s)
        self._at_s = np.concatenate([[0.0], np.cumsum(steps.max(axis=1, initial=0.0))])
        self.duration_s = float(self._at_s[-1]) + RAMP_S
        self._start_ns: int | None = None

    def joints(self, stamp_ns: int) -> dict[str, float]:
        """Return where the joints are to be now; it begins with the first call."""
        self._start_ns = stamp_ns if self._start_ns is None else self._start_ns
        passed = _eased((stamp_ns - self._start_ns) / 1e9 + 0.05, self.duration_s)
        at = [float(np.interp(passed, self._at_s, self.path_rad[:, k])) for k in range(self.path_rad.shape[1])]
        return dict(zip(self._names, at, strict=True))

    def is_over(self, stamp_ns: int) -> bool:
        """Whether the last set-point was given out."""
        return self._start_ns is not None and (stamp_ns - self._start_ns) / 1e9 >= self.duration_s

    def is_late(self, stamp_ns: int) -> bool:
        """Whether the arm should have been there for long."""
        return self._start_ns is not None and (stamp_ns - self._start_ns) / 1e9 >= self.duration_s + LATE_S

    def is_there(self, joints_rad: Float64[np.ndarray, "n"]) -> bool:
        """Whether the arm is where the path ends."""
        return bool(np.abs(joints_rad - self.path_rad[-1]).max() <= THERE_RAD)


def _eased(passed_s: float, duration_s: float) -> float:
    """Return how much of a path's own time has passed, where speed rises and falls evenly at its ends."""
    ramp_s = min(RAMP_S, duration_s / 2)
    t = min(max(passed_s, 0.0), duration_s)
    if t < ramp_s:
        return t * t / (2 * ramp_s)
    if t > duration_s - ramp_s:
        return duration_s - ramp_s - (duration_s - t) ** 2 / (2 * ramp_s)
    return t - ramp_s / 2

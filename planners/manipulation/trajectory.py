"""When an arm is where on its way: set-points for every tick, within the joints' speeds and accelerations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float64

import spatialmem as sm

__all__ = ["Trajectory", "timed"]


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Straight pieces one after the other, at rest in between; see `timed`."""

    path_rad: Float64[np.ndarray, "k n"]
    ends_s: Float64[np.ndarray, "k"]
    """When each vector of the way is reached; the first at 0."""
    ramps_s: Float64[np.ndarray, "pieces"]
    """How long each piece gathers speed, and as long it brakes."""

    @property
    def duration_s(self) -> float:
        """How long all of it takes."""
        return float(self.ends_s[-1])

    def at(self, time_s: float) -> Float64[np.ndarray, "n"]:
        """Return where the joints are so long after the start; before it and after the end they rest."""
        if time_s >= self.duration_s or len(self.path_rad) == 1:
            return self.path_rad[-1].copy()
        piece = max(int(np.searchsorted(self.ends_s, time_s, side="right")) - 1, 0)
        start, end = self.path_rad[piece], self.path_rad[piece + 1]
        since_s, whole_s = max(time_s - self.ends_s[piece], 0.0), self.ends_s[piece + 1] - self.ends_s[piece]
        share = _share(since_s, whole_s, self.ramps_s[piece])
        return start + share * (end - start)

    def points(self, tick_s: float = 0.05) -> Float64[np.ndarray, "t n"]:
        """Return the set-points after one tick, two ticks and so on, up to the last, which is the way's end."""
        count = max(math.ceil(self.duration_s / tick_s - 1e-9), 1)
        return np.array([self.at((k + 1) * tick_s) for k in range(count)])


def timed(
    path_rad: Float64[np.ndarray, "k n"],
    speed_max_rad_s: Float64[np.ndarray, "n"],
    *,
    acceleration_max_rad_s2: float = 5.0,
    share: float = 1.0,
) -> Trajectory:
    """Return when an arm is where on a way of straight pieces: all joints in step, so it stays on the pieces.

    Each piece gathers speed, keeps it and brakes (a trapezoid), as fast as its slowest joint allows, and rests at its
    end: rounding corners would leave the way that was checked. share: of the greatest speeds. Pieces without length
    take no time. Raises InputError for a way without vectors, and for limits that are not above 0.
    """
    speed = np.asarray(speed_max_rad_s, float) * share
    fast = (np.isfinite(speed) & (speed > 0)).all() and 0 < acceleration_max_rad_s2 < math.inf
    if not len(path_rad) or not fast:
        raise sm.InputError(
            f"a way of {len(path_rad)} vectors at {speed.tolist()} rad/s and {acceleration_max_rad_s2} rad/s2; at "
            f"least one vector, and speeds and accelerations above 0 are needed."
        )
    ends, ramps = [0.0], []
    for start, end in pairwise(path_rad):
        turn = np.abs(end - start)
        fastest = float((turn / speed).max())  # how long it took without ramps
        hardest = float(turn.max() / acceleration_max_rad_s2)
        ramp = hardest / fastest if fastest > 0 else 0.0
        if ramp > fastest:  # it brakes before it is at full speed
            ramp = math.sqrt(hardest)
            fastest = ramp
        ramps.append(ramp)
        ends.append(ends[-1] + fastest + ramp)
    return Trajectory(np.asarray(path_rad, float), np.array(ends), np.array(ramps))


def _share(time_s: float, whole_s: float, ramp_s: float) -> float:
    """Return how much of a piece is done."""
    if whole_s <= 0:
        return 1.0
    level_s = whole_s - ramp_s
    if time_s < ramp_s:
        return time_s**2 / (2 * ramp_s * level_s)
    if time_s > whole_s - ramp_s:
        return 1 - max(whole_s - time_s, 0.0) ** 2 / (2 * ramp_s * level_s)
    return (time_s - ramp_s / 2) / level_s

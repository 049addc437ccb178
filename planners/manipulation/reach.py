"""What an arm reaches: how often chance brings its hand to a place, from each side (Zacharias, Borst, Hirzinger 2007).

Their map counts, for balls in a grid, the directions from which inverse kinematics finds a way there. Here joint
vectors are drawn and the poses of the hand are counted; the first joint turns about an upright axis, so places are
told apart by how far from that axis they are and how high, directions by how far down they point and how far aside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from planners.manipulation.arm import ArmModel

__all__ = ["Reach"]

DRAWN = 800_000
FEW, ENOUGH = 4, 40
"""A bin with fewer counts is not reached; with so many, as well as any."""
CELL_M, RADIUS_MAX_M, LOW_M, HIGH_M = 0.05, 1.0, -0.6, 1.4
DOWN_BINS, ASIDE_BINS = 13, 6


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What an arm reaches, from 0, not at all, to 1."""

    axis_R: Float64[np.ndarray, "2"]
    """Where the first joint's axis is."""
    share: Float32[np.ndarray, "radius height down aside"]

    @classmethod
    def of(cls, arm: ArmModel, *, seed: int = 0) -> Reach:
        """Return what an arm reaches, with the first joint at 0: a hand all round follows from that."""
        rng = np.random.default_rng(seed)
        joints_rad = rng.uniform(arm.low_rad, arm.high_rad, (DRAWN, len(arm.joints)))
        joints_rad[:, 0] = 0.0
        place = arm.places[arm.tip]
        frames = arm.frames(joints_rad)[:, place.frame]
        R_RG, p_RG = frames[:, :, :3] @ place.X_FL[:3, :3], frames[:, :, :3] @ place.X_FL[:3, 3] + frames[:, :, 3]
        made = cls(arm.X_PF[0][:2, 3].copy(), np.zeros(_shape(), np.float32))
        bins, inside = made._bins(p_RG, R_RG[:, :, 2])
        count = np.bincount(bins[inside], minlength=made.share.size).reshape(made.share.shape)
        share = np.where(count >= FEW, np.minimum(count / ENOUGH, 1.0), 0.0).astype(np.float32)
        share[:-1] = np.minimum(share[:-1], share[1:])  # in the outermost bin only what leans outward is reached
        return cls(made.axis_R, share)

    def at(self, p_R: Float64[np.ndarray, "n 3"], toward_R: Float64[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n"]:
        """Return how well the hand gets to places when it points so; toward_R are G's z axes."""
        bins, inside = self._bins(p_R, toward_R)
        return np.where(inside, self.share.ravel()[np.where(inside, bins, 0)], np.float32(0.0))

    def _bins(
        self, p_R: Float64[np.ndarray, "n 3"], toward_R: Float64[np.ndarray, "n 3"]
    ) -> tuple[Int64[np.ndarray, "n"], np.ndarray]:
        out = p_R[:, :2] - self.axis_R
        radius = np.hypot(*out.T)
        down = np.arcsin(np.clip(-toward_R[:, 2], -1.0, 1.0)) / math.pi + 0.5
        aside = np.arctan2(toward_R[:, 1], toward_R[:, 0]) - np.arctan2(out[:, 1], out[:, 0])
        aside = np.abs((aside + math.pi) % math.tau - math.pi) / math.pi
        aside = np.where(np.abs(toward_R[:, 2]) > 0.95, 0.0, aside)  # hardly aside of anything
        index = [
            np.floor(radius / CELL_M).astype(np.int64),
            np.floor((p_R[:, 2] - LOW_M) / CELL_M).astype(np.int64),
            np.minimum((down * DOWN_BINS).astype(np.int64), DOWN_BINS - 1),
            np.minimum((aside * ASIDE_BINS).astype(np.int64), ASIDE_BINS - 1),
        ]
        shape = _shape()
        inside = (index[0] < shape[0]) & (index[1] >= 0) & (index[1] < shape[1])
        clipped = [np.clip(one, 0, size - 1) for one, size in zip(index, shape, strict=True)]
        return np.asarray(np.ravel_multi_index(tuple(clipped), shape)), inside


def _shape() -> tuple[int, int, int, int]:
    return round(RADIUS_MAX_M / CELL_M), round((HIGH_M - LOW_M) / CELL_M), DOWN_BINS, ASIDE_BINS

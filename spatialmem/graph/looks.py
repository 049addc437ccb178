"""Which squares of floor a frame shows, or what is on them: so that one knows what was not looked at for long."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from spatialmem.config import DepthConfig
from spatialmem.types import RgbdFrame

__all__ = ["shown_by"]

HEIGHTS_M = (0.0, 0.5, 1.0)
"""A square is looked at where the floor is seen, or what is at one of these heights over it."""
NEARER_M = 0.1
"""What is seen so little before a point still shows what is there."""


def shown_by(frame: RgbdFrame, floor_W: Float64[np.ndarray, "n 3"], sensor: DepthConfig) -> Bool[np.ndarray, "n"]:
    """Return which points of floor a frame shows: by its depth, it sees them or what stands there."""
    if not len(floor_W):
        return np.zeros(0, bool)
    points_W = floor_W[None] + np.array(HEIGHTS_M)[:, None, None] * np.array([0.0, 0.0, 1.0])
    R_WC, camera = frame.X_WC[:3, :3], frame.camera
    away = points_W.reshape(-1, 3) - frame.X_WC[:3, 3]
    x, y, z = (away[:, 0] * R_WC[0, k] + away[:, 1] * R_WC[1, k] + away[:, 2] * R_WC[2, k] for k in range(3))
    ahead = (z > sensor.range_min_m) & (z < sensor.range_max_m)
    z = np.where(ahead, z, 1.0)
    u, v = np.rint(camera.fx * x / z + camera.cx), np.rint(camera.fy * y / z + camera.cy)
    ahead &= (u >= 0) & (v >= 0) & (u < camera.width) & (v < camera.height)
    pixels = np.where(ahead, v, 0).astype(np.int64), np.where(ahead, u, 0).astype(np.int64)
    depth_m = frame.depth[pixels].astype(np.float64) * frame.depth_unit_m
    seen = ahead & (depth_m > 0) & (depth_m > z - NEARER_M)
    return seen.reshape(len(HEIGHTS_M), -1).any(axis=0)

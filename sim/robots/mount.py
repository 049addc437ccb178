"""Where a camera sits on a robot."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from sim.poses import pose

__all__ = ["camera_mount"]


def camera_mount(p_BC: tuple[float, float, float], *, down_rad: float) -> Float64[np.ndarray, "4 4"]:
    """Return X_BC of a camera at p_BC [m] that looks forward and down by an angle.

    C is the optical frame: z forward, x right, y down.
    """
    c, s = math.cos(down_rad), math.sin(down_rad)
    X_BC = pose(p_BC)
    X_BC[:3, 0], X_BC[:3, 1], X_BC[:3, 2] = (0.0, -1.0, 0.0), (-s, 0.0, -c), (c, 0.0, -s)
    X_BC.setflags(write=False)  # one for all robots of a kind
    return X_BC

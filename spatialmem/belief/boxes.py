"""How far the boxes of objects reach, and how far they are apart."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from spatialmem.types import ObjectState

__all__ = ["gap_m", "half_of"]


def gap_m(one: ObjectState, other: ObjectState) -> float:
    """Return the widest gap between two boxes along W's axes [m]; of a turned one, of the box around it.

    Below 0 where they overlap.
    """
    half_m = half_of(one.size_m, one.yaw_rad) + half_of(other.size_m, other.yaw_rad)
    return float((np.abs(one.center_W - other.center_W) - half_m).max())


def half_of(size_m: Float64[np.ndarray, "3"], yaw_rad: float) -> Float64[np.ndarray, "3"]:
    """Return half the edges of the box along W's axes around a box [m]."""
    c, s = abs(np.cos(yaw_rad)), abs(np.sin(yaw_rad))
    x, y, z = size_m / 2
    return np.array([c * x + s * y, s * x + c * y, z])

"""The faces that bound an object: how far it reaches along five axes of W, and the box that they make.

Axes are four on the floor, 45 degrees apart from x on, and z; a face is the lowest or highest value of axis . point (a
discrete orientation polytope: Klosowski et al. 1998). Arrays of faces have shape (..., 5, 2), low and high [m].
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Float64

__all__ = ["AXES_W", "DIAGONAL", "FLOOR_AXES", "NORMALS_W", "STRAIGHT", "UP", "boxes_of", "folded"]

FLOOR_AXES, UP = 4, 4
"""How many axes lie on the floor; which one is z."""
STRAIGHT = (0, 2, 4)
"""The axes that are x, y and z."""
DIAGONAL = (1, 3, 4)
"""The same turned by 45 degrees about z: what stands askew fills a box along these better."""
_DIAGONAL = math.sqrt(0.5)
AXES_W: Float64[np.ndarray, "5 3"] = np.array(
    [[1, 0, 0], [_DIAGONAL, _DIAGONAL, 0], [0, 1, 0], [-_DIAGONAL, _DIAGONAL, 0], [0, 0, 1]], float
)
NORMALS_W: Float64[np.ndarray, "5 2 3"] = np.stack([-AXES_W, AXES_W], axis=1)
"""Outwards, for the low and the high face of each axis."""


def boxes_of(
    faces_m: Float64[np.ndarray, "n 5 2"], yaw_rad: Float64[np.ndarray, "n"]
) -> tuple[Float64[np.ndarray, "n 3"], Float64[np.ndarray, "n 3"]]:
    """Return the middles and sizes [m] of the boxes with these yaws that reach to the faces.

    Of the two axes nearest to a box's own, at an angle d to them, a box of sides a and b reaches over
    a cos d + b sin d and a sin d + b cos d. Solved for a and b this is exact for what is a box; what is round is shown
    up to 23 % too small where its yaw lies between two axes. The middle is that of anything symmetric.
    """
    from_axis = np.rint(yaw_rad / (math.pi / 4))
    first = from_axis.astype(np.int64) % FLOOR_AXES
    second, n = (first + 2) % FLOOR_AXES, np.arange(len(faces_m))
    d = np.abs(yaw_rad - from_axis * (math.pi / 4))
    cos, sin = np.cos(d), np.sin(d)
    middle, width = faces_m.mean(axis=2), faces_m[..., 1] - faces_m[..., 0]
    one, other = width[n, first], width[n, second]
    size = np.stack([one * cos - other * sin, other * cos - one * sin], axis=1) / np.cos(2 * d)[:, None]
    center = AXES_W[first] * middle[n, first, None] + AXES_W[second] * middle[n, second, None]
    center[:, 2] = middle[:, UP]
    return center, np.maximum(np.concatenate([size, width[:, UP, None]], axis=1), 0.0)


def folded(yaw_rad: Float[np.ndarray, "*n"] | float) -> Float[np.ndarray, "*n"] | float:
    """Return the same yaw of a box in [-pi/4, pi/4): a quarter turn makes the same box."""
    quarter = math.pi / 2
    return (yaw_rad + quarter / 2) % quarter - quarter / 2

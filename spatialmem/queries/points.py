"""What is given as a point: numbers, or something that has one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from spatialmem.errors import QueryError
from spatialmem.types import Place, Room, Stand

__all__ = ["FAR_M", "corners_meant", "point_meant"]

FAR_M = 1e6
"""No coordinate of a memory is larger."""


def point_meant(what: object, name: str) -> Float64[np.ndarray, "n"] | None:
    """Return a point (x, y) or (x, y, z), also that of a place, a room or a stand; None for what is none.

    Raises QueryError for numbers that are no point.
    """
    if isinstance(what, (Place, Room, Stand)):
        return np.asarray(what.p_W, np.float64)
    if isinstance(what, str) or not isinstance(what, (Sequence, np.ndarray)):
        return None
    try:
        point = np.asarray(what, np.float64)
    except (TypeError, ValueError):
        point = np.empty(0)
    if point.shape not in ((2,), (3,)) or not (np.abs(point) <= FAR_M).all():  # not a number is not either
        raise QueryError(f"{name} is {what!r}; a point is two or three numbers [m], none beyond {FAR_M:g}.")
    return point


def corners_meant(bounds_m: object) -> tuple[Float64[np.ndarray, "2"], Float64[np.ndarray, "2"]]:
    """Return the corners (x, y) of a rectangle. Raises QueryError for what are none."""
    try:
        bounds = np.asarray(bounds_m, np.float64)
    except (TypeError, ValueError):
        bounds = np.empty(0)
    right = bounds.shape in ((2, 2), (2, 3)) and (np.abs(bounds) <= FAR_M).all() and (bounds[0] < bounds[1]).all()
    if not right:
        raise QueryError(
            f"bounds_m is {bounds_m!r}; (low, high) of two or three numbers [m] is needed, low < high, none beyond "
            f"{FAR_M:g}."
        )
    return bounds[0, :2], bounds[1, :2]

"""What several questions take, checked in one place. Whatever cannot be asked so is a QueryError."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from spatialmem.errors import QueryError
from spatialmem.types import State

__all__ = [
    "LEVEL_MAX",
    "Bounds",
    "checked_bounds",
    "checked_level",
    "checked_points",
    "checked_range",
    "checked_state",
    "checked_unknown",
]

LEVEL_MAX = 6

Corner = Float64[np.ndarray, "3"] | Sequence[float | int]
Bounds = tuple[Corner, Corner]
"""(low, high): the corners of a box along the axes of W [m], each x, y, z; as `Queryable.bounds_m` returns them."""


def checked_bounds(bounds_m: Bounds) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]]:
    """Return the low and the high corner of bounds [m]: finite, low below high on every axis."""
    try:
        corners = np.asarray(bounds_m, np.float64)
    except (TypeError, ValueError) as error:
        raise QueryError(f"bounds_m must be (low xyz, high xyz) in metres, not {bounds_m!r}.") from error
    if corners.shape != (2, 3) or not np.isfinite(corners).all() or not (corners[0] < corners[1]).all():
        raise QueryError(
            f"bounds_m are {corners.tolist()}; they must be (low xyz, high xyz) in metres, finite, low below high on "
            f"every axis."
        )
    return corners[0], corners[1]


def checked_level(level: int) -> int:
    """Return a level of the octree; a node of level k is a cube of 2^k voxels a side."""
    if not isinstance(level, int | np.integer) or not 0 <= level <= LEVEL_MAX:
        raise QueryError(f"level {level!r} does not exist; levels are 0 (a voxel) to {LEVEL_MAX} (64 voxels a side).")
    return int(level)


def checked_points(points: np.ndarray, name: str = "points") -> np.ndarray:
    """Return points as a C-ordered float32 or float64 array of shape (n, 3), or say what is wrong with them."""
    try:
        points = np.asarray(points)
    except ValueError as error:
        raise QueryError(f"{name} must be numbers of shape (n, 3); these do not form an array: {error}.") from error
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in "fiu":
        raise QueryError(
            f"{name} must be numbers of shape (n, 3), [[x, y, z]] for one; these are {points.dtype} of shape "
            f"{points.shape}."
        )
    return np.ascontiguousarray(points, np.float32 if points.dtype == np.float32 else np.float64)


def checked_range(value: float, name: str = "range_max_m") -> float:
    """Return a distance above 0 [m]."""
    if not (isinstance(value, int | float | np.number) and value > 0):
        raise QueryError(f"{name} is {value!r}; it must be a number above 0.")
    return float(value)


def checked_state(state: State, name: str = "unknown_is", allowed: Sequence[State] = tuple(State)) -> State:
    """Return one of the three states, or of those that are allowed."""
    if not isinstance(state, int | np.integer) or state not in allowed:
        names = " or ".join(f"State.{s.name}" for s in allowed)
        raise QueryError(f"{name} is {state!r}; it must be {names}.")
    return State(state)


def checked_unknown(unknown_is: State) -> bool:
    """Return whether unknown space counts as occupied, where the answer has no third way."""
    return checked_state(unknown_is, allowed=(State.FREE, State.OCCUPIED)) == State.OCCUPIED

"""How much of a box is seen from somewhere, by the map; and what is between it and a hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from spatialmem.octree import Queryable
from spatialmem.types import ObjectState, State

__all__ = ["Sight", "Solid", "away_m", "in_reach", "nearest_W", "seen", "solid_of"]

_AT = np.array([-2.0, 0.0, 2.0]) / 3.0
"""Where on a side rays end: in the middles of its nine parts."""
_SIDES = np.array([(axis, sign, a, b) for axis in range(3) for sign in (-1.0, 1.0) for a in _AT for b in _AT])
_POINTS = np.zeros((len(_SIDES), 3))
_NORMALS = np.zeros((len(_SIDES), 3))
for _i, (_axis, _sign, _a, _b) in enumerate(_SIDES.tolist()):
    _POINTS[_i, int(_axis)], _NORMALS[_i, int(_axis)] = _sign, _sign
    _POINTS[_i, (int(_axis) + 1) % 3], _POINTS[_i, (int(_axis) + 2) % 3] = _a, _b
_DIAGONAL = 3.0**0.5


class Solid(NamedTuple):
    """A box."""

    center_W: Float64[np.ndarray, "3"]
    size_m: Float64[np.ndarray, "3"]
    yaw_rad: float


class Sight(NamedTuple):
    """What is seen of a box from n points: shares of what it shows to each."""

    seen: Float64[np.ndarray, "n"]
    unknown: Float64[np.ndarray, "n"]
    """Of what is between, somebody has yet to see it."""


def solid_of(record: ObjectState) -> Solid:
    """Return the box of an object."""
    return Solid(record.center_W, record.size_m, record.yaw_rad)


def seen(space: Queryable, eyes_W: Float64[np.ndarray, "n 3"], solid: Solid) -> Sight:
    """Return how much is seen of a box: of the sides that face each eye, by the area that they show to it.

    A ray is clear if all it passes is known to be free, until a voxel's diagonal before the side or where it is so
    near to the box that its voxels, or those of what it stands on, begin.
    """
    size = space.voxel_size_m
    half_m = np.maximum(solid.size_m, size) / 2.0  # what is thinner than a voxel still shows a side
    ends_W = solid.center_W + _turned(_POINTS * half_m, solid.yaw_rad)
    normals_W = _turned(_NORMALS, solid.yaw_rad)
    parts_m2 = np.array([half_m.prod() / half_m[int(axis)] for axis in _SIDES[:, 0]])
    away = eyes_W[:, None, :] - ends_W[None]
    length_m = np.sqrt((away * away).sum(axis=2))
    facing = (away * normals_W[None]).sum(axis=2) / np.maximum(length_m, 1e-9)
    shown = np.maximum(facing, 0.0) * parts_m2
    eye, end = np.nonzero(shown > 0)
    clear, unknown = _clear(space, eyes_W[eye], ends_W[end], solid)
    total = np.maximum(shown.sum(axis=1), 1e-12)
    of_eye = [np.bincount(eye, shown[eye, end] * which, len(eyes_W)) / total for which in (clear, unknown)]
    return Sight(*of_eye)


def in_reach(space: Queryable, feet_W: Float64[np.ndarray, "n 3"], solid: Solid) -> Bool[np.ndarray, "n"]:
    """Return from which points of floor nothing is between a robot's middle and the nearest side of a box.

    At the height of the box's middle, of its top, or a voxel above: one of them is enough, for hands come from above.
    """
    top_m, size = float(solid.center_W[2] + solid.size_m[2] / 2.0), space.voxel_size_m
    free = np.zeros(len(feet_W), bool)
    for z in (float(solid.center_W[2]), top_m, top_m + size):
        hands_W, ends_W = feet_W.copy(), nearest_W(solid, feet_W)
        hands_W[:, 2] = ends_W[:, 2] = z
        free |= _clear(space, hands_W, ends_W, solid)[0]
    return free


def nearest_W(solid: Solid, points_W: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    """Return the nearest point of a box, over the floor, to each point; at the height of its middle."""
    along = _turned(points_W - solid.center_W, -solid.yaw_rad)
    along = np.clip(along, -solid.size_m / 2.0, solid.size_m / 2.0)
    along[:, 2] = 0.0
    return solid.center_W + _turned(along, solid.yaw_rad)


def away_m(solid: Solid, points_W: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n"]:
    """Return how far it is over the floor from each point to the nearest point of a box; 0 above or below it."""
    gap = (points_W - nearest_W(solid, points_W))[:, :2]
    return np.sqrt((gap * gap).sum(axis=1))


def _turned(points: Float64[np.ndarray, "n 3"], yaw_rad: float) -> Float64[np.ndarray, "n 3"]:
    """Return points turned about z."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    x, y, z = points.T
    return np.stack([c * x - s * y, s * x + c * y, z], axis=1)


def _clear(
    space: Queryable, eyes_W: Float64[np.ndarray, "n 3"], ends_W: Float64[np.ndarray, "n 3"], solid: Solid
) -> tuple[Bool[np.ndarray, "n"], Bool[np.ndarray, "n"]]:
    """Return which ways from eyes to points of a box are free, and which of the others end where nothing is known."""
    ways = ends_W - eyes_W
    length_m = np.sqrt((ways * ways).sum(axis=1))
    far = length_m > 1e-6
    clear, unknown = ~far, np.zeros(len(far), bool)
    if not far.any():
        return clear, unknown
    ways, length_m = ways[far], length_m[far]
    hits = space.raycast(eyes_W[far], ways, max(float(length_m.max()), 0.01))
    size = space.voxel_size_m
    enters_m = _enters(eyes_W[far], ways, solid, size) * length_m
    free_m = np.minimum(length_m - _DIAGONAL * size, enters_m)
    state = np.asarray(hits.state)
    clear[far] = (state == State.FREE) | (hits.distance_m >= free_m)
    unknown[far] = ~clear[far] & (state == State.UNKNOWN)
    return clear, unknown


def _enters(
    eyes_W: Float64[np.ndarray, "n 3"], ways: Float64[np.ndarray, "n 3"], solid: Solid, wider_m: float
) -> Float64[np.ndarray, "n"]:
    """Return after which share of each way it enters a box that is so much wider on every side; 1 for never."""
    start = _turned(eyes_W - solid.center_W, -solid.yaw_rad)
    step = _turned(ways, -solid.yaw_rad)
    step = np.where(np.abs(step) < 1e-9, 1e-9, step)
    half_m = solid.size_m / 2.0 + wider_m
    first, last = (-half_m - start) / step, (half_m - start) / step
    enter, leave = np.minimum(first, last).max(axis=1), np.maximum(first, last).min(axis=1)
    return np.where(enter <= leave, np.clip(enter, 0.0, 1.0), 1.0)

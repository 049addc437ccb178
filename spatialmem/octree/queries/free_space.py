"""Is a shape free: boxes, spheres, capsules."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from spatialmem.errors import QueryError
from spatialmem.kernels import free_space as kernels
from spatialmem.kernels.layout import VOXEL_LIMIT
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.queries.arguments import checked_level, checked_points, checked_unknown
from spatialmem.octree.queries.nodes import ROOT_LIMIT, TOUCH_VOXELS, touched_voxels
from spatialmem.octree.snapshot import Snapshot
from spatialmem.types import Box, Capsule, Spheres, State

__all__ = ["Shape", "is_free"]

_GRAIN = 256

Shape = Box | Spheres | Capsule


def is_free(snapshot: Snapshot, shape: Shape, unknown_is: State, level: int) -> Bool[np.ndarray, "n"]:
    """Return which shapes are free; see `Queryable.is_free`."""
    level, unknown_blocks = checked_level(level), checked_unknown(unknown_is)
    size, by_size = snapshot.voxel_size_m, 1 / snapshot.voxel_size_m
    start, end, radius = _capsules(shape) if not isinstance(shape, Box) else (*_corners(shape), None)
    reach = 0.0 if radius is None else radius[:, None]
    low, high = np.minimum(start, end) - reach, np.maximum(start, end) + reach
    _refuse_far(low, high, size)
    firsts, ends = touched_voxels(low, high, size)
    _refuse_large(firsts, ends)
    capsules = np.zeros((len(start), 7))
    if radius is not None:
        capsules[:, :3], capsules[:, 3:6] = start * by_size - firsts, (end - start) * by_size
        capsules[:, 6] = radius * by_size - np.minimum(TOUCH_VOXELS, radius * by_size / 2)
    free = np.empty(len(start), bool)
    run_ranges(
        kernels.find_obstacles, len(start), snapshot.table, snapshot.children, snapshot.leaves.view(np.uint64), firsts,
        ends, capsules, level, unknown_blocks, free, threads=snapshot.threads, grain=_GRAIN,
    )  # fmt: skip
    return free


_Points = Float64[np.ndarray, "n 3"]


def _corners(shape: Box) -> tuple[_Points, _Points]:
    """Return the corners of boxes, or say what is wrong with them."""
    low, high = _paired(shape.low_W, shape.high_W, "low_W", "high_W")
    wrong = np.flatnonzero(~(low < high).all(axis=1))
    if len(wrong):
        i = int(wrong[0])
        raise QueryError(
            f"box {i} reaches from {low[i].tolist()} to {high[i].tolist()} m; low_W must lie below high_W on every "
            f"axis."
        )
    return low, high


def _capsules(shape: Spheres | Capsule) -> tuple[_Points, _Points, Float64[np.ndarray, "n"]]:
    """Return spheres and capsules as capsules: start, end, radius; or say what is wrong with them."""
    if isinstance(shape, Capsule):
        start, end = _paired(shape.start_W, shape.end_W, "start_W", "end_W")
    elif isinstance(shape, Spheres):
        start, end = _paired(shape.center_W, shape.center_W, "center_W", "center_W")
    else:
        raise QueryError(f"is_free takes a Box, Spheres or a Capsule; this is {type(shape).__name__}.")
    radius = np.asarray(shape.radius_m)
    if radius.dtype.kind not in "fiu" or radius.shape not in ((), (len(start),)):
        raise QueryError(
            f"radius_m must be one number, or one for each of {len(start)} shapes; this is {radius.dtype} of shape "
            f"{radius.shape}."
        )
    radius = np.broadcast_to(radius.astype(np.float64), (len(start),))
    wrong = np.flatnonzero(~((radius > 0) & np.isfinite(radius)))
    if len(wrong):
        raise QueryError(f"radius_m of shape {wrong[0]} is {radius[wrong[0]]}; it must be finite and above 0.")
    return start, end, radius


def _paired(a: np.ndarray, b: np.ndarray, a_name: str, b_name: str) -> tuple[_Points, _Points]:
    """Return two lists of points, finite and as long as each other."""
    a, b = checked_points(a, a_name).astype(np.float64), checked_points(b, b_name).astype(np.float64)
    if len(a) != len(b):
        raise QueryError(f"{len(a)} points {a_name} but {len(b)} points {b_name}; give one of each per shape.")
    wrong = np.flatnonzero(~np.isfinite(a + b).all(axis=1))
    if len(wrong):
        i = int(wrong[0])
        raise QueryError(f"shape {i} has {a_name} {a[i].tolist()}, {b_name} {b[i].tolist()}; both must be finite.")
    return a, b


def _refuse_far(low: _Points, high: _Points, size: float) -> None:
    """Refuse shapes that reach out of the addressable world."""
    wrong = np.flatnonzero(~(np.maximum(np.abs(low), np.abs(high)) < VOXEL_LIMIT * size).all(axis=1))
    if len(wrong):
        i = int(wrong[0])
        raise QueryError(
            f"shape {i} reaches from {low[i].tolist()} to {high[i].tolist()} m; with voxels of {size} m it must lie "
            f"within {VOXEL_LIMIT * size:.0f} m of the world's origin."
        )


def _refuse_large(firsts: np.ndarray, ends: np.ndarray) -> None:
    """Refuse shapes that would take seconds."""
    edges = ((ends - 1) >> 6) - (firsts >> 6) + 1
    counts = edges[:, 0].astype(np.float64) * edges[:, 1] * edges[:, 2]
    wrong = np.flatnonzero(counts > ROOT_LIMIT)
    if len(wrong):
        i = int(wrong[0])
        raise QueryError(
            f"shape {i} reaches over {counts[i]:.0f} roots of 64 voxels a side; {ROOT_LIMIT} are allowed. Ask in "
            f"pieces."
        )

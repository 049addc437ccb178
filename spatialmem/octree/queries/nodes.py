"""Nodes of a level within bounds: which voxels bounds cover, and the nodes that a kernel marks, root by root."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from spatialmem.errors import QueryError
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z, VOXEL_LIMIT
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.queries.arguments import Bounds, checked_bounds
from spatialmem.octree.snapshot import Snapshot

__all__ = [
    "ROOT_LIMIT",
    "TOUCH_VOXELS",
    "marked_nodes",
    "node_corners",
    "roots_within",
    "touched_voxels",
    "voxels_within",
]

ROOT_LIMIT = 1 << 22
"""How many roots one question may look for: four million."""
TOUCH_VOXELS = 1e-6
"""How deep, in voxels, two things overlap at the least; less is rounding, and they only touch."""

_BATCH_BYTES = 1 << 24
_GRAIN = 4

VoxelRange = tuple[Int64[np.ndarray, "*n 3"], Int64[np.ndarray, "*n 3"]]
"""The first voxel, and the one after the last."""


def touched_voxels(
    low_m: Float64[np.ndarray, "*n 3"], high_m: Float64[np.ndarray, "*n 3"], voxel_size_m: float
) -> VoxelRange:
    """Return the voxels that boxes [m] overlap; one voxel at the least."""
    by_size = 1 / voxel_size_m
    first = np.floor(low_m * by_size + TOUCH_VOXELS).astype(np.int64)
    return first, np.maximum(np.ceil(high_m * by_size - TOUCH_VOXELS).astype(np.int64), first + 1)


def voxels_within(bounds_m: Bounds | None, snapshot: Snapshot) -> VoxelRange:
    """Return the voxels that bounds overlap, cut to the addressable world; all of it where there are no bounds."""
    if bounds_m is None:
        return np.full(3, -VOXEL_LIMIT, np.int64), np.full(3, VOXEL_LIMIT, np.int64)
    low_m, high_m = checked_bounds(bounds_m)
    limit_m = VOXEL_LIMIT * snapshot.voxel_size_m
    if not (np.abs(low_m).max() <= limit_m and np.abs(high_m).max() <= limit_m):
        raise QueryError(
            f"bounds_m reach from {low_m.tolist()} to {high_m.tolist()} m; with voxels of {snapshot.voxel_size_m} m "
            f"the world ends at {limit_m:.0f} m. Make them smaller."
        )
    return touched_voxels(low_m, high_m, snapshot.voxel_size_m)


def roots_within(snapshot: Snapshot, voxels: VoxelRange) -> tuple[Int64[np.ndarray, "n 3"], Int64[np.ndarray, "n"]]:
    """Return the coordinates and rows of the roots that hold any of a range of voxels, in the order of x, y, z."""
    first, end = voxels
    roots, rows = snapshot.roots()
    inside = ((roots * 64 < end) & (roots * 64 + 64 > first)).all(axis=1)
    return roots[inside], rows[inside]


def marked_nodes(
    snapshot: Snapshot, count: int, level: int, mark: Callable[..., None], arguments: Callable[[slice], tuple]
) -> Iterator[tuple[Int64[np.ndarray, "k"], Int64[np.ndarray, "k"], UInt8[np.ndarray, "k"]]]:
    """Yield (root, node, mark) of all marked nodes: which of `count` roots, its Morton code in the root, the mark.

    mark: a kernel (start, stop, *arguments, marks). arguments: what it takes for a slice of the roots. One byte per
    node, a few roots at a time.
    """
    nodes = 8 ** (6 - level)
    batch = max(1, _BATCH_BYTES // nodes)
    for start in range(0, count, batch):
        chosen = slice(start, min(start + batch, count))
        marks = np.zeros((chosen.stop - start, nodes), np.uint8)
        run_ranges(mark, len(marks), *arguments(chosen), marks, threads=snapshot.threads, grain=_GRAIN)
        flat = marks.reshape(-1)
        found = np.flatnonzero(flat != 0)  # several times faster than of bytes
        yield start + found // nodes, found % nodes, flat[found]


def node_corners(
    roots: Int64[np.ndarray, "k 3"], nodes: Int64[np.ndarray, "k"], level: int
) -> Int64[np.ndarray, "k 3"]:
    """Return the lowest voxel of nodes of a level, from their roots and their Morton codes in them."""
    code = nodes << (3 * level)
    child, voxel = code >> 9, code & 511
    inside = np.stack([8 * axis[child] + axis[voxel] for axis in (MORTON_X, MORTON_Y, MORTON_Z)], axis=-1)
    return roots * 64 + inside

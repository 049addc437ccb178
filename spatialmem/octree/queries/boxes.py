"""Space of one state as the fewest boxes: nodes of the octree, merged."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from spatialmem.errors import QueryError
from spatialmem.kernels import boxes as kernels
from spatialmem.octree.queries.arguments import Bounds, checked_level, checked_state
from spatialmem.octree.queries.nodes import (
    ROOT_LIMIT,
    VoxelRange,
    marked_nodes,
    node_corners,
    roots_within,
    voxels_within,
)
from spatialmem.octree.snapshot import Snapshot
from spatialmem.types import Boxes, State

__all__ = ["boxes"]

_ROOT_LEVEL = 6


def boxes(snapshot: Snapshot, bounds_m: Bounds | None, level: int, state: State) -> Boxes:
    """Return space of one state as boxes; see `Queryable.boxes`."""
    level, state = checked_level(level), checked_state(state, "state")
    if state == State.UNKNOWN and bounds_m is None:
        raise QueryError("unknown space has no end; give bounds_m, (low, high) in metres, to ask for it.")
    voxels = voxels_within(bounds_m, snapshot)
    roots, rows = roots_within(snapshot, voxels)
    missing = _missing_roots(roots, voxels) if state == State.UNKNOWN else roots[:0]
    corners, levels = [missing * 64], [np.full(len(missing), _ROOT_LEVEL)]
    of_root = [missing]

    def arguments(chosen: slice) -> tuple:
        return snapshot.children, snapshot.leaves, rows[chosen], level, int(state)

    for root, node, mark in marked_nodes(snapshot, len(roots), level, kernels.mark_boxes, arguments):
        corner = node_corners(roots[root], node, level)
        edge = 1 << (mark.astype(np.int64) - 1)
        inside = ((corner < voxels[1]) & (corner + edge[:, None] > voxels[0])).all(axis=1)
        corners.append(corner[inside])
        levels.append(mark[inside].astype(np.int64) - 1)
        of_root.append(roots[root[inside]])
    corner, edge = np.concatenate(corners), 1 << np.concatenate(levels)
    if len(missing):  # both kinds of root in one order
        order = np.lexsort(np.concatenate(of_root).T[::-1])
        corner, edge = corner[order], edge[order]
    size_m = edge * snapshot.voxel_size_m
    return Boxes((corner + 0.5 * edge[:, None]) * snapshot.voxel_size_m, size_m)


def _missing_roots(roots: Int64[np.ndarray, "n 3"], voxels: VoxelRange) -> Int64[np.ndarray, "m 3"]:
    """Return the roots of a range of voxels that are not among those given, which lie in it."""
    low, high = voxels[0] >> 6, ((voxels[1] - 1) >> 6) + 1
    shape = [int(n) for n in high - low]
    count = shape[0] * shape[1] * shape[2]
    if count > ROOT_LIMIT:
        raise QueryError(
            f"bounds_m hold {count} roots of 64 voxels a side, {shape[0]} x {shape[1]} x {shape[2]}; unknown space is "
            f"listed up to {ROOT_LIMIT}. Ask in pieces."
        )
    missing = np.ones(shape, bool)
    missing[tuple((roots - low).T)] = False
    return np.argwhere(missing) + low

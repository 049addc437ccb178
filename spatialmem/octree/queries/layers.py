"""What the optional layers know at points: colour, and when a voxel was last seen."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8, UInt32

from spatialmem.errors import QueryError
from spatialmem.kernels import layers as kernels
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.queries.arguments import checked_points
from spatialmem.octree.snapshot import Snapshot

__all__ = ["colors", "last_seen"]

_GRAIN = 50_000


def colors(snapshot: Snapshot, points_W: Float[np.ndarray, "n 3"]) -> UInt8[np.ndarray, "n 4"]:
    """Return red, green, blue and weight of the voxel at each point; see `Queryable.colors`."""
    layer = snapshot.layers.colors
    if not len(layer):
        raise QueryError("this map keeps no colours; make it with OctreeConfig(color=True).")
    points = checked_points(points_W)
    out = np.empty((len(points), 4), np.uint8)
    run_ranges(
        kernels.colors_at, len(points), snapshot.table, snapshot.children, layer,
        points.dtype.type(1 / snapshot.voxel_size_m), points, out, threads=snapshot.threads, grain=_GRAIN,
    )  # fmt: skip
    return out


def last_seen(snapshot: Snapshot, points_W: Float[np.ndarray, "n 3"]) -> UInt32[np.ndarray, "n"]:
    """Return the number of the last update that saw the voxel at each point; see `Queryable.last_seen`."""
    _, seen, seen_tiles = snapshot.layers
    if not len(seen):
        raise QueryError("this map does not keep when it saw what; make it with OctreeConfig(last_seen=True).")
    points = checked_points(points_W)
    out = np.empty(len(points), np.uint32)
    run_ranges(
        kernels.seen_at, len(points), snapshot.table, snapshot.children, seen, seen_tiles,
        points.dtype.type(1 / snapshot.voxel_size_m), points, out, threads=snapshot.threads, grain=_GRAIN,
    )  # fmt: skip
    return out

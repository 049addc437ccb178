"""The map from above: one column per voxel of the ground plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from spatialmem.errors import QueryError
from spatialmem.kernels import columns as kernels
from spatialmem.octree.snapshot import Snapshot

__all__ = ["Columns", "columns"]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A height band of the map seen from above, one column per voxel of the ground plane, indexed [y, x]."""

    origin_m: Float64[np.ndarray, "2"]
    """Lower corner (x, y) of column [0, 0] in W."""
    voxel_size_m: float
    state: UInt8[np.ndarray, "h w"]
    """OCCUPIED if any voxel of the column in the band is, else FREE if any is, else UNKNOWN."""
    top_m: Float32[np.ndarray, "h w"]
    """Upper face of the highest occupied voxel in the band; NaN where there is none."""


def columns(snapshot: Snapshot, z_min_m: float, z_max_m: float) -> Columns:
    """Reduce the layers whose centres lie in [z_min_m, z_max_m) to one column each."""
    if not all(isinstance(z, int | float | np.number) and np.isfinite(z) for z in (z_min_m, z_max_m)):
        raise QueryError(f"the band is {z_min_m!r} to {z_max_m!r}; it needs two finite heights in metres.")
    if not z_min_m < z_max_m:
        raise QueryError(f"the band {z_min_m} m to {z_max_m} m is empty; give the lower height first.")
    voxel_size_m = snapshot.voxel_size_m
    roots, rows = snapshot.roots()
    low = roots[:, :2].min(axis=0) * 64 if len(roots) else np.zeros(2, np.int64)
    high = (roots[:, :2].max(axis=0) + 1) * 64 if len(roots) else np.zeros(2, np.int64)
    width, height = (int(n) for n in high - low)
    z_low, z_high = (int(np.ceil(z / voxel_size_m - 0.5)) for z in (z_min_m, z_max_m))
    state = np.zeros((height, width), np.uint8)
    nothing = np.iinfo(np.int64).min
    top = np.full((height, width), nothing)
    kernels.columns_from_above(roots, rows, snapshot.children, snapshot.leaves, low, z_low, z_high, state, top)
    top_m = np.where(top == nothing, np.nan, (top + 1.0) * voxel_size_m).astype(np.float32)
    return Columns(low * voxel_size_m, voxel_size_m, state, top_m)

"""The map as a whole: from above, by height, its bounds and volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from spatialmem.kernels import columns as kernels
from spatialmem.octree.storage import Storage

__all__ = ["Columns", "Extent", "columns_of", "extent_of"]


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


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """Bounds and volume of known space, and how occupied each layer is. Voxel units."""

    low: Int64[np.ndarray, "3"]
    high: Int64[np.ndarray, "3"]
    free_count: int
    occupied_count: int
    z_first: int
    occupied_by_z: Int64[np.ndarray, "layers"]


def extent_of(storage: Storage) -> Extent | None:
    """Measure known space; None where nothing is known."""
    roots, rows = storage.roots()
    if not len(roots):
        return None
    z_first = int(roots[:, 2].min()) * 64
    occupied_by_z = np.zeros((int(roots[:, 2].max()) + 1) * 64 - z_first, np.int64)
    bounds = np.array([[np.iinfo(np.int64).max] * 3, [np.iinfo(np.int64).min] * 3])
    volumes = np.zeros(2, np.int64)
    kernels.known_extent(roots, rows, storage.children, storage.leaves, bounds, volumes, z_first, occupied_by_z)
    return Extent(bounds[0], bounds[1], int(volumes[0]), int(volumes[1]), z_first, occupied_by_z)


def columns_of(storage: Storage, voxel_size_m: float, z_min_m: float, z_max_m: float) -> Columns:
    """Reduce the layers whose centres lie in [z_min_m, z_max_m) to one column each."""
    roots, rows = storage.roots()
    low = roots[:, :2].min(axis=0) * 64 if len(roots) else np.zeros(2, np.int64)
    high = (roots[:, :2].max(axis=0) + 1) * 64 if len(roots) else np.zeros(2, np.int64)
    width, height = (int(n) for n in high - low)
    z_low, z_high = (int(np.ceil(z / voxel_size_m - 0.5)) for z in (z_min_m, z_max_m))
    state = np.zeros((height, width), np.uint8)
    nothing = np.iinfo(np.int64).min
    top = np.full((height, width), nothing)
    kernels.columns_from_above(roots, rows, storage.children, storage.leaves, low, z_low, z_high, state, top)
    top_m = np.where(top == nothing, np.nan, (top + 1.0) * voxel_size_m).astype(np.float32)
    return Columns(low * voxel_size_m, voxel_size_m, state, top_m)

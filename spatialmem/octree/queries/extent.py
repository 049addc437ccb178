"""How far the map reaches: bounds, volumes, how occupied each height is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.kernels import columns as kernels
from spatialmem.octree.snapshot import Snapshot

__all__ = ["bounds_m", "occupied_by_height", "volumes_m3"]


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """Bounds and volume of known space, and how occupied each layer is. Voxel units."""

    low: Int64[np.ndarray, "3"]
    high: Int64[np.ndarray, "3"]
    free_count: int
    occupied_count: int
    z_first: int
    occupied_by_z: Int64[np.ndarray, "layers"]


def extent_of(snapshot: Snapshot) -> Extent | None:
    """Measure known space; None where nothing is known."""
    roots, rows = snapshot.roots()
    if not len(roots):
        return None
    z_first = int(roots[:, 2].min()) * 64
    occupied_by_z = np.zeros((int(roots[:, 2].max()) + 1) * 64 - z_first, np.int64)
    bounds = np.array([[np.iinfo(np.int64).max] * 3, [np.iinfo(np.int64).min] * 3])
    volumes = np.zeros(2, np.int64)
    kernels.known_extent(roots, rows, snapshot.children, snapshot.leaves, bounds, volumes, z_first, occupied_by_z)
    return Extent(bounds[0], bounds[1], int(volumes[0]), int(volumes[1]), z_first, occupied_by_z)


def bounds_m(snapshot: Snapshot) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]] | None:
    """Return the lower and upper corner of known space in W [m]; None where nothing is known."""
    extent = extent_of(snapshot)
    return None if extent is None else (extent.low * snapshot.voxel_size_m, extent.high * snapshot.voxel_size_m)


def volumes_m3(snapshot: Snapshot) -> dict[str, float]:
    """Return how much space is known to be free and occupied [m3]."""
    extent, cube = extent_of(snapshot), snapshot.voxel_size_m**3
    free, occupied = (0, 0) if extent is None else (extent.free_count, extent.occupied_count)
    return {"free": free * cube, "occupied": occupied * cube}


def occupied_by_height(snapshot: Snapshot) -> tuple[Float64[np.ndarray, "k"], Int64[np.ndarray, "k"]]:
    """Return the centre height [m] of every voxel layer, lowest first, and its number of occupied voxels."""
    extent = extent_of(snapshot)
    if extent is None:
        return np.zeros(0), np.zeros(0, np.int64)
    layers = extent.z_first + np.arange(len(extent.occupied_by_z))
    return (layers + 0.5) * snapshot.voxel_size_m, extent.occupied_by_z

"""Shortest ways through free voxels, and the grids of them that an octree view gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64, Integer

import spatialmem as sm

__all__ = ["VoxelGrid", "VoxelPath", "free_voxels", "voxel_path"]

Voxels: TypeAlias = "Sequence[int | np.integer] | Integer[np.ndarray, '3'] | Integer[np.ndarray, '_ 3']"
"""A voxel (x, y, z), or several."""
VOXELS_MAX = 1 << 32


@dataclass(frozen=True, slots=True, eq=False)
class VoxelPath:
    """A way from voxel to neighbouring voxel."""

    cells: Int64[np.ndarray, "n 3"]
    """(x, y, z), from the start to the goal."""
    length_cells: float
    """Steps count 1 along an axis, and the square roots of two and three along two and three at once."""


@dataclass(frozen=True, slots=True, eq=False)
class VoxelGrid:
    """Which voxels of a box are free; a copy, so it outlives the map."""

    free: Bool[np.ndarray, "x y z"]
    origin_W: Float64[np.ndarray, "3"]
    """The middle of voxel [0, 0, 0] [m]."""
    voxel_size_m: float

    def cells_of(self, points_W: Float[np.ndarray, "n 3"]) -> Int64[np.ndarray, "n 3"]:
        """Return the voxels that points are in; they may lie beside the grid."""
        return np.floor((points_W - self.origin_W) / self.voxel_size_m + 0.5).astype(np.int64)

    def points_W(self, cells: Int64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
        """Return the middles of voxels [m]."""
        return self.origin_W + cells * self.voxel_size_m


def voxel_path(free: Bool[np.ndarray, "x y z"], start: Voxels, goal: Voxels) -> VoxelPath | None:
    """Return a shortest way through free voxels from a start to a goal, or from any of several to any of several.

    None where there is none, also where no start or no goal is free. Steps go to the 26 neighbours, each only where
    all voxels of the box that it spans are free. free: indexed [x, y, z]. A* (Hart, Nilsson and Raphael 1968); of
    ways as short it is always the same one. Raises InputError for starts and goals beside the grid, and for no voxels.
    """
    from planners.navigation.kernels import voxels

    grid = np.asarray(free)
    if grid.dtype != np.bool_ or grid.ndim != 3 or not 0 < grid.size <= VOXELS_MAX:
        raise sm.InputError(
            f"free is {grid.dtype} of the shape {grid.shape}; booleans [x, y, z] are needed, 1 to {VOXELS_MAX} voxels."
        )
    starts, goals = (_checked_cells(*one, grid.shape) for one in (("start", start), ("goal", goal)))
    cells = voxels.shortest_way(np.ascontiguousarray(grid), starts, goals)
    if not len(cells):
        return None
    steps = np.bincount(np.abs(np.diff(cells, axis=0)).sum(axis=1), minlength=4)[1:]
    return VoxelPath(cells, float(steps @ np.sqrt([1.0, 2.0, 3.0])))


def free_voxels(
    view: sm.View | sm.Octree,
    bounds_m: tuple[Sequence[float], Sequence[float]],
    *,
    radius_m: float = 0.0,
    level: int = 0,
    unknown_is: sm.State = sm.State.OCCUPIED,
) -> VoxelGrid:
    """Return the voxels of a box (low, high) [m] whose middles are so far from the middles of all that are not free.

    The voxels are those between whose middles the box lies, nodes of `level` of the octree; obstacles up to radius_m
    beside the box count too. unknown_is: what unknown space is taken for, OCCUPIED or FREE. Raises InputError for a
    radius that is none, QueryError as `View.clearance` does.
    """
    if not 0 <= radius_m < math.inf:
        raise sm.InputError(f"radius_m is {radius_m!r}; a length of 0 or more is needed.")
    size_m = view.voxel_size_m * 2**level
    rim = math.ceil(radius_m / size_m)
    low, high = (
        np.asarray(corner, float) + sign * rim * size_m for corner, sign in zip(bounds_m, (-1, 1), strict=True)
    )
    field = view.clearance((low, high), level=level, unknown_is=unknown_is)
    inner = (slice(rim, -rim or None),) * 3
    distance_m = field.distance_m[inner]
    return VoxelGrid(
        np.ascontiguousarray((distance_m > 0) & (distance_m >= radius_m)),
        field.origin_W + rim * field.voxel_size_m,
        field.voxel_size_m,
    )


def _checked_cells(name: str, cells: Voxels, shape: tuple[int, ...]) -> Int64[np.ndarray, "n 3"]:
    given = np.asarray(cells)
    if given.shape == (3,):
        given = given[None]
    if given.dtype.kind not in "iu" or given.ndim != 2 or given.shape[1] != 3 or not len(given):
        raise sm.InputError(f"{name} is {cells!r}; a voxel (x, y, z) of whole numbers is needed, or several.")
    given = np.ascontiguousarray(given, np.int64)
    if (given < 0).any() or (given >= shape).any():
        raise sm.InputError(f"{name} is beside the grid of {' x '.join(map(str, shape))} voxels: {given.tolist()[:4]}.")
    return given

"""Free floor as a grid, and what can be driven. A cell is free where nothing solid reaches into any part of it."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int16

from sim.worlds.built.world import World
from sim.worlds.home import ROBOT_RADIUS_M, TURN_RADIUS_M, WALL_THICKNESS_M
from sim.worlds.truth.footprints import Disc, Outline, outlines_of
from spatialmem import InputError

__all__ = ["Drivable", "FloorGrid", "clearance_m", "drivable", "floor_grid", "main_floor"]

EDGE_M = 1e-6
"""Cells that are touched less deep than this are not touched: walls often end on the side of a cell."""


@dataclass(frozen=True, slots=True, eq=False)
class FloorGrid:
    """Cells of the floor: row along y, column along x. Sides are at whole multiples of `cell_m`, as a map's voxels."""

    origin_m: tuple[float, float]
    """The lowest corner of cell (0, 0), x and y in W."""
    cell_m: float
    free: Bool[np.ndarray, "rows cols"]
    room: Int16[np.ndarray, "rows cols"]
    """The room that the cell's middle is in, as an index into `rooms`; -1 outside. Walls belong to either side."""
    rooms: tuple[str, ...]

    @property
    def x_m(self) -> Float64[np.ndarray, "cols"]:
        """The middle of each column."""
        return self.origin_m[0] + self.cell_m * (np.arange(self.free.shape[1]) + 0.5)

    @property
    def y_m(self) -> Float64[np.ndarray, "rows"]:
        """The middle of each row."""
        return self.origin_m[1] + self.cell_m * (np.arange(self.free.shape[0]) + 0.5)

    def cell_of(self, x_m: float, y_m: float) -> tuple[int, int]:
        """Return (row, column) of a point in W; it may be outside the grid."""
        row, column = (math.floor((c - o) / self.cell_m) for c, o in zip((y_m, x_m), self.origin_m[::-1], strict=True))
        return row, column


@dataclass(frozen=True, slots=True)
class Drivable:
    """Whether a robot gets everywhere."""

    clearance_m: dict[str, float]
    """Of each room, the widest clearance of a spot that the robot gets to; 0 where it gets to none."""
    trouble: tuple[str, ...]
    """What is in the way, each in a few words; empty if every room can be driven to, and turned in."""

    @property
    def ok(self) -> bool:
        """Whether nothing is in the way."""
        return not self.trouble


def floor_grid(
    world: World,
    *,
    cell_m: float = 0.05,
    z_min_m: float = 0.05,
    z_max_m: float = 1.6,
    ignore: Collection[str] = ("robot", "person"),
) -> FloorGrid:
    """Return the floor that is free of everything solid between two heights, now; doors as they are open now.

    `ignore` names kinds of bodies that are not looked at.
    """
    if not (cell_m > 0 and z_max_m > z_min_m):
        raise InputError(f"cells of {cell_m} m between {z_min_m} and {z_max_m} m: both must be more than 0.")
    (x0, y0), (x1, y1) = world.home.bounds_m
    reach = WALL_THICKNESS_M / 2 + cell_m
    first = math.floor((x0 - reach) / cell_m + 1e-9), math.floor((y0 - reach) / cell_m + 1e-9)
    last = math.ceil((x1 + reach) / cell_m - 1e-9), math.ceil((y1 + reach) / cell_m - 1e-9)
    shape = last[1] - first[1], last[0] - first[0]
    names = tuple(room.name for room in world.home.rooms)
    grid = FloorGrid(
        (first[0] * cell_m, first[1] * cell_m), cell_m, np.zeros(shape, bool), np.full(shape, -1, np.int16), names
    )
    for index, room in enumerate(world.home.rooms):
        rows = (grid.y_m >= room.low_m[1]) & (grid.y_m < room.high_m[1])
        columns = (grid.x_m >= room.low_m[0]) & (grid.x_m < room.high_m[0])
        grid.room[np.ix_(rows, columns)] = index
    np.greater_equal(grid.room, 0, out=grid.free)
    for body in world.bodies.values():
        if body.kind in ignore or body.name in world.absent or body.name == "floor":
            continue
        for outline in outlines_of(world, body.name, z_min_m, z_max_m):
            _take(grid, outline)
    return grid


def _take(grid: FloorGrid, outline: Outline) -> None:
    """Mark the cells that an outline reaches into as not free."""
    if isinstance(outline, Disc):
        (x, y), r = outline.center_m, outline.radius_m
        low, high = (x - r, y - r), (x + r, y + r)
    else:
        low, high = outline.min(axis=0).tolist(), outline.max(axis=0).tolist()
    rows, columns = (
        slice(
            max(math.floor((low[axis] + EDGE_M - grid.origin_m[axis]) / grid.cell_m), 0),
            max(math.ceil((high[axis] - EDGE_M - grid.origin_m[axis]) / grid.cell_m), 0),
        )
        for axis in (1, 0)
    )
    free = grid.free[rows, columns]
    if not free.any():
        return
    if not isinstance(outline, Disc) and _is_upright_rectangle(outline):
        free[:] = False
        return
    x = grid.origin_m[0] + grid.cell_m * (np.arange(columns.start, columns.start + free.shape[1]) + 0.5)
    y = grid.origin_m[1] + grid.cell_m * (np.arange(rows.start, rows.start + free.shape[0]) + 0.5)
    if isinstance(outline, Disc):
        free &= ~_touched_by_disc(outline, x, y, grid.cell_m)
    else:
        free &= ~_touched_by_polygon(outline, x, y, grid.cell_m)


def _is_upright_rectangle(polygon: Float64[np.ndarray, "n 2"]) -> bool:
    """Whether a polygon of four corners has its sides along x and y."""
    return len(polygon) == 4 and bool((np.abs(np.roll(polygon, -1, axis=0) - polygon).min(axis=1) < 1e-9).all())


def _touched_by_disc(disc: Disc, x: np.ndarray, y: np.ndarray, cell_m: float) -> Bool[np.ndarray, "r c"]:
    """Return which cells with these middles a disc reaches into: the nearest point of a cell is in it."""
    dx = np.maximum(np.abs(x - disc.center_m[0]) - cell_m / 2, 0.0)
    dy = np.maximum(np.abs(y - disc.center_m[1]) - cell_m / 2, 0.0)
    return dx[None, :] ** 2 + dy[:, None] ** 2 < (disc.radius_m - EDGE_M) ** 2


def _touched_by_polygon(
    polygon: Float64[np.ndarray, "n 2"], x: np.ndarray, y: np.ndarray, cell_m: float
) -> Bool[np.ndarray, "r c"]:
    """Return which cells a convex polygon reaches into: no side of it, nor of its bounds, separates them (SAT)."""
    side = np.roll(polygon, -1, axis=0) - polygon
    normal = np.stack([side[:, 1], -side[:, 0]], axis=1) / np.maximum(np.hypot(side[:, 0], side[:, 1]), 1e-12)[:, None]
    limit = (normal * polygon).sum(axis=1) + cell_m / 2 * np.abs(normal).sum(axis=1) - EDGE_M
    reach = normal[:, 0, None, None] * x[None, None, :] + normal[:, 1, None, None] * y[None, :, None]
    return (reach < limit[:, None, None]).all(axis=0)


def clearance_m(grid: FloorGrid) -> Float32[np.ndarray, "rows cols"]:
    """Return how far each cell's middle is from the nearest cell that is not free [m], to half a cell; 0 in those."""
    from scipy.ndimage import distance_transform_edt

    distance = np.asarray(distance_transform_edt(grid.free), np.float64)
    return np.maximum((distance - 0.5) * grid.cell_m, 0.0).astype(np.float32)


def drivable(grid: FloorGrid, *, radius_m: float = ROBOT_RADIUS_M, turn_m: float = TURN_RADIUS_M) -> Drivable:
    """Return whether a disc of radius_m gets from every room to every other, and has turn_m of room in each."""
    clearance = clearance_m(grid)
    main = main_floor(grid, clearance, radius_m=radius_m, turn_m=turn_m)
    widest = {
        name: float(clearance[main & (grid.room == index)].max(initial=0.0)) for index, name in enumerate(grid.rooms)
    }
    trouble = []
    for name, found in widest.items():
        if found == 0.0:
            trouble.append(f"a robot of radius {radius_m} m does not get into {name}")
        elif found < turn_m:
            trouble.append(f"the widest spot of {name} has {found:.2f} m of clearance, not {turn_m} m")
    return Drivable(widest, tuple(trouble))


def main_floor(
    grid: FloorGrid, clearance: Float32[np.ndarray, "rows cols"], *, radius_m: float, turn_m: float = TURN_RADIUS_M
) -> Bool[np.ndarray, "rows cols"]:
    """Return the connected part of the floor, for a disc of radius_m, that has room to turn in the most rooms."""
    from scipy import ndimage

    part = np.zeros(clearance.shape, np.int32)
    count = int(ndimage.label(clearance >= radius_m, output=part))  # type: ignore[arg-type]  # a number, given output
    best = np.zeros((count + 1, len(grid.rooms)))
    inside = (part > 0) & (grid.room >= 0)
    np.maximum.at(best, (part[inside], grid.room[inside]), clearance[inside])
    best[0] = 0.0
    chosen = max(range(count + 1), key=lambda i: (int((best[i] >= turn_m).sum()), float(best[i].sum())))
    return (part == chosen) & (part > 0)

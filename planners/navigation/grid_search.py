"""Shortest ways over a grid of cells, and the straight lines that they come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Int64, Integer

import spatialmem as sm

__all__ = ["GridPath", "floor_grid", "grid_path", "straightened"]

Cells: TypeAlias = "Sequence[int | np.integer] | Integer[np.ndarray, '2'] | Integer[np.ndarray, '_ 2']"
"""A cell (x, y), or several."""
CELLS_MAX = 1 << 25
_NO_COST = np.ones((1, 1), np.float32)
LINES = 1 << 16
"""So many lines are looked at when a way is made straight, at most: a few milliseconds. 256 cells: all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class GridPath:
    """A way from cell to neighbouring cell."""

    cells: Int64[np.ndarray, "n 2"]
    """(x, y), from the start to the goal."""
    length_cells: float
    """Straight steps count 1, diagonal ones the square root of two."""
    cost: float
    """What it costs; as much as it is long, where no cell costs more than its length."""


def grid_path(
    free: Bool[np.ndarray, "h w"], start: Cells, goal: Cells, *, cost: Float32[np.ndarray, "h w"] | None = None
) -> GridPath | None:
    """Return a cheapest way over free cells from a start to a goal (x, y), or from any of several to any of several.

    None where there is none, also where no start or no goal is free. Steps go to the eight neighbours, diagonally
    only where both cells beside the step are free. free: indexed [y, x]. cost: how many times its length a step costs
    in each cell, 1 to 1000; a step costs the mean of both. A* (Hart, Nilsson and Raphael 1968), without costs over jump
    points (Harabor and Grastien 2011, 2012); of ways that cost the same it is always the same one. Raises InputError
    for starts and goals beside the grid, costs below 1, no cells.
    """
    from planners.navigation.kernels import grid

    free = _checked_grid(free)
    costs = _NO_COST if cost is None else np.ascontiguousarray(cost, np.float32)
    if cost is not None and costs.shape != free.shape:
        raise sm.InputError(f"cost has the shape {costs.shape}; that of free, {free.shape}, is needed.")
    starts, goals = _as_cells("start", start), _as_cells("goal", goal)
    found, cells, total, diagonal = grid.cheapest_way(free, costs, cost is not None, starts, goals)
    if found in (grid.BAD_START, grid.BAD_GOAL):
        raise _beside(*(("start", starts) if found == grid.BAD_START else ("goal", goals)), free.shape)
    if found == grid.BAD_COST:
        raise sm.InputError(f"cost must be a number from 1 to {grid.COST_MAX:g} in every free cell.")
    if found == grid.NO_WAY:
        return None
    length = len(cells) - 1 - diagonal + math.sqrt(2) * diagonal
    return GridPath(cells, length, length if cost is None else total / grid.ONE)


def straightened(
    cells: Integer[np.ndarray, "n 2"],
    clearance_m: Float32[np.ndarray, "h w"],
    *,
    prefer_m: float,
    least_m: float = 0.0,
) -> Int64[np.ndarray, "k 2"]:
    """Return the corners (x, y) of the shortest way of straight lines between some cells of a way, its ends included.

    A line may replace a piece of the way where all cells that it passes are as clear as the least clear one of the
    piece, or as `prefer_m`; never less clear than `least_m`, nor through cells of no clearance, and just between two
    cells only where that holds for both of them. clearance_m: indexed [y, x], in any unit that the others are in too.
    Very long ways are straightened piece by piece, so that it takes milliseconds. Raises InputError for cells beside
    the grid, and lengths that are none.
    """
    from planners.navigation.kernels import lines

    clearance_m = np.ascontiguousarray(clearance_m, np.float32)
    for name, value in (("prefer_m", prefer_m), ("least_m", least_m)):
        if not value >= 0:
            raise sm.InputError(f"{name} is {value!r}; a length of 0 or more is needed.")
    way = _as_cells("cells", cells)
    if (way < 0).any() or (way >= (clearance_m.shape[1], clearance_m.shape[0])).any():
        raise _beside("cells", way, clearance_m.shape)
    return way[lines.straighten(way, clearance_m, np.float32(prefer_m), np.float32(least_m), LINES)]


def floor_grid(floor: sm.Floor, radius_m: float) -> Bool[np.ndarray, "h w"]:
    """Return the cells [y, x] of a floor that a disc can stand on: free, and so far from all that is not.

    Clearance is known up to `graph.clearance_max_m`, so nothing is free for a wider disc. Raises InputError for a
    radius that is none.
    """
    if not radius_m >= 0:
        raise sm.InputError(f"radius_m is {radius_m!r}; a length of 0 or more is needed.")
    return (floor.state == sm.State.FREE) & (floor.clearance_m >= radius_m)


def _checked_grid(free: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    grid = np.asarray(free)
    if grid.dtype != np.bool_ or grid.ndim != 2 or not 0 < grid.size <= CELLS_MAX:
        raise sm.InputError(
            f"free is {grid.dtype} of the shape {grid.shape}; booleans [y, x] are needed, 1 to {CELLS_MAX} cells."
        )
    return np.ascontiguousarray(grid)


def _as_cells(name: str, cells: Cells) -> Int64[np.ndarray, "n 2"]:
    given = np.asarray(cells)
    if given.shape == (2,):
        given = given[None]
    if given.dtype.kind not in "iu" or given.ndim != 2 or given.shape[1] != 2 or not len(given):
        raise sm.InputError(f"{name} is {cells!r}; a cell (x, y) of whole numbers is needed, or several.")
    return np.ascontiguousarray(given, np.int64)


def _beside(name: str, cells: Int64[np.ndarray, "n 2"], shape: tuple[int, ...]) -> sm.InputError:
    beside = cells[((cells < 0) | (cells >= (shape[1], shape[0]))).any(axis=1)]
    return sm.InputError(f"{name} is beside the grid of {shape[1]} x {shape[0]} cells: {beside[0].tolist()}.")

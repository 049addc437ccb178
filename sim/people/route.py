"""Where a person can walk: the free floor of this moment, with robots and other people as something to go round."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64

from sim import bullet
from sim.worlds.built.resting import thing_bounds
from sim.worlds.built.world import World
from sim.worlds.truth.floor_grid import FloorGrid, clearance_m, floor_grid
from sim.worlds.truth.route import RouteFinder
from spatialmem import ConfigError

__all__ = ["Ways", "entry_spot"]

RADIUS_M = 0.25
"""The room that a person needs to all sides."""
PREFER_M = 0.45
HEIGHT_M = 1.75
ON_FLOOR_M = 0.5
"""What begins lower than this is stepped round; what is higher stands on furniture, or is in the hand."""
STEPPED_OVER_M = 0.05
"""Furniture that is lower than this is stepped over; things are not stepped on, however low."""
BERTH_M = 0.15
"""So much more room is left round robots that stand, and other people, in each direction of W."""
ENTRY_KINDS = ("hall", "corridor", "entrance", "living")


class Ways:
    """The floor as it is now: ways over it, and what of it can be reached.

    around: names of robots and people to be gone round, where they are now. discs: x, y and radius [m] of more floor
    that is taken. held: a thing that is in the hand, so not in the way. doors: whether doors count; without them it
    is as if all stood open.
    """

    def __init__(
        self,
        world: World,
        *,
        around: Collection[str] = (),
        discs: Collection[tuple[float, float, float]] = (),
        held: str = "",
        doors: bool = True,
    ):
        ignored = ("robot", "person", "thing") if doors else ("robot", "person", "thing", "door")
        grid = floor_grid(world, z_min_m=STEPPED_OVER_M, z_max_m=HEIGHT_M, ignore=ignored)
        free = grid.free & ~_things(world, grid, held)
        for name in around:
            low, high = _box(world, name)
            free &= ~_inside(grid, low - BERTH_M, high + BERTH_M)
        columns, rows = np.meshgrid(grid.x_m, grid.y_m)
        self.middles_m: Float64[np.ndarray, "h w 2"] = np.stack([columns, rows], axis=-1)
        for x, y, radius_m in discs:
            free &= np.hypot(columns - x, rows - y) > radius_m
        self.grid = dataclasses.replace(grid, free=free)
        self.clearance_m = clearance_m(self.grid)
        self._finder = RouteFinder(self.grid, self.clearance_m, radius_m=RADIUS_M, prefer_m=PREFER_M)
        self._asked: tuple[tuple[float, float], Float[np.ndarray, "h w"]] | None = None

    @property
    def open(self) -> Bool[np.ndarray, "h w"]:
        """Cells in whose middle a person can stand."""
        return self._finder.open

    def lengths_from(self, start_m: tuple[float, float]) -> Float[np.ndarray, "h w"]:
        """Return the cost of the way to every cell, about its length [m]; infinite where none leads."""
        if self._asked is None or self._asked[0] != start_m:
            nowhere = np.full(self.open.shape, np.inf)
            self._asked = start_m, self._finder.lengths_from(np.array(start_m)) if self.open.any() else nowhere
        return self._asked[1]

    def route(self, start_m: tuple[float, float], goal_m: tuple[float, float]) -> list[tuple[float, float]] | None:
        """Return the corners of the way [m], without its start; None where there is none."""
        if not self.open.any():
            return None
        path = self._finder.route(np.array(start_m), np.array(goal_m))
        return None if path is None else [(float(x), float(y)) for x, y in path[1:]]

    def takes(self, p_m: tuple[float, float]) -> bool:
        """Whether a person can stand at a point."""
        row, column = self.grid.cell_of(*p_m)
        return bool(self.open[row, column])


def entry_spot(world: World) -> tuple[float, float]:
    """Return where people come in: the floor next to an outer wall, in the hall if there is one. Doors count as open.

    Raises ConfigError for a home without floor to stand on.
    """
    ways = Ways(world, doors=False)
    rooms = sorted(world.home.rooms, key=lambda r: ENTRY_KINDS.index(r.kind) if r.kind in ENTRY_KINDS else 99)
    (x0, y0), (x1, y1) = world.home.bounds_m
    x, y = ways.middles_m[..., 0], ways.middles_m[..., 1]
    outer_m = np.minimum.reduce([x - x0, x1 - x, y - y0, y1 - y])
    widest = _largest_part(ways.open)
    for room in rooms:
        cells = widest & (ways.grid.room == ways.grid.rooms.index(room.name))
        if cells.any():
            best = np.argmin(np.where(cells, outer_m, np.inf))
            return float(x.flat[best]), float(y.flat[best])
    raise ConfigError(f"the home '{world.home.name}' has no floor for a person to stand on.")


def _largest_part(cells: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    from scipy.ndimage import label

    found: Any = label(cells)
    sizes = np.bincount(found[0].ravel())
    sizes[0] = 0
    return (found[0] == np.argmax(sizes)) & cells


def _things(world: World, grid: FloorGrid, held: str) -> Bool[np.ndarray, "h w"]:
    """Return the cells under the bounds of things that stand on the floor."""
    taken = np.zeros(grid.free.shape, bool)
    for body in world.bodies.values():
        if body.kind != "thing" or body.name in world.absent or body.name == held:
            continue
        low, high = thing_bounds(world, body.name)
        if low[2] > ON_FLOOR_M or _on_support(world, low):
            continue
        taken |= _inside(grid, low, high)
    return taken


def _on_support(world: World, low: Float64[np.ndarray, "3"]) -> bool:
    return float(low[2]) > 0.02 and any(abs(low[2] - s.center_W[2]) < 0.02 for s in world.supports.values())


def _inside(grid: FloorGrid, low: Float64[np.ndarray, "3"], high: Float64[np.ndarray, "3"]) -> Bool[np.ndarray, "h w"]:
    """Return the cells that a box along the axes of W reaches into."""
    cells = np.zeros(grid.free.shape, bool)
    (row0, column0), (row1, column1) = (grid.cell_of(float(c[0]), float(c[1])) for c in (low, high))
    cells[max(row0, 0) : max(row1 + 1, 0), max(column0, 0) : max(column1 + 1, 0)] = True
    return cells


def _box(world: World, name: str) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]]:
    """Return the bounds of a robot or a person in W [m]."""
    api, unique_id = bullet.api(), world.bodies[name].unique_id
    links = range(-1, api.getNumJoints(unique_id, physicsClientId=world.client))
    boxes = np.array([api.getAABB(unique_id, link, physicsClientId=world.client) for link in links])
    return boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)

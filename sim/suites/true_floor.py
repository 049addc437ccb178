"""The floor as it truly is for one robot: where it can stand, and the shortest ways, of which people are no part."""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from sim.robots import SimRobot
from sim.worlds import FloorGrid, RouteFinder, World, clearance_m, floor_grid
from sim.worlds.truth.floor_grid import main_floor
from spatialmem import InputError

__all__ = ["TrueFloor"]

SPARE_M = 0.03
"""Where a robot is put has so much more room than it needs to turn: a cell's middle is known to half a cell."""


class TrueFloor:
    """The floor of a world at this moment, for a robot that drives along wherever its `pass_m` is free to all sides."""

    def __init__(self, world: World, kind: type[SimRobot]):
        """Raises InputError where the robot can stand nowhere."""
        self.grid: FloorGrid = floor_grid(world)
        self.clearance_m: Float32[np.ndarray, "h w"] = clearance_m(self.grid)
        self.finder = RouteFinder(self.grid, self.clearance_m, radius_m=kind.pass_m, prefer_m=kind.pass_m)
        self.main: Bool[np.ndarray, "h w"] = main_floor(
            self.grid, self.clearance_m, radius_m=kind.pass_m, turn_m=kind.turn_m
        )
        """The part of the floor from which one gets to the most rooms."""
        self.spots: Bool[np.ndarray, "h w"] = self.main & (self.clearance_m >= kind.turn_m + SPARE_M)
        """Where it can also turn on the spot."""
        if not self.spots.any():
            raise InputError(f"the home {world.home.name} has no floor for a robot of {kind.turn_m} m.")

    def middles_m(self, cells: Bool[np.ndarray, "h w"]) -> Float64[np.ndarray, "n 2"]:
        """Return the middles (x, y) of some cells, row by row."""
        rows, columns = np.nonzero(cells)
        return np.column_stack([self.grid.x_m[columns], self.grid.y_m[rows]])

    def any_spot(self, rng: np.random.Generator) -> Float64[np.ndarray, "2"]:
        """Return a place where the robot can stand and turn, by chance."""
        return rng.choice(self.middles_m(self.spots))

    def lengths_from(self, start_m: Float[np.ndarray, "2"]) -> Float[np.ndarray, "h w"]:
        """Return the length of the shortest way over the cells' eight neighbours to every cell; at most 8 % too long,
        as `way` is not. Infinite where none leads."""
        return self.finder.lengths_from(start_m)

    def way(self, start_m: Float[np.ndarray, "2"], goal_m: Float[np.ndarray, "2"]) -> Float[np.ndarray, "n 2"] | None:
        """Return the corners of the shortest way; None where none leads there."""
        return self.finder.route(start_m, goal_m)

    def length_m(self, start_m: Float[np.ndarray, "2"], goal_m: Float[np.ndarray, "2"]) -> float:
        """Return the length of the shortest way; infinite where none leads there."""
        return self.finder.length_m(start_m, goal_m)

    @functools.cached_property
    def diameter_m(self) -> float:
        """The longest of all shortest ways, found by going to the farthest cell twice; no more than it truly is."""
        start_m = self.middles_m(self.main)[0]
        for _ in range(2):
            lengths_m = np.where(self.main, self.lengths_from(start_m), -1.0)
            row, column = np.unravel_index(int(np.argmax(lengths_m)), lengths_m.shape)
            start_m, far_m = np.array([self.grid.x_m[column], self.grid.y_m[row]]), float(lengths_m.max())
        return far_m

"""How much room people leave to robots: the disc in which one turns on the spot, and where nobody is in its way."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from sim.people.body import CONTACT_M
from sim.people.route import Ways
from sim.worlds.built.world import World
from sim.worlds.truth.floor_grid import FloorGrid
from sim.worlds.truth.footprints import outlines_of, polygon_of
from sim.worlds.truth.route import RouteFinder
from spatialmem import inverse, transform

__all__ = ["Berth", "Berths", "refuge"]

MARGIN_M = 0.1
"""Between a person and the disc in which a robot turns."""
SPARE_M = 0.06
"""So much wider than a robot is the floor that it drives over."""
FAR_M = 2.4
"""A room has a second place worth going to where one is so far from its widest floor."""
FADE_M = 0.15
"""Somebody who stands so much farther from a robot's way than need be is not in it at all."""
STEP_COST = 0.1
"""Standing in one of the robot's ways is as bad as 1 / STEP_COST metres to walk."""
BETTER = 0.3
"""By so much a place is better than where one is, or one stays."""


@dataclass(frozen=True, slots=True)
class Berth:
    """One robot on the floor."""

    x_m: float
    y_m: float
    turn_m: float
    """Radius of the disc round its middle in which it turns on the spot."""
    pass_m: float
    """Half its width."""

    @property
    def keep_m(self) -> float:
        """How far from its middle the middle of a person stays."""
        return self.turn_m + CONTACT_M + MARGIN_M

    def away_m(self, p_m: tuple[float, float]) -> float:
        """Return how far a point is from its middle."""
        return math.dist((self.x_m, self.y_m), p_m)


class Berths:
    """The robots of a world. Their sizes are taken when they are first asked for: arms as they are held then."""

    def __init__(self, world: World):
        self._world = world
        self._sizes_m: dict[str, tuple[float, float]] = {}

    def all(self) -> list[Berth]:
        """Return every robot where it is now."""
        found = []
        for body in self._world.bodies.values():
            if body.kind == "robot":
                X_WK = self._world.X_WK(body.name)
                if body.name not in self._sizes_m:
                    self._sizes_m[body.name] = _size_m(self._world, body.name, X_WK)
                found.append(Berth(float(X_WK[0, 3]), float(X_WK[1, 3]), *self._sizes_m[body.name]))
        return found


def _size_m(world: World, name: str, X_WK: Float64[np.ndarray, "4 4"]) -> tuple[float, float]:
    """Return the distance of the corners of a robot's box from its middle, and half the box's shorter side [m]."""
    outline = np.concatenate([polygon_of(part) for part in outlines_of(world, name, 0.0, 3.0)])
    outline_K = transform(inverse(X_WK), np.concatenate([outline, np.zeros((len(outline), 1))], axis=1))
    half = np.abs(outline_K[:, :2]).max(axis=0)
    far_m = float(np.hypot(*outline_K[:, :2].T).max())
    return max(far_m, min(float(np.hypot(*half)), far_m + SPARE_M)), float(half.min())


def refuge(
    floor: Ways, around: Ways, at_m: tuple[float, float], robots: Collection[Berth]
) -> list[tuple[float, float]]:
    """Return the way to where somebody is in the fewest of the robots' ways; empty where that is not better than here.

    A robot is taken to want to the open floor of the rooms, by the shortest way. floor: as it is without robots and
    people; around: with them.
    """
    length_m = around.lengths_from(at_m)
    cost = np.zeros(length_m.shape)
    for robot in robots:
        for way_m, need_m in _ways_of(robot, floor):
            near_m = _distance_m(floor.grid, way_m)
            cost += np.clip((need_m + FADE_M - near_m) / FADE_M, 0.0, 1.0)
        near_m = np.hypot(floor.middles_m[..., 0] - robot.x_m, floor.middles_m[..., 1] - robot.y_m)
        cost += 2.0 * np.clip((robot.keep_m + FADE_M - near_m) / FADE_M, 0.0, 1.0)
    row, column = floor.grid.cell_of(*at_m)
    here = float(cost[row, column])
    total = np.where(np.isfinite(length_m) & around.open, cost + STEP_COST * length_m, np.inf)
    best = int(np.argmin(total))
    if not total.flat[best] < here - BETTER:
        return []
    x, y = floor.middles_m.reshape(-1, 2)[best].tolist()
    return around.route(at_m, (x, y)) or []


def _ways_of(robot: Berth, floor: Ways) -> Iterator[tuple[Float[np.ndarray, "n 2"], float]]:
    """Yield points along each way that a robot may want to go, and how far from them it needs the floor [m].

    The end of a way is one more: there it turns.
    """
    turn_m = robot.turn_m + SPARE_M / 2
    finder = RouteFinder(floor.grid, floor.clearance_m, radius_m=robot.pass_m + SPARE_M, prefer_m=turn_m)
    if not finder.open.any():
        return
    start = np.array([robot.x_m, robot.y_m])
    reached = np.isfinite(finder.lengths_from(start)) & (floor.clearance_m >= turn_m)
    for number in range(len(floor.grid.rooms)):
        for goal in _goals(floor, reached & (floor.grid.room == number)):
            path = finder.route(start, goal)
            if path is not None:
                yield _sampled(path), robot.pass_m + CONTACT_M + MARGIN_M
                yield goal[None], robot.keep_m


def _goals(floor: Ways, cells: Bool[np.ndarray, "h w"]) -> list[Float[np.ndarray, "2"]]:
    """Return the widest of some cells, and the one farthest from it if that is far."""
    if not cells.any():
        return []
    middles = floor.middles_m[cells]
    widest = middles[np.argmax(np.minimum(floor.clearance_m[cells], 1.0))]
    away_m = np.hypot(*(middles - widest).T)
    return [widest, middles[np.argmax(away_m)]] if away_m.max() >= FAR_M else [widest]


def _sampled(path: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "m 2"]:
    """Return points not farther than a cell from each other along a path."""
    pieces = [path[:1]]
    for a, b in itertools.pairwise(path):
        count = max(1, math.ceil(float(np.hypot(*(b - a))) / 0.05))
        pieces.append(a + (np.arange(1, count + 1) / count)[:, None] * (b - a))
    return np.concatenate(pieces)


def _distance_m(grid: FloorGrid, points_m: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "h w"]:
    """Return how far every cell is from the nearest of some points."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = grid.free.shape
    apart = np.ones((rows, columns), bool)
    cell = np.floor((points_m - np.asarray(grid.origin_m)) / grid.cell_m).astype(int)
    apart[np.clip(cell[:, 1], 0, rows - 1), np.clip(cell[:, 0], 0, columns - 1)] = False
    return np.asarray(distance_transform_edt(apart)) * grid.cell_m

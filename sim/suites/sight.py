"""What a camera would truly show from somewhere else: from where a thing is seen first on the way there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from sim import bullet
from sim.poses import compose, yaw_pose
from sim.robots import SimRobot
from sim.sensors import Camera
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from sim.worlds.built.resting import thing_bounds
from spatialmem import Stand

__all__ = ["SEE_M", "Sight", "Spot", "away_m"]

SEE_M = 3.0
"""So near, over the floor, a thing in the picture counts as found: the memory calls places up to there ones to see it
from."""
MARGIN_M, MARGIN_PIXELS = 0.2, 1.5
"""A place that is told is so much nearer than it must be, and shows so many times the pixels: robots arrive within
0.12 m and 0.15 rad of where they go."""
SQUARE_CELLS = 4
"""One cell of each square of so many to a side is tried: places 0.2 m apart."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a robot stands."""

    x_m: float
    y_m: float
    yaw_rad: float

    @property
    def p_m(self) -> Float64[np.ndarray, "2"]:
        """The place."""
        return np.array([self.x_m, self.y_m])

    @property
    def X_WB(self) -> Float64[np.ndarray, "4 4"]:
        """The pose."""
        return yaw_pose(self.x_m, self.y_m, self.yaw_rad)

    def as_stand(self) -> Stand:
        """Return it as a planner's goal."""
        p_W = np.array([self.x_m, self.y_m, 0.0])
        return Stand(p_W=p_W, yaw_rad=self.yaw_rad, distance_m=0.0, clearance_m=0.0, route_m=0.0, place_id=0)


def away_m(world: World, thing: str, p_m: Float[np.ndarray, "2"]) -> float:
    """Return how far a thing's bounds are from a place, over the floor."""
    low_W, high_W = thing_bounds(world, thing)
    gap = np.maximum(np.maximum(low_W[:2] - p_m, p_m - high_W[:2]), 0.0)
    return float(np.hypot(*gap))


class Sight:
    """Looks at things of a world from wherever a robot could stand."""

    def __init__(self, world: World, kind: type[SimRobot], camera: Camera, *, min_pixels: int):
        """min_pixels: what shows fewer is not seen."""
        self._world, self._X_BC, self._camera = world, kind.X_BC, camera
        self._least = min_pixels

    def pixels(self, X_WB: Float64[np.ndarray, "4 4"], thing: str) -> int:
        """Return how many pixels of a thing the camera of a robot at X_WB shows."""
        return int(self._camera.look(compose(X_WB, self._X_BC)).mask(thing).sum())

    def first_spot(self, floor: TrueFloor, lengths_m: Float[np.ndarray, "h w"], thing: str) -> Spot | None:
        """Return the nearest place where a robot can turn from which a thing is surely seen; None where there is none.

        lengths_m: how far it is to each cell of the floor.
        """
        low_W, high_W = thing_bounds(self._world, thing)
        x_m, y_m = ((low_W + high_W) / 2)[:2].tolist()
        for row, column in self._hopeful(floor, lengths_m, thing):
            x, y = float(floor.grid.x_m[column]), float(floor.grid.y_m[row])
            spot = Spot(x, y, math.atan2(y_m - y, x_m - x))
            if self.pixels(spot.X_WB, thing) >= MARGIN_PIXELS * self._least:
                return spot
        return None

    def _hopeful(self, floor: TrueFloor, lengths_m: Float[np.ndarray, "h w"], thing: str) -> list[tuple[int, int]]:
        """Return cells from which a ray meets the thing, the nearest first."""
        squares = np.zeros(lengths_m.shape, bool)
        squares[::SQUARE_CELLS, ::SQUARE_CELLS] = True
        low_W, high_W = thing_bounds(self._world, thing)
        cells = squares & floor.spots & np.isfinite(lengths_m)
        rows, columns = np.nonzero(cells)
        places = np.column_stack([floor.grid.x_m[columns], floor.grid.y_m[rows]])
        gaps = np.maximum(np.maximum(low_W[:2] - places, places - high_W[:2]), 0.0)
        near = np.hypot(*gaps.T) <= SEE_M - MARGIN_M
        rows, columns, places = rows[near], columns[near], places[near]
        meets = self._meets(places, low_W, high_W, thing)
        rows, columns = rows[meets], columns[meets]
        order = np.argsort(lengths_m[rows, columns], kind="stable")
        return [(int(rows[i]), int(columns[i])) for i in order]

    def _meets(
        self,
        places: Float64[np.ndarray, "n 2"],
        low_W: Float64[np.ndarray, "3"],
        high_W: Float64[np.ndarray, "3"],
        thing: str,
    ) -> Bool[np.ndarray, "n"]:
        """Return from which places a ray to the middle of the thing, or well towards one of its corners, meets it."""
        corners = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]) * 0.7
        aims = (low_W + high_W) / 2 + np.concatenate([np.zeros((1, 3)), corners]) * (high_W - low_W) / 2
        eyes = np.column_stack([places, np.full(len(places), self._X_BC[2, 3])])
        target, found = self._world.bodies[thing].unique_id, np.zeros(len(places), bool)
        for aim in aims:
            hits = bullet.api().rayTestBatch(
                eyes.tolist(), [aim.tolist()] * len(eyes), physicsClientId=self._world.client
            )
            found |= np.array([hit[0] == target for hit in hits], bool)
        return found

"""Whether a robot can drive through a home, judged on its plan: furniture, open doors, things on the floor.

It is stricter than the world will be: a piece of furniture counts as its whole rectangle, also below a table, and
every cell that is touched counts as taken.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from sim.worlds.home import ROBOT_RADIUS_M, TURN_RADIUS_M, WALL_THICKNESS_M, Home
from sim.worlds.kinds.doors import leaf_corners
from sim.worlds.outlines import Polygon, doorway_lane, inner

__all__ = ["Floor"]

CELL_M = 0.05
SAFETY_M = 0.06
"""More than is asked, for what a grid rounds."""


class Floor:
    """The floor of a home with what stands on it, on a grid of 5 cm: may one more piece stand there?"""

    def __init__(self, home: Home):
        (x0, y0), (x1, y1) = home.bounds_m
        self._origin = np.array([x0, y0])
        self._shape = (round((y1 - y0) / CELL_M) + 1, round((x1 - x0) / CELL_M) + 1)
        self._rooms = {room.name: self._mask([inner(room)], shrink=True) for room in home.rooms}
        free = np.zeros(self._shape, bool)
        for mask in self._rooms.values():
            free |= mask
        for doorway in home.doorways:
            lane = doorway_lane(
                home,
                doorway,
                half_length_m=WALL_THICKNESS_M / 2 + 2 * CELL_M,
                half_width_m=doorway.width_m / 2 - CELL_M,
            )
            free |= self._mask([lane], shrink=True)
        leaves = [leaf_corners(home, d, d.angle_rad) for d in home.doorways if d.door]
        self._free = free & ~self._mask(leaves)

    def _mask(self, polygons: Iterable[Polygon], *, shrink: bool = False) -> Bool[np.ndarray, "h w"]:
        """Return the cells that polygons touch, or with `shrink` those whose centre is inside."""
        image = np.zeros(self._shape, np.uint8)
        for polygon in polygons:
            corners = (polygon - self._origin) / CELL_M
            if shrink:
                low, high = np.ceil(corners.min(axis=0) - 1e-6), np.floor(corners.max(axis=0) + 1e-6)
                image[int(low[1]) : int(high[1]) + 1, int(low[0]) : int(high[0]) + 1] = 1
            else:
                cv2.fillConvexPoly(image, np.round(corners * 16).astype(np.int32), (1,), lineType=cv2.LINE_8, shift=4)
        return image.astype(bool)

    def clearance_m(self, more: Iterable[Polygon] = ()) -> Float32[np.ndarray, "h w"]:
        """Return the distance of every cell to the nearest one that is taken, with more polygons on the floor."""
        free = self._free & ~self._mask(more)
        padded = np.pad(free, 1).astype(np.uint8)
        return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1] * np.float32(CELL_M)

    def is_drivable(self, more: Iterable[Polygon] = (), reach: Iterable[tuple[float, float]] = ()) -> bool:
        """Whether the widest robot gets from a clear spot in every room to all others, and to all of `reach` [m]."""
        clearance = self.clearance_m(more)
        _, part = cv2.connectedComponents((clearance >= ROBOT_RADIUS_M + SAFETY_M).astype(np.uint8), connectivity=4)
        spots = clearance >= TURN_RADIUS_M + SAFETY_M
        common: set[int] | None = None
        for mask in self._rooms.values():
            found = set(np.unique(part[mask & spots]).tolist()) - {0}
            common = found if common is None else common & found
            if not common:
                return False
        for x, y in reach:
            column, row = np.round((np.array([x, y]) - self._origin) / CELL_M).astype(int)
            around = part[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            if not common or not (common & set(np.unique(around).tolist())):
                return False
        return True

    def put(self, polygons: Iterable[Polygon]) -> None:
        """Let polygons take their floor."""
        self._free &= ~self._mask(polygons)

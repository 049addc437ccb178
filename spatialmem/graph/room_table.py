"""The rooms of the floor: which cells and places belong together, and under which id."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int32, Int64

from spatialmem.graph.network import Places
from spatialmem.graph.rooms import segment
from spatialmem.graph.tiles import Tiles, Window, extent, gather
from spatialmem.kernels.floor import KNOWN, WALL

__all__ = ["Divided", "DividedFloor", "Rooms", "rooms_of"]

NEAR_M = 0.6
"""What is in a wall, or where nothing was seen, belongs to the nearest room that is so near."""
SCRAP_M2 = 0.25
"""Less floor that touches no other is no room: no robot stands on it."""


@dataclass(frozen=True, slots=True, eq=False)
class DividedFloor:
    """One floor divided into rooms that have no ids yet: numbers 0, 1, ..., see `rooms.segment`."""

    window: Window
    """Where its cells are."""
    number: Int32[np.ndarray, "h w"]
    """Of each cell that was seen and is no wall, -1 elsewhere."""
    near: Int32[np.ndarray, "h w"]
    """The same, with the cells beside that belong to the nearest room."""
    cell_count: Int64[np.ndarray, "n"]
    boxes: tuple[tuple[slice, slice], ...]
    """By room: how many cells it has, and the rows and columns that they are within."""


class Divided:
    """Floors divided into rooms, when asked for first. Moments between which no wall has changed share it."""

    def __init__(self, tiles: Tiles, levels: int, cell_m: float, doorway_m: float):
        self._tiles, self._levels, self._cell_m, self._doorway_m = tiles, levels, cell_m, doorway_m

    @functools.cached_property
    def floors(self) -> tuple[DividedFloor, ...]:
        """Every floor."""
        return tuple(self._floor(level) for level in range(self._levels))

    def _floor(self, level: int) -> DividedFloor:
        from scipy.ndimage import find_objects

        window = extent(self._tiles, level)
        flags = gather(self._tiles, level, window, "flags")
        number = segment((flags & WALL) != 0, (flags & KNOWN) != 0, self._cell_m, self._doorway_m)
        cell_count = np.bincount(number[number >= 0], minlength=int(number.max(initial=-1)) + 1)
        large = np.append(cell_count * self._cell_m**2 >= SCRAP_M2, False)  # the last is for no room
        near = _grown(np.where(large[number], number, -1), NEAR_M / self._cell_m)
        return DividedFloor(window, number, near, cell_count.astype(np.int64), tuple(find_objects(number + 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Rooms:
    """Which room each place and each cell is in. A room's id is that of the oldest place in it; 0 is no room."""

    ids: Int64[np.ndarray, "n"]
    """By row of places."""
    floors: tuple[DividedFloor, ...]
    id_of: tuple[Int64[np.ndarray, "_"], ...]
    """By floor: the ids of its rooms by their numbers, with one more, 0, for no room."""

    def at(self, level: int, cells: Int64[np.ndarray, "n 2"]) -> Int64[np.ndarray, "n"]:
        """Return the ids of the rooms that cells (x, y) of a floor belong to; 0 for none."""
        window, near = self.floors[level].window, self.floors[level].near
        x, y = (cells - [window.x, window.y]).T
        inside = (x >= 0) & (x < window.width) & (y >= 0) & (y < window.height)
        found = np.zeros(len(cells), np.int64)
        found[inside] = self.id_of[level][near[y[inside], x[inside]]]
        return found

    def cells(self, level: int) -> Int64[np.ndarray, "h w"]:
        """Return the room's id of each cell of a floor that was seen and is no wall; 0 elsewhere."""
        return self.id_of[level][self.floors[level].number]

    def extent(self, level: int, room_id: int) -> tuple[Window, int]:
        """Return the rectangle that a room's cells are within, and how many they are."""
        floor, number = self.floors[level], int(np.flatnonzero(self.id_of[level] == room_id)[0])
        rows, columns = floor.boxes[number]
        size = rows.stop - rows.start, columns.stop - columns.start
        return Window(floor.window.y + rows.start, floor.window.x + columns.start, *size), int(floor.cell_count[number])


def rooms_of(places: Places, divided: Divided) -> Rooms:
    """Give the rooms of divided floors the ids of their oldest places; those without a place have none."""
    ids, id_of = np.zeros(len(places), np.int64), []
    for level, floor in enumerate(divided.floors):
        window = floor.window
        x, y = (places.cells - [window.x, window.y]).T
        inside = (x >= 0) & (x < window.width) & (y >= 0) & (y < window.height)
        own = np.flatnonzero((places.level == level) & inside)
        number = floor.number[y[own], x[own]]
        none = np.iinfo(np.int64).max
        oldest = np.full(len(floor.cell_count) + 1, none)
        np.minimum.at(oldest, number, places.ids[own])
        oldest[oldest == none] = 0
        oldest[-1] = 0
        ids[own] = oldest[number]
        id_of.append(oldest)
    return Rooms(ids, divided.floors, tuple(id_of))


def _grown(number: Int32[np.ndarray, "h w"], reach: float) -> Int32[np.ndarray, "h w"]:
    """Return numbers with those of the nearest cell that has one where there is none, within so many cells."""
    import cv2

    bare: Bool[np.ndarray, "h w"] = number < 0
    if bare.all() or not bare.any():
        return number
    found = cv2.distanceTransformWithLabels(
        bare.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    away, nearest = np.asarray(found[0]), np.asarray(found[1], np.int64)
    by_label = np.full(int(nearest.max()) + 1, -1, np.int32)
    by_label[nearest[~bare]] = number[~bare]
    return np.where(away <= reach, by_label[nearest], -1).astype(np.int32)

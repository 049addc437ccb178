"""`Near`: which objects are near a point, by the squares of the floor that they stand on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from spatialmem.longterm.parked import Parked

__all__ = ["Near"]

CELL_M = 2.0
LARGE_M = 8.0
"""What is larger than this across is looked at every time: it would be in very many squares."""
Cell = tuple[int, int]


class Near:
    """The squares that objects are in. Asking costs what is near, not what there is."""

    def __init__(self) -> None:
        self._cells: dict[Cell, dict[int, Parked]] = {}
        self._large: dict[int, Parked] = {}

    def add(self, one: Parked) -> None:
        """Take in an object."""
        for there in self._places(one):
            there[one.record.id] = one

    def drop(self, one: Parked) -> None:
        """Leave an object out again."""
        for there in self._places(one):
            del there[one.record.id]
        for cell in _cells_of(one):
            if not self._cells.get(cell, True):
                del self._cells[cell]

    def within(self, p_W: Float64[np.ndarray, "3"], radius_m: float) -> list[int]:
        """Return which objects are so near to a point, by the spheres around their boxes; by id."""
        x, y, z = (float(c) for c in p_W)
        found = set()
        for there in (self._large, *self._about(x, y, radius_m)):
            for object_id, one in there.items():
                if math.dist((x, y, z), one.center_m) - one.radius_m < radius_m:
                    found.add(object_id)
        return sorted(found)

    def _about(self, x: float, y: float, radius_m: float) -> Iterator[dict[int, Parked]]:
        (i0, i1), (j0, j1) = (_span(c, radius_m) for c in (x, y))
        if (i1 - i0 + 1) * (j1 - j0 + 1) >= len(self._cells):
            yield from (there for (i, j), there in self._cells.items() if i0 <= i <= i1 and j0 <= j <= j1)
            return
        for i in range(i0, i1 + 1):
            for j in range(j0, j1 + 1):
                there = self._cells.get((i, j))
                if there:
                    yield there

    def _places(self, one: Parked) -> Iterator[dict[int, Parked]]:
        if _is_large(one):
            yield self._large
        for cell in _cells_of(one):
            yield self._cells.setdefault(cell, {})


def _is_large(one: Parked) -> bool:
    return not 2 * one.radius_m <= LARGE_M


def _cells_of(one: Parked) -> list[Cell]:
    """Return the squares that the sphere around an object is over; none for a large one."""
    if _is_large(one):
        return []
    (i0, i1), (j0, j1) = (_span(c, one.radius_m) for c in one.center_m[:2])
    return [(i, j) for i in range(i0, i1 + 1) for j in range(j0, j1 + 1)]


def _span(middle_m: float, radius_m: float) -> tuple[int, int]:
    return math.floor((middle_m - radius_m) / CELL_M), math.floor((middle_m + radius_m) / CELL_M)

"""Divides the floor into rooms, at passages between walls that are no wider than a doorway.

A watershed on the distance to walls (Bormann et al. 2016, "Room segmentation: survey, implementation, and analysis",
ICRA, compares it with others): how wide the space between walls is at each cell makes a landscape, every summit of it a
basin, and basins are joined from the widest passage to the narrowest, unless a doorway is between them.

What is decided here is decided by what is near: how wide it is somewhere by the walls within doorway_m, where a cut
runs by the ascent from there, whether a passage divides by its two sides. A change elsewhere joins or parts what is
here only where it opens or closes another way between the two sides.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64

__all__ = ["segment"]

POST_SHARE = 0.5
"""What stands free and is smaller than half a doorway is a post, a lamp or a person; that divides nothing."""
PATCHY_SHARE = 0.125
"""Pieces of a wall less than twice this part of a doorway apart are one piece that was seen in patches."""
DOORWAY_SHARE = 0.75
"""A passage that is hardly narrower than the narrower of its two sides is no doorway but a corridor.

The doors of a corridor of 1.0 or 1.1 m (0.8, 0.9 m) are 0.70 of its widest spot, which is before a door; between two
pairs of doors that face each other it is itself 0.77 of that."""


def segment(
    wall: Bool[np.ndarray, "h w"], known: Bool[np.ndarray, "h w"], cell_m: float, doorway_m: float
) -> Int32[np.ndarray, "h w"]:
    """Return the room of each cell, 0, 1, ... in the order of their first cells; -1 in walls and what is unknown.

    wall: something is there so high over the floor as only walls, doors and tall furniture are. known: something is
    known of the cell. doorway_m: a passage between walls that is no wider divides, if it is narrower than the space on
    either side, and either side has more floor than doorway_m squared: what an open door cuts off in a corner is less.
    What is unknown is no wall. Rooms are made of known cells that touch by their sides; a piece of floor that touches
    no other is a room, however small.
    """
    solid = _dividing(wall, known, cell_m, doorway_m)
    width_m = _widths_m(known & ~solid, solid, cell_m, doorway_m)
    cells = np.flatnonzero(width_m.ravel() > 0)
    summits, basin = _basins(width_m, cells)
    areas_m2 = np.bincount(basin, minlength=len(summits)) * cell_m**2
    root = _joined(*_passages(width_m, cells, basin), width_m.ravel()[summits], areas_m2, doorway_m)
    shown = ~np.pad(wall, 1).ravel()[cells]
    room = np.full(width_m.shape, -1, np.int32)
    room.ravel()[cells[shown]] = _numbered(root, basin[shown])
    return room[1:-1, 1:-1]


def _dividing(
    wall: Bool[np.ndarray, "h w"], known: Bool[np.ndarray, "h w"], cell_m: float, doorway_m: float
) -> Bool[np.ndarray, "h w"]:
    """Return the walls, without small pieces that stand free: with known floor all round."""
    import cv2

    if not wall.any():
        return wall
    reach = round(PATCHY_SHARE * doorway_m / cell_m)
    near = cv2.dilate(wall.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, pieces, box, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    piece = np.asarray(pieces, np.int32)
    sides = np.maximum(box[:, cv2.CC_STAT_WIDTH], box[:, cv2.CC_STAT_HEIGHT]) - 2 * reach
    divides = sides * cell_m >= POST_SHARE * doorway_m
    divides |= np.bincount(piece[~known], minlength=count) > 0
    return wall & divides[piece]


def _widths_m(
    floor: Bool[np.ndarray, "h w"], solid: Bool[np.ndarray, "h w"], cell_m: float, doorway_m: float
) -> Float32[np.ndarray, "h+2 w+2"]:
    """Return how wide the space between walls is at each cell, up to twice a doorway; -1 where no floor is.

    There is a frame of one cell. In a passage of n cells between walls the middle is (n + 1) / 2 cells from the next
    wall's, or n / 2; so the width is told as n + 0.5, or n - 0.5.
    """
    import cv2

    width_m = np.full((floor.shape[0] + 2, floor.shape[1] + 2), -1, np.float32)
    if not floor.any():
        return width_m
    away = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # its last bits change from call to call, with how its threads share the rows (seen in 5.0); squares are whole
    squares = np.rint(np.square(np.minimum(away, np.float32(math.ceil(doorway_m / cell_m) + 1))))
    widths = np.minimum((2 * np.sqrt(squares) - 0.5) * cell_m, 2 * doorway_m)
    width_m[1:-1, 1:-1][floor] = widths[floor]
    return width_m


def _basins(
    width_m: Float32[np.ndarray, "h w"], cells: Int64[np.ndarray, "n"]
) -> tuple[Int64[np.ndarray, "k"], Int64[np.ndarray, "n"]]:
    """Return the summits, and for each cell which of them is at the end of the steepest way up from it.

    Where it is equally wide, up is where the later cell is: so no way ends before a summit, and none runs in a circle.
    """
    widths, row = width_m.ravel(), width_m.shape[1]
    best, most = cells, widths[cells]
    for step in (-row, -1, 1, row):
        other = cells + step
        there = widths[other]
        better = (there > most) | ((there == most) & (other > best))
        best, most = np.where(better, other, best), np.where(better, there, most)
    summits = cells[best == cells]
    up = np.zeros(widths.size, np.int64)
    up[cells] = best
    while not np.array_equal(further := up[best], best):
        up[cells] = best = further
    number = np.zeros(widths.size, np.int64)
    number[summits] = np.arange(len(summits))
    return summits, number[best]


def _passages(
    width_m: Float32[np.ndarray, "h w"], cells: Int64[np.ndarray, "n"], basin: Int64[np.ndarray, "n"]
) -> tuple[Int64[np.ndarray, "m 2"], Float32[np.ndarray, "m"]]:
    """Return the pairs of basins that touch, and how wide the widest passage between them is; the widest first."""
    widths, row = width_m.ravel(), width_m.shape[1]
    of_cell = np.full(widths.size, -1, np.int64)
    of_cell[cells] = basin
    pairs, passable = [], []
    for step in (1, row):
        there = of_cell[cells + step]
        apart = np.flatnonzero((there >= 0) & (there != basin))
        pairs.append(np.sort(np.stack([basin[apart], there[apart]], axis=1), axis=1))
        passable.append(np.minimum(widths[cells[apart]], widths[cells[apart] + step]))
    pair, width = np.concatenate(pairs), np.concatenate(passable)
    order = np.lexsort((pair[:, 1], pair[:, 0], -width))
    _, first = np.unique(pair[order] @ np.array([widths.size, 1]), return_index=True)
    order = order[np.sort(first)]
    return pair[order], width[order]


def _joined(
    pairs: Int64[np.ndarray, "m 2"],
    passage_m: Float32[np.ndarray, "m"],
    widest_m: Float32[np.ndarray, "k"],
    areas_m2: Float64[np.ndarray, "k"],
    doorway_m: float,
) -> Int64[np.ndarray, "k"]:
    """Join basins, by the widest passage first, where no doorway is; return one basin that stands for each one's room.

    A side counts as it is by then: joined by all passages that are wider (Kruskal 1956, with a condition).
    """
    parent, widest, areas = list(range(len(widest_m))), widest_m.tolist(), areas_m2.tolist()

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for (a, b), width_m in zip(pairs.tolist(), passage_m.tolist(), strict=True):
        i, j = root(a), root(b)
        narrow = width_m <= min(doorway_m, DOORWAY_SHARE * min(widest[i], widest[j]))
        if i != j and not (narrow and min(areas[i], areas[j]) >= doorway_m**2):
            parent[j], widest[i], areas[i] = i, max(widest[i], widest[j]), areas[i] + areas[j]
    return np.array([root(i) for i in range(len(parent))], np.int64)


def _numbered(root: Int64[np.ndarray, "k"], basin: Int64[np.ndarray, "n"]) -> Int32[np.ndarray, "n"]:
    """Return the room of each cell by its basin, numbered as they come."""
    room = root[basin]
    first = np.full(len(root), len(room))
    first[room[::-1]] = np.arange(len(room))[::-1]
    number = np.empty(len(root), np.int32)
    number[np.argsort(first, kind="stable")] = np.arange(len(root), dtype=np.int32)
    return number[room]

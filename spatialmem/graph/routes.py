"""Ways over the floor: over the places, then cell by cell about that way, then pulled straight.

The places say which way round; the cells near that way say where exactly. Both are Dijkstra 1959, from scipy. A way
from cell to cell turns by 45 degrees at a time, so corners are left out wherever the straight line is clear, and those
that are left are moved to where the way is shortest.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32, Int64, UInt8

from spatialmem.graph.derive import BLOCKED
from spatialmem.graph.graph_view import GraphView
from spatialmem.graph.tiles import SQUARE, TILE, TileKey, Window, gather
from spatialmem.kernels.lattice import lattice
from spatialmem.kernels.places import straighten
from spatialmem.kernels.ways import SPLITS, first_in_sight, tighten

__all__ = ["TOLERANCE_M", "Standing", "Way", "find_way", "standable_about", "standable_near"]

SECTION = 40
"""So many places of a long way are refined at a time."""
ABOUT, ABOUT_LONG = 5, 1
"""Cells within so many squares of the places of a way are looked at; of one with more sections, within fewer."""
SMOOTHED_CELLS = 1 << 23
"""A way is smoothed at once where the rectangle about it has no more cells."""
INSIDE_M = 0.3
"""From within what is in the way a way begins no farther off than this: then it is the map that is a little off."""
TOLERANCE_M = 1e-6


class Way(NamedTuple):
    """A way over a floor."""

    points_W: Float64[np.ndarray, "n 3"]
    rows: Int64[np.ndarray, "k"]
    """The places that it leads over."""
    clearance_m: float


class Standing(NamedTuple):
    """A cell (x, y) on which the robot can stand, and its place."""

    cell: Int64[np.ndarray, "2"]
    row: int
    away_m: float
    """From the point that was asked for."""


def standable_near(view: GraphView, p_W: Float[np.ndarray, "_"], within_m: float) -> Standing | None:
    """Return the nearest cell to a point on which the robot can stand; None where there is none within a distance.

    Nothing is in the way between them, unless something is where the point itself is.
    """
    level = view.level_of(p_W)
    if level is None:
        return None
    reach = int(np.ceil(within_m / view.cell_m)) + 1
    x, y = (int(np.floor(float(c) / view.cell_m)) for c in p_W[:2])
    window = Window(y, x, 1, 1).grown(reach)
    floor = view.cells(level, window)
    rows, columns = np.nonzero(floor.clearance_m >= view.config.robot_radius_m - TOLERANCE_M)
    if not len(rows):
        return None
    cells = np.stack([columns + window.x, rows + window.y], axis=1)
    away = (cells + 0.5) * view.cell_m - np.asarray(p_W[:2], np.float64)
    away_m = np.sqrt((away * away).sum(axis=1))
    order = np.lexsort((cells[:, 0], cells[:, 1], away_m))
    nearest = int(order[0])
    if floor.state[reach, reach] != BLOCKED:
        open_to = (floor.state != BLOCKED).astype(np.float32)
        seen = first_in_sight(open_to, np.array([reach, reach]), cells[order] - [window.x, window.y])
        if seen < 0:
            return None
        nearest = int(order[seen])
    beside_m = max(float(away_m[nearest]) - view.cell_m, 0.0)  # the point may lie anywhere in its cell
    if beside_m > within_m:
        return None
    cell = cells[nearest]
    row = int(view.place_rows(level, Window(int(cell[1]), int(cell[0]), 1, 1))[0, 0])
    return Standing(cell, row, beside_m)


def standable_about(view: GraphView, p_W: Float[np.ndarray, "_"], within_m: float) -> tuple[Standing, ...]:
    """Return the cells on which the robot at a point finds room, one for each connected part of the graph; the nearest
    first.

    To each it is straight ahead, over floor that may be unknown, but past nothing that is known to be in the way: a
    camera does not see the floor before its own wheels.
    """
    level, radius_m = view.level_of(p_W), view.config.robot_radius_m
    if level is None:
        return ()
    x, y = (int(np.floor(float(c) / view.cell_m)) for c in p_W[:2])
    window = Window(y, x, 1, 1).grown(int(np.ceil(within_m / view.cell_m)) + 1)
    floor = view.cells(level, window)
    own = view.place_rows(level, window)
    room_m = _room_m(floor.state) * view.cell_m
    if floor.state[y - window.y, x - window.x] == BLOCKED:
        within_m = min(within_m, INSIDE_M)
    rows, columns = np.nonzero((floor.clearance_m >= radius_m - TOLERANCE_M) & (own >= 0))
    here = np.array([x - window.x, y - window.y])
    cells = np.stack([columns, rows], axis=1)
    away = (cells + _corner(window) + 0.5) * view.cell_m - np.asarray(p_W[:2], np.float64)
    away_m = np.maximum(np.sqrt((away * away).sum(axis=1)) - view.cell_m, 0.0)  # the point may lie anywhere in its cell
    part = view.component[own[rows, columns]]
    found: dict[int, Standing] = {}
    for i in np.lexsort((cells[:, 0], cells[:, 1], away_m)).tolist():
        if away_m[i] > within_m:
            break
        if int(part[i]) not in found and _is_past_nothing(room_m, here, cells[i], radius_m):
            standing = Standing(cells[i] + _corner(window), int(own[rows[i], columns[i]]), float(away_m[i]))
            found[int(part[i])] = standing
    return tuple(found.values())


def _corner(window: Window) -> Int64[np.ndarray, "2"]:
    """Return the first cell (x, y) of a window."""
    return np.array([window.x, window.y], np.int64)


def _room_m(state: UInt8[np.ndarray, "h w"]) -> Float64[np.ndarray, "h w"]:
    """Return how far each cell is from the next that is known to be blocked, in cells."""
    import cv2

    squared = cv2.distanceTransform((state != BLOCKED).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.sqrt(np.rint(squared.astype(np.float64) ** 2))


def _is_past_nothing(
    room_m: Float64[np.ndarray, "h w"], here: Int64[np.ndarray, "2"], there: Int64[np.ndarray, "2"], radius_m: float
) -> bool:
    """Return whether a robot gets straight from one cell (x, y) to another with no less room than where it is."""
    count = 2 * int(np.abs(there - here).max()) + 1
    x, y = (np.rint(np.linspace(here[k], there[k], count)).astype(int) for k in (0, 1))
    least_m = min(radius_m, float(room_m[here[1], here[0]]))
    return bool((room_m[y, x] >= least_m - TOLERANCE_M).all())


def find_way(
    view: GraphView, start: Standing, goal: Standing, before: Int32[np.ndarray, "n"] | None = None
) -> Way | None:
    """Return the shortest way from one cell to another; None where none leads there.

    before: the place before each on the way from the start's to it, where that was searched already.
    """
    rows = _over_places(view, start.row, goal.row, before)
    if rows is None:
        return None
    level = int(view.places.level[start.row])
    about = ABOUT if len(rows) <= SECTION else ABOUT_LONG
    pieces: list[Int64[np.ndarray, "n 2"]] = []
    at, first = start.cell, 0
    while first < len(rows):
        last = min(first + SECTION, len(rows)) - 1
        end = goal.cell if last == len(rows) - 1 else view.places.cells[rows[last]]
        cells = _over_cells(view, level, rows[first : last + 1], at, end, about)
        if cells is None:
            return None
        pieces.append(cells if not pieces else cells[1:])
        at, first = end, last + 1
    cells = np.concatenate(pieces)
    if len(pieces) > 1:
        cells = _smoothed(view, level, cells)
    points = np.column_stack([(cells + 0.5) * view.cell_m, np.full(len(cells), view.levels[level])])
    return Way(points, rows, _clearance_m(view, level, cells))


def _over_places(
    view: GraphView, start: int, goal: int, before: Int32[np.ndarray, "n"] | None
) -> Int64[np.ndarray, "k"] | None:
    """Return the rows of the places on the shortest way over edges; None where none leads there."""
    if start == goal:
        return np.array([start], np.int64)
    steps = view.searched(np.array([start], np.int64))[1][0] if before is None else before
    if steps[goal] < 0:
        return None
    rows = [goal]
    while rows[-1] != start:
        rows.append(int(steps[rows[-1]]))
    return np.array(rows[::-1], np.int64)


def _over_cells(
    view: GraphView,
    level: int,
    rows: Int64[np.ndarray, "k"],
    start: Int64[np.ndarray, "2"],
    end: Int64[np.ndarray, "2"],
    about: int,
) -> Int64[np.ndarray, "n 2"] | None:
    """Return the corners of the shortest way over the cells about some places; None where none leads there."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    squares = np.concatenate([view.places.cells[rows], start[None], end[None]]) // SQUARE
    low, high = squares.min(axis=0) - about, squares.max(axis=0) + about + 1
    (x0, y0), (width, height) = (low * SQUARE).tolist(), ((high - low) * SQUARE).tolist()
    floor = view.cells(level, Window(y0, x0, height, width))
    clear, radius_m = floor.clearance_m, view.config.robot_radius_m
    mask = (clear >= radius_m - TOLERANCE_M) & _about(squares - low, high - low, about)
    number = np.full(mask.shape, -1, np.int32)
    count = int(mask.sum())
    number[mask] = np.arange(count, dtype=np.int32)
    a, b = number[start[1] - y0, start[0] - x0], number[end[1] - y0, end[0] - x0]
    if min(a, b) < 0:
        return None
    starts, others, lengths = np.empty(count + 1, np.int32), np.empty(8 * count, np.int32), np.empty(8 * count)
    lattice(number, starts, others, lengths)
    filled = int(starts[-1])
    graph = csr_array((lengths[:filled], others[:filled], starts), shape=(count, count))
    _, before = dijkstra(graph, indices=int(a), return_predecessors=True)
    if a != b and before[b] < 0:
        return None
    way = [int(b)]
    while way[-1] != a:
        way.append(int(before[way[-1]]))
    y, x = np.nonzero(mask)
    cells = np.stack([x, y], axis=1)[np.array(way[::-1])]
    return _pulled(clear, cells, radius_m) + np.array([x0, y0])


def _about(squares: Int64[np.ndarray, "k 2"], count: Int64[np.ndarray, "2"], about: int) -> Bool[np.ndarray, "h w"]:
    """Return which cells lie within so many squares of some."""
    import cv2

    near = np.zeros((int(count[1]), int(count[0])), np.uint8)
    near[squares[:, 1], squares[:, 0]] = 1
    side = 2 * about + 1
    near = cv2.dilate(near, np.ones((side, side), np.uint8))
    return np.repeat(np.repeat(near, SQUARE, axis=0), SQUARE, axis=1) != 0


def _pulled(
    clear: Float32[np.ndarray, "h w"], cells: Int64[np.ndarray, "n 2"], radius_m: float
) -> Int64[np.ndarray, "m 2"]:
    """Return the corners of a way from cell to cell that is left when it is pulled straight."""
    least = np.float32(radius_m - TOLERANCE_M)
    for _ in range(2):  # from one end, and what that left crooked from the other
        kept, count = np.empty(len(cells) + 1, np.int64), np.zeros(1, np.int64)
        straighten(clear, np.ascontiguousarray(cells), least, kept, count)
        cells = cells[kept[: count[0]]][::-1]
    corners = np.empty((len(cells) << SPLITS, 2), np.int64)
    corners[: len(cells)], count[0] = cells, len(cells)
    tighten(clear, least, corners, count)
    return corners[: count[0]].copy()


def _smoothed(view: GraphView, level: int, cells: Int64[np.ndarray, "n 2"]) -> Int64[np.ndarray, "m 2"]:
    """Return the corners of a way without the bends where its sections meet; of a very long way, part by part."""
    low, high = cells.min(axis=0) - SQUARE, cells.max(axis=0) + SQUARE + 1
    width, height = (high - low).tolist()
    if width * height > SMOOTHED_CELLS and len(cells) > 2:
        middle = len(cells) // 2
        halves = [_smoothed(view, level, part) for part in (cells[: middle + 1], cells[middle:])]
        return np.concatenate([halves[0], halves[1][1:]])
    clear = gather(view.kept.tiles, level, Window(int(low[1]), int(low[0]), height, width), "clearance_m")
    return _pulled(clear, cells - low, view.config.robot_radius_m) + low


def _clearance_m(view: GraphView, level: int, cells: Int64[np.ndarray, "n 2"]) -> float:
    """Return the least clearance of the cells that a way passes over [m]."""
    passed = [cells]
    for a, b in itertools.pairwise(cells):
        count = int(np.abs(b - a).max()) + 1
        passed.append(np.rint(np.linspace(a, b, count)).astype(np.int64))
    x, y = np.concatenate(passed).T
    order = np.lexsort((x // TILE, y // TILE))
    x, y = x[order], y[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(x // TILE) != 0) | (np.diff(y // TILE) != 0)])
    least = view.config.clearance_max_m
    for own_x, own_y in zip(np.split(x, starts[1:]), np.split(y, starts[1:]), strict=True):
        tile = view.kept.tiles[TileKey(level, int(own_y[0]) // TILE, int(own_x[0]) // TILE)]
        least = min(least, float(tile.clearance_m[own_y % TILE, own_x % TILE].min()))
    return least

"""The walls and the floor of a home as shapes in W: shared sides once, gaps and lintels at doorways, corners closed."""

from __future__ import annotations

from sim.worlds.home import WALL_THICKNESS_M, Doorway, Home, Room
from sim.worlds.shapes import Color, Shape

__all__ = ["FLOOR_THICKNESS_M", "floor_contact", "floor_shapes", "wall_runs"]

FLOOR_THICKNESS_M = 0.10
PAINT: Color = (236, 231, 221)
FLOORS: dict[str, Color] = {
    "bathroom": (150, 178, 190),
    "bedroom": (186, 158, 126),
    "corridor": (148, 118, 92),
    "hall": (148, 118, 92),
    "kitchen": (122, 134, 140),
    "living": (171, 134, 98),
    "office": (128, 132, 112),
    "study": (128, 132, 112),
}
"""By what a room is for; wood where it is not here."""
WOOD: Color = (171, 134, 98)
SAME_M = 1e-4
"""Lines nearer to each other than this are one."""

Run = tuple[int, float, float, float]
"""A straight wall: the axis along it (0 x, 1 y), where its centre line is across, and from where to where [m]."""


def floor_contact(home: Home) -> Shape:
    """Return the one box under the whole home that carries it; its top is z = 0. One box, so wheels meet no seams."""
    (x0, y0), (x1, y1) = home.bounds_m
    half = WALL_THICKNESS_M / 2
    return _slab((x0 - half, y0 - half), (x1 + half, y1 + half), WOOD)


def floor_shapes(home: Home) -> tuple[Shape, ...]:
    """Return what the floor looks like: one box per room, of a colour that goes with what the room is for."""
    return tuple(_slab(room.low_m, room.high_m, FLOORS.get(room.kind, WOOD)) for room in home.rooms)


def _slab(low_m: tuple[float, float], high_m: tuple[float, float], color: Color) -> Shape:
    """Return a slab under a rectangle."""
    size = (high_m[0] - low_m[0], high_m[1] - low_m[1], FLOOR_THICKNESS_M)
    center = ((low_m[0] + high_m[0]) / 2, (low_m[1] + high_m[1]) / 2, -FLOOR_THICKNESS_M / 2)
    return Shape("box", size, center, color=color)


def wall_runs(home: Home) -> list[tuple[Shape, ...]]:
    """Return the boxes of each straight wall, in W: the pieces between its doorways, and the lintels above them."""
    return [_boxes(run, _gaps(run, home.doorways), home.wall_height_m) for run in _merged(home.rooms)]


def _merged(rooms: tuple[Room, ...]) -> list[Run]:
    """Return the sides of all rooms with those on one line that touch made one, along x first, then along y."""
    sides: list[Run] = []
    for room in rooms:
        (x0, y0), (x1, y1) = room.low_m, room.high_m
        sides += [(0, y0, x0, x1), (0, y1, x0, x1), (1, x0, y0, y1), (1, x1, y0, y1)]
    runs: list[Run] = []
    for axis, across, low, high in sorted(sides, key=lambda side: (side[0], round(side[1] / SAME_M), side[2])):
        if runs:
            last_axis, last_across, last_low, last_high = runs[-1]
            if axis == last_axis and abs(across - last_across) <= SAME_M and low <= last_high + SAME_M:
                runs[-1] = (axis, last_across, last_low, max(last_high, high))
                continue
        runs.append((axis, across, low, high))
    return runs


def _gaps(run: Run, doorways: tuple[Doorway, ...]) -> list[tuple[float, float, float]]:
    """Return (from, to, height) [m] of the doorways in a wall, in order along it."""
    axis, across, low, high = run
    found = [
        (d.center_m[axis] - d.width_m / 2, d.center_m[axis] + d.width_m / 2, d.height_m)
        for d in doorways
        if abs(d.center_m[1 - axis] - across) < WALL_THICKNESS_M / 2 and low < d.center_m[axis] < high
    ]
    return sorted(found)


def _boxes(run: Run, gaps: list[tuple[float, float, float]], height_m: float) -> tuple[Shape, ...]:
    """Return the boxes of one wall. It is longer by half its thickness at both ends, which closes the corners."""
    axis, across, low, high = run
    boxes = []

    def box(start: float, end: float, bottom: float) -> None:
        if end - start < SAME_M or height_m - bottom < SAME_M:
            return
        middle, length = (start + end) / 2, end - start
        center = (middle, across) if axis == 0 else (across, middle)
        size = (length, WALL_THICKNESS_M) if axis == 0 else (WALL_THICKNESS_M, length)
        z = (bottom + height_m) / 2
        boxes.append(Shape("box", (*size, height_m - bottom), (*center, z), color=PAINT))

    start = low - WALL_THICKNESS_M / 2
    for gap_low, gap_high, gap_height in gaps:
        box(start, gap_low, 0.0)
        box(gap_low, gap_high, gap_height)
        start = gap_high
    box(start, high + WALL_THICKNESS_M / 2, 0.0)
    return tuple(boxes)

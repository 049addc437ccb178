"""Floor plans by chance: a rectangle split into rooms, named by what they are for, joined by doorways.

The splits are those of a k-d tree (as in Marson and Musse 2010, without their squarified areas); the doorways are a
spanning tree of the rooms that touch (Kruskal 1956), drawn so that bathrooms and bedrooms are seldom walked through.
"""

from __future__ import annotations

import math

import numpy as np

from sim.worlds.home import Doorway, Home, Room
from sim.worlds.kinds.doors import leaf_corners
from sim.worlds.outlines import doorway_lane, inside, meet, swing

__all__ = ["draw_floor_plan"]

Side = tuple[int, float, float, float]
"""A shared side: the axis along it, where it is across, and from where to where [m]."""

AREA_M2 = (40.0, 120.0)
ROOM_AREA_M2 = (14.0, 20.0)
SHORTEST_M, SECOND_M = 3.0, 3.2
"""No side of a room is shorter than the first, and its longer ones not than the second (between wall centres)."""
LONGEST_RATIO = 2.1
STEP_M = 0.05
CORNER_M = 0.35
"""From a doorway to the end of its wall."""
DOOR_SHARE = 0.55
EXTRA_SHARE = 0.4
WALKED_THROUGH = {"bathroom": 3.0, "bedroom": 2.0, "office": 1.2, "kitchen": 0.6, "living": 0.2, "hall": 0.0}
"""How little one likes to walk through a room of a kind."""
PURPOSES = {
    2: ("living-room", "kitchen"),
    3: ("living-room", "kitchen", "bedroom"),
    4: ("living-room", "kitchen", "bedroom", "bathroom"),
    5: ("living-room", "kitchen", "bedroom", "office", "bathroom"),
    6: ("living-room", "kitchen", "bedroom", "bedroom-2", "hall", "bathroom"),
}
"""By the number of rooms, the largest first; the hall goes where it touches most rooms."""


def draw_floor_plan(rng: np.random.Generator, room_count: int, name: str) -> Home | None:
    """Return a home of walls and doorways only, or None where chance led to one whose rooms cannot be joined."""
    rects = _split(rng, room_count)
    if rects is None:
        return None
    sides = {
        (i, j): side
        for i in range(room_count)
        for j in range(i + 1, room_count)
        if (side := _shared(rects[i], rects[j])) is not None
    }
    names = _purposes(rng, rects, sides)
    rooms = tuple(Room(n, r[0], r[1]) for n, r in zip(names, rects, strict=True))
    pairs = _joined(rng, rooms, sides)
    if pairs is None:
        return None
    home = Home(name, tuple(sorted(rooms, key=lambda room: (-_area((room.low_m, room.high_m)), room.name))), ())
    for pair in pairs:
        doorway = _doorway(rng, home, rooms[pair[0]], rooms[pair[1]], sides[pair])
        if doorway is None:
            return None
        home = Home(name, home.rooms, (*home.doorways, doorway))
    return home


def _split(rng: np.random.Generator, count: int) -> list[tuple[tuple[float, float], tuple[float, float]]] | None:
    """Return rectangles (low, high) [m] that tile one rectangle, or None after too many bad draws."""
    for _ in range(60):
        area = float(np.clip(count * rng.uniform(*ROOM_AREA_M2), AREA_M2[0] * 1.02, AREA_M2[1] * 0.98))
        ratio = rng.uniform(1.1, 1.7)
        width = _rounded(math.sqrt(area * ratio))
        rects = [((0.0, 0.0), (width, _rounded(area / width)))]
        while len(rects) < count:
            rects.sort(key=lambda rect: (_area(rect), rect))
            rects += _halves(rng, rects.pop())
        if all(_is_a_room(rect) for rect in rects):
            return sorted(rects)
    return None


def _halves(rng: np.random.Generator, rect) -> list:
    """Cut a rectangle across its longer side."""
    (x0, y0), (x1, y1) = rect
    share = rng.uniform(0.36, 0.64)
    if x1 - x0 >= y1 - y0:
        cut = _rounded(x0 + share * (x1 - x0))
        return [((x0, y0), (cut, y1)), ((cut, y0), (x1, y1))]
    cut = _rounded(y0 + share * (y1 - y0))
    return [((x0, y0), (x1, cut)), ((x0, cut), (x1, y1))]


def _rounded(length: float) -> float:
    """Return a length [m] on the grid that plans are drawn on."""
    return round(round(length / STEP_M) * STEP_M, 4)


def _area(rect) -> float:
    (x0, y0), (x1, y1) = rect
    return (x1 - x0) * (y1 - y0)


def _is_a_room(rect) -> bool:
    short, long = sorted((rect[1][0] - rect[0][0], rect[1][1] - rect[0][1]))
    return short >= SHORTEST_M - 1e-9 and long >= SECOND_M - 1e-9 and long <= LONGEST_RATIO * short


def _shared(a, b) -> Side | None:
    """Return the side two rectangles share, if a doorway fits into it."""
    for axis in (0, 1):
        across = 1 - axis
        for line in (a[1][across], a[0][across]):
            other = b[0][across] if line == a[1][across] else b[1][across]
            low, high = max(a[0][axis], b[0][axis]), min(a[1][axis], b[1][axis])
            if abs(line - other) < 1e-6 and high - low >= 1.05 + 2 * CORNER_M:
                return axis, line, low, high
    return None


def _purposes(rng: np.random.Generator, rects, sides: dict[tuple[int, int], Side]) -> list[str]:
    """Return a name for each room: the largest is the living room, a hall is where it touches most."""
    names = list(PURPOSES[len(rects)])
    if len(rects) >= 5 and rng.random() < 0.4:
        names = ["office" if name == "bedroom-2" else "bedroom-2" if name == "office" else name for name in names]
    order = sorted(range(len(rects)), key=lambda i: (-_area(rects[i]), i))
    given: dict[int, str] = {}
    if "hall" in names:
        names.remove("hall")
        hall = max(order[1:], key=lambda i: (sum(i in pair for pair in sides), -_area(rects[i])))
        given[hall] = "hall"
        order.remove(hall)
    given.update(zip(order, names, strict=True))
    return [given[i] for i in range(len(rects))]


def _joined(rng: np.random.Generator, rooms: tuple[Room, ...], sides: dict[tuple[int, int], Side]):
    """Return the pairs of rooms to join: a spanning tree, sometimes one more; None where some room touches none."""
    cost = {pair: rng.random() + sum(WALKED_THROUGH[rooms[i].kind] for i in pair) for pair in sorted(sides)}
    group = list(range(len(rooms)))
    chosen, left = [], []
    for pair in sorted(cost, key=lambda pair: (cost[pair], pair)):
        i, j = (group[k] for k in pair)
        if i == j:
            left.append(pair)
            continue
        group = [i if g == j else g for g in group]
        chosen.append(pair)
    if len(set(group)) > 1:
        return None
    if left and rng.random() < EXTRA_SHARE:
        chosen.append(left[0])
    return chosen


def _doorway(rng: np.random.Generator, home: Home, first: Room, second: Room, side: Side) -> Doorway | None:
    """Return a doorway on a shared side that disturbs none of those the home has, with or without a door."""
    number = len(home.doorways) + 1
    axis, across, low, high = side
    with_door = rng.random() < DOOR_SHARE
    name = f"door-{number}" if with_door else f"doorway-{number}"
    for _ in range(40):
        width = _rounded(rng.uniform(1.0, 1.1))
        reach = width / 2 + CORNER_M
        at = _rounded(rng.uniform(low + reach, high - reach))
        rooms = (first.name, second.name) if rng.random() < 0.5 else (second.name, first.name)
        center = (at, across) if axis == 0 else (across, at)
        hinge = 1 if rng.random() < 0.5 else -1
        angle = math.radians(float(rng.integers(100, 171))) if with_door else 0.0
        doorway = Doorway(name, rooms, center, width, door=with_door, hinge=hinge, angle_rad=angle)
        if _fits(home, doorway):
            return doorway
    return None


def _fits(home: Home, doorway: Doorway) -> bool:
    """Whether the lane of a doorway is clear of other doors, and its door has room to turn and leaves lanes clear."""
    lane = doorway_lane(home, doorway, half_length_m=1.0, half_width_m=0.5)
    others = [doorway_lane(home, other, half_length_m=1.0, half_width_m=0.5) for other in home.doorways]
    swings = [p for other in home.doorways if other.door for p in swing(home, other, other.angle_rad)]
    if any(meet(lane, polygon) for polygon in swings):
        return False
    if not doorway.door:
        return True
    if not inside(leaf_corners(home, doorway, doorway.angle_rad), home.room(doorway.rooms[1])):
        return False
    return not any(
        meet(piece, other) for piece in swing(home, doorway, doorway.angle_rad) for other in (*others, *swings)
    )

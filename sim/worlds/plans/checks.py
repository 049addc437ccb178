"""What makes a home impossible: rooms in each other, doorways in no wall, furniture in walls or in other furniture.

Every finding is one ConfigError that names the entries.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import NoReturn

import numpy as np

from sim.worlds.home import WALL_THICKNESS_M, Doorway, Furniture, Home, Room
from sim.worlds.kinds.doors import leaf_corners
from sim.worlds.kinds.furniture import model_of
from sim.worlds.outlines import Polygon, inside, meet, piece_outline, rectangle
from sim.worlds.shapes import Shape
from spatialmem import ConfigError

__all__ = ["check_doorways", "check_furniture", "check_rooms", "in_furniture", "shared_side"]

TOLERANCE_M = 0.005
SMALLEST_ROOM_M = 1.0

Side = tuple[int, float, float, float]
"""A shared side: the axis along it, where it is across, and from where to where [m]."""


def shared_side(a: Room, b: Room) -> Side | None:
    """Return the side of two rooms that touch, or None."""
    for axis in (0, 1):
        across = 1 - axis
        low, high = max(a.low_m[axis], b.low_m[axis]), min(a.high_m[axis], b.high_m[axis])
        if high - low <= WALL_THICKNESS_M:
            continue
        for line, other in ((a.high_m[across], b.low_m[across]), (a.low_m[across], b.high_m[across])):
            if abs(line - other) < 1e-6:
                return axis, line, low, high
    return None


def _fail(where: str, what: str) -> NoReturn:
    raise ConfigError(f"{where}: {what}")


def check_rooms(home: Home, origin: str) -> None:
    """Refuse no rooms, rooms that are too small, twice the same name, and rooms that lie in each other."""
    if not home.rooms:
        _fail(origin, "a home needs at least one room.")
    _check_names(origin, "room", [room.name for room in home.rooms])
    for room in home.rooms:
        sides = [high - low for low, high in zip(room.low_m, room.high_m, strict=True)]
        if min(sides) < SMALLEST_ROOM_M:
            _fail(
                f"{origin}, {room.name}",
                f"a room goes from its low corner to its high corner, at least {SMALLEST_ROOM_M:g} m each way; "
                f"this one is {sides[0]:g} by {sides[1]:g} m.",
            )
    for a, b in combinations(home.rooms, 2):
        overlap = [min(a.high_m[i], b.high_m[i]) - max(a.low_m[i], b.low_m[i]) for i in (0, 1)]
        if min(overlap) > 1e-6:
            _fail(origin, f"the rooms {a.name} and {b.name} overlap by {overlap[0]:.2f} by {overlap[1]:.2f} m.")


def check_doorways(home: Home, origin: str) -> None:
    """Refuse a doorway that is not wholly in a wall between its rooms, or in another one; or too high."""
    _check_names(origin, "doorway", [doorway.name for doorway in home.doorways])
    spans: dict[tuple[int, float], list[tuple[float, float, str]]] = {}
    for doorway in home.doorways:
        where = f"{origin}, {doorway.name}"
        axis, across, low, high = _side_of(home, doorway, where)
        start, end = (doorway.center_m[axis] + s * doorway.width_m / 2 for s in (-1, 1))
        if abs(doorway.center_m[1 - axis] - across) > 1e-6 or start < low + 0.05 or end > high - 0.05:
            _fail(
                where,
                f"it must be in the wall between {' and '.join(doorway.rooms)}, which is at {'yx'[axis]} = {across:g} "
                f"m and leaves {low + 0.05:g} to {high - 0.05:g} m along {'xy'[axis]}; it is centred on "
                f"{_pair(doorway.center_m)} and {doorway.width_m:g} m wide.",
            )
        if doorway.height_m > home.wall_height_m:
            _fail(where, f"it is {doorway.height_m:g} m high, the walls are {home.wall_height_m:g} m.")
        for other_start, other_end, other in spans.setdefault((axis, round(across, 6)), []):
            if start < other_end and end > other_start:
                _fail(where, f"it overlaps {other} in the same wall.")
        spans[axis, round(across, 6)].append((start, end, doorway.name))


def _side_of(home: Home, doorway: Doorway, where: str) -> Side:
    side = shared_side(*(home.room(name) for name in doorway.rooms))
    if side is None:
        _fail(where, f"the rooms {' and '.join(doorway.rooms)} share no wall, so no doorway can join them.")
    return side


def check_furniture(home: Home, origin: str) -> None:
    """Refuse furniture outside the rooms, in other furniture, or where an open door stands."""
    _check_names(origin, "piece of furniture", [piece.name for piece in home.furniture])
    outlines = {piece.name: piece_outline(piece) for piece in home.furniture}
    for piece in home.furniture:
        if not any(inside(outlines[piece.name], room, -TOLERANCE_M) for room in home.rooms):
            low, high = outlines[piece.name].min(axis=0), outlines[piece.name].max(axis=0)
            _fail(
                f"{origin}, {piece.name}",
                f"it covers {_pair(low)} to {_pair(high)} m and so is not wholly on the floor of one room; walls "
                f"are {WALL_THICKNESS_M:g} m thick, half of that on each side of a room's border.",
            )
    for a, b in combinations(home.furniture, 2):
        if meet(outlines[a.name], outlines[b.name], -TOLERANCE_M) and _solids_meet(a, b):
            _fail(f"{origin}, {b.name}", f"it stands in {a.name}; move one of them.")
    for doorway in home.doorways:
        if not doorway.door:
            continue
        leaf = leaf_corners(home, doorway, doorway.angle_rad)
        for piece in home.furniture:
            if meet(leaf, outlines[piece.name], -TOLERANCE_M):
                degrees = math.degrees(doorway.angle_rad)
                _fail(f"{origin}, {doorway.name}", f"its door, {degrees:.0f} degrees open, stands in {piece.name}.")


def in_furniture(home: Home, outline: Polygon, height_m: float) -> str:
    """Return the name of a piece of furniture that something on the floor, so high, would be in; "" if none."""
    for piece in home.furniture:
        if meet(outline, piece_outline(piece), -TOLERANCE_M) and any(
            low < height_m - TOLERANCE_M and meet(outline, solid, -TOLERANCE_M) for solid, low, _ in _solids(piece)
        ):
            return piece.name
    return ""


def _check_names(origin: str, what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            _fail(origin, f"two entries are called '{name}'; every {what} needs a name of its own.")


def _solids_meet(a: Furniture, b: Furniture) -> bool:
    """Whether shapes of two pieces are in each other: a chair may be under a table, but not in its leg."""
    return any(
        low_a < high_b - TOLERANCE_M and low_b < high_a - TOLERANCE_M and meet(outline_a, outline_b, -TOLERANCE_M)
        for outline_a, low_a, high_a in _solids(a)
        for outline_b, low_b, high_b in _solids(b)
    )


def _solids(piece: Furniture) -> list[tuple[Polygon, float, float]]:
    """Return outline and heights [m] of every shape of a piece with its doors closed, in W."""
    c, s = math.cos(piece.yaw_rad), math.sin(piece.yaw_rad)
    turn = np.array([[c, s], [-s, c]])
    model = model_of(piece)
    shapes = [(shape, (0.0, 0.0, 0.0)) for shape in model.shapes]
    shapes += [(shape, leaf.hinge_m) for leaf in model.leaves for shape in leaf.shapes]
    solids = []
    for shape, (x, y, z) in shapes:
        middle = shape.center_m[2] + z
        half = _half_height(shape)
        outline = (_outline(shape) + np.array([x, y])) @ turn + np.array([piece.x_m, piece.y_m])
        solids.append((outline, middle - half, middle + half))
    return solids


def _half_height(shape: Shape) -> float:
    return shape.size_m[2] / 2 if shape.kind == "box" else shape.size_m[-1] / (2 if shape.kind == "cylinder" else 1)


def _outline(shape: Shape) -> Polygon:
    """Return what an upright shape covers, in its own K; something round as a polygon of 12 sides."""
    x, y, _ = shape.center_m
    if shape.kind == "box":
        return rectangle(x, y, shape.rpy_rad[2], shape.size_m[0], shape.size_m[1])
    angles = np.linspace(0.0, 2 * math.pi, 12, endpoint=False)
    return np.stack([x + shape.size_m[0] * np.cos(angles), y + shape.size_m[0] * np.sin(angles)], axis=1)


def _pair(point) -> str:
    return f"({point[0]:.2f}, {point[1]:.2f})"

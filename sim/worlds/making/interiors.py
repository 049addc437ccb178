"""What belongs into each kind of room, in the order it is brought in, with sizes drawn by chance."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from sim.worlds.home import WALL_THICKNESS_M, Furniture, Room
from sim.worlds.kinds.furniture import default_size
from sim.worlds.making.furnish import Furnisher, Spot, beside
from sim.worlds.shapes import Vector

__all__ = ["furnish"]

CHAIR: Vector = (0.45, 0.44, 0.90)


def furnish(crew: Furnisher) -> bool:
    """Furnish every room; whether the home has what every home needs: a fridge, a counter and a cabinet."""
    for room in sorted(crew.home.rooms, key=lambda room: (room.kind != "kitchen", room.name)):
        ROOMS[room.kind](crew, room)
    if not crew.count("cabinet"):
        for room in crew.home.rooms:
            if crew.at_wall(room, "cabinet", (0.45, 0.8, 0.88)):
                break
    return all(crew.count(kind) for kind in ("fridge", "counter", "cabinet"))


def _kitchen(crew: Furnisher, room: Room) -> None:
    """A row of units with the fridge at one end, a table with chairs, a cabinet."""
    fridge = ("fridge", (0.68, 0.62, _drawn(crew, 1.6, 1.7, 1.8)))
    stove = ("stove", default_size("stove"))
    for width in (_drawn(crew, 1.8, 2.1, 2.4), 1.5, 1.0):
        counter = ("counter", (0.62, width, 0.90))
        row = [fridge, counter, stove] if crew.rng.random() < 0.5 else [stove, counter, fridge]
        if crew.row_at_wall(room, row, corner=True) or crew.row_at_wall(room, [fridge, counter], corner=True):
            break
    _dining(crew, room, 4 if _area(room) > 13 else 2)
    if crew.rng.random() < 0.7:
        crew.at_wall(room, "cabinet", _cabinet(crew))
    if crew.rng.random() < 0.5:
        crew.at_wall(room, "shelf", _shelf(crew))
    _green(crew, room, 0.4)


def _living(crew: Furnisher, room: Room) -> None:
    """A television with a sofa before it, a low table, armchair, shelves; a dining table where there is room."""
    _watching(crew, room)
    crew.at_wall(room, "shelf", _shelf(crew))
    if crew.rng.random() < 0.6:
        crew.at_wall(room, "cabinet", _cabinet(crew))
    if _area(room) > 17:
        _dining(crew, room, 4)
    if crew.rng.random() < 0.5:
        crew.at_wall(room, "shelf", _shelf(crew))
    _green(crew, room, 0.8)
    _light(crew, room, 0.8)


def _watching(crew: Furnisher, room: Room) -> None:
    """Television, sofa, low table and armchair, in one composition."""
    screen = crew.at_wall(room, "tv_stand", (0.42, _drawn(crew, 1.3, 1.4, 1.6), 1.14))
    size = (0.90, _drawn(crew, 1.7, 1.95, 2.1), 0.82)
    sofa = None
    if screen:
        sofa = crew.on_one_of("sofa", size, _before(room, screen, size[0]))
    sofa = sofa or crew.at_wall(room, "sofa", size) or crew.at_wall(room, "sofa", (0.90, 1.5, 0.82))
    if not sofa:
        return
    low = (0.55, _drawn(crew, 0.9, 1.0, 1.1), 0.42)
    ahead = sofa.size_m[0] / 2 + 0.40 + low[0] / 2
    front = Spot(sofa.x_m, sofa.y_m, sofa.yaw_rad)
    table = crew.on_one_of("table", low, [beside(front, Spot(ahead + more, 0.0, 0.0)) for more in (0.0, 0.08, -0.05)])
    if table and crew.rng.random() < 0.7:
        turn = float(crew.rng.uniform(-0.25, 0.25))
        sides = (1, -1) if crew.rng.random() < 0.5 else (-1, 1)
        spots = [
            beside(front, Spot(ahead + more, side * (low[1] / 2 + 0.95), -side * math.pi / 2 + turn))
            for side in sides
            for more in (0.1, 0.4, -0.1)
        ]
        crew.on_one_of("armchair", default_size("armchair"), spots)


def _before(room: Room, screen: Furniture, depth: float) -> list[Spot]:
    """Return spots for a sofa that faces a television: at the opposite wall if that is near, or 2.3-3.1 m away."""
    wall = WALL_THICKNESS_M / 2 + 0.02 + depth / 2
    c, s = math.cos(screen.yaw_rad), math.sin(screen.yaw_rad)
    if abs(c) > 0.5:
        opposite = (room.high_m[0] - wall - screen.x_m) if c > 0 else (screen.x_m - room.low_m[0] - wall)
    else:
        opposite = (room.high_m[1] - wall - screen.y_m) if s > 0 else (screen.y_m - room.low_m[1] - wall)
    floating = [d for d in (2.5, 2.7, 2.9, 3.1, 2.3) if d < opposite - 0.85]  # one passes behind the sofa
    distances = [opposite] if opposite < 3.9 else [*floating, opposite]
    start = Spot(screen.x_m, screen.y_m, screen.yaw_rad)
    return [
        beside(start, Spot(distance, shift, math.pi))
        for distance in distances
        for shift in (0.0, 0.2, -0.2, 0.4, -0.4, 0.6, -0.6)
    ]


def _bedroom(crew: Furnisher, room: Room) -> None:
    """A bed with its head to the wall, nightstands, a wardrobe, and a desk or a shelf where there is room."""
    double = room.name == "bedroom" and min(room.high_m[0] - room.low_m[0], room.high_m[1] - room.low_m[1]) > 3.1
    bed = ("bed", (2.06, _drawn(crew, 1.5, 1.6) if double else 1.0, 0.95))
    stand = ("nightstand", default_size("nightstand"))
    rows = ([stand, bed, stand], [stand, bed], [bed, stand]) if double else ([stand, bed], [bed, stand])
    for row in (*rows, [("bed", (2.06, 1.0, 0.95)), stand], [("bed", (2.0, 0.95, 0.95))]):
        if crew.row_at_wall(room, row, gap_m=0.05, corner=not double):
            break
    if not crew.at_wall(room, "wardrobe", (0.62, _drawn(crew, 1.0, 1.2, 1.4), 2.0), corner=True):
        crew.at_wall(room, "wardrobe", (0.60, 0.9, 2.0))
    if crew.rng.random() < (0.5 if double else 0.9):
        _working(crew, room)
    if crew.rng.random() < 0.6:
        crew.at_wall(room, "shelf", _shelf(crew))
    _light(crew, room, 0.5)
    _green(crew, room, 0.3)


def _bathroom(crew: Furnisher, room: Room) -> None:
    """Bathtub, washbasin, toilet, a narrow shelf."""
    crew.at_wall(room, "bathtub", (0.75, _drawn(crew, 1.6, 1.7), 0.56), corner=True)
    crew.at_wall(room, "washbasin", (0.48, _drawn(crew, 0.8, 1.0), 0.92))
    crew.at_wall(room, "toilet")
    crew.at_wall(room, "shelf", (0.30, 0.60, _drawn(crew, 1.1, 1.5)), corner=True)
    if crew.rng.random() < 0.4:
        crew.at_wall(room, "cabinet", (0.40, 0.7, 0.88))


def _office(crew: Furnisher, room: Room) -> None:
    """A desk with a chair, shelves, an armchair."""
    _working(crew, room)
    crew.at_wall(room, "shelf", _shelf(crew))
    if crew.rng.random() < 0.6:
        crew.at_wall(room, "cabinet", _cabinet(crew))
    crew.at_wall(room, "shelf", _shelf(crew))
    if crew.rng.random() < 0.6:
        crew.at_wall(room, "armchair", corner=True)
    _light(crew, room, 0.7)
    _green(crew, room, 0.6)


def _hall(crew: Furnisher, room: Room) -> None:
    """A bench for shoes, a wardrobe, a cabinet."""
    crew.at_wall(room, "bench", (0.36, _drawn(crew, 0.85, 0.95, 1.1), 0.46))
    crew.at_wall(room, "wardrobe", (0.60, 1.0, 2.0), corner=True)
    crew.at_wall(room, "cabinet", (0.38, _drawn(crew, 0.8, 0.9), 0.86))
    _green(crew, room, 0.7)
    _light(crew, room, 0.3)


def _dining(crew: Furnisher, room: Room, seats: int) -> None:
    """A table in the middle with chairs that stand a little under it, not quite straight."""
    for count in dict.fromkeys((seats, 2)):
        size = (0.85, _drawn(crew, 1.4, 1.6) if count == 4 else 0.95, 0.74)
        chairs = [_seat(crew, size, side, y) for side in (1, -1) for y in ((0.34, -0.34) if count == 4 else (0.0,))]
        room_for = (size[0] + 0.9, size[1])
        if crew.in_room_with(room, "table", size, chairs, room_for):
            return


def _seat(crew: Furnisher, table: Vector, side: int, along: float) -> tuple[str, Vector, Spot]:
    """Return a chair on one of the long sides of a table, which faces it."""
    tuck = float(crew.rng.uniform(0.02, 0.18))
    turn = float(crew.rng.uniform(-0.08, 0.08))
    across = side * (table[0] / 2 + CHAIR[0] / 2 - tuck)
    return "chair", CHAIR, Spot(across, along, (math.pi if side > 0 else 0.0) + turn)


def _working(crew: Furnisher, room: Room) -> None:
    """A desk at the wall and a chair before it, on the side without drawers."""
    size = (0.65, _drawn(crew, 1.2, 1.3, 1.4), 0.74)
    tuck, turn = float(crew.rng.uniform(0.0, 0.15)), float(crew.rng.uniform(-0.15, 0.15))
    chair = ("chair", CHAIR, Spot(size[0] / 2 + CHAIR[0] / 2 - tuck, -0.14, math.pi + turn))
    crew.at_wall_with(room, "desk", size, [chair])


def _green(crew: Furnisher, room: Room, chance: float) -> None:
    """Perhaps a plant in a corner."""
    if crew.rng.random() < chance:
        width = _drawn(crew, 0.36, 0.42)
        crew.at_wall(room, "plant", (width, width, _drawn(crew, 0.8, 1.1, 1.3)), corner=True)


def _light(crew: Furnisher, room: Room, chance: float) -> None:
    """Perhaps a floor lamp in a corner."""
    if crew.rng.random() < chance:
        crew.at_wall(room, "lamp", (0.36, 0.36, _drawn(crew, 1.5, 1.6, 1.7)), corner=True)


def _shelf(crew: Furnisher) -> Vector:
    return 0.30, _drawn(crew, 0.8, 0.9, 1.1), _drawn(crew, 1.1, 1.5, 1.8)


def _cabinet(crew: Furnisher) -> Vector:
    return 0.45, _drawn(crew, 0.8, 0.95, 1.1), _drawn(crew, 0.8, 0.88)


def _drawn(crew: Furnisher, *sizes: float) -> float:
    """Return one of some sizes [m]."""
    return sizes[int(crew.rng.integers(len(sizes)))]


def _area(room: Room) -> float:
    return float(np.prod([high - low for low, high in zip(room.low_m, room.high_m, strict=True)]))


ROOMS: dict[str, Callable[[Furnisher, Room], None]] = {
    "bathroom": _bathroom,
    "bedroom": _bedroom,
    "hall": _hall,
    "kitchen": _kitchen,
    "living": _living,
    "office": _office,
}

"""Puts furniture into the rooms of a floor plan, so that one can still drive everywhere and open every door.

Pieces go one after the other to a place drawn from those that are free; each has rules for where it belongs (at a
wall, before a sofa, in the middle). A place that would block the way is not taken: the piece goes elsewhere or is
left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.worlds.home import ROBOT_RADIUS_M, WALL_THICKNESS_M, Furniture, Home, Room
from sim.worlds.kinds.furniture import default_size, model_of
from sim.worlds.making.drivable import Floor
from sim.worlds.outlines import (
    Outlines,
    Polygon,
    doorway_lane,
    front_zone,
    inside,
    meet,
    piece_outline,
    rectangle,
    swing,
)
from sim.worlds.shapes import Vector

__all__ = ["Furnisher", "Spot", "beside"]

WALL_GAP_M = 0.02
DOOR_ZONE_M = 0.85
"""Free floor in front of furniture with doors: to stand there and open them."""
TRIES = 12
"""So many places that look free are tried for one piece before it is left out."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a piece: the middle of its footprint and the direction of its front."""

    x_m: float
    y_m: float
    yaw_rad: float


def beside(spot: Spot, place: Spot) -> Spot:
    """Return in W a place that is given in the frame of a spot."""
    c, s = math.cos(spot.yaw_rad), math.sin(spot.yaw_rad)
    x, y = spot.x_m + c * place.x_m - s * place.y_m, spot.y_m + s * place.x_m + c * place.y_m
    return Spot(x, y, math.remainder(spot.yaw_rad + place.yaw_rad, 2 * math.pi))


def _whole(angle_rad: float) -> float:
    """Return an angle that is a whole number of tenths of a degree, which a plan can say."""
    return math.radians(round(math.degrees(angle_rad), 1))


class Furnisher:
    """Holds the furniture placed so far. All methods place nothing, and say so, where there is no room."""

    def __init__(self, home: Home, rng: np.random.Generator):
        self.home, self.rng = home, rng
        self.pieces: list[Furniture] = []
        self.floor = Floor(home)
        self._taken = Outlines()
        self._kept_free = Outlines(doorway_lane(home, d, half_length_m=1.0, half_width_m=0.47) for d in home.doorways)
        for doorway in home.doorways:
            if doorway.door:
                self._kept_free.add(swing(home, doorway, doorway.angle_rad))
        self._counts: dict[str, int] = {}
        self._reach: list[tuple[float, float]] = []

    def count(self, kind: str) -> int:
        """Return how many pieces of a kind there are."""
        return self._counts.get(kind, 0)

    def at_wall(self, room: Room, kind: str, size: Vector | None = None, *, corner: bool = False) -> Furniture | None:
        """Place a piece with its back to a wall, in a corner if asked for."""
        size = default_size(kind) if size is None else size
        return self._first([self._named(kind, size, spot)] for spot in self._wall_spots(room, size, corner=corner))

    def row_at_wall(
        self, room: Room, kinds: Sequence[tuple[str, Vector]], *, gap_m: float = 0.0, corner: bool = False
    ) -> Furniture | None:
        """Place pieces side by side with their backs to one wall; returns the first, at the right as one faces them."""
        depth = max(size[0] for _, size in kinds)
        width = sum(size[1] for _, size in kinds) + gap_m * (len(kinds) - 1)
        spots = self._wall_spots(room, (depth, width, 1.0), corner=corner)
        return self._first(self._row(kinds, spot, depth, width, gap_m) for spot in spots)

    def at_wall_with(
        self, room: Room, kind: str, size: Vector, others: Sequence[tuple[str, Vector, Spot]]
    ) -> Furniture | None:
        """Place a piece with its back to a wall, and others round it; their spots are in its frame."""
        return self._first(self._round(kind, size, spot, others) for spot in self._wall_spots(room, size, corner=False))

    def in_room_with(
        self,
        room: Room,
        kind: str,
        size: Vector,
        others: Sequence[tuple[str, Vector, Spot]],
        room_for: tuple[float, float],
    ) -> Furniture | None:
        """Place a piece away from the walls, and others round it, in a free rectangle of this length and width."""
        spots = self.free_spots(room, *room_for, yaws=(0.0, math.pi / 2))
        return self._first(self._round(kind, size, spot, others) for spot in spots)

    def on_one_of(self, kind: str, size: Vector, spots: Sequence[Spot]) -> Furniture | None:
        """Place a piece on the first of some spots that is free."""
        return self._first([self._named(kind, size, spot)] for spot in spots)

    def free_spots(self, room: Room, length: float, width: float, yaws: Sequence[float]) -> list[Spot]:
        """Return spots in a room for a rectangle, those farthest from everything first, with some chance."""
        (x0, y0), (x1, y1) = room.low_m, room.high_m
        spots = []
        for x in np.arange(x0 + 0.3, x1 - 0.3, 0.2):
            for y in np.arange(y0 + 0.3, y1 - 0.3, 0.2):
                for yaw in yaws:
                    outline = rectangle(x, y, yaw, length, width)
                    if inside(outline, room, 0.05) and not self._blocked(outline, 0.15):
                        edge = min(x - x0, x1 - x, y - y0, y1 - y)
                        spots.append((-edge - self.rng.uniform(0.0, 1.2), float(x), float(y), float(yaw)))
        return [Spot(x, y, yaw) for _, x, y, yaw in sorted(spots)]

    def _named(self, kind: str, size: Vector, spot: Spot) -> Furniture:
        return Furniture(f"{kind}-0", round(spot.x_m, 4), round(spot.y_m, 4), _whole(spot.yaw_rad), size)

    def _row(self, kinds: Sequence[tuple[str, Vector]], spot: Spot, depth: float, width: float, gap: float):
        """Return pieces that fill a rectangle at a wall from left to right, with their backs in line."""
        pieces, at = [], -width / 2
        for kind, size in kinds:
            back, side = (size[0] - depth) / 2, at + size[1] / 2
            at += size[1] + gap
            pieces.append(self._named(kind, size, beside(spot, Spot(back, side, 0.0))))
        return pieces

    def _round(self, kind: str, size: Vector, spot: Spot, others: Sequence[tuple[str, Vector, Spot]]):
        """Return a piece and those round it."""
        return [
            self._named(kind, size, spot),
            *(self._named(other, extent, beside(spot, place)) for other, extent, place in others),
        ]

    def _wall_spots(self, room: Room, size: Vector, *, corner: bool) -> Iterator[Spot]:
        """Return spots along the walls of a room, in an order drawn by chance; corners first if asked for."""
        half = WALL_THICKNESS_M / 2 + WALL_GAP_M
        (x0, y0), (x1, y1) = room.low_m, room.high_m
        depth, width = size[0], size[1]
        spots: list[tuple[float, Spot]] = []
        for yaw, low, high, back in (
            (0.0, y0, y1, x0),
            (math.pi, y0, y1, x1),
            (math.pi / 2, x0, x1, y0),
            (-math.pi / 2, x0, x1, y1),
        ):
            room_left = high - low - 2 * half - width
            if room_left < 0:
                continue
            steps = max(1, math.floor(room_left / 0.1))
            sign = 1 if back in (x0, y0) and yaw in (0.0, math.pi / 2) else -1
            across = back + sign * (half + depth / 2)
            for i in range(steps + 1):
                at = low + half + width / 2 + room_left * i / steps
                from_corner = min(i, steps - i) * 0.1
                rank = self.rng.random() + (from_corner if corner else 0.0)
                spots.append((rank, Spot(*((across, at) if yaw in (0.0, math.pi) else (at, across)), yaw)))
        return (spot for _, spot in sorted(spots, key=lambda entry: entry[0]))

    def _blocked(self, outline: Polygon, margin_m: float) -> bool:
        return self._kept_free.meet(outline) or self._taken.meet(outline, margin_m)

    def _first(self, groups: Iterator[list[Furniture]] | Sequence[list[Furniture]]) -> Furniture | None:
        """Place the first group of pieces that fits and leaves the home drivable; return its first piece."""
        tried = 0
        for group in groups:
            outlines = [piece_outline(piece) for piece in group]
            if not self._may_stand(group, outlines):
                continue
            tried += 1
            zones, reach = self._zones(group)
            if self.floor.is_drivable(outlines, [*self._reach, *reach]):
                self._place(group, outlines, zones, reach)
                return self.pieces[-len(group)]
            if tried >= TRIES:
                return None
        return None

    def _may_stand(self, group: list[Furniture], outlines: list[Polygon]) -> bool:
        """Whether every piece is in one room, apart from all others, and what opens can be opened."""
        for outline in outlines:
            if not any(inside(outline, room, 0.01) for room in self.home.rooms) or self._blocked(outline, 0.04):
                return False
        zones, _ = self._zones(group)
        return not any(
            self._taken.meet(zone, -0.01) or any(meet(zone, other, -0.01) for other in outlines) for zone in zones
        ) and all(any(inside(zone, room) for room in self.home.rooms) for zone in zones)

    def _zones(self, group: list[Furniture]) -> tuple[list[Polygon], list[tuple[float, float]]]:
        """Return the floor to keep free in front of what opens, and where a robot stands then."""
        zones, reach = [], []
        for piece in group:
            if model_of(piece).leaves:
                zones.append(front_zone(piece, DOOR_ZONE_M))
                ahead = piece.size_m[0] / 2 + ROBOT_RADIUS_M + 0.1
                reach.append((piece.x_m + math.cos(piece.yaw_rad) * ahead, piece.y_m + math.sin(piece.yaw_rad) * ahead))
        return zones, reach

    def _place(self, group, outlines, zones, reach) -> None:
        for piece in group:
            number = self._counts.get(piece.kind, 0) + 1
            self._counts[piece.kind] = number
            self.pieces.append(replace(piece, name=f"{piece.kind}-{number}"))
        self._taken.add(outlines)
        self._kept_free.add(zones)
        self._reach += reach
        self.floor.put(outlines)

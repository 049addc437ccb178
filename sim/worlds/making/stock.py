"""Stands movable things on the supports of a furnished home: what belongs where, apart from each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from sim.worlds.home import Furniture, Home, Room, Thing
from sim.worlds.kinds.catalogue import LABELS, MODELS, label_of
from sim.worlds.kinds.furniture import model_of
from sim.worlds.making.drivable import Floor
from sim.worlds.outlines import Outlines, Polygon, doorway_lane, front_zone, inside, piece_outline, rectangle, swing
from sim.worlds.shapes import Model, Support

__all__ = ["APART_M", "Place", "Stocker", "outline_of", "upright"]

APART_M = 0.018
"""Between things, and between things and what is round their support."""
EDGE_M = 0.02
HEADROOM_M = 0.02
TRIES = 40
FLOOR_REACH_M = 0.28
"""Things on the floor lie within this of a wall or a piece of furniture."""

BELONGS: dict[str, str] = {
    "bed": "pillow teddy book towel laptop toy rabbit",
    "bench": "basket box shoe ball towel",
    "bench/board": "shoe",
    "cabinet": "vase candle book ornament clock bowl tray basket duck",
    "cabinet/inside": "plate bowl box jar tool toy ring cup brick cube basket book",
    "counter": "mug cup bottle bowl plate jar carton cereal apple orange can pot tray",
    "desk": "laptop book mug phone tool remote ornament clock cup can cube",
    "fridge/inside": "bottle carton can apple orange bowl jar pot box",
    "nightstand": "book clock phone cup candle",
    "nightstand/board": "book box",
    "shelf": "book vase box ornament candle toy duck rabbit clock basket ring jar brick tool cube",
    "sofa": "pillow remote book teddy phone",
    "armchair": "pillow book teddy",
    "stove": "pot",
    "table": "mug cup bowl plate bottle apple orange book vase tray candle can cereal carton",
    "table/low": "remote mug book candle phone bowl cup toy brick cube",
    "toilet": "candle",
    "tv_stand": "remote ornament candle vase phone duck",
    "wardrobe/inside": "towel box shoe basket pillow ball",
    "washbasin": "cup bottle towel candle jar",
    "floor": "shoe ball box basket toy brick",
}
"""Kind of furniture (and which support of it) -> the labels of what one finds there."""
ROOM_SHELVES = {
    "bathroom": "towel bottle basket duck candle cup box",
    "kitchen": "bowl jar cereal plate box pot book vase",
}
"""What shelves hold in some rooms."""


@dataclass(slots=True)
class Place:
    """One support in W, and what stands on it so far."""

    name: str
    piece: Furniture
    support: Support
    labels: tuple[str, ...]
    outlines: Outlines = field(default_factory=Outlines)

    @property
    def area_m2(self) -> float:
        """Of its surface."""
        return self.support.size_m[0] * self.support.size_m[1]


def outline_of(model: Model, x_m: float, y_m: float, yaw_rad: float) -> Float64[np.ndarray, "4 2"]:
    """Return the rectangle a thing stands in."""
    return rectangle(x_m, y_m, yaw_rad, *model.footprint_m)


def upright(yaw_rad: float) -> tuple[float, float, float, float]:
    """Return q_WK of a thing that stands, turned by a yaw: to six digits, w not negative, so that files keep it."""
    half = math.remainder(yaw_rad, 2 * math.pi) / 2
    return round(math.cos(half), 6), 0.0, 0.0, round(math.sin(half), 6)


class Stocker:
    """Stands things into a home, one by one."""

    def __init__(self, home: Home, rng: np.random.Generator):
        self.home, self.rng = home, rng
        self.things: list[Thing] = []
        self._numbers: dict[str, int] = {}
        self.places = {place.name: place for piece in home.furniture for place in _places(home, piece)}
        self._floor = Floor(home)
        pieces = [piece_outline(piece) for piece in home.furniture]
        self._floor.put(pieces)
        self._near = Outlines(pieces)
        self._in_the_way = Outlines(pieces)
        self._in_the_way.add(doorway_lane(home, d, half_length_m=1.0, half_width_m=0.47) for d in home.doorways)
        self._in_the_way.add(polygon for d in home.doorways if d.door for polygon in swing(home, d, math.pi))
        self._in_the_way.add(front_zone(piece, 0.85) for piece in home.furniture if model_of(piece).leaves)
        for thing in home.things:
            self.add(thing)

    def stock(self, count: int) -> None:
        """Stand `count` more things, or as many as there is room for: first into what is closed, last on the floor."""
        target = len(self.things) + count
        places = [place for place in self.places.values() if place.labels]
        hidden = [place for place in places if place.support.behind]
        names = list(dict.fromkeys(place.piece.name for place in hidden))
        for i, name in enumerate(names):
            share = (count // 3) // len(names) if i else max(2, (count // 3) // len(names))
            more = min(share, 4, target - len(self.things))
            self._fill([place for place in hidden if place.piece.name == name], len(self.things) + more)
        on_floor = min(4, max(1, count // 12)) if count >= 8 else 0
        self._fill([place for place in places if not place.support.behind], target - on_floor)
        for _ in range(on_floor * 4):
            if len(self.things) < target:
                self._drop()
        self._fill(places, target)

    def stand(
        self,
        key: str,
        place: Place,
        at: tuple[float, float] | None = None,
        turn: float | None = None,
        *,
        name: str = "",
    ) -> bool:
        """Stand one thing on a support: at a spot in the support's own axes [m, rad], or on one drawn by chance.

        Returns whether there was room for it.
        """
        model = MODELS[key]
        if model.height_m + HEADROOM_M > place.support.headroom_m:
            return False
        half = np.array(place.support.size_m) / 2 - EDGE_M
        for _ in range(TRIES if at is None else 1):
            yaw = self._turn() if turn is None else turn
            spare = half - np.abs(outline_of(model, 0.0, 0.0, yaw)).max(axis=0)
            if (spare < 0).any():
                continue
            x, y = self.rng.uniform(-spare, spare).tolist() if at is None else at
            outline = outline_of(model, x, y, yaw)
            if abs(x) > spare[0] or abs(y) > spare[1] or place.outlines.meet(outline, APART_M):
                continue
            self._add(key, place.name, *_in_world(place, (x, y), yaw), name=name)
            return True
        return False

    def carries(self, support: str, p_WK: tuple[float, float, float]) -> bool:
        """Whether a point is on a support, or at most 3 cm above or below it."""
        place = self.places[support]
        x, y = self._on(place, p_WK)
        length, width = place.support.size_m
        return abs(x) <= length / 2 and abs(y) <= width / 2 and abs(p_WK[2] - place.support.center_m[2]) <= 0.03

    def next_number(self, label: str) -> int:
        """Return the number after the last of a label."""
        return self._numbers.get(label, 0) + 1

    def add(self, thing: Thing) -> None:
        """Add a thing where it is."""
        self.things.append(thing)
        number = int(thing.name.rsplit("-", 1)[1])
        self._numbers[thing.label] = max(self._numbers.get(thing.label, 0), number)
        yaw = 2 * math.atan2(thing.q_WK[3], thing.q_WK[0])
        x, y, _ = thing.p_WK
        if thing.support == "floor":
            outline = outline_of(MODELS[thing.model], x, y, yaw)
            self._in_the_way.add([outline])
            self._floor.put([outline])
            return
        place = self.places[thing.support]
        at = self._on(place, thing.p_WK)
        place.outlines.add([outline_of(MODELS[thing.model], *at, yaw - place.piece.yaw_rad)])

    def _on(self, place: Place, p_WK: tuple[float, float, float]) -> tuple[float, float]:
        """Return where a point is along the axes of a support, from its middle [m]."""
        dx, dy = p_WK[0] - place.piece.x_m, p_WK[1] - place.piece.y_m
        c, s = math.cos(place.piece.yaw_rad), math.sin(place.piece.yaw_rad)
        return c * dx + s * dy - place.support.center_m[0], -s * dx + c * dy - place.support.center_m[1]

    def _fill(self, places: list[Place], target: int) -> None:
        """Stand things on some places until there are so many in the home, or none of a long run has room."""
        failures = 0
        while places and len(self.things) < target and failures < 60:
            weights = np.array([math.sqrt(p.area_m2) / (1 + 2 * len(p.outlines)) for p in places])
            place = places[int(self.rng.choice(len(places), p=weights / weights.sum()))]
            failures = 0 if self.stand(self._choose(place.labels), place) else failures + 1

    def _turn(self) -> float:
        """Return a yaw: mostly square to the support with some disorder, sometimes any."""
        if self.rng.random() < 0.25:
            return float(self.rng.uniform(-math.pi, math.pi))
        return float(self.rng.integers(4)) * math.pi / 2 + float(self.rng.normal(0.0, 0.12))

    def _choose(self, labels: tuple[str, ...]) -> str:
        """Return a model of one of the labels; rare ones in this home are likelier."""
        weights = np.array([1.0 / (1.0 + self._numbers.get(label, 0)) for label in labels])
        label = labels[int(self.rng.choice(len(labels), p=weights / weights.sum()))]
        keys = LABELS[label]
        return keys[int(self.rng.integers(len(keys)))]

    def _drop(self) -> bool:
        """Put one thing on the floor, near a wall or furniture and out of the way; whether there was room."""
        key = self._choose(tuple(BELONGS["floor"].split()))
        model = MODELS[key]
        room = self.home.rooms[int(self.rng.integers(len(self.home.rooms)))]
        for _ in range(TRIES):
            x, y = self.rng.uniform(room.low_m, room.high_m)
            yaw = float(self.rng.uniform(-math.pi, math.pi))
            outline = outline_of(model, float(x), float(y), yaw)
            if self._may_lie(outline, room):
                self._add(key, "floor", (float(x), float(y), 0.0), yaw)
                return True
        return False

    def _may_lie(self, outline: Polygon, room: Room) -> bool:
        """Whether a thing on the floor there is near something, touches nothing and is in nobody's way."""
        if not inside(outline, room, 0.03) or self._in_the_way.meet(outline, 0.03):
            return False
        if inside(outline, room, FLOOR_REACH_M) and not self._near.meet(outline, FLOOR_REACH_M):
            return False
        return self._floor.is_drivable([outline])

    def _add(self, key: str, support: str, p_WK: tuple[float, float, float], yaw_rad: float, *, name: str = "") -> None:
        label = label_of(key)
        x, y, z = (round(c, 4) for c in p_WK)
        q_WK = upright(math.radians(round(math.degrees(yaw_rad), 1)))
        self.add(Thing(name or f"{label}-{self.next_number(label)}", key, support, (x, y, z), q_WK))


def _in_world(place: Place, at: tuple[float, float], turn: float) -> tuple[tuple[float, float, float], float]:
    """Return where K is in W, and its yaw, for a spot on a support in the support's own axes."""
    x, y = place.support.center_m[0] + at[0], place.support.center_m[1] + at[1]
    c, s = math.cos(place.piece.yaw_rad), math.sin(place.piece.yaw_rad)
    p = (place.piece.x_m + c * x - s * y, place.piece.y_m + s * x + c * y, place.support.center_m[2])
    return p, place.piece.yaw_rad + turn


def _places(home: Home, piece: Furniture) -> list[Place]:
    """Return the supports of a piece, with the labels of what belongs there."""
    center = rectangle(piece.x_m, piece.y_m, 0.0, 0.01, 0.01)
    kind = next((room.kind for room in home.rooms if inside(center, room)), "")
    places = []
    for support in model_of(piece).supports:
        key = piece.kind
        if support.behind:
            key += "/inside"
        elif key == "table" and piece.size_m[2] < 0.55:
            key = "table/low"
        elif f"{key}/{support.name}" in BELONGS:
            key += f"/{support.name}"
        labels = ROOM_SHELVES.get(kind, BELONGS[key]) if piece.kind == "shelf" else BELONGS.get(key, "")
        places.append(Place(f"{piece.name}/{support.name}", piece, support, tuple(labels.split())))
    return places

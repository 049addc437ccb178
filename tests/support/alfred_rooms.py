"""Rooms of ALFRED's tasks as boxes: things, and what they can be put on or in, as the task goes on.

The records say where things are and the ids of what they are put on or in, which end in a position; sizes are assumed
(`household_sizes`), and where the record's furniture would stand in each other it is drawn smaller. What has a door is
a block while it is closed, a bottom and a back while it is open. What is open at the top is drawn filled to two fifths,
and what is in it stands on that. All else stands on a board of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from box_worlds import Solid, shelf_under
from household_sizes import size_of

__all__ = ["CLOSABLE", "IN", "Fixture", "Stage", "drawn_size", "fixtures_of"]

CLOSABLE = frozenset({"Cabinet", "Drawer", "Fridge", "Microwave", "Safe"})
FILLED = frozenset({"Bowl", "Box", "Cup", "Mug", "Pan", "Pot"})
IN = CLOSABLE | FILLED | {"Bathtub", "GarbageCan", "Sink"}
"""Things are put in these, and on all others."""
BOARDS = frozenset({"Bathtub", "Shelf", "Sink"})
"""The position of these is that of what things stand on."""
FILLED_SHARE = 0.4
BOARD_M, GARBAGE_M, FRIDGE_SHELF_M = 0.03, 0.20, 0.80
WIDEST_M, DEEPEST_M = 0.70, 0.50
SMALLER = (1.0, 0.8, 0.6, 0.45, 0.3)
STANDS_LOW_M, LEVEL_M, LEVEL_STEP_M = 0.3, 0.35, 0.08
"""A position so near to the floor is that of a foot. A surface may be so far from its id's height; things on it may
differ in height by the second."""
TRIES = 60
APART_M, PIECES_REACH_M, PIECES_STEP_M = 0.05, 0.24, 0.03
"""Between pieces of what was cut; so far from it they lie, on such a grid."""


def drawn_size(label: str) -> tuple[float, float, float]:
    """Return the size that a thing is drawn with [m]."""
    x, y, z = size_of(label)
    return (x, y, z * FILLED_SHARE) if label in FILLED else (x, y, z)


@dataclass(frozen=True, slots=True)
class Fixture:
    """Furniture that things are put on or in."""

    name: str
    label: str
    base: Solid
    """What things stand on."""
    back: Solid | None = None
    body: Solid | None = None
    """With a door only: the back, and all of it closed."""

    def solids(self, is_open: bool) -> list[Solid]:
        """Return what is seen of it."""
        if self.body is None or self.back is None:
            return [self.base]
        if is_open:
            return [dataclasses.replace(part, attributes={"state": "open"}) for part in (self.base, self.back)]
        return [dataclasses.replace(self.body, attributes={"state": "closed"})]

    @property
    def block(self) -> Solid:
        """The space that it takes."""
        return self.base if self.body is None else self.body


def fixtures_of(
    positions: Mapping[str, tuple[str, np.ndarray]], things: Iterable[Solid], reachable_W: np.ndarray
) -> dict[str, Fixture]:
    """Return the furniture of a room by id. positions: label and position by id; reachable_W: floor before it."""
    made: dict[str, Fixture] = {}
    things = list(things)
    for name, (label, p_W) in sorted(positions.items()):
        for share in SMALLER:
            made[name] = _fixture(name, label, p_W, share, things, reachable_W)
            others = [other for key, other in made.items() if key != name]
            if not any(made[name].block.overlaps(other.block) for other in others):
                break
    return made


def _fixture(
    name: str, label: str, p_W: np.ndarray, share: float, things: list[Solid], reachable_W: np.ndarray
) -> Fixture:
    width, depth, height = size_of(label)
    width, depth = min(width, WIDEST_M) * share, min(depth, DEEPEST_M) * share
    toward = reachable_W[np.argmin(np.linalg.norm(reachable_W - p_W[:2], axis=1))] - p_W[:2]
    along = int(np.argmax(np.abs(toward)))
    x, y, z = (float(value) for value in p_W)

    def flat(bottom_m: float, tall_m: float) -> Solid:
        size = (depth, width, tall_m) if along == 0 else (width, depth, tall_m)
        return Solid(name, label, (x, y, bottom_m), size)

    if label not in CLOSABLE:
        stands = z < STANDS_LOW_M and label not in BOARDS
        tall = GARBAGE_M if label == "GarbageCan" else height
        level = max(_level(flat(z, 0.0), z + tall if stands else z, things), BOARD_M)
        return Fixture(name, label, flat(level - BOARD_M, BOARD_M))
    bottom = max(z - height / 2, 0.01) if label in ("Cabinet", "Drawer") else z
    base = flat(bottom + (FRIDGE_SHELF_M if label == "Fridge" else 0.0), BOARD_M)
    middle, off = [x, y], depth / 2 - BOARD_M / 2
    middle[along] -= float(np.sign(toward[along]) or 1.0) * off
    size = (BOARD_M, width, height) if along == 0 else (width, BOARD_M, height)
    back = Solid(name, label, (middle[0], middle[1], bottom), size)
    return Fixture(name, label, base, back, flat(bottom, height))


def _level(area: Solid, level_m: float, things: list[Solid]) -> float:
    """Return how high a surface is: as things stand that are over it and near its height; else as assumed."""
    reach = area.reach_m()[:2]
    over = [t.bottom_W[2] for t in things if (np.abs(np.array(t.bottom_W)[:2] - area.bottom_W[:2]) <= reach).all()]
    near = sorted(z for z in over if abs(z - level_m) <= LEVEL_M)
    if not near:
        return level_m
    middle = near[len(near) // 2]
    return min(z for z in near if middle - z <= LEVEL_STEP_M) - 1e-3


@dataclass
class Stage:
    """A room while a task goes on."""

    things: dict[str, Solid]
    fixtures: dict[str, Fixture]
    boards: list[Solid] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    within: dict[str, str] = field(default_factory=dict)
    """By thing: what it was put on or in last."""
    held: str | None = None
    gone: set[str] = field(default_factory=set)
    """What was cut into pieces."""

    def __post_init__(self) -> None:
        self._whole = {name: thing.size_m for name, thing in self.things.items()}
        blocks = [part for fixture in self.fixtures.values() for part in fixture.solids(True)]
        around = [*self.things.values(), *blocks]
        boards = (shelf_under(thing, around) for thing in self.things.values())
        self.boards = [board for board in boards if board is not None]

    def solids(self) -> list[Solid]:
        """Return all that stands in the room: not what the robot holds."""
        away = {*self.gone, *(self.carried(self.held) if self.held else ())}
        things = [thing for name, thing in self.things.items() if name not in away]
        furniture = [s for name, fixture in self.fixtures.items() for s in fixture.solids(name in self.opened)]
        return [*things, *furniture, *self.boards]

    def carried(self, name: str) -> list[str]:
        """Return a thing and all that is on or in it."""
        return [name, *(c for other, on in self.within.items() if on == name for c in self.carried(other))]

    def base(self, name: str) -> Solid:
        """Return what things stand on that are put on or in this."""
        return self.fixtures[name].base if name in self.fixtures else self.things[name]

    def pick(self, name: str) -> None:
        self.held = name
        self.within.pop(name, None)

    def put(self, name: str, target: str, rng: np.random.Generator) -> None:
        """Put a thing, and what is in it, where there is room on a base; in the middle where there is none."""
        base, was = self.base(target), self.things[name]
        size = self._whole.get(name, was.size_m)
        if max(size[:2]) > min(base.size_m[:2]) + 0.05 and target in self.things:
            size = tuple(sorted(size))
        taken = {*self.carried(name), target, *self.gone}
        others = [thing for key, thing in self.things.items() if key not in taken]
        x, y, z = base.bottom_W
        room = np.maximum(np.array(base.size_m[:2]) / 2 - max(size[:2]) / 2, 0.0)
        cos, sin = np.cos(base.yaw_rad), np.sin(base.yaw_rad)
        for k in range(TRIES):
            a, b = (rng.uniform(-1, 1, 2) if k < TRIES - 1 else np.zeros(2)) * room
            place = (x + cos * a - sin * b, y + sin * a + cos * b, z + base.size_m[2])
            now = dataclasses.replace(was, bottom_W=place, size_m=size)
            if not any(now.overlaps(other) for other in others):
                break
        shift = np.array(now.bottom_W) - was.bottom_W
        for key in self.carried(name)[1:]:
            moved = tuple((np.array(self.things[key].bottom_W) + shift).tolist())
            self.things[key] = dataclasses.replace(self.things[key], bottom_W=moved)
        self.things[name], self.within[name], self.held = now, target, None

    def cut(self, name: str, pieces: Iterable[str], label: str) -> None:
        """Let pieces lie where a thing was, each where the nearest room for it is."""
        whole, size = self.things[name], drawn_size(label)
        self.gone.add(name)
        wide = size[0] + APART_M, size[1] + APART_M, size[2]
        grid = np.arange(-PIECES_REACH_M, PIECES_REACH_M + 1e-9, PIECES_STEP_M)
        offsets = sorted(((a, b) for a in grid for b in grid), key=lambda ab: (round(ab[0] ** 2 + ab[1] ** 2, 6), ab))
        x, y, z = whole.bottom_W
        for piece in pieces:
            others = [
                thing for key, thing in self.things.items() if key not in self.gone and key != self.within.get(name)
            ]
            places = [Solid(piece, label, (x + a, y + b, z), wide) for a, b in offsets]
            free = next((one for one in places if not any(one.overlaps(other) for other in others)), places[0])
            self.things[piece] = dataclasses.replace(free, size_m=size)
            if name in self.within:
                self.within[piece] = self.within[name]
        self.within.pop(name, None)

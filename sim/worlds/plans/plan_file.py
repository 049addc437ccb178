"""Homes as YAML files that one can write by hand: read, checked, written.

    name: flat                        # the name of the home and of its world; the file's name if left out
    wall_height: 2.5                  # [m]
    rooms:                            # rectangles by the centre lines of their walls [m]
      kitchen: {low: [0, 0], high: [4, 3.5]}
      hall: {low: [4, 0], high: [6, 3.5]}
    doorways:
      - {between: [kitchen, hall], at: 1.2}                # at: along the wall, from its lower end, to the middle
      - {between: [kitchen, hall], center: [4, 1.2], width: 1.0, height: 2.05,
         open: 110, hinge: high}      # open: a door hangs there, so many degrees open, into the second room
    furniture:                        # at: the middle of the footprint; yaw: where its front looks [degrees]
      - {name: fridge-1, at: [0.5, 3.0], yaw: -90, doors: {door: 20}}
      - {kind: table, at: [2, 2], size: [0.8, 1.4, 0.74]}  # x (front to back), y, z; is called table-1
    things:                           # of a label, or of one model of the catalogue
      - {thing: mug, on: table-1/top, offset: [0.1, -0.2], yaw: 30}   # offset: in the support's axes [m]
      - {thing: bottle_green, on: fridge-1/board-2, count: 2}         # where there is room
      - {thing: ball, on: floor, at: [5, 3]}
    stock: {things: 20, seed: 3}      # so many more, by chance; `things: 40` with `seed: 3` is short for it

What is saved loads to an equal Home. Angles are in degrees; one that is no such number in the file is KEY_rad.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

from sim.worlds.home import Doorway, Furniture, Home, Room
from sim.worlds.kinds.furniture import KINDS, default_size, model_of
from sim.worlds.plans.checks import check_doorways, check_furniture, check_rooms, shared_side
from sim.worlds.plans.entries import Entry, did_you_mean
from sim.worlds.plans.strict_yaml import read_yaml
from sim.worlds.plans.text import plan_text
from sim.worlds.plans.things import NUMBERED, things_of
from spatialmem import ConfigError

__all__ = ["load_home", "save_home"]

BUILT_IN = {file.stem: file for file in sorted(Path(__file__).parent.glob("*.yaml"))}
NAME = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*")


def load_home(path: str | Path) -> Home:
    """Read a home from a plan: a file, or the name of a built-in one (flat).

    Raises ConfigError, with the file and the entry, for what cannot be read, is unknown or impossible.
    """
    origin = str(path)
    if not Path(path).exists():
        if origin not in BUILT_IN:
            raise ConfigError(f"there is no plan {origin}; name a file, or a built-in home: {', '.join(BUILT_IN)}.")
        path = BUILT_IN[origin]
    top = Entry(read_yaml(path), origin)
    name, height = top.text("name", Path(path).stem), top.number("wall_height", 1.0, 10.0, 2.5)
    home = Home(name, _rooms(top, origin), (), wall_height_m=height)
    check_rooms(home, origin)
    home = replace(home, doorways=_doorways(top, home, origin))
    check_doorways(home, origin)
    home = replace(home, furniture=_furniture(top, origin))
    check_furniture(home, origin)
    home = replace(home, things=things_of(top, home, origin))
    top.done()
    return home


def _rooms(top: Entry, origin: str) -> tuple[Room, ...]:
    rooms = []
    for name, value in top.inner("rooms").items():
        entry = Entry(value, f"{origin}, rooms, {name}")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            entry.fail("the name of a room is small letters, digits and dashes, such as kitchen or bedroom-2.")
        low, high = entry.numbers("low", 2), entry.numbers("high", 2)
        entry.done()
        rooms.append(Room(name, (low[0], low[1]), (high[0], high[1])))
    return tuple(rooms)


def _doorways(top: Entry, home: Home, origin: str) -> tuple[Doorway, ...]:
    doorways: list[Doorway] = []
    names = [room.name for room in home.rooms]
    for i, value in enumerate(top.entries("doorways")):
        entry = Entry(value, f"{origin}, doorway {i + 1}")
        door = entry.has("open") or entry.has("open_rad")
        name = entry.text("name", f"{'door' if door else 'doorway'}-{i + 1}")
        entry.where = f"{origin}, {name}"
        if not NUMBERED.fullmatch(name):
            entry.fail("the name of a doorway is a word, a dash and a number, such as door-1.")
        first, second = entry.words("between", 2)
        for room in (first, second):
            if room not in names:
                entry.fail(f"there is no room '{room}'; there are {', '.join(names)}.{did_you_mean(room, names)}")
        center = _center(entry, home, first, second)
        hinge = entry.text("hinge", "high")
        if hinge not in ("low", "high"):
            entry.fail(f"'hinge' must be low or high, the end of the gap where the door hangs; it is {hinge!r}.")
        width, height = entry.number("width", 0.5, 5.0, 1.0), entry.number("height", 1.0, 10.0, 2.05)
        angle = entry.angle_rad("open", 0.0, 175.0, 0.0)
        side = 1 if hinge == "high" else -1
        doorways.append(Doorway(name, (first, second), center, width, height, door, side, angle))
        entry.done()
    return tuple(doorways)


def _center(entry: Entry, home: Home, first: str, second: str) -> tuple[float, float]:
    """Return the middle of a doorway on the centre line of its wall."""
    side = None if first == second else shared_side(home.room(first), home.room(second))
    if side is None:
        entry.fail(f"the rooms {first} and {second} share no wall, so no doorway can join them.")
    if entry.has("at") == entry.has("center"):
        entry.fail("give its place once: 'at' along the shared wall, or its 'center'.")
    if entry.has("center"):
        x, y = entry.numbers("center", 2)
        return x, y
    axis, across, low, high = side
    along = low + entry.number("at", 0.0, high - low)
    return (along, across) if axis == 0 else (across, along)


def _furniture(top: Entry, origin: str) -> tuple[Furniture, ...]:
    pieces: list[Furniture] = []
    counts: dict[str, int] = {}
    for i, value in enumerate(top.entries("furniture")):
        entry = Entry(value, f"{origin}, furniture {i + 1}")
        name = entry.text("name", "")
        kind = entry.text("kind", name.rsplit("-", 1)[0]) if name else entry.text("kind")
        if kind not in KINDS:
            entry.fail(f"no furniture is called '{kind}'; there are {', '.join(KINDS)}.{did_you_mean(kind, KINDS)}")
        counts[kind] = counts.get(kind, 0) + 1
        name = name or f"{kind}-{counts[kind]}"
        entry.where = f"{origin}, {name}"
        if not re.fullmatch(rf"{kind}-[1-9][0-9]*", name):
            entry.fail(f"a {kind} is called {kind}-1, {kind}-2 and so on.")
        x, y = entry.numbers("at", 2)
        size = entry.numbers("size", 3, low=0.01, high=10.0) if entry.has("size") else default_size(kind)
        piece = Furniture(name, x, y, entry.angle_rad("yaw", -360.0, 360.0, 0.0), (size[0], size[1], size[2]))
        pieces.append(_opened(entry, piece))
        entry.done()
    return tuple(pieces)


def _opened(entry: Entry, piece: Furniture) -> Furniture:
    """Return a piece with its doors open as the entry says."""
    try:
        leaves = {leaf.name: leaf for leaf in model_of(piece).leaves}
    except ConfigError as error:
        entry.fail(str(error))
    doors = Entry(entry.inner("doors"), f"{entry.where}, doors")
    opened = {}
    for name, leaf in leaves.items():
        limit = math.degrees(max(leaf.high_rad, -leaf.low_rad))
        if doors.has(name) or doors.has(f"{name}_rad"):
            opened[name] = doors.angle_rad(name, 0.0, limit)
    doors.done()
    return replace(piece, open_rad=opened)


def save_home(home: Home, path: str | Path) -> None:
    """Write a home as a plan; loading it gives an equal Home. Raises ConfigError where the file cannot be written."""
    try:
        Path(path).write_text(plan_text(home), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write the plan {path}: {error.strerror}.") from error

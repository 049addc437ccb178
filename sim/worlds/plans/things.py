"""Reads the things of a plan and stands them into its home: where it says, where there is room, or by chance."""

from __future__ import annotations

import math
import re
from typing import NoReturn

import numpy as np

from sim.worlds.home import Home, Thing
from sim.worlds.kinds.catalogue import LABELS, MODELS, label_of
from sim.worlds.making.stock import Stocker, outline_of, upright
from sim.worlds.outlines import inside
from sim.worlds.plans.checks import in_furniture
from sim.worlds.plans.entries import Entry, did_you_mean
from spatialmem import ConfigError

__all__ = ["NUMBERED", "things_of"]

THINGS_MAX = 200
PURPOSE = 72
"""Keeps these draws apart from those of others with the same seed."""
NUMBERED = re.compile(r"[a-z][a-z0-9_]*-[1-9][0-9]*")


def things_of(top: Entry, home: Home, origin: str) -> tuple[Thing, ...]:
    """Return the things of a plan, each where it stands. Raises ConfigError for one that cannot be there."""
    by_count = top.is_whole("things")
    listed = [] if by_count else top.entries("things")
    if by_count:
        count, seed = top.whole("things", 0, THINGS_MAX), top.whole("seed", 0, 2**63 - 1, 0)
    else:
        stock = Entry(top.inner("stock"), f"{origin}, stock")
        count, seed = stock.whole("things", 0, THINGS_MAX, 0), stock.whole("seed", 0, 2**63 - 1, 0)
        stock.done()
    stocker = Stocker(home, np.random.default_rng((0, PURPOSE)))  # what is listed stays where it is for any seed
    for i, value in enumerate(listed):
        _stand(Entry(value, f"{origin}, thing {i + 1}"), home, stocker)
    before = len(stocker.things)
    stocker.rng = np.random.default_rng((seed, PURPOSE))
    stocker.stock(count)
    if len(stocker.things) - before < count:
        raise ConfigError(
            f"{origin}, stock: there is room for {len(stocker.things) - before} things by chance, not for {count}; "
            f"ask for fewer or add furniture."
        )
    return tuple(stocker.things)


def _stand(entry: Entry, home: Home, stocker: Stocker) -> None:
    """Stand the things of one entry into the home."""
    keys = _models(entry)
    name = entry.text("name", "")
    if name:
        entry.where += f" ({name})"
        if name.rsplit("-", 1)[0] != label_of(keys[0]) or not NUMBERED.fullmatch(name) or len(keys) > 1:
            entry.fail(f"one {label_of(keys[0])} is called {label_of(keys[0])}-1, {label_of(keys[0])}-2 and so on.")
        if name in {thing.name for thing in stocker.things}:
            entry.fail("another thing has that name.")
    support = entry.text("on")
    if support != "floor" and support not in stocker.places:
        entry.fail(
            f"there is nothing called '{support}' to stand on; there are floor, {', '.join(stocker.places)}."
            f"{did_you_mean(support, stocker.places)}"
        )
    if entry.has("at"):
        _at(entry, home, stocker, keys, name, support)
    elif support == "floor":
        entry.fail("'at' is missing: where on the floor it is, [x, y].")
    else:
        _on_support(entry, stocker, keys, name, support)
    entry.done()


def _models(entry: Entry) -> list[str]:
    """Return the models of an entry, one for each thing; of a label, its models in turn."""
    word = entry.text("thing")
    keys = (word,) if word in MODELS and word not in LABELS else LABELS.get(word, ())
    if not keys:
        known = (*LABELS, *MODELS)
        names = ", ".join(dict.fromkeys(known))
        entry.fail(f"there is no thing '{word}'; there are {names}.{did_you_mean(word, known)}")
    if entry.has("model"):
        model = entry.text("model")
        if model not in keys:
            entry.fail(f"'{model}' is no model of {word}; there are {', '.join(keys)}.")
        keys = (model,)
    count = entry.whole("count", 1, THINGS_MAX, 1)
    if count > 1 and (entry.has("offset") or entry.has("at")):
        entry.fail("several things cannot be in one place; leave out 'count', or 'offset' and 'at'.")
    return [keys[i % len(keys)] for i in range(count)]


def _at(entry: Entry, home: Home, stocker: Stocker, keys: list[str], name: str, support: str) -> None:
    """Put a thing exactly where the entry says, in W."""
    x, y, *z = entry.numbers("at", 2 if support == "floor" and len(entry.entries("at")) == 2 else 3)
    q = (
        entry.numbers("q", 4, low=-1.0, high=1.0)
        if entry.has("q")
        else upright(entry.angle_rad("yaw", -360.0, 360.0, 0.0))
    )
    if abs(math.fsum(c * c for c in q) - 1.0) > 1e-4:
        entry.fail(f"'q' must be a rotation w, x, y, z of length 1, it is {list(q)}.")
    z = z or [0.0]
    outline = outline_of(MODELS[keys[0]], x, y, 2 * math.atan2(q[3], q[0]))
    if support == "floor":
        if not any(inside(outline, room, -0.02) for room in home.rooms):
            entry.fail(f"at ({x:g}, {y:g}) m it is not wholly in a room.")
        if piece := in_furniture(home, outline, MODELS[keys[0]].height_m):
            entry.fail(f"at ({x:g}, {y:g}) m it is in {piece}.")
    elif not stocker.carries(support, (x, y, z[0])):
        entry.fail(f"({x:g}, {y:g}, {z[0]:g}) m is not on {support}.")
    number = stocker.next_number(label_of(keys[0]))
    stocker.add(
        Thing(name or f"{label_of(keys[0])}-{number}", keys[0], support, (x, y, z[0]), (q[0], q[1], q[2], q[3]))
    )


def _on_support(entry: Entry, stocker: Stocker, keys: list[str], name: str, support: str) -> None:
    """Stand things on a support, at the offset of the entry or where there is room."""
    offset = entry.numbers("offset", 2) if entry.has("offset") else None
    given = offset is not None or entry.has("yaw") or entry.has("yaw_rad")
    turn = entry.angle_rad("yaw", -360.0, 360.0, 0.0) if given else None
    for i, key in enumerate(keys):
        at = None if offset is None else (offset[0], offset[1])
        if not stocker.stand(key, stocker.places[support], at, turn, name=name):
            _no_room(entry, stocker, key, support, i, offset is not None)


def _no_room(entry: Entry, stocker: Stocker, key: str, support: str, stood: int, at_offset: bool) -> NoReturn:
    """Refuse an entry whose thing has no room on its support."""
    place, model = stocker.places[support], MODELS[key]
    (length, width), free = place.support.size_m, place.support.headroom_m
    entry.fail(
        f"there is no room for {f'{key} number {stood + 1}' if stood else key} on {support}"
        f"{' at that offset' if at_offset else ''}. It is {model.footprint_m[0]:.2f} by {model.footprint_m[1]:.2f} m "
        f"and {model.height_m:.2f} m high; the support is {length:.2f} by {width:.2f} m with {free:.2f} m above it, "
        f"and holds {len(place.outlines)} things; things keep 2 cm from its edge and from each other."
    )

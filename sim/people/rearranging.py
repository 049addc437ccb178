"""Somebody moves things while nobody looks: as `day_schedule` says, and at once, so that nobody has to walk.

What is moved and where to is drawn as for the people of a simulated home: mostly to where such things belong, now and
then anywhere. Where it is put is a spot that a person who stands in the home reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from sim.people.day import day_schedule, moves_of
from sim.people.reach import piece_of, put_places
from sim.people.route import Ways
from sim.worlds.built.resting import load_of
from sim.worlds.built.world import World
from sim.worlds.plans.entries import did_you_mean
from spatialmem import InputError

__all__ = ["Wish", "move_things", "rearrange", "wishes"]

DRAWN = 4
"""So many times more tasks are drawn: some are walks, and for some things there is no room."""


def rearrange(world: World, rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """Put at most `count` things of a world elsewhere, at rest; return their names."""
    wanted = _wanted(world, int(rng.integers(2**31)), count)
    standable_m = _standable(world)
    moved: list[str] = []
    for thing, support in wanted:
        if len(moved) < count and _move(world, thing, support, standable_m, rng):
            moved.append(thing)
    return tuple(moved)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is to be moved."""

    thing: str
    """Its name."""
    to: str = ""
    """The label or name of a piece of furniture; "" is for whoever moves it to choose."""


def wishes(world: World, rng: np.random.Generator, text: str) -> tuple[Wish, ...]:
    """Return what "cup,book-2:table" asks for: a thing by its name, or any of a label, and after ":" where to.

    Raises InputError for a thing that nobody moves, or not there: before anything is moved.
    """
    things = [thing for thing in world.home.things if thing.name not in world.absent]
    moves = moves_of(world, int(rng.integers(2**31)), [thing.name for thing in things])
    free = [thing for thing in things if moves[thing.name]]
    chosen: dict[str, Wish] = {}
    for entry in text.split(","):
        word, _, to = (part.strip() for part in entry.partition(":"))
        called = [one.name for one in free if word in (one.name, one.label)]
        meant = [name for name in called if name not in chosen]
        if not meant:
            labels = sorted({one.label for one in free})
            raise InputError(
                f"nobody in {world.home.name} can move '{word}'{' once more' if called else ''}: what is moved there "
                f"is called {', '.join(labels)}.{did_you_mean(word, labels)}"
            )
        there = [name for name in meant if any(_is_on(support, to) for support in moves[name])]
        if not there:
            pieces = sorted({piece_of(support) for name in meant for support in moves[name]})
            raise InputError(
                f"'{word}' cannot be moved to '{to}': there is room for it on or in {', '.join(pieces)}."
                f"{did_you_mean(to, pieces)}"
            )
        name = there[int(rng.integers(len(there)))]
        chosen[name] = Wish(name, to)
    return tuple(chosen.values())


def move_things(world: World, rng: np.random.Generator, wanted: Sequence[Wish]) -> tuple[str, ...]:
    """Put things elsewhere, at rest; return the names of those for which there was room."""
    moves = moves_of(world, int(rng.integers(2**31)), [wish.thing for wish in wanted])
    standable_m = _standable(world)
    return tuple(
        wish.thing
        for wish in wanted
        if any(
            _move(world, wish.thing, support, standable_m, rng)
            for support in moves[wish.thing]
            if _is_on(support, wish.to)
        )
    )


def _is_on(support: str, piece: str) -> bool:
    """Return whether a support is of a piece of furniture, by its name or label; any is of "" ."""
    return piece in ("", piece_of(support), piece_of(support).rsplit("-", 1)[0])


def _wanted(world: World, seed: int, count: int) -> list[tuple[str, str]]:
    """Return things and the supports that they are to be moved to, each thing once."""
    found: dict[str, str] = {}
    for task in day_schedule(world, seed, DRAWN * count + 4).tasks:
        if task.verb == "move" and task.object not in found:
            found[task.object] = task.to
    return list(found.items())


def _standable(world: World) -> Float[np.ndarray, "n 2"]:
    """Return the places where a person can stand, doors open [m]."""
    ways = Ways(world, doors=False)
    return ways.middles_m[ways.open]


def _move(
    world: World, thing: str, support: str, standable_m: Float[np.ndarray, "n 2"], rng: np.random.Generator
) -> bool:
    """Put a thing on a support, if nothing is on it and there is room; else leave it."""
    if load_of(world, thing):
        return False
    before = world.X_WK(thing)
    for _ in put_places(world, thing, world.supports[support], standable_m, rng):
        return True  # it stands there now
    world.place(thing, before)
    return False

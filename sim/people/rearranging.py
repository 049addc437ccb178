"""Somebody moves things while nobody looks: as `day_schedule` says, and at once, so that nobody has to walk.

What is moved and where to is drawn as for the people of a simulated home: mostly to where such things belong, now and
then anywhere. Where it is put is a spot that a person who stands in the home reaches.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from sim.people.day import day_schedule
from sim.people.reach import put_places
from sim.people.route import Ways
from sim.worlds.built.resting import load_of
from sim.worlds.built.world import World

__all__ = ["rearrange"]

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

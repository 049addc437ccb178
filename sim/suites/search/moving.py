"""Between two visits somebody moves things: as `day_schedule` says, and at once, so that nobody has to walk.

What is moved and where to is drawn as for the people of a simulated home: mostly to where such things belong, now and
then anywhere. Where it is put is a spot that a person who stands in the home reaches.
"""

from __future__ import annotations

import numpy as np

from sim.people import day_schedule
from sim.people.reach import put_places
from sim.people.route import Ways
from sim.worlds import Home, World
from sim.worlds.built.resting import thing_bounds, touching

__all__ = ["rearranged"]

SHARES = 0.10, 0.15
"""So many of a home's things are moved between two visits, at least one."""
DRAWN = 4
"""So many times more tasks are drawn: some are walks, and for some things there is no room."""
TRIES = 8
"""What came to rest beside something may not do so when the home is built again: then other things are moved."""


def rearranged(home: Home, rng: np.random.Generator) -> tuple[Home, tuple[str, ...]]:
    """Return a home with some of its things elsewhere, at rest, and their names. Raises ConfigError where the home
    itself does not stand."""
    for _ in range(TRIES):
        after, moved = _rearranged(home, rng)
        with World(after) as again:
            if not again.trouble:
                return after, moved
    return home, ()


def _rearranged(home: Home, rng: np.random.Generator) -> tuple[Home, tuple[str, ...]]:
    """Return a home with some of its things elsewhere, and their names; built anew, it may not stand."""
    with World(home) as world:
        count = max(1, round(float(rng.uniform(*SHARES)) * len(home.things)))
        wanted = _wanted(world, int(rng.integers(2**31)), count)
        reachable = _standable(world)
        moved = []
        for thing, support in wanted:
            if len(moved) < count and _move(world, thing, support, reachable, rng):
                moved.append(thing)
        after = world.settled
    return after, tuple(moved)


def _wanted(world: World, seed: int, count: int) -> list[tuple[str, str]]:
    """Return things and the supports that they are to be moved to, each thing once."""
    found: dict[str, str] = {}
    for task in day_schedule(world, seed, DRAWN * count + 4).tasks:
        if task.verb == "move" and task.object not in found:
            found[task.object] = task.to
    return list(found.items())


def _standable(world: World) -> np.ndarray:
    """Return the places where a person can stand, doors open [m]."""
    ways = Ways(world, doors=False)
    return ways.middles_m[ways.open]


def _move(world: World, thing: str, support: str, standable_m: np.ndarray, rng: np.random.Generator) -> bool:
    """Put a thing on a support, if nothing is on it and there is room; else leave it."""
    if _carries(world, thing):
        return False
    before = world.X_WK(thing)
    for _ in put_places(world, thing, world.supports[support], standable_m, rng):
        return True  # it stands there now
    world.place(thing, before)
    return False


def _carries(world: World, thing: str) -> bool:
    """Whether something else rests on a thing."""
    low, high = thing_bounds(world, thing)
    for body in world.bodies.values():
        if body.kind == "thing" and body.name != thing and body.name not in world.absent:
            above = thing_bounds(world, body.name)[0][2] > (low[2] + high[2]) / 2 - 0.01
            if above and touching(world, body.name, thing) is not None:
                return True
    return False

"""What is sought on each visit to a home, from the seed alone: the same for every arm."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.sensors import camera_of
from sim.suites.search.moving import rearranged
from sim.suites.setup import Setup
from sim.suites.sight import Sight, Spot
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World, generate_home, truth_of

__all__ = ["HOUR_NS", "Sought", "Visit", "visits_of"]

HOUR_NS = 3600 * 10**9
HOURS = 2.0, 10.0
"""Between two visits, by chance."""
FAR_M = 2.0
"""What is sought is at least so far to go, unless nothing more is."""
TRIES = 12
"""So many starts are tried for that."""
PURPOSE = 9301


@dataclass(frozen=True, slots=True)
class Sought:
    """One thing to look for."""

    thing: str
    label: str
    """No other thing of the home has it."""
    start: Spot
    goal: Spot
    """The nearest place from where it is truly seen."""
    shortest_m: float
    """The way there."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a home."""

    number: int
    """From 1."""
    home: Home
    """As it stands then."""
    start_ns: int
    moved: dict[str, int]
    """Of every thing that was ever moved, the number of the visit before which that was last."""
    sought: tuple[Sought, ...]


@functools.lru_cache(maxsize=2)
def visits_of(seed: int, setup: Setup, visit_count: int, thing_count: int) -> tuple[Visit, ...]:
    """Return the visits to the home of a seed, with at most thing_count things to look for on each."""
    rng = np.random.default_rng((seed, PURPOSE))
    home, now_ns = generate_home(seed), 0
    moved: dict[str, int] = {}
    visits = []
    for number in range(1, visit_count + 1):
        if number > 1:
            home, names = rearranged(home, rng)
            moved.update(dict.fromkeys(names, number))
            now_ns += round(float(rng.uniform(*HOURS)) * HOUR_NS)
        sought = tuple(_sought(home, setup, thing_count, rng))
        visits.append(Visit(number, home, now_ns, dict(moved), sought))
    return tuple(visits)


def _sought(home: Home, setup: Setup, count: int, rng: np.random.Generator) -> Iterator[Sought]:
    """Yield things that are the only ones of their label and can be seen, by chance, each from a start by chance."""
    with World(home) as world:
        floor, camera = TrueFloor(world, setup.kind), camera_of(world, setup.camera, "fast")
        sight = Sight(world, setup.kind, camera, min_pixels=setup.min_pixels)
        objects, labels = truth_of(world).objects, Counter(thing.label for thing in home.things)
        single = [one for one in objects.values() if labels[one.label] == 1 and not one.hidden_in]
        near: list[Sought] = []
        left = count
        for index in rng.permutation(len(single)).tolist():
            if left == 0:
                return
            one = _from_somewhere(single[index].name, single[index].label, floor, sight, rng)
            if one is not None and one.shortest_m < FAR_M:
                near.append(one)
            elif one is not None:
                left -= 1
                yield one
        yield from near[:left]


def _from_somewhere(thing: str, label: str, floor: TrueFloor, sight: Sight, rng: np.random.Generator) -> Sought | None:
    """Return a thing with a start that is not near it; None where it is seen from nowhere."""
    farthest: Sought | None = None
    for _ in range(TRIES):
        p_m, yaw_rad = floor.any_spot(rng), float(rng.uniform(-np.pi, np.pi))
        goal = sight.first_spot(floor, floor.lengths_from(p_m), thing)
        if goal is None:
            return farthest
        shortest_m = floor.length_m(p_m, goal.p_m)
        if farthest is None or shortest_m > farthest.shortest_m:
            farthest = Sought(thing, label, Spot(float(p_m[0]), float(p_m[1]), yaw_rad), goal, shortest_m)
        if shortest_m >= FAR_M:
            break
    return farthest

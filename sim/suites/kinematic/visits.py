"""Visits to a home, each with some tasks, from the seed alone: the same for every arm.

After a task the home is as it is when what was asked for is done, whether the robot did it or, where it did not,
somebody else: so the next task begins in the same home for every arm, but that what a robot put somewhere stays where
the robot put it there, and goes back there if it is to be put back (`places`). Between two visits somebody moves
things, as in the suite `search`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.sensors import camera_of
from sim.suites.kinematic.choosing import Chooser, chain_m, fulfil
from sim.suites.kinematic.wishes import Wish
from sim.suites.search.moving import rearranged
from sim.suites.search.plan import HOUR_NS, HOURS
from sim.suites.setup import Setup
from sim.suites.sight import Spot
from sim.worlds import Home, World, generate_home
from spatialmem import InputError

__all__ = ["Draw", "Task", "Visit", "visits_of"]

LEAST_M = 2.0
"""A task leads so far at least: else another is drawn."""
TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is asked for in one episode."""

    kind: str
    start: Spot
    wishes: tuple[Wish, ...]
    legs_m: tuple[float, ...] = ()
    """How far it is to go for each wish, by the shortest chain."""
    home: Home | None = None
    """As it stands then."""
    after: Home | None = None
    """When somebody has done what was asked for."""
    goes_back: bool = False
    """A wish means something of the task before."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a home."""

    number: int
    """From 1."""
    start_ns: int
    tasks: tuple[Task, ...]


Draw = Callable[[Chooser, np.random.Generator, Sequence[Task]], "Task | None"]
"""Makes a task of a home as it stands. The tasks: all before it. None: it cannot be made."""


def visits_of(
    seed: int, setup: Setup, visit_count: int, draws: Sequence[Sequence[Draw]], purpose: int
) -> tuple[Visit, ...]:
    """Return the visits to the home of a seed. draws: for odd and even visits, what makes their tasks, one by one.

    Where a task cannot be made in a home, the visit has fewer.
    """
    rng = np.random.default_rng((seed, purpose))
    home, now_ns = generate_home(seed), 0
    visits: list[Visit] = []
    for number in range(1, visit_count + 1):
        if number > 1:
            home, _ = rearranged(home, rng)
            now_ns += round(float(rng.uniform(*HOURS)) * HOUR_NS)
        tasks: list[Task] = []
        for draw in draws[(number - 1) % len(draws)]:
            drawn = _drawn(home, setup, draw, rng, [*(task for visit in visits for task in visit.tasks), *tasks])
            if drawn is not None:
                task, home = drawn
                tasks.append(task)
        visits.append(Visit(number, now_ns, tuple(tasks)))
    return tuple(visits)


def _drawn(
    home: Home, setup: Setup, draw: Draw, rng: np.random.Generator, before: Sequence[Task]
) -> tuple[Task, Home] | None:
    """Return a task of a home, and the home when it is done."""
    for _ in range(TRIES):
        with World(home) as world:
            camera = camera_of(world, setup.camera, "fast")
            try:
                chooser = Chooser(world, setup.kind, camera, min_pixels=setup.min_pixels)
                task = draw(chooser, rng, before)
            except InputError:  # no floor to stand on, as the home is now
                return None
            if task is None:
                continue
            legs_m = chain_m(chooser, np.array(task.start.p_m), task.wishes)
            if not LEAST_M <= sum(legs_m) < float("inf"):
                continue
            if not all(fulfil(chooser, wish) for wish in task.wishes):
                continue
            after = world.settled
        with World(after) as again:
            if not again.trouble:
                return replace(task, legs_m=legs_m, home=home, after=after), after
    return None

"""Two to four sub-tasks in a row: something is looked at, brought, or put somewhere."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from sim.suites.kinematic.asking import asked_from, some_things
from sim.suites.kinematic.choosing import Chooser
from sim.suites.kinematic.visits import Task, Visit, visits_of
from sim.suites.kinematic.wishes import Wish
from sim.suites.setup import Setup

__all__ = ["COUNTS", "longhorizon_visits"]

COUNTS = 2, 4
"""So many sub-tasks has a task, by chance."""
KINDS = ("put", "fetch", "find")
PURPOSE = 9402


@functools.lru_cache(maxsize=2)
def longhorizon_visits(seed: int, setup: Setup, visit_count: int, task_count: int) -> tuple[Visit, ...]:
    """Return the visits to the home of a seed, with at most so many tasks on each."""
    return visits_of(seed, setup, visit_count, ((_in_a_row,) * task_count,), PURPOSE)


def _in_a_row(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """Put the cup on the sofa, look where the ball is, bring me the book."""
    start, at_m = asked_from(chooser, rng)
    count = int(rng.integers(COUNTS[0], COUNTS[1] + 1))
    things, pieces = some_things(chooser, rng, count, far_from_m=at_m), list(chooser.pieces(rng))
    if len(things) < COUNTS[0] or not pieces:
        return None
    wishes = []
    for number, thing in enumerate(things):
        kind = KINDS[int(rng.integers(len(KINDS)))]
        if kind == "put":
            wishes.append(Wish(kind="put", thing=thing, piece=pieces[number % len(pieces)]))
        else:
            wishes.append(Wish(kind="find" if kind == "find" else "fetch", thing=thing, at_m=at_m))
    return Task(kind=f"{len(wishes)}", start=start, wishes=tuple(wishes))

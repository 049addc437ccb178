"""What is asked for in a home: one thing, several that belong together, or what was meant before and is not named."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from sim.suites.kinematic.asking import asked_from, is_hidden, rests_in, rests_on, some_things, wish_back
from sim.suites.kinematic.choosing import Chooser
from sim.suites.kinematic.visits import Task, Visit, visits_of
from sim.suites.kinematic.wishes import Wish
from sim.suites.setup import Setup
from sim.worlds import World

__all__ = ["KINDS", "household_visits"]

KINDS = ("simple", "composite", "complex")
PURPOSE = 9401


@functools.lru_cache(maxsize=2)
def household_visits(seed: int, setup: Setup, visit_count: int) -> tuple[Visit, ...]:
    """Return the visits to the home of a seed, with a task of each kind on each.

    On odd visits the complex task says all of it itself, and the composite one puts things away behind a door; on even
    ones the complex task means what the simple task before it did, and the composite one gets out what was put away.
    """
    within, across = (_simple, _complex_within, _put_away), (_simple_from_furniture, _complex_across, _get_out)
    return visits_of(seed, setup, visit_count, (within, across), PURPOSE)


def _simple(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """Bring me the cup."""
    start, at_m = asked_from(chooser, rng)
    for thing in some_things(chooser, rng, 1, far_from_m=at_m):
        return Task(kind="simple", start=start, wishes=(Wish(kind="fetch", thing=thing, at_m=at_m),))
    return None


def _simple_from_furniture(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """The same with something that can be put back to where it was."""
    task = _simple(chooser, rng, before)
    return task if task is not None and rests_on(chooser.world, task.wishes[0].thing) else None


def _put_away(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """Put the bottle and the jar into the fridge, and bring me the ball."""
    start, at_m = asked_from(chooser, rng)
    closet = next(chooser.closets(rng), "")
    things = some_things(chooser, rng, 3, far_from_m=at_m)
    if not closet or len(things) < 3:
        return _put_together(chooser, rng, before)
    wishes = [Wish(kind="store", thing=thing, piece=closet) for thing in things[:2]]
    wishes.append(Wish(kind="fetch", thing=things[2], at_m=at_m))
    return Task(kind="composite", start=start, wishes=tuple(wishes))


def _get_out(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """Put the bottle on the counter, the jar there, too: what the visit before put away, if it is there still."""
    start, at_m = asked_from(chooser, rng)
    away = [thing for thing in _put_before(before) if is_hidden(chooser.world, thing)]
    inside = {rests_in(chooser.world, thing) for thing in away}
    pieces = [piece for piece in chooser.pieces(rng) if piece not in inside]
    if not away or not pieces:
        return _put_together(chooser, rng, before)
    wishes = [Wish(kind="put", thing=thing, piece=pieces[0]) for thing in away]
    others = [thing for thing in some_things(chooser, rng, 1, far_from_m=at_m) if thing not in away]
    wishes += [Wish(kind="fetch", thing=thing, at_m=at_m) for thing in others]
    return Task(kind="composite", start=start, wishes=tuple(wishes))


def _put_before(before: Sequence[Task]) -> list[str]:
    """Return what was put away by the last task that did so."""
    for task in reversed(before):
        stored = [wish.thing for wish in task.wishes if wish.kind == "store"]
        if stored:
            return stored
    return []


def _put_together(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """Put the book on the desk, put the clock there too, and bring me the ball."""
    start, at_m = asked_from(chooser, rng)
    piece = next(chooser.pieces(rng), None)
    things = some_things(chooser, rng, 3, off=piece or "", far_from_m=at_m)
    if piece is None or len(things) < 2:
        return None
    wishes = [Wish(kind="put", thing=thing, piece=piece) for thing in things[:2]]
    wishes += [Wish(kind="fetch", thing=thing, at_m=at_m) for thing in things[2:]]
    return Task(kind="composite", start=start, wishes=tuple(wishes))


def _complex_within(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """Bring me the cup, then the book; now put the first one back to where it was."""
    start, at_m = asked_from(chooser, rng)
    things = some_things(chooser, rng, 4, far_from_m=at_m)
    things.sort(key=lambda one: not rests_on(chooser.world, one))  # what is to go back comes from where it can be put
    back = wish_back(chooser.world, things[0], unnamed=2) if len(things) >= 2 else None
    if back is None:
        return None
    first, second = (Wish(kind="fetch", thing=thing, at_m=at_m) for thing in things[:2])
    return Task(kind="complex", start=start, wishes=(first, second, back))


def _complex_across(chooser: Chooser, rng: np.random.Generator, before: Sequence[Task]) -> Task | None:
    """Put what I asked for just now back to where it was, and bring me the book."""
    simple = next((task for task in reversed(before) if task.kind == "simple"), None)
    if simple is None:
        return None
    start, at_m = asked_from(chooser, rng)
    assert simple.home is not None
    with World(simple.home) as world:
        back = wish_back(world, simple.wishes[0].thing, unnamed=1)
    others = [one for one in some_things(chooser, rng, 2, far_from_m=at_m) if one != back.thing] if back else []
    if back is None or not others:
        return None
    fetch = Wish(kind="fetch", thing=others[0], at_m=at_m)
    return Task(kind="complex", start=start, wishes=(back, fetch), goes_back=True)

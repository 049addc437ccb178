"""Where a robot itself put things: there they stay in the tasks that follow, as long as nobody moves them, and from
there they are asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sim.poses import position_quaternion
from sim.suites.kinematic.asking import rests_on, wish_back
from sim.suites.kinematic.spots import gap_m
from sim.suites.kinematic.visits import Task
from sim.suites.kinematic.wishes import Wish
from sim.worlds import Home, World
from sim.worlds.built.resting import supports_of, thing_bounds
from sim.worlds.home import Thing

__all__ = ["KeptPlaces"]

SAME_M = 0.02
"""What has moved farther was moved by somebody."""
START_M = 0.23
"""What the robot left so near to where its next task begins is where it was planned: the base is as wide as that."""


class KeptPlaces:
    """By the names of things, where the plan has them since the robot put them, and where they truly are."""

    def __init__(self, going_back: Iterable[str] = ()) -> None:
        """going_back: what is asked for and then to be put back, sooner or later: it is where it can be put back to."""
        self._going_back = frozenset(going_back)
        self._places: dict[str, tuple[Thing, Thing]] = {}
        self._stood: dict[str, Wish | None] = {}
        """That a thing goes back to where it stood when it was asked for last; None where it cannot."""

    def keep(self, task: Task, world: World, fulfilled: Iterable[str]) -> None:
        """Take down where the things of a task are that are where they were asked to be."""
        assert task.after is not None
        planned = {thing.name: thing for thing in task.after.things}
        for wish in task.wishes:
            self._places.pop(wish.thing, None)
        on = supports_of(world)
        for name in sorted(set(fulfilled) - world.absent):
            if name in planned:
                p_WK, q_WK = position_quaternion(world.X_WK(name))
                support = on[name] or planned[name].support
                self._places[name] = planned[name], replace(planned[name], p_WK=p_WK, q_WK=q_WK, support=support)

    def applied(self, task: Task) -> Home:
        """Return the home of a task with them; as it was planned where it would not stand so, or in the robot."""
        assert task.home is not None
        own = {thing.name: self._own(thing) for thing in task.home.things}
        kept = [thing.name for thing in task.home.things if own[thing.name] is not thing]
        if not kept:
            return task.home
        with World(_with(task.home, own)) as world:
            if world.trouble:
                return task.home
            not_there = [name for name in kept if gap_m(*thing_bounds(world, name), task.start.p_m) < START_M]
            not_there += [name for name in self._going_back.intersection(kept) if not rests_on(world, name)]
        left = _with(task.home, {name: thing for name, thing in own.items() if name not in not_there})
        return left if not not_there or _stands(left) else task.home

    def asked(self, task: Task, home: Home) -> Task:
        """Return a task as it is asked for in a home: what goes back goes to where it truly stood when it was asked
        for."""
        named = [wish.thing for wish in task.wishes if wish.kind != "back" and wish.thing in self._going_back]
        if named:
            with World(home) as world:
                self._stood |= {name: wish_back(world, name, unnamed=0) for name in named}
        wishes = (
            replace(self._stood.get(wish.thing) or wish, unnamed=wish.unnamed) if wish.kind == "back" else wish
            for wish in task.wishes
        )
        return replace(task, wishes=tuple(wishes))

    def _own(self, thing: Thing) -> Thing:
        planned, own = self._places.get(thing.name, (thing, thing))
        return own if math.dist(thing.p_WK, planned.p_WK) <= SAME_M else thing


def _stands(home: Home) -> bool:
    with World(home) as world:
        return not world.trouble


def _with(home: Home, own: Mapping[str, Thing]) -> Home:
    """Return a home with some of its things elsewhere."""
    return replace(home, things=tuple(own.get(thing.name, thing) for thing in home.things))

"""Where a robot itself put things: there they stay in the tasks that follow, as long as nobody moves them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from sim.poses import position_quaternion
from sim.suites.kinematic.visits import Task
from sim.worlds import Home, World
from sim.worlds.built.resting import supports_of
from sim.worlds.home import Thing

__all__ = ["KeptPlaces"]

SAME_M = 0.02
"""What has moved farther was moved by somebody."""
START_M = 0.6
"""What was left so near to where the robot begins its next task is where it was planned: the robot stands there."""


class KeptPlaces:
    """By the names of things, where the plan has them since the robot put them, and where they truly are."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Thing, Thing]] = {}

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
        """Return the home of a task with them; as it was planned where it would not stand so."""
        assert task.home is not None
        start_m = task.start.p_m
        things = tuple(self._own(thing, start_m) for thing in task.home.things)
        if things == task.home.things:
            return task.home
        home = replace(task.home, things=things)
        with World(home) as world:
            return task.home if world.trouble else home

    def _own(self, thing: Thing, start_m: Float64[np.ndarray, "2"]) -> Thing:
        planned, own = self._places.get(thing.name, (thing, thing))
        is_kept = math.dist(thing.p_WK, planned.p_WK) <= SAME_M and math.dist(own.p_WK[:2], start_m) > START_M
        return own if is_kept else thing

"""Where a robot is to go in a home, and what a person does there meanwhile, from the seed alone: the same for all."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.people import Schedule, day_schedule
from sim.sensors import camera_of
from sim.suites.navigation.goals import Goal, Kind, nearest
from sim.suites.setup import Setup
from sim.suites.sight import Sight, Spot
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World, generate_home, truth_of

__all__ = ["TASKS", "Course", "course_of"]

TASKS = 40
"""What the person has to do: for as long as most robots need for ten goals. Then the person leaves."""
MIX: tuple[Kind, ...] = ("point", "room", "see", "reach", "point")
"""The kinds of goals, over and over, in an order by chance. Where a home has none of a kind left, it is a point."""
PURPOSE = 9302


@dataclass(frozen=True, slots=True)
class Course:
    """All that one seed asks."""

    home: Home
    start: Spot
    schedule: Schedule
    goals: tuple[Goal, ...]


@functools.lru_cache(maxsize=2)
def course_of(seed: int, setup: Setup, goal_count: int) -> Course:
    """Return the goals in the home of a seed. What is a goal the person leaves where it is."""
    rng, home = np.random.default_rng((seed, PURPOSE)), generate_home(seed)
    with World(home) as world:
        day = day_schedule(world, seed, TASKS)
        floor = TrueFloor(world, setup.kind)
        p_m, yaw_rad = floor.any_spot(rng), float(rng.uniform(-np.pi, np.pi))
        start = Spot(float(p_m[0]), float(p_m[1]), yaw_rad)
        wanted = [MIX[number % len(MIX)] for number in range(goal_count)]
        picked = {kind: _goals(kind, world, setup, floor, start, rng) for kind in MIX}
        goals = [next(picked[wanted[i]], None) or next(picked["point"]) for i in rng.permutation(goal_count).tolist()]
    names = {goal.name for goal in goals if goal.name}
    tasks = tuple(task for task in day.tasks if task.object not in names)
    return Course(home, start, Schedule(tasks, day.seed), tuple(goals))


def _goals(
    kind: Kind,
    world: World,
    setup: Setup,
    floor: TrueFloor,
    start: Spot,
    rng: np.random.Generator,
) -> Iterator[Goal]:
    """Yield goals of a kind that can truly be reached, by chance, each once; of points there is no end."""
    if kind == "point":
        while True:
            x, y = floor.any_spot(rng).tolist()
            yield Goal("point", "", "", (round(x, 3), round(y, 3)))
    sight = Sight(world, setup.kind, camera_of(world, setup.camera, "fast"), min_pixels=setup.min_pixels)
    goals = _rooms(world) if kind == "room" else _things(kind, world)
    for index in rng.permutation(len(goals)).tolist():
        if nearest(goals[index], world, floor, sight, start.p_m) is not None:
            yield goals[index]


def _rooms(world: World) -> list[Goal]:
    """Return the rooms of which there is one of the kind."""
    kinds = Counter(_kind_of(room.name) for room in world.home.rooms)
    return [Goal("room", r.name, _kind_of(r.name)) for r in world.home.rooms if kinds[_kind_of(r.name)] == 1]


def _kind_of(room: str) -> str:
    """Return what a room is for: bedroom of bedroom-2, living-room of living-room."""
    kind, _, number = room.rpartition("-")
    return kind if number.isdigit() else room


def _things(kind: Kind, world: World) -> list[Goal]:
    """Return the things that are not closed in, and the only ones of their label."""
    labels = Counter(thing.label for thing in world.home.things)
    objects = truth_of(world).objects.values()
    return [Goal(kind, one.name, one.label) for one in objects if labels[one.label] == 1 and not one.hidden_in]

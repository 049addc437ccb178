"""The episodes of `navigation`: goals one after the other, each from where the robot stands after the last one.

Before the first one the arms that remember what was before a visit have explored the home on a visit of its own, with
nobody at home. All arms may explore on their way: to go where nobody has seen yet is the navigator's to decide.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planners import navigation
from sim.sensors import camera_of
from sim.simulation import Simulation
from sim.suites.arms import ARMS, ArmMemory, Held, Seen
from sim.suites.driving import Budget, Outcome, drive, look_once
from sim.suites.frame import Report, Row
from sim.suites.metrics import ndtw, spaced
from sim.suites.navigation.figures import report_of
from sim.suites.navigation.goals import Goal, error_m, is_reached, nearest
from sim.suites.navigation.plan import TASKS, Course, course_of
from sim.suites.setup import Setup
from sim.suites.sight import Sight, Spot
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from spatialmem import Planner, SpatialMemory

__all__ = ["NavigationSuite"]

HOUR_NS = 3600 * 10**9
"""After the home was explored, or surveyed, the visit begins."""
EXPLORING = Budget(600.0, 1800.0)
"""More than any of these homes needs."""


@dataclass(frozen=True, kw_only=True)
class NavigationSuite:
    """Goes to points, rooms and things in homes where a person walks about."""

    goals: int = 10
    """In each home."""
    setup: Setup = field(default_factory=Setup)

    name = "navigation"
    arms = ARMS

    @property
    def episode_count(self) -> int:
        """How many episodes a seed has with one arm."""
        return self.goals

    def settings(self) -> dict[str, Any]:
        """Return what its rows depend on."""
        return {
            "goals": self.goals,
            "person_tasks": TASKS,
            "budget_shortest": Budget.PER_SHORTEST,
            "budget_least_m": Budget.LEAST_M,
            "setup": self.setup.as_dict(),
        }

    def trial(self, seed: int, arm: str) -> _Trial:
        """Return the episodes of a seed with an arm."""
        return _Trial(course_of(seed, self.setup, self.goals), seed, arm, self.setup)

    def report(self, rows: Sequence[Row]) -> Report:
        """Return what rows come to."""
        return report_of(rows)


class _Trial:
    def __init__(self, course: Course, seed: int, arm: str, setup: Setup):
        self._course, self._arm, self._setup = course, arm, setup
        self._memory = ArmMemory(arm, setup)
        self._explored: dict[str, Any] = {}
        if arm in ("long", "both"):
            data, seen, self._explored = _explored(seed, setup, len(course.goals))
            self._memory.remember(data, seen)
        self._memory.begin_visit(course.home, self._tell_truth, last=True)
        self._simulation = setup.simulation(
            course.home, course.start.X_WB, seed=seed, start_ns=HOUR_NS, schedule=course.schedule
        )

    def about(self) -> list[Mapping[str, Any]]:
        """Return the goals."""
        return [{**goal.as_dict(), "success": False} for goal in self._course.goals]

    def close(self) -> None:
        """Stop the simulation."""
        self._simulation.close()

    def run(self, number: int) -> Row:
        """Go to one goal."""
        goal, simulation = self._course.goals[number], self._simulation
        world = simulation.world
        floor = TrueFloor(world, self._setup.kind)
        sight = Sight(world, self._setup.kind, simulation.sensor.camera, min_pixels=self._setup.min_pixels)
        start_m = simulation.robot.X_WB()[:2, 3]
        target = nearest(goal, world, floor, sight, start_m)
        way_m = None if target is None else floor.way(start_m, target.p_m)
        shortest_m = floor.diameter_m if way_m is None else float(np.hypot(*np.diff(way_m, axis=0).T).sum())
        budget, held = Budget.of(shortest_m), self._memory.begin_episode()
        planner = self._planner(goal, target)
        ever = [False]

        def look() -> None:
            ever[0] = ever[0] or is_reached(goal, simulation)

        came = drive(simulation, held, planner, budget, visit=1, each_frame=look)
        look_once(simulation, held, visit=1)
        reached = is_reached(goal, simulation)
        return {
            "success": came.end == "done" and reached,
            "reached": reached,
            "passed": ever[0] or reached,
            "reachable": way_m is not None,
            "shortest_m": round(shortest_m, 3),
            "budget_m": round(budget.metres, 3),
            "budget_s": round(budget.seconds, 3),
            "diameter_m": round(floor.diameter_m, 3),
            **self._where(goal, simulation, floor, sight, reached=reached),
            "ndtw": None if way_m is None else round(ndtw(spaced(came.path_m), spaced(way_m)), 4),
            **_told(came, planner, held[0]),
            "explored": self._explored if number == 0 else {},
        }

    def _where(
        self, goal: Goal, simulation: Simulation, floor: TrueFloor, sight: Sight, *, reached: bool
    ) -> dict[str, Any]:
        """Return how far the robot is from its goal, straight and over the floor; infinite where no way leads there."""
        stop_m = simulation.robot.X_WB()[:2, 3]
        place = nearest(goal, simulation.world, floor, sight, stop_m)
        left_m = 0.0 if reached else float("inf") if place is None else floor.length_m(stop_m, place.p_m)
        return {
            "stop": [round(float(c), 3) for c in stop_m],
            "error_m": round(error_m(goal, simulation.world, stop_m), 3),
            "geodesic_m": round(left_m, 3),
        }

    def _planner(self, goal: Goal, target: Spot | None) -> Planner:
        config = self._setup.navigation
        if self._arm == "oracle" and target is not None:
            if goal.kind in ("point", "room"):
                return navigation.Navigator((target.x_m, target.y_m), explore=True, config=config)
            return navigation.Navigator(target.as_stand(), explore=True, config=config)
        if goal.kind == "point":
            return navigation.Navigator(goal.p_m, explore=True, config=config)
        to = goal.kind if goal.kind in ("see", "reach") else None
        return navigation.Navigator(goal.words, to=to, explore=True, config=config)

    def _tell_truth(self, memory: SpatialMemory) -> None:
        with World(self._course.home) as world:
            camera = camera_of(world, self._setup.camera, "fast")
            surveyed(world, self._setup, camera, TrueFloor(world, self._setup.kind), memory, 0)


@functools.lru_cache(maxsize=2)
def _explored(seed: int, setup: Setup, goal_count: int) -> tuple[bytes, dict[str, Seen], dict[str, Any]]:
    """Let a robot explore the home; return its memory, what was in view, and what came of it."""
    course = course_of(seed, setup, goal_count)
    held = Held(setup.memory(course.home))
    planner = navigation.Explorer(config=setup.navigation)
    with setup.simulation(course.home, course.start.X_WB, seed=seed, start_ns=0) as simulation:
        came = drive(simulation, [held], planner, EXPLORING, visit=0)
    told = {"end": came.end, "reason": came.reason, "metres": round(came.metres, 3), "seconds": round(came.seconds, 3)}
    return held.memory.dump(), held.seen, told


def _told(came: Outcome, planner: Planner, held: Held) -> dict[str, Any]:
    """Return what came of a drive, as plain values."""
    return {
        "end": came.end,
        "reason": came.reason,
        "metres": round(came.metres, 3),
        "seconds": round(came.seconds, 3),
        "replans": [replan.reason for replan in getattr(planner, "replans", [])],
        "bumps": [bump.as_dict() for bump in came.bumps],
        "rejected": came.rejected,
        "frames": came.frames,
        "state_hash": held.memory.view().state_hash(),
        "wall": came.wall(),
    }

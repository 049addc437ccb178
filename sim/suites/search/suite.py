"""The episodes of `search`: the robot is put somewhere in the home and told the label of a thing.

It has found the thing when it says so, the camera has shown the true thing within the second before or shows it in the
next picture that it takes standing, and the thing is within 3 m. Something else that it takes for the thing is a
failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from planners import navigation
from sim.sensors import camera_of
from sim.simulation import Simulation
from sim.suites.arms import ARMS, ArmMemory, Held
from sim.suites.driving import Budget, Outcome, drive, look_once
from sim.suites.frame import Report, Row
from sim.suites.search.figures import report_of
from sim.suites.search.moving import SHARES
from sim.suites.search.plan import HOURS, Sought, Visit, visits_of
from sim.suites.setup import Setup
from sim.suites.sight import SEE_M, away_m
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from spatialmem import Planner, SpatialMemory

__all__ = ["SearchSuite"]

SHOWN_S = 1.0
"""What a picture has shown so short a time ago is in view: at the edge of what a detector finds things come and go."""
BETWEEN_NS = 120 * 10**9
"""From the end of an episode to the next: the robot is carried to where that begins."""


@dataclass(frozen=True, kw_only=True)
class SearchSuite:
    """Looks for things in homes that are visited several times."""

    visits: int = 5
    things: int = 2
    """Sought on each visit."""
    setup: Setup = field(default_factory=Setup)

    name = "search"
    arms = ARMS

    @property
    def episode_count(self) -> int:
        """How many episodes a seed has with one arm, at most."""
        return self.visits * self.things

    def settings(self) -> dict[str, Any]:
        """Return what its rows depend on."""
        return {
            "visits": self.visits,
            "things_a_visit": self.things,
            "hours_between": list(HOURS),
            "moved_share": list(SHARES),
            "found_within_m": SEE_M,
            "budget_shortest": Budget.PER_SHORTEST,
            "budget_least_m": Budget.LEAST_M,
            "setup": self.setup.as_dict(),
        }

    def trial(self, seed: int, arm: str) -> _Trial:
        """Return the episodes of a seed with an arm."""
        return _Trial(visits_of(seed, self.setup, self.visits, self.things), seed, arm, self.setup)

    def report(self, rows: Sequence[Row]) -> Report:
        """Return what rows come to."""
        return report_of(rows)


class _Trial:
    def __init__(self, visits: Sequence[Visit], seed: int, arm: str, setup: Setup):
        self._seed, self._arm, self._setup = seed, arm, setup
        self._memory = ArmMemory(arm, setup)
        self._episodes = [(visit, sought) for visit in visits for sought in visit.sought]
        self._visit: Visit | None = None
        self._now_ns = 0

    def about(self) -> list[Mapping[str, Any]]:
        """Return what is sought, and when."""
        return [_about(visit, sought) for visit, sought in self._episodes]

    def close(self) -> None:
        """Hold nothing any more."""
        self._episodes = []

    def run(self, number: int) -> Row:
        """Look for one thing."""
        visit, sought = self._episodes[number]
        self._come_to(visit)
        held = self._memory.begin_episode()
        stale = _staleness(held[0], visit, sought.thing)
        planner = self._planner(sought)
        start_ns, seed = self._now_ns, self._seed * 1000 + number
        with self._setup.simulation(visit.home, sought.start.X_WB, seed=seed, start_ns=start_ns) as simulation:
            try:
                came = drive(simulation, held, planner, Budget.of(sought.shortest_m), visit=visit.number)
                shown = came.shown(simulation.elapsed_s, SHOWN_S) | look_once(simulation, held, visit=visit.number)
            finally:
                self._now_ns = simulation.clock.now_ns() + BETWEEN_NS
            return {**stale, **_row(simulation, came, planner, sought, shown, held[0].memory)}

    def _come_to(self, visit: Visit) -> None:
        """End the visit before, if there was one, and begin this one."""
        if self._visit is not visit:
            self._memory.end_visit()
            self._visit, self._now_ns = visit, max(visit.start_ns, self._now_ns)
            last = visit is self._episodes[-1][0]
            self._memory.begin_visit(visit.home, lambda memory: self._tell_truth(visit, memory), last=last)

    def _tell_truth(self, visit: Visit, memory: SpatialMemory) -> None:
        """Survey the home as it stands on this visit."""
        with World(visit.home) as world:
            camera = camera_of(world, self._setup.camera, "fast")
            floor = TrueFloor(world, self._setup.kind)
            self._now_ns = surveyed(world, self._setup, camera, floor, memory, self._now_ns) + BETWEEN_NS

    def _planner(self, sought: Sought) -> Planner:
        config = self._setup.navigation
        if self._arm == "oracle":
            return navigation.Navigator(sought.goal.as_stand(), config=config)
        return navigation.Searcher(sought.label, config=config)


def _about(visit: Visit, sought: Sought) -> dict[str, Any]:
    budget = Budget.of(sought.shortest_m)
    return {
        "visit": visit.number,
        "goal": sought.thing,
        "start": _rounded(asdict(sought.start)),
        "first_seen_from": _rounded(asdict(sought.goal)),
        "shortest_m": round(sought.shortest_m, 3),
        "budget_m": round(budget.metres, 3),
        "budget_s": round(budget.seconds, 3),
        "success": False,
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def _staleness(held: Held, visit: Visit, thing: str) -> dict[str, Any]:
    """Return how many visits ago the thing was last in view of what the memory was told, and if it was moved since."""
    last = held.seen[thing].visit if thing in held.seen else None
    moved = visit.moved.get(thing, 0)
    since = None if last is None else visit.number - last
    return {"visits_since_seen": since, "moved_since": last is not None and moved > last}


def _row(
    simulation: Simulation,
    came: Outcome,
    planner: Planner,
    sought: Sought,
    shown: frozenset[str],
    memory: SpatialMemory,
) -> Row:
    p_m = simulation.robot.X_WB()[:2, 3]
    away = away_m(simulation.world, sought.thing, p_m)
    in_view = sought.thing in shown
    found = getattr(planner, "found", None)
    return {
        "success": came.end == "done" and in_view and away <= SEE_M,
        "end": came.end,
        "reason": came.reason,
        "found": None if found is None else found.name,
        "metres": round(came.metres, 3),
        "seconds": round(came.seconds, 3),
        "in_view": in_view,
        "away_m": round(away, 3),
        "bumps": [bump.as_dict() for bump in came.bumps],
        "rejected": came.rejected,
        "frames": came.frames,
        "state_hash": memory.view().state_hash(),
        "wall": came.wall(),
    }

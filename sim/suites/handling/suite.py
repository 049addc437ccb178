"""The episodes of `handling`: the robot is shown something, looks away, and is asked.

Half of the questions are asked on the same visit, half on the next one, hours later. There is nothing to drive for, so
there is no oracle: the truth answers everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.simulation import Simulation
from sim.suites.arms import ArmMemory, Held
from sim.suites.frame import Report, Row
from sim.suites.handling.asking import NEAR_M, asked
from sim.suites.handling.figures import report_of
from sim.suites.handling.scenes import KINDS, Scene, scene_of
from sim.suites.handling.showing import Show
from sim.suites.kinematic.camera import with_naming
from sim.suites.kinematic.hand import KinematicHand
from sim.suites.recording import EpisodeRecord
from sim.suites.search.plan import HOUR_NS
from sim.suites.setup import Setup
from spatialmem import Input

__all__ = ["HandlingSuite"]

TURN_RAD = 2.8
"""So far it turns from the table."""
HOURS = 3
"""Between two visits."""


@dataclass(frozen=True, kw_only=True)
class HandlingSuite:
    """Asks what became of things that were handled."""

    rounds: int = 2
    """Of all kinds of questions; in every second one it is asked on the next visit."""
    setup: Setup = field(default_factory=lambda: Setup(robot="differential"))
    record: Path | None = None
    """A folder in which every episode is recorded, from the question on."""

    name = "handling"
    arms = ("none", "short", "long", "both")

    @property
    def episode_count(self) -> int:
        """How many episodes a seed has with one arm."""
        return self.rounds * len(KINDS)

    def settings(self) -> dict[str, Any]:
        """Return what its rows depend on."""
        own = {"rounds": self.rounds, "kinds": list(KINDS), "hours_between": HOURS, "right_within_m": NEAR_M}
        return {**own, "setup": self.setup.as_dict()}

    def trial(self, seed: int, arm: str) -> _Trial:
        """Return the episodes of a seed with an arm."""
        return _Trial(seed, arm, self.setup, self.rounds, self.record)

    def report(self, rows: Sequence[Row]) -> Report:
        """Return what rows come to."""
        return report_of(rows)


class _Trial:
    def __init__(self, seed: int, arm: str, setup: Setup, rounds: int, record: Path | None):
        self._seed, self._arm, self._setup, self._record = seed, arm, setup, record
        kinds = [(kind, number) for number in range(rounds) for kind in KINDS]
        scenes = [(scene_of(seed, i, kind, setup.kind), number) for i, (kind, number) in enumerate(kinds)]
        self._episodes = [(scene, number) for scene, number in scenes if scene is not None]

    def about(self) -> list[Mapping[str, Any]]:
        """Return what is asked, and when."""
        return [
            {"kind": scene.kind, "later": number % 2 == 1, "asked": _words(scene), "success": False}
            for scene, number in self._episodes
        ]

    def close(self) -> None:
        """Hold nothing any more."""
        self._episodes = []

    def run(self, number: int) -> Row:
        """Show one scene, and ask."""
        scene, turn = self._episodes[number]
        memory, later = ArmMemory(self._arm, self._setup), turn % 2 == 1
        memory.begin_visit(scene.home)
        with self._setup.simulation(scene.home, scene.start.X_WB, seed=self._seed * 1000 + number, start_ns=0) as home:
            with_naming(home, self._setup, self._seed)
            hand = KinematicHand(home.world, home.robot)
            hand.report_through(home)
            show = Show(home, memory.begin_episode(), hand)
            show.play(scene)
            show.turn(TURN_RAD)
            if later:
                memory.end_visit()
                memory.begin_visit(scene.home, last=True)
                home.clock.advance(HOURS * HOUR_NS)
            held = memory.begin_episode()
            self._look_away(home, held, hand, number)
            view = held[0].memory.view()
            right, answer = asked(view, scene, home.world, show.was_W)
        return {"success": right, "answer": answer, "state_hash": view.state_hash(), "wall": {}}

    def _look_away(self, home: Simulation, held: tuple[Held, ...], hand: KinematicHand, number: int) -> None:
        """Let the robot look round a little with its back to the table; of this alone `none` knows."""
        name, told = f"{self._seed:03d}-{self._arm}-{number:02d}", list[Input]()
        record = None if self._record is None else EpisodeRecord(self._record, name, held[0].memory)
        Show(home, held, hand, told=told).turn(-0.3)
        if record is not None:
            record.take(iter(told))
            record.finish({"seed": self._seed, "arm": self._arm, "episode": number})


def _words(scene: Scene) -> str:
    return {
        "shell game": f"which basket is the {scene.label} in, after {len(scene.swaps)} changes",
        "put back": f"where was the {scene.label} before",
        "which container": f"what is the {scene.label} in",
        "colour": f"which is the {scene.color} {scene.label}",
        "count": f"how many of {scene.label} are there, {len(scene.taken)} taken away",
    }[scene.kind]

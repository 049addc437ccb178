"""The episodes of `longhorizon`: the robot is told several things at once, and does them one after the other.

A sub-task that fails does not end the task. One that something is looked for has succeeded with the thing in view
within 3 m, as in the suite `search`; the others by where the thing truly is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.suites.arms import ARMS
from sim.suites.frame import Report, Row
from sim.suites.kinematic.camera import kinematic_setup
from sim.suites.kinematic.trials import TaskTrial, task_settings
from sim.suites.longhorizon.figures import report_of
from sim.suites.longhorizon.plan import COUNTS, longhorizon_visits
from sim.suites.setup import Setup

__all__ = ["LonghorizonSuite"]


@dataclass(frozen=True, kw_only=True)
class LonghorizonSuite:
    """Does two to four things in a row, in homes that are visited several times."""

    visits: int = 2
    tasks: int = 2
    """On each visit."""
    setup: Setup = field(default_factory=kinematic_setup)
    record: Path | None = None
    """A folder in which every episode is recorded."""

    name = "longhorizon"
    arms = ARMS

    @property
    def episode_count(self) -> int:
        """How many episodes a seed has with one arm, at most."""
        return self.visits * self.tasks

    def settings(self) -> dict[str, Any]:
        """Return what its rows depend on."""
        own = {"visits": self.visits, "tasks_a_visit": self.tasks, "sub_tasks": list(COUNTS)}
        own["a_fetch_leads_to"] = ["the thing", "who asked, once it was held"]
        return {**own, **task_settings(self.setup)}

    def trial(self, seed: int, arm: str) -> TaskTrial:
        """Return the episodes of a seed with an arm."""
        visits = longhorizon_visits(seed, self.setup, self.visits, self.tasks)
        return TaskTrial(visits, seed, arm, self.setup, goes_on=True, record=self.record)

    def report(self, rows: Sequence[Row]) -> Report:
        """Return what rows come to."""
        return report_of(rows)

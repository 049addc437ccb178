"""The episodes of `household`: the robot is somewhere in the home and is asked for something.

It has done it when every thing truly is where it was asked to be; what the planner says of it does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.suites.arms import ARMS
from sim.suites.frame import Report, Row
from sim.suites.household.figures import report_of
from sim.suites.household.plan import KINDS, household_visits
from sim.suites.kinematic.camera import kinematic_setup
from sim.suites.kinematic.trials import TaskTrial, task_settings
from sim.suites.setup import Setup

__all__ = ["HouseholdSuite"]


@dataclass(frozen=True, kw_only=True)
class HouseholdSuite:
    """Brings and puts away things in homes that are visited several times."""

    visits: int = 2
    setup: Setup = field(default_factory=kinematic_setup)
    record: Path | None = None
    """A folder in which every episode is recorded."""

    name = "household"
    arms = ARMS

    @property
    def episode_count(self) -> int:
        """How many episodes a seed has with one arm, at most."""
        return self.visits * len(KINDS)

    def settings(self) -> dict[str, Any]:
        """Return what its rows depend on."""
        return {"visits": self.visits, "kinds": list(KINDS), **task_settings(self.setup)}

    def trial(self, seed: int, arm: str) -> TaskTrial:
        """Return the episodes of a seed with an arm."""
        visits = household_visits(seed, self.setup, self.visits)
        return TaskTrial(visits, seed, arm, self.setup, goes_on=False, record=self.record)

    def report(self, rows: Sequence[Row]) -> Report:
        """Return what rows come to."""
        return report_of(rows)

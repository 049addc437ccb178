"""A suite whose episodes are numbers: for tests of what runs suites. It breaks where it is told to."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any

from sim.suites.comparing import by_arm, figure, lined, mean_over, share
from sim.suites.frame import Chart, Report, Row, Table

__all__ = ["CountedSuite"]


@dataclass(frozen=True)
class CountedSuite:
    """Episode k of a seed with an arm is worth seed + k, and is a success with the arm "both"."""

    episodes: int = 3
    raises: tuple[int, str, int] | None = None
    """The episode that raises: seed, arm and number; with the number -1, the trial does."""
    dies: tuple[int, str, int] | None = None
    """The episode at which the process dies."""
    interrupts: tuple[int, str, int] | None = None
    """The episode during which somebody presses Ctrl-C."""

    name = "counted"
    arms = "none", "both"

    @property
    def episode_count(self) -> int:
        return self.episodes

    def settings(self) -> dict[str, Any]:
        return {"episodes": self.episodes}

    def trial(self, seed: int, arm: str) -> _Trial:
        if self.raises == (seed, arm, -1):
            raise ValueError("this home does not stand")
        return _Trial(self, seed, arm)

    def report(self, rows: Any) -> Report:
        arms = {arm: mean_over(ones, _success) for arm, ones in by_arm(rows).items()}
        table = Table("counted", ("arm", "SR %"), tuple((arm, share(one)) for arm, one in arms.items()))
        chart = Chart("counted", "all", ("all",), tuple(lined(arm, [one]) for arm, one in arms.items()))
        return Report({arm: figure(one) for arm, one in arms.items()}, (table,), (chart,))


def _success(row: Row) -> float:
    return float(row.get("success", False))


class _Trial:
    def __init__(self, suite: CountedSuite, seed: int, arm: str):
        self.suite, self.seed, self.arm, self.sum = suite, seed, arm, 0

    def about(self) -> list[dict[str, Any]]:
        return [{"goal": f"g{k}"} for k in range(self.suite.episodes)]

    def run(self, number: int) -> dict[str, Any]:
        here = self.seed, self.arm, number
        if here == self.suite.raises:
            raise RuntimeError("a wheel came off")
        if here == self.suite.dies:
            os._exit(7)
        if here == self.suite.interrupts:
            os.kill(os.getpid(), signal.SIGINT)
        self.sum += self.seed + number  # carried over, as a memory is
        return {"success": self.arm == "both", "sum": self.sum, "wall": {"step_ms": 0.1}}

    def close(self) -> None:
        self.sum = 0

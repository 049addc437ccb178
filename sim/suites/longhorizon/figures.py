"""What the rows of `longhorizon` come to: whole tasks, sub-tasks, and sub-tasks in a row (after LH-VLN, 2025)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.suites.comparing import by_arm, lined, mean_over, ratio_over, share, shown
from sim.suites.frame import Chart, Report, Row, Table
from sim.suites.intervals import Interval
from sim.suites.kinematic.figures import counts_of, figures_of, overall, plain, spl_of, success_of
from sim.suites.metrics import cgt_each, csr_each, mean_of
from sim.suites.search.figures import effort_m

__all__ = ["report_of"]

NEAR_M = 1.0
"""Who came so near to where a sub-task leads would have done it, for OSR."""
NOTES = (
    "SR: share of tasks with every sub-task done; OSR: that came within 1 m of where each of them leads, or did it",
    "ISR: share of all sub-tasks that were done",
    "CSR: sub-tasks done, where one that follows a success counts as many times as the task has sub-tasks; 1: all",
    "CGT: the same, each weighted by its share of the task's true way",
    "SPL: SR weighted by the shortest chain over the metres driven",
    "NE: metres in a straight line from where the robot ended a sub-task to where it leads",
    "a fetch leads to the thing until the hand has held it, then to who asked; find: to the thing, put: to its target",
)


def report_of(rows: Sequence[Row]) -> Report:
    """Return tables, charts and figures; of the arms that there are."""
    arms = by_arm(rows)
    found = {arm: _measures(ones) for arm, ones in arms.items()}
    figures: dict[str, Any] = {
        arm: {**plain(figures_of(arms, arm)), **plain(found[arm]), **counts_of(ones)} for arm, ones in arms.items()
    }
    return Report(
        figures=figures,
        tables=(_measured(arms, found), overall(arms, "the same tasks; means with 95 % intervals over seeds")),
        charts=_charts(arms),
    )


def _done(row: Row) -> list[bool]:
    """Return which sub-tasks were done; none of an episode that broke off."""
    turns = row.get("turns")
    return [False] * len(row.get("legs_m", ())) if turns is None else [bool(turn["fulfilled"]) for turn in turns]


def _osr(row: Row) -> float:
    turns = row.get("turns", ())
    nearest = [min(turn["nearest_m"], turn["stop_m"]) for turn in turns]
    return float(bool(turns) and all(t["fulfilled"] or m <= NEAR_M for t, m in zip(turns, nearest, strict=True)))


def _ne(row: Row) -> float:
    return mean_of([turn["stop_m"] for turn in row.get("turns", ())])


def _csr(row: Row) -> float:
    done = _done(row)
    return csr_each(done) if done else math.nan


def _cgt(row: Row) -> float:
    done = _done(row)
    return cgt_each(done, row["legs_m"]) if done else math.nan


def _measures(rows: list[Row]) -> dict[str, Interval]:
    return {
        "sr": mean_over(rows, success_of),
        "osr": mean_over(rows, _osr),
        "isr": ratio_over(rows, lambda row: float(sum(_done(row))), lambda row: float(len(_done(row)))),
        "csr": mean_over(rows, _csr),
        "cgt": mean_over(rows, _cgt),
        "spl": mean_over(rows, spl_of),
        "ne_m": mean_over(rows, _ne),
    }


def _measured(arms: dict[str, list[Row]], found: dict[str, dict[str, Interval]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        own = found[arm]
        shares = (share(own[name]) for name in ("sr", "osr", "isr", "csr", "cgt"))
        rows.append((arm, f"{len(ones)}", *shares, shown(own["spl"]), shown(own["ne_m"])))
    columns = ("arm", "tasks", "SR %", "OSR %", "ISR %", "CSR %", "CGT %", "SPL", "NE m")
    return Table("two to four sub-tasks in a row; 95 % intervals over seeds", columns, tuple(rows), notes=NOTES)


def _charts(arms: dict[str, list[Row]]) -> tuple[Chart, ...]:
    counts = sorted({len(row["legs_m"]) for ones in arms.values() for row in ones if row.get("legs_m")})
    charts = []
    for title, value in (("tasks done, share", success_of), ("metres, a failure counts its budget", effort_m)):
        lines = []
        for arm, ones in arms.items():
            own = [[row for row in ones if len(row.get("legs_m", ())) == count] for count in counts]
            lines.append(lined(arm, [mean_over(part, value) for part in own]))
        charts.append(Chart(title, "sub-tasks", tuple(str(count) for count in counts), tuple(lines)))
    return tuple(charts)

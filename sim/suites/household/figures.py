"""What the rows of `household` come to: done or not, by kind of task and by visit, beside no memory and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.suites.comparing import by_arm, lined, mean_over, share, shown
from sim.suites.frame import Chart, Report, Row, Table
from sim.suites.household.plan import KINDS
from sim.suites.kinematic.figures import NONE, TERMS, counts_of, figures_of, overall, plain, success_of
from sim.suites.search.figures import effort_m

__all__ = ["report_of"]

PARTS = (*KINDS, "complex, all said", "complex, of before")
"""Kinds of tasks; of the complex ones those that say all of it themselves, and those that mean the task before."""


def report_of(rows: Sequence[Row]) -> Report:
    """Return tables, charts and figures; of the arms that there are."""
    arms = by_arm(rows)
    figures: dict[str, Any] = {arm: _figures(arms, arm) for arm in arms}
    tables = [overall(arms, "tasks in a household; means with 95 % intervals over seeds"), _by_kind(arms)]
    if NONE in arms:
        tables.append(_against_none(arms))
    return Report(figures=figures, tables=tuple(tables), charts=_charts(arms))


def _is_in(part: str, row: Row) -> bool:
    if part in KINDS:
        return row.get("kind") == part
    return row.get("kind") == "complex" and bool(row.get("goes_back")) == (part == PARTS[-1])


def _figures(arms: dict[str, list[Row]], arm: str) -> dict[str, Any]:
    by_kind = {part: plain(figures_of(arms, arm, lambda row, part=part: _is_in(part, row))) for part in PARTS}
    return {**plain(figures_of(arms, arm)), **counts_of(arms[arm]), "by_kind": by_kind}


def _by_kind(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        own = [[row for row in ones if _is_in(part, row)] for part in PARTS]
        rows.append((f"{arm}, SR %", *(share(mean_over(part, success_of)) for part in own)))
        rows.append((f"{arm}, metres", *(shown(mean_over(part, effort_m), ".1f") for part in own)))
    notes = (
        "simple: one thing is brought; composite: several are put in one place, and one brought",
        "complex: what is put back, or where to, is not named; all said: it was asked for in the same task",
        "of before: it was asked for in the task before, which only a memory that lasts can know",
    )
    return Table("by kind of task", ("arm", *PARTS), tuple(rows), notes=notes)


def _against_none(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm in arms:
        found = [figures_of(arms, arm, lambda row, part=part: _is_in(part, row)) for part in PARTS if arm != NONE]
        if found:
            rows.append((f"{arm}, SR %", *(share(one["sr_more_than_none"], "+") for one in found)))
            rows.append((f"{arm}, metres", *(shown(one["metres_more_than_none"], "+.1f") for one in found)))
            rows.append((f"{arm}, SR / oracle", *(shown(one["sr_to_oracle"]) for one in found)))
            rows.append((f"{arm}, metres / oracle", *(shown(one["metres_to_oracle"]) for one in found)))
    title = "more than without a memory, on the same tasks, and beside the oracle"
    return Table(title, ("arm", *PARTS), tuple(rows), notes=(TERMS["SR"], TERMS["metres"], TERMS["oracle"]))


def _charts(arms: dict[str, list[Row]]) -> tuple[Chart, ...]:
    charts = []
    for title, value in (("tasks done, share", success_of), ("metres, a failure counts its budget", effort_m)):
        lines = [
            lined(arm, [mean_over([row for row in ones if _is_in(kind, row)], value) for kind in KINDS])
            for arm, ones in arms.items()
        ]
        charts.append(Chart(title, "kind of task", KINDS, tuple(lines)))
    return tuple(charts)

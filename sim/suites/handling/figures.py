"""What the rows of `handling` come to: the share of right answers, by kind of question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.suites.comparing import by_arm, lined, mean_over, share
from sim.suites.frame import Chart, Report, Row, Table
from sim.suites.handling.scenes import KINDS
from sim.suites.kinematic.figures import counts_of, plain, success_of

__all__ = ["report_of"]

NOTES = (
    "shell game: in which of alike baskets, after they changed places in view; put back: where it was before",
    "which container: what it was put in; colour: which of one kind has it; count: how many there are",
    "same visit, next visit: when it was asked",
)


def report_of(rows: Sequence[Row]) -> Report:
    """Return tables, charts and figures; of the arms that there are."""
    arms = by_arm(rows)
    figures: dict[str, Any] = {arm: _figures(ones) for arm, ones in arms.items()}
    lines = [lined(arm, [mean_over(_of(ones, kind), success_of) for kind in KINDS]) for arm, ones in arms.items()]
    chart = Chart("right answers, share", "kind of question", KINDS, tuple(lines))
    return Report(figures=figures, tables=(_table(arms),), charts=(chart,))


def _of(rows: Sequence[Row], kind: str) -> list[Row]:
    return [row for row in rows if row.get("kind") == kind]


def _figures(rows: list[Row]) -> dict[str, Any]:
    by_kind = {kind: mean_over(_of(rows, kind), success_of) for kind in KINDS}
    return {**plain({"right": mean_over(rows, success_of)}), "by_kind": plain(by_kind), **counts_of(rows)}


def _table(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        when = [[row for row in ones if bool(row.get("later")) is later] for later in (False, True)]
        parts = [*(_of(ones, kind) for kind in KINDS), *when, ones]
        rows.append((arm, f"{len(ones)}", *(share(mean_over(part, success_of)) for part in parts)))
    columns = ("arm", "asked", *KINDS, "same visit", "next visit", "all")
    return Table("right answers %; 95 % intervals over seeds", columns, tuple(rows), notes=NOTES)

"""What rows of tasks come to for every suite of tasks, and what the terms mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sim.suites.comparing import figure, mean_over, more, pairs_of, ratio_over, saved, share, shown, to_other
from sim.suites.frame import Row, Table
from sim.suites.intervals import Interval
from sim.suites.metrics import spl_each
from sim.suites.search.figures import effort_m, effort_s

__all__ = ["NONE", "ORACLE", "TERMS", "counts_of", "figures_of", "overall", "plain", "spl_of", "success_of"]

NONE, ORACLE = "none", "oracle"
TERMS = {
    "SR": "SR: share of tasks after which every thing truly was where it was asked to be",
    "SPL": "SPL: SR weighted by the shortest chain over the metres driven",
    "metres": "metres, seconds: of a task; one that failed counts its whole budget, 4 times the shortest chain",
    "oracle": "/ oracle: over that of a robot that was told where everything is, on the same tasks",
    "RE": "RE, RT: metres and seconds saved against the robot without a memory, as a share of what that one took",
    "MRA": "MRA: share of the memories that the planner went by which were of the very thing, truly there",
    "bumps": "bumps: how often the base was held up by what it did not see coming",
}
"""A line for each term."""

Arms = dict[str, list[Row]]
Which = Callable[[Row], bool]


def success_of(row: Row) -> float:
    """Return 1 for a task with all its wishes fulfilled, else 0."""
    return float(bool(row.get("success")))


def spl_of(row: Row) -> float:
    """Return success weighted by path length."""
    return spl_each(True, row["shortest_m"], row["metres"]) if row.get("success") else 0.0


def figures_of(arms: Arms, arm: str, which: Which = lambda _: True) -> dict[str, Interval]:
    """Return an arm's figures, of all tasks or only some."""
    rows = [row for row in arms[arm] if which(row)]
    to_none, to_oracle = (pairs_of(arms, arm, other, which) for other in (NONE, ORACLE))
    return {
        "sr": mean_over(rows, success_of),
        "spl": mean_over(rows, spl_of),
        "metres": mean_over(rows, effort_m),
        "seconds": mean_over(rows, effort_s),
        "metres_to_oracle": to_other(to_oracle, effort_m),
        "sr_to_oracle": to_other(to_oracle, success_of),
        "sr_more_than_none": more(to_none, success_of),
        "metres_more_than_none": more(to_none, effort_m),
        "re": saved(to_none, effort_m),
        "rt": saved(to_none, effort_s),
        "mra": ratio_over(
            rows, lambda row: float(row.get("recalled_right", 0)), lambda row: float(row.get("recalled", 0))
        ),
    }


def counts_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what is counted of an arm's rows."""
    return {
        "episodes": len(rows),
        "bumps": sum(len(row.get("bumps", [])) for row in rows),
        "errors": sum(bool(row["error"]) for row in rows),
        "wall_mean_s": round(sum(row["wall"].get("episode_s", 0.0) for row in rows) / max(len(rows), 1), 3),
    }


def plain(found: dict[str, Interval]) -> dict[str, Any]:
    """Return figures for JSON."""
    return {name: figure(one) for name, one in found.items()}


def overall(arms: Arms, title: str) -> Table:
    """Return the table of all tasks."""
    rows = []
    for arm, ones in arms.items():
        found = figures_of(arms, arm)
        rows.append(
            (
                arm,
                f"{len(ones)}",
                share(found["sr"]),
                shown(found["spl"]),
                shown(found["metres"], ".1f"),
                shown(found["seconds"], ".0f"),
                shown(found["metres_to_oracle"]),
                share(found["re"]),
                share(found["rt"]),
                share(found["mra"]),
                f"{counts_of(ones)['bumps']}",
            )
        )
    columns = ("arm", "tasks", "SR %", "SPL", "metres", "seconds", "metres / oracle", "RE %", "RT %", "MRA %", "bumps")
    return Table(title, columns, tuple(rows), notes=tuple(TERMS.values()))

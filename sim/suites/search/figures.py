"""What the rows of `search` come to: found or not, the metres, by visit and by how stale the memory is.

A failed episode counts its whole budget, in metres and in seconds, in every figure but SPL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.suites.comparing import (
    by_arm,
    figure,
    lined,
    mean_over,
    more,
    pairs_of,
    ratio_over,
    saved,
    share,
    shown,
    to_other,
)  # fmt: skip
from sim.suites.frame import Chart, Report, Row, Table
from sim.suites.intervals import Interval
from sim.suites.metrics import spl_each

__all__ = ["effort_m", "effort_s", "report_of", "stale_kind"]

STALE = ("never seen", "seen on this visit", "seen before, not moved since", "seen before, moved since")
NONE, ORACLE = "none", "oracle"
NAN = float("nan")


def effort_m(row: Row) -> float:
    """Return the metres that an episode counts."""
    return float(row["metres"]) if row.get("success") else float(row.get("budget_m", NAN))


def effort_s(row: Row) -> float:
    """Return the seconds that an episode counts."""
    return float(row["seconds"]) if row.get("success") else float(row.get("budget_s", NAN))


def stale_kind(row: Row) -> str:
    """Return how stale the memory was of what was sought."""
    since = row.get("visits_since_seen")
    if since is None:
        return STALE[0]
    return STALE[1] if since == 0 else STALE[3] if row.get("moved_since") else STALE[2]


def report_of(rows: Sequence[Row]) -> Report:
    """Return tables, charts and figures; of the arms that there are."""
    arms = by_arm(rows)
    visits = sorted({row["visit"] for row in rows if "visit" in row})
    figures: dict[str, Any] = {arm: _figures(arms, arm) for arm in arms}
    tables = [_overall(arms), _by_visit(arms, visits)]
    if NONE in arms:
        tables += [_against_none(arms, visits), _harm(arms)]
    return Report(figures=figures, tables=tuple(tables), charts=_charts(arms, visits))


def _success(row: Row) -> float:
    return float(bool(row.get("success")))


def _spl(row: Row) -> float:
    return spl_each(True, row["shortest_m"], row["metres"]) if row.get("success") else 0.0


def _of_pairs(
    arms: dict[str, list[Row]], arm: str, other: str, visits: set[int] | None = None
) -> list[tuple[Row, Row]]:
    """Return an arm's episodes with those of another, perhaps of some visits only."""
    return pairs_of(arms, arm, other, lambda row: visits is None or row.get("visit") in visits)


def _figures(arms: dict[str, list[Row]], arm: str) -> dict[str, Any]:
    rows = arms[arm]
    later = {visit for row in rows if (visit := row.get("visit", 1)) > 1}
    to_none, to_oracle = _of_pairs(arms, arm, NONE), _of_pairs(arms, arm, ORACLE)
    found: dict[str, Interval] = {
        "sr": mean_over(rows, _success),
        "spl": mean_over(rows, _spl),
        "metres": mean_over(rows, effort_m),
        "seconds": mean_over(rows, effort_s),
        "metres_to_shortest": ratio_over(rows, effort_m, lambda row: row.get("shortest_m", NAN)),
        "metres_to_oracle": to_other(to_oracle, effort_m),
        "metres_to_oracle_from_second_visit": to_other(_of_pairs(arms, arm, ORACLE, later), effort_m),
        "sr_to_oracle": to_other(to_oracle, _success),
        "re": saved(to_none, effort_m),
        "rt": saved(to_none, effort_s),
        "sr_more_than_none": more(to_none, _success),
        "sr_more_than_none_first_visit": more(_of_pairs(arms, arm, NONE, {1}), _success),
        "metres_more_than_none": more(to_none, effort_m),
    }
    counts = {
        "episodes": len(rows),
        "bumps": sum(len(row.get("bumps", [])) for row in rows),
        "bumps_into_seen": sum(bump["seen"] for row in rows for bump in row.get("bumps", [])),
        "errors": sum(bool(row["error"]) for row in rows),
    }
    return {**{name: figure(one) for name, one in found.items()}, **counts}


def _overall(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        to_none, to_oracle = _of_pairs(arms, arm, NONE), _of_pairs(arms, arm, ORACLE)
        bumps = [bump for row in ones for bump in row.get("bumps", [])]
        rows.append(
            (
                arm,
                f"{len(ones)}",
                share(mean_over(ones, _success)),
                shown(mean_over(ones, _spl)),
                shown(mean_over(ones, effort_m), ".1f"),
                shown(mean_over(ones, effort_s), ".0f"),
                shown(to_other(to_oracle, effort_m)),
                share(saved(to_none, effort_m)),
                share(saved(to_none, effort_s)),
                f"{sum(bump['seen'] for bump in bumps)} of {len(bumps)}",
            )
        )
    columns = ("arm", "episodes", "SR %", "SPL", "metres", "seconds", "metres / oracle", "RE %", "RT %", "bumps, seen")
    return Table("things found; means with 95 % intervals over seeds", columns, tuple(rows))


def _by_visit(arms: dict[str, list[Row]], visits: list[int]) -> Table:
    rows = []
    for arm, ones in arms.items():
        for name, words in (("SR %", lambda own: share(mean_over(own, _success))),
                            ("metres", lambda own: shown(mean_over(own, effort_m), ".1f"))):  # fmt: skip
            own = [[row for row in ones if row.get("visit") == visit] for visit in visits]
            rows.append((f"{arm}, {name}", *(words(part) for part in own)))
    return Table("by visit", ("arm", *(str(visit) for visit in visits)), tuple(rows))


def _against_none(arms: dict[str, list[Row]], visits: list[int]) -> Table:
    parts = [("all visits", set(visits)), ("the first", {1}), ("later ones", {v for v in visits if v > 1})]
    rows = []
    for arm in arms:
        for name, part in parts if arm != NONE else []:
            pairs, others = _of_pairs(arms, arm, NONE, part), _of_pairs(arms, arm, ORACLE, part)
            if pairs:
                told = (
                    share(more(pairs, _success), "+"),
                    shown(more(pairs, effort_m), "+.1f"),
                    shown(to_other(others, effort_m)),
                )
                rows.append((f"{arm}, {name}", *told))
    return Table(
        "more than without a memory, on the same episodes", ("arm", "SR %", "metres", "metres / oracle"), tuple(rows)
    )


def _harm(arms: dict[str, list[Row]]) -> Table:
    """How much more is found than without a memory, by how stale the memory is of what is sought."""
    rows = []
    for arm in arms:
        if arm in (NONE, ORACLE):
            continue
        pairs = _of_pairs(arms, arm, NONE)
        parts = [[pair for pair in pairs if stale_kind(pair[0]) == kind] for kind in STALE]
        rows.append((arm, *(f"{share(more(part, _success), '+')}, n {len(part)}" if part else "-" for part in parts)))
    return Table("SR more than without a memory %, by what the memory knew", ("arm", *STALE), tuple(rows))


def _charts(arms: dict[str, list[Row]], visits: list[int]) -> tuple[Chart, ...]:
    charts = []
    for title, value in (("things found, share", _success), ("metres, a failure counts its budget", effort_m)):
        series = [
            lined(arm, [mean_over([row for row in ones if row.get("visit") == visit], value) for visit in visits])
            for arm, ones in arms.items()
        ]
        charts.append(Chart(title, "visit", tuple(str(visit) for visit in visits), tuple(series)))
    return tuple(charts)

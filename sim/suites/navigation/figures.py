"""What the rows of `navigation` come to: goals reached, the ways there, what was run into, and how long steps take.

SR, SPL and the rest are as in `metrics`. In metres and seconds a failed episode counts its whole budget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.suites.comparing import by_arm, figure, lined, mean_over, paired, ratio_over, share, shown
from sim.suites.frame import Chart, Report, Row, Table
from sim.suites.intervals import Interval, clustered_mean
from sim.suites.metrics import NEAR_STOP_M, spl_each

__all__ = ["report_of"]

KINDS = ("point", "room", "see", "reach")
NONE = "none"
NAN = float("nan")


def report_of(rows: Sequence[Row]) -> Report:
    """Return tables, charts and figures; of the arms that there are."""
    arms = by_arm(rows)
    figures = {arm: _figures(ones, arms.get(NONE, [])) for arm, ones in arms.items()}
    tables = _overall(arms), _errors_table(arms), _by_kind(arms), _bumps(arms), _times(arms)
    return Report(figures=figures, tables=tables, charts=_charts(arms))


def _success(row: Row) -> float:
    return float(bool(row.get("success")))


def _passed(row: Row) -> float:
    return float(bool(row.get("passed")))


def _spl(row: Row) -> float:
    return spl_each(True, row["shortest_m"], row["metres"]) if row.get("success") else 0.0


def _effort_m(row: Row) -> float:
    return float(row["metres"]) if row.get("success") else float(row.get("budget_m", NAN))


def _effort_s(row: Row) -> float:
    return float(row["seconds"]) if row.get("success") else float(row.get("budget_s", NAN))


def _number(name: str) -> Any:
    return lambda row: NAN if row.get(name) is None else float(row[name])


def _near(row: Row) -> float:
    return float(_geodesic(row) <= NEAR_STOP_M)


def _geodesic(row: Row) -> float:
    """Return how far the stop is from the goal over the floor; the home's diameter where no way leads there."""
    away_m = row.get("geodesic_m")
    return float(row.get("diameter_m", NAN)) if away_m is None or not math.isfinite(away_m) else float(away_m)


def _figures(rows: Sequence[Row], none: Sequence[Row]) -> dict[str, Any]:
    pairs = paired(rows, none)
    seeds = [a["seed"] for a, _ in pairs]
    found: dict[str, Interval] = {
        "sr": mean_over(rows, _success),
        "osr": mean_over(rows, _passed),
        "spl": mean_over(rows, _spl),
        "ne_m": mean_over(rows, _number("error_m")),
        "spd_m": mean_over(rows, _geodesic),
        "tc": mean_over(rows, _near),
        "ndtw": mean_over(rows, _number("ndtw")),
        "metres": mean_over(rows, _effort_m),
        "seconds": mean_over(rows, _effort_s),
        "metres_to_shortest": ratio_over(rows, _effort_m, _number("shortest_m")),
        "sr_more_than_none": clustered_mean([_success(a) - _success(b) for a, b in pairs], seeds),
        "metres_more_than_none": clustered_mean([_effort_m(a) - _effort_m(b) for a, b in pairs], seeds),
    }
    bumps = [bump for row in rows for bump in row.get("bumps", [])]
    counts = {
        "episodes": len(rows),
        "replans": sum(len(row.get("replans", [])) for row in rows),
        "bumps": len(bumps),
        "bumps_into_seen": sum(bump["seen"] for bump in bumps),
        "bumps_into_mapped": sum(bump["mapped"] for bump in bumps),
        "errors": sum(bool(row["error"]) for row in rows),
        "failures": sorted({row.get("reason") or row["error"] for row in rows if not row.get("success")}),
    }
    return {**{name: figure(one) for name, one in found.items()}, **counts, "wall": _wall(rows)}


def _wall(rows: Sequence[Row]) -> dict[str, float]:
    """Return the median of the episodes' median steps, and of all episodes the largest of their figures."""
    steps = [row["wall"] for row in rows if not math.isnan(row["wall"].get("step_p50_ms") or NAN)]
    if not steps:
        return {}
    middle = sorted(one["step_p50_ms"] for one in steps)[len(steps) // 2]
    p99 = sorted(one["step_p99_ms"] for one in steps)
    return {
        "step_p50_ms": middle,
        "step_p99_ms_median": p99[len(p99) // 2],
        "step_p99_ms_most": p99[-1],
        "step_max_ms": max(one["step_max_ms"] for one in steps),
    }


def _overall(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        pairs = paired(ones, arms.get(NONE, []))
        more = clustered_mean([_success(a) - _success(b) for a, b in pairs], [a["seed"] for a, _ in pairs])
        rows.append(
            (
                arm,
                f"{len(ones)}",
                share(mean_over(ones, _success)),
                "-" if arm == NONE else share(more, "+"),
                shown(mean_over(ones, _spl)),
                shown(mean_over(ones, _effort_m), ".1f"),
                shown(mean_over(ones, _effort_s), ".0f"),
                shown(ratio_over(ones, _effort_m, _number("shortest_m"))),
            )
        )
    columns = ("arm", "episodes", "SR %", "more than none", "SPL", "metres", "seconds", "metres / shortest")
    return Table("goals reached; means with 95 % intervals over seeds", columns, tuple(rows))


def _errors_table(arms: dict[str, list[Row]]) -> Table:
    rows = [
        (
            arm,
            share(mean_over(ones, _passed)),
            shown(mean_over(ones, _number("error_m"))),
            shown(mean_over(ones, _geodesic)),
            share(mean_over(ones, _near)),
            shown(mean_over(ones, _number("ndtw"))),
        )
        for arm, ones in arms.items()
    ]
    return Table("where they stopped, and the ways", ("arm", "OSR %", "NE m", "SPD m", "TC %", "nDTW"), tuple(rows))


def _by_kind(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        parts = [[row for row in ones if row.get("kind") == kind] for kind in KINDS]
        rows.append((arm, *(f"{share(mean_over(part, _success))}, n {len(part)}" if part else "-" for part in parts)))
    return Table("SR % by the kind of goal", ("arm", *KINDS), tuple(rows))


def _bumps(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        bumps = [bump for row in ones for bump in row.get("bumps", [])]
        kinds = sorted({bump["kind"] or "nothing near" for bump in bumps})
        told = ", ".join(f"{kind} {sum((b['kind'] or 'nothing near') == kind for b in bumps)}" for kind in kinds)
        seen, mapped = sum(bump["seen"] for bump in bumps), sum(bump["mapped"] for bump in bumps)
        replans = sum(len(row.get("replans", [])) for row in ones)
        rows.append((arm, f"{len(bumps)}", f"{seen}", f"{mapped}", told or "-", f"{replans}"))
    columns = ("arm", "bumps", "into what was seen", "and was in the map", "into", "replans")
    return Table("what was in the way", columns, tuple(rows))


def _times(arms: dict[str, list[Row]]) -> Table:
    rows = []
    for arm, ones in arms.items():
        wall = _wall(ones)
        names = ("step_p50_ms", "step_p99_ms_median", "step_p99_ms_most", "step_max_ms")
        rows.append((arm, *(f"{wall[name]:.1f}" if name in wall else "-" for name in names)))
    columns = ("arm", "p50, median", "p99, median", "p99, most", "longest")
    return Table("the planner's steps by episode, ms", columns, tuple(rows))


def _charts(arms: dict[str, list[Row]]) -> tuple[Chart, ...]:
    charts = []
    for title, value in (("goals reached, share", _success), ("SPL", _spl)):
        series = [
            lined(arm, [mean_over([row for row in ones if row.get("kind") == kind], value) for kind in KINDS])
            for arm, ones in arms.items()
        ]
        charts.append(Chart(title, "kind of goal", KINDS, tuple(series)))
    return tuple(charts)

"""Arms beside each other: figures with intervals over seeds, paired differences, and the words that tables take."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sim.suites.frame import Row, Series
from sim.suites.intervals import Interval, clustered_mean, clustered_ratio

__all__ = [
    "by_arm", "figure", "lined", "mean_over", "more", "paired", "pairs_of", "ratio_over", "saved", "share", "shown",
    "to_other",
]  # fmt: skip

Value = Callable[[Row], float]
Pairs = Sequence[tuple[Row, Row]]
"""The same episode with two arms."""


def by_arm(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each arm, arms in the order in which they come first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["arm"], []).append(row)
    return found


def mean_over(rows: Sequence[Row], value: Value) -> Interval:
    """Return the mean of a value of each row, with its interval over seeds."""
    return clustered_mean([value(row) for row in rows], [row["seed"] for row in rows])


def ratio_over(rows: Sequence[Row], part: Value, whole: Value) -> Interval:
    """Return the sum of one value over the sum of another, with its interval over seeds."""
    return clustered_ratio([part(row) for row in rows], [whole(row) for row in rows], [row["seed"] for row in rows])


def paired(first: Sequence[Row], second: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return the episodes that both have: of the same seed and number."""
    others = {(row["seed"], row["episode"]): row for row in second}
    pairs = ((row, others.get((row["seed"], row["episode"]))) for row in first)
    return [(row, other) for row, other in pairs if other is not None]


def pairs_of(
    arms: dict[str, list[Row]], arm: str, other: str, which: Callable[[Row], bool] = lambda _: True
) -> list[tuple[Row, Row]]:
    """Return an arm's episodes with those of another; which: only those."""
    return [pair for pair in paired(arms[arm], arms.get(other, [])) if which(pair[0])]


def to_other(pairs: Pairs, value: Value) -> Interval:
    """Return the sum of a value of the first over that of the second."""
    seeds = [a["seed"] for a, _ in pairs]
    return clustered_ratio([value(a) for a, _ in pairs], [value(b) for _, b in pairs], seeds)


def saved(pairs: Pairs, effort: Value) -> Interval:
    """Return RE or RT: what the first has less than the second, as a share of the second's; see `relative_effort`."""
    seeds = [a["seed"] for a, _ in pairs]
    return clustered_ratio([effort(b) - effort(a) for a, b in pairs], [effort(b) for _, b in pairs], seeds)


def more(pairs: Pairs, value: Value) -> Interval:
    """Return how much more the first has than the second, on average."""
    return clustered_mean([value(a) - value(b) for a, b in pairs], [a["seed"] for a, _ in pairs])


def figure(interval: Interval, digits: int = 4) -> dict[str, Any]:
    """Return a figure and its interval for JSON."""
    value, low, high = (round(one, digits) for one in interval)
    return {"value": value, "low": low, "high": high}


def shown(interval: Interval, form: str = ".2f") -> str:
    """Return a figure and its interval in words: 0.91 [0.85, 0.96]; "-" where there is none."""
    value, low, high = interval
    return "-" if math.isnan(value) else f"{value:{form}} [{low:{form}}, {high:{form}}]"


def share(interval: Interval, sign: str = "") -> str:
    """Return a share and its interval in percent."""
    value, low, high = (100 * one for one in interval)
    return shown((value, low, high), f"{sign}.0f")


def lined(name: str, intervals: Sequence[Interval]) -> Series:
    """Return figures as a line of a chart."""
    middle, low, high = zip(*intervals, strict=True) if intervals else ((), (), ())
    return Series(name, tuple(middle), tuple(low), tuple(high))

"""What a suite is to the runner, and what it answers with. The runner knows no more of any suite than this.

A suite makes trials: all episodes of one seed with one arm, in order, because a robot carries over what it remembers.
Each episode becomes a row: a mapping of plain values that JSON holds. Episodes of the same seed and number are paired
over the arms: same home, same state of the world, same goal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

__all__ = ["Chart", "Report", "Row", "Series", "Suite", "Table", "Trial", "key_of"]

Row = dict[str, Any]
"""One episode: "seed", "arm", "episode" (its number from 0), "error" ("" or why it broke off), "wall" (what was timed,
so no part of the result), and what the suite says of it."""


def key_of(row: Row) -> tuple[int, str, int]:
    """Return what tells a row from all others."""
    return row["seed"], row["arm"], row["episode"]


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in words. The first column is of words, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    """What its terms mean, a line each."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: figures with the ends of their intervals. NaN is left out."""

    name: str
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures over a few places along x, one line an arm."""

    title: str
    x_name: str
    x: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What the rows come to."""

    figures: dict[str, Any] = field(default_factory=dict)
    """Plain values for JSON; units are in the names."""
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()


@runtime_checkable
class Trial(Protocol):
    """All episodes of one seed with one arm. `run` is called for the numbers 0, 1, ... in order, each once."""

    def about(self) -> Sequence[Mapping[str, Any]]:
        """Return of each episode what is known before it: what is sought, on which visit."""
        ...

    def run(self, number: int) -> Row:
        """Run one episode and return what came of it. What it raises is taken down in the row, and the next one runs;
        so an episode that breaks off must leave the trial as one that can go on."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


@runtime_checkable
class Suite(Protocol):
    """A kind of task in many homes. It is sent to other processes, so it can be pickled."""

    @property
    def name(self) -> str:
        """Of the suite, a word."""
        ...

    @property
    def arms(self) -> tuple[str, ...]:
        """What can be compared, in the order of tables."""
        ...

    @property
    def episode_count(self) -> int:
        """How many episodes a seed has with one arm, at most."""
        ...

    def settings(self) -> dict[str, Any]:
        """Return all that its rows depend on, the seed and the arm apart, as plain values."""
        ...

    def trial(self, seed: int, arm: str) -> Trial:
        """Return the episodes of a seed with an arm."""
        ...

    def report(self, rows: Sequence[Row]) -> Report:
        """Return what rows come to; there may be few, or of some arms only. Rows with an "error" are failures."""
        ...

"""What remembered objects are worth beside simpler memories: python tests/benchmarks/object_baselines.py [--seeds 30]

    --tasks N          what a person does in the second part (default 20; 0 leaves it out)
    --person-seeds N   homes of the second part (default 10)

One tour through each home, with a detector that misses 20 %, invents 5 % and swaps the label of 5 %, and 1 cm and 0.5
degrees of noise on every pose; all memories are told the same inputs, and asked when it is over. Then somebody moves
things about during a lap and after it, and a second lap follows once that person is done. What is counted is in
tests/support/object_answers.py; means over the homes with their bootstrapped 95 % intervals.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

import numpy as np
from measure import show

# isort: split
from baselines import (
    DynaMem,
    FixedTtl,
    LastSeen,
    NoMemory,
    ObjectMemory,
    Oracle,
    Ours,
    ShortTermOnly,
    VectorLog,
)  # after measure: it puts support/ on the path
from object_answers import Answers, toured

from sim.suites.intervals import mean_interval

TRUE = {
    "precision": "precision", "recall": "recall", "F1": "f1", "where: hit": "where", "all of a label": "instances",
    "invented": "invented",
}  # fmt: skip
STALE = {"F1": "f1", "where: hit": "where", "stale answers": "stale", "stale objects": "stale_objects",
         "invented": "invented"}  # fmt: skip


def arms() -> tuple[ObjectMemory, ...]:
    """Every memory, new."""
    logs = VectorLog(), VectorLog(first="surest"), VectorLog(pose="robot")
    return NoMemory(), LastSeen(), *logs, FixedTtl(60.0), DynaMem(), ShortTermOnly(), Ours(), Oracle()


def run(seeds: int, tasks: int, laps: int) -> tuple[dict[str, list[Answers]], list[int]]:
    """Return what each memory answered in each home, and how many things were moved there."""
    found: dict[str, list[Answers]] = {arm.name: [] for arm in arms()}
    moved = []
    for seed in range(seeds):
        answers, truth = toured(seed, arms(), tasks=tasks, laps=laps)
        moved.append(len(truth.moved))
        for name, one in answers.items():
            found[name].append(one)
    return found, moved


def values(answers: list[Answers], figure: str) -> list[float]:
    return [float(getattr(one, figure)) for one in answers]


def told(mean: tuple[float, float, float], sign: str = "") -> str:
    """A mean of shares and its interval [%]."""
    middle, low, high = (f"{100 * x:{sign}.0f}" for x in mean)
    return "-" if np.isnan(mean[0]) else f"{middle} [{low}, {high}]"


def rows_of(names: Iterable[str], figures: dict[str, str], cell: Callable[[str, str], str]) -> list[list[str]]:
    return [[name, *(cell(name, figure) for figure in figures.values())] for name in names]


def tables(title: str, found: dict[str, list[Answers]], figures: dict[str, str]) -> None:
    """One table of means, one of what ours has more than each, home by home."""

    def mean(name: str, figure: str) -> str:
        return told(mean_interval(values(found[name], figure)))

    def more(name: str, figure: str) -> str:
        pairs = zip(values(found["ours"], figure), values(found[name], figure), strict=True)
        return told(mean_interval([ours - theirs for ours, theirs in pairs]), "+")

    others = [name for name in found if name != "ours"]
    show(f"{title} [%]", ["", *figures], rows_of(found, figures, mean))
    show(f"{title}: ours less each, paired [%]", ["", *figures], rows_of(others, figures, more))


def costs(found: dict[str, list[Answers]]) -> list[list[str]]:
    """Medians over the homes."""
    rows = []
    for name, answers in found.items():
        error, size, frame, question = (
            float(np.nanmedian(values(answers, f))) if not np.isnan(values(answers, f)).all() else float("nan")
            for f in ("error_m", "stored_bytes", "frame_ms", "question_ms")
        )
        rows.append([name, f"{100 * error:.1f}", f"{size / 1000:.1f}", f"{frame:.2f}", f"{1e3 * question:.1f}"])
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--person-seeds", type=int, default=10)
    parser.add_argument("--tasks", type=int, default=20)
    given = parser.parse_args()
    found, _ = run(given.seeds, 0, 1)
    tables(f"{given.seeds} homes, one tour", found, TRUE)
    columns = ["", "where: error [cm]", "stored [kB]", "a frame, lifting included [ms]", "a question [µs]"]
    show(f"{given.seeds} homes, one tour: medians", columns, costs(found))
    if given.tasks:
        found, moved = run(given.person_seeds, given.tasks, 2)
        title = f"{given.person_seeds} homes with a person, {sum(moved)} things moved, two laps"
        tables(title, found, STALE)


if __name__ == "__main__":
    main()

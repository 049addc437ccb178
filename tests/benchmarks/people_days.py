"""What memories know of a day with people: python tests/benchmarks/people_days.py [--seeds 20] [--tasks 20] [--verbose]

In every home the robot drives a lap while nobody is there, one while a person does the first of a day's tasks, goes on
with its camera off until that person is done and gone, and drives a third lap. The detector misses 20 %, invents 5 %
and swaps the label of 5 %; every pose is wrong by 1 cm and 0.5 degrees. All memories are told the same inputs.

Changes are those between the end of the first lap and the end of the last: which count, what is asked of a memory and
how it is judged is in tests/support/home_changes.py; objects and answers in tests/support/object_answers.py. They are
asked when the last lap is over, and for the F1 of objects once more after an hour in which nothing happens: what
forgets by the clock has its best moment just after a lap. Means over the homes with their bootstrapped 95 % intervals.
Harm is what a memory has less than no memory has, home by home.

    --ours       this memory and the two ends alone: a home takes a third of the time
    --verbose    every change that was missed or invented, with its kind, and how many there are of each
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
from home_changes import ChangeScore, DayWitness
from object_answers import Answers, toured

from sim.suites.intervals import mean_interval

LAPS = 3
REST_S = 3600.0


@dataclass
class Day:
    """What one memory was worth in one home."""

    answers: Answers
    changes: ChangeScore


def arms(*, ours_only: bool) -> tuple[ObjectMemory, ...]:
    """Every memory, new; or only this one and the two ends."""
    if ours_only:
        return NoMemory(), Ours(), Oracle()
    rules = FixedTtl(60.0), FixedTtl(600.0), DynaMem(), DynaMem(dense=False)
    return NoMemory(), LastSeen(), VectorLog(), *rules, ShortTermOnly(), Ours(), Oracle()


def day(seed: int, tasks: int, *, ours_only: bool) -> tuple[dict[str, Day], DayWitness]:
    """Return how each memory did in one home, and what was true there."""
    made = arms(ours_only=ours_only)
    witness = DayWitness(made, laps=LAPS)
    answers, _ = toured(seed, made, tasks=tasks, laps=LAPS, survey=True, rest_s=REST_S, witness=witness)
    own = {name: answers[name.removesuffix(", by its log")] for name in witness.scores}
    return {name: Day(own[name], score) for name, score in witness.scores.items()}, witness


FIGURES: dict[str, Callable[[Day], float]] = {
    "changes: precision": lambda d: d.changes.precision,
    "recall": lambda d: d.changes.recall,
    "F1": lambda d: d.changes.f1,
    "objects: precision": lambda d: d.answers.precision,
    "recall ": lambda d: d.answers.recall,
    "F1 ": lambda d: d.answers.f1,
    "an hour later": lambda d: d.answers.later_f1,
    "where: hit": lambda d: d.answers.where,
    "stale answers": lambda d: d.answers.stale,
}
HARM: dict[str, Callable[[Day], float]] = {
    "F1 of objects": lambda d: d.answers.f1,
    "where: hit": lambda d: d.answers.where,
    "all of a label": lambda d: d.answers.instances,
}


def shares(values: Iterable[float], sign: str = "") -> str:
    """A mean of shares and its interval [%]."""
    middle, low, high = mean_interval(list(values))
    return "-" if np.isnan(middle) else f"{100 * middle:{sign}.0f} [{100 * low:{sign}.0f}, {100 * high:{sign}.0f}]"


def harm(theirs: list[Day], none: list[Day], figure: Callable[[Day], float]) -> str:
    """What a memory has more than none, and in how many homes it has less."""
    more = [figure(one) - figure(other) for one, other in zip(theirs, none, strict=True)]
    return f"{shares(more, '+')}, {sum(one < 0 for one in more)} below"


def show_errors(found: dict[str, list[Day]], name: str) -> None:
    """Print every change that one memory missed or invented, and how many of each kind."""
    kinds: Counter[str] = Counter()
    for seed, one in enumerate(found[name]):
        kinds.update(one.changes.kinds())
        for error in one.changes.errors:
            print(f"  {name}, home {seed}: {error}")
    for kind, count in kinds.most_common():
        print(f"{name}: {count:4d} {kind}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--ours", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    found: dict[str, list[Day]] = {}
    left, came, small, start = [0, 0], [0, 0], 0, time.perf_counter()
    for seed in range(given.first, given.first + given.seeds):
        days, witness = day(seed, given.tasks, ours_only=given.ours)
        for name, one in days.items():
            found.setdefault(name, []).append(one)
        for count, true in ((left, witness.truth.left), (came, witness.truth.came)):
            count[0] += len(true)
            count[1] += sum(one.wanted for one in true)
        small += witness.small
        if given.verbose:
            told = " ".join(f"{name}: {one.changes.precision:.2f} {one.changes.recall:.2f} {one.answers.f1:.2f};"
                            for name, one in days.items())  # fmt: skip
            print(f"home {seed}: precision and recall of changes, F1 of objects: {told}", flush=True)
    wall_s = (time.perf_counter() - start) / max(given.seeds, 1)
    show(
        f"{given.seeds} days: {left[0]} things left, {left[1]} to be known; {came[0]} came, {came[1]} to be known; "
        f"{small} moved a little; {wall_s:.0f} s each [%]",
        ["", *FIGURES],
        [[name, *(shares(map(figure, ones)) for figure in FIGURES.values())] for name, ones in found.items()],
    )
    show(
        "more than without a memory, and in how many homes less [%]",
        ["", *HARM],
        [[name, *(harm(ones, found["no memory"], figure) for figure in HARM.values())]
         for name, ones in found.items() if name != "no memory"],
    )  # fmt: skip
    if given.verbose:
        for name in found:
            if name.startswith("ours"):
                show_errors(found, name)


if __name__ == "__main__":
    main()

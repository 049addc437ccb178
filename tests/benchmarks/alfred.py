"""A memory that is told what the robot does: python tests/benchmarks/alfred.py [--tasks 251] [--withheld 0.2]

ALFRED's expert tasks (valid_seen), replayed by tests/support/alfred_replay.py: the room is seen as depth frames and
detections, with the noise of 2 cm a frame on its poses; then every deed is told. Right is where the memory says of what
was put down that it is on or in the receptacle that it was put on or in, and that its place is within 10 cm of that
one's footprint. In the second arm a fifth of the put-downs is withheld, drawn with a seed, and the receptacle looked at
after it. Simpler memories are told the same; of them only the place is asked, and of several of a label any one counts.
Intervals are over tasks, 95 %, bootstrapped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np
from measure import DATA, show

# isort: split
import baselines  # after measure: it puts support/ on the path
from alfred_replay import Outcome, Replay, seen_room
from alfred_tasks import FILE, tasks

import spatialmem as sm
from sim.suites.intervals import ratio_interval

ARMS = ("LastSeen", "TimeToLive", "DynaMem", "VectorLog", "Ours")
SHORT = "short-term memory"
"""Without belief; its class calls itself ours, too."""


def share(parts: Sequence[int], wholes: Sequence[int]) -> str:
    """A ratio of sums over tasks, and its interval [%]."""
    middle, low, high = ratio_interval(parts, wholes)
    return "-" if np.isnan(middle) else f"{100 * middle:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def row(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    """What a memory got right over all tasks."""

    def of(part: str, whole: str) -> str:
        return share([int(getattr(o, part)) for o in outcomes], [int(getattr(o, whole)) for o in outcomes])

    errors = [error for outcome in outcomes for error in outcome.errors_m]
    return [
        name, str(sum(o.acted for o in outcomes)), of("both", "acted"), of("receptacle", "acted"),
        of("footprint", "acted"), str(sum(o.withheld for o in outcomes)), of("withheld_right", "withheld"),
        of("held_right", "held"), f"{100 * np.median(errors):.1f}" if errors else "-",
        f"{sum(o.harmed for o in outcomes)} of {sum(o.others for o in outcomes)}",
    ]  # fmt: skip


def arms() -> list[baselines.ObjectMemory]:
    """Every simpler memory that there is, new."""
    return [getattr(baselines, name)() for name in ARMS if hasattr(baselines, name)]


def main() -> None:
    """Print the table, and with --why every mistake."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=251)
    parser.add_argument("--withheld", type=float, default=0.2)
    parser.add_argument("--why", action="store_true")
    given = parser.parse_args()
    if not FILE.exists():
        sys.exit(f"the tasks are not under {DATA}; set SPATIALMEM_DATA to what holds alfred/.")
    shares, start = (0.0, given.withheld), time.perf_counter()
    found: dict[tuple[str, float], list[Outcome]] = {}
    for task in tasks(given.tasks):
        memory = sm.SpatialMemory()
        walk, seen = seen_room(task, memory)
        state = memory.dump()
        for withheld in shares:
            replay = Replay(task, sm.SpatialMemory.load(state), walk, withheld_share=withheld)
            outcome = replay.run()
            found.setdefault(("ours", withheld), []).append(outcome)
            if given.why:
                for line in outcome.missed:
                    print(f"{task.room} {task.name} {withheld:g}: {line}", flush=True)
            for arm in arms():
                for x in (*seen, *replay.told):
                    arm.observe(x)
                found.setdefault((SHORT if arm.name == "ours" else arm.name, withheld), []).append(replay.place_of(arm))
    rows = [row(f"{name}, {100 * withheld:.0f} % withheld", outcomes) for (name, withheld), outcomes in found.items()]
    columns = ["", "put down", "right [%]", "receptacle [%]", "footprint [%]", "withheld", "of them right [%]",
               "held [%]", "error [cm]", "others harmed"]  # fmt: skip
    show(f"ALFRED valid_seen, {given.tasks} tasks, {time.perf_counter() - start:.0f} s", columns, rows)


if __name__ == "__main__":
    main()

"""Rearranged rooms: what moved and what was opened while the robot was away.

    python tests/benchmarks/rearrangement.py [--episodes 1000] [--baselines 100] [--noise 0.02] [--miss 0]

Episodes are AI2-THOR's rearrangement 2022_val, as depth frames and detections (tests/support/rearranged_rooms.py):
a round through the room, four hours away, the same round again. Every frame is taken from a pose that is off by 2 cm
along each axis (white, one draw a frame), and the memory is told how large that is. What counts as right is in
tests/support/rearrangement_answers.py. The simpler memories say where things are: what is elsewhere the second time has
moved, from the distance on that suits each of them best. Intervals are over episodes, 95 %, bootstrapped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from measure import DATA, show

# isort: split
import baselines  # after measure: it puts support/ on the path
from rearranged_rooms import FILE, episodes, rounds
from rearrangement_answers import Counted, Found, asked, told_by_memory

import spatialmem as sm
from sim.suites.intervals import ratio_interval

MOVED_M = (0.06, 0.1, 0.15, 0.25)
ARMS = ("NoMemory", "LastSeen", "VectorLog", "TimeToLive", "DynaMem", "Ours")


def f1(results: Sequence[Found], kind: str) -> str:
    """F1 over all episodes, and its interval [%]."""
    counted: list[Counted] = [getattr(found, kind) for found in results]
    return share([2 * c.right for c in counted], [2 * c.right + c.wrong + c.missing for c in counted])


def share(parts: Sequence[int], wholes: Sequence[int]) -> str:
    """A ratio of sums over episodes, and its interval [%]."""
    middle, low, high = ratio_interval(parts, wholes)
    return "-" if np.isnan(middle) else f"{100 * middle:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def of(results: Sequence[Found], name: str) -> str:
    return share([getattr(found, name) for found in results], [found.unique for found in results])


def ours_row(results: Sequence[Found], ms: float) -> list[str]:
    moved = Counted()
    for found in results:
        moved.add(found.moved.right, found.moved.wrong, found.moved.missing)
    return [
        f"ours, {len(results)} episodes", f1(results, "moved"), f"{moved.right}, {moved.wrong}, {moved.missing}",
        f1(results, "guessed"),
        f1(results, "state"), f1(results, "openness"), of(results, "kept"), of(results, "near"), of(results, "close"),
        f"{ms:.1f}",
    ]  # fmt: skip


def arm_row(name: str, by_distance: Sequence[list[Found]]) -> list[str]:
    """The best of the distances."""

    def value(results: list[Found]) -> float:
        right = sum(found.moved.right for found in results)
        return right / max(sum(2 * f.moved.right + f.moved.wrong + f.moved.missing for f in results), 1)

    best = max(range(len(MOVED_M)), key=lambda k: value(by_distance[k]))
    results = by_distance[best]
    counts = [sum(getattr(found.moved, kind) for found in results) for kind in ("right", "wrong", "missing")]
    label = f"{name}, from {100 * MOVED_M[best]:.0f} cm, {len(results)} episodes"
    return [label, f1(results, "moved"), ", ".join(map(str, counts)), "-", "-", "-", "-", "-", "-", ""]


def arms() -> dict[str, Callable[[], baselines.ObjectMemory]]:
    """Every simpler memory that there is."""
    return {name: getattr(baselines, name) for name in ARMS if hasattr(baselines, name)}


def named(arm: baselines.ObjectMemory) -> str:
    """What a simpler memory is called here; the one without belief calls itself ours, too."""
    return "short-term memory" if arm.name == "ours" else arm.name


def main() -> None:
    """Print the table, and with --why every mistake."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--baselines", type=int, default=100)
    parser.add_argument("--noise", type=float, default=0.02)
    parser.add_argument("--miss", type=float, default=0.0)
    parser.add_argument("--why", action="store_true")
    given = parser.parse_args()
    if not FILE.exists():
        sys.exit(f"the rearrangement episodes are not under {DATA}; set SPATIALMEM_DATA to what holds rearrangement/.")
    ours: list[Found] = []
    others = {name: [[] for _ in MOVED_M] for name in arms()}
    frames, seconds, start = 0, 0.0, time.perf_counter()
    for k, episode in enumerate(episodes(given.episodes)):
        before, after = rounds(episode, noise_m=given.noise, miss_rate=given.miss)
        if hasattr(sm.SpatialMemory, "changed"):
            began = time.perf_counter()
            ours.append(told_by_memory(episode, before, after, sm.SpatialMemory()))
            seconds += time.perf_counter() - began
            frames += len(before.inputs) + len(after.inputs)
            if given.why:
                for line in ours[-1].missed:
                    print(f"{episode.room} {episode.number}: {line}", flush=True)
        if k < given.baselines:
            for name, make in arms().items():
                for results, found in zip(others[name], asked(episode, before, after, make(), MOVED_M), strict=True):
                    results.append(found)
    rows = [ours_row(ours, 1e3 * seconds / max(frames, 1))] if ours else []
    rows += [arm_row(named(make()), others[name]) for name, make in arms().items() if others[name][0]]
    counts = "F1 moved [%]", "right, wrong, missing", "F1 with guesses [%]", "F1 opened [%]", "F1 openness [%]"
    columns = ["", *counts, "id kept [%]", "where, 0.5 m [%]", "where, 0.1 m [%]", "ms/frame"]
    one = ours or next(iter(others.values()))[0]
    left_out, took = sum(found.doubtful for found in one), time.perf_counter() - start
    show(f"Rearrangement; {left_out} moves under 6 cm left out; {frames} frames, {took:.0f} s", columns, rows)


if __name__ == "__main__":
    main()

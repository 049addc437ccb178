"""How soon a plan that does not hold any more is told of: python tests/benchmarks/leases_in_sim.py [--trials 50]

A robot that knows a home drives through it by `Navigator`, in the fast mode and in real time, beside an attached memory
whose control loop ticks 50 times a second. On its way, in half of the trials, the thing that it goes to is put
elsewhere, where somebody in the home might put it; in the others a chair is put on its path, 1.6 to 2.4 m ahead where
its camera looks. Every trial is driven twice, with the same home, start, goal and change: `leases`, every tick asks the
lease of what the navigator does (`LiveRobot.turns`), and `polls`, the same navigator is given the memory's view, and
the frames since, once a second.

The first frame that shows the change counts, by the truth. Of a chair: at least 100 of its 76,800 pixels show it, no
farther off than 4 m. Of a thing: at least 30 show it where it is now, or show that it is not where it was: they fall on
where it was and 70 % of that is looked through. Trials in which no frame does so within 15 s are told apart.

frames   that show it until the plan does not hold any more, that first one is number 1: what a navigator sees in its
         way counts at once, but that a thing is gone the memory believes only when enough speaks for it
ticks    from the first whose view has the frame in it with which the plan does not hold any more, and what was found in
         that frame, which is number 1, until that which tells of the broken lease
after    from the ingestion of the first frame until that tick [ms]
over     the drive ended by itself before the plan did not hold any more: it was there already
wasted   driven from that frame's stamp until the old plan is given up [m], of both arms, and their difference in pairs

Trials in which the robot does not get to where the change would happen are drawn again; how many those are is said.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from lease_changes import KINDS, Change, Drive, Task, drawn, inner_points
from measure import show
from replanning_in_sim import APART_NS, CHAIR, SETUP

import spatialmem as sm
from planners.navigation import Navigator
from sim.live import LiveRobot
from sim.poses import yaw_pose
from sim.suites.intervals import clustered_mean

ARMS = ("leases", "polls")
POLL_NS = 1_000_000_000
UNSEEN_NS = 15_000_000_000
"""A change that no frame has shown for so long is one that none shows."""
TICK_HZ = 50.0


class Polls:
    """A planner that knows of the world what it asks once a second."""

    def __init__(self, navigator: Navigator):
        self._navigator, self._frames, self._view, self._asked_ns = navigator, [], None, 0

    def see(self, frame: sm.RgbdFrame) -> None:
        self._frames.append(frame)

    def step(self, view: sm.View, state: sm.RobotState) -> sm.Command:
        if self._view is None or state.stamp_ns - self._asked_ns >= POLL_NS:
            self._view, self._asked_ns = view, state.stamp_ns
            for frame in self._frames:
                self._navigator.see(frame)
            self._frames = []
        return self._navigator.step(self._view, state)


class Ingested:
    """A memory's `observe`: when it answered for each frame, and with which input a thing was not believed to be where
    the plan has it any more."""

    def __init__(self, memory: sm.SpatialMemory, navigator: Navigator, drive: Drive):
        self._observe, self._view, self._navigator, self._drive = memory.observe, memory.view, navigator, drive
        self.frames: dict[int, tuple[int, float]] = {}
        """By stamp: its number, and when."""
        self.ended: tuple[int, int] | None = None
        """The stamp of the frame, and the number of the input."""

    def __call__(self, x: Any) -> Any:
        answer = self._observe(x)
        if isinstance(x, sm.RgbdFrame) and isinstance(answer, sm.Receipt):
            self.frames[x.stamp_ns] = answer.seq, time.monotonic()
        lease = self._navigator.lease
        if (
            isinstance(answer, sm.Receipt)
            and self.ended is None
            and lease is not None
            and self._drive.happened_ns is not None
        ):
            stays = [one for one in lease.premises if isinstance(one, sm.StaysAt)]
            if any(one.broken(self._view()) for one in stays):
                self.ended = max(self.frames), answer.seq
        return answer

    def account(self, drive: Drive, shown_ns: int, told: int, ticks: Sequence[tuple[int, float]]) -> None:
        """Take down how soon number `told` of the ticks told of what a frame showed; ticks: the newest input in each,
        and when."""
        shown = self.frames.get(shown_ns)
        ended_ns, seq = self.ended or (shown_ns, 0 if shown is None else shown[0])
        first = next((number for number, (has, _) in enumerate(ticks, 1) if has >= seq), None)
        if shown is None or first is None:
            drive.frames, drive.ticks = 1, 0  # it was told before any view had the frame in it
            return
        drive.frames = sum(shown_ns <= stamp_ns <= ended_ns for stamp_ns in self.frames)
        drive.ticks, drive.after_ms = told - first + 1, 1e3 * (ticks[told - 1][1] - shown[1])


def driven(task: Task, arm: str, seconds: float) -> Drive:
    """Drive once, until the old plan is given up after the change was shown, or the drive ends."""
    one, drive = task.one, Drive(task.one.home.name)
    navigator = Navigator(task.goal, config=SETUP.navigation)
    memory = SETUP.loaded(one.memory, one.home)
    ingested = Ingested(memory, navigator, drive)
    memory.observe = ingested  # type: ignore[method-assign]
    X_WB = yaw_pose(float(task.start_m[0]), float(task.start_m[1]), task.yaw_rad)
    with SETUP.simulation(one.home, X_WB, seed=task.seed, start_ns=one.stamp_ns + APART_NS) as simulation:
        change = Change(task, drive, navigator, inner_points(simulation, task.thing))
        simulation.world.remove(CHAIR)
        planner = navigator if arm == "leases" else Polls(navigator)
        robot = LiveRobot(simulation, planner, duration_max_s=seconds, each_tick=change)
        with sm.attach(memory, {"robot": robot}, config=sm.LiveConfig(queue_max=64)) as attached:
            seqs, told, took_ms = [], 0, timed(attached)
            for tick in robot.turns(attached, tick_hz=TICK_HZ):
                seqs.append((tick.view.seq, time.monotonic()))
                if drive.happened_ns is None:
                    continue
                ends = [broken for _, broken in tick.broken if isinstance(broken.premise, task.premise)]
                if ends and not drive.told:
                    drive.told, drive.premise, told = ends[0].why, type(ends[0].premise).__name__, len(seqs)
                fresh = [
                    one for one in navigator.replans if one.stamp_ns >= drive.happened_ns and task.is_why(one.reason)
                ]
                if fresh and drive.dropped_ns is None:
                    drive.dropped_ns, drive.why = fresh[0].stamp_ns, fresh[0].reason
                if is_over(robot, drive, needs_told=arm == ARMS[0]):
                    break
        drive.is_over = robot.last.is_over
        drive.end, drive.tick_ms = robot.last.reason, float(np.quantile(took_ms, 0.99))
        if drive.shown_ns is not None:
            given_up_ns = change.path[-1][0] if drive.dropped_ns is None else drive.dropped_ns
            drive.wasted_m = change.metres_between(drive.shown_ns, given_up_ns)
            if drive.told:
                ingested.account(drive, drive.shown_ns, told, seqs)
    return drive


def timed(attached: sm.Attached) -> list[float]:
    """Return a list to which every tick of a live memory adds how long it took [ms]."""
    took_ms, tick = [], attached.tick

    def timed_tick() -> sm.Tick:
        began_s = time.perf_counter()
        try:
            return tick()
        finally:
            took_ms.append(1e3 * (time.perf_counter() - began_s))

    attached.tick = timed_tick  # pyright: ignore[reportAttributeAccessIssue]
    return took_ms


def is_over(robot: LiveRobot, drive: Drive, *, needs_told: bool) -> bool:
    """Return whether all is known that is asked of a drive, or nothing has shown the change for long."""
    now_ns = 0 if robot.state is None else robot.state.stamp_ns
    if drive.shown_ns is None or drive.dropped_ns is None:
        return drive.shown_ns is None and now_ns > (drive.happened_ns or 0) + UNSEEN_NS
    return now_ns >= drive.dropped_ns and (bool(drive.told) or not needs_told)


def trials_of(
    kind: str, count: int, homes: int, seconds: float, verbose: Callable[[str], None]
) -> list[tuple[Drive, Drive]]:
    """As many pairs as are wanted, in one home after the other; those in which it did not happen are drawn again."""
    pairs: list[tuple[Drive, Drive]] = []
    vain = 0
    for number in itertools.count():
        if len(pairs) == count or vain > 5 * count:
            break
        task = drawn(kind, number, homes)
        if task is None:
            vain += 1
            continue
        began_s = time.process_time()
        pair = driven(task, ARMS[0], seconds), driven(task, ARMS[1], seconds)
        if any(one.happened_ns is None for one in pair):
            vain += 1
            continue
        pairs.append(pair)
        spent = f"{time.process_time() - began_s:.0f} s of the processor"
        verbose(f"{len(pairs)} {kind}, {task.one.home.name}, number {number}, {spent}")
        for arm, one in zip(ARMS, pair, strict=True):
            shown_s = math.nan if one.shown_ns is None else (one.shown_ns - (one.happened_ns or 0)) / 1e9
            verbose(
                f"  {arm}: shown after {shown_s:.2f} s ({one.how}); {one.frames} frames, {one.ticks} ticks, "
                f"{one.after_ms:.0f} ms, {one.premise}: {one.told}; {one.wasted_m:.2f} m until: {one.why or one.end}"
            )
    verbose(f"{kind}: {vain} drawn again")
    return pairs


def row(title: str, pairs: list[tuple[Drive, Drive]]) -> list[str]:
    """What became of some trials."""
    leased = [one for one, _ in pairs]
    shown = [one for one in leased if one.shown_ns is not None]
    ticks = [one.ticks for one in shown if one.ticks is not None]
    over = [one for one in shown if one.ticks is None and one.is_over]
    both = [(one, other) for one, other in pairs if one.shown_ns is not None and other.shown_ns is not None]
    homes = [one.home for one, _ in both]
    wasted = [clustered_mean([pair[k].wasted_m for pair in both], homes) for k in (0, 1)]
    saved = clustered_mean([other.wasted_m - one.wasted_m for one, other in both], homes)
    frames = Counter(one.frames for one in shown if one.frames is not None)
    after_ms = sorted(one.after_ms for one in shown if not math.isnan(one.after_ms))
    return [
        title, str(len(pairs)), str(len(shown)), f"{sum(number <= 2 for number in ticks)} of {len(shown) - len(over)}",
        str(max(ticks, default="-")), str(len(over)), str(len(shown) - len(ticks) - len(over)),
        ", ".join(f"{number}: {frames[number]}" for number in sorted(frames)),
        f"{np.median(after_ms):.0f}, {after_ms[-1]:.0f}" if after_ms else "-",
        *(f"{mean:.2f} ({low:.2f} to {high:.2f})" for mean, low, high in (*wasted, saved)),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=50, help="things and chairs together")
    parser.add_argument("--homes", type=int, default=10, help="how many homes they are in")
    parser.add_argument("--seconds", type=float, default=40.0, help="so long a drive lasts at most")
    parser.add_argument("--only", choices=("moved", "chair"), help="trials of one kind")
    parser.add_argument("--verbose", action="store_true", help="say what became of each trial")
    given = parser.parse_args()

    def verbose(line: str) -> None:
        if given.verbose:
            print(line, file=sys.stderr, flush=True)

    kinds = [kind for kind, word in zip(KINDS, ("moved", "chair"), strict=True) if given.only in (None, word)]
    every, rows = [], []
    for index, kind in enumerate(kinds):
        count = given.trials // len(kinds) + (index < given.trials % len(kinds))
        pairs = trials_of(kind, count, given.homes, given.seconds, verbose)
        rows.append(row(kind, pairs))
        every += pairs
    columns = [
        "", "trials", "shown", "within 2 ticks", "most ticks", "over before", "never told", "frames: trials",
        "after: median, most [ms]", "wasted, leases [m]", "wasted, polls [m]", "saved [m]",
    ]  # fmt: skip
    show("a plan that does not hold any more", columns, [*rows, row("both", every)])
    tick_ms = [leased.tick_ms for leased, _ in every]
    print(f"99 of 100 ticks with the lease asked: within {np.median(tick_ms):.1f} ms in the median drive")
    print(f"spatialmem {sm.__version__}")


if __name__ == "__main__":
    main()

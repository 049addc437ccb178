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
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64
from measure import show
from replanning_in_sim import (
    AHEAD_M,
    APART_NS,
    CHAIR,
    LEFT_M,
    PIXELS_MIN,
    SET_OFF_M,
    SETUP,
    STRAIGHT_M,
    VIEW,
    Known,
    drawn_ends,
    known,
    rest_of,
)  # fmt: skip

import spatialmem as sm
from planners.navigation import Navigator
from planners.navigation.open_way import OpenWay
from sim.live import LiveRobot
from sim.people.rearranging import Wish, move_things
from sim.poses import yaw_pose
from sim.simulation import Simulation
from sim.suites.intervals import mean_interval
from sim.worlds import World, truth_of
from sim.worlds.built.resting import thing_bounds

KINDS = ("the thing is moved", "a chair is put there")
ARMS = ("leases", "polls")
NEAR_M, SEEN_M = 4.0, 5.0
"""A chair is shown so far off; a thing as far as depth is believed."""
POLL_NS = 1_000_000_000
UNSEEN_NS = 15_000_000_000
"""A change that no frame has shown for so long is one that none shows."""
SAME_M, MOVED_M = 0.15, 0.5
AWAY_M = (3.0, 9.0)
GOAL_LEFT_M = (1.5, 3.5)
"""A thing is moved when so much of the way to it is left."""
THROUGH_SHARE, BESIDE_M = 0.7, 0.02
DRAWS_MAX, TICK_HZ = 30, 50.0


@dataclass(frozen=True, slots=True)
class Task:
    """What is driven, and what happens on the way."""

    kind: str
    one: Known
    start_m: Float64[np.ndarray, "2"]
    yaw_rad: float
    goal: Any
    """Of the navigator."""
    thing: str
    """What is moved."""
    when_m: float
    """How far ahead, or how much of the way is left."""
    X_WK: Float64[np.ndarray, "4 4"] | None
    """Where a thing is put; a chair comes onto the path, turned so."""
    turned_rad: float
    seed: int

    @property
    def premise(self) -> type:
        """What the change ends."""
        return sm.StaysAt if self.kind == KINDS[0] else OpenWay

    def is_why(self, reason: str) -> bool:
        """Return whether that is why a plan is given up that the change ends."""
        return (self.thing.rsplit("-", 1)[0] if self.kind == KINDS[0] else "in the way") in reason


@dataclass(slots=True)
class Drive:
    """What became of one drive."""

    happened_ns: int | None = None
    shown_ns: int | None = None
    how: str = ""
    """What the first frame shows: it is there, or it is gone."""
    dropped_ns: int | None = None
    why: str = ""
    frames: int | None = None
    """How many it took until the premise did not hold."""
    ticks: int | None = None
    """From the last of them."""
    after_ms: float = math.nan
    """From the first one's ingestion to the tick that told of the broken lease."""
    premise: str = ""
    told: str = ""
    wasted_m: float = math.nan
    end: str = ""
    tick_ms: float = 0.0
    """99 of 100 ticks, with the lease asked in them, took no longer."""


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


class Change:
    """The change, once, and the first frame that shows it: called in the home's thread before each of its ticks."""

    def __init__(self, task: Task, drive: Drive, navigator: Navigator, thing_points_W: Float64[np.ndarray, "n 3"]):
        self.task, self.drive, self.navigator = task, drive, navigator
        self.points_W, self.shot = thing_points_W, None
        self.path: list[tuple[int, float, float]] = []

    def __call__(self, robot: LiveRobot) -> None:
        simulation = robot.simulation
        x_m, y_m = simulation.robot.X_WB()[:2, 3].tolist()
        now_ns = simulation.clock.now_ns()
        self.path.append((now_ns, x_m, y_m))
        shot = simulation.sensor.shot
        if self.drive.happened_ns is None:
            if robot.metres >= SET_OFF_M and robot.last.status == "going" and self.happens(simulation):
                self.drive.happened_ns, self.shot = now_ns, shot
        elif self.drive.shown_ns is None and shot is not self.shot:
            self.shot = shot
            self.drive.how = self.shown(simulation)
            if self.drive.how:
                self.drive.shown_ns = now_ns

    def happens(self, simulation: Simulation) -> bool:
        """Let it happen where it is time; return whether it did."""
        task, world, X_WB = self.task, simulation.world, simulation.robot.X_WB()
        rest = rest_of(self.navigator, X_WB[:2, 3])
        left_m = len(rest) * 0.02
        if task.X_WK is not None:
            if not 0.5 < left_m <= task.when_m:
                return False
            world.place(task.thing, task.X_WK)
            return True
        if left_m < task.when_m + LEFT_M:
            return False
        x, y = rest[round(task.when_m / 0.02)].tolist()
        ahead, left = (sm.inverse(X_WB) @ [x, y, 0.0, 1.0])[:2].tolist()
        if math.hypot(ahead, left) < STRAIGHT_M or abs(math.atan2(left, ahead)) > VIEW * SETUP.camera.fov_rad / 2:
            return False
        world.restore(CHAIR, yaw_pose(x, y, task.turned_rad))
        return True

    def shown(self, simulation: Simulation) -> str:
        """Return what the picture of this tick truly shows of it; "" where that is nothing."""
        shot, is_thing = simulation.sensor.shot, self.task.X_WK is not None
        there = (shot.body == shot.names.index(self.task.thing)) & (shot.depth_m > 0.1)
        far_m, least = (SEEN_M, SETUP.min_pixels) if is_thing else (NEAR_M, PIXELS_MIN)
        if int((there & (shot.depth_m <= far_m)).sum()) >= least:
            return "there"
        return "gone" if is_thing and self.is_gone(simulation) else ""

    def is_gone(self, simulation: Simulation) -> bool:
        """Return whether the picture looks through where the thing was, in enough pixels."""
        shot, camera = simulation.sensor.shot, simulation.sensor.settings.pinhole
        X_CW = sm.inverse(simulation.sensor.X_WC)
        points_C = self.points_W @ X_CW[:3, :3].T + X_CW[:3, 3]
        ahead = (points_C[:, 2] > 0.1) & (points_C[:, 2] <= SEEN_M)
        z_m = np.where(ahead, points_C[:, 2], 1.0)
        u = np.round(camera.fx * points_C[:, 0] / z_m + camera.cx).astype(int)
        v = np.round(camera.fy * points_C[:, 1] / z_m + camera.cy).astype(int)
        inside = ahead & (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
        depth_m = shot.depth_m[np.where(inside, v, 0), np.where(inside, u, 0)]
        through = inside & (depth_m > z_m - BESIDE_M)
        pixels = len(set(zip(u[through].tolist(), v[through].tolist(), strict=True)))
        return through.mean() >= THROUGH_SHARE and pixels >= SETUP.min_pixels

    def metres_between(self, began_ns: int, ended_ns: int) -> float:
        """Return how far the base truly drove between two stamps [m]."""
        path_m = np.array([(x, y) for stamp, x, y in self.path if began_ns <= stamp <= ended_ns]).reshape(-1, 2)
        return float(np.hypot(*np.diff(path_m, axis=0).T).sum())


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

    def account(self, drive: Drive, told: int, ticks: Sequence[tuple[int, float]]) -> None:
        """Take down how soon number `told` of the ticks told of it; ticks: the newest input in each, and when."""
        if drive.shown_ns not in self.frames:
            return
        ended_ns, seq = self.ended or (drive.shown_ns, self.frames[drive.shown_ns][0])
        first = next(number for number, (has, _) in enumerate(ticks, 1) if has >= seq)
        drive.frames = sum(drive.shown_ns <= stamp_ns <= ended_ns for stamp_ns in self.frames)
        drive.ticks, drive.after_ms = told - first + 1, 1e3 * (ticks[told - 1][1] - self.frames[drive.shown_ns][1])


def driven(task: Task, arm: str, seconds: float) -> Drive:
    """Drive once, until the old plan is given up after the change was shown, or the drive ends."""
    one, drive = task.one, Drive()
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
                    one for one in navigator.replans if one.stamp_ns > drive.happened_ns and task.is_why(one.reason)
                ]
                if fresh and drive.dropped_ns is None:
                    drive.dropped_ns, drive.why = fresh[0].stamp_ns, fresh[0].reason
                if is_over(robot, drive, needs_told=arm == ARMS[0]):
                    break
        drive.end, drive.tick_ms = robot.last.reason, float(np.quantile(took_ms, 0.99))
        if drive.shown_ns is not None:
            given_up_ns = change.path[-1][0] if drive.dropped_ns is None else drive.dropped_ns
            drive.wasted_m = change.metres_between(drive.shown_ns, given_up_ns)
            if drive.told:
                ingested.account(drive, told, seqs)
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


def inner_points(simulation: Simulation, thing: str) -> Float64[np.ndarray, "n 3"]:
    """Return points all over the inside of a thing's bounds, where it is now [m]."""
    low_W, high_W = (np.array(corner) for corner in thing_bounds(simulation.world, thing))
    steps = np.stack(np.meshgrid(*[np.linspace(0.1, 0.9, 9)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return low_W + steps * (high_W - low_W)


def drawn(kind: str, number: int, homes: int) -> Task | None:
    """Draw a trial; None where there is none in that home."""
    one, rng = known(number % homes), np.random.default_rng((number, KINDS.index(kind)))
    yaw_rad = float(rng.uniform(-np.pi, np.pi))
    if kind == KINDS[1]:
        ends = next((got for _ in range(DRAWS_MAX) if (got := drawn_ends(one, None, rng)) is not None), None)
        if ends is None:
            return None
        goal = float(ends[1][0]), float(ends[1][1])
        return Task(
            kind, one, ends[0], yaw_rad, goal, CHAIR, float(rng.uniform(*AHEAD_M)), None,
            float(rng.uniform(-np.pi, np.pi)), number,
        )  # fmt: skip
    with World(one.home) as world:
        world.remove(CHAIR)
        found = moved_thing(world, SETUP.loaded(one.memory, one.home).view(), rng)
    if found is None:
        return None
    name, object_id, at_m, X_WK = found
    for _ in range(DRAWS_MAX):
        start_m = one.floor.any_spot(rng)
        if AWAY_M[0] <= math.dist(start_m, at_m) <= AWAY_M[1] and math.dist(start_m, one.chair_m) > 1.2:
            return Task(
                kind, one, start_m, yaw_rad, object_id, name, float(rng.uniform(*GOAL_LEFT_M)), X_WK, 0.0, number
            )
    return None


def moved_thing(
    world: World, view: sm.View, rng: np.random.Generator
) -> tuple[str, int, Float64[np.ndarray, "2"], Float64[np.ndarray, "4 4"]] | None:
    """Return a thing that the memory knows, its id there, where it is, and a pose where somebody might put it."""
    things, objects = truth_of(world).objects, view.objects()
    for name in rng.permutation(sorted(one.name for one in world.home.things if one.name in things)).tolist():
        middle = (things[name].low_W + things[name].high_W) / 2
        same = [one for one in objects if one.label == things[name].label]
        best = min(same, key=lambda one: math.dist(one.center_W, middle), default=None)
        if things[name].hidden_in or best is None or math.dist(best.center_W, middle) > SAME_M:
            continue
        before = world.X_WK(name)
        if not move_things(world, rng, [Wish(name)]):
            continue
        after = world.X_WK(name)
        world.place(name, before)
        if math.dist(before[:2, 3], after[:2, 3]) >= MOVED_M:
            return name, best.id, middle[:2], after
    return None


def trials_of(
    kind: str, count: int, homes: int, seconds: float, verbose: Callable[[str], None]
) -> list[tuple[Drive, Drive]]:
    """As many pairs as are wanted, in one home after the other; those in which it did not happen are drawn again."""
    pairs, vain = [], 0
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
    both = [(one, other) for one, other in pairs if one.shown_ns is not None and other.shown_ns is not None]
    wasted = [mean_interval([pair[k].wasted_m for pair in both]) for k in (0, 1)]
    saved = mean_interval([other.wasted_m - one.wasted_m for one, other in both])
    frames = Counter(one.frames for one in shown if one.frames is not None)
    after_ms = sorted(one.after_ms for one in shown if one.ticks is not None)
    return [
        title, str(len(pairs)), str(len(shown)), f"{sum(number <= 2 for number in ticks)} of {len(shown)}",
        str(max(ticks, default="-")), str(len(shown) - len(ticks)),
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
        "", "trials", "shown", "within 2 ticks", "most ticks", "never told", "frames: trials",
        "after: median, most [ms]", "wasted, leases [m]", "wasted, polls [m]", "saved [m]",
    ]  # fmt: skip
    show("a plan that does not hold any more", columns, [*rows, row("both", every)])
    tick_ms = [leased.tick_ms for leased, _ in every]
    print(f"99 of 100 ticks with the lease asked: within {np.median(tick_ms):.1f} ms in the median drive")
    print(f"spatialmem {sm.__version__}")


if __name__ == "__main__":
    main()

"""How soon a robot plans anew: python tests/benchmarks/replanning_in_sim.py [--trials 50] [--homes 10] [--verbose]

A robot that knows a home drives through it by `Navigator`, in the fast mode. On its way, in half of the trials, a door
that its path leads through closes; in the others a chair is put on its path, 1.6 to 2.4 m ahead where its camera looks:
beside itself the robot sees nothing, and nobody puts a chair there. The first picture from then on that shows it
counts: at least 100 of its 76,800 pixels show the chair, or the leaf of the door, no farther off than depth is believed
(5 m). The time is from its stamp until the planner says in `replans` why it plans anew.

within 1 s  of the trials in which a picture showed it
never       a picture showed it, and the planner went on as before to the end
blocked     ticks in which the robot stood because it would have touched something, of all trials
then        what became of it: it arrived, or gave up and said why, or drove on for longer than --seconds; and how often
            it did not arrive though there truly was a way for a disc as wide as it needs

Trials in which the robot does not get to where the thing would happen are drawn again; how many those are is said.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import itertools
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from measure import show

import spatialmem as sm
from planners.navigation import Navigator
from sim import generate_home
from sim.loop import Drive
from sim.poses import yaw_pose
from sim.sensors.sensor import camera_of
from sim.simulation import Simulation
from sim.suites.blocked import BlockedLog
from sim.suites.setup import Setup
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import MODELS, Furniture, Home, Thing, World, model_of
from sim.worlds.home import Doorway
from sim.worlds.kinds.furniture import default_size

KINDS = ("a door closes", "a chair is put there")
SETUP = Setup(width=320, height=240, rate_hz=5.0)
PIXELS_MIN, RANGE_M = 100, 5.0
AHEAD_M = (1.6, 2.4)
"""So far along its path the thing happens."""
STRAIGHT_M, VIEW = 1.4, 0.8
"""A chair is so far from the robot at least, and within this share of its camera's width."""
LEFT_M = 1.2
"""And so far before its goal at least."""
SET_OFF_M, START_M, BEHIND_M = 0.6, 2.8, 1.2
"""It has driven so far by then; of a door, it starts so far off, and its goal is so far behind."""
WAY_M = (5.0, 12.0)
BESIDE_M = 1.2
THROUGH_M = 0.25
"""A path leads through a doorway whose middle it passes so near."""
DRAWS_MAX = 30
CHAIR = "chair-99"
START_NS, APART_NS = 1_000_000_000, 60_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A home, its floor and a memory of it."""

    home: Home
    floor: TrueFloor
    memory: bytes
    stamp_ns: int
    chair_m: tuple[float, float]
    """Where the chair stands until it is taken away; nobody starts there."""


@dataclass(slots=True)
class Trial:
    """One drive."""

    kind: str
    home: str
    happened: bool = False
    shown_ns: int | None = None
    replan_s: float | None = None
    why: str = ""
    end: str = "drove on"
    reason: str = ""
    lost: bool = False
    """It did not arrive, though there truly was a way for it to its goal."""
    touched: str = ""
    """What it would have touched, and whether a camera had shown that before."""
    blocked: int = 0
    seconds: float = 0.0
    metres: float = 0.0
    step_ms: float = 0.0
    """Its slowest."""


@functools.cache
def known(seed: int) -> Known:
    """Look at a home from all over, with a chair in it that is out of the world."""
    home = generate_home(seed)
    with World(home) as world:
        floor = TrueFloor(world, SETUP.kind)
        row, column = np.unravel_index(int(np.argmax(floor.clearance_m * floor.main)), floor.main.shape)
        spot = float(floor.grid.x_m[column]), float(floor.grid.y_m[row]), 0.0
    size_m = default_size("chair")
    chair = model_of(Furniture("chair-98", 0.0, 0.0, 0.0, size_m))
    MODELS["chair"] = dataclasses.replace(chair, supports=(), mass_kg=6.0, footprint_m=size_m[:2], height_m=size_m[2])
    home = dataclasses.replace(home, things=(*home.things, Thing(CHAIR, "chair", "floor", spot)))
    with World(home) as world:
        world.remove(CHAIR)
        memory = SETUP.memory(home)
        camera = camera_of(world, SETUP.camera, "fast")
        stamp_ns = surveyed(world, SETUP, camera, floor, memory, START_NS)
        camera.close()
    return Known(home, floor, memory.dump(), stamp_ns, spot[:2])


def doors_of(home: Home) -> list[Doorway]:
    """The doorways with a door that stands open."""
    return [one for one in home.doorways if one.door and one.angle_rad > 1.0]


def drawn_ends(one: Known, doorway: Doorway | None, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """Draw a start and a goal: on both sides of a doorway, or anywhere that is far enough."""
    start, goal = one.floor.any_spot(rng), one.floor.any_spot(rng)
    way = one.floor.way(start, goal)
    if np.hypot(*(start - one.chair_m)) < BESIDE_M:
        return None
    if way is None or not WAY_M[0] <= float(np.hypot(*np.diff(way, axis=0).T).sum()) <= WAY_M[1]:
        return None
    if doorway is not None:
        near, at, lengths = nearest_on(way, np.array(doorway.center_m))
        if near > THROUGH_M or at < START_M or lengths - at < BEHIND_M:
            return None
    return start, goal


def nearest_on(path: Float64[np.ndarray, "n 2"], p_m: Float64[np.ndarray, "2"]) -> tuple[float, float, float]:
    """How near a path passes to a point, how far along that is, and how long the path is [m]."""
    points = along(path, 0.02)
    away = np.hypot(*(points - p_m).T)
    best = int(np.argmin(away))
    return float(away[best]), best * 0.02, (len(points) - 1) * 0.02


def along(path: Float64[np.ndarray, "n 2"], step_m: float) -> Float64[np.ndarray, "m 2"]:
    """Points along a path, so far apart."""
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    wanted = np.arange(0.0, at[-1] + 1e-9, step_m)
    return np.column_stack([np.interp(wanted, at, path[:, k]) for k in (0, 1)])


def rest_of(navigator: Navigator, at_m: Float64[np.ndarray, "2"]) -> Float64[np.ndarray, "n 2"]:
    """Its path from where the robot is."""
    if len(navigator.path_W) < 2:
        return np.empty((0, 2))
    points = along(navigator.path_W, 0.02)
    return points[int(np.argmin(np.hypot(*(points - at_m).T))) :]


class Happening:
    """What happens on the way, once: call it every tick."""

    def __init__(
        self,
        trial: Trial,
        navigator: Navigator,
        doorway: Doorway | None,
        rng: np.random.Generator,
        simulation: Simulation,
    ):
        self.bumps, self.seen = BlockedLog(simulation), {}
        self.trial, self.navigator, self.doorway = trial, navigator, doorway
        self.ahead_m, self.yaw_rad = float(rng.uniform(*AHEAD_M)), float(rng.uniform(-np.pi, np.pi))
        self.body = CHAIR if doorway is None else doorway.name
        self.before: object = None

    def __call__(self, drive: Drive) -> None:
        simulation = drive.simulation
        self.bumps.look(drive.view(), self.seen)
        self.seen.update(dict.fromkeys(simulation.sensor.in_view(), 1))
        if not self.trial.happened:
            self.maybe(drive)
        elif self.trial.shown_ns is None and self.shows(simulation):
            self.trial.shown_ns = simulation.clock.now_ns()
        if self.trial.shown_ns is not None and self.trial.replan_s is None:
            fresh = [one for one in self.navigator.replans if one.stamp_ns >= self.trial.shown_ns]
            if fresh:
                self.trial.replan_s = (fresh[0].stamp_ns - self.trial.shown_ns) / 1e9
                self.trial.why = fresh[0].reason

    def maybe(self, drive: Drive) -> None:
        """Let it happen where it is time."""
        simulation = drive.simulation
        robot_m = simulation.robot.X_WB()[:2, 3]
        rest = rest_of(self.navigator, robot_m)
        if drive.metres < SET_OFF_M or drive.command.status != "going" or len(rest) * 0.02 < self.ahead_m + LEFT_M:
            return
        if self.doorway is None:
            x, y = rest[round(self.ahead_m / 0.02)].tolist()
            ahead, left = (sm.inverse(simulation.robot.X_WB()) @ [x, y, 0.0, 1.0])[:2].tolist()
            if np.hypot(ahead, left) < STRAIGHT_M or abs(np.arctan2(left, ahead)) > VIEW * SETUP.camera.fov_rad / 2:
                return
            simulation.world.restore(CHAIR, yaw_pose(x, y, self.yaw_rad))
        else:
            away, at, _ = nearest_on(rest, np.array(self.doorway.center_m))
            if away > THROUGH_M or not AHEAD_M[0] <= at <= self.ahead_m:
                return
            simulation.world.set_hinge(f"{self.doorway.name}/leaf", 0.0)
        self.trial.happened, self.before = True, simulation.sensor.shot

    def shows(self, simulation: Simulation) -> bool:
        """Whether the picture of this tick shows it."""
        shot = simulation.sensor.shot
        if shot is self.before:
            return False
        self.before = shot
        there = (shot.body == shot.names.index(self.body)) & (shot.depth_m > 0.1) & (shot.depth_m <= RANGE_M)
        return int(there.sum()) >= PIXELS_MIN


def driven(one: Known, kind: str, doorway: Doorway | None, seed: int, seconds: float) -> Trial | None:
    """Drive once; None where it did not come to what should have happened."""
    rng = np.random.default_rng(seed)
    ends = next((got for _ in range(DRAWS_MAX) if (got := drawn_ends(one, doorway, rng)) is not None), None)
    if ends is None:
        return None
    start, goal = ends
    trial = Trial(kind, one.home.name)
    navigator = Navigator((float(goal[0]), float(goal[1])), config=SETUP.navigation)
    memory = SETUP.loaded(one.memory, one.home)
    yaw_rad = float(rng.uniform(-np.pi, np.pi))
    with SETUP.simulation(
        one.home, yaw_pose(float(start[0]), float(start[1]), yaw_rad), seed=seed, start_ns=one.stamp_ns + APART_NS
    ) as simulation:
        simulation.world.remove(CHAIR)
        happening = Happening(trial, navigator, doorway, rng, simulation)
        drive = Drive(simulation, navigator, memory.view, duration_max_s=seconds, each_tick=happening)
        for x in drive:
            assert memory.observe(x)
        trial.blocked, trial.seconds, trial.metres = simulation.robot.blocked_count, drive.elapsed_s, drive.metres
        trial.touched = ", ".join(f"{one.body} ({'seen' if one.seen else 'unseen'})" for one in happening.bumps.bumps)
        trial.step_ms = max(drive.step_s) * 1e3
        if drive.command.is_over:
            trial.end, trial.reason = ("arrived" if drive.command.status == "done" else "gave up"), drive.command.reason
        if trial.end != "arrived":
            floor = TrueFloor(simulation.world, SETUP.kind)
            trial.lost = floor.way(simulation.robot.X_WB()[:2, 3], goal) is not None
    return trial if trial.happened else None


def trials_of(kind: str, count: int, homes: int, seconds: float, verbose: Callable[[str], None]) -> list[Trial]:
    """As many trials as are wanted, in one home after the other."""
    found, vain = [], 0
    for number in itertools.count():
        if len(found) == count or vain > 5 * count:
            break
        one = known(number % homes)
        doors = doors_of(one.home)
        if kind == KINDS[0] and not doors:
            continue
        doorway = doors[number // homes % len(doors)] if kind == KINDS[0] else None
        trial = driven(one, kind, doorway, 1000 * KINDS.index(kind) + number, seconds)
        if trial is None:
            vain += 1
            continue
        found.append(trial)
        after = "-" if trial.replan_s is None else f"{trial.replan_s:.2f}"
        lost = ", though a way was there" * trial.lost
        verbose(
            f"{len(found)} {kind}, {trial.home}, number {number}: replans after {after} s ({trial.why}); {trial.end} "
            f"after {trial.seconds:.1f} s, {trial.metres:.1f} m, blocked {trial.blocked} {trial.touched}; "
            f"{trial.reason}{lost}"
        )
    verbose(f"{kind}: {vain} drawn again")
    return found


def row(title: str, trials: list[Trial]) -> list[str]:
    """What became of some trials."""
    shown = [one for one in trials if one.shown_ns is not None]
    times = sorted(one.replan_s for one in shown if one.replan_s is not None)
    soon = sum(time <= 1.0 for time in times)
    ends = Counter(one.end for one in trials)
    figures = f"{np.median(times):.2f}, {times[-1]:.2f}" if times else "-"
    return [
        title, str(len(trials)), str(len(shown)), f"{soon} of {len(shown)}", figures, str(len(shown) - len(times)),
        str(sum(one.blocked for one in trials)), f"{sum(one.blocked > 0 for one in trials)}",
        ", ".join(f"{ends[name]} {name}" for name in ("arrived", "gave up", "drove on") if ends[name]),
        str(sum(one.lost for one in trials)),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=50, help="doors and chairs together")
    parser.add_argument("--homes", type=int, default=10, help="how many homes they are in")
    parser.add_argument("--seconds", type=float, default=90.0, help="so long a drive lasts at most")
    parser.add_argument("--verbose", action="store_true", help="say what became of each trial")
    given = parser.parse_args()

    def verbose(line: str) -> None:
        if given.verbose:
            print(line, file=sys.stderr, flush=True)

    every, rows = [], []
    for kind, count in zip(KINDS, (given.trials // 2, given.trials - given.trials // 2), strict=True):
        trials = trials_of(kind, count, given.homes, given.seconds, verbose)
        rows.append(row(kind, trials))
        every += trials
    columns = [
        "",
        "trials",
        "shown",
        "within 1 s",
        "after: median, most [s]",
        "never",
        "blocked",
        "in trials",
        "then",
        "though a way was there",
    ]
    show("a new way after something came into the way", columns, [*rows, row("both", every)])
    steps = [one.step_ms for one in every]
    print(f"the slowest step of a trial: median {np.median(steps):.1f} ms, most {max(steps):.1f} ms")
    print(f"spatialmem {sm.__version__}")


if __name__ == "__main__":
    main()

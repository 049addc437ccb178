"""What changes on a robot's way while it drives: what is drawn, let happen, and the first frame that truly shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64
from replanning_in_sim import (
    AHEAD_M,
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
)

import spatialmem as sm
from planners.navigation import Navigator
from planners.navigation.open_way import OpenWay
from sim.live import LiveRobot
from sim.people.rearranging import Wish, move_things
from sim.poses import yaw_pose
from sim.simulation import Simulation
from sim.worlds import World, truth_of
from sim.worlds.built.resting import thing_bounds

__all__ = ["KINDS", "Change", "Drive", "Task", "drawn", "inner_points"]

KINDS = ("the thing is moved", "a chair is put there")
NEAR_M, SEEN_M = 4.0, 5.0
"""A chair is shown so far off; a thing as far as depth is believed."""
SAME_M, MOVED_M = 0.15, 0.5
AWAY_M = (3.0, 9.0)
GOAL_LEFT_M = (1.5, 3.5)
"""A thing is moved when so much of the way to it is left."""
THROUGH_SHARE, BESIDE_M = 0.7, 0.02
DRAWS_MAX = 30


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

    home: str
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
    is_over: bool = False
    """It ended by itself."""
    tick_ms: float = 0.0
    """99 of 100 ticks, with the lease asked in them, took no longer."""


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

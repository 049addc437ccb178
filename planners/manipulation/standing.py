"""Where to stand to reach something: free floor with room for the outline, from where the hand gets to it.

Any yaw will do: a long base reaches better over its side than over its bumper. Places are told by what the arm reaches
at all (`Reach`), then by true inverse kinematics, with the arm clear of what the map has, then by the way there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64

from planners.manipulation.checking import ArmCheck
from planners.manipulation.limb import Limb
from planners.navigation.config import MARGIN_M, NavigationConfig
from planners.navigation.course import (
    AROUND_M,
    Ground,
    course_over,
    reached_from,
    room_at,
    route_to,
    wide_enough,
)
from planners.navigation.low_things import low_things
from planners.navigation.manoeuvre import search_out
from planners.navigation.surroundings import distance_m, signed_distance_m
from spatialmem import Floor, Route, State, View

__all__ = ["Footing", "Wanted", "footings"]

FAR_M = 1.05
"""B is no farther than that from what is to be reached."""
YAWS = 16
MARGINS_M, UNSEEN_M = (0.04, 0.0), 0.08
"""So far round the outline nothing is known to be, for a base ends a little beside where it was sent, or where no such
place will do, no farther than the outline; and so far inside it all is known to be free: what is at the foot of
furniture is seen by nobody."""
APART_M, APART_RAD = 0.2, 0.5
"""Two places to stand are two where they are so far apart, or turned so far."""
TRIED = 24
"""So many places are held against the ways there and inverse kinematics."""
OUT_M, OUT_CALLS = 2.2, 6
"""Who comes to a place comes by way of where there is room to turn, so near to it at most; moves from there to it are
looked for no longer than so many times as long as in one tick."""
METRE = 0.03
"""A metre of way is worth so much of the score."""
RIGHT, BEHIND = 0.05, 0.3
"""What is on the right is reached past no mast; what is behind is seen past the stowed arm."""
DOWN, OVER, MANY = 0.9, 0.3, 0.2
"""The more of the wanted poses are reached, the better, and of those straight down, too: what is seen from there may
leave no other way."""
IK_POSES, IK_TRIES, IK_CLEAR = 8, 6, 3
"""Inverse kinematics is asked for so many poses of the hand, with so many tries for each; of so many ways of the arm to
come to a pose one is to be clear."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """A pose that the hand is to come to, by way of one before it."""

    X_WG: Float64[np.ndarray, "4 4"]
    before_WG: Float64[np.ndarray, "4 4"]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """Where a base may stand, and why."""

    p_m: tuple[float, float]
    yaw_rad: float
    score: float
    """Of the best pose that the hand gets to from there, less the way there."""
    length_m: float
    entry: tuple[float, float, float] | None = None
    """x [m], y [m] and yaw [rad] near by, from where moves lead into it; None where none were found."""


def footings(
    view: View,
    here_W: Float64[np.ndarray, "3"],
    wanted: Sequence[Wanted],
    limb: Limb,
    config: NavigationConfig,
    *,
    k: int = 4,
    avoid: Sequence[Footing] = (),
    clear: Callable[[Float64[np.ndarray, "4 4"]], ArmCheck] | None = None,
) -> tuple[Footing, ...]:
    """Return where to stand so that the hand gets to one of some poses, the best first; none where that is nowhere.

    avoid: places that did not do. clear: returns, for X_WB, what tells whether the arm is free as far as that is known;
    where it comes to a pose free, that place is better than all where it does not; and a place into which the base can
    move, turned as it is to be, is better than all where no such moves were found.
    """
    if not wanted:
        return ()
    about_m = np.mean([one.X_WG[:2, 3] for one in wanted], axis=0)
    low_m = np.minimum(about_m - FAR_M - OUT_M, here_W[:2] - AROUND_M)
    high_m = np.maximum(about_m + FAR_M + OUT_M, here_W[:2] + AROUND_M)
    ground = _ground(view, view.floor((low_m, high_m)))
    task = _Task(view, here_W, wanted, limb, config, clear, ground)
    reached = reached_from(ground, here_W[:2], config).astype(np.float32)
    for margin_m in MARGINS_M:
        poses = _standing_room(ground, about_m, config, margin_m)
        scores = _scores(poses, wanted, limb, float(here_W[2]))
        ways_lead_there = room_at(ground, reached, poses[:, :2]) > 0.0
        for which in (ways_lead_there, ~ways_lead_there):  # to the others perhaps over floor that nobody has seen
            chosen = _best_apart(poses, np.where(which, scores, np.float32(0.0)), avoid)
            found = _held_against(task, poses[chosen], scores[chosen], k)
            if found:
                return found
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What places to stand are held against; as `footings` is asked, with the floor all about."""

    view: View
    here_W: Float64[np.ndarray, "3"]
    wanted: Sequence[Wanted]
    limb: Limb
    config: NavigationConfig
    clear: Callable[[Float64[np.ndarray, "4 4"]], ArmCheck] | None
    ground: Ground


def _held_against(
    task: _Task, poses: Float64[np.ndarray, "n 3"], scores: Float32[np.ndarray, "n"], k: int
) -> tuple[Footing, ...]:
    """Return which of some poses will do by inverse kinematics, the memory's routes, and moves into them."""
    found: list[tuple[tuple[bool, bool], Footing]] = []
    for pose, score in zip(poses, scores.tolist(), strict=True):
        x, y, yaw = pose.tolist()
        how = _reached(task, pose)
        route = route_to(task.view, task.here_W, (x, y), task.config) if how else None
        if isinstance(route, Route):
            entry = _entry((x, y, yaw), route, task.ground, task.config)
            made = Footing(
                p_m=(x, y),
                yaw_rad=yaw,
                score=score - METRE * route.length_m,
                length_m=route.length_m,
                entry=entry,
            )
            found.append(((entry is not None, how == "free"), made))
        if sum(all(one) for one, _ in found) >= 2 * k:
            break
    found.sort(key=lambda one: (one[0], one[1].score), reverse=True)
    return tuple(one for _, one in found[:k])


def _standing_room(
    ground: Ground, about_m: Float64[np.ndarray, "2"], config: NavigationConfig, margin_m: float
) -> Float64[np.ndarray, "n 3"]:
    """Return the poses x, y, yaw near a spot at which the outline is over floor that is known to be free."""
    floor = ground.floor
    free, solid = (floor.state == State.FREE) & ~ground.seen, (floor.state == State.OCCUPIED) | ground.seen
    good = wide_enough(ground.room_m, ground.solid_m, config)
    rows, columns = np.nonzero(good)
    middles = floor.points_W(np.stack([columns, rows], axis=1).astype(np.int64))[:, :2]
    near = np.hypot(*(middles - about_m).T) <= FAR_M
    found = []
    for turn in range(YAWS):
        yaw = math.tau * turn / YAWS - math.pi
        fits = _fits(floor, ~solid, middles[near], yaw, config, margin_m)
        fits &= _fits(floor, free, middles[near], yaw, config, -UNSEEN_M)
        found.append(np.column_stack([middles[near][fits], np.full(int(fits.sum()), yaw)]))
    return np.concatenate(found)


def _fits(
    floor: Floor,
    free: Bool[np.ndarray, "h w"],
    middles: Float64[np.ndarray, "n 2"],
    yaw: float,
    config: NavigationConfig,
    margin_m: float,
) -> Bool[np.ndarray, "n"]:
    """Return at which places the outline, so turned and so much wider, is over free cells only."""
    length, width = (side / 2 + margin_m for side in config.footprint_m)
    xs, ys = (np.linspace(-half, half, math.ceil(2 * half / floor.cell_m) + 1) for half in (length, width))
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    c, s = math.cos(yaw), math.sin(yaw)
    spots = middles[:, None] + grid @ np.array([[c, s], [-s, c]])
    x, y = floor.cells_of(spots.reshape(-1, 2)).T
    height, breadth = free.shape
    inside = (x >= 0) & (x < breadth) & (y >= 0) & (y < height)
    over = inside & free[np.where(inside, y, 0), np.where(inside, x, 0)]
    return over.reshape(len(middles), len(grid)).all(axis=1)


def _ground(view: View, floor: Floor) -> Ground:
    """Return a floor as a base that moves over it has it."""
    seen = low_things(view, floor)
    solid, known = (floor.state == State.OCCUPIED) | seen, (floor.state == State.FREE) & ~seen
    return Ground(floor, seen, distance_m(~known, floor.cell_m), signed_distance_m(solid, floor.cell_m))


def _entry(
    pose: tuple[float, float, float], route: Route, ground: Ground, config: NavigationConfig
) -> tuple[float, float, float] | None:
    """Return from which pose moves lead to a place: where the way to it has room to turn, or else most room."""
    way = course_over(ground, route.waypoints_W[:, :2])
    near = np.hypot(*(way.cells_m - pose[:2]).T) <= OUT_M
    wide = near & (way.narrow_m >= config.turn_m)
    points_m = way.cells_m[wide] if wide.any() else way.cells_m[near][[int(np.argmax(way.narrow_m[near]))]]
    search = search_out(pose, points_m, ground, config)
    if search.room_m < MARGIN_M:  # moves out may begin nearer to something than moves in may lead
        return None
    for _ in range(OUT_CALLS):
        found = search.go_on()
        if found is not None or search.is_over:
            return None if found is None else found.end
    return None


def _scores(
    poses: Float64[np.ndarray, "n 3"], wanted: Sequence[Wanted], limb: Limb, z_m: float
) -> Float32[np.ndarray, "n"]:
    """Return how good the best of the wanted poses is from each place, times how well the hand gets there."""
    best, over, of_all = np.zeros((3, len(poses)))
    downward = [one for one in wanted if one.X_WG[2, 2] < -DOWN]
    c, s = np.cos(poses[:, 2]), np.sin(poses[:, 2])
    root = np.array(limb.config.root_p_B)
    for one in wanted:
        both = []
        for X_WG in (one.X_WG, one.before_WG):
            away, toward = X_WG[:2, 3] - poses[:, :2], X_WG[:3, 2]
            p_B = np.column_stack([c * away[:, 0] + s * away[:, 1], c * away[:, 1] - s * away[:, 0]])
            p_R = np.column_stack([p_B - root[:2], np.full(len(poses), X_WG[2, 3] - z_m - root[2])])
            toward_R = np.column_stack(
                [c * toward[0] + s * toward[1], c * toward[1] - s * toward[0], np.full(len(poses), toward[2])]
            )
            both.append(limb.reach.at(p_R, toward_R))
            bearing = np.arctan2(p_B[:, 1], p_B[:, 0])
        aside = np.where(np.abs(bearing) > 2.3, -BEHIND, np.where(bearing < 0.0, RIGHT, 0.0))
        reached = np.minimum(*both)
        value = np.where(reached > 0.0, one.score * (0.5 + 0.5 * reached) + aside, 0.0)
        best = np.maximum(best, value)
        of_all += reached / len(wanted)
        if one.X_WG[2, 2] < -DOWN:
            over += reached / len(downward)
    return np.where(best > 0.0, best + OVER * over + MANY * of_all, 0.0).astype(np.float32)


def _best_apart(
    poses: Float64[np.ndarray, "n 3"], scores: Float32[np.ndarray, "n"], avoid: Sequence[Footing]
) -> list[int]:
    """Return the best places, none of them about the same as a better one or one to avoid."""
    taken = [(*one.p_m, one.yaw_rad) for one in avoid]
    chosen: list[int] = []
    for number in np.argsort(-scores, kind="stable").tolist():
        if scores[number] <= 0.0 or len(chosen) >= TRIED:
            break
        x, y, yaw = poses[number].tolist()
        if any(
            math.hypot(x - u, y - v) < APART_M and abs(math.remainder(yaw - w, math.tau)) < APART_RAD
            for u, v, w in taken
        ):
            continue
        taken.append((x, y, yaw))
        chosen.append(number)
    return chosen


def _reached(task: _Task, pose: Float64[np.ndarray, "3"]) -> Literal["free", "reached", ""]:
    """Return whether inverse kinematics finds a way to one of the wanted poses from a place, by one before it that is
    free of what is known."""
    wanted, limb = task.wanted, task.limb
    X_WB = np.eye(4)
    c, s = math.cos(pose[2]), math.sin(pose[2])
    X_WB[:2, :2], X_WB[:3, 3] = [[c, -s], [s, c]], (pose[0], pose[1], task.here_W[2])
    X_RW = limb.X_RW(X_WB)
    X_RG = np.array([X_RW @ one.before_WG for one in wanted])
    reach = limb.reach.at(X_RG[:, :3, 3], X_RG[:, :3, 2])
    value = reach * np.array([one.score for one in wanted])
    best, check = "", None if task.clear is None else task.clear(X_WB)
    for number in np.argsort(-value, kind="stable")[:IK_POSES].tolist():
        if value[number] <= 0.0:
            break
        for turn in (1.0, -1.0):
            turned = np.diag([turn, turn, 1.0, 1.0])
            count = 1 if check is None else IK_CLEAR
            starts = limb.inverse.solve(X_RG[number] @ turned, limb.stowed_rad, count=count, tries=IK_TRIES)
            free = [one for one in starts if check is None or check.is_free(one)]
            end = X_RW @ wanted[number].X_WG @ turned
            if any(limb.inverse.follow(end, one) is not None for one in free):
                return "free"
            if not free and not best and len(starts) and limb.inverse.follow(end, starts[0]) is not None:
                best = "reached"
    return best

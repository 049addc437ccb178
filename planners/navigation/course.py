"""The way that the robot follows: the memory's route says which way round, the cells about it where exactly.

Cells cost their length, and more the nearer they are to what is in the way than the robot would like; the cheapest way
over them is A*'s, then corners are left out where the straight line is as clear (see `grid_search`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.grid_search import grid_path, straightened
from planners.navigation.low_things import low_things
from planners.navigation.surroundings import Sightings, distance_m, grown_new, signed_distance_m
from spatialmem import Floor, Route, State, Unknown, View

__all__ = [
    "TOLERANCE_M",
    "Course",
    "Ground",
    "course_over",
    "ground_of",
    "lay_course",
    "place_aside",
    "reached_from",
    "room_at",
    "route_to",
    "wide_enough",
]

CROWDED_COST = 4.0
"""How many times as long a step counts that is as near to an obstacle as the radius allows."""
SPARE_M = 0.05
"""So much more than it needs to turn the robot likes to have."""
AROUND_M = 4.0
"""Cells so far beside a route are looked at."""
LEAVE_M, SHORT_M = 2.0, 0.2
"""From where there is no room for its disc the robot leaves for the nearest floor that has, within the first; and a
course ends so far beside a goal at most."""
ASIDE_M, ASIDE_MOST_M = 1.6, 2.0
"""Who makes way for somebody goes so far from where they stand, to where there is room to turn, at most so far from
where it is."""
TOLERANCE_M = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A floor with what frames showed on it, at one moment."""

    floor: Floor
    seen: Bool[np.ndarray, "h w"]
    """What the newest frames showed, and low things that are remembered."""
    room_m: Float32[np.ndarray, "h w"]
    """From each cell to the next that is not known to be free."""
    solid_m: Float32[np.ndarray, "h w"]
    """From each cell to the next that something is known to be on; negative on those, the deeper in the more."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A way over the floor."""

    points_m: Float64[np.ndarray, "n 2"]
    """Corners from the robot to the goal."""
    cells_m: Float64[np.ndarray, "m 2"]
    """Points along it, no farther apart than a cell."""
    length_m: float
    narrow_m: Float32[np.ndarray, "m"]
    """How much room there is at each of them."""


def ground_of(
    view: View,
    sightings: Sightings,
    config: NavigationConfig,
    *,
    route: Route | None,
    about_m: Float64[np.ndarray, "n 2"],
    pose: tuple[float, float, float],
) -> Ground:
    """Return the floor about some points, and a route where there is one, with what frames showed.

    Where the route begins over floor that nobody has seen, as the floor about a robot often is, that is taken for free.
    So is the floor on which the base stands: what the map has there is what the robot held up before its camera.

    pose: x [m], y [m], yaw [rad] of the base.
    """
    points_m = about_m if route is None else np.concatenate([route.waypoints_W[:, :2], about_m])
    floor = view.floor((points_m.min(axis=0) - AROUND_M, points_m.max(axis=0) + AROUND_M))
    under = _under(floor, pose, config.footprint_m)
    mapped = (floor.state == State.OCCUPIED) & ~under
    seen = (low_things(view, floor) | grown_new(sightings.blocked(floor), mapped, floor.cell_m)) & ~under
    known = (floor.state == State.FREE) | under
    if route is not None and route.unseen_m > 0.0:
        known |= ~mapped & _along(floor, route.waypoints_W[:2, :2], config.pass_m)
    return Ground(floor, seen, distance_m(~known | seen, floor.cell_m), signed_distance_m(mapped | seen, floor.cell_m))


def _under(floor: Floor, pose: tuple[float, float, float], footprint_m: tuple[float, float]) -> Bool[np.ndarray, "h w"]:
    """Return the cells under the base, but for those at its rim, over which something beside it may reach."""
    rows, columns = np.indices(floor.state.shape)
    dx, dy = (floor.origin_m[i] + (n + 0.5) * floor.cell_m - pose[i] for i, n in enumerate((columns, rows)))
    c, s = math.cos(pose[2]), math.sin(pose[2])
    ahead, aside = np.abs(c * dx + s * dy), np.abs(c * dy - s * dx)
    return (ahead < footprint_m[0] / 2 - floor.cell_m) & (aside < footprint_m[1] / 2 - floor.cell_m)


def _along(floor: Floor, ends_m: Float64[np.ndarray, "2 2"], within_m: float) -> Bool[np.ndarray, "h w"]:
    """Return the cells that are no farther from a straight line than that, and a cell."""
    import cv2

    line = np.zeros(floor.state.shape, np.uint8)
    (x0, y0), (x1, y1) = floor.cells_of(ends_m).tolist()
    cv2.line(line, (x0, y0), (x1, y1), 1)
    return distance_m(line != 0, floor.cell_m) <= within_m + floor.cell_m


def route_to(view: View, start_W: Float64[np.ndarray, "3"], goal: object, config: NavigationConfig) -> Route | Unknown:
    """Return the memory's route for this robot, or where none is wide enough, for the narrowest robot: the course tells
    whether it is floor that nobody has seen that makes it narrow. Unknown where there is none."""
    wide = view.route(start_W, goal, robot_radius_m=max(config.pass_m, view.robot_radius_m))
    if isinstance(wide, Route) or config.pass_m <= view.robot_radius_m:
        return wide
    narrow = view.route(start_W, goal)
    return narrow if isinstance(narrow, Route) else wide


def wide_enough(
    room_m: Float32[np.ndarray, "h w"], solid_m: Float32[np.ndarray, "h w"], config: NavigationConfig
) -> Bool[np.ndarray, "h w"]:
    """Return the cells that a way may lead over, by how far what is not known to be free is, and what is solid."""
    return (room_m >= config.unseen_m - TOLERANCE_M) & (solid_m >= config.beside_m - TOLERANCE_M)


def lay_course(
    ground: Ground, start_m: Float64[np.ndarray, "2"], goal_m: Float64[np.ndarray, "2"], config: NavigationConfig
) -> Course | None:
    """Return the cheapest way from a point to another over a floor; None where nothing wide enough leads there."""
    free = wide_enough(ground.room_m, ground.solid_m, config)
    start, goal = _nearest(free, ground.floor, start_m, LEAVE_M), _nearest(free, ground.floor, goal_m, SHORT_M)
    if start is None or goal is None:
        return None
    like_m = config.turn_m + SPARE_M
    crowded = np.clip((like_m - ground.room_m) / max(like_m - config.pass_m, 1e-6), 0.0, 1.0)
    found = grid_path(free, start, goal, cost=(1.0 + CROWDED_COST * crowded).astype(np.float32))
    if found is None:
        return None
    cells = straightened(found.cells, ground.room_m, prefer_m=like_m)
    middles = ground.floor.points_W(cells)[:, :2]
    first = middles[1:] if start == _cell(ground.floor, start_m) and len(middles) > 1 else middles
    ends = [goal_m[None]] if goal == _cell(ground.floor, goal_m) else []
    return course_over(ground, np.concatenate([start_m[None], first[:-1] if ends else first, *ends]))


def reached_from(
    ground: Ground, start_m: Float64[np.ndarray, "2"], config: NavigationConfig
) -> Bool[np.ndarray, "h w"]:
    """Return the cells to which a course leads from a point; none where no course begins there."""
    import cv2

    free = wide_enough(ground.room_m, ground.solid_m, config)
    start = _nearest(free, ground.floor, start_m, LEAVE_M)
    if start is None:
        return np.zeros_like(free)
    _, piece = cv2.connectedComponents(free.astype(np.uint8), connectivity=4)  # as grid_path cuts no corners
    return piece == piece[start[1], start[0]]


def place_aside(
    ground: Ground, start_m: Float64[np.ndarray, "2"], from_m: Float64[np.ndarray, "2"], config: NavigationConfig
) -> Float64[np.ndarray, "2"] | None:
    """Return the nearest place out of the way of who comes from a point; None where there is none."""
    floor = ground.floor
    rows, columns = np.nonzero(wide_enough(ground.room_m, ground.solid_m, config) & (ground.room_m >= config.turn_m))
    points_m = floor.points_W(np.stack([columns, rows], axis=1).astype(np.int64))[:, :2]
    far = np.hypot(*(points_m - from_m).T) >= ASIDE_M
    away_m = np.where(far, np.hypot(*(points_m - start_m).T), np.inf)
    if not len(points_m) or away_m.min() > ASIDE_MOST_M:
        return None
    return points_m[int(np.argmin(away_m))]


def _cell(floor: Floor, p_m: Float64[np.ndarray, "2"]) -> tuple[int, int]:
    x, y = (int(c) for c in floor.cells_of(p_m[None])[0])
    return x, y


def _nearest(
    free: Bool[np.ndarray, "h w"], floor: Floor, p_m: Float64[np.ndarray, "2"], within_m: float
) -> tuple[int, int] | None:
    """Return the free cell (x, y) nearest to a point; None where none is near."""
    x, y = _cell(floor, p_m)
    height, width = free.shape
    if 0 <= x < width and 0 <= y < height and free[y, x]:
        return x, y
    reach = int(np.ceil(within_m / floor.cell_m))
    y0, x0 = max(y - reach, 0), max(x - reach, 0)
    rows, columns = np.nonzero(free[y0 : max(y + reach + 1, 0), x0 : max(x + reach + 1, 0)])
    if not len(rows):
        return None
    away = np.hypot(columns + x0 - x, rows + y0 - y)
    nearest = int(np.argmin(away))
    return (int(columns[nearest] + x0), int(rows[nearest] + y0)) if away[nearest] <= reach else None


def course_over(ground: Ground, points_m: Float64[np.ndarray, "n 2"]) -> Course:
    """Return the course with these corners."""
    steps_m = np.hypot(*np.diff(points_m, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps_m)])
    count = max(int(np.ceil(along[-1] / ground.floor.cell_m)), 1) + 1
    at = np.linspace(0.0, along[-1], count)
    cells_m = np.column_stack([np.interp(at, along, points_m[:, k]) for k in (0, 1)])
    return Course(points_m, cells_m, float(along[-1]), room_at(ground, ground.room_m, cells_m))


def room_at(
    ground: Ground, field_m: Float32[np.ndarray, "h w"], points_m: Float64[np.ndarray, "n 2"]
) -> Float32[np.ndarray, "n"]:
    """Return the value of a field of the ground, such as `room_m`, at points; 0 beside it."""
    x, y = ground.floor.cells_of(points_m).T
    height, width = field_m.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.where(inside, field_m[np.where(inside, y, 0), np.where(inside, x, 0)], np.float32(0.0))

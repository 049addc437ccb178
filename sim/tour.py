"""A scripted tour through all rooms of a home: where to go, and how to drive there and look around.

The way is planned on the home's truth: a tour is a script, not a planner. The driver knows a robot by its state only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from sim.poses import wrapped, yaw_of
from sim.worlds import FloorGrid, RouteFinder, Truth
from spatialmem import RobotState

__all__ = ["Stop", "TourDriver", "plan_stops"]

SECOND_SPOT_M = 2.4
"""A room gets a second stop where one is this far from the first."""
SPEED_M_S = 0.6
TURN_RAD_S = 0.9
LOOK_AHEAD_M = 0.45
TURN_FIRST_RAD = 0.5
"""With a larger error of its heading the robot turns before it drives."""
ARRIVED_M = 0.12
STUCK_S = 4.0
STUCK_M, STUCK_RAD = 0.03, 0.05
PAUSE_S, BACK_OFF_M_S = 3.0, -0.25
"""A robot that is stuck backs off for so long, and one that finds no way waits: somebody may want to come by."""
TRIES = 5


@dataclass(frozen=True)
class Stop:
    """A place from which the robot looks all round."""

    room: str
    p_m: tuple[float, float]
    """NaN where there is no such place in the room."""


def plan_stops(
    truth: Truth, grid: FloorGrid, finder: RouteFinder, start_m: Float[np.ndarray, "2"], *, turn_m: float
) -> tuple[Stop, ...]:
    """Return the stops of a tour: in every room the most open spot, and one far from it in a large room.

    Ordered so that the nearest one not yet visited is next, by the length of the way. Rooms that cannot be reached,
    or in which there is no room of turn_m to turn, come last: the driver will name them as missed.
    """
    reach = np.isfinite(finder.lengths_from(start_m))
    wanted, hopeless = [], []
    for number, name in enumerate(truth.rooms):
        spots = _spots(finder.clearance_m, reach & (grid.room == number), grid, turn_m)
        wanted += [Stop(name, spot) for spot in spots]
        hopeless += [] if spots else [Stop(name, (float("nan"), float("nan")))]
    stops, at_m = [], start_m
    while wanted:
        lengths = [finder.length_m(at_m, np.array(stop.p_m)) for stop in wanted]
        stops.append(wanted.pop(int(np.argmin(lengths))))
        at_m = np.array(stops[-1].p_m)
    return (*stops, *hopeless)


def _spots(
    clearance_m: Float32[np.ndarray, "h w"], reachable: Bool[np.ndarray, "h w"], grid: FloorGrid, turn_m: float
) -> list[tuple[float, float]]:
    """Return one or two places in a room; none where the robot has no room to turn."""
    good = reachable & (clearance_m >= turn_m)
    if not good.any():
        return []
    rows, cols = np.nonzero(good)
    middles = np.asarray(grid.origin_m) + (np.stack([cols, rows], axis=1) + 0.5) * grid.cell_m
    first = middles[np.argmax(np.minimum(clearance_m[rows, cols], 1.0))]
    away_m = np.hypot(*(middles - first).T)
    farthest = middles[np.argmax(away_m)]
    spots = [first, farthest] if away_m.max() >= SECOND_SPOT_M else [first]
    return [(float(x), float(y)) for x, y in spots]


class TourDriver:
    """Turns a robot's state into its next base velocity: to each stop in turn, and once all round at each.

    Follows the way by pure pursuit (Coulter 1992). Where it is stuck it backs off and tries again; a stop that cannot
    be reached is given up and named in `missed`.
    """

    def __init__(
        self, finder: RouteFinder, stops: tuple[Stop, ...], look_again: Callable[[], RouteFinder] | None = None
    ):
        """look_again: returns the ways as they are at that moment, for a robot that is stuck."""
        self._finder, self.stops, self._look_again = finder, stops, look_again
        self.number = 0
        """Of the stop that it drives to or turns at, from 0."""
        self.missed: list[Stop] = []
        self.cut_short: list[Stop] = []
        """Where something was in the way before the robot had turned all round."""
        self._path: Float[np.ndarray, "n 2"] | None = None
        self._leg = 0
        self._turned_rad: float | None = None
        self._yaw_rad = 0.0
        self._rest: tuple[int, float, float, float] | None = None
        self._pause: tuple[int, tuple[float, float, float]] | None = None
        self._tries = 0

    @property
    def doing(self) -> str:
        """What the robot does now, in a few words."""
        if self.number >= len(self.stops):
            return "done"
        where = self.stops[self.number].room
        return f"driving to the {where}" if self._turned_rad is None else f"looking around in the {where}"

    def step(self, state: RobotState) -> tuple[float, float, float] | None:
        """Return the base velocity for the next tick (m/s forward, m/s left, rad/s); None when the tour is over."""
        if self.number >= len(self.stops):
            return None
        yaw_rad = yaw_of(state.X_WB)
        p_m = state.X_WB[:2, 3]
        if self._turned_rad is not None:
            return self._look_around(state.stamp_ns, p_m, yaw_rad)
        if self._pause is not None:
            until_ns, velocity = self._pause
            if state.stamp_ns < until_ns:
                return velocity
            self._path = self._rest = self._pause = None
            if self._look_again is not None:
                self._finder = self._look_again()
        if self._path is None:
            self._path, self._leg = self._route(p_m), 0
        if self._path is None or self._is_stuck(state.stamp_ns, p_m, yaw_rad):
            return self._try_later(state.stamp_ns, moves=self._path is not None)
        if float(np.hypot(*(self._path[-1] - p_m))) < ARRIVED_M:
            self._turned_rad, self._yaw_rad = 0.0, yaw_rad
            return 0.0, 0.0, 0.0
        return self._follow(p_m, yaw_rad)

    def _try_later(self, stamp_ns: int, *, moves: bool) -> tuple[float, float, float]:
        """Wait or back off for a while, the next time forwards, and look again then; give up after `TRIES` times."""
        self._tries += 1
        if self._tries == TRIES or np.isnan(self.stops[self.number].p_m[0]):
            self.missed.append(self.stops[self.number])
            self._next()
        else:
            speed_m_s = (BACK_OFF_M_S if self._tries % 2 else -BACK_OFF_M_S) if moves else 0.0
            self._pause = stamp_ns + round(PAUSE_S * 1e9), (speed_m_s, 0.0, 0.0)
        return 0.0, 0.0, 0.0

    def _route(self, p_m: Float[np.ndarray, "2"]) -> Float[np.ndarray, "n 2"] | None:
        goal_m = np.array(self.stops[self.number].p_m)
        return self._finder.route(p_m, goal_m) if np.isfinite(goal_m).all() else None

    def _next(self) -> None:
        self.number += 1
        self._path = self._turned_rad = self._rest = None
        self._tries = 0

    def _look_around(self, stamp_ns: int, p_m: Float[np.ndarray, "2"], yaw_rad: float) -> tuple[float, float, float]:
        """Turn all round, or as far as nothing is in the way."""
        assert self._turned_rad is not None
        self._turned_rad += wrapped(yaw_rad - self._yaw_rad)
        self._yaw_rad = yaw_rad
        whole = self._turned_rad >= 2 * math.pi
        if not whole and self._is_stuck(stamp_ns, p_m, yaw_rad):
            self.cut_short.append(self.stops[self.number])
            whole = True
        if whole:
            self._next()
            return 0.0, 0.0, 0.0
        return 0.0, 0.0, TURN_RAD_S

    def _follow(self, p_m: Float[np.ndarray, "2"], yaw_rad: float) -> tuple[float, float, float]:
        target = self._target(p_m)
        error_rad = wrapped(math.atan2(*(target - p_m)[::-1]) - yaw_rad)
        if abs(error_rad) > TURN_FIRST_RAD:
            return 0.0, 0.0, math.copysign(TURN_RAD_S, error_rad)
        assert self._path is not None
        left_m = float(np.hypot(*(self._path[-1] - p_m)))
        speed = min(SPEED_M_S, 0.1 + left_m) * math.cos(error_rad) ** 4
        turn = float(np.clip(2.5 * error_rad, -TURN_RAD_S, TURN_RAD_S))
        return speed, 0.0, turn

    def _target(self, p_m: Float[np.ndarray, "2"]) -> Float[np.ndarray, "2"]:
        """Return the point of the path that is `LOOK_AHEAD_M` ahead of the point nearest to the robot."""
        path = self._path
        assert path is not None
        while self._leg < len(path) - 2 and _along(path[self._leg], path[self._leg + 1], p_m) >= 1.0:
            self._leg += 1
        a, b = path[self._leg], path[self._leg + 1] if len(path) > 1 else path[-1]
        at = a + min(max(_along(a, b, p_m), 0.0), 1.0) * (b - a)
        ahead_m, leg = LOOK_AHEAD_M, self._leg
        while leg < len(path) - 1:
            rest = path[leg + 1] - at
            rest_m = float(np.hypot(*rest))
            if rest_m >= ahead_m:
                return at + rest * (ahead_m / rest_m)
            ahead_m, at, leg = ahead_m - rest_m, path[leg + 1], leg + 1
        return path[-1]

    def _is_stuck(self, stamp_ns: int, p_m: Float[np.ndarray, "2"], yaw_rad: float) -> bool:
        x, y = (float(c) for c in p_m)
        if self._rest is not None:
            since_ns, x0, y0, yaw0 = self._rest
            if math.hypot(x - x0, y - y0) < STUCK_M and abs(wrapped(yaw_rad - yaw0)) < STUCK_RAD:
                return stamp_ns - since_ns > STUCK_S * 1e9
        self._rest = (stamp_ns, x, y, yaw_rad)
        return False


def _along(a: Float[np.ndarray, "2"], b: Float[np.ndarray, "2"], p: Float[np.ndarray, "2"]) -> float:
    """Return how far along the line from a to b the point nearest to p is; 0 is a, 1 is b."""
    length2 = float(((b - a) ** 2).sum())
    return float(((p - a) * (b - a)).sum()) / length2 if length2 > 0 else 1.0

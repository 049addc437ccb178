"""The next velocity of a base that follows a course: regulated pure pursuit, held to what the outline has room for.

Pure pursuit (Coulter 1992) drives along the arc to a point ahead on the course; regulated (Macenski et al. 2023), it
is slower where the arc is tight, near the end, and near things. Where the outline would come too near to something on
that arc, the arcs that the base can take now are rolled out and the best of those that keep clear is taken (dynamic
window approach, Fox, Burgard and Thrun 1997); standing still is one of them.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from planners.navigation.config import MARGIN_M, NavigationConfig
from planners.navigation.course import Course
from planners.navigation.kernels.arcs import roll_out
from spatialmem import RobotState

__all__ = ["HELD_M", "Pose", "Pursuit", "Space", "outline_of", "pose_of"]

Pose = tuple[float, float, float]
"""x [m], y [m], yaw [rad] of B in W."""

LOOK_AHEAD_M, LOOK_AHEAD_S = 0.35, 0.4
TURN_FIRST_RAD, TURNED_RAD = 0.6, 0.25
"""With a larger error of its heading the base turns on the spot, until it is less than the second."""
GAIN = 2.5
"""Turn rate per error of the heading [1/s]."""
STEP_S, STEPS = 0.05, 24
TURN_STEP_RAD = 0.03
"""Turns are looked at so finely that no corner passes over anything unseen."""
REACTION_S, BRAKE_M_S2 = 0.25, 1.5
HELD_S, HELD_M = 0.1, 0.008
"""Who looks at the poses ahead looks so far along the arc that leads to the next, which may come nearer by so much:
what is in the way is looked for at points of the outline."""
SLOW_WITHIN_M, SLOWEST = 0.35, 0.35
"""Where the outline passes so near to something the base drives down to this share of its speed."""
TRIED_FORWARD = (0.0, 0.1, 0.25, 0.45, -0.1, -0.25)
TRIED_TURN = (-1.0, -0.6, -0.3, 0.0, 0.3, 0.6, 1.0)
HEADING_M = 0.35
"""So many metres nearer to its next point is worth as much as to be turned towards it by one radian more."""
WORTH_M, SAME_M = 0.02, 0.06
"""What brings less than the first is not done: then the base stands. Going on as before is worth the second."""


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """How far it is to what is in the way, about the robot."""

    distance_m: Float32[np.ndarray, "h w"]
    origin_m: Float64[np.ndarray, "2"]
    cell_m: float


def pose_of(state: RobotState) -> Pose:
    """Return the pose of a robot's base over the floor."""
    return float(state.X_WB[0, 3]), float(state.X_WB[1, 3]), math.atan2(state.X_WB[1, 0], state.X_WB[0, 0])


def outline_of(footprint_m: tuple[float, float], every_m: float = 0.035) -> Float64[np.ndarray, "n 2"]:
    """Return points round a rectangle about B, and along its middle, none farther apart than every_m."""
    half_x, half_y = footprint_m[0] / 2, footprint_m[1] / 2
    x = np.linspace(-half_x, half_x, max(math.ceil(2 * half_x / every_m), 1) + 1)
    y = np.linspace(-half_y, half_y, max(math.ceil(2 * half_y / every_m), 1) + 1)[1:-1]
    sides = [np.column_stack([x, np.full(len(x), side)]) for side in (-half_y, 0.0, half_y)]
    ends = [np.column_stack([np.full(len(y), end), y]) for end in (-half_x, half_x)]
    return np.concatenate([*sides, *ends])


class Pursuit:
    """Turns where the base is into its next velocity. Keeps what it commanded last, and whether it turns on the spot.

    The course is followed from its start to its end once: a part that was passed is not gone back to.
    """

    def __init__(self, config: NavigationConfig):
        self._config = config
        self._outline = outline_of(config.footprint_m)
        self._turning = False
        self.passed = 0
        """So many points of the course it has passed."""
        self._course: Course | None = None
        self._limit_m = MARGIN_M
        self.speeds = (0.0, 0.0)
        """Forward [m/s] and turn [rad/s], as commanded last."""
        self.held_up = False
        """It stands because every arc that leads on comes too near to something."""

    def follow(self, course: Course, pose: Pose, space: Space, tick_s: float) -> tuple[float, float]:
        """Return the speeds along a course."""
        if course is not self._course:
            self._course, self.passed, self._turning = course, 0, False
        room_m = self._measure(pose, space)
        target_m, left_m = self._target(course, pose)
        error_rad = _wrapped(math.atan2(target_m[1] - pose[1], target_m[0] - pose[0]) - pose[2])
        self._turning = abs(error_rad) > (TURNED_RAD if self._turning else TURN_FIRST_RAD)
        if not self._turning:
            wanted = self._regulated(error_rad, left_m, room_m)
            return self._taken(wanted, target_m, pose, space, tick_s)
        return self._turned(error_rad, pose, space)

    def turn_to(self, yaw_rad: float, pose: Pose, space: Space) -> tuple[float, float]:
        """Return the speeds that turn the base on the spot."""
        self._measure(pose, space)
        return self._turned(_wrapped(yaw_rad - pose[2]), pose, space)

    def hold_to(
        self, wanted: tuple[float, float], ahead: Float64[np.ndarray, "n 3"], pose: Pose, space: Space
    ) -> tuple[float, float]:
        """Return the speeds wanted, slower where only that keeps clear; those of standing, `held_up`, where that does
        not, or some pose ahead (x, y, yaw) does not."""
        self._measure(pose, space)
        self._limit_m -= HELD_M
        clear = all(self._room_m((x, y, yaw), space) >= self._limit_m for x, y, yaw in ahead.tolist())
        return (self._slowed(wanted, pose, space, HELD_S) if clear else None) or self.hold_up()

    def _turned(self, error_rad: float, pose: Pose, space: Space) -> tuple[float, float]:
        """Return the speeds that turn the base by an angle, if its corners have room for all of that."""
        turning = (0.0, math.copysign(TURN_STEP_RAD / STEP_S, error_rad))
        steps = math.ceil(abs(error_rad) / TURN_STEP_RAD)
        if not math.isinf(self._rolled([turning], pose, space, steps)[0, 0]):
            return self.hold_up()
        self.speeds, self.held_up = (0.0, self._turn_rate(error_rad)), False
        return self.speeds

    def hold_up(self) -> tuple[float, float]:
        """Return the speeds of a base that has no room to go on."""
        self.speeds, self._turning, self.held_up = (0.0, 0.0), False, True
        return self.speeds

    def stand(self) -> tuple[float, float]:
        """Return the speeds of a base that stops."""
        self.speeds, self._turning, self.held_up = (0.0, 0.0), False, False
        return self.speeds

    def _turn_rate(self, error_rad: float) -> float:
        most = self._config.turn_max_rad_s
        return min(max(GAIN * error_rad, -most), most)

    def _target(self, course: Course, pose: Pose) -> tuple[Float64[np.ndarray, "2"], float]:
        """Return the point of the course that is a little ahead of the nearest one, and how long the rest is [m]."""
        at, cells = np.array(pose[:2]), course.cells_m
        ahead = cells[self.passed : self.passed + 60]
        self.passed += int(np.argmin(((ahead - at) ** 2).sum(axis=1)))
        step_m = course.length_m / max(len(cells) - 1, 1)
        look_m = LOOK_AHEAD_M + LOOK_AHEAD_S * max(self.speeds[0], 0.0)
        index = min(self.passed + max(math.ceil(look_m / max(step_m, 1e-6)), 1), len(cells) - 1)
        left_m = (len(cells) - 1 - self.passed) * step_m
        return cells[index], max(left_m, float(np.hypot(*(cells[-1] - at))) if index == len(cells) - 1 else left_m)

    def _regulated(self, error_rad: float, left_m: float, room_m: float) -> tuple[float, float]:
        config = self._config
        near = SLOWEST + (1.0 - SLOWEST) * min(max((room_m - MARGIN_M) / SLOW_WITHIN_M, 0.0), 1.0)
        end = math.sqrt(2.0 * config.acceleration_m_s2 * max(left_m - 0.02, 0.0) * 0.5) + 0.05
        forward = min(config.speed_max_m_s * near * max(math.cos(error_rad), 0.0) ** 4, end)
        return forward, self._turn_rate(error_rad)

    def _measure(self, pose: Pose, space: Space) -> float:
        """Return how much room the outline has now [m], and note how near it may come: what is nearer already is left
        by ways that come no nearer."""
        room_m = self._room_m(pose, space)
        self._limit_m = min(MARGIN_M, room_m - 1e-6)
        return room_m

    def _taken(
        self, wanted: tuple[float, float], target_m: Float64[np.ndarray, "2"], pose: Pose, space: Space, tick_s: float
    ) -> tuple[float, float]:
        """Return the speeds wanted, slower where that keeps clear, or the best of all others that do."""
        config, now = self._config, self.speeds[0]
        forward = min(wanted[0], max(now, 0.0) + config.acceleration_m_s2 * tick_s)
        slowed = self._slowed((forward, wanted[1]), pose, space)
        if slowed is not None:
            return slowed
        self.speeds = self._best(target_m, pose, space)
        self.held_up = self.speeds == (0.0, 0.0)
        return self.speeds

    def _room_m(self, pose: Pose, space: Space) -> float:
        return float(self._rolled([(0.0, 0.0)], pose, space, 1)[0, 1])

    def _slowed(
        self, wanted: tuple[float, float], pose: Pose, space: Space, for_s: float | None = None
    ) -> tuple[float, float] | None:
        """Return the speeds wanted, or slower ones, that can be gone on with for so long, by default until the base
        stands; None without."""
        tried = [(wanted[0] * share, wanted[1] * share) for share in (1.0, 0.6, 0.3)]
        rolled = self._rolled(tried, pose, space, STEPS)
        for speeds, touch_s in zip(tried, rolled[:, 0].tolist(), strict=True):
            if speeds != (0.0, 0.0) and touch_s > (self._stop_s(speeds) if for_s is None else for_s):
                self.speeds, self.held_up = speeds, False
                return speeds
        return None

    def _stop_s(self, speeds: tuple[float, float]) -> float:
        """Return how long the base must be able to go on so that it can stop in time."""
        return max(REACTION_S + abs(speeds[0]) / BRAKE_M_S2, 0.4)

    def _best(self, target_m: Float64[np.ndarray, "2"], pose: Pose, space: Space) -> tuple[float, float]:
        """Return the speeds whose arc keeps clear and brings the base nearest to its next point, turned to it."""
        most = self._config.turn_max_rad_s
        tried = [(v, w * most) for v, w in itertools.product(TRIED_FORWARD, TRIED_TURN)]
        rolled = self._rolled(tried, pose, space, STEPS)
        ends = np.concatenate([[[pose[0], pose[1], pose[2]]], rolled[:, 2:5]])
        gaps = target_m - ends[:, :2]
        heading = np.arctan2(gaps[:, 1], gaps[:, 0]) - ends[:, 2]
        away_rad = np.abs((heading + math.pi) % (2.0 * math.pi) - math.pi)
        cost_m = np.hypot(gaps[:, 0], gaps[:, 1]) + HEADING_M * away_rad
        same_m = np.array([SAME_M * (one == self.speeds) for one in tried])
        gain_m = np.where(np.isinf(rolled[:, 0]), cost_m[0] - cost_m[1:] - WORTH_M + same_m, -np.inf)
        best = int(np.argmax(gain_m))
        return tried[best] if gain_m[best] > 0.0 else (0.0, 0.0)

    def _rolled(
        self, tried: list[tuple[float, float]], pose: Pose, space: Space, steps: int
    ) -> Float64[np.ndarray, "n 5"]:
        out = np.empty((len(tried), 5))
        where = np.array([*space.origin_m, space.cell_m, *pose])
        roll_out(space.distance_m, where, self._outline, np.array(tried), STEP_S, steps, self._limit_m, out)
        return out


def _wrapped(angle_rad: float) -> float:
    return math.remainder(angle_rad, math.tau)

"""How a base gets out of a corner, or into one: moves forward, back and on the spot that its outline has room for.

A course is a way for a disc. Where the outline of a long base can neither follow it nor turn, moves are looked for
(see `kernels.poses`) that bring it on to the course again farther along, or to its end turned as it is to be. They are
then driven as they were found, with the tracking law of Kanayama et al. (1990).
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import MARGIN_M, NavigationConfig
from planners.navigation.course import Course, Ground
from planners.navigation.kernels.arcs import roll_out
from planners.navigation.kernels.poses import GO_ON, HEADINGS, NO_WAY, search_poses, square_side
from planners.navigation.pursuit import Pose, outline_of

__all__ = ["Manoeuvre", "Search", "search_along", "search_in", "search_out", "search_to"]

PART_RAD = math.tau / HEADINGS
BACK_COST, GEAR_M = 1.5, 0.15
"""A metre back counts so many; a change between forward, back and turning so many metres."""
FORWARD, BACK, TURN = 0, 1, 2
_STEPS = [(0.1, parts * PART_RAD) for parts in (0, 1, -1, 3, -3)]
TURN_M = 0.1 / 3
"""What a turn by one part on the spot counts: as long as the tightest arc takes for it."""
_MOVES = np.array(
    [
        *((step, turn, step, FORWARD) for step, turn in _STEPS),
        *((-step, turn, BACK_COST * step, BACK) for step, turn in _STEPS),
        (0.0, PART_RAD, TURN_M, TURN),
        (0.0, -PART_RAD, TURN_M, TURN),
    ]
)
"""Metres, turn [rad], cost [m], gear."""
ROOMS_M = (MARGIN_M + 0.02, 0.0), (MARGIN_M, 0.0), (MARGIN_M, 0.002)
"""So much room the outline is to keep [m], and so much less than it has at the start, where that is less; each where
the ones before leave no way. A side that goes along a corner at an even distance seems to come nearer between the
middles of cells: by so much, who is within the margin, or just at it, gets out."""
LIKE_M = 0.12
"""With so much it costs nothing more."""
SQUARE_M = 2.5
"""Half the side of the square about the base in which it moves."""
AT_ONCE, MADE_MOST, MOVES_MOST = 1_000, 60_000, 128
"""From so many poses it is gone on in one tick, and so many are come to at most; so many moves are no manoeuvre."""
ON_COURSE_M, ON_COURSE_RAD = 0.1, 0.25
"""So near to the course, and turned along it, the base is on it again."""
NEARER = 0.7
"""Planned to this share of what counts as arrived, as it is not driven exactly."""
ABOUT, ABOUT_RAD = 1.8, 0.5
"""Where there is no such way, so many times as near as counts as arrived, and so turned, is better than nothing."""
TO_M = 3.0
"""So far ahead on a course it is come back to at most."""
BACKWARDS_FROM_M, BACKWARDS_M = 1.2, 1.0
"""Where there is no room to turn the course may be driven back along, from so far on, for the cost of so much more."""
HEADING_M = 0.3
"""The course's direction is taken over so much of it."""
SPEED_M_S, END_GAIN = 0.25, 1.5
SIDE_GAIN, TURN_GAIN = 8.0, 4.0
"""How fast errors to the side [1/m²] and of the heading [1/m] are made up for."""
ANGLE_GAIN, SLOWEST_RAD_S, TURN_AHEAD = 2.5, 0.15, 60
"""On the spot: turn rate per error [1/s], the least, and to how many poses ahead it turns: 75 degrees."""
TURNED_RAD, ENDED_M = 0.03, 0.02
AHEAD = 6
"""So many poses ahead are looked at again when they are driven: 15 cm, or two parts of the circle."""
SAMPLES = 4
"""Points a move of which are followed."""


class Manoeuvre:
    """Moves, to be driven one after the other."""

    def __init__(self, start: Pose, moves: list[int], config: NavigationConfig, *, here: Pose | None = None):
        """moves: rows of `_MOVES`. here: where the base is, about at the start, where it is turned otherwise; first it
        turns on the spot."""
        self._turn_max_rad_s = config.turn_max_rad_s
        self._legs: list[tuple[int, Float64[np.ndarray, "n 3"]]] = []
        """Gear, and poses that are passed, of moves in one gear."""
        if here is not None:
            turn_rad = math.remainder(start[2] - here[2], math.tau)
            yaws_rad = here[2] + np.linspace(0.0, turn_rad, math.ceil(abs(turn_rad) * SAMPLES / PART_RAD) + 2)
            self._legs.append((TURN, np.column_stack([np.tile(here[:2], (len(yaws_rad), 1)), yaws_rad])))
        at = np.array(start)
        for move in moves:
            step_m, turn_rad, _, gear = _MOVES[move].tolist()
            poses = _along(at, step_m, turn_rad)
            if self._legs and self._legs[-1][0] == gear:
                self._legs[-1] = int(gear), np.concatenate([self._legs[-1][1], poses])
            else:
                self._legs.append((int(gear), np.concatenate([at[None], poses])))
            at = poses[-1]
        self._leg = 0
        self.end: Pose = float(at[0]), float(at[1]), float(at[2])
        """Where it leads to."""

    def speeds(self, pose: Pose) -> tuple[float, float] | None:
        """Return forward [m/s] and turn [rad/s] for the next tick; None when it is over."""
        while self._leg < len(self._legs):
            gear, poses = self._legs[self._leg]
            wanted = self._turned(poses, pose) if gear == TURN else self._driven(poses, pose, gear)
            if wanted is not None:
                return wanted
            self._leg += 1
        return None

    def ahead(self, pose: Pose) -> Float64[np.ndarray, "n 3"]:
        """Return the next poses that are passed, in this gear: so many as the base needs to stop."""
        if self._leg == len(self._legs):
            return np.empty((0, 3))
        gear, poses = self._legs[self._leg]
        nearest = _nearest_turned(poses, pose) if gear == TURN else _nearest(poses, pose)
        return poses[nearest + 1 : nearest + 1 + AHEAD]

    def _turned(self, poses: Float64[np.ndarray, "n 3"], pose: Pose) -> tuple[float, float] | None:
        """Return the speeds that turn to the end of a leg, to the side that its poses turn to."""
        next_yaw_rad = poses[min(_nearest_turned(poses, pose) + TURN_AHEAD, len(poses) - 1), 2]
        error_rad = math.remainder(float(next_yaw_rad) - pose[2], math.tau)
        if abs(error_rad) <= TURNED_RAD:
            return None
        speed_rad_s = max(ANGLE_GAIN * abs(error_rad), SLOWEST_RAD_S)
        return 0.0, math.copysign(min(speed_rad_s, self._turn_max_rad_s), error_rad)

    def _driven(self, poses: Float64[np.ndarray, "n 3"], pose: Pose, gear: int) -> tuple[float, float] | None:
        """Return the speeds along the poses of a leg (Kanayama et al. 1990, eq. 11)."""
        sign = 1.0 if gear == FORWARD else -1.0
        c, s = math.cos(poses[-1, 2]), math.sin(poses[-1, 2])
        left_m = sign * ((poses[-1, 0] - pose[0]) * c + (poses[-1, 1] - pose[1]) * s)
        nearest = _nearest(poses, pose)
        if nearest == len(poses) - 1 and left_m <= ENDED_M:
            return None
        at = min(nearest + 1, len(poses) - 1)
        step_m = float(np.hypot(*(poses[at, :2] - poses[at - 1, :2])))
        bend = math.remainder(poses[at, 2] - poses[at - 1, 2], math.tau) / max(step_m, 1e-6)
        ends_m = max(left_m, 0.0) if nearest >= len(poses) - 4 else math.inf
        forward = sign * min(SPEED_M_S, 0.05 + END_GAIN * ends_m)
        dx, dy = poses[nearest, :2] - pose[:2]
        side_m = -math.sin(pose[2]) * dx + math.cos(pose[2]) * dy
        error_rad = math.remainder(poses[nearest, 2] - pose[2], math.tau)
        turn = abs(forward) * (bend + TURN_GAIN * math.sin(error_rad)) + forward * SIDE_GAIN * side_m
        return float(forward), float(min(max(turn, -self._turn_max_rad_s), self._turn_max_rad_s))


def _other_way(moves: list[int]) -> list[int]:
    """Return the moves that lead back to where some moves began."""
    back = [-_MOVES[move, :2] for move in reversed(moves)]
    return [int(np.argmin(np.abs(_MOVES[:, :2] - one).sum(axis=1))) for one in back]


def _nearest(poses: Float64[np.ndarray, "n 3"], pose: Pose) -> int:
    return int(np.argmin(np.hypot(poses[:, 0] - pose[0], poses[:, 1] - pose[1])))


def _nearest_turned(poses: Float64[np.ndarray, "n 3"], pose: Pose) -> int:
    return int(np.argmin(np.abs((poses[:, 2] - pose[2] + math.pi) % math.tau - math.pi)))


def _along(at: Float64[np.ndarray, "3"], step_m: float, turn_rad: float) -> Float64[np.ndarray, "n 3"]:
    """Return the poses of a move, without that where it begins."""
    half = turn_rad / SAMPLES / 2.0
    chord = step_m / SAMPLES * (math.sin(half) / half if abs(half) > 1e-9 else 1.0)
    poses, now = [], at
    for _ in range(SAMPLES):
        yaw = now[2] + half
        now = now + np.array([chord * math.cos(yaw), chord * math.sin(yaw), 2.0 * half])
        poses.append(now)
    return np.array(poses)


class Search:
    """Looks for a manoeuvre, a little at each call, so that no tick waits long."""

    def __init__(
        self,
        targets: Float64[np.ndarray, "n 4"],
        start: Pose,
        ground: Ground,
        config: NavigationConfig,
        *within: tuple[float, float],
        here: Pose | None = None,
    ):
        """targets: x, y, yaw, and the metres that are left there. within: how near [m], how well turned [rad] is there;
        each further pair where there is no way to the one before. here: the base is there, at a target, and the moves
        are to be made the other way round, to the start."""
        self.is_over = False
        self._targets, self._start, self._config, self._here = targets, start, config, here
        self._fields = ground.solid_m, ground.room_m
        self._grid = np.array([*ground.floor.origin_m, ground.floor.cell_m])
        self._outline = outline_of(config.footprint_m)
        reach_m = math.hypot(*config.footprint_m) / 2 + ground.floor.cell_m
        fixed = config.unseen_m, reach_m, 0.0, 0.0, LIKE_M, GEAR_M, SQUARE_M, TURN_M / PART_RAD
        self._limits = np.array([0.0, *fixed, 0.0])
        self.room_m = self._room_m(start)
        """How much room the outline has at its start."""
        rooms = [one for one in ROOMS_M if one[1] == 0.0 or self.room_m - one[1] < one[0]]  # the others change nothing
        self._left = [(rooms_m, within[0]) for rooms_m in rooms] + [(rooms[-1], one) for one in within[1:]]
        self._exact = len(rooms)
        self._begin()

    @property
    def is_rough(self) -> bool:
        """Whether it looks for what is not as near, or as well turned, as was wanted first."""
        return self._exact < 0

    def _room_m(self, pose: Pose) -> float:
        """Return how much room the outline has at a pose [m]."""
        out = np.empty((1, 5))
        roll_out(self._fields[0], np.array([*self._grid, *pose]), self._outline, np.zeros((1, 2)), 1.0, 1, 0.0, out)
        return float(out[0, 1])

    def _begin(self) -> None:
        (self._limits[0], self._limits[9]), self._limits[3:5] = self._left.pop(0)
        self._exact -= 1
        self._best = np.full(square_side(SQUARE_M) ** 2 * HEADINGS, np.inf, np.float32)
        self._poses, self._came = np.empty((MADE_MOST, 4)), np.full((MADE_MOST, 2), -1)
        self._poses[0] = *self._start, 0.0
        self._keys, self._tails, self._counts = np.zeros(MADE_MOST), np.zeros(MADE_MOST, np.int64), np.ones(2, np.int64)

    def go_on(self) -> Manoeuvre | None:
        """Return what it has found; None as long as `is_over` is not said, and where there is nothing."""
        moves = np.zeros(MOVES_MOST, np.int64)
        said = search_poses(
            *self._fields,
            self._grid,
            self._outline,
            _MOVES,
            self._targets,
            self._limits,
            AT_ONCE,
            self._best,
            self._poses,
            self._came,
            self._keys,
            self._tails,
            self._counts,
            moves,
        )
        if said == NO_WAY and self._left:
            self._begin()
        elif said != GO_ON:
            self.is_over = True
        if said < 0:
            return None
        found = Manoeuvre(self._start, moves[:said].tolist(), self._config)
        if self._here is None:
            return found
        return Manoeuvre(found.end, _other_way(moves[:said].tolist()), self._config, here=self._here)


def search_along(
    course: Course, passed: int, pose: Pose, ground: Ground, config: NavigationConfig, *, from_m: float
) -> Search:
    """Return a search for moves on to a course again, at least from_m along it from its passed point, or to its end."""
    cells = course.cells_m
    step_m = max(course.length_m / max(len(cells) - 1, 1), 1e-6)
    last = len(cells) - 1

    def ahead(length_m: float) -> int:
        return min(passed + math.ceil(length_m / step_m), last)

    index = np.arange(ahead(from_m), ahead(TO_M) + 1)
    span = max(round(HEADING_M / step_m), 1)
    gaps = cells[np.minimum(index + span, last)] - cells[np.maximum(index - span, 0)]
    yaw_rad, left_m = np.arctan2(gaps[:, 1], gaps[:, 0]), (last - index) * step_m
    forward = np.column_stack([cells[index], yaw_rad, left_m])
    back = np.column_stack([cells[index], yaw_rad + math.pi, BACK_COST * left_m + BACKWARDS_M])
    targets = np.concatenate([forward, back[index >= ahead(BACKWARDS_FROM_M)]])
    return Search(targets, pose, ground, config, (ON_COURSE_M, ON_COURSE_RAD))


def search_to(end: Pose, pose: Pose, ground: Ground, config: NavigationConfig, *, or_about: bool = True) -> Search:
    """Return a search for moves to a pose, as near to it as counts as arrived; or_about: or else about there."""
    exactly = NEARER * config.arrived_m, NEARER * config.arrived_rad
    about = [(ABOUT * config.arrived_m, ABOUT_RAD)] if or_about else []
    return Search(np.array([[*end, 0.0]]), pose, ground, config, exactly, *about)


def search_in(end: Pose, pose: Pose, ground: Ground, config: NavigationConfig) -> Search:
    """Return a search for moves to a pose, from where there is room to turn. It goes the other way round: out of a
    narrow place there are few ways, and into it they are hard to find."""
    target = np.array([[pose[0], pose[1], 0.0, 0.0]])
    return Search(target, end, ground, config, (NEARER * config.arrived_m, math.pi), here=pose)


def search_out(pose: Pose, points_m: Float64[np.ndarray, "n 2"], ground: Ground, config: NavigationConfig) -> Search:
    """Return a search for moves from a pose to any of some points, however turned there. Each move can be made the
    other way round, too: where there are such moves a base can come into the pose from there."""
    targets = np.column_stack([points_m, np.zeros((len(points_m), 2))])
    return Search(targets, pose, ground, config, (ON_COURSE_M, math.pi))

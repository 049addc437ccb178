"""`Navigator`: one goal, reached by asking the memory and nothing else, tick by tick."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.course import Course, Ground, course_over, ground_of, lay_course, room_at
from planners.navigation.goals import Aim, Purpose, aim_at, broken_premise, check_goal
from planners.navigation.kernels.compile import compile_declared
from planners.navigation.progress import Progress
from planners.navigation.pursuit import Pose, Pursuit, Space
from planners.navigation.surroundings import Sightings
from spatialmem import (
    Command,
    ExploreSpot,
    InputError,
    Place,
    QueryError,
    RgbdFrame,
    RobotState,
    Room,
    Stand,
    Unknown,
    UnknownLabel,
    View,
    ViewExpired,
)

__all__ = ["Navigator", "Replan"]

TICK_S = 0.05
"""Between two steps where the states do not say."""
RETRY_S = 0.5
"""So often a way is looked for again while there is none."""
REFUSE_S = 2.0
"""So long it looks for a first way before it refuses."""
NEAR_M = 2.5
"""What only the newest frames show counts so far along the course: farther off it may be gone before one is there."""
DETOUR_M, DETOUR_WAIT_S = 2.0, 4.0
"""A way that is so much longer is taken only after a while, where what is in the way may be somebody who walks on."""
RESTED_M, TURN_S = 0.3, 10.0
"""Whoever has not come so far within its patience, and as long as it takes to turn all round, gives up."""
SHORT_M = 0.3
"""Where something is too near to come nearer, so far from its goal is there."""
HELD_UP_S = 1.0
"""So long it stands before what it could not get round, then it looks for another way."""


@dataclass(frozen=True, slots=True)
class Replan:
    """A new way was taken, or looked for, and why."""

    stamp_ns: int
    reason: str


class Navigator:
    """Drives to one goal. A `spatialmem.Planner`: call `step` at 20 Hz with the newest view and state, and `see` with
    every frame that the memory admitted.

    The memory's route leads over floor that is known to be free; what is not known is not driven over. A new way is
    taken where the map or the newest frames show something on the old one, where the goal is missing or elsewhere, and
    where the base does not get on; `replans` says when and why. It waits for what may go away, and gives up after
    `config.patience_s`.
    """

    def __init__(
        self,
        goal: Any,
        *,
        to: Purpose | None = None,
        yaw_rad: float | None = None,
        explore: bool = False,
        config: NavigationConfig | None = None,
    ):
        """goal: a point (x, y) or (x, y, z) [m], a Place, Room or Stand, the id, name or label of a thing, the name or
        label of a room. to: of a thing, whether it is to be seen or reached; by default reached, or seen where nobody
        gets so near. yaw_rad: so turned it ends; things are faced by themselves. explore: look for what is not known,
        and for ways to it, where nobody has seen yet; else that is refused. Raises InputError for what is no goal.
        """
        check_goal(goal)
        compile_declared()
        self.goal, self.config = goal, config or NavigationConfig()
        self.replans: list[Replan] = []
        """Every new way after the first, the newest last."""
        self._to: Purpose | None = to
        self._yaw_rad, self._explore = yaw_rad, explore
        self._sightings, self._pursuit, self._progress = Sightings(), Pursuit(self.config), Progress()
        self._aim: Aim | None = None
        self._spot: ExploreSpot | None = None  # what is explored on the way to the goal
        self._course: Course | None = None
        self._ground: Ground | None = None
        self._known: tuple[int, int] | None = None
        self._end: Command | None = None
        self._stamp_ns: int | None = None
        self._asked_ns: int | None = None
        self._lost_ns: int | None = None
        self._held_ns: int | None = None
        self._rested: tuple[int, Pose] | None = None
        self._avoid_m: list[Float64[np.ndarray, "2"]] = []
        self._why_none = ""
        self._is_there = self._is_short = False
        self._height_m = 0.0

    @property
    def path_W(self) -> Float64[np.ndarray, "n 2"]:
        """The corners of the way that it follows now [m]; none where it follows none."""
        return np.empty((0, 2)) if self._course is None else self._course.points_m.copy()

    def see(self, frame: RgbdFrame) -> None:
        """Take in the newest frame: what it shows in the way counts before the map believes it."""
        self._sightings.see(frame, self._height_m)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick. view: the newest; state: where the robot is, at 20 Hz or so."""
        if self._end is not None:
            return self._end
        tick_s = TICK_S if self._stamp_ns is None else min(max((state.stamp_ns - self._stamp_ns) / 1e9, 0.0), 0.5)
        self._stamp_ns = state.stamp_ns
        self._height_m = float(state.X_WB[2, 3])
        pose = float(state.X_WB[0, 3]), float(state.X_WB[1, 3]), math.atan2(state.X_WB[1, 0], state.X_WB[0, 0])
        try:
            return self._step(view, state, pose, tick_s)
        except ViewExpired:
            return self._stand("the view has expired; give a newer one")
        except (QueryError, InputError) as error:
            return self._finish("failed", str(error))

    def _step(self, view: View, state: RobotState, pose: Pose, tick_s: float) -> Command:
        stamp_ns = state.stamp_ns
        self._sightings.forget(stamp_ns)
        if self._progress.is_stuck(stamp_ns, pose, self._pursuit.speeds):
            self._bump(stamp_ns, pose)
            self._drop(stamp_ns, "it does not get on: something that it does not see is in the way")
        elif self._course is not None and self._progress.is_to_and_fro(stamp_ns, pose):
            self._progress.start_again()
            self._give_up_spot()
            self._drop(stamp_ns, "it does not get on: there is no room to turn")
        known = (view.seq, self._sightings.version)
        if known != self._known:
            self._known = known
            why = self._look(view, pose)
            if why:
                self._drop(stamp_ns, why)
        if self._has_rested(stamp_ns, pose):
            return self._finish("failed", self._why_none or "it does not get on")
        if self._course is None and not self._plan(view, state, pose):
            return self._without_way(stamp_ns)
        return self._drive(stamp_ns, pose, tick_s)

    # planning

    def _look(self, view: View, pose: Pose) -> str:
        """Look at the floor again; return why the course does not hold any more, "" as long as it does."""
        aim = self._aim
        if aim is None or self._course is None:
            return ""
        self._ground = self._ground_about(view, pose, aim)
        if self._spot is None:
            why = broken_premise(view, aim)
            if why:
                self._aim = None
                return why
        return self._blocked(self._course, pose)

    def _ground_about(self, view: View, pose: Pose, aim: Aim) -> Ground:
        points_m = np.array([pose[:2]])
        if self._course is not None:
            points_m = np.concatenate([points_m, self._course.points_m])
        return ground_of(view, self._sightings, self.config, route=aim.route, about_m=points_m)

    def _blocked(self, course: Course, pose: Pose) -> str:
        """Return where the course is not wide enough any more, in words; "" where it is."""
        assert self._ground is not None
        ground, cells = self._ground, course.cells_m[self._pursuit.passed :]
        narrow = course.narrow_m[self._pursuit.passed :]
        enough_m = np.minimum(self.config.pass_m, narrow) - ground.floor.cell_m - 1e-6
        near = np.hypot(*(cells - pose[:2]).T) <= NEAR_M
        room_m = room_at(ground, ground.room_m, cells)
        room_m = np.where(near, room_m, np.maximum(room_m, room_at(ground, ground.floor.clearance_m, cells)))
        tight = np.flatnonzero(room_m < enough_m)
        if not len(tight):
            return ""
        x, y = cells[tight[0]]
        return f"something is in the way at ({x:.2f}, {y:.2f}) m"

    def _plan(self, view: View, state: RobotState, pose: Pose) -> bool:
        """Lay a course; return whether there is one. Looks for one no oftener than every `RETRY_S`."""
        stamp_ns = state.stamp_ns
        if self._asked_ns is not None and stamp_ns - self._asked_ns < RETRY_S * 1e9:
            return False
        self._asked_ns = stamp_ns
        aim = self._find_aim(view, state)
        if isinstance(aim, Unknown):
            self._why_none = aim.reason
            return False
        self._aim = aim
        self._ground = self._ground_about(view, pose, aim)
        course = self._lay(self._ground, pose, aim)
        if course is None:
            self._why_none = f"something is in the way to {aim.name}, and no other way is known"
            return False
        if self._is_detour(course, aim, stamp_ns):
            self._why_none = f"waiting for the way to {aim.name} to be free; round it are {course.length_m:.1f} m"
            return False
        self._course, self._lost_ns, self._held_ns, self._asked_ns = course, None, None, None
        self._progress.start_again()
        return True

    def _lay(self, ground: Ground, pose: Pose, aim: Aim) -> Course | None:
        here_m = np.array(pose[:2])
        if math.dist(pose[:2], aim.p_m.tolist()) <= self.config.arrived_m:
            return course_over(ground, np.stack([here_m, aim.p_m]))
        return lay_course(ground, here_m, aim.p_m, self.config)

    def _find_aim(self, view: View, state: RobotState) -> Aim | Unknown:
        """Return where to go: for the goal, or where that is not known and it may explore, to see more."""
        start_W = state.X_WB[:3, 3]
        try:
            aim = aim_at(view, start_W, self.goal, self._to, self.config, self._avoid_m)
        except UnknownLabel as error:
            if not self._explore:
                raise
            aim = Unknown(str(error))
        if isinstance(aim, Aim) or not self._explore:
            self._spot = None
            return aim
        self._spot = spot = self._next_spot(view)
        if spot is None:
            return Unknown(f"{aim.reason}; and nothing is left to explore", aim.look_next)
        dx, dy = (spot.look_at_W - spot.p_W)[:2].tolist()
        stand = Stand(
            p_W=spot.p_W, yaw_rad=math.atan2(dy, dx), distance_m=0.0, clearance_m=0.0, route_m=0.0, place_id=0
        )
        return aim_at(view, start_W, stand, None, self.config)

    def _next_spot(self, view: View) -> ExploreSpot | None:
        """Return where to look next: towards a goal that is a point, or where a thing may be, or else anywhere."""
        from planners.navigation.worth import next_spot

        goal = self.goal
        if isinstance(goal, (Place, Room, Stand)):
            return next_spot(view, towards=goal.p_W)
        if isinstance(goal, str):
            try:
                return next_spot(view, sought=goal) or next_spot(view)
            except (UnknownLabel, QueryError):
                return next_spot(view)
        return next_spot(view) if isinstance(goal, (int, np.integer)) else next_spot(view, towards=goal)

    def _is_detour(self, course: Course, aim: Aim, stamp_ns: int) -> bool:
        """Return whether a course is much longer than the memory's route, and what is in the way may go away."""
        lost_s = 0.0 if self._lost_ns is None else (stamp_ns - self._lost_ns) / 1e9
        return course.length_m > 1.2 * aim.route.length_m + DETOUR_M and lost_s < DETOUR_WAIT_S

    def _drop(self, stamp_ns: int, why: str) -> None:
        """Let go of the course, and say why."""
        self.replans.append(Replan(stamp_ns, why))
        self._course, self._asked_ns, self._is_short = None, None, False
        self._lost_ns = stamp_ns if self._lost_ns is None else self._lost_ns

    def _give_up_spot(self) -> None:
        """Try another place to stand for a thing, if there is one."""
        if self._aim is not None:
            self._avoid_m.append(self._aim.p_m)

    def _bump(self, stamp_ns: int, pose: Pose) -> None:
        """Take it that something is before the base, or behind it if it drove back."""
        ahead_m = math.copysign(self.config.footprint_m[0] / 2 + 0.1, self._pursuit.speeds[0] + 1e-9)
        point = np.array([pose[0] + ahead_m * math.cos(pose[2]), pose[1] + ahead_m * math.sin(pose[2])])
        self._sightings.bump(stamp_ns, point)
        self._progress.start_again()

    # driving

    def _drive(self, stamp_ns: int, pose: Pose, tick_s: float) -> Command:
        aim, course, ground = self._aim, self._course, self._ground
        assert aim is not None
        assert course is not None
        assert ground is not None
        space = Space(ground.solid_m, ground.floor.origin_m, ground.floor.cell_m)
        end_m = course.cells_m[-1]
        left_m = math.hypot(end_m[0] - pose[0], end_m[1] - pose[1])
        yaw_rad = aim.yaw_rad if aim.yaw_rad is not None or self._spot is not None else self._yaw_rad
        self._is_there = self._is_short or left_m <= self.config.arrived_m * (2.0 if self._is_there else 1.0)
        if not self._is_there:
            speeds, doing = self._pursuit.follow(course, pose, space, tick_s), f"{left_m:.1f} m to {aim.name}"
        elif yaw_rad is None or abs(math.remainder(yaw_rad - pose[2], math.tau)) <= self.config.arrived_rad:
            return self._arrived(aim, left_m)
        else:
            speeds, doing = self._pursuit.turn_to(yaw_rad, pose, space, tick_s), f"turning to {aim.name}"
        if not self._pursuit.held_up:
            self._held_ns = None
            return _moving(speeds, doing)
        if left_m <= SHORT_M and self._spot is None:
            if self._is_there:
                return self._finish("done", f"at {aim.name}, without room to turn to it")
            self._is_short = True
            return self._stand("as near as there is room")
        self._held_ns = stamp_ns if self._held_ns is None else self._held_ns
        if stamp_ns - self._held_ns > HELD_UP_S * 1e9:
            self._held_ns = None
            self._give_up_spot()
            self._drop(stamp_ns, "something is too near to drive on")
        return self._stand("something is too near to drive on")

    def _arrived(self, aim: Aim, left_m: float) -> Command:
        if self._spot is None:
            short = f", {left_m:.2f} m short for want of room" if self._is_short else ""
            return self._finish("done", f"at {aim.name}{short}")
        self._course, self._spot = None, None
        return _moving(self._pursuit.stand(), "has looked where nobody had; looks on from here")

    def _has_rested(self, stamp_ns: int, pose: Pose) -> bool:
        """Return whether it has been in one place for as long as its patience lasts."""
        if self._rested is None or math.hypot(pose[0] - self._rested[1][0], pose[1] - self._rested[1][1]) > RESTED_M:
            self._rested = stamp_ns, pose
        return stamp_ns - self._rested[0] > (self.config.patience_s + TURN_S) * 1e9

    def _without_way(self, stamp_ns: int) -> Command:
        """Wait for a way, and give up after a while."""
        self._lost_ns = stamp_ns if self._lost_ns is None else self._lost_ns
        patience_s = self.config.patience_s if self.replans else REFUSE_S
        if stamp_ns - self._lost_ns >= patience_s * 1e9:
            return self._finish("failed", self._why_none)
        return self._stand(self._why_none)

    def _stand(self, reason: str) -> Command:
        forward, turn = self._pursuit.stand()
        return Command(base_velocity_B=(forward, 0.0, turn), status="waiting", reason=reason)

    def _finish(self, status: Any, reason: str) -> Command:
        forward, turn = self._pursuit.stand()
        self._course = None
        self._end = Command(base_velocity_B=(forward, 0.0, turn), status=status, reason=reason)
        return self._end


def _moving(speeds: tuple[float, float], doing: str) -> Command:
    return Command(base_velocity_B=(speeds[0], 0.0, speeds[1]), reason=doing)

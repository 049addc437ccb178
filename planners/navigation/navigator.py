"""`Navigator`: one goal, reached by asking the memory and nothing else, tick by tick."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float64

from planners.navigation.aiming import Aiming
from planners.navigation.config import NavigationConfig
from planners.navigation.course import Course, Ground, course_over, ground_of, lay_course, place_aside
from planners.navigation.goals import Aim, Purpose, check_goal
from planners.navigation.kernels import warm_up
from planners.navigation.open_way import OpenWay
from planners.navigation.progress import Progress, Replan
from planners.navigation.pursuit import Pose, pose_of
from planners.navigation.steering import Steering
from planners.navigation.surroundings import Sightings
from spatialmem import (
    Command,
    InputError,
    Lease,
    QueryError,
    RgbdFrame,
    RobotState,
    Unknown,
    View,
    ViewExpired,
)

__all__ = ["Navigator", "Replan"]

TICK_S = 0.05
"""Between two steps where the states do not say."""
RETRY_S = 0.5
"""So often a way is looked for again while there is none."""
REFUSE_S = 2.0
"""So long it looks for a first way before it refuses, where the memory knows none."""
DETOUR_M, DETOUR_WAIT_S = 2.0, 4.0
"""A way that is so much longer is taken only after a while, where what is in the way may be somebody who walks on."""
RESTED_M, TURN_S = 0.3, 10.0
"""Whoever has not come so far within its patience, and as long as it takes to turn all round, gives up."""
SHORT_M = 0.3
"""Where something is too near to come nearer, so far from its goal is there."""
THING_M = 0.06
"""As long as a thing is out of reach it comes so near to where it is within."""
LOOK_S, LOOKS = 2.0, 3
"""What is not seen within so long from where it should be, is not from there; from so many places it is looked for."""
LOOK_RAD = 0.8
"""So far ahead of itself it turns when it looks about."""
ASIDE_S = 4.0
"""Who has waited so long makes way: somebody may wait for the robot to come out of theirs."""
BEYOND_M = 0.1
"""What it ran into is so far beyond its outline."""
HELD_UP_S = 1.0
"""So long it stands before what it could not get round, then it looks for another way."""


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
        manoeuvres: bool = True,
    ):
        """goal: a point (x, y) or (x, y, z) [m], a Place, Room or Stand, the id, name or label of a thing, the name or
        label of a room. to: of a thing, whether it is to be seen or reached; by default reached, or seen where nobody
        gets so near. yaw_rad: so turned it ends; things are faced by themselves. explore: look for what is not known,
        and for ways to it, where nobody has seen yet; else that is refused. manoeuvres: drive to and fro where there is
        no room to turn; else it stays as it is there. Raises InputError for what is no goal.
        """
        check_goal(goal)
        warm_up()
        self.goal, self.config = goal, config or NavigationConfig()
        self.replans: list[Replan] = []
        """Every new way after the first, the newest last."""
        self._aiming, self._yaw_rad = Aiming(goal, to, self.config, explore=explore), yaw_rad
        self._steering = Steering(self.config, manoeuvres=manoeuvres)
        self._sightings, self._progress = Sightings(), Progress()
        self._course: Course | None = None
        self._ground: Ground | None = None
        self._way: OpenWay | None = None
        self._lease: Lease | None = None
        self._end: Command | None = None
        self._stamp_ns: int | None = None
        self._asked_ns: int | None = None
        self._lost_ns: int | None = None
        self._held_ns: int | None = None
        self._there_ns: int | None = None
        self._blocked_m: Float64[np.ndarray, "2"] | None = None  # where something was in the way
        self._aside: Pose | None = None
        self._rested: tuple[int, Pose] | None = None
        self._why_none = ""
        self._look_left_rad = math.tau if explore else 0.0
        self._is_there = self._is_short = self._has_made_way = False
        self._height_m = 0.0

    @property
    def path_W(self) -> Float64[np.ndarray, "n 2"]:
        """The corners of the way that it follows now [m]; none where it follows none."""
        return np.empty((0, 2)) if self._course is None else self._course.points_m.copy()

    @property
    def object_id(self) -> int | None:
        """The thing that it goes to, or stands before; None where that is none, or none is known."""
        return None if self._aiming.aim is None else self._aiming.aim.object_id

    @property
    def lease(self) -> Lease | None:
        """What its way rests on: the goal is where it was believed to be, and the way to it as wide. None without one.

        The same until there is another way. A control loop has every tick ask it (`Attached.follow`); the first step
        after one found it broken plans anew, and says why in `replans`. Where nobody else asks, the steps do."""
        return self._lease

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
        pose = pose_of(state)
        try:
            return self._step(view, state, pose, tick_s)
        except ViewExpired:
            return self._stand("the view has expired; give a newer one")
        except (QueryError, InputError) as error:
            return self._finish("failed", str(error))

    def _step(self, view: View, state: RobotState, pose: Pose, tick_s: float) -> Command:
        stamp_ns = state.stamp_ns
        self._sightings.forget(stamp_ns)
        if self._progress.is_stuck(stamp_ns, pose, self._steering.speeds):
            self._bump(stamp_ns, pose)
            self._drop(stamp_ns, "it does not get on: something that it does not see is in the way")
        elif self._steering.is_searching:
            self._progress.start_again()
        elif self._course is not None and self._progress.is_to_and_fro(stamp_ns, pose):
            self._progress.start_again()
            self._aiming.give_up()
            self._drop(stamp_ns, "it does not get on: there is no room to turn")
        why = self._broken(view, pose)
        if why:
            self._drop(stamp_ns, why)
        if self._has_rested(stamp_ns, pose):
            return self._given_up(view, state, self._why_none or "it does not get on")
        if self._course is None and not self._plan(view, state, pose):
            if self._has_waited(stamp_ns) and self._look_left_rad <= 0.0:
                return self._given_up(view, state, self._why_none)
            return self._look_again(view, stamp_ns, pose, tick_s) or self._without_way(stamp_ns, pose, tick_s)
        return self._drive(view, stamp_ns, pose, tick_s)

    # planning

    def _broken(self, view: View, pose: Pose) -> str:
        """Return why the way does not hold any more; "" as long as it does, by the newest view and frames."""
        lease, way = self._lease, self._way
        if lease is None or way is None:
            return ""
        way.follow(pose, self._steering.passed)
        why = lease.why_broken(view)
        self._ground, self._blocked_m = way.ground, way.blocked_m
        if any(one.premise is not way for one in lease.broken):
            self._aiming.aim = None
        return why

    def _ground_about(self, view: View, pose: Pose, aim: Aim | None) -> Ground:
        points_m = np.array([pose[:2]])
        if self._course is not None:
            points_m = np.concatenate([points_m, self._course.points_m])
        return ground_of(view, self._sightings, self.config, route=aim and aim.route, about_m=points_m, pose=pose)

    def _plan(self, view: View, state: RobotState, pose: Pose) -> bool:
        """Lay a course; return whether there is one. Looks for one no oftener than every `RETRY_S`."""
        stamp_ns = state.stamp_ns
        if self._asked_ns is not None and stamp_ns - self._asked_ns < RETRY_S * 1e9:
            return False
        self._asked_ns = stamp_ns
        aim = self._aiming.find(view, state.X_WB[:3, 3])
        if isinstance(aim, Unknown):
            self._why_none = aim.reason
            return False
        self._ground = self._ground_about(view, pose, aim)
        course = self._lay(self._ground, pose, aim)
        if course is None:
            self._why_none = f"something is in the way to {aim.name}, and no other way is known"
            if self._blocked_m is None:
                along = course_over(self._ground, aim.route.waypoints_W[:, :2])
                self._blocked_m = along.cells_m[int(np.argmin(along.narrow_m))]
            return False
        if self._is_detour(course, aim, stamp_ns):
            self._why_none = f"waiting for the way to {aim.name} to be free; round it are {course.length_m:.1f} m"
            return False
        self._course, self._lost_ns, self._held_ns, self._asked_ns = course, None, None, None
        self._way = OpenWay(course, aim.route, self._sightings, self.config, pose, self._ground, seq=view.seq)
        self._lease = Lease((*self._aiming.premises, self._way))
        self._blocked_m = self._aside = None
        self._has_made_way = False
        self._progress.start_again()
        return True

    def _lay(self, ground: Ground, pose: Pose, aim: Aim) -> Course | None:
        here_m = np.array(pose[:2])
        if math.dist(pose[:2], aim.p_m.tolist()) <= self.config.arrived_m:
            return course_over(ground, np.stack([here_m, aim.p_m]))
        return lay_course(ground, here_m, aim.p_m, self.config)

    def _is_detour(self, course: Course, aim: Aim, stamp_ns: int) -> bool:
        """Return whether a course is much longer than the memory's route, and what came into the way may go away."""
        if self._lost_ns is None or course.length_m <= 1.2 * aim.route.length_m + DETOUR_M:
            return False
        return (stamp_ns - self._lost_ns) / 1e9 < DETOUR_WAIT_S

    def _drop(self, stamp_ns: int, why: str) -> None:
        """Let go of the course, and say why."""
        self.replans.append(Replan(stamp_ns, why))
        self._let_go()
        self._asked_ns, self._there_ns, self._is_short = None, None, False
        self._lost_ns = stamp_ns if self._lost_ns is None else self._lost_ns

    def _let_go(self) -> None:
        self._course = self._way = self._lease = None

    def _bump(self, stamp_ns: int, pose: Pose) -> None:
        """Take it that something is before the base, behind it if it drove back, or where its rear swung out to: it
        sees what is before it."""
        forward, turn = self._steering.speeds
        length_m, width_m = self.config.footprint_m
        if forward != 0.0:
            at = math.copysign(length_m / 2 + BEYOND_M, forward), 0.0
        else:
            at = -length_m / 2, math.copysign(width_m / 2 + BEYOND_M, -turn)
        c, s = math.cos(pose[2]), math.sin(pose[2])
        self._sightings.bump(stamp_ns, np.array([pose[0] + c * at[0] - s * at[1], pose[1] + s * at[0] + c * at[1]]))
        self._progress.start_again()

    # driving

    def _drive(self, view: View, stamp_ns: int, pose: Pose, tick_s: float) -> Command:
        aim, course, ground = self._aiming.aim, self._course, self._ground
        assert aim is not None
        assert course is not None
        assert ground is not None
        end_m = course.cells_m[-1]
        left_m = math.hypot(end_m[0] - pose[0], end_m[1] - pose[1])
        off_m = math.dist(aim.p_m.tolist(), pose[:2])
        yaw_rad = aim.yaw_rad if aim.yaw_rad is not None or self._aiming.spot is not None else self._yaw_rad
        near_m = self.config.arrived_m if self._aiming.reaches(aim, pose[:2]) else min(THING_M, self.config.arrived_m)
        is_near = left_m <= near_m or (self._is_there and left_m <= 2.0 * self.config.arrived_m)
        may_end = self._is_short or self._yaw_rad is None or not self._steering.is_manoeuvring
        is_at_it = (self._is_there and self._steering.is_manoeuvring) or self._steering.is_closing_in
        self._is_there = self._is_short or is_near or is_at_it
        if not self._is_there:
            end = None if self._yaw_rad is None or self._aiming.spot is not None else (*end_m.tolist(), self._yaw_rad)
            speeds = self._steering.follow(course, pose, ground, stamp_ns, tick_s, end)
            left = course.length_m * (1.0 - self._steering.passed / max(len(course.cells_m) - 1, 1))
            doing = f"{max(left, left_m):.1f} m to {aim.name}"
        elif yaw_rad is None or (
            may_end and abs(math.remainder(yaw_rad - pose[2], math.tau)) <= self.config.arrived_rad
        ):
            return self._arrived(view, stamp_ns, aim, off_m)
        else:
            end = (pose[0], pose[1], yaw_rad) if self._is_short else (float(end_m[0]), float(end_m[1]), yaw_rad)
            speeds, doing = self._steering.turn_to(end, pose, ground, stamp_ns), f"turning to {aim.name}"
        if not self._steering.held_up:
            self._held_ns = None
            return _moving(speeds, doing)
        is_enough = self._aiming.reaches(aim, pose[:2]) and (off_m <= SHORT_M or aim.purpose == "reach")
        if is_enough and self._is_there:
            return self._arrived(view, stamp_ns, aim, off_m, ", without room to turn to it")
        if is_enough and self._aiming.spot is None:
            self._is_short = True
            return self._stand("as near as there is room")
        self._held_ns = stamp_ns if self._held_ns is None else self._held_ns
        if stamp_ns - self._held_ns > HELD_UP_S * 1e9:
            self._held_ns = None
            self._aiming.give_up()
            self._drop(stamp_ns, "something is too near to drive on")
        return self._stand("something is too near to drive on")

    def _arrived(self, view: View, stamp_ns: int, aim: Aim, off_m: float, how: str = "") -> Command:
        if self._aiming.spot is None:
            if aim.purpose == "see" and not self._is_in_view(view, stamp_ns, aim):
                return self._looking(stamp_ns, aim)
            short = f", {off_m:.2f} m short for want of room" if off_m > 2.0 * self.config.arrived_m else ""
            return self._finish("done", f"at {aim.name}{short}{how}")
        self._aiming.give_up()
        self._let_go()
        self._aiming.spot = None
        return _moving(self._steering.stand(), "has looked where nobody had; looks on from here")

    def _is_in_view(self, view: View, stamp_ns: int, aim: Aim) -> bool:
        """Return whether a thing was seen since the robot has stood."""
        self._there_ns = stamp_ns if self._there_ns is None else self._there_ns
        found = view.where(aim.name, k=1)
        return not isinstance(found, Unknown) and found[0].last_seen_ns >= self._there_ns

    def _looking(self, stamp_ns: int, aim: Aim) -> Command:
        """Stand until a thing is seen; try another place after a while, and after some give it up."""
        assert self._there_ns is not None
        if stamp_ns - self._there_ns <= LOOK_S * 1e9:
            return self._stand(f"looking at {aim.name}")
        why = f"{aim.name} is not in view from where it should be"
        self._aiming.give_up()
        self._drop(stamp_ns, why)
        if len(self._aiming.given_up_m) < LOOKS:
            return self._stand(why)
        return self._finish("failed", why)

    def _has_rested(self, stamp_ns: int, pose: Pose) -> bool:
        """Return whether it has been in one place for as long as its patience lasts."""
        if self._rested is None or math.hypot(pose[0] - self._rested[1][0], pose[1] - self._rested[1][1]) > RESTED_M:
            self._rested = stamp_ns, pose
        return stamp_ns - self._rested[0] > (self.config.patience_s + TURN_S) * 1e9

    def _has_waited(self, stamp_ns: int) -> bool:
        """Return whether it has waited for a way for as long as its patience lasts."""
        self._lost_ns = stamp_ns if self._lost_ns is None else self._lost_ns
        is_known = bool(self.replans) or self._aiming.aim is not None
        return stamp_ns - self._lost_ns >= (self.config.patience_s if is_known else REFUSE_S) * 1e9

    def _look_again(self, view: View, stamp_ns: int, pose: Pose, tick_s: float) -> Command | None:
        """Turn all round once before it gives up: what is in the way may have been gone for long."""
        if not self._has_waited(stamp_ns):
            return None
        ground = self._ground_about(view, pose, None)
        speeds = self._steering.turn_to((pose[0], pose[1], pose[2] + LOOK_RAD), pose, ground, stamp_ns)
        self._look_left_rad -= math.inf if self._steering.held_up else abs(speeds[1]) * tick_s
        return _moving(speeds, f"looking again, as {self._why_none}")

    def _given_up(self, view: View, state: RobotState, why: str) -> Command:
        if self._aiming.is_in(view, state.X_WB[:3, 3]):
            return self._finish("done", f"in {self.goal if isinstance(self.goal, str) else self.goal.name}; {why}")
        return self._finish("failed", why)

    def _without_way(self, stamp_ns: int, pose: Pose, tick_s: float) -> Command:
        """Wait for a way, after a while out of the way of who may come along it, and with an eye on it."""
        lost_s = 0.0 if self._lost_ns is None else (stamp_ns - self._lost_ns) / 1e9
        if self._ground is None or self._blocked_m is None or lost_s < ASIDE_S:
            return self._stand(self._why_none)
        if not self._has_made_way:
            self._has_made_way = True
            p_m = place_aside(self._ground, np.array(pose[:2]), self._blocked_m, self.config)
            if p_m is not None:
                dx, dy = self._blocked_m - p_m
                self._aside = float(p_m[0]), float(p_m[1]), math.atan2(dy, dx)
        if self._aside is None:
            return self._stand(self._why_none)
        speeds = self._steering.go_to(self._aside, pose, self._ground, stamp_ns)
        if not self._steering.is_manoeuvring:
            self._aside = None
        return _moving(speeds, f"making way: {self._why_none}")

    def _stand(self, reason: str) -> Command:
        forward, turn = self._steering.stand()
        return Command(base_velocity_B=(forward, 0.0, turn), status="waiting", reason=reason)

    def _finish(self, status: Any, reason: str) -> Command:
        forward, turn = self._steering.stand()
        self._let_go()
        self._end = Command(base_velocity_B=(forward, 0.0, turn), status=status, reason=reason)
        return self._end


def _moving(speeds: tuple[float, float], doing: str) -> Command:
    return Command(base_velocity_B=(speeds[0], 0.0, speeds[1]), reason=doing)

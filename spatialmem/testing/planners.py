"""Does a planner keep its promises?"""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from spatialmem.errors import InputError, ViewExpired
from spatialmem.memory import SpatialMemory
from spatialmem.protocols import Planner
from spatialmem.testing.frames import frame_bytes
from spatialmem.testing.hall import BEHIND_M, FRAME_TICKS, PILLAR, START_M, TICK_NS, Hall, Pose, occupied_m, state_at
from spatialmem.types import Command, RobotState
from spatialmem.types.commands import Status
from spatialmem.view import View

__all__ = ["PlannerRun", "check_planner"]

Make = Callable[[tuple[float, float]], Planner]

TICK_S = TICK_NS * 1e-9
SHORT, LONG = 40, 500
"""Ticks of a drive; the long one is 25 s."""
AFTER_THE_END = 10
STOOD_TICKS = 100
EXPIRED_TICKS = 20
"""After one second of views that know nothing any more, it stands at the latest."""
HASH_TICKS = 20
AHEAD_M, THING_M, SET_OFF_M = 1.0, 0.5, 0.6
"""The thing in the way is so far ahead of the disc, so large, and put there after so many metres."""
NOWHERE_M = (40.0, 40.0)
KNOWN_ALWAYS = ("seq", "stamp_ns", "world")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerRun:
    """How a planner did in one of the drives of `check_planner`."""

    drive: str
    status: Status
    reason: str
    """The last that it said."""
    ticks: int
    driven_m: float
    slowest_s: float
    """Its slowest step; of each the faster of two runs counts."""


def check_planner(
    make: Make,
    *,
    radius_m: float = 0.3,
    speed_max_m_s: float = 2.0,
    turn_max_rad_s: float = 4.0,
    budget_s: float = 0.25,
    drives: Collection[str] | None = None,
) -> tuple[PlannerRun, ...]:
    """Check a `Planner` by short drives of a simple base over floor that was seen; return how each one ended.

    `make` gives a new planner each time, for a goal (x, y) [m] that it may ignore; its base is, or is kept within, a
    disc of radius_m about B. Where it has a method `see`, it is handed every frame before its step, as it is observed.
    The drives, or only those that are named: "knowing nothing", in the dark; "at first sight", the same with a camera;
    "round the pillar", which is seen; "with a thing in the way", put there once it has set off; "into the pillar", its
    goal; "to nowhere" that is known; "from anywhere": far outside the map, inside the pillar, on another floor, tilted;
    "out of time", where stamps stand still and run back; and "expired", where every question raises `ViewExpired`.

    Every step returns a `Command` of finite numbers, no faster than speed_max_m_s and turn_max_rad_s, with one of the
    four statuses and a text as its reason, not an empty one where it waits or has failed. Waiting, done and failed, it
    stands; None leaves the base as it is, so a base that was driving is told (0, 0, 0). Done and failed are for good.
    It raises nothing: not where nothing is known, nor where the view has expired; of such views it makes no end, and
    within a second of nothing else it stands. No command takes the disc nearer to what the view that it was given shows
    occupied once they touch, but for a cell. It writes neither to the memory nor to what it is handed. The same run
    gives the same commands. No step takes longer than budget_s, in the faster of two runs. Raises AssertionError.

    Whether it gets anywhere is for you to see in what is returned: a planner that gives everything up passes.
    """
    limits = _Limits(radius_m, speed_max_m_s, turn_max_rad_s)
    unknown = sorted(set(drives or ()) - set(DRIVES))
    if unknown:
        raise InputError(f"drives: there is no {unknown[0]!r}; there are {', '.join(map(repr, DRIVES))}.")
    runs = []
    for drive in DRIVES if drives is None else [one for one in DRIVES if one in drives]:
        goal, known, run = DRIVES[drive]
        seen = _seen(radius_m) if known else None
        first, again = (_Trip(drive, make(goal), hall, limits) for hall in _halls(seen, radius_m))
        for trip in (first, again):
            run(trip)
        runs.append(_compared(first, again, budget_s))
    return tuple(runs)


@functools.cache
def _seen(radius_m: float) -> bytes:
    """Return the memory of a hall that was seen."""
    return Hall.seen(radius_m).memory.dump()


def _halls(dump: bytes | None, radius_m: float) -> Iterator[Hall]:
    """Yield two that are equal: as they were written down, or of which nothing was seen."""
    for _ in range(2):
        yield Hall.empty(radius_m) if dump is None else Hall(SpatialMemory.load(dump))


@dataclass(frozen=True, slots=True)
class _Limits:
    radius_m: float
    speed_max_m_s: float
    turn_max_rad_s: float


class _Trip:
    """One drive of one planner: a base that does at once what it is told, and what was said."""

    def __init__(self, drive: str, planner: Planner, hall: Hall, limits: _Limits):
        assert isinstance(planner, Planner), f"{type(planner).__name__} lacks step of Planner"
        self.drive, self.planner, self.hall, self.limits = drive, planner, hall, limits
        self.pose: Pose = (*START_M, 0.0)
        self.velocity = (0.0, 0.0, 0.0)
        self.driven_m = 0.0
        self.dark = False
        """Whether the memory is told nothing."""
        self.said: list[Command] = []
        self.seconds: list[float] = []

    def say(self, what: str) -> str:
        return f"{self.drive}, step {len(self.said)}: {what}"

    def go(self, ticks: int, each: Callable[[_Trip], None] = lambda trip: None) -> None:
        """Drive on for so many ticks, until a little after the end, or until it has stood for 5 s; `each` may change
        the world after a tick."""
        over, stood = 0, 0
        for _ in range(ticks):
            self.tick()
            each(self)
            over += self.said[-1].is_over
            stood = stood + 1 if self.velocity == (0.0, 0.0, 0.0) else 0
            if over > AFTER_THE_END or stood > STOOD_TICKS:
                return

    def tick(self, view: View | None = None) -> None:
        """Let the memory see, ask for one command, and do it for a tick. view: another than the newest."""
        hall = self.hall
        state = state_at(self.pose, hall.stamp_ns)
        if not self.dark:
            hall.tell(state)
        if hall.tick % FRAME_TICKS == 0 and not self.dark:
            frame = hall.frame(self.pose)
            hall.tell(frame)
            self.show(frame)
        newest = hall.memory.view()
        self.ask(newest if view is None else view, state)
        self.move(newest)
        hall.tick += 1

    def show(self, frame: Any) -> None:
        see = getattr(self.planner, "see", None)
        if see is not None:
            before = frame_bytes(frame)
            self.raising(lambda: see(frame), "see")
            assert frame_bytes(frame) == before, self.say("see must not change the frame's arrays")

    def raising(self, call: Callable[[], Any], name: str) -> Any:
        try:
            return call()
        except Exception as error:
            raise AssertionError(self.say(f"{name} raised {type(error).__name__}: {error}")) from error

    def ask(self, view: View, state: RobotState) -> None:
        """Ask for a command and check it."""
        hashed = len(self.said) % HASH_TICKS == 0
        told = self.hall.memory.view()
        before = told.seq, told.state_hash() if hashed else None, state.X_WB.tobytes()
        start = time.perf_counter()
        command = self.raising(lambda: self.planner.step(view, state), "step")
        self.seconds.append(time.perf_counter() - start)
        told = self.hall.memory.view()
        after = told.seq, told.state_hash() if hashed else None, state.X_WB.tobytes()
        assert after[:2] == before[:2], self.say("step must not write to the memory")
        assert after[2] == before[2], self.say("step must not change the robot's state")
        self.check(command)
        self.said.append(dataclasses.replace(command))

    def check(self, command: object) -> None:
        """Check what a command says, and take its velocity over."""
        assert isinstance(command, Command), self.say(f"a Command is needed, {type(command).__name__} was returned")
        assert command.status in get_args(Status), self.say(f"status is {command.status!r}, not of {get_args(Status)}")
        assert isinstance(command.reason, str), self.say(f"reason must be a text, it is {command.reason!r}")
        if command.status in ("waiting", "failed"):
            assert command.reason.strip(), self.say(f"it is {command.status}, and its reason is empty")
        self._check_arm(command)
        if command.base_velocity_B is not None:
            self.velocity = self._checked_velocity(command.base_velocity_B)
        if command.status != "going":
            stands = self.velocity == (0.0, 0.0, 0.0)
            assert stands, self.say(f"it is {command.status}, so it must stand, but its base goes {self.velocity!r}")
        if self.said and self.said[-1].is_over:
            ended = self.said[-1].status
            assert command.status == ended, self.say(f"it was {ended}, which is the end, and is {command.status}")

    def _checked_velocity(self, velocity: object) -> tuple[float, float, float]:
        right = isinstance(velocity, tuple) and len(velocity) == 3 and all(map(_is_number, velocity))
        assert right, self.say(f"base_velocity_B must be a tuple of three finite numbers, it is {velocity!r}")
        forward, left, turn = (float(one) for one in velocity)  # pyright: ignore[reportGeneralTypeIssues]
        speed, most = math.hypot(forward, left), self.limits.speed_max_m_s
        assert speed <= most + 1e-9, self.say(f"it goes {speed:.3f} m/s, more than {most:g}")
        most = self.limits.turn_max_rad_s
        assert abs(turn) <= most + 1e-9, self.say(f"it turns {turn:.3f} rad/s, more than {most:g}")
        return forward, left, turn

    def _check_arm(self, command: Command) -> None:
        joints, gripper = command.joint_positions_rad, command.gripper_width_m
        right = joints is None or (isinstance(joints, dict) and all(map(_is_number, joints.values())))
        assert right, self.say(f"joint_positions_rad must be finite numbers by name, they are {joints!r}")
        right = gripper is None or (_is_number(gripper) and gripper >= 0)
        assert right, self.say(f"gripper_width_m must be a finite number that is not below 0, it is {gripper!r}")

    def move(self, view: View) -> None:
        """Do what was commanded for a tick, and see that it led no nearer to what the view shows occupied."""
        (x, y, yaw), (forward, left, turn) = self.pose, self.velocity
        middle = yaw + turn * TICK_S / 2
        step = complex(forward, left) * complex(math.cos(middle), math.sin(middle)) * TICK_S
        self.pose = x + step.real, y + step.imag, math.remainder(yaw + turn * TICK_S, math.tau)
        self.driven_m += abs(step)
        if not step:
            return
        cells = occupied_m(view, self.pose, self.limits.radius_m + 0.5)
        before, after = (np.hypot(*(cells - at).T) for at in ((x, y), self.pose[:2]))
        cell_m = view.floor(((x, y), (x + 1e-6, y + 1e-6))).cell_m
        hit = np.flatnonzero((after < self.limits.radius_m - cell_m) & (after < before - 1e-9))
        if len(hit):
            where = cells[hit[np.argmin(after[hit])]]
            raise AssertionError(
                self.say(
                    f"its disc of {self.limits.radius_m:g} m drives into ({where[0]:.2f}, {where[1]:.2f}) m, which the "
                    f"view shows occupied, at ({self.pose[0]:.2f}, {self.pose[1]:.2f}) m"
                )
            )


def _is_number(one: object) -> bool:
    return isinstance(one, (int, float, np.integer, np.floating)) and not isinstance(one, bool) and math.isfinite(one)


def _compared(first: _Trip, again: _Trip, budget_s: float) -> PlannerRun:
    """Hold two runs of a drive against each other."""
    for number, (one, other) in enumerate(zip(first.said, again.said, strict=False)):
        said = f"{first.drive}, step {number}: the same run gave {one!r}, and now {other!r}"
        assert repr(one) == repr(other), said
    assert len(first.said) == len(again.said), f"{first.drive}: the same run ended sooner"
    seconds = np.minimum(first.seconds, again.seconds)
    slowest = int(np.argmax(seconds))
    said = f"{first.drive}, step {slowest}: it took {seconds[slowest]:.3f} s, more than {budget_s:g} s, in two runs"
    assert seconds[slowest] <= budget_s, said
    last = first.said[-1]
    return PlannerRun(
        drive=first.drive,
        status=last.status,
        reason=last.reason,
        ticks=len(first.said),
        driven_m=first.driven_m,
        slowest_s=float(seconds[slowest]),
    )


# the drives


def _in_the_dark(trip: _Trip) -> None:
    trip.dark = True
    trip.go(SHORT)


def _a_while(trip: _Trip) -> None:
    trip.go(SHORT)


def _to_the_end(trip: _Trip) -> None:
    trip.go(LONG)


def _something_in_the_way(trip: _Trip) -> None:
    """Put a thing ahead once it has set off."""

    def put(trip: _Trip) -> None:
        forward = trip.velocity[0]
        if trip.driven_m > SET_OFF_M and forward > 0.05 and not put_at:
            x, y, yaw = trip.pose
            away = trip.limits.radius_m + AHEAD_M + THING_M / 2
            put_at.append((x + away * math.cos(yaw), y + away * math.sin(yaw)))
            (at_x, at_y), half = put_at[0], THING_M / 2
            trip.hall.boxes.append(((at_x - half, at_y - half, 0.0), (at_x + half, at_y + half, 1.0)))

    put_at: list[tuple[float, float]] = []
    trip.go(LONG, put)


def _from_anywhere(trip: _Trip) -> None:
    """Ask where no robot is in its senses, and go on from the start."""
    low, high = PILLAR
    inside = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 1.0
    for pose, z_m, pitch_rad in (
        ((300.0, -200.0, 3.0), 0.0, 0.0),
        ((-9e5, 9e5, -3.0), 0.0, 0.0),
        (inside, 0.0, 0.0),
        ((*START_M, 0.5), 50.0, 0.0),
        ((*START_M, 0.5), -50.0, 0.0),
        ((*START_M, 0.5), 0.0, 0.3),
        ((*START_M, 0.5), 0.0, math.pi / 2),
    ):
        for _ in range(3):
            trip.ask(trip.hall.memory.view(), state_at(pose, trip.hall.stamp_ns, z_m=z_m, pitch_rad=pitch_rad))
            trip.hall.tick += 1
    trip.go(SHORT)


def _out_of_time(trip: _Trip) -> None:
    """Ask twice at one stamp, and then at an earlier one."""
    trip.go(SHORT // 2)
    for back in (0, 0, 1, 20, 0):
        trip.ask(trip.hall.memory.view(), state_at(trip.pose, trip.hall.stamp_ns - (back + 1) * TICK_NS))
    trip.go(SHORT // 2)


def _nothing_told_any_more(trip: _Trip) -> None:
    """Give it views of which every question raises ViewExpired, then good ones again."""
    trip.go(SHORT // 2)
    ended = trip.said[-1].is_over
    for _ in range(EXPIRED_TICKS):
        trip.tick(_Expired(trip.hall.memory.view()))
        assert trip.said[-1].is_over == ended, trip.say("a view that has expired is no end: the next one is newer")
    stands = trip.velocity == (0.0, 0.0, 0.0)
    assert stands, trip.say(f"every view of the last second has expired, so it must stand; it goes {trip.velocity!r}")
    trip.go(SHORT)


class _Expired(View):
    """A view that knows nothing but which one it was: every question raises ViewExpired."""

    def __init__(self, view: View):
        for name in KNOWN_ALWAYS:
            setattr(self, name, getattr(view, name))

    def __getattribute__(self, name: str) -> Any:
        if name in KNOWN_ALWAYS or name.startswith("__"):
            return object.__getattribute__(self, name)
        raise ViewExpired


INSIDE_M = tuple((low + high) / 2 for low, high in zip(PILLAR[0][:2], PILLAR[1][:2], strict=True))
DRIVES: dict[str, tuple[Any, bool, Callable[[_Trip], None]]] = {
    "knowing nothing": (BEHIND_M, False, _in_the_dark),
    "at first sight": (BEHIND_M, False, _a_while),
    "round the pillar": (BEHIND_M, True, _to_the_end),
    "with a thing in the way": (BEHIND_M, True, _something_in_the_way),
    "into the pillar": (INSIDE_M, True, _a_while),
    "to nowhere": (NOWHERE_M, True, _a_while),
    "from anywhere": (BEHIND_M, True, _from_anywhere),
    "out of time": (BEHIND_M, True, _out_of_time),
    "expired": (BEHIND_M, True, _nothing_told_any_more),
}
"""By name: the goal [m], whether the hall was seen before, and what happens."""

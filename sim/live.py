"""A simulated robot beside a memory, in real time: its home moves in one thread, a control loop drives it in another.

`spatialmem attach` knows it by the word `simulation`; `LiveRobot` is the same for a program of one's own.
"""

from __future__ import annotations

import dataclasses
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from sim.drivers import maker_of
from sim.people import day_schedule
from sim.sensors import CameraSettings, DetectorSettings
from sim.simulation import TICK_S, Mode, Simulation
from sim.worlds import generate_home, load_home
from spatialmem import (
    Attached,
    Command,
    ConfigError,
    Input,
    InputError,
    Lease,
    Pace,
    Planner,
    RgbdFrame,
    RobotState,
    Tick,
    View,
    parse_settings,
)

__all__ = ["LiveRobot", "SimulationSource", "simulation"]

LATE_S = 0.1
"""A home that is later than this has time pass more slowly rather than make up for it."""
UNTOLD_S = 0.5
"""A robot that was told nothing for so long stands: its control loop hangs, or has ended."""
FRAMES_MAX = 8
STILL = 0.0, 0.0, 0.0
HOUR_NS = 3600 * 10**9
Kind = TypeVar("Kind", CameraSettings, DetectorSettings)


class LiveRobot:
    """One robot in one simulated home that goes on by itself.

    A source for `attach`: whoever iterates over it, once, lets time pass, as fast as real time or `speed` times as
    fast, and is given what the memory is to be told. A control loop gives every `Tick` to `turn`: the planner is asked
    at most once a tick of the home (20 Hz) with the tick's view. What is commanded is carried out from the home's next
    tick on, so the two threads share no more than the newest state, frames and command.
    """

    def __init__(
        self,
        simulation: Simulation,
        planner: Planner | None = None,
        *,
        speed: float = 1.0,
        duration_max_s: float = math.inf,
        each_tick: Callable[[LiveRobot], object] | None = None,
        closing: bool = False,
    ):
        """planner: who drives; without one the robot stands until `command` is called. duration_max_s: so much time
        passes in the home at most [s]. each_tick: called in the home's thread before the time of a tick passes, so
        that something may happen in it. closing: its end closes the simulation.

        Raises InputError for a speed that is none.
        """
        _check_rate("speed", speed, 0.01, 100.0)
        self.simulation, self.planner = simulation, planner
        self.last = Command()
        """What the planner said last."""
        self.metres = 0.0
        """How far the base has truly driven [m]."""
        self._speed, self._ticks_max, self._each_tick = speed, duration_max_s / TICK_S, each_tick
        self._closing = closing
        self._state: RobotState | None = None
        self._frames: deque[RgbdFrame] = deque(maxlen=FRAMES_MAX)
        self._targets: deque[dict[str, Any]] = deque()
        self._told: deque[Input] = deque()
        self._stepped_ns: int | None = None
        self._over = threading.Event()
        self.failure: Exception | None = None
        """What ended the home's thread."""

    # in the home's thread

    def __iter__(self) -> Iterator[Input]:
        """Let time pass until the planner has ended or time is up; yield what is seen and reported."""
        try:
            yield from self._passing()
        except Exception as error:
            self.failure = error
            raise
        finally:
            self._over.set()
            if self._closing:
                self.simulation.close()

    def _passing(self) -> Iterator[Input]:
        home, robot = self.simulation, self.simulation.robot
        pace, paced_s, untold_s, ticks = Pace(), 0.0, 0.0, 0
        while not self._over.is_set() and ticks < self._ticks_max:
            yield from self._sensed()
            while self._told:
                yield self._told.popleft()
            untold_s = 0.0 if self._targets else untold_s + TICK_S / self._speed
            while self._targets:
                robot.command(**self._targets.popleft())
            if untold_s > UNTOLD_S:
                robot.command(base_velocity_B=STILL)
            if self._each_tick is not None:
                self._each_tick(self)
            before = robot.X_WB()[:2, 3]
            home.step()
            self.metres += math.dist(before, robot.X_WB()[:2, 3])
            ticks, paced_s = ticks + 1, paced_s + TICK_S / self._speed
            if pace.wait(paced_s) > LATE_S:
                pace, paced_s = Pace(), 0.0
        yield from self._told  # what came with the last command

    def _sensed(self) -> Iterator[Input]:
        """Yield what the memory is told now, and keep what the control loop is told."""
        told = tuple(self.simulation.inputs())
        self._frames.extend(x for x in told if isinstance(x, RgbdFrame))
        self._state = self.simulation.robot.state()
        yield from told

    # in the control loop's thread

    @property
    def state(self) -> RobotState | None:
        """Where the robot believed it was at the home's last tick; None before the first."""
        return self._state

    @property
    def lease(self) -> Lease | None:
        """What the planner's plan rests on (`Leased`); None where it has none."""
        return getattr(self.planner, "lease", None)

    @property
    def is_over(self) -> bool:
        """Whether time has ended in the home, by its planner or its end."""
        return self._over.is_set()

    @property
    def doing(self) -> str:
        """What it does and why, in words; what ended it, where its planner did not."""
        if self.failure is not None:
            return f"failed: {type(self.failure).__name__}: {self.failure}"
        is_cut = self.is_over and not self.last.is_over and self.planner is not None
        return ("time is over: " if is_cut else "") + (self.last.reason or self.last.status)

    def command(self, **targets: Any) -> None:
        """Command the robot from the home's next tick on; targets are those of `spatialmem.Robot.command`.

        Raises InputError for others.
        """
        allowed = list(Command().targets())
        for name in targets:
            if name not in allowed:
                raise InputError(f"a robot has no target '{name}'; it has {', '.join(allowed)}.")
        self._targets.append(targets)

    def turn(self, tick: Tick) -> Command:
        """Ask the planner for what a tick of the control loop knows, where time has passed in the home since the last;
        return its newest command."""
        state = self._state
        if self.planner is None or state is None or self.is_over or state.stamp_ns == self._stepped_ns:
            return self.last
        if math.isinf(tick.age_s):  # the memory has nothing of this robot yet
            return self.last
        self._stepped_ns = state.stamp_ns
        see = getattr(self.planner, "see", None)
        while self._frames:
            frame = self._frames.popleft()
            if see is not None:
                see(frame)
        self.last = self.planner.step(tick.view, state)
        self._told.extend(self.last.inputs)
        self.command(**self.last.targets())
        if self.last.is_over:
            self._over.set()
        return self.last

    def turns(self, attached: Attached, *, tick_hz: float = 50.0) -> Iterator[Tick]:
        """Drive: yield tick after tick of a memory that this is attached to, each when the robot has had its turn,
        until it is over. Every tick asks the lease of what the planner does by then.

        Raises InputError for a rate that is none, RuntimeError where the home's thread has failed, such as in
        `each_tick`.
        """
        _check_rate("tick_hz", tick_hz, 0.1, 1000.0)
        attached.follow(self)
        pace, turn_s = Pace(), 0.0
        try:
            while not self.is_over:
                tick = attached.tick()
                self.turn(tick)
                yield tick
                turn_s += 1.0 / tick_hz
                if pace.wait(turn_s) > LATE_S:
                    pace, turn_s = Pace(), 0.0
        finally:
            attached.unfollow(self)
        if self.failure is not None:
            raise RuntimeError(f"the home has {self.doing}") from self.failure

    def show_memory(self, view: Callable[[], View]) -> None:
        """Begin an hour after what a memory has: its sources' stamps go on. Called by `attach`."""
        known = view()
        behind_ns = known.stamp_ns + HOUR_NS - self.simulation.clock.now_ns() if known.seq else 0
        if behind_ns > 0:
            self.simulation.skip(behind_ns)


def _check_rate(name: str, rate: object, low: float, high: float) -> None:
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not low <= rate <= high:
        raise InputError(f"{name} is {rate!r}; it must be {low:g} to {high:g}.")


class SimulationSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of the source `simulation`, as a file of settings for `spatialmem attach` has them."""

    simulation: Annotated[int, Meta(ge=0)] | str
    """The seed of a home, or a plan: a file, or flat."""
    planner: str | None = "explore"
    """Who drives: WORD or WORD:TEXT, as `spatialmem sim --planner`; null for nobody."""
    robot: str = "husky-panda"
    mode: Mode = "fast"
    """"physical" steps the physics and renders pictures, which real time needs a fast computer for."""
    speed: Annotated[float, Meta(ge=0.01, le=100)] = 1.0
    """Times as fast as real time."""
    duration_s: Annotated[float, Meta(ge=0.1, le=86400)] = 900.0
    """So much time passes in the home at most."""
    person: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Somebody is at home, and does so many things."""
    seed: Annotated[int, Meta(ge=0)] = 0
    """Of all noise, and of what the person does."""
    camera: dict[str, Any] = {}
    """Of `CameraSettings`."""
    detector: dict[str, Any] = {}
    """Of `DetectorSettings`."""


def simulation(settings: Mapping[str, Any], world: str) -> LiveRobot:
    """Return a robot in a simulated home as a source: what `sources.NAME` of a file of settings says.

    world: of the memory; it is the home's. Raises ConfigError or InputError for what cannot be made.
    """
    given = parse_settings(dict(settings), SimulationSource, "the simulation")
    home = load_home(given.simulation) if isinstance(given.simulation, str) else generate_home(given.simulation)
    make = None if given.planner is None else maker_of(given.planner)
    made = Simulation(
        dataclasses.replace(home, name=world),
        robot=given.robot,
        mode=given.mode,
        seed=given.seed,
        camera=_made(CameraSettings, given.camera, "camera"),
        detector=_made(DetectorSettings, given.detector, "detector"),
        schedule=(lambda built: day_schedule(built, given.seed, given.person)) if given.person else None,
    )
    try:
        planner = None if make is None else make(made)
    except BaseException:
        made.close()
        raise
    return LiveRobot(made, planner, speed=given.speed, duration_max_s=given.duration_s, closing=True)


def _made(kind: type[Kind], given: Mapping[str, Any], name: str) -> Kind:
    """Return settings of a dataclass. Raises ConfigError for a name that is none of its."""
    allowed = [field.name for field in dataclasses.fields(kind)]  # pyright: ignore[reportArgumentType]
    for word in given:
        if word not in allowed:
            raise ConfigError(f"{name} has no setting '{word}'; it has {', '.join(allowed)}.")
    return kind(**given)

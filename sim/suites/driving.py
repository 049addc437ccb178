"""An episode: a planner drives a simulated robot over memories that listen, within a budget, and what came of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float64

from sim.loop import Drive
from sim.simulation import Simulation
from sim.suites.arms import Held
from sim.suites.blocked import BlockedLog, Bump, place_of
from sim.suites.listening import for_other
from spatialmem import Input, Planner, Rejected, RgbdFrame

__all__ = ["Budget", "Outcome", "drive", "look_once"]

STILL = 0.0, 0.0, 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What an episode may take. One that ends before it succeeds counts all of it."""

    metres: float
    seconds: float

    PER_SHORTEST = 4.0
    """Every arm may drive so many times the shortest way."""
    LEAST_M = 4.0
    """And so far where the way is short."""
    START_S, PACE_M_S = 60.0, 0.2
    """The time to look round, and how fast one gets on at least; the robots drive at 0.8 m/s."""

    @classmethod
    def of(cls, shortest_m: float) -> Budget:
        """Return the budget of an episode whose shortest way is this long."""
        metres = max(cls.PER_SHORTEST * shortest_m, cls.LEAST_M)
        return cls(metres, cls.START_S + metres / cls.PACE_M_S)


@dataclass(slots=True, eq=False)
class Outcome:
    """What came of one drive."""

    driven: Drive
    """How it was driven."""
    end: Literal["done", "failed", "metres", "seconds"] = "failed"
    """What the planner said at last; or which part of the budget was used up."""
    bumps: list[Bump] = field(default_factory=list)
    rejected: int = 0
    """Inputs that the memory did not take."""
    frames: int = 0
    shown_s: dict[str, float] = field(default_factory=dict)
    """By the name of a body, when it was in view last: seconds on the simulation's clock."""
    all_s: float = 0.0
    """What all of it took."""
    memory_s: float = 0.0
    """What the memories took of that."""

    @property
    def reason(self) -> str:
        """Why it ended."""
        told = self.driven.command.reason
        return f"the budget is used up while: {told}" if self.end in ("metres", "seconds") else told

    @property
    def metres(self) -> float:
        """How far the robot truly drove."""
        return self.driven.metres

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.driven.elapsed_s

    @property
    def path_m(self) -> Float64[np.ndarray, "n 2"]:
        """Where the robot truly was, tick by tick."""
        return self.driven.true_path_W[:, :2]

    @property
    def step_ms(self) -> list[float]:
        """What each step of the planner took."""
        return [1e3 * one for one in self.driven.step_s]

    def shown(self, now_s: float, within_s: float) -> frozenset[str]:
        """Return what was in view within the last so many seconds before now_s, on the simulation's clock."""
        return frozenset(name for name, at_s in self.shown_s.items() if now_s - at_s <= within_s)

    def wall(self) -> dict[str, float]:
        """Return what was timed, as plain values."""
        steps = {f"step_p{round(100 * part)}_ms": self.driven.step_ms(part) for part in (0.5, 0.99)}
        steps["step_max_ms"] = self.driven.step_ms(1.0)
        spent = {
            "memory_s": self.memory_s,
            "planner_s": sum(self.driven.step_s) + sum(self.driven.see_s),
            "robot_s": self.driven.moving_s,
        }
        spent["picture_s"] = self.all_s - sum(spent.values())
        return {name: round(value, 3) for name, value in {**steps, **spent}.items()}


def drive(
    simulation: Simulation,
    held: Sequence[Held],
    planner: Planner,
    budget: Budget,
    *,
    visit: int,
    each_frame: Callable[[], None] | None = None,
    each_tick: Callable[[Drive], None] | None = None,
    at_end: Callable[[], Iterable[Input]] | None = None,
    record: Callable[[Iterator[Input]], None] | None = None,
    ticks_a_step: int = 1,
) -> Outcome:
    """Let a planner drive until it is over or the budget is used up; the robot stands afterwards.

    held: the memory that the planner asks, and others that only listen. visit: under which number they note what is
    in view. each_frame: called after every picture; each_tick: after every command of the planner. at_end: returns
    what the memories are told after all else. record: takes all
    that the memories are told, each input when they have been told it.
    """
    view, blocked = held[0].memory.view, BlockedLog(simulation)
    driven = Drive(
        simulation,
        planner,
        view,
        duration_max_s=budget.seconds,
        metres_max=budget.metres,
        each_tick=each_tick,
        ticks_a_step=ticks_a_step,
        after_tick=lambda _: blocked.look(view(), held[0].seen),
    )
    came, began = Outcome(driven, bumps=blocked.bumps), time.perf_counter()
    told = itertools.chain(driven, simulation.inputs())  # at last what the end of the budget shows
    passing = _passing(came, simulation, told if at_end is None else _then(told, at_end), held, visit, each_frame)
    if record is not None:
        record(passing)
    for _ in passing:
        pass
    came.all_s = time.perf_counter() - began
    if driven.command.is_over:
        came.end = "done" if driven.command.status == "done" else "failed"
    else:
        came.end = "metres" if driven.metres >= budget.metres else "seconds"
    simulation.robot.command(base_velocity_B=STILL)
    return came


def _then(told: Iterator[Input], at_end: Callable[[], Iterable[Input]]) -> Iterator[Input]:
    yield from told
    yield from at_end()


def _passing(
    came: Outcome,
    simulation: Simulation,
    told: Iterator[Input],
    held: Sequence[Held],
    visit: int,
    each_frame: Callable[[], None] | None,
) -> Iterator[Input]:
    """Yield every input once the memories have been told it."""
    for x in told:
        _tell(held, x, came)
        if isinstance(x, RgbdFrame):
            came.frames += 1
            where_m = _in_view(simulation)
            came.shown_s.update(dict.fromkeys(where_m, simulation.elapsed_s))
            for one in held:
                one.note(where_m, visit)
            if each_frame is not None:
                each_frame()
        yield x


def _in_view(simulation: Simulation) -> dict[str, tuple[float, float]]:
    """Return where what is in view is, by the names of bodies."""
    bodies = simulation.world.bodies
    return {name: place_of(simulation.world, bodies[name]) for name in simulation.sensor.in_view()}


def _tell(held: Sequence[Held], x: Input, came: Outcome) -> None:
    """Tell the memories one input."""
    began, asked = time.perf_counter(), held[0].memory.view()
    for one in held:
        own = x if one is held[0] else for_other(x, asked, one.memory.view())
        came.rejected += own is not None and isinstance(one.memory.observe(own), Rejected)
    came.memory_s += time.perf_counter() - began


def look_once(simulation: Simulation, held: Sequence[Held], *, visit: int) -> frozenset[str]:
    """Let time pass until the robot, which stands, has taken one more picture; return what that shows."""
    while True:
        simulation.step()
        frames = 0
        for x in simulation.inputs():
            frames += isinstance(x, RgbdFrame)
            for one in held:
                one.memory.observe(x)
        if frames:
            for one in held:
                one.note(_in_view(simulation), visit)
            return simulation.sensor.in_view()

"""The loop of an episode: a planner drives a simulated robot over a memory that listens, until one of them ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float64

from sim.simulation import Simulation
from sim.suites.arms import Held
from sim.suites.blocked import BlockedLog, Bump
from spatialmem import Planner, Rejected, RgbdFrame

__all__ = ["Budget", "Drive", "drive", "look_once"]

STILL = 0.0, 0.0, 0.0
PARTS = "picture", "memory", "planner", "robot"
"""What an episode's time is spent on."""


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
class Drive:
    """What came of one drive."""

    end: Literal["done", "failed", "metres", "seconds"] = "failed"
    """What the planner said at last; or which part of the budget was used up."""
    reason: str = ""
    metres: float = 0.0
    seconds: float = 0.0
    path_m: Float64[np.ndarray, "n 2"] = field(default_factory=lambda: np.zeros((0, 2)))
    """Where the robot truly was, tick by tick."""
    bumps: list[Bump] = field(default_factory=list)
    rejected: int = 0
    """Inputs that the memory did not take."""
    frames: int = 0
    shown_s: dict[str, float] = field(default_factory=dict)
    """By the name of a body, when it was in view last: seconds on the simulation's clock."""
    step_ms: list[float] = field(default_factory=list)
    """What each step of the planner took."""
    spent_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    def shown(self, now_s: float, within_s: float) -> frozenset[str]:
        """Return what was in view within the last so many seconds before now_s, on the simulation's clock."""
        return frozenset(name for name, at_s in self.shown_s.items() if now_s - at_s <= within_s)

    def wall(self) -> dict[str, Any]:
        """Return what was timed, as plain values."""
        p50, p99 = np.percentile(self.step_ms, (50, 99)) if self.step_ms else (np.nan, np.nan)
        most = max(self.step_ms, default=float("nan"))
        steps = {
            "step_p50_ms": round(float(p50), 3),
            "step_p99_ms": round(float(p99), 3),
            "step_max_ms": round(most, 3),
        }
        return {**steps, **{f"{what}_s": round(spent, 3) for what, spent in self.spent_s.items()}}


def drive(
    simulation: Simulation,
    held: Sequence[Held],
    planner: Planner,
    budget: Budget,
    *,
    visit: int,
    each_frame: Callable[[], None] | None = None,
) -> Drive:
    """Let a planner drive until it is over or the budget is used up; the robot stands afterwards.

    held: the memory that the planner asks, and others that only listen. visit: under which number they note what is
    in view. each_frame: called after every picture.
    """
    came, blocked, start_s = Drive(), BlockedLog(simulation), simulation.elapsed_s
    path = [simulation.robot.X_WB()[:2, 3]]
    while True:
        if _tell(simulation, held, planner, came, visit) and each_frame is not None:
            each_frame()
        began = time.perf_counter()
        view = held[0].memory.view()
        command = planner.step(view, simulation.robot.state())
        came.step_ms.append((time.perf_counter() - began) * 1e3)
        came.spent_s["planner"] += came.step_ms[-1] / 1e3
        came.seconds = simulation.elapsed_s - start_s
        if command.is_over:
            came.end, came.reason = ("done" if command.status == "done" else "failed"), command.reason
        elif came.metres >= budget.metres or came.seconds >= budget.seconds:
            came.end = "metres" if came.metres >= budget.metres else "seconds"
            came.reason = f"the budget is used up while: {command.reason}"
        else:
            began = time.perf_counter()
            simulation.robot.command(**command.targets())
            simulation.step()
            blocked.look(view, held[0].seen)
            path.append(simulation.robot.X_WB()[:2, 3])
            came.metres += float(np.hypot(*(path[-1] - path[-2])))
            came.spent_s["robot"] += time.perf_counter() - began
            continue
        simulation.robot.command(base_velocity_B=STILL)
        came.path_m, came.bumps = np.array(path), blocked.bumps
        return came


def _tell(simulation: Simulation, held: Sequence[Held], planner: Planner, came: Drive, visit: int) -> bool:
    """Tell the memories what there is to be told now, and the planner the frame; return whether there was one."""
    began, frames = time.perf_counter(), came.frames
    for x in simulation.inputs():
        taken = time.perf_counter()
        came.spent_s["picture"] += taken - began
        for one in held:
            came.rejected += isinstance(one.memory.observe(x), Rejected)
        began = time.perf_counter()
        came.spent_s["memory"] += began - taken
        if isinstance(x, RgbdFrame):
            came.frames += 1
            names, now_s = simulation.sensor.in_view(), simulation.elapsed_s
            came.shown_s.update(dict.fromkeys(names, now_s))
            for one in held:
                one.note(names, visit)
            see = getattr(planner, "see", None)
            if see is not None:
                see(x)
            now = time.perf_counter()
            came.spent_s["planner"] += now - began
            began = now
    return came.frames > frames


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
                one.note(simulation.sensor.in_view(), visit)
            return simulation.sensor.in_view()

"""One planner drives one simulated robot: what is seen goes to the memory, what the memory knows to the planner."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from sim.simulation import TICK_S, Simulation
from spatialmem import Command, Input, Planner, RgbdFrame, SpatialMemory

__all__ = ["Drive", "drive"]


class Drive:
    """A drive, as the inputs that a memory is to be told: whoever iterates over it tells them.

    Each tick of `TICK_S` the planner is shown the frame, where there is one (`see`, if it has that), and then asked for
    a command (`step`) with the view as it is by then. Ends with the planner, after duration_max_s, or with metres_max.
    """

    def __init__(
        self,
        simulation: Simulation,
        planner: Planner,
        view: Callable[[], Any],
        *,
        duration_max_s: float = 900.0,
        metres_max: float = math.inf,
        each_tick: Callable[[Drive], None] | None = None,
        after_tick: Callable[[Drive], None] | None = None,
        ticks_a_step: int = 1,
    ):
        """view: returns what the memory knows now, such as `memory.view`. ticks_a_step: the planner is asked every so
        many ticks; between them the robot goes on as it was told. each_tick: called after every command,
        before the time of the tick passes, so that something may happen in the home, too. after_tick: called when it
        has passed, before anything of it is told."""
        self.simulation, self.planner, self.view = simulation, planner, view
        self.command = Command()
        """The last one."""
        self.metres = 0.0
        """How far the base has truly driven [m]."""
        self.tick_count = 0
        self.step_s: list[float] = []
        """How long each `step` of the planner took [s]."""
        self.see_s: list[float] = []
        """How long each `see` took [s]."""
        self.moving_s = 0.0
        """How long the home took in all to let time pass [s]."""
        self._ticks_max, self._metres_max = round(duration_max_s / TICK_S), metres_max
        self._each_tick, self._after_tick, self._ticks_a_step = each_tick, after_tick, ticks_a_step
        self._path: list[tuple[int, float, float]] = []

    def __iter__(self) -> Iterator[Input]:
        robot = self.simulation.robot
        see = getattr(self.planner, "see", None)
        self._note()
        while self.tick_count < self._ticks_max and self.metres < self._metres_max:
            for x in self.simulation.inputs():
                yield x
                if see is not None and isinstance(x, RgbdFrame):
                    started = time.perf_counter()
                    see(x)
                    self.see_s.append(time.perf_counter() - started)
            state, view = robot.state(), self.view()
            started = time.perf_counter()
            self.command = self.planner.step(view, state)
            self.step_s.append(time.perf_counter() - started)
            robot.command(**self.command.targets())
            yield from self.command.inputs
            if self._each_tick is not None:
                self._each_tick(self)
            if self.command.is_over:
                return
            for _ in range(self._ticks_a_step):
                self._pass()

    def _pass(self) -> None:
        """Let the time of a tick pass."""
        started = time.perf_counter()
        self.simulation.step()
        self.moving_s += time.perf_counter() - started
        self.tick_count += 1
        self._note()
        if self._after_tick is not None:
            self._after_tick(self)

    def _note(self) -> None:
        """Take down where the base truly is."""
        x_m, y_m = (float(c) for c in self.simulation.robot.X_WB()[:2, 3])
        if self._path:
            self.metres += math.hypot(x_m - self._path[-1][1], y_m - self._path[-1][2])
        self._path.append((self.simulation.clock.now_ns(), x_m, y_m))

    @property
    def elapsed_s(self) -> float:
        """How long it has taken in the simulation [s]."""
        return self.tick_count * TICK_S

    @property
    def true_path_W(self) -> Float[np.ndarray, "n 3"]:
        """Where the base truly was at every tick, on the floor [m]."""
        return np.array([(x, y, 0.0) for _, x, y in self._path], float).reshape(-1, 3)

    def metres_between(self, began_ns: int, ended_ns: int) -> float:
        """Return how far the base truly drove between two stamps [m]."""
        path_m = np.array([(x, y) for stamp, x, y in self._path if began_ns <= stamp <= ended_ns]).reshape(-1, 2)
        return float(np.hypot(*np.diff(path_m, axis=0).T).sum())

    def at(self, stamp_ns: int) -> tuple[float, float]:
        """Return where the base truly was at a stamp [m]: at the last tick that is not later."""
        index = int(np.searchsorted([stamp for stamp, _, _ in self._path], stamp_ns, side="right"))
        return self._path[max(index - 1, 0)][1:]

    def step_ms(self, share: float) -> float:
        """Return how long a `step` took at most in this share of the ticks [ms]: 0.5 is the median; 0 before any."""
        return 1e3 * float(np.quantile(self.step_s, share)) if self.step_s else 0.0


def drive(
    simulation: Simulation,
    memory: SpatialMemory,
    planner: Planner,
    *,
    duration_max_s: float = 900.0,
    metres_max: float = math.inf,
    each_tick: Callable[[Drive], None] | None = None,
) -> Drive:
    """Let a planner drive until it is done, has failed, or time or metres are used up; the memory is told all of it.

    Return the drive: its `command` says how it ended, beside `metres`, `elapsed_s`, `step_ms(0.99)`.
    """
    driven = Drive(
        simulation, planner, memory.view, duration_max_s=duration_max_s, metres_max=metres_max, each_tick=each_tick
    )
    for x in driven:
        memory.observe(x)
    return driven

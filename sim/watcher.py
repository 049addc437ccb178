"""Watches a run's inputs on their way into the memory: what was admitted, driven and truly seen."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from rich.console import Console
from rich.status import Status

from sim.run import TourRun
from sim.scoring import SURFACES, Seen
from spatialmem import ColorSampler, Input, Rejected, RgbdFrame, RobotState, SpatialMemory

__all__ = ["Watcher"]

REFRESH_S = 0.2


class Watcher:
    """Hands every input of a run to a memory, and remembers what a summary and a picture need."""

    def __init__(self, memory: SpatialMemory, run: TourRun, seen: Seen, say: Console):
        self.memory, self.run, self.seen = memory, run, seen
        self.sampler = ColorSampler()
        self.answers: Counter[str] = Counter()
        """By "admitted", or the reason of the rejection."""
        self.frame_count = 0
        self.interrupted = False
        self.wall_s = 0.0
        self._say = say
        self._path: list[Float[np.ndarray, "3"]] = []
        self._true_path: list[Float[np.ndarray, "3"]] = []
        self._p_WB = np.zeros(2)
        self._said = ""

    @property
    def path_W(self) -> Float[np.ndarray, "n 3"]:
        """Where the robot believed it was at every frame: its base, at the height of its camera [m]."""
        return np.array(self._path, float).reshape(-1, 3)

    @property
    def true_path_W(self) -> Float[np.ndarray, "n 3"]:
        """Where its base truly was at every frame [m]."""
        return np.array(self._true_path, float).reshape(-1, 3)

    def passing(self, asked: threading.Event, status: Status) -> Iterator[Input]:
        """Yield every input once the memory has it, until the tour is over or an interrupt is asked for."""
        started = drawn = time.perf_counter()
        for x in self.run:
            answer = self.memory.observe(x)
            self.answers[answer.reason.value if isinstance(answer, Rejected) else "admitted"] += 1
            if isinstance(x, RobotState):
                self._p_WB = x.X_WB[:2, 3]
            if isinstance(x, RgbdFrame) and not isinstance(answer, Rejected):
                self._note(x)
            now = time.perf_counter()
            self.wall_s = now - started
            if now - drawn > REFRESH_S:
                drawn = now
                self._tell(status)
            yield x
            if asked.is_set():
                self.interrupted = True
                return

    def _note(self, frame: RgbdFrame) -> None:
        simulation = self.run.simulation
        self.frame_count += 1
        self._path.append(np.array([*self._p_WB, frame.X_WC[2, 3]]))
        self._true_path.append(simulation.robot.X_WB()[:3, 3])
        self.sampler.offer(frame)
        shot = simulation.sensor.shot
        judged = np.array([simulation.world.bodies[name].kind in SURFACES for name in shot.names], bool)
        self.seen.add(shot, frame.camera, judged, simulation.sensor.X_WC)

    def _tell(self, status: Status) -> None:
        """Say what is going on: on a moving line, or line by line where there is no terminal."""
        driver = self.run.driver
        stop = f"{driver.doing}, stop {min(driver.number + 1, len(driver.stops))} of {len(driver.stops)}"
        elapsed_s, leaves = self.run.simulation.elapsed_s, self.memory.leaf_count
        figures = f"{elapsed_s:.0f} s simulated, {self.frame_count} frames, {leaves} leaves"
        if self._say.is_terminal:
            status.update(f"{stop[0].upper()}{stop[1:]}: {figures}")
        elif stop != self._said:
            self._say.print(f"{stop[0].upper()}{stop[1:]}: {figures}", markup=False)
            self._said = stop

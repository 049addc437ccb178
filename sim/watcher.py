"""Watches a run's inputs on their way into the memory: what was admitted and truly seen, and why it drives so."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from rich.console import Console
from rich.status import Status

from sim.run import Run
from sim.scoring import SURFACES, Seen
from spatialmem import ColorSampler, Input, Rejected, RgbdFrame, RobotState, SpatialMemory

__all__ = ["Watcher"]

REFRESH_S = 0.2


class Watcher:
    """Hands every input of a run to a memory, and remembers what a summary and a picture need."""

    seen: Seen | None = None
    """What the camera truly saw is added here, where it is wanted."""

    def __init__(self, memory: SpatialMemory, run: Run, say: Console):
        self.memory, self.run = memory, run
        self.sampler = ColorSampler()
        self.answers: Counter[str] = Counter()
        """By "admitted", or the reason of the rejection."""
        self.frame_count = 0
        self.interrupted = False
        self.wall_s = 0.0
        self._say = say
        self._path: list[Float[np.ndarray, "3"]] = []
        self._p_WB = np.zeros(2)
        self._said, self._replans_said = "", 0

    @property
    def path_W(self) -> Float[np.ndarray, "n 3"]:
        """Where the robot believed it was at every frame: its base, at the height of its camera [m]."""
        return np.array(self._path, float).reshape(-1, 3)

    def passing(self, asked: threading.Event, status: Status) -> Iterator[Input]:
        """Yield every input once the memory has it, until the run is over or an interrupt is asked for."""
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
        self._tell(status)

    def _note(self, frame: RgbdFrame) -> None:
        simulation = self.run.simulation
        self.frame_count += 1
        self._path.append(np.array([*self._p_WB, frame.X_WC[2, 3]]))
        self.sampler.offer(frame)
        if self.seen is not None:
            shot = simulation.sensor.shot
            judged = np.array([simulation.world.bodies[name].kind in SURFACES for name in shot.names], bool)
            self.seen.add(shot, frame.camera, judged, simulation.sensor.X_WC)

    def _tell(self, status: Status) -> None:
        """Say what is going on and why: on a moving line, or line by line where there is no terminal."""
        drive = self.run.drive
        if not drive.step_s:
            return
        for one in getattr(drive.planner, "replans", ())[self._replans_said :]:
            self._replans_said += 1
            self._say.print(f"Planned anew: {one.reason}", markup=False)
        doing = drive.command.reason or drive.command.status
        figures = f"{self.run.simulation.elapsed_s:.0f} s simulated, {self.frame_count} frames"
        line = f"{doing[0].upper()}{doing[1:]}: {figures}, {self.memory.leaf_count} leaves"
        if self._say.is_terminal:
            status.update(line)
        elif (words := re.sub(r"[\d.]+", "", doing)) != self._said:  # numbers change all the time
            self._say.print(line, markup=False)
            self._said = words

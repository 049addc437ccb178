"""A flat of two rooms that a robot walks through, and the memory that is told what its camera sees.

Pictures are cast ray by ray. The robot stands somewhere and turns round, looking ahead and down; each thing that has a
label is detected by a mask. A thing is moved or taken away by changing `things`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from cast_boxes import frame_of, masked

import spatialmem as sm
from spatialmem.queries.asked import Asked
from spatialmem.queries.questions import BeliefQuestions

__all__ = ["BEDROOM", "KITCHEN", "Flat", "asked_of"]

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
S = 10**9
STEP_NS = 200_000_000
CAMERA_M = 1.2
TURNS, PITCHES = 8, (0.15, 0.75)
"""Directions all round, and how far the camera looks down [rad]."""

KITCHEN, BEDROOM = ((1.0, 1.0), (1.2, 2.6), (2.8, 2.0)), ((5.2, 2.0), (6.0, 1.2), (6.4, 3.0))
"""Where the robot stands to see a room."""
WALLS: dict[str, Box] = {
    "floor": ((-2.0, -2.0, -0.1), (10.0, 6.0, 0.0)),
    "west": ((-0.1, -0.1, 0.0), (0.0, 4.1, 2.4)),
    "south": ((-0.1, -0.1, 0.0), (8.1, 0.0, 2.4)),
    "north": ((-0.1, 4.0, 0.0), (8.1, 4.1, 2.4)),
    "east": ((8.0, -0.1, 0.0), (8.1, 4.1, 2.4)),
    "between": ((4.0, 0.0, 0.0), (4.1, 1.5, 2.4)),
    "beside": ((4.0, 2.5, 0.0), (4.1, 4.0, 2.4)),
}
"""The door between the rooms is 1 m wide, at x = 4."""
FURNITURE: dict[str, Box] = {
    "table": ((0.0, 3.2, 0.0), (1.6, 4.0, 0.7)),
    "counter": ((2.4, 3.4, 0.0), (4.0, 4.0, 0.9)),
    "desk": ((7.2, 0.6, 0.0), (8.0, 2.0, 0.75)),
    "cupboard": ((4.2, 3.5, 0.0), (5.2, 4.0, 1.0)),
}


class Flat:
    """What is in it, and the memory that is told. A name is its label up to the first blank."""

    def __init__(self, memory: sm.SpatialMemory, things: dict[str, Box], *, doors: dict[str, Box] | None = None):
        """doors: more walls, that have no label."""
        self.memory, self.things, self.doors = memory, dict(things), dict(doors or {})
        self.step, self.here = 0, (0.0, 0.0)

    @property
    def stamps(self) -> dict[str, Any]:
        """Of the next input."""
        stamp_ns = S + self.step * STEP_NS
        return {"stamp_ns": stamp_ns, "received_ns": stamp_ns}

    def stand(self, x: float, y: float) -> None:
        """Go there, at 1 m/s, and say so."""
        self.wait(math.hypot(x - self.here[0], y - self.here[1]))
        self.here = x, y
        X_WB = np.eye(4)
        X_WB[:2, 3] = x, y
        self.tell(sm.RobotState(source="base", **self.stamps, X_WB=X_WB))

    def tell(self, *inputs: sm.Input) -> None:
        """Tell the memory, which must admit it."""
        for x in inputs:
            receipt = self.memory.observe(x)
            assert receipt, receipt
        self.step += 1

    def wait(self, seconds: float) -> None:
        """Let time pass, with nobody looking."""
        self.step += round(seconds * S / STEP_NS)

    def look_round(self, x: float, y: float, towards: Iterable[float] | None = None) -> None:
        """Stand there and look all round, or in some directions [rad]."""
        self.stand(x, y)
        for yaw in np.arange(TURNS) * 2 * math.pi / TURNS if towards is None else towards:
            for pitch in PITCHES:
                away = np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), -math.sin(pitch)])
                eye = np.array([x + 0.03 * math.sin(self.step), y, CAMERA_M])
                self.look(eye, eye + away)

    def look(self, eye: Sequence[float] | np.ndarray, at: Sequence[float] | np.ndarray) -> None:
        """Show one picture, and what is found in it."""
        named = {**self.things, **FURNITURE}
        boxes = [*named.values(), *WALLS.values(), *self.doors.values()]
        frame, shows = frame_of(
            *boxes, X_WC=sm.look_at(np.asarray(eye, float), np.asarray(at, float)), noise=1.0, seed=self.step
        )
        frame = dataclasses.replace(frame, **self.stamps)
        items = tuple(
            masked(shows, number, name.split()[0])
            for number, name in enumerate(named)
            if np.count_nonzero(shows == number) >= 12
        )
        found = sm.Detections(source="detector", camera_source="camera", **self.stamps, items=items)
        self.tell(frame, found)

    def walk(self, *rooms: Sequence[tuple[float, float]]) -> Flat:
        """Look round at each of the places of rooms."""
        for room in rooms:
            for x, y in room:
                self.look_round(x, y)
        return self


def asked_of(memory: sm.SpatialMemory) -> Asked:
    """What the questions of this moment are answered from."""
    return BeliefQuestions._asked(memory.view(), None)

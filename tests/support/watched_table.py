"""A memory that watches things on a table: what stands there is moved, taken away, put down, as a test says.

Pictures are cast ray by ray, 5 a second, from a camera that sways; each thing that has a label is detected by a mask.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from cast_boxes import WALL, frame_of, masked

import spatialmem as sm

__all__ = ["BOWL", "CUP", "FLOOR", "FRIDGE", "MUG", "STEP_NS", "TABLE", "S", "Table", "moved", "steps"]

S, STEP_NS = 10**9, 200_000_000
Box = tuple[tuple[float, float, float], tuple[float, float, float]]
Point = tuple[float, float, float]
TABLE: Box = ((1.1, -0.8, 0.0), (1.9, 0.8, 0.7))
FLOOR: Box = ((-5.0, -5.0, -0.1), (5.0, 5.0, 0.0))
MUG: Box = ((1.4, -0.05, 0.7), (1.5, 0.05, 0.82))
CUP: Box = ((1.4, -0.45, 0.7), (1.5, -0.35, 0.82))
BOWL: Box = ((1.45, 0.4, 0.7), (1.65, 0.6, 0.78))
FRIDGE: Box = ((1.3, 0.2, 0.7), (1.7, 0.7, 1.2))
"""One that stands on the table."""
COLORS = np.array([[200, 60, 50], [60, 90, 200], [230, 220, 120], [90, 160, 90], [120, 80, 40]], np.uint8)


def moved(box: Box, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> Box:
    """The same box elsewhere."""
    low, high = (np.array(corner) + np.array([dx, dy, dz]) for corner in box)
    return tuple(low.tolist()), tuple(high.tolist())


def steps(memory: sm.SpatialMemory) -> list[tuple[str, str]]:
    """All that became known of things and holds, step by step: (name, kind), without what was first seen."""
    entries = memory.view()._belief().kept.entries
    return [
        (f"{one.label}-{one.object_id}", one.kind) for one in entries if not one.undone_seq and one.kind != "first_seen"
    ]


class Table:
    """What stands on it, by name, and the memory that is told. A name is its label up to the first blank."""

    def __init__(self, memory: sm.SpatialMemory, things: Mapping[str, Box]):
        self.memory = memory
        self.things: dict[str, Box] = {**things, "table": TABLE}
        self.unseen: set[str] = set()
        """Those that no detector reports."""
        self.attributes: dict[str, dict[str, str]] = {}
        """What the detector says besides, by name."""
        self.camera, self.detector = "camera", "detector"
        """The sources of its pictures, and of what is found in them."""
        self.noise = 1.0
        """Of the depth, as a share of what a sensor has at 2 m."""
        self.step = 0

    @property
    def stamp_ns(self) -> int:
        """Of the next picture."""
        return S + self.step * STEP_NS

    @property
    def stamps(self) -> dict[str, Any]:
        """Of the next picture."""
        return {"stamp_ns": self.stamp_ns, "received_ns": self.stamp_ns}

    def picture(self, eye: Point | None = None, at: Point = (1.45, 0.0, 0.76)) -> tuple[sm.RgbdFrame, np.ndarray]:
        """A picture of it all, and which thing each pixel shows."""
        if eye is None:
            eye = (0.0, 0.3 * float(np.sin(0.7 * self.step)), 1.4)
        boxes = [*self.things.values(), FLOOR, WALL]
        frame, shows = frame_of(*boxes, X_WC=sm.look_at(eye, at), noise=self.noise, seed=1000 + self.step)
        color = COLORS[shows % len(COLORS)]
        return dataclasses.replace(frame, source=self.camera, **self.stamps, color=color), shows

    def found(self, shows: np.ndarray) -> sm.Detections:
        """What a detector finds in a picture."""
        items = []
        for number, name in enumerate(self.things):
            if name not in self.unseen and np.count_nonzero(shows == number) >= 15:
                item = masked(shows, number, name.split()[0])
                items.append(dataclasses.replace(item, attributes=self.attributes.get(name)))
        return sm.Detections(source=self.detector, camera_source=self.camera, **self.stamps, items=tuple(items))

    def inputs(self, **options: Any) -> Iterable[Any]:
        """A picture and what was found in it."""
        frame, shows = self.picture(**options)
        return frame, self.found(shows)

    def watch(self, times: int = 1, *, detect: bool = True, **options: Any) -> sm.SpatialMemory:
        """Show it so many pictures, the detections after each."""
        for _ in range(times):
            frame, found = self.inputs(**options)
            for x in (frame, found) if detect else (frame,):
                receipt = self.memory.observe(x)
                assert receipt, receipt
            self.step += 1
        return self.memory

    def wait(self, seconds: float) -> None:
        """Let time pass, with nobody looking."""
        self.step += round(seconds * S / STEP_NS)

    def act(self, verb: Any, object_id: int, target_id: int | None = None, **said: Any) -> None:
        """Let the robot say what it did."""
        action = sm.Action(source="arm", **self.stamps, verb=verb, object_id=object_id, target_id=target_id, **said)
        receipt = self.memory.observe(action)
        assert receipt, receipt
        self.step += 1

    def grip(self, p_WG: Sequence[float] | np.ndarray, p_WB: Sequence[float] = (0.0, 0.0, 0.0)) -> None:
        """Let the robot say where its gripper is, and where it stands."""
        X_WB, X_WG = np.eye(4), np.eye(4)
        X_WB[:3, 3], X_WG[:3, 3] = p_WB, p_WG
        receipt = self.memory.observe(sm.RobotState(source="robot", **self.stamps, X_WB=X_WB, X_WG=X_WG))
        assert receipt, receipt
        self.step += 1

"""A base that a planner drives through a flat of boxes: no physics, exact motion, and what it touches is told."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from cast_boxes import frame_of, masked
from walked_flat import FURNITURE, WALLS, Flat

import spatialmem as sm

__all__ = ["FlatDrive", "box_at"]

TICK_NS = 50_000_000
FRAME_TICKS = 4
CAMERA_B = np.array([0.2, 0.0, 1.2])
DOWN = 0.45
OVER_M, UNDER_M = 0.03, 1.5
"""What lies between these heights is run into."""


def box_at(x: float, y: float, size_m: float = 0.4, height_m: float = 0.9):
    """Return a box that stands on the floor."""
    half = size_m / 2
    return (x - half, y - half, 0.0), (x + half, y + half, height_m)


class FlatDrive:
    """Drives a planner in a `Flat` from a pose on, tick by tick; frames go to the memory and to `planner.see`."""

    def __init__(self, flat: Flat, pose: tuple[float, float, float], footprint_m: tuple[float, float] = (0.5, 0.4)):
        self.flat, self.pose = flat, pose
        x, y = (np.linspace(-c / 2, c / 2, 9) for c in footprint_m)
        self._outline = np.array([(a, b) for a in x for b in y])
        self.stamp_ns = flat.stamps["stamp_ns"] + 10**9
        self.metres, self.ticks = 0.0, 0
        self.touched: list[str] = []
        """The names of what its outline came into, tick by tick."""

    def drive(
        self, planner, seconds: float, each_tick: Callable[[FlatDrive], None] | None = None, *, detects: bool = False
    ) -> sm.Command:
        """Let it drive until it is over, or for so long; return the last command. detects: things are, too."""
        command = sm.Command()
        self.stamp_ns += TICK_NS
        for tick in range(round(seconds * 1e9 / TICK_NS)):
            if tick % FRAME_TICKS == 0:
                frame = self.frame()
                self.flat.memory.observe(self.state())
                assert self.flat.memory.observe(frame)
                if detects:
                    assert self.flat.memory.observe(self._detections())
                planner.see(frame)
            command = planner.step(self.flat.memory.view(), self.state())
            if command.is_over:
                break
            assert command.base_velocity_B is not None
            self._move(command.base_velocity_B[0], command.base_velocity_B[2])
            if each_tick is not None:
                each_tick(self)
        return command

    def boxes(self):
        """Return everything that is there by its name."""
        return {**self.flat.things, **FURNITURE, **WALLS, **self.flat.doors}

    def state(self) -> sm.RobotState:
        x, y, yaw = self.pose
        X_WB = np.eye(4)
        X_WB[:2, :2] = [[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]]
        X_WB[:2, 3] = x, y
        return sm.RobotState(source="base", stamp_ns=self.stamp_ns, received_ns=self.stamp_ns, X_WB=X_WB)

    def frame(self) -> sm.RgbdFrame:
        X_WB = self.state().X_WB
        eye = X_WB[:3, :3] @ CAMERA_B + X_WB[:3, 3]
        ahead = X_WB[:3, 0] - np.array([0.0, 0.0, DOWN])
        cast, self._shows = frame_of(
            *self.boxes().values(), X_WC=sm.look_at(eye, eye + ahead), noise=1.0, seed=self.ticks
        )
        return dataclasses.replace(cast, stamp_ns=self.stamp_ns, received_ns=self.stamp_ns)

    def shown(self) -> set[str]:
        """Return the names of the things that the last frame shows."""
        return {
            name
            for number, name in enumerate(self.boxes())
            if name in self.flat.things and np.count_nonzero(self._shows == number) >= 12
        }

    def _detections(self) -> sm.Detections:
        """Return the things that the last frame shows."""
        shown = self.shown()
        items = tuple(masked(self._shows, number, name) for number, name in enumerate(self.boxes()) if name in shown)
        return sm.Detections(
            source="detector", camera_source="camera", stamp_ns=self.stamp_ns, received_ns=self.stamp_ns, items=items
        )

    def _move(self, forward: float, turn: float) -> None:
        x, y, yaw = self.pose
        step_s = TICK_NS / 1e9
        yaw += turn * step_s / 2
        self.pose = x + forward * step_s * math.cos(yaw), y + forward * step_s * math.sin(yaw), yaw + turn * step_s / 2
        self.metres += abs(forward) * step_s
        self.stamp_ns += TICK_NS
        self.ticks += 1
        self._touch()

    def _touch(self) -> None:
        X_WB = self.state().X_WB
        points = self._outline @ X_WB[:2, :2].T + X_WB[:2, 3]
        for name, (low, high) in self.boxes().items():
            if high[2] > OVER_M and low[2] < UNDER_M:
                inside = ((points > np.array(low[:2])) & (points < np.array(high[:2]))).all(axis=1)
                if inside.any():
                    self.touched.append(name)

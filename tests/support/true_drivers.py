"""Planners for tests of suites: one that knows the way, and ones that stand. They ask the memory nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import spatialmem as sm

__all__ = ["Follower", "Stander"]

AHEAD_M, TURN_FIRST_RAD = 0.1, 0.3


class Follower:
    """Drives along corner points and turns to a yaw there; then it is done. `found` is what it says it has found."""

    def __init__(self, corners_m: np.ndarray, yaw_rad: float | None = None, found: Any = None):
        self.corners_m, self.yaw_rad, self._left = corners_m, yaw_rad, list(range(1, len(corners_m)))
        self.found, self._says = None, found
        self.frames = 0

    def see(self, frame: sm.RgbdFrame) -> None:
        self.frames += 1

    def step(self, view: sm.View, state: sm.RobotState) -> sm.Command:
        p_m, yaw_rad = state.X_WB[:2, 3], math.atan2(state.X_WB[1, 0], state.X_WB[0, 0])
        while self._left and math.dist(self.corners_m[self._left[0]], p_m) < AHEAD_M:
            self._left.pop(0)
        if self._left:
            dx, dy = (self.corners_m[self._left[0]] - p_m).tolist()
            error_rad = math.remainder(math.atan2(dy, dx) - yaw_rad, math.tau)
            speed = 0.0 if abs(error_rad) > TURN_FIRST_RAD else min(0.6, 0.1 + math.hypot(dx, dy))
            return sm.Command(base_velocity_B=(speed, 0.0, max(-1.0, min(1.0, 3 * error_rad))), reason="following")
        error_rad = 0.0 if self.yaw_rad is None else math.remainder(self.yaw_rad - yaw_rad, math.tau)
        if abs(error_rad) > 0.05:
            return sm.Command(base_velocity_B=(0.0, 0.0, max(-1.0, min(1.0, 3 * error_rad))), reason="turning")
        self.found = self._says
        return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), status="done", reason="there")


class Stander:
    """Does one thing for ever, or says at once that it is over."""

    def __init__(self, velocity_B: tuple[float, float, float] = (0.0, 0.0, 0.0), status: Any = "going"):
        self.command = sm.Command(base_velocity_B=velocity_B, status=status, reason="as I am told")
        self.found = None

    def step(self, view: sm.View, state: sm.RobotState) -> sm.Command:
        return self.command

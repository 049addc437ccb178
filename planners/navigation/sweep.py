"""Looks all round from one open place after the other, the nearest first: for what may be anywhere."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.looking import stand_at
from planners.navigation.navigator import Navigator
from planners.navigation.progress import Progress
from planners.navigation.pursuit import pose_of
from spatialmem import Command, Place, RgbdFrame, RobotState, View

__all__ = ["Sweep"]

APART_M = 2.0
"""From one place so much is seen about it that the next one is so far off."""
LOOKED_M = 0.5
"""Who could not get on, and is so near to where it has looked all round, sees nothing new by doing so again."""
TURN_RAD = 2.0
"""A turn is asked for in pieces no longer than this: then it is clear to which side."""
STILL = 0.0, 0.0, 0.0


class Sweep:
    """Drives to places with room to turn, and turns all round there. Ends where it was at, or near, every one."""

    def __init__(self, config: NavigationConfig):
        self._config = config
        self._been_m: list[Float64[np.ndarray, "2"]] = []
        self._looked_m: list[Float64[np.ndarray, "2"]] = []
        self._drive: Navigator | None = None
        self._turn: Navigator | None = None
        self._turned_rad: float | None = None
        self._yaw_rad = 0.0
        self._progress = Progress()

    def see(self, frame: RgbdFrame) -> None:
        """Hand the newest frame to what drives."""
        for one in (self._drive, self._turn):
            if one is not None:
                one.see(frame)

    def step(self, view: View, state: RobotState) -> Command | None:
        """Return the command for the next tick; None where no place is left."""
        if self._turned_rad is not None:
            command = self._look_round(view, state)
            if command is not None:
                return command
        if self._drive is None:
            place = self._next(view, state.X_WB[:2, 3])
            if place is None:
                return None
            self._been_m.append(place.p_W[:2].copy())
            self._drive = Navigator(place, config=self._config)
            self._progress.start_again()
        command = self._drive.step(view, state)
        if not command.is_over and not self._rests(state):
            return command
        self._drive = None
        at_m = state.X_WB[:2, 3].copy()
        if any(np.hypot(*(at_m - one)) <= LOOKED_M for one in self._looked_m):
            return Command(base_velocity_B=STILL, reason=command.reason)
        self._looked_m.append(at_m)
        self._turned_rad, self._yaw_rad = 0.0, pose_of(state)[2]
        return Command(base_velocity_B=STILL, reason="looking all round")

    def _look_round(self, view: View, state: RobotState) -> Command | None:
        """Turn once all round, or as far as there is room."""
        assert self._turned_rad is not None
        self._turned_rad += math.remainder(pose_of(state)[2] - self._yaw_rad, math.tau)
        self._yaw_rad = pose_of(state)[2]
        if self._turned_rad >= math.tau - self._config.camera_fov_rad:
            self._turned_rad = self._turn = None
            return None
        if self._turn is None:
            stand = stand_at(state.X_WB[:3, 3], self._yaw_rad + TURN_RAD)
            self._turn = Navigator(stand, config=self._config, manoeuvres=False)
        command = self._turn.step(view, state)
        if command.is_over or self._rests(state):
            has_room = "without room" not in command.reason and command.status == "done"
            self._turn = None
            if not has_room:
                self._turned_rad = None
                return None
        return Command(base_velocity_B=command.base_velocity_B, reason="looking all round")

    def _rests(self, state: RobotState) -> bool:
        """Return whether it has stayed where it is for too long to get on."""
        rests = self._progress.is_to_and_fro(state.stamp_ns, pose_of(state))
        if rests:
            self._progress.start_again()
        return rests

    def _next(self, view: View, at_m: Float64[np.ndarray, "2"]) -> Place | None:
        """Return the nearest open place that is apart from those that it was at."""
        places = [one for one in view.places() if one.clearance_m >= self._config.pass_m]
        places = [one for one in places if one.clearance_m >= self._config.turn_m] or places
        apart = [one for one in places if all(np.hypot(*(one.p_W[:2] - been)) > APART_M for been in self._been_m)]
        return min(apart, key=lambda one: (float(np.hypot(*(one.p_W[:2] - at_m))), one.id), default=None)

"""Looks about from where the robot stands: turns to where floor is that nobody has seen, and no further."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.navigator import Navigator
from planners.navigation.pursuit import pose_of
from planners.navigation.visible import ANGLES_RAD, BEARINGS, FAR_M, Vain, in_view, unseen_m2, worth_turning
from spatialmem import Command, RgbdFrame, RobotState, Stand, View

__all__ = ["LookAbout", "stand_at", "wrapped"]

LOOKED_S = 0.4
"""What was in view for so long was looked at: two frames of a camera at 5 Hz."""
INSIDE_RAD = 0.3
"""So far inside the picture it turns what it wants to see."""
TURN_RAD = 2.0
"""A turn is asked for in pieces no longer than this: then it is clear to which side."""
LONGEST_S = 20.0
"""No look takes longer: twice all round, for a Husky."""
STUCK_S, STUCK_RAD = 3.0, 0.15
"""A base that turns no further in so long cannot turn to that side."""
MANOEUVRE_M2, MANOEUVRE_S = 0.8, 15.0
"""For so much floor a base that can turn to neither side drives to and fro, so long at most."""


class LookAbout:
    """Turns the robot on the spot, first to the side that is over sooner, until nothing about it is worth a look.

    Where it has room for neither side, and much is to be seen, it makes moves to and fro for it.
    """

    def __init__(self, config: NavigationConfig, vain: Vain, *, all_round: bool = False):
        """vain: what is not looked at; what it looks at without seeing it is put there. all_round: all about it is
        worth a look, as for who looks for a thing."""
        self._config, self._vain, self._all_round = config, vain, all_round
        self._looked_s = np.zeros(BEARINGS)
        self._began_ns: int | None = None
        self._stamp_ns = 0
        self._seq = -1
        self._wanted: Bool[np.ndarray, "72"] = np.zeros(BEARINGS, bool)
        self._side = 0
        self._blocked = 0
        self._gain_m2 = 0.0
        self._turn: Navigator | None = None
        self._turn_to_rad = 0.0
        self._least_rad, self._least_ns = math.tau, 0

    def see(self, frame: RgbdFrame) -> None:
        """Hand the newest frame to what turns the robot."""
        if self._turn is not None:
            self._turn.see(frame)

    def step(self, view: View, state: RobotState) -> Command | None:
        """Return the command for the next tick; None where nothing is left to look at, or the robot cannot turn."""
        yaw_rad = pose_of(state)[2]
        if self._began_ns is None:
            self._began_ns = self._stamp_ns = state.stamp_ns
        self._looked_s[in_view(yaw_rad, self._config)] += (state.stamp_ns - self._stamp_ns) * 1e-9
        self._stamp_ns = state.stamp_ns
        if view.seq != self._seq:
            self._seq, self._wanted = view.seq, self._worth(view, state.X_WB[:2, 3])
        wanted = self._wanted & (self._looked_s < LOOKED_S)
        too_long = state.stamp_ns - self._began_ns > (LONGEST_S + MANOEUVRE_S * (self._blocked > 1)) * 1e9
        if not wanted.any() or self._blocked > (2 if self._gain_m2 >= MANOEUVRE_M2 else 1) or too_long:
            p_m = state.X_WB[:2, 3]
            self._vain.add(view.floor((p_m - FAR_M, p_m + FAR_M)), p_m, self._looked_s >= LOOKED_S)
            return None
        return self._turned(view, state, yaw_rad, self._next_rad(ANGLES_RAD[wanted], yaw_rad))

    def _worth(self, view: View, p_m: Float64[np.ndarray, "2"]) -> Bool[np.ndarray, "72"]:
        """Return in which directions there is enough to see that was not looked at from here."""
        if self._all_round:
            return np.ones(BEARINGS, bool)
        floor = self._vain.left_out(view.floor((p_m - FAR_M, p_m + FAR_M)))
        unseen = np.where(self._looked_s < LOOKED_S, unseen_m2(floor, p_m[None])[0], 0.0)
        worth = worth_turning(unseen, self._config)
        self._gain_m2 = float(unseen[worth].sum())
        return worth

    def _next_rad(self, wanted_rad: Float64[np.ndarray, "n"], yaw_rad: float) -> float:
        """Return how far to turn next: until the last that is wanted on one side is in view, at most `TURN_RAD`."""
        away_rad = (wanted_rad - yaw_rad + math.pi) % math.tau - math.pi
        if self._blocked == 1:  # the long way round
            away_rad = self._side * (self._side * away_rad % math.tau)
        left, right = float(away_rad.max(initial=0.0)), float(-away_rad.min(initial=0.0))
        if self._side == 0 or not (away_rad * self._side > 0).any():
            self._side = 1 if right == 0 or 0 < left <= right else -1
        inside_rad = max(self._config.camera_fov_rad / 2 - INSIDE_RAD, 0.0)
        return self._side * min(max((left if self._side > 0 else right) - inside_rad, 0.0), TURN_RAD)

    def _turned(self, view: View, state: RobotState, yaw_rad: float, by_rad: float) -> Command:
        """Return the command that turns the robot; note where it cannot."""
        if self._turn is None or abs(wrapped(yaw_rad + by_rad - self._turn_to_rad)) > INSIDE_RAD:
            self._turn_to_rad = wrapped(yaw_rad + by_rad)
            stand = stand_at(state.X_WB[:3, 3], self._turn_to_rad)
            self._turn = Navigator(stand, config=self._config, manoeuvres=self._blocked > 1)
            self._least_rad, self._least_ns = math.tau, state.stamp_ns
        command = self._turn.step(view, state)
        stuck_s = STUCK_S if self._blocked < 2 else MANOEUVRE_S
        left_rad = abs(wrapped(self._turn_to_rad - yaw_rad))
        if left_rad < self._least_rad - STUCK_RAD:
            self._least_rad, self._least_ns = left_rad, state.stamp_ns
        if command.is_over or state.stamp_ns - self._least_ns > stuck_s * 1e9:
            self._turn = None
            if left_rad > 2 * self._config.arrived_rad:
                self._blocked, self._side = self._blocked + 1, -self._side
        return Command(base_velocity_B=command.base_velocity_B, reason="looking about for floor that nobody has seen")


def stand_at(p_W: Float64[np.ndarray, "3"], yaw_rad: float) -> Stand:
    """Return a stand at a point that faces one way, for what drives there."""
    p_W = np.array(p_W, np.float64)
    p_W.setflags(write=False)
    return Stand(p_W=p_W, yaw_rad=wrapped(yaw_rad), distance_m=0.0, clearance_m=0.0, route_m=0.0, place_id=0)


def wrapped(angle_rad: float) -> float:
    """Return the same direction between -pi and pi."""
    return math.remainder(angle_rad, math.tau)

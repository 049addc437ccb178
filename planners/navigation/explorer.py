"""Explores: drives to where most is new for the way, looks about there, and ends when nothing is worth the way."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.kernels import warm_up
from planners.navigation.looking import LookAbout, stand_at
from planners.navigation.navigator import Navigator
from planners.navigation.pursuit import pose_of
from planners.navigation.visible import FAR_M, LOOK_M2
from planners.navigation.worth import EDGE_M2, LEAST_M2_PER_M, Been, behind_m2, edge_spot, gain_m2, next_stand
from spatialmem import Command, ExploreSpot, Lease, RgbdFrame, RobotState, View, ViewExpired

__all__ = ["Explorer"]

AGAIN_NS = 1_000_000_000
"""So often it is asked whether what one drives to is still worth it."""
SWITCH = 2.0
"""Something else has to be worth so many times more to be driven to instead."""
PATIENCE_S = 5.0
"""There is mostly something else to see: it waits no longer for a way to be free."""
REST = 0.1, 0.1, 0.3
"""A robot that stays within this [m, m, rad] rests."""
BESIDE_M = 2.0
"""Where it does not get to what it would see, it drives up to the edge of what is known, if that is so near."""
NEAR_M = 0.6
"""From so near to a spot that it does not get to it looks about as if it were there."""
TRIES = 3
"""So often it tries again what it did not get to, each time from somewhere else."""
STILL = 0.0, 0.0, 0.0


class Explorer:
    """A planner that sees as much floor as is worth the way: `step` at 20 Hz, `see` with every frame."""

    def __init__(
        self,
        *,
        bounds_m: Any = None,
        least_m2_per_m: float = LEAST_M2_PER_M,
        config: NavigationConfig | None = None,
    ):
        """bounds_m: (low, high) [m], only what lies within. least_m2_per_m: where less floor is new for a metre of way,
        it is not worth it [m2/m]."""
        warm_up()
        self.config = config or NavigationConfig()
        self._hasty = dataclasses.replace(self.config, patience_s=min(self.config.patience_s, PATIENCE_S))
        self.bounds_m, self.least_m2_per_m = bounds_m, least_m2_per_m
        self.spot: ExploreSpot | None = None
        """What it drives to, or looks about at; None at first."""
        self.visited: list[ExploreSpot] = []
        """Where it looked about, in order."""
        self.missed: list[ExploreSpot] = []
        """What it did not get to, in order."""
        self._been = Been(self.config.pass_m)
        self._missed_at_m: Float64[np.ndarray, "2"] | None = None
        self._tries = 0
        self._is_edge = self._edge_next = False
        self._over: Command | None = None
        self._drive: Navigator | None = None
        self._look: LookAbout | None = LookAbout(self.config, self._been.vain)
        self._asked_ns = 0
        self._rested: tuple[int, tuple[float, float, float]] | None = None

    @property
    def lease(self) -> Lease | None:
        """What the way rests on that it drives now, see `Navigator.lease`; None where it looks about."""
        return None if self._look is not None or self._drive is None else self._drive.lease

    def see(self, frame: RgbdFrame) -> None:
        """Hand the newest frame to what drives."""
        for one in (self._drive, self._look):
            if one is not None:
                one.see(frame)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self._over is not None:
            return self._over
        try:
            return self._step(view, state)
        except ViewExpired:
            return Command(base_velocity_B=STILL, status="waiting", reason="the view has expired; give a newer one")

    def _step(self, view: View, state: RobotState) -> Command:
        if self._look is not None:
            command = self._look.step(view, state)
            if command is not None:
                return command
            self._look = None
            self._been.stands_m.append(state.X_WB[:2, 3].copy())
        if self._drive is None or state.stamp_ns - self._asked_ns >= AGAIN_NS:
            self._asked_ns = state.stamp_ns
            self._choose(view, state)
        return self._go(view, state) if self._over is None else self._over

    def _choose(self, view: View, state: RobotState) -> None:
        """Take the best spot, unless what it drives to is about as good; end where there is none."""
        if self._edge_next:
            self._edge_next = False
            if self._drive_up(view, state, within_m=BESIDE_M):
                return
        best = self._next(view, state)
        if best is None and self._drive is not None and self._is_worth(view):
            return
        if best is None and self._tries_again(state):
            best = self._next(view, state)
        if best is None:
            if self._drive_up(view, state):
                return
            best = self._next(view, state) if self._tries_again(state, at_once=True) else None
            if best is None:
                self._over = Command(base_velocity_B=STILL, status="done", reason=self._why())
                return
        goes_on = self._drive is not None and self.spot is not None and self._is_worth(view)
        if goes_on and self.spot is not None and best.value < SWITCH * self.spot.value:
            return
        self.spot, self._is_edge = best, False
        dx, dy = (best.look_at_W - best.p_W)[:2].tolist()
        self._rested = None
        self._drive = Navigator(stand_at(best.p_W, math.atan2(dy, dx)), config=self._hasty)

    def _tries_again(self, state: RobotState, *, at_once: bool = False) -> bool:
        """Return whether to try again what it did not get to: from somewhere else some times, from here once."""
        here_m = state.X_WB[:2, 3]
        moved = self._missed_at_m is not None and math.dist(here_m.tolist(), self._missed_at_m.tolist()) > NEAR_M
        may = self._tries < TRIES if moved else at_once and self._tries == 0
        if not (self._been.missed_m and may):
            return False
        self._tries, self._missed_at_m, self._been.missed_m = self._tries + 1, here_m.copy(), []
        return True

    def _drive_up(self, view: View, state: RobotState, within_m: float = math.inf) -> bool:
        """Drive up to an edge of what is known, though it is not seen from a good stand; return whether there is one
        within a distance."""
        here_W = state.X_WB[:3, 3]
        least = self.least_m2_per_m
        edge = edge_spot(view, here_W, least=least, bounds_m=self.bounds_m, been=self._been, config=self.config)
        if edge is None or math.dist(edge.p_W[:2].tolist(), here_W[:2].tolist()) > within_m:
            return False
        self.spot, self._is_edge, self._rested = edge, True, None
        self._been.edges_m.append(edge.p_W[:2].copy())
        self._drive = Navigator((float(edge.p_W[0]), float(edge.p_W[1])), config=self._hasty)
        return True

    def _is_worth(self, view: View) -> bool:
        """Return whether what it drives to has not been seen on the way; what is not floor is not seen so."""
        assert self.spot is not None
        if self.spot.unknown_m2 < LOOK_M2:
            return True
        p_m = (self.spot.look_at_W if self._is_edge else self.spot.p_W)[:2]
        floor = self._been.vain.left_out(view.floor((p_m - FAR_M, p_m + FAR_M), z_m=float(self.spot.p_W[2])))
        if self._is_edge:
            return behind_m2(floor, p_m) >= EDGE_M2
        return bool(gain_m2(floor, p_m[None], self.config)[0] >= LOOK_M2)

    def _go(self, view: View, state: RobotState) -> Command:
        """Drive on; look about where one is there."""
        assert self._drive is not None
        assert self.spot is not None
        command = self._drive.step(view, state)
        if not command.is_over and not self._rests(state):
            x, y = self.spot.look_at_W[:2].tolist()
            reason = f"going to see what is about ({x:.2f}, {y:.2f}) m: {command.reason}"
            return Command(base_velocity_B=command.base_velocity_B, status=command.status, reason=reason)
        self._drive = None
        away_m = math.dist(state.X_WB[:2, 3].tolist(), self.spot.p_W[:2].tolist())
        if command.status == "done" or away_m <= NEAR_M:
            self.visited.append(self.spot)
            self._been.stands_m.append(self.spot.p_W[:2].copy())
            self._look = LookAbout(self.config, self._been.vain)
        else:
            self.missed.append(self.spot)
            self._been.missed_m.append(self.spot.p_W[:2].copy())
            self._missed_at_m = state.X_WB[:2, 3].copy()
            self._edge_next = True
        return Command(base_velocity_B=STILL, reason=command.reason)

    def _rests(self, state: RobotState) -> bool:
        """Return whether the robot has been in one place for too long to get anywhere."""
        pose = pose_of(state)
        if self._rested is None or any(
            abs(math.remainder(a - b, math.tau) if i == 2 else a - b) > REST[i]
            for i, (a, b) in enumerate(zip(pose, self._rested[1], strict=True))
        ):
            self._rested = state.stamp_ns, pose
        return state.stamp_ns - self._rested[0] > PATIENCE_S * 1e9

    def _next(self, view: View, state: RobotState) -> ExploreSpot | None:
        least, here_W = self.least_m2_per_m, state.X_WB[:3, 3]
        return next_stand(view, here_W, least=least, bounds_m=self.bounds_m, been=self._been, config=self.config)

    def _why(self) -> str:
        missed = len(self._been.missed_m)
        return "explored: nothing left is worth the way" + (f"; {missed} spots were not got to" if missed else "")

"""Ways of the arm, the base where it stands: to a grasp and in, out with what is held, and to where it is carried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from planners.manipulation.checking import ArmCheck
from planners.manipulation.grasps import Grasp
from planners.manipulation.limb import Limb
from planners.manipulation.motion import Motion, MotionConfig, plan_motion
from planners.manipulation.spots import Spot

__all__ = ["Putting", "Taking", "Ways"]

STEP_M, JUMP_RAD = 0.015, 0.35
"""A straight line is followed by poses so far apart; between two of them no joint turns farther."""
BACK_M, BACK_LEAST_M = 0.10, 0.06
"""The hand comes in straight over so much, or where it does not reach, over so little."""
UP_M, UP_LESS_M, UP_LITTLE_M = 0.10, 0.05, 0.025
"""What is taken is lifted by so much, or by less; where something is above it by so little, and drawn back."""
TRIED, TRIED_HARD = 40, 8
"""So many of the best grasps are tried; where none can be done, so few again, and harder."""
FEW, MANY = (4, 12), (16, 40)
"""So many joint vectors for a pose of the hand, of so many tries."""
CARRIED_B = [(x, y, z) for z in (0.75, 0.85, 0.95, 0.65) for x in (0.34, 0.30, 0.38, 0.26) for y in (0.0, -0.12)]
"""Where the hand carries things: over the base, below what the camera sees."""
CARRY_YAWS, CARRY_GOALS = 8, 3
GOALS, IK_TRIES = 6, 12
SEARCH = MotionConfig(seconds_max=2.0)
Path = Float64[np.ndarray, "_ n"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taking:
    """How one grasp is done from where the base stands."""

    grasp: Grasp
    to: Path
    """From where the arm was to before the thing."""
    into: Path
    """Straight to where the fingers close."""
    out: Path
    """Straight up, or up a little and back."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Putting:
    """How something is put down from where the base stands."""

    spot: Spot
    yaw_rad: float
    """How the thing is turned then."""
    to: Path
    down: Path
    """Straight down to where the hand opens."""
    back: Path
    """Away from the thing, the way the hand would have come to it."""


class Ways:
    """Finds ways of one arm in one room for it, with the base where it stands."""

    def __init__(self, limb: Limb, X_WB: Float64[np.ndarray, "4 4"], clear: ArmCheck, *, seed: int = 0):
        """clear: tells whether the arm is free."""
        self._limb, self._X_WB, self._clear, self._seed = limb, X_WB, clear, seed
        self._X_RW = limb.X_RW(X_WB)

    def taking(self, grasps: Sequence[Grasp], start_rad: Float64[np.ndarray, "n"]) -> Taking | None:
        """Return how to do one of the best of some grasps; None where none can be done.

        Several that the arm can do, by inverse kinematics and straight lines, are goals of one search for a way there.
        """
        valued = sorted(
            ((one.score * (0.3 + 0.7 * self._reach(one)), one) for one in grasps), key=lambda pair: -pair[0]
        )
        reached = [one for _, one in valued if self._reach(one) > 0.0]
        taking = self._taking(reached[:TRIED], start_rad, FEW)
        # what is reached is known by chance, and few joint vectors are tried for each: now the best of all, with many
        return taking or self._taking([one for _, one in valued[:TRIED_HARD]], start_rad, MANY)

    def _taking(
        self, grasps: Sequence[Grasp], start_rad: Float64[np.ndarray, "n"], effort: tuple[int, int]
    ) -> Taking | None:
        """Return how to do one of some grasps, the best first."""
        found: list[_Doable] = []
        for number, grasp in enumerate(grasps):
            for one in (grasp, grasp.turned()):
                found += self._doable(one, start_rad, *effort)
            if found and (len(found) >= GOALS or number == len(grasps) - 1):
                to = plan_motion(self._clear, start_rad, [one.into[0] for one in found], config=SEARCH, seed=self._seed)
                if isinstance(to, Motion):
                    done = found[to.goal]
                    return Taking(grasp=done.grasp, to=to.path_rad, into=done.into, out=done.out)
                found = []
        return None

    def putting(
        self,
        wanted: Sequence[tuple[Spot, Float64[np.ndarray, "4 4"], float]],
        start_rad: Float64[np.ndarray, "n"],
        above_m: float,
    ) -> Putting | None:
        """Return how to bring the hand down at one of some spots; None where it gets to none. wanted: spot, X_WG, yaw
        of the thing."""
        poses = np.array([X_WG for _, X_WG, _ in wanted]).reshape(-1, 4, 4)
        X_RG = self._X_RW @ poses
        reach = self._limb.reach.at(X_RG[:, :3, 3], X_RG[:, :3, 2])
        found: list[tuple[int, Path, Path]] = []
        order = [k for k in np.argsort(-reach, kind="stable").tolist() if reach[k] > 0.0]
        for number in order[:TRIED]:
            X_WG = wanted[number][1]
            above = X_WG.copy()
            above[2, 3] += above_m
            back = X_WG.copy()
            back[:3, 3] -= BACK_M * X_WG[:3, 2]
            for first in self._limb.inverse.solve(self._X_RW @ above, start_rad, count=2, tries=IK_TRIES):
                down = self.line(first, X_WG, is_free=False) if self._clear.is_free(first) else None
                away = None if down is None else self.line(down[-1], back, is_free=False)
                if down is not None and away is not None:
                    found.append((number, down, away))
            if len(found) >= GOALS or (found and number == order[:TRIED][-1]):
                to = plan_motion(
                    self._clear, start_rad, [down[0] for _, down, _ in found], config=SEARCH, seed=self._seed
                )
                if isinstance(to, Motion):
                    number, down, away = found[to.goal]
                    spot, _, yaw_rad = wanted[number]
                    return Putting(spot=spot, yaw_rad=yaw_rad, to=to.path_rad, down=down, back=away)
                found = []
        return None

    def from_here(self, taking: Taking, joints_rad: Float64[np.ndarray, "n"]) -> Taking:
        """Return how the hand comes in and out from where it is now; as it was where there is no such way.

        The arm's swing may have turned the base by as much as the open hand has room beside the thing.
        """
        grasp, X_WG = taking.grasp, self._X_WB @ self._limb.X_BR @ self._limb.model.X_RG(joints_rad)
        left_m = float((grasp.X_WG[:3, 3] - X_WG[:3, 3]) @ grasp.X_WG[:3, 2])
        before = self.line(joints_rad, grasp.backed(left_m))
        into = None if before is None else self.line(before[-1], grasp.X_WG)
        out = None if into is None else self._out(into[-1], grasp)
        if before is None or into is None or out is None:
            return taking
        return replace(taking, into=np.concatenate([before, into[1:]]), out=out)

    def _reach(self, grasp: Grasp) -> float:
        X_RG = self._X_RW @ grasp.X_WG
        return float(self._limb.reach.at(X_RG[None, :3, 3], X_RG[None, :3, 2])[0])

    def _doable(self, grasp: Grasp, start_rad: Float64[np.ndarray, "n"], count: int, tries: int) -> list[_Doable]:
        """Return how the hand may come in and out for a grasp, from joint vectors that are free.

        count: so many joint vectors at most, found with so many tries.
        """
        found, inverse = [], self._limb.inverse
        far = inverse.solve(self._X_RW @ grasp.backed(BACK_M), start_rad, count=count, tries=tries)
        if not len(far):
            far = inverse.solve(self._X_RW @ grasp.backed(BACK_LEAST_M), start_rad, count=count, tries=tries)
        for before_rad in far:
            into = self.line(before_rad, grasp.X_WG) if self._clear.is_free(before_rad) else None
            out = None if into is None else self._out(into[-1], grasp)
            if into is not None and out is not None:
                found.append(_Doable(grasp, into, out))
        return found

    def _out(self, at_rad: Float64[np.ndarray, "n"], grasp: Grasp) -> Path | None:
        for up_m in (UP_M, UP_LESS_M):
            up = grasp.X_WG.copy()
            up[2, 3] += up_m
            path = self.line(at_rad, up)
            if path is not None:
                return path
        little = grasp.X_WG.copy()
        little[2, 3] += UP_LITTLE_M
        first = self.line(at_rad, little)
        back = little.copy()
        back[:3, 3] -= BACK_M * little[:3, 2]
        second = None if first is None else self.line(first[-1], back)
        return None if first is None or second is None else np.concatenate([first, second[1:]])

    def line(
        self, start_rad: Float64[np.ndarray, "n"], X_WG: Float64[np.ndarray, "4 4"], *, is_free: bool = True
    ) -> Path | None:
        """Return the joint vectors that bring the hand straight to a pose; None where it does not get there so.

        is_free: it must run into nothing; else it is to touch something at its end.
        """
        first, last = self._limb.model.X_RG(start_rad), self._X_RW @ X_WG
        count = max(math.ceil(float(np.linalg.norm(last[:3, 3] - first[:3, 3])) / STEP_M), 1)
        path = [start_rad]
        for k in range(1, count + 1):
            at = last.copy()
            at[:3, 3] = first[:3, 3] + (last[:3, 3] - first[:3, 3]) * k / count
            joints_rad = self._limb.inverse.follow(at, path[-1])
            if joints_rad is None or np.abs(joints_rad - path[-1]).max() > JUMP_RAD:
                return None
            path.append(joints_rad)
        made = np.array(path)
        return made if not is_free or self._clear.is_path_free(made[1:]) else None

    def between(self, start_rad: Float64[np.ndarray, "n"], end_rad: Float64[np.ndarray, "n"]) -> Path | None:
        """Return joint vectors from one to another that run into nothing; None where none were found."""
        found = plan_motion(self._clear, start_rad, [end_rad], config=SEARCH, seed=self._seed)
        return found.path_rad if isinstance(found, Motion) else None

    def carrying(self, start_rad: Float64[np.ndarray, "n"]) -> Path | None:
        """Return a way to a posture in which what is held stays as upright as it is, over the base."""
        X_BG = self._limb.X_BR @ self._limb.model.X_RG(start_rad)
        X_RB = np.linalg.inv(self._limb.X_BR)
        goals = []
        for x, y, z in CARRIED_B:
            for turn in range(CARRY_YAWS):
                goal = _turned(X_BG, math.tau * turn / CARRY_YAWS)
                goal[:3, 3] = x, y, z
                found = self._limb.inverse.solve(X_RB @ goal, start_rad, count=1, tries=3)
                goals += [one for one in found if self._clear.is_free(one)]
            if len(goals) >= CARRY_GOALS:
                break
        if not goals:
            return None
        way = plan_motion(self._clear, start_rad, goals, config=SEARCH, seed=self._seed)
        return way.path_rad if isinstance(way, Motion) else None


@dataclass(frozen=True, slots=True, eq=False)
class _Doable:
    grasp: Grasp
    into: Path
    out: Path


def _turned(X_BG: Float64[np.ndarray, "4 4"], yaw_rad: float) -> Float64[np.ndarray, "4 4"]:
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    turned = X_BG.copy()
    turned[:3, :3] = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ X_BG[:3, :3]
    return turned

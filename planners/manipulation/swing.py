"""How the hand turns a leaf: by its handle, pulling, or with closed fingers on its face, pushing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from planners.manipulation.leaves import Leaf
from planners.manipulation.limb import Limb
from planners.manipulation.standing import Footing
from planners.manipulation.ways import Ways

__all__ = ["Swing", "Turning", "far_swung_rad", "free_until_rad", "swings", "turning"]

STEP_RAD = 0.05
"""The arc is followed by poses so far apart."""
JUMP_RAD = 0.35
DEEP_M, FACE_M = 0.022, 0.012
"""The tips reach so far over the handle's front, and stay so far off the face."""
TIP_M = 0.008
"""The tips end so far beyond the origin of G."""
BACK_M = 0.10
PRESS_RAD = 0.06
"""A leaf that is pushed shut is pushed so much farther: the hand ends a little behind where it was sent."""
PUSHED = (0.82, 0.65)
"""A leaf is pushed at so much of its length."""
TILTS_RAD = (0.0, 0.4, -0.4, 0.8, -0.8)
HEIGHTS_M = (0.75, 0.95, 0.6, 1.1)
SWEPT_M, SPARE_RAD = 0.03, 0.08
"""The leaf stays so far off the base: of its edge, and of its face."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Swing:
    """One way to turn a leaf from one angle to another."""

    leaf: Leaf
    X_WF: Float64[np.ndarray, "4 4"]
    z_m: float
    along_m: float
    off_m: float
    """So far before the face is the origin of G."""
    end_rad: float
    is_gripped: bool
    tilt_rad: float = 0.0
    """So far the hand is turned from straight on."""
    follows: float = 1.0
    """How much of the leaf's turning the hand makes with it."""
    roll_rad: float = 0.0

    def X_WG(self, angle_rad: float, off_m: float = 0.0) -> Float64[np.ndarray, "4 4"]:
        """Return the hand's pose when the leaf is open so far. off_m: farther back, along the hand."""
        leaf = self.leaf
        held = leaf.angle_rad + self.follows * (angle_rad - leaf.angle_rad)
        inward = -leaf.out(held)
        yaw = math.atan2(inward[1], inward[0]) + self.tilt_rad
        z_F = np.array([math.cos(yaw), math.sin(yaw), 0.0])
        y_F = np.array([-math.sin(yaw), math.cos(yaw), 0.0])
        X_FG = np.eye(4)
        X_FG[:3, :3] = np.column_stack([np.cross(y_F, z_F), y_F, z_F]) @ _about_z(self.roll_rad)
        X_FG[:3, 3] = leaf.point_F(angle_rad, self.along_m, self.off_m, self.z_m) - off_m * z_F
        return self.X_WF @ X_FG

    @property
    def angles_rad(self) -> Float64[np.ndarray, "n"]:
        """The angles from where the leaf is to where it is to be."""
        start = self.leaf.angle_rad
        return np.linspace(start, self.end_rad, max(math.ceil(abs(self.end_rad - start) / STEP_RAD), 1) + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turning:
    """How a swing is done from where the base stands; paths are joint vectors."""

    swing: Swing
    to: Float64[np.ndarray, "_ n"]
    """From where the arm was to before the leaf."""
    into: Float64[np.ndarray, "_ n"]
    arc: Float64[np.ndarray, "_ n"]
    angle_rad: float
    """The leaf is brought so far."""


def swings(leaf: Leaf, X_WF: Float64[np.ndarray, "4 4"], end_rad: float) -> list[Swing]:
    """Return the ways to turn a leaf: opened by its handle, [] without one; shut by pushing at its face."""
    if end_rad > leaf.angle_rad:
        if leaf.handle_m is None:
            return []
        low, high = leaf.handle_z_m
        heights = [low + share * (high - low) for share in (0.5, 0.3, 0.7)]
        off_m = max(leaf.out_m - DEEP_M, FACE_M) + TIP_M
        return [
            Swing(leaf=leaf, X_WF=X_WF, z_m=z, along_m=leaf.handle_m, off_m=off_m, end_rad=end_rad, is_gripped=True,
                  roll_rad=roll, tilt_rad=tilt)
            for tilt in (0.0, 0.25, -0.25)
            for z in heights
            for roll in (0.0, math.pi)
        ]  # fmt: skip
    low, high = leaf.low_m + 0.1, leaf.high_m - 0.1
    heights = sorted({min(max(z, low), high) for z in HEIGHTS_M}, key=lambda z: abs(z - HEIGHTS_M[0]))
    return [
        Swing(leaf=leaf, X_WF=X_WF, z_m=z, along_m=share * leaf.length_m, off_m=TIP_M, end_rad=end_rad - PRESS_RAD,
              is_gripped=False, tilt_rad=tilt, follows=follows, roll_rad=roll)
        for share in PUSHED
        for z in heights
        for follows in (1.0, 0.5)
        for tilt in TILTS_RAD
        for roll in (0.0, math.pi / 2)
    ]  # fmt: skip


def turning(ways: Ways, limb: Limb, some: Sequence[Swing], start_rad: Float64[np.ndarray, "n"], X_WB, is_free) -> (
    Turning | None
):  # fmt: skip
    """Return how to do the one of some swings that brings the leaf farthest; None where the hand gets to none.

    is_free: tells whether a joint vector touches nothing but the leaf.
    """
    X_RW, best = limb.X_RW(X_WB), None
    for swing in some:
        before = X_RW @ swing.X_WG(swing.leaf.angle_rad, BACK_M)
        for first in limb.inverse.solve(before, start_rad, count=3, tries=10):
            into = ways.line(first, swing.X_WG(swing.leaf.angle_rad), is_free=False)
            if into is None or not is_free(first) or not is_free(into[-1]):
                continue
            arc, angle = _arc(limb, swing, X_RW, into[-1], is_free)
            gain = abs(angle - swing.leaf.angle_rad)
            if len(arc) > 1 and (best is None or gain > abs(best.angle_rad - swing.leaf.angle_rad) + 0.02):
                to = ways.between(start_rad, first)
                if to is not None:
                    best = Turning(swing=swing, to=to, into=into, arc=arc, angle_rad=angle)
        if best is not None and abs(best.angle_rad - swing.end_rad) < 0.01:
            return best
    return best


def far_swung_rad(limb: Limb, some: Sequence[Swing], X_WB: Float64[np.ndarray, "4 4"]) -> float:
    """Return how far the hand could turn the leaf from where the base would stand, nothing in the way [rad]."""
    X_RW, best = limb.X_RW(X_WB), 0.0
    for swing in some:
        for first in limb.inverse.solve(X_RW @ swing.X_WG(swing.leaf.angle_rad), limb.stowed_rad, count=2, tries=6):
            _, angle = _arc(limb, swing, X_RW, first, None)
            best = max(best, abs(angle - swing.leaf.angle_rad))
    return best


def _arc(limb: Limb, swing: Swing, X_RW: np.ndarray, first: np.ndarray, is_free) -> tuple[np.ndarray, float]:
    """Return the joint vectors along the arc, as far as the arm follows it, and to which angle."""
    path, reached = [first], swing.leaf.angle_rad
    for angle in swing.angles_rad[1:].tolist():
        joints_rad = limb.inverse.follow(X_RW @ swing.X_WG(angle), path[-1])
        if joints_rad is None or np.abs(joints_rad - path[-1]).max() > JUMP_RAD:
            break
        if is_free is not None and not is_free(joints_rad):
            break
        path.append(joints_rad)
        reached = angle
    return np.array(path), reached


def free_until_rad(
    footing: Footing, footprint_m: tuple[float, float], leaf: Leaf, X_WF: Float64[np.ndarray, "4 4"], end_rad: float
) -> float:
    """Return to which angle the leaf may be turned before it meets a base that stands there, at most end_rad."""
    xs, ys = (np.linspace(-side / 2, side / 2, 12) for side in footprint_m)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    c, s = math.cos(footing.yaw_rad), math.sin(footing.yaw_rad)
    spots_W = grid @ np.array([[c, s], [-s, c]]) + footing.p_m
    away = (spots_W - X_WF[:2, 3]) @ X_WF[:2, :2] - leaf.hinge_m
    at = np.arctan2(away @ leaf.out(0.0), away @ leaf.along(0.0))  # the angle of the leaf when it meets the spot
    at = at[np.hypot(*away.T) < leaf.length_m + SWEPT_M]
    if end_rad > leaf.angle_rad:
        ahead = at[at > leaf.angle_rad - SPARE_RAD]
        return max(min(end_rad, float(ahead.min(initial=math.inf)) - SPARE_RAD), leaf.angle_rad)
    ahead = at[(at < leaf.angle_rad + SPARE_RAD) & (at > -0.5)]
    return min(max(end_rad, float(ahead.max(initial=-math.inf)) + SPARE_RAD), leaf.angle_rad)


def _about_z(angle_rad: float) -> Float64[np.ndarray, "3 3"]:
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

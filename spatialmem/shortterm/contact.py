"""When a robot's disc touches boxes on the floor plan, if robot and boxes go on as they do."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

__all__ = ["clearance_m", "contact_s"]

TOUCH_M = 1e-3
STEP_MIN_S = 0.005
"""Grazing passes are followed in steps of this; what touches for less may be missed."""


def clearance_m(
    p_m: Float64[np.ndarray, "n 2"],
    center_m: Float64[np.ndarray, "n 2"],
    size_m: Float64[np.ndarray, "n 2"],
    yaw_rad: Float64[np.ndarray, "n"],
    radius_m: float,
) -> Float64[np.ndarray, "n"]:
    """Return the distance from a disc at p to each box [m]; 0 where they touch or overlap."""
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    x, y = (p_m - center_m).T
    along, across = np.abs(cos * x + sin * y), np.abs(cos * y - sin * x)
    out = np.maximum(np.stack([along, across], axis=1) - size_m / 2, 0.0)
    return np.maximum(np.sqrt((out * out).sum(axis=1)) - radius_m, 0.0)


def contact_s(
    center_m: Float64[np.ndarray, "n 2"],
    size_m: Float64[np.ndarray, "n 2"],
    yaw_rad: Float64[np.ndarray, "n"],
    velocity_m_s: Float64[np.ndarray, "n 2"],
    *,
    pose: tuple[float, float, float],
    twist: tuple[float, float, float],
    radius_m: float,
    horizon_s: float,
) -> Float64[np.ndarray, "n"]:
    """Return the time until the disc touches each box [s]; infinite where it does not within the horizon.

    pose: x, y [m] and heading [rad] of the robot; twist: forward and left [m/s], turn [rad/s], held constant, so that
    it drives an arc. Conservative advancement (Mirtich 1996): steps so short that nothing can be touched within one.
    """
    result = np.full(len(center_m), np.inf)
    active = np.arange(len(center_m))
    time_s = np.zeros(len(center_m))
    speed = math.hypot(twist[0], twist[1]) + np.sqrt((velocity_m_s**2).sum(axis=1))
    while len(active):
        t = time_s[active]
        at = _along_arc(pose, twist, t)
        moved = center_m[active] + velocity_m_s[active] * t[:, None]
        gap = clearance_m(at, moved, size_m[active], yaw_rad[active], radius_m)
        touching = gap <= TOUCH_M
        result[active[touching]] = t[touching]
        active, gap = active[~touching], gap[~touching]
        with np.errstate(divide="ignore", over="ignore"):
            time_s[active] += np.maximum(gap / speed[active], STEP_MIN_S)
        active = active[time_s[active] <= horizon_s]
    return result


def _along_arc(
    pose: tuple[float, float, float], twist: tuple[float, float, float], t_s: Float64[np.ndarray, "n"]
) -> Float64[np.ndarray, "n 2"]:
    """Return where a body with a constant twist is at times t: x + R(heading) V(w t) v t (planar exponential map)."""
    angle = twist[2] * t_s
    small = np.abs(angle) < 1e-6
    safe = np.where(small, 1.0, angle)
    a = np.where(small, 1.0, np.sin(safe) / safe)
    b = np.where(small, angle / 2, (1 - np.cos(safe)) / safe)
    forward, left = twist[0] * t_s, twist[1] * t_s
    x, y = a * forward - b * left, b * forward + a * left
    cos, sin = math.cos(pose[2]), math.sin(pose[2])
    return np.stack([pose[0] + cos * x - sin * y, pose[1] + sin * x + cos * y], axis=1)

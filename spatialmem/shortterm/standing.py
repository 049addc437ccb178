"""Where a thing is that a depth camera does not see: black and shiny things give no return, but stand on something.

The bottom of its box is where it touches what it stands on, the rest follows: as deep as it is wide, and as high as its
box looks at that distance. So single views place things on a known ground (Hoiem, Efros and Hebert 2006, "Putting
objects in perspective", eq. 2, for a ground plane that is seen).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from spatialmem.config import ShortTermConfig
from spatialmem.shortterm.faces import AXES_W
from spatialmem.shortterm.uncertainty import pose_sway
from spatialmem.types import RgbdFrame

__all__ = ["Standing", "stand"]

EDGE_SHARE = 0.05
"""The edges of a box are off by this share of its sides, one standard deviation."""
GUESS_SHARE = 0.25
"""How deep a thing is against its width is a guess, off by this share of the width."""
STEEP_LEAST = 0.1
"""Sine of the angle at which the ground is looked at; at a smaller one nothing is said."""


WHOLE_PX = 2
"""A box so near to the border of the picture is cut off."""


class Standing(NamedTuple):
    """A thing as its box and its ground give it."""

    center_W: Float64[np.ndarray, "3"]
    size_m: Float64[np.ndarray, "3"]
    """Along the view on the floor, across, up."""
    yaw_rad: float
    """Of the view."""
    covariance_W: Float64[np.ndarray, "3 3"]

    def faces_m(self) -> Float64[np.ndarray, "5 2"]:
        """Return how far it reaches along each axis of `faces.AXES_W`."""
        cos, sin = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        sides = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        reach = np.abs(AXES_W @ sides.T) @ (self.size_m / 2)
        middle = AXES_W @ self.center_W
        return np.stack([middle - reach, middle + reach], axis=1)


def stand(
    box_px: tuple[float, float, float, float], ground_m: float, frame: RgbdFrame, settings: ShortTermConfig
) -> Standing | None:
    """Return where the thing in a box stands on level ground of this height in W [m]; None where that says little."""
    u_min, v_min, u_max, v_max = box_px
    camera = frame.camera
    whole = min(u_min, v_min) >= WHOLE_PX and u_max < camera.width - WHOLE_PX and v_max < camera.height - WHOLE_PX
    if not whole:
        return None
    u = (u_min + u_max) / 2
    eye_W = frame.X_WC[:3, 3]
    foot_W = _on_ground(u, v_max, ground_m, frame)
    off_W = _on_ground(u, v_max + EDGE_SHARE * (v_max - v_min), ground_m, frame)
    if foot_W is None or off_W is None:
        return None
    away = foot_W[:2] - eye_W[:2]
    distance_m = math.sqrt(float((away * away).sum()))
    if distance_m == 0:
        return None
    ahead = away / distance_m
    p_C = frame.X_WC[:3, :3].T @ (foot_W - eye_W)
    wide_m = (u_max - u_min) * float(p_C[2]) / frame.camera.fx
    middle = foot_W[:2] + ahead * wide_m / 2
    top = _ray(u, v_min, frame)
    level = math.sqrt(float((top[:2] * top[:2]).sum()))
    high_m = float(eye_W[2]) + (distance_m + wide_m / 2) * float(top[2]) / max(level, 1e-9) - ground_m
    if high_m <= 0:
        return None
    along = float(((off_W - foot_W) ** 2).sum()) + (GUESS_SHARE * wide_m) ** 2
    in_view = np.diag([along, (EDGE_SHARE * wide_m) ** 2, (EDGE_SHARE * high_m) ** 2])
    R_WV = np.array([[ahead[0], -ahead[1], 0.0], [ahead[1], ahead[0], 0.0], [0.0, 0.0, 1.0]])
    sway_W = pose_sway(foot_W, frame, settings)
    covariance = R_WV @ in_view @ R_WV.T + sway_W @ sway_W.T
    return Standing(
        np.array([middle[0], middle[1], ground_m + high_m / 2]),
        np.array([wide_m, wide_m, high_m]),
        math.atan2(float(ahead[1]), float(ahead[0])),
        (covariance + covariance.T) / 2,
    )


def _ray(u: float, v: float, frame: RgbdFrame) -> Float64[np.ndarray, "3"]:
    """Return the direction in W that a pixel looks in, of length 1."""
    camera = frame.camera
    ray = frame.X_WC[:3, :3] @ np.array([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, 1.0])
    return ray / math.sqrt(float((ray * ray).sum()))


def _on_ground(u: float, v: float, ground_m: float, frame: RgbdFrame) -> Float64[np.ndarray, "3"] | None:
    """Return where a pixel sees the ground; None at a flat angle or from below it."""
    ray = _ray(u, v, frame)
    if ray[2] > -STEEP_LEAST or frame.X_WC[2, 3] <= ground_m:
        return None
    return frame.X_WC[:3, 3] + ray * ((ground_m - float(frame.X_WC[2, 3])) / float(ray[2]))

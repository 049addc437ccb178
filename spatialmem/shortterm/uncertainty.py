"""How uncertain a place is that one picture gives: what pose, depth and sampling add to it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64

from spatialmem.config import ShortTermConfig
from spatialmem.depth_noise import axial_sigma_m
from spatialmem.types import RgbdFrame

__all__ = ["centroid_covariance", "pose_sway"]

DEPTH_BIAS_SHARE = 0.003
"""What a depth sensor is wrong by everywhere alike, as a share of the depth: it does not go away by averaging."""


def pose_sway(p_W: Float64[np.ndarray, "3"], frame: RgbdFrame, settings: ShortTermConfig) -> Float64[np.ndarray, "3 6"]:
    """Return J P^1/2 [m]: how the pose's error moves a point that the frame shows; its square is a covariance in W.

    The true pose is X_WC Exp(d), d = (rotation, translation) in C with covariance P (`pose_cov`); to first order the
    point p_C moves by J d with J = R_WC [-[p_C]x, 1], the lever arm.
    """
    R_WC = frame.X_WC[:3, :3]
    x, y, z = (float(c) for c in R_WC.T @ (p_W - frame.X_WC[:3, 3]))
    lever = R_WC @ np.array([[0, z, -y, 1, 0, 0], [-z, 0, x, 0, 1, 0], [y, -x, 0, 0, 0, 1]])
    if frame.pose_cov is None:
        return lever * np.array([settings.pose_sigma_rad] * 3 + [settings.pose_sigma_m] * 3)
    variance, axes = np.linalg.eigh(frame.pose_cov)  # unlike Cholesky's this root is there for what is certain, too
    return lever @ (axes * np.sqrt(np.maximum(variance, 0.0)))


def centroid_covariance(
    points_W: Float32[np.ndarray, "n 3"],
    centroid_W: Float64[np.ndarray, "3"],
    count: int,
    sway_W: Float64[np.ndarray, "3 6"],
    frame: RgbdFrame,
    settings: ShortTermConfig,
) -> Float64[np.ndarray, "3 3"]:
    """Return the covariance of the centroid of what was seen [m^2]: J P J' + r r' (s^2 / n + (b z)^2) + S / n.

    J P J' is the square of its `pose_sway`. r is the ray through it with 1 along the optical axis, s the noise of one
    pixel's depth at z, b what the depth is wrong by everywhere, n the count of pixels, S the scatter of the points.
    """
    R_WC = frame.X_WC[:3, :3]
    to_centroid_W = centroid_W - frame.X_WC[:3, 3]
    z = float(R_WC[:, 2] @ to_centroid_W)
    ray_W = to_centroid_W / z
    sigma_m = axial_sigma_m(z) * settings.depth_noise
    depth = sigma_m * sigma_m / count + (DEPTH_BIAS_SHARE * z) ** 2
    spread = points_W - centroid_W.astype(np.float32)
    scatter = (spread.T @ spread).astype(np.float64) / (len(points_W) * count)
    in_W = sway_W @ sway_W.T + depth * np.outer(ray_W, ray_W) + scatter
    return (in_W + in_W.T) / 2

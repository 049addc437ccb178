"""From what a camera truly sees to what a depth sensor measures: noise, missing returns, whole counts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt16

from sim.sensors.cameras import Shot, rays_C
from sim.sensors.settings import CameraSettings
from spatialmem import Pinhole

__all__ = ["axial_sigma_m", "jumps", "measured", "within"]

JUMP_M, JUMP_SHARE = 0.03, 0.02
"""Neighbours whose depths differ by more than this much, and this share of the depth, lie on two surfaces."""


def measured(
    shot: Shot,
    settings: CameraSettings,
    rng: np.random.Generator,
    *,
    own: tuple[str, ...] = (),
    hidden: Bool[np.ndarray, "h w"] | None = None,
) -> UInt16[np.ndarray, "h w"]:
    """Return a depth image in counts of `depth_unit_m`; 0 = no return. Always draws the same number of times.

    own: bodies whose pixels return nothing, the robot's; hidden: pixels that return nothing besides. A pixel returns
    nothing, too, beyond the range, on a surface seen at a grazing angle, often at a jump in depth, and now and then for
    no reason.
    """
    shape, z = shot.depth_m.shape, shot.depth_m
    noise, luck = rng.standard_normal(shape, np.float32), rng.random(shape, np.float32)
    if settings.depth_noise > 0:
        z = z + noise * (axial_sigma_m(z) * np.float32(settings.depth_noise))
    lost = (shot.depth_m <= 0) | (luck < settings.missing_share) | (z > settings.range_max_m)
    if settings.grazing_cosine > 0:
        lost |= shot.cosine < settings.grazing_cosine
    if settings.edge_missing > 0:
        # what is left of the draw after `missing_share` is as good as a fresh one
        lost |= jumps(shot.depth_m) & (luck >= 1 - settings.edge_missing * (1 - settings.missing_share))
    if own:
        lost |= _shows(shot, own)
    if hidden is not None:
        lost |= hidden
    counts = np.rint(z / np.float32(settings.depth_unit_m))
    return np.where(lost, np.float32(0), np.maximum(counts, np.float32(0))).astype(np.uint16)


def within(shot: Shot, camera: Pinhole, p_C: Float64[np.ndarray, "3"], radius_m: float) -> Bool[np.ndarray, "h w"]:
    """Return which pixels show what is no farther than that from a point."""
    away = rays_C(camera) * shot.depth_m - p_C.astype(np.float32)[:, None, None]
    return (shot.depth_m > 0) & (np.einsum("ihw,ihw->hw", away, away) <= radius_m**2)


def axial_sigma_m(depth_m: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Return the standard deviation of the depth noise [m] of a structured-light sensor that faces the surface.

    Nguyen, Izadi and Lovell (2012), Modeling Kinect Sensor Noise, eq. 1: 1.2 mm + 1.9 mm (z - 0.4)^2, z in metres.
    """
    beyond = depth_m - np.float32(0.4)
    return np.float32(0.0012) + np.float32(0.0019) * beyond * beyond


def jumps(depth_m: Float32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the pixels on both sides of every jump in depth, along rows and columns.

    On a plane 1/z is linear in the pixel, however steep the plane: its second difference d stands for a jump of z^2 d.
    """
    with np.errstate(divide="ignore"):
        w = np.where(depth_m > 0, np.float32(1) / depth_m, np.float32(0))
    tall = np.float32(JUMP_M) + np.float32(JUMP_SHARE) * depth_m
    limit = np.where(depth_m > 0, tall * w * w, np.float32(np.inf))
    found = np.zeros(depth_m.shape, bool)
    found[:, 1:-1] |= np.abs(w[:, 2:] - 2 * w[:, 1:-1] + w[:, :-2]) > limit[:, 1:-1]
    found[1:-1] |= np.abs(w[2:] - 2 * w[1:-1] + w[:-2]) > limit[1:-1]
    return found


def _shows(shot: Shot, names: tuple[str, ...]) -> Bool[np.ndarray, "h w"]:
    """Return which pixels show any of these bodies."""
    shown = np.zeros(len(shot.names) + 1, bool)  # the last entry is for nothing
    shown[[shot.names.index(name) for name in names if name in shot.names]] = True
    return shown[shot.body]

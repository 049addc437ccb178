"""Which pixels of a frame a detection stands for, and where these are in the world."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from perception.pixels import shape_of
from spatialmem import Detection, InputError, RgbdFrame

__all__ = ["depth_m", "points_of", "region_of"]

NEAR_M = 0.15
"""Of a box, pixels count whose depth differs from that of its middle by no more than this."""


def region_of(frame: RgbdFrame, detection: Detection) -> Bool[np.ndarray, "h w"]:
    """Return the pixels of a detection: its mask; of a box, the ellipse in it without what is nearer or farther.

    Raises InputError where there are none, or the mask is not of the frame's shape.
    """
    shape = shape_of(frame)
    if detection.mask is not None:
        if detection.mask.shape != shape:
            raise InputError(
                f"the mask of {detection.label!r} has shape {detection.mask.shape}, its frame {shape}; "
                f"a mask has a value for every pixel of the frame."
            )
        region = detection.mask
    elif detection.box_px is not None:
        ellipse = _ellipse(detection.box_px, shape)
        region = ellipse & _at_middle_depth(frame, ellipse)
    else:
        raise InputError(f"the detection of {detection.label!r} has neither a mask nor a box; one is needed.")
    if not region.any():
        raise InputError(f"the detection of {detection.label!r} has no pixel in its frame of shape {shape}.")
    return region


def depth_m(frame: RgbdFrame) -> Float64[np.ndarray, "h w"]:
    """Return the frame's depth [m], 0 where there is none."""
    scale = frame.depth_unit_m if frame.depth.dtype == np.uint16 else 1.0
    depth = frame.depth * np.float64(scale)
    return np.where(np.isfinite(depth) & (depth > 0), depth, 0.0)


def points_of(frame: RgbdFrame, region: Bool[np.ndarray, "h w"]) -> Float64[np.ndarray, "n 3"]:
    """Return points_W [m] of the region's pixels that have depth."""
    rows, columns = np.nonzero(region)
    z = depth_m(frame)[rows, columns]
    rows, columns, z = rows[z > 0], columns[z > 0], z[z > 0]
    x, y = (columns - frame.camera.cx) / frame.camera.fx * z, (rows - frame.camera.cy) / frame.camera.fy * z
    X = frame.X_WC
    return np.stack([X[i, 0] * x + X[i, 1] * y + X[i, 2] * z + X[i, 3] for i in range(3)], axis=1)


def _ellipse(box_px: tuple[float, float, float, float], shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Return the pixels in the ellipse of a box; at least the one in its middle, where that is in the frame."""
    u_min, v_min, u_max, v_max = box_px
    half_u, half_v = max((u_max - u_min) / 2, 0.5), max((v_max - v_min) / 2, 0.5)
    u = (np.arange(shape[1]) - (u_min + u_max) / 2) / half_u
    v = (np.arange(shape[0]) - (v_min + v_max) / 2) / half_v
    inside = v[:, None] ** 2 + u**2 <= 1
    row, column = round((v_min + v_max) / 2), round((u_min + u_max) / 2)
    if 0 <= row < shape[0] and 0 <= column < shape[1]:
        inside[row, column] = True
    return inside


def _at_middle_depth(frame: RgbdFrame, ellipse: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return which pixels lie as deep as the ellipse's median; all, where fewer than half of it have depth."""
    depth = depth_m(frame)
    within = np.sort(depth[ellipse & (depth > 0)])
    if len(within) * 2 < ellipse.sum() or not len(within):
        return np.ones(depth.shape, bool)
    return (depth > 0) & (np.abs(depth - within[len(within) // 2]) <= NEAR_M)

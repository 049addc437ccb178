"""What a thing in a box stands or lies on: surfaces at one height that go on beside the box, and the floor.

A floor, a table top and a counter are level, and are seen to the left and right of what stands on them, and in front.
So heights that many pixels share on two of these three sides are not the thing's own, nor is the lowest height that
many pixels of the whole picture share. W's z axis points up.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from spatialmem.types import Pinhole, RgbdFrame

__all__ = ["SUPPORT_HALF_M", "Inner", "floor_m", "heights", "support_bins", "support_pixels"]

BIN_M = 0.02
SUPPORT_HALF_M = 1.5 * BIN_M
"""What lies so near to a level is part of it: its noise, and what leans."""
SIDE_SHARE, SIDES = 0.3, 2
"""A level holds this share of the pixels of so many sides."""
SIDE_PIXELS_MIN = 8
"""A side with fewer pixels says nothing."""

SAMPLES, FLOOR_SHARE = 24, 0.05
"""Of so many rows and columns of a picture, this share of the pixels lies on the floor, where it is seen at all."""

Inner = tuple[int, int, int, int]
"""First and last row, first and last column of a box within its patch."""


def floor_m(frame: RgbdFrame) -> float | None:
    """Return how high in W the lowest level surface is that a frame shows much of [m]; None where it shows none."""
    rows, columns = (np.linspace(0, size - 1, SAMPLES).astype(np.int64) for size in frame.depth.shape)
    depth = frame.depth[np.ix_(rows, columns)]
    z_m = depth.astype(np.float64) * (frame.depth_unit_m if depth.dtype.kind == "u" else 1.0)
    x, y, z, offset = frame.X_WC[2]
    across = x * ((columns - frame.camera.cx) / frame.camera.fx)
    down = y * ((rows - frame.camera.cy) / frame.camera.fy)
    height_m = (z_m * (across[None, :] + down[:, None] + z) + offset)[z_m > 0]
    if len(height_m) == 0:
        return None
    low = float(height_m.min())
    counts = np.pad(np.bincount(((height_m - low) / BIN_M).astype(np.int64)), 2)
    wide = counts[:-2] + counts[1:-1] + counts[2:]
    much = np.flatnonzero(wide >= FLOOR_SHARE * len(height_m))
    if len(much) == 0:
        return None
    near = much[much < much[0] + 3]  # the fullest of the first few is the middle of the level
    return low + (int(near[np.argmax(wide[near])]) - 0.5) * BIN_M


def heights(
    z_m: Float32[np.ndarray, "h w"], camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"], u0: int, v0: int, step: int
) -> Float32[np.ndarray, "h w"]:
    """Return how high each pixel of a patch is in W [m]."""
    x, y, z, offset = (np.float32(value) for value in X_WC[2])
    u = (np.arange(z_m.shape[1], dtype=np.float32) * step + np.float32(u0 - camera.cx)) / np.float32(camera.fx)
    v = (np.arange(z_m.shape[0], dtype=np.float32) * step + np.float32(v0 - camera.cy)) / np.float32(camera.fy)
    return z_m * (x * u[None, :] + y * v[:, None] + z) + offset


def support_bins(
    bins: Int64[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"], inner: Inner
) -> tuple[Bool[np.ndarray, "n"], Bool[np.ndarray, "n"]]:
    """Return which heights, in bins, are those of a support, and which of these are seen in front of the box."""
    top, bottom, left, right = inner
    middle = (top + bottom) // 2
    sides = (
        (slice(middle, None), slice(0, left)),
        (slice(middle, None), slice(right + 1, None)),
        (slice(bottom + 1, None), slice(left, right + 1)),
    )
    count = int(bins.max()) + 1 if bins.size else 0
    held = np.zeros((len(sides), count), bool)
    for k, side in enumerate(sides):
        there = bins[side][valid[side]]
        if len(there) >= SIDE_PIXELS_MIN:
            padded = np.pad(np.bincount(there, minlength=count), 1)
            held[k] = padded[:-2] + padded[1:-1] + padded[2:] >= SIDE_SHARE * len(there)
    levels = held.sum(axis=0) >= SIDES
    return levels, levels & held[2]


def support_pixels(
    height_m: Float32[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"], inner: Inner
) -> tuple[Bool[np.ndarray, "h w"], float | None]:
    """Return which pixels belong to a support, and how high the one in front of the box is [m]; None without one."""
    if not valid.any():
        return valid.copy(), None
    low = float(height_m[valid].min())
    bins = np.where(valid, (height_m - np.float32(low)) / np.float32(BIN_M), 0.0).astype(np.int64)
    levels, before = support_bins(bins, valid, inner)
    if not levels.any():
        return np.zeros(valid.shape, bool), None
    padded = np.pad(levels, 1)
    taken = padded[:-2] | padded[1:-1] | padded[2:]
    front_m = None
    if before.any():
        front = bins[inner[1] + 1 :, inner[2] : inner[3] + 1][valid[inner[1] + 1 :, inner[2] : inner[3] + 1]]
        best = int(np.argmax(np.where(before, np.bincount(front, minlength=len(before)), -1)))
        front_m = low + (best + 0.5) * BIN_M
    return valid & taken[bins], front_m

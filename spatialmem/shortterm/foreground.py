"""Which pixels of a detection show the object itself, not what is behind it, beside it or in front of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from spatialmem.errors import InputError
from spatialmem.types import Detection, Pinhole, RgbdFrame

__all__ = ["Patch", "patch_of", "smoothed"]

PIXELS_MAX = 4096
"""A larger detection is looked at in every second, third, ... row and column."""
MARGIN = 2
"""So many rows and columns round a detection are kept, to see what hides it."""
JUMP_M, JUMP_SHARE = 0.03, 0.03
"""Neighbours whose depths differ by more than this, and this share of the depth, lie on two surfaces."""
CORE_SHARE = 0.3
"""Surfaces are separated along jumps unless fewer than this share of the pixels are left then (thin legs)."""
BOX_REACH, MASK_REACH = 0.6, 1.5
"""An object is so deep, as a share of how large it looks, on both sides of its typical depth."""
BOX_REACH_M, MASK_REACH_M = (0.08, 0.8), (0.3, 3.0)
BIN_M = 0.05
RIVAL_SHARE = 0.6
"""The nearest of the peaks that are at least this high against the highest is the object; the others are behind."""


class Patch(NamedTuple):
    """The part of a picture round a detection, every `step`-th pixel: [i, j] is (u, v) = (u0 + step j, v0 + step i)."""

    z_m: Float32[np.ndarray, "h w"]
    """0 = no return."""
    object: Bool[np.ndarray, "h w"]
    u0: int
    v0: int
    step: int


def patch_of(detection: Detection, frame: RgbdFrame, range_max_m: float) -> Patch | None:
    """Return the detection's part of the picture with the object's pixels marked; None where there is nothing.

    Raises InputError for a mask of another size than the frame.
    """
    if detection.mask is not None and detection.mask.shape != frame.depth.shape:
        raise InputError(
            f"the mask has shape {detection.mask.shape}, the frame's depth {frame.depth.shape}; they must be the same."
        )
    window = _window(detection, frame.camera)
    if window is None:
        return None
    u_min, v_min, u_max, v_max = window
    step = int(np.ceil(np.sqrt((u_max - u_min + 1) * (v_max - v_min + 1) / PIXELS_MAX)))
    margin = MARGIN * step
    rows = slice(max(v_min - margin, 0), min(v_max + margin + 1, frame.camera.height), step)
    columns = slice(max(u_min - margin, 0), min(u_max + margin + 1, frame.camera.width), step)
    depth = frame.depth[rows, columns]
    scale = frame.depth_unit_m if depth.dtype.kind == "u" else 1.0
    z_m = depth.astype(np.float32) * np.float32(scale)
    valid = (z_m > 0) & (z_m <= range_max_m)
    if detection.mask is not None:
        inside = detection.mask[rows, columns] & valid
    else:
        inside = np.zeros(z_m.shape, bool)
        first_v, first_u = -(-(v_min - rows.start) // step), -(-(u_min - columns.start) // step)
        last_v, last_u = (v_max - rows.start) // step, (u_max - columns.start) // step
        inside[first_v : last_v + 1, first_u : last_u + 1] = True
        inside &= valid
    if not inside.any():
        return None
    looks_px = max(u_max - u_min, v_max - v_min) + 1
    part = _nearest_surface if detection.mask is None else _one_depth
    marked = part(z_m, inside, looks_px / frame.camera.fx)
    return Patch(z_m, marked, columns.start, rows.start, step) if marked.any() else None


def _window(detection: Detection, camera: Pinhole) -> tuple[int, int, int, int] | None:
    """Return the first and last columns and rows of a detection, within the picture; None for an empty one."""
    if detection.mask is not None:
        import cv2

        u, v, width, height = cv2.boundingRect(detection.mask.view(np.uint8))
        return (u, v, u + width - 1, v + height - 1) if width else None
    if detection.box_px is None or not np.isfinite(detection.box_px).all():
        return None
    u_min, v_min, u_max, v_max = detection.box_px
    low_u, low_v = max(int(np.ceil(u_min)), 0), max(int(np.ceil(v_min)), 0)
    high_u, high_v = min(int(u_max), camera.width - 1), min(int(v_max), camera.height - 1)
    return (low_u, low_v, high_u, high_v) if low_u <= high_u and low_v <= high_v else None


def _one_depth(
    z_m: Float32[np.ndarray, "h w"], inside: Bool[np.ndarray, "h w"], looks_rad: float
) -> Bool[np.ndarray, "h w"]:
    """Leave out of a mask what is much nearer or farther than most of it: pixels that slipped past the outline."""
    typical_m = float(np.median(z_m[inside]))
    reach_m = min(max(MASK_REACH * looks_rad * typical_m, MASK_REACH_M[0]), MASK_REACH_M[1])
    return inside & (np.abs(z_m - typical_m) <= reach_m)


def _nearest_surface(
    z_m: Float32[np.ndarray, "h w"], inside: Bool[np.ndarray, "h w"], looks_rad: float
) -> Bool[np.ndarray, "h w"]:
    """Return the piece of surface in the middle of a box: the nearest common depth there, and what hangs together."""
    import cv2

    central = np.zeros(inside.shape, bool)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    central[rows[0] + high // 4 : rows[-1] + 1 - high // 4, columns[0] + wide // 4 : columns[-1] + 1 - wide // 4] = True
    central &= inside
    typical_m = _nearest_mode(z_m[central if central.any() else inside])
    reach_m = min(max(BOX_REACH * looks_rad * typical_m, BOX_REACH_M[0]), BOX_REACH_M[1])
    near = inside & (np.abs(z_m - typical_m) <= reach_m)
    core = near & ~_jumps(z_m)
    split = np.count_nonzero(core) >= CORE_SHARE * np.count_nonzero(near)
    core = core if split else near
    _, pieces = cv2.connectedComponents(core.view(np.uint8), connectivity=8)
    counts = np.bincount(pieces[central & core], minlength=1)
    if counts.sum() == 0:
        counts = np.bincount(pieces[core], minlength=1)
    piece = pieces == int(np.argmax(counts))
    if split:  # the jump took a seam of the object's own pixels along
        piece = cv2.dilate(piece.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool) & near
    return piece


def _nearest_mode(z_m: Float32[np.ndarray, "n"]) -> float:
    """Return the nearest depth [m] at which a large share of the pixels lies."""
    low = float(z_m.min())
    counts = np.bincount(((z_m - low) / np.float32(BIN_M)).astype(np.int64)).astype(float)
    padded = np.concatenate([[0.0], counts, [0.0]])
    smooth = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    peak = (smooth >= RIVAL_SHARE * smooth.max()) & (smooth >= np.append(smooth[1:], 0.0))
    return low + (int(np.argmax(peak)) + 0.5) * BIN_M


def _jumps(z_m: Float32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the pixels on both sides of every jump in depth; a pixel without a return is one."""
    import cv2

    square: UInt8[np.ndarray, "3 3"] = np.ones((3, 3), np.uint8)
    return cv2.dilate(z_m, square) - cv2.erode(z_m, square) > np.float32(JUMP_M) + np.float32(JUMP_SHARE) * z_m


def smoothed(patch: Patch, sigma_m: float) -> Float32[np.ndarray, "h w"]:
    """Return the depth with each of the object's pixels the mean of those of the object round it (3 x 3).

    Else the noise of single pixels would make every object deeper than it is. A pixel that differs from its mean by
    more than three sigma_m keeps its value: there the surface bends.
    """
    import cv2

    weight = patch.object.astype(np.float32)
    total = cv2.boxFilter(patch.z_m * weight, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    count = cv2.boxFilter(weight, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    mean = total / np.maximum(count, np.float32(1))
    return np.where(np.abs(mean - patch.z_m) <= np.float32(3 * sigma_m), mean, patch.z_m)

"""Which pixels of a detection show the object itself, not what is behind it, beside it or in front of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8

from spatialmem.errors import InputError
from spatialmem.shortterm.support import SUPPORT_HALF_M, Inner, floor_m, heights, support_pixels
from spatialmem.types import Detection, Pinhole, RgbdFrame

__all__ = ["Patch", "patch_of", "smoothed"]

PIXELS_MAX = 4096
"""A larger detection is looked at in every second, third, ... row and column."""
MARGIN, MARGIN_SHARE = 2, 0.15
"""So many rows and columns round a detection are kept, to see what hides it; round a box this share of its sides
besides, to see what goes on beside it."""
GOES_ON_SHARE = 0.4
"""A surface of which so much lies beside the box, against what lies in it, is more than what the box is about."""
ON_FLOOR_M = 0.1
"""A level so near to the floor is the floor."""
BLANK_SHARE, FILLED_SHARE = 0.25, 0.05
"""A box of which so much gives no depth, and in which no surface that ends there fills so much, is about something that
the depth camera does not see."""
OTHER_SHARE = 0.3
"""Another piece is taken in its place if it is at least so large."""
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
    beyond: Bool[np.ndarray, "h w"] | None = None
    """Beside the box, and the same surface."""
    support_m: float | None = None
    """How high in W is what it stands on, where that is seen in front of it."""
    on_floor: bool = False
    """What it stands on is the floor."""
    unseen: bool = False
    """The object itself gives no depth: what is marked is something else."""


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
    wide, high = u_max - u_min + 1, v_max - v_min + 1
    step = int(np.ceil(np.sqrt(wide * high / PIXELS_MAX)))
    share = MARGIN_SHARE if detection.mask is None else 0.0
    aside, above = (MARGIN * step + int(share * side) for side in (wide, high))
    rows = slice(max(v_min - above, 0), min(v_max + above + 1, frame.camera.height), step)
    columns = slice(max(u_min - aside, 0), min(u_max + aside + 1, frame.camera.width), step)
    depth = frame.depth[rows, columns]
    scale = frame.depth_unit_m if depth.dtype.kind == "u" else 1.0
    z_m = depth.astype(np.float32) * np.float32(scale)
    valid = (z_m > 0) & (z_m <= range_max_m)
    looks_rad = max(wide, high) / frame.camera.fx
    if detection.mask is not None:
        inside = detection.mask[rows, columns] & valid
        marked = _one_depth(z_m, inside, looks_rad) if inside.any() else inside
        patch = Patch(z_m, marked, columns.start, rows.start, step)
        return patch if marked.any() else None
    inner = (
        -(-(v_min - rows.start) // step),
        (v_max - rows.start) // step,
        -(-(u_min - columns.start) // step),
        (u_max - columns.start) // step,
    )
    patch = Patch(z_m, np.zeros(z_m.shape, bool), columns.start, rows.start, step)
    return _in_box(patch, valid, inner, frame, looks_rad)


def _in_box(
    patch: Patch, valid: Bool[np.ndarray, "h w"], inner: Inner, frame: RgbdFrame, looks_rad: float
) -> Patch | None:
    """Mark the object of a box, less what it stands on; say whether it gives depth at all."""
    height_m = heights(patch.z_m, frame.camera, frame.X_WC, patch.u0, patch.v0, patch.step)
    support, support_m = support_pixels(height_m, valid, inner)
    ground_m = floor_m(frame)
    if ground_m is not None:
        support |= valid & (np.abs(height_m - np.float32(ground_m)) <= np.float32(SUPPORT_HALF_M))
    on_floor = support_m is not None and ground_m is not None and abs(support_m - ground_m) <= ON_FLOOR_M
    box = np.zeros(valid.shape, bool)
    box[inner[0] : inner[1] + 1, inner[2] : inner[3] + 1] = True
    area = np.count_nonzero(box)
    marked = beyond = box & valid & ~support
    if marked.any():
        marked, beyond = _nearest_surface(patch.z_m, box, valid & ~support, looks_rad)
    filled = np.count_nonzero(marked)
    something_else = filled < FILLED_SHARE * area or np.count_nonzero(beyond) > GOES_ON_SHARE * filled
    unseen = something_else and np.count_nonzero(box & ~valid) >= BLANK_SHARE * area
    if filled == 0 and not unseen:
        return None
    return patch._replace(object=marked, beyond=beyond, support_m=support_m, unseen=unseen, on_floor=on_floor)


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
    z_m: Float32[np.ndarray, "h w"], box: Bool[np.ndarray, "h w"], own: Bool[np.ndarray, "h w"], looks_rad: float
) -> tuple[Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Return the piece of surface in the middle of a box, and what of it lies beside the box.

    It is the nearest common depth there, and what hangs together. own: pixels that can be the object's.
    """
    import cv2

    inside = box & own
    central = np.zeros(inside.shape, bool)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    central[rows[0] + high // 4 : rows[-1] + 1 - high // 4, columns[0] + wide // 4 : columns[-1] + 1 - wide // 4] = True
    central &= inside
    typical_m = _nearest_mode(z_m[central if central.any() else inside])
    reach_m = min(max(BOX_REACH * looks_rad * typical_m, BOX_REACH_M[0]), BOX_REACH_M[1])
    near = own & (np.abs(z_m - typical_m) <= reach_m)
    core = near & ~_jumps(z_m)
    split = np.count_nonzero(core & box) >= CORE_SHARE * np.count_nonzero(near & box)
    core = core if split else near
    _, pieces = cv2.connectedComponents(core.view(np.uint8), connectivity=8)
    labels: Int32[np.ndarray, "h w"] = pieces.astype(np.int32)
    piece = _own_pieces(labels, core, box, central)[labels] & core
    if split:  # the jump took a seam of the object's own pixels along
        piece = cv2.dilate(piece.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool) & near
    return piece & box, piece & ~box


def _own_pieces(
    pieces: Int32[np.ndarray, "h w"],
    core: Bool[np.ndarray, "h w"],
    box: Bool[np.ndarray, "h w"],
    central: Bool[np.ndarray, "h w"],
) -> Bool[np.ndarray, "n"]:
    """Return which pieces are the object: all that end in the box, for leaves hang together in no picture.

    If they are few against what goes on beside the box, it is the largest piece in the middle.
    """
    count = int(pieces.max()) + 1
    in_box = np.bincount(pieces[box & core], minlength=count)
    counts = np.bincount(pieces[central & core], minlength=count)
    if counts.sum() == 0:
        counts = in_box
    ends = np.bincount(pieces[core & ~box], minlength=count) <= GOES_ON_SHARE * in_box
    own = ends & (in_box > 0)
    if counts[own].sum() >= OTHER_SHARE * counts.sum():
        return own
    return np.arange(count) == int(np.argmax(counts))


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

"""The picture of a frame, and boxes on its pixels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, UInt8

from spatialmem import EncodedImage, InputError, RgbdFrame

__all__ = ["box_of_mask", "color_of", "shape_of"]


def shape_of(frame: RgbdFrame) -> tuple[int, int]:
    """Return (height, width) of the frame's images."""
    height, width = frame.depth.shape
    return height, width


def color_of(frame: RgbdFrame, *, asked_by: str) -> UInt8[np.ndarray, "h w 3"]:
    """Return the frame's colour as RGB, shape (height, width, 3); not a copy, so it is not to be written to.

    Raises InputError where it has none, none that can be read, or one of another size than its depth.
    """
    color = frame.color
    pixels = color.pixels if isinstance(color, EncodedImage) else color
    if pixels is None:
        lacks = "has no colour" if color is None else "has a colour image that cannot be read"
        raise InputError(
            f"the frame of {frame.source!r} at {frame.stamp_ns} ns {lacks}; {asked_by} looks at colour: "
            f"give it frames of a colour camera."
        )
    if pixels.shape != (*shape_of(frame), 3):
        raise InputError(
            f"the frame of {frame.source!r} at {frame.stamp_ns} ns has colour of shape {pixels.shape} with depth of "
            f"shape {frame.depth.shape}; colour must be RGB of the depth's size."
        )
    return pixels


def box_of_mask(mask: Bool[np.ndarray, "h w"]) -> tuple[float, float, float, float]:
    """Return the box around a mask that is not empty, by the centres of its outermost pixels [px]."""
    u, v = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return float(u[0]), float(v[0]), float(u[-1]), float(v[-1])

"""The picture of one detection, as JPEG: what can be shown to a person who asks why something is remembered."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import UInt8

from spatialmem.types import Detection, EncodedImage, RgbdFrame

__all__ = ["crop_of"]

MARGIN_SHARE = 0.1
"""So much of the box's width and height is shown beyond each of its sides, that its surroundings can be seen."""


def crop_of(frame: RgbdFrame, detection: Detection, *, size_max_px: int = 160, quality: int = 85) -> bytes | None:
    """Return a JPEG of what a detection shows, its longer side at most size_max_px; never larger than it was seen.

    It is the detection's box, or its mask's bounds where it has no box, with a margin, cut at the border of the
    picture. quality: JPEG's, 1 to 100. None where the frame has no readable colour, and where nothing of the box lies
    in the picture.
    """
    import cv2

    rgb = frame.color.pixels if isinstance(frame.color, EncodedImage) else frame.color
    if rgb is None or (sides := _sides(detection)) is None:
        return None
    columns, rows = (_span(sides[i], sides[i + 2], rgb.shape[1 - i]) for i in (0, 1))
    crop = rgb[rows, columns]
    if crop.size == 0:
        return None
    bgr = cv2.cvtColor(_shrunk(crop, size_max_px), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _sides(detection: Detection) -> tuple[float, float, float, float] | None:
    """Return (u_min, v_min, u_max, v_max) [px]; the pixel at (0, 0) reaches from -0.5 to 0.5."""
    if detection.box_px is not None:
        return detection.box_px
    if detection.mask is None or not detection.mask.any():
        return None
    u, v = (np.flatnonzero(detection.mask.any(axis=axis)) for axis in (0, 1))
    return float(u[0]) - 0.5, float(v[0]) - 0.5, float(u[-1]) + 0.5, float(v[-1]) + 0.5


def _span(low: float, high: float, count: int) -> slice:
    """Return the columns, of `count`, that a box from low to high touches with its margin; none if it is outside."""
    if not (math.isfinite(low) and math.isfinite(high) and max(low, -0.5) < min(high, count - 0.5)):
        return slice(0, 0)
    margin = MARGIN_SHARE * (high - low)
    first, end = max(low - margin, -0.5), min(high + margin, count - 0.5)
    return slice(math.floor(first + 0.5), math.ceil(end + 0.5))


def _shrunk(image: UInt8[np.ndarray, "h w 3"], size_max_px: int) -> UInt8[np.ndarray, "h2 w2 3"]:
    """Return an image with its longer side at most so long: a pixel of it is the mean of those that it covers."""
    import cv2

    height, width = image.shape[:2]
    scale = size_max_px / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))

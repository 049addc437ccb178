"""Text, lines and marks on an RGB image, anti-aliased. Images are changed in place; positions are (x, y) pixels."""

from __future__ import annotations

import functools
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, UInt8

Color = tuple[int, int, int]
Place = tuple[int | float, int | float]
"""(x, y) in pixels, y downwards."""

_SUBPIXEL_BITS = 4
# OpenCV before 5 draws stroked letters of ASCII only.
_ASCII = str.maketrans({"·": "|", "°": " degrees", "³": "3", "…": "..."})


def blank(height: int, width: int, color: Color) -> UInt8[np.ndarray, "h w 3"]:
    """Return an image of one colour."""
    return np.full((height, width, 3), color, np.uint8)


@functools.cache
def _font() -> Any:
    """OpenCV 5's built-in outline font, or None before OpenCV 5."""
    import cv2

    return cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None


def text_width(words: str, size_px: int, *, bold: bool = False) -> int:
    """Return how wide a line of text will be [px]."""
    import cv2

    if (font := _font()) is not None:
        return int(cv2.getTextSize((0, 0), words, (0, 0), font, size_px, weight=600 if bold else 400)[2])  # type: ignore[call-overload]
    scale, thickness = size_px / 30, max(1, round(size_px / (9 if bold else 14)))
    return int(cv2.getTextSize(words.translate(_ASCII), cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)[0][0])


def text(
    image: UInt8[np.ndarray, "h w 3"],
    words: str,
    at: Place,
    size_px: int,
    color: Color,
    *,
    bold: bool = False,
    align: Literal["left", "center", "right"] = "left",
) -> None:
    """Write one line; `at` is the left end, the middle or the right end of its baseline."""
    import cv2

    shift = {"left": 0.0, "center": 0.5, "right": 1.0}[align] * text_width(words, size_px, bold=bold)
    origin = (round(at[0] - shift), round(at[1]))
    if (font := _font()) is not None:
        cv2.putText(image, words, origin, color, font, size_px, weight=600 if bold else 400)  # type: ignore[call-overload]
        return
    scale, thickness = size_px / 30, max(1, round(size_px / (9 if bold else 14)))
    face = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(image, words.translate(_ASCII), origin, face, scale, color, thickness, cv2.LINE_AA)


def _fixed(points_px: Float[np.ndarray, "n 2"]) -> Any:
    return np.round(points_px * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def polyline(
    image: UInt8[np.ndarray, "h w 3"], points_px: Float[np.ndarray, "n 2"], color: Color, width_px: int
) -> None:
    """Draw a line through points; a row of NaN breaks it."""
    import cv2

    gaps = np.flatnonzero(np.isnan(points_px).any(axis=1))
    for piece in np.split(points_px, gaps):
        piece = piece[~np.isnan(piece).any(axis=1)]
        if len(piece) > 1:
            cv2.polylines(image, [_fixed(piece)], False, color, width_px, cv2.LINE_AA, _SUBPIXEL_BITS)


def disc(image: UInt8[np.ndarray, "h w 3"], at: Place, radius_px: int | float, color: Color) -> None:
    """Fill a circle."""
    import cv2

    center = tuple(int(x) for x in _fixed(np.array([at], float))[0])
    cv2.circle(image, center, round(radius_px * (1 << _SUBPIXEL_BITS)), color, -1, cv2.LINE_AA, _SUBPIXEL_BITS)


def dashes(
    image: UInt8[np.ndarray, "h w 3"], points_px: Float[np.ndarray, "2 2"], color: Color, width_px: int, *, dash_px: int
) -> None:
    """Draw a broken line between two points, with dashes at both ends: the corners of an outline stay."""
    length = float(np.hypot(*(points_px[1] - points_px[0])))
    count = max(1, round(length / (2 * dash_px)))
    # A line is drawn with round ends, half as long as it is wide.
    half = max(0.25 / count - width_px / 2 / max(length, 1.0), 0.0)
    for n in range(count + 1):
        shares = np.clip([n / count - half, n / count + half], 0.0, 1.0)[:, None]
        polyline(image, points_px[0] + shares * (points_px[1] - points_px[0]), color, width_px)


def arrow(
    image: UInt8[np.ndarray, "h w 3"], points_px: Float[np.ndarray, "2 2"], color: Color, width_px: int, casing: Color
) -> None:
    """Draw an arrow from one point to another, where its tip is, with a rim; a short one is all head."""
    along = points_px[1] - points_px[0]
    length = float(np.hypot(*along))
    if length < 1:
        return
    ahead = along / length
    head = min(length, 4.5 * width_px)
    neck, side = points_px[1] - head * ahead, 0.45 * head * np.array([-ahead[1], ahead[0]])
    tip = np.stack([neck - side, points_px[1], neck + side])
    shaft = np.stack([points_px[0], neck + 0.3 * head * ahead])
    for extra, shade in ((4, casing), (0, color)):
        if length > head:
            polyline(image, shaft, shade, width_px + extra)
        if extra:
            polyline(image, np.concatenate([tip, tip[:1]]), shade, extra)
        polygon(image, tip, shade)


def polygon(
    image: UInt8[np.ndarray, "h w 3"], points_px: Float[np.ndarray, "n 2"], color: Color, opacity: float = 1.0
) -> None:
    """Fill a convex polygon, letting what is below shine through where opacity is below 1."""
    import cv2

    # Its soft rim reaches a little beyond its corners.
    low, high = np.floor(points_px.min(axis=0)).astype(int) - 3, np.ceil(points_px.max(axis=0)).astype(int) + 4
    part = image[max(low[1], 0) : max(high[1], 0), max(low[0], 0) : max(high[0], 0)]
    before = part.copy() if opacity < 1 else part
    cv2.fillConvexPoly(image, _fixed(points_px), color, cv2.LINE_AA, _SUBPIXEL_BITS)
    if opacity < 1:
        part[:] = np.round(before * (1.0 - opacity) + part * opacity).astype(np.uint8)


def box(
    image: UInt8[np.ndarray, "h w 3"], x: int, y: int, width: int, height: int, color: Color, opacity: float = 1.0
) -> None:
    """Fill a rectangle, letting what is below shine through where opacity is below 1. Parts outside are cut."""
    part = image[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
    part[:] = np.round(part * (1.0 - opacity) + np.array(color) * opacity).astype(np.uint8)


def hatch(height: int, width: int, ground: Color, stroke: Color, *, period_px: int = 14) -> UInt8[np.ndarray, "h w 3"]:
    """Return a field of thin diagonal strokes, with soft edges."""
    weight = np.clip(1.5 - np.abs(np.arange(period_px) - period_px / 2), 0.0, 1.0)[:, None]
    period = np.round(np.array(ground) * (1 - weight) + np.array(stroke) * weight).astype(np.uint8)
    return period[np.add.outer(np.arange(height), np.arange(width)) % period_px]


def paint(image: UInt8[np.ndarray, "h w 3"], where: Bool[np.ndarray, "h w"], color: Color) -> None:
    """Colour the pixels that are marked."""
    image[where] = color

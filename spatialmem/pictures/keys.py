"""What the colours of a panel mean, drawn in the strip below it."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from spatialmem.pictures import canvas, style
from spatialmem.pictures.plan import ramp
from spatialmem.pictures.sheet import draw_end, draw_start

__all__ = ["height_key", "occupancy_key", "plan_key", "words_key"]

_BASELINE = 44
_SWATCH = 26
_COLORS = {
    "occupied": style.OCCUPIED,
    "free": style.FREE,
    "unknown": style.UNKNOWN,
    "wall": style.OCCUPIED,
    "floor": style.FREE,
    "furniture": style.FURNITURE,
}


def occupancy_key(strip: UInt8[np.ndarray, "h w 3"], *, has_path: bool) -> None:
    """Draw swatches for occupied, free and unknown, and the two ends of the path, spread over the width."""
    _draw_marks(strip, ("occupied", "free", "unknown", *(("start", "end") if has_path else ())))


def plan_key(strip: UInt8[np.ndarray, "h w 3"]) -> None:
    """Draw swatches for what is on a floor plan, spread over the width."""
    _draw_marks(strip, ("wall", "floor", "furniture", "object"))


def _draw_marks(strip: UInt8[np.ndarray, "h w 3"], names: tuple[str, ...]) -> None:
    widths = [_SWATCH + 10 + canvas.text_width(name, style.CAPTION_PX) for name in names]
    gap = max(8.0, (strip.shape[1] - sum(widths)) / (len(names) - 1))
    x = 0.0
    for name, width in zip(names, widths, strict=True):
        _draw_mark(strip, name, round(x))
        canvas.text(strip, name, (x + _SWATCH + 10, _BASELINE), style.CAPTION_PX, style.FAINT)
        x += width + gap


def _draw_mark(strip: UInt8[np.ndarray, "h w 3"], name: str, x: int) -> None:
    middle = (x + _SWATCH / 2, _BASELINE - 9.0)
    top = _BASELINE - 9 - _SWATCH // 2
    if name == "start":
        draw_start(strip, middle)
    elif name == "end":
        draw_end(strip, middle)
    elif name == "object":
        canvas.disc(strip, middle, _SWATCH / 3, style.OBJECT)
    else:
        canvas.box(strip, x, top, _SWATCH, _SWATCH, style.FAINT)
        inner = strip[top + 1 : top + _SWATCH - 1, x + 1 : x + _SWATCH - 1]
        inner[:] = _COLORS[name]
        if name == "unknown":
            inner[:] = canvas.hatch(_SWATCH - 2, _SWATCH - 2, style.UNKNOWN, style.UNKNOWN_STROKE)


def height_key(strip: UInt8[np.ndarray, "h w 3"], *, low_m: float, high_m: float) -> None:
    """Draw the colour bar of heights, with a mark at every round height."""
    width = strip.shape[1]
    low_words, high_words = f"{low_m:.1f} m", f"{high_m:.1f} m"
    left = canvas.text_width(low_words, style.CAPTION_PX) + 16
    right = width - canvas.text_width(high_words, style.CAPTION_PX) - 16
    top = _BASELINE - 9 - _SWATCH // 2
    shares = np.linspace(0, 255, max(1, right - left)).round().astype(int)
    strip[top : top + _SWATCH, left:right] = ramp()[shares][None]
    for height_m in np.arange(np.ceil(low_m * 2), np.floor(high_m * 2) + 1) / 2:
        at = left + round((right - left) * float(height_m - low_m) / (high_m - low_m))
        if left < at < right:
            canvas.box(strip, at - 1, top + _SWATCH, 3, 7, style.FAINT)
            canvas.text(
                strip, f"{height_m:g}", (at, top + _SWATCH + 27), style.CAPTION_PX - 5, style.FAINT, align="center"
            )
    canvas.text(strip, low_words, (0, _BASELINE), style.CAPTION_PX, style.FAINT)
    canvas.text(strip, high_words, (width, _BASELINE), style.CAPTION_PX, style.FAINT, align="right")


def words_key(strip: UInt8[np.ndarray, "h w 3"], *, words: str) -> None:
    """Write one line."""
    canvas.text(strip, words, (0, _BASELINE), style.CAPTION_PX, style.FAINT)

"""Charts as an image: a line an arm over a few places along x, with its interval as a bar. Drawn with OpenCV."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from sim.suites.frame import Chart, Series

__all__ = ["draw_charts"]

WIDTH_PX, HEIGHT_PX = 720, 420
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 70, 150, 50, 60
INK, PALE = (40, 40, 44), (222, 222, 226)
COLORS = ((120, 120, 126), (214, 138, 40), (52, 120, 196), (196, 48, 60), (46, 140, 82), (140, 84, 170))
"""Of the lines, in their order."""
APART_PX = 7
"""Lines stand so far beside each other, or their bars would hide each other."""
TICKS = 5
SMOOTH = 16
"""cv2.LINE_AA."""


def draw_charts(charts: Sequence[Chart]) -> UInt8[np.ndarray, "h w 3"]:
    """Return charts below each other as one RGB image."""
    return np.concatenate([_drawn(chart) for chart in charts])


def _drawn(chart: Chart) -> UInt8[np.ndarray, "h w 3"]:
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), 255, np.uint8)
    low, high, step = _scale(chart.series)
    _axes(image, chart, low, high, step)
    for number, series in enumerate(chart.series):
        color = COLORS[number % len(COLORS)]
        shift_px = round((number - (len(chart.series) - 1) / 2) * APART_PX)
        _line(image, chart, series, color, shift_px, low, high)
        _words(image, series.name, WIDTH_PX - RIGHT_PX + 34, TOP_PX + 8 + 22 * number, INK)
        _dot(image, (WIDTH_PX - RIGHT_PX + 22, TOP_PX + 4 + 22 * number), color)
    return image


def _scale(series: Sequence[Series]) -> tuple[float, float, float]:
    """Return the ends of the y axis and the step between its marks: 1, 2 or 5 times a power of ten."""
    every = [v for s in series for part in (s.middle, s.low, s.high) for v in part if math.isfinite(v)]
    low, high = min([0.0, *every]), max([0.0, *every])
    span = (high - low) or 1.0
    rough = span / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough * (1 - 1e-9))
    return math.floor(low / step + 1e-9) * step, math.ceil(max(high, low + step) / step - 1e-9) * step, step


def _x_px(chart: Chart, place: int) -> int:
    width_px = WIDTH_PX - LEFT_PX - RIGHT_PX
    return LEFT_PX + round((place + 0.5) * width_px / max(len(chart.x), 1))


def _y_px(value: float, low: float, high: float) -> int:
    return HEIGHT_PX - BOTTOM_PX - round((value - low) / (high - low) * (HEIGHT_PX - TOP_PX - BOTTOM_PX))


def _axes(image: UInt8[np.ndarray, "h w 3"], chart: Chart, low: float, high: float, step: float) -> None:
    import cv2

    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        y = _y_px(value, low, high)
        cv2.line(image, (LEFT_PX, y), (WIDTH_PX - RIGHT_PX, y), INK if abs(value) < step / 2 else PALE, 1)
        _words(image, f"{value:.6g}", 12, y + 4, INK)
    for place, name in enumerate(chart.x):
        _words(image, name, _x_px(chart, place) - 4 * len(name), HEIGHT_PX - BOTTOM_PX + 22, INK)
    _words(image, chart.x_name, LEFT_PX, HEIGHT_PX - 14, INK)
    _words(image, chart.title, 12, 24, INK, 0.55)


def _line(
    image: UInt8[np.ndarray, "h w 3"],
    chart: Chart,
    series: Series,
    color: tuple[int, int, int],
    shift_px: int,
    low: float,
    high: float,
) -> None:
    import cv2

    before: tuple[int, int] | None = None
    for place, (value, bottom, top) in enumerate(zip(series.middle, series.low, series.high, strict=True)):
        if not math.isfinite(value):
            before = None
            continue
        x = _x_px(chart, place) + shift_px
        here = x, _y_px(value, low, high)
        if math.isfinite(bottom) and math.isfinite(top):
            cv2.line(image, (x, _y_px(bottom, low, high)), (x, _y_px(top, low, high)), color, 1, SMOOTH)
        if before is not None:
            cv2.line(image, before, here, color, 2, SMOOTH)
        _dot(image, here, color)
        before = here


def _dot(image: UInt8[np.ndarray, "h w 3"], at_px: tuple[int, int], color: tuple[int, int, int]) -> None:
    import cv2

    cv2.circle(image, at_px, 4, color, -1, SMOOTH)


def _words(
    image: UInt8[np.ndarray, "h w 3"], text: str, x_px: int, y_px: int, color: tuple[int, int, int], size: float = 0.45
) -> None:
    import cv2

    cv2.putText(image, text, (x_px, y_px), cv2.FONT_HERSHEY_SIMPLEX, size, color, 1, SMOOTH)

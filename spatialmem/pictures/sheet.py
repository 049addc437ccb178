"""Panels under a title, side by side or one below the other, each with its heading, its scale and its key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from spatialmem.pictures import canvas, style
from spatialmem.pictures.projection import Projection

__all__ = ["KEY_PX", "Panel", "compose", "draw_end", "draw_ends", "draw_path", "draw_start"]

TOP_PX = 150
HEAD_PX = 62
KEY_PX = 86
SCALE_BAR_MAX_PX = 160


@dataclass(frozen=True, eq=False)
class Panel:
    """One image with what is written above it, and what draws its key below it."""

    heading: str
    detail: str
    """What the heading leaves open, in smaller letters behind it."""
    image: UInt8[np.ndarray, "h w 3"]
    px_per_m: float
    key: Callable[[UInt8[np.ndarray, "h w 3"]], None] | None = None
    """Draws into a strip of paper as wide as the image."""
    key_px: int = KEY_PX
    """How high that strip is."""


def compose(
    title: str, notes: Sequence[str], panels: Sequence[Panel], *, stacked: bool = False
) -> UInt8[np.ndarray, "h w 3"]:
    """Return the whole sheet: the title, a line of notes, the panels in a row, or in a column if `stacked`."""
    heights = [HEAD_PX + panel.image.shape[0] + panel.key_px for panel in panels]
    widths = [panel.image.shape[1] for panel in panels]
    gaps = style.GAP_PX * (len(panels) - 1)
    width = max(widths) if stacked else sum(widths) + gaps
    height = sum(heights) if stacked else max(heights)
    sheet = canvas.blank(TOP_PX + height + style.MARGIN_PX // 2, width + 2 * style.MARGIN_PX, style.PAPER)
    canvas.text(sheet, title, (style.MARGIN_PX, 80), style.TITLE_PX, style.INK, bold=True)
    canvas.text(sheet, " · ".join(notes), (style.MARGIN_PX, 126), style.CAPTION_PX, style.FAINT)
    x, y = style.MARGIN_PX, TOP_PX
    for panel, panel_width, panel_height in zip(panels, widths, heights, strict=True):
        _place(sheet[y : y + panel_height, x : x + panel_width], panel)
        if stacked:
            y += panel_height
        else:
            x += panel_width + style.GAP_PX
    return sheet


def _place(paper: UInt8[np.ndarray, "h w 3"], panel: Panel) -> None:
    """Draw a panel into its part of the sheet; heading, scale and detail as far as there is room for them."""
    baseline, bottom = HEAD_PX - 18, HEAD_PX + panel.image.shape[0]
    paper[HEAD_PX:bottom] = panel.image
    canvas.text(paper, panel.heading, (0, baseline), style.HEADING_PX, style.INK, bold=True)
    left = canvas.text_width(panel.heading, style.HEADING_PX, bold=True) + 18
    right = _draw_scale_bar(paper, panel.px_per_m, left, baseline)
    if left + canvas.text_width(panel.detail, style.CAPTION_PX) <= right:
        canvas.text(paper, panel.detail, (left, baseline), style.CAPTION_PX, style.FAINT)
    if panel.key is not None:
        panel.key(paper[bottom:])


def _draw_scale_bar(paper: UInt8[np.ndarray, "h w 3"], px_per_m: float, left: int, baseline: int) -> int:
    """Draw a bar of a round length at the right end of the heading; return where it begins."""
    length_m = round_length_m(SCALE_BAR_MAX_PX / px_per_m)
    length_px = max(1, round(length_m * px_per_m))
    words = f"{length_m:g} m" if length_m >= 1 else f"{length_m * 100:g} cm"
    x = paper.shape[1] - length_px
    start = x - 14 - canvas.text_width(words, style.CAPTION_PX)
    if start < left:
        return paper.shape[1]
    canvas.text(paper, words, (x - 14, baseline), style.CAPTION_PX, style.INK, align="right")
    canvas.box(paper, x, baseline - 11, length_px, 4, style.INK)
    for end in (x, x + length_px - 4):
        canvas.box(paper, end, baseline - 19, 4, 20, style.INK)
    return start - 18


def round_length_m(longest_m: float) -> float:
    """Return the greatest of 1, 2, 5 times a power of ten that is not longer."""
    power = 10.0 ** np.floor(np.log10(longest_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= longest_m * (1 + 1e-9)))


def draw_path(image: UInt8[np.ndarray, "h w 3"], projection: Projection, path_W: Float[np.ndarray, "n 3"]) -> None:
    """Draw where the sensor went, with a disc where it started and a square where it ended."""
    pixels = projection.pixels(path_W)
    canvas.polyline(image, pixels, style.CASING, 8)
    canvas.polyline(image, pixels, style.PATH, 4)
    draw_ends(image, projection, path_W)


def draw_ends(image: UInt8[np.ndarray, "h w 3"], projection: Projection, path_W: Float[np.ndarray, "n 3"]) -> None:
    """Draw the marks of a path's end and start, the smaller one last: both stay visible on a round trip."""
    pixels = projection.pixels(path_W[np.isfinite(path_W).all(axis=1)])
    if len(pixels):
        draw_end(image, (float(pixels[-1, 0]), float(pixels[-1, 1])))
        draw_start(image, (float(pixels[0, 0]), float(pixels[0, 1])))


def draw_start(image: UInt8[np.ndarray, "h w 3"], at: canvas.Place) -> None:
    """Draw the mark of a path's start."""
    canvas.disc(image, at, 11, style.CASING)
    canvas.disc(image, at, 8, style.START)


def draw_end(image: UInt8[np.ndarray, "h w 3"], at: canvas.Place) -> None:
    """Draw the mark of a path's end."""
    for half, color in ((15, style.CASING), (12, style.END)):
        x, y = at
        corners = [[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
        canvas.polygon(image, np.array(corners, float), color)

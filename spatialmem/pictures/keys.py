"""What the colours of a panel mean, drawn in the strip below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from spatialmem.pictures import canvas, style
from spatialmem.pictures.floor_plan import FloorPlan
from spatialmem.pictures.graph import FloorGraph, draw_mesh
from spatialmem.pictures.objects import (
    AHEAD_S,
    DASH_PX,
    FILL_OPACITY,
    LINE_PX,
    NO_BELIEFS,
    SIDE_MIN_PX,
    THIN_LINE_PX,
    Beliefs,
    draw_cross,
    draw_outline,
    is_missing,
)
from spatialmem.pictures.plan import ramp
from spatialmem.pictures.projection import Projection
from spatialmem.pictures.sheet import KEY_PX, draw_end, draw_start
from spatialmem.pictures.way import DASH_PX as WAY_DASH_PX
from spatialmem.pictures.way import LINE_PX as WAY_PX
from spatialmem.pictures.way import PLANNED_PX, Way, draw_stop
from spatialmem.types import ObjectState

__all__ = [
    "color_key",
    "graph_marks",
    "height_key",
    "height_px",
    "map_key",
    "marks_of",
    "occupancy_key",
    "plan_key",
    "plan_marks",
    "way_marks",
]

Mark = Literal[
    "box",
    "empty box",
    "dashed box",
    "crossed box",
    "link",
    "arrow",
    "tint",
    "network",
    "way",
    "planned",
    "path",
    "stop",
    "moved",
    "brought",
    "",
]
"""What an entry of the key begins with; "" for words alone."""
Marks = tuple[tuple[Mark, str], ...]

_BASELINE = 44
_SWATCH = 26
_ROW_PX = 40
_MARK_GAP_PX = 40
_ARROW = 40
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


def marks_of(
    objects: Sequence[ObjectState],
    projection: Projection,
    *,
    named: int,
    filled: bool = True,
    beliefs: Beliefs = NO_BELIEFS,
) -> Marks:
    """Return what a key has to explain of the objects on a picture, `named` of them with names: only what is there."""
    small_m = SIDE_MIN_PX / projection.px_per_m
    marks: list[tuple[Mark, str]] = []
    missing = {one.id for one in objects if is_missing(one, beliefs)}
    if any(one.confirmed for one in objects if one.id not in missing):
        sure = ", filled by P(still there)" if filled and beliefs else ""
        marks.append(("box" if filled else "empty box", f"object, coloured by label{sure}"))
    if missing:
        marks.append(("crossed box", "missing: looked for, not there"))
    if any(one.id in beliefs and beliefs[one.id].candidates for one in objects):
        marks.append(("link", "may be the same"))
    if not all(one.confirmed for one in objects):
        marks.append(("dashed box", "not confirmed yet"))
    if any(one.velocity_W_m_s.any() for one in objects):
        marks.append(("arrow", f"goes so far in {AHEAD_S:g} s"))
    if any((one.size_m[:2] < small_m).any() for one in objects):
        marks.append(("", "small ones enlarged"))
    if named < len(objects):
        marks.append(("", f"{named} of {len(objects)} named"))
    return tuple(marks)


def graph_marks(graph: FloorGraph | None, *, network: bool, named: int) -> Marks:
    """Return what a key has to explain of a graph: `network` says whether places and edges are on the picture.

    named: so many rooms have their names.
    """
    if graph is None:
        return ()
    marks: list[tuple[Mark, str]] = [("tint", "room")] if graph.rooms else []
    if network:
        marks.append(("network", "places to stand, and edges"))
    if named < len(graph.rooms):
        marks.append(("", f"{named} of {len(graph.rooms)} rooms named"))
    return tuple(marks)


def way_marks(way: Way | None) -> Marks:
    """Return what a key has to explain of a way."""
    if way is None:
        return ()
    line: tuple[tuple[Mark, str], ...] = (("way", "the way"),) if len(way.points_W) else ()
    if way.planned:
        line = (("path", "the way driven"), *((("planned", "the way planned first"),) if line else ()))
    return (*line, ("stop", way.stop_words)) if way.stops else line


def height_px(width: int, marks: Marks) -> int:
    """Return how high the strip of a key must be whose marks are below its first row [px]."""
    return KEY_PX + _ROW_PX * len(_rows(width, marks))


def map_key(strip: UInt8[np.ndarray, "h w 3"], *, has_path: bool, marks: Marks) -> None:
    """Draw the key of free and occupied space, and below it what the marks of objects mean."""
    occupancy_key(strip, has_path=has_path)
    _draw_rows(strip[_ROW_PX:], marks)


def color_key(strip: UInt8[np.ndarray, "h w 3"], *, words: str, marks: Marks) -> None:
    """Write one line, and below it what the marks of objects mean."""
    canvas.text(strip, words, (0, _BASELINE), style.CAPTION_PX, style.FAINT)
    _draw_rows(strip[_ROW_PX:], marks)


def _draw_rows(strip: UInt8[np.ndarray, "h w 3"], marks: Marks) -> None:
    """Draw marks with their words, in as many rows as they need."""
    for n, row in enumerate(_rows(strip.shape[1], marks)):
        x, baseline = 0, _BASELINE + n * _ROW_PX
        for mark, words in row:
            _draw_object_mark(strip, mark, x, baseline - 9 - _SWATCH // 2)
            canvas.text(strip, words, (x + _indent(mark), baseline), style.CAPTION_PX, style.FAINT)
            x += _entry_px(mark, words) + _MARK_GAP_PX


def _rows(width: int, marks: Marks) -> list[list[tuple[Mark, str]]]:
    """Return marks in rows that are not wider than a strip."""
    rows: list[list[tuple[Mark, str]]] = []
    left = 0
    for mark, words in marks:
        if not rows or left + _entry_px(mark, words) > width:
            rows.append([])
            left = 0
        rows[-1].append((mark, words))
        left += _entry_px(mark, words) + _MARK_GAP_PX
    return rows


def _entry_px(mark: Mark, words: str) -> int:
    return _indent(mark) + canvas.text_width(words, style.CAPTION_PX)


def _indent(mark: Mark) -> int:
    """Return where the words of an entry begin, behind its mark [px]."""
    return {
        "": 0,
        **dict.fromkeys(("arrow", "link", "network", "way", "planned", "path", "moved", "brought"), _ARROW + 10),
    }.get(mark, _SWATCH + 10)


def _draw_object_mark(strip: UInt8[np.ndarray, "h w 3"], mark: Mark, x: int, y: int) -> None:
    """Draw a mark as it is on the picture, from (x, y) to the right and down."""
    color, low, high = style.LABELS[0], np.array([x, y]) + 2.0, np.array([x, y]) + _SWATCH - 3.0
    if mark in ("arrow", "moved", "brought"):
        color = {"arrow": color, "moved": style.MOVED, "brought": style.BROUGHT}[mark]
        middle = y + _SWATCH / 2
        canvas.arrow(strip, np.array([[x, middle], [x + _ARROW, middle]]), color, LINE_PX, style.CASING)
    elif mark == "link":
        middle = y + _SWATCH / 2
        canvas.dashes(strip, np.array([[x, middle], [x + _ARROW, middle]]), color, THIN_LINE_PX, dash_px=DASH_PX)
    elif mark == "planned":
        ends = np.array([[x, y + _SWATCH / 2], [x + _ARROW, y + _SWATCH / 2]])
        canvas.dashes(strip, ends, style.WAY, PLANNED_PX, dash_px=WAY_DASH_PX)
    elif mark in ("way", "path"):
        canvas.box(strip, x, y + _SWATCH // 2 - WAY_PX // 2, _ARROW, WAY_PX, style.WAY if mark == "way" else style.PATH)
    elif mark == "stop":
        draw_stop(strip, (x + _SWATCH / 2, y + _SWATCH / 2))
    elif mark == "network":
        ends = np.array([[x + 5.0, y + _SWATCH / 2], [x + _ARROW - 5.0, y + _SWATCH / 2]])
        draw_mesh(strip, ends, np.array([[0, 1]]), radius_px=3.0)
    elif mark == "tint":
        canvas.box(strip, x, y, _SWATCH, _SWATCH, style.FAINT)
        for n, tint in enumerate(style.ROOMS[:2]):
            canvas.box(strip, x + 1 + n * _SWATCH // 2, y + 1, _SWATCH // 2 - 1, _SWATCH - 2, tint)
    elif mark:
        corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
        if mark == "box":
            canvas.polygon(strip, corners, color, FILL_OPACITY)
        edges = [corners[[n, (n + 1) % 4]] for n in range(4)]
        draw_outline(strip, edges, color, line_px=LINE_PX, dashed=mark == "dashed box")
        if mark == "crossed box":
            draw_cross(strip, corners, color)


def plan_marks(plan: FloorPlan) -> Marks:
    """Return what a key has to explain of the things that were carried about."""
    moved: Marks = (("moved", "moved by somebody"),) if plan.moved else ()
    brought: Marks = (("brought", "brought by the robot"),) if plan.brought else ()
    return (*moved, *brought)


def plan_key(strip: UInt8[np.ndarray, "h w 3"], *, marks: Marks = ()) -> None:
    """Draw swatches for what is on a floor plan, spread over the width, and below them its marks."""
    _draw_marks(strip, ("wall", "floor", "furniture", "object"))
    _draw_rows(strip[_ROW_PX:], marks)


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

"""Remembered objects on a picture: the box of each as it is seen, how it moves, its name, how surely it is there."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float, UInt8

from spatialmem.pictures import canvas, style
from spatialmem.pictures.names import Tag, place_tags, shortened, write_tags
from spatialmem.pictures.projection import Projection
from spatialmem.pictures.sheet import draw_ends, draw_path
from spatialmem.pictures.way import Way, draw_way, draw_way_ends, stop_tags
from spatialmem.types import ObjectState, Presence, Whereabouts

__all__ = [
    "Beliefs",
    "draw_arrows",
    "draw_boxes",
    "draw_cross",
    "draw_links",
    "draw_names",
    "draw_outline",
    "is_missing",
    "label_color",
    "marked",
    "reach_of",
]

Beliefs = Mapping[int, Whereabouts]
"""What is believed of objects, by their ids; of some or all of those on a picture."""
NO_BELIEFS: Beliefs = {}

SIDE_MIN_PX = 10
"""Boxes are drawn at least this wide, whatever is in them: a mug is a few pixels of a home."""
LINE_PX, THIN_LINE_PX, CASING_PX = 3, 2, 1
THIN_BELOW_PX_PER_M = 50.0
"""On a smaller picture than this all lines are thin; those round what is not confirmed always are."""
DASH_PX = 6
"""Of a broken line: the length of a dash, and of a gap, about."""
FILL_OPACITY = 0.22
SURE_OPACITY = 0.5
"""Of a box whose object is certainly there, where that is known; one that is there with p has p times as much."""
NAME_SIZES_PX = (20, 18, 16, 14)
"""The largest size at which all names find a place is taken; at the smallest, those that find one are written."""
AHEAD_S = 1.0
"""Arrows are as long as what moves goes in this time."""

CORNERS = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))
"""Of a box, as shares of its size: the one at index 4 i + 2 j + k is at the i-th end of x, j-th of y, k-th of z."""
TOP = [1, 3, 7, 5]
"""The corners of the upper face, in turn."""
EDGES = tuple((a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b) in (1, 2, 4))
SEEN_COSINE = 1e-6
"""A face is turned to the eye by more than this: from straight above, walls are not."""


def label_color(label: str) -> canvas.Color:
    """Return the colour of a label: the same on every picture, whatever else is on it. Some labels share one."""
    return style.LABELS[zlib.crc32(label.encode("utf-8", "surrogatepass")) % len(style.LABELS)]


def reach_of(objects: Sequence[ObjectState]) -> Float[np.ndarray, "n 3"]:
    """Return points_W that a picture has to show for all boxes and arrows to be on it."""
    points = [np.zeros((0, 3))]
    for one in objects:
        points += [_corners_W(one, 0.0), (one.center_W + AHEAD_S * one.velocity_W_m_s)[None]]
    return np.concatenate(points)


def draw_boxes(
    image: UInt8[np.ndarray, "h w 3"],
    objects: Sequence[ObjectState],
    projection: Projection,
    *,
    filled: bool = True,
    beliefs: Beliefs = NO_BELIEFS,
) -> None:
    """Draw the edges of boxes that are seen, small things over large ones; those not confirmed thin and dashed.

    beliefs: a box is the fuller the surer its object is there, and crossed out where it is missing.
    """
    for one in _large_first(objects):
        corners, color = _corners_px(one, projection), label_color(one.label)
        missing = is_missing(one, beliefs)
        if one.confirmed and filled and not missing:
            opacity = SURE_OPACITY * beliefs[one.id].p_there if one.id in beliefs else FILL_OPACITY
            canvas.polygon(image, _hull(corners), color, opacity)
        edges = [corners[list(edge)] for edge in _seen_edges(one, projection)]
        draw_outline(image, edges, color, line_px=_line_px(projection), dashed=not one.confirmed)
        if missing:
            draw_cross(image, corners[TOP], color)


def is_missing(one: ObjectState, beliefs: Beliefs) -> bool:
    """Return whether an object was looked for and is not there."""
    return one.missing or (one.id in beliefs and beliefs[one.id].presence == Presence.MISSING)


def draw_cross(image: UInt8[np.ndarray, "h w 3"], corners_px: Float[np.ndarray, "4 2"], color: canvas.Color) -> None:
    """Cross out a face, its corners in turn."""
    lines = [corners_px[[0, 2]], corners_px[[1, 3]]]
    for shade, width_px in ((style.CASING, THIN_LINE_PX + 2 * CASING_PX), (color, THIN_LINE_PX)):
        for line in lines:
            canvas.polyline(image, line, shade, width_px)


def draw_links(
    image: UInt8[np.ndarray, "h w 3"], objects: Sequence[ObjectState], projection: Projection, beliefs: Beliefs
) -> None:
    """Draw a broken line from where each object was to every other place where it may be."""
    for one in _large_first(objects):
        for other in beliefs[one.id].candidates if one.id in beliefs else ():
            line = projection.pixels(np.stack([one.center_W, other.p_W]))
            canvas.polyline(image, line, style.CASING, THIN_LINE_PX + 2 * CASING_PX)
            canvas.dashes(image, line, label_color(one.label), THIN_LINE_PX, dash_px=DASH_PX)


def draw_outline(
    image: UInt8[np.ndarray, "h w 3"],
    edges: Sequence[Float[np.ndarray, "2 2"]],
    color: canvas.Color,
    *,
    line_px: int,
    dashed: bool,
) -> None:
    """Draw the edges of one box, with a rim; dashes are thin."""
    width_px = THIN_LINE_PX if dashed else line_px
    for edge in edges:
        canvas.polyline(image, edge, style.CASING, width_px + 2 * CASING_PX)
    for edge in edges:
        if dashed:
            canvas.dashes(image, edge, color, width_px, dash_px=DASH_PX)
        else:
            canvas.polyline(image, edge, color, width_px)


def draw_arrows(image: UInt8[np.ndarray, "h w 3"], objects: Sequence[ObjectState], projection: Projection) -> None:
    """Draw where each moving thing will be in a second."""
    for one in _large_first(objects):
        if one.velocity_W_m_s.any():
            way_W = np.stack([one.center_W, one.center_W + AHEAD_S * one.velocity_W_m_s])
            canvas.arrow(image, projection.pixels(way_W), label_color(one.label), _line_px(projection), style.CASING)


def marked(
    image: UInt8[np.ndarray, "h w 3"],
    objects: Sequence[ObjectState],
    projection: Projection,
    path_W: Float[np.ndarray, "n 3"],
    beliefs: Beliefs = NO_BELIEFS,
    way: Way | None = None,
) -> tuple[Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Return which pixels names had better not hide, for lines are there, and which they must not: ends of paths."""
    marks, ends = np.full_like(image, style.CASING), np.full_like(image, style.INK)
    draw_path(marks, projection, path_W)
    draw_boxes(marks, objects, projection, filled=False, beliefs=beliefs)
    draw_links(marks, objects, projection, beliefs)
    draw_arrows(marks, objects, projection)
    draw_ends(ends, projection, path_W)
    if way is not None:
        draw_way(marks, way, projection)
        draw_way_ends(ends, way, projection)
    return (marks != style.CASING).any(axis=2), (ends != style.INK).any(axis=2)  # ends with their rims


def draw_names(
    image: UInt8[np.ndarray, "h w 3"],
    objects: Sequence[ObjectState],
    projection: Projection,
    path_W: Float[np.ndarray, "n 3"],
    beliefs: Beliefs = NO_BELIEFS,
    *,
    way: Way | None = None,
    kept: Bool[np.ndarray, "h w"] | None = None,
) -> int:
    """Write the names that there is room for, clear of boxes and of the path; return how many these are.

    Small things choose first, for a name finds more places round a large one; what is not confirmed chooses last.
    beliefs: behind a name is written how surely the object is there, and what is missing is struck out. way: its stops
    are named before all things. kept: pixels that no name may be on.
    """
    stops = () if way is None else stop_tags(way, projection)
    if not objects and not stops:
        return 0
    busy, clear = marked(image, objects, projection, path_W, beliefs, way)
    clear = clear if kept is None else clear | kept
    tags = [
        Tag(
            _words(one, beliefs),
            _hull(_corners_px(one, projection)),
            label_color(one.label),
            struck=is_missing(one, beliefs),
        )
        for one in sorted(objects, key=lambda one: (not one.confirmed, _floor_m2(one), one.id))
    ]
    for size_px in NAME_SIZES_PX:
        last = size_px == NAME_SIZES_PX[-1]
        placed = place_tags([*stops, *tags], busy=busy, kept=clear, size_px=size_px, all_or_none=not last)
        if placed or last:
            write_tags(image, placed, size_px)
            return sum(one.tag not in stops for one in placed)
    return 0


def _words(one: ObjectState, beliefs: Beliefs) -> str:
    """Return "mug-3 0.82", or "mug-3" where nothing is known of how surely it is there."""
    name = f"{shortened(one.label)}-{one.id}"
    return f"{name} {beliefs[one.id].p_there:.2f}" if one.id in beliefs else name


def _line_px(projection: Projection) -> int:
    return LINE_PX if projection.px_per_m >= THIN_BELOW_PX_PER_M else THIN_LINE_PX


def _large_first(objects: Sequence[ObjectState]) -> list[ObjectState]:
    """Return objects by the floor that they cover; of equal ones the older first."""
    return sorted(objects, key=lambda one: (-_floor_m2(one), one.id))


def _floor_m2(one: ObjectState) -> float:
    return float(one.size_m[0] * one.size_m[1])


def _corners_W(one: ObjectState, side_min_m: float) -> Float[np.ndarray, "8 3"]:
    """Return the corners of a box, with sides over the floor of at least so much [m]."""
    size_m = np.append(np.maximum(one.size_m[:2], side_min_m), one.size_m[2])
    corners = CORNERS * size_m
    cos, sin = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
    x, y = cos * corners[:, 0] - sin * corners[:, 1], sin * corners[:, 0] + cos * corners[:, 1]
    return one.center_W + np.stack([x, y, corners[:, 2]], axis=1)


def _corners_px(one: ObjectState, projection: Projection) -> Float[np.ndarray, "8 2"]:
    return projection.pixels(_corners_W(one, SIDE_MIN_PX / projection.px_per_m))


def _hull(corners_px: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "m 2"]:
    import cv2

    return cv2.convexHull(corners_px.astype(np.float32))[:, 0].astype(np.float64)


def _seen_edges(one: ObjectState, projection: Projection) -> list[tuple[int, int]]:
    """Return the edges of the faces that are turned to the eye: from straight above, those of the top."""
    cos, sin = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
    axes_W = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    towards = axes_W @ -projection.gaze_W
    seen = []
    for a, b in EDGES:
        for axis in range(3):
            bit = 4 >> axis
            on_face = not (a ^ b) & bit  # both ends are at the same end of this axis
            if on_face and (1 if a & bit else -1) * towards[axis] > SEEN_COSINE:
                seen.append((a, b))
                break
    return seen

"""A way on a picture: a line along it, its ends, and the stops of a search in their order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from spatialmem.pictures import canvas, style
from spatialmem.pictures.names import Tag
from spatialmem.pictures.projection import Projection
from spatialmem.pictures.sheet import draw_end, draw_start

__all__ = [
    "DASH_PX",
    "LINE_PX",
    "PLANNED_PX",
    "Stop",
    "Way",
    "draw_stop",
    "draw_way",
    "draw_way_ends",
    "stop_tags",
    "way_reach",
]

LINE_PX, PLANNED_PX, GAZE_PX, STOP_PX, RIM_PX = 5, 3, 2, 7, 2
DASH_PX = 6


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """Where somebody stops on a way, to look at something; it may be where it stands [m]."""

    p_W: Float[np.ndarray, "3"]
    look_at_W: Float[np.ndarray, "3"]
    words: str
    """Written beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way over the floor [m]; a row of NaN breaks it. stops: in their order; without any its end is marked."""

    points_W: Float[np.ndarray, "n 3"]
    stops: tuple[Stop, ...] = ()
    planned: bool = False
    """Whether the path drawn with it was driven, and this only planned: a thin broken line, that both are seen."""
    stop_words: str = "stop, its number and P(found there)"
    """What the key of a picture says of the stops."""


def draw_way(image: UInt8[np.ndarray, "h w 3"], way: Way, projection: Projection) -> None:
    """Draw a way from its start to its end, and from each stop a broken line to what is looked at."""
    pixels = projection.pixels(way.points_W)
    if way.planned:
        for n in range(len(pixels) - 1):
            canvas.dashes(image, pixels[n : n + 2], style.WAY, PLANNED_PX, dash_px=2 * DASH_PX)
    else:
        canvas.polyline(image, pixels, style.CASING, LINE_PX + 2 * RIM_PX)
        canvas.polyline(image, pixels, style.WAY, LINE_PX)
    for stop in way.stops:
        gaze = projection.pixels(np.stack([stop.p_W, stop.look_at_W]))
        canvas.polyline(image, gaze, style.CASING, GAZE_PX + 2)
        canvas.dashes(image, gaze, style.WAY, GAZE_PX, dash_px=DASH_PX)
    draw_way_ends(image, way, projection)


def draw_way_ends(image: UInt8[np.ndarray, "h w 3"], way: Way, projection: Projection) -> None:
    """Draw the marks of a way's start and of its stops, or of its end where it has none."""
    for stop in way.stops:
        draw_stop(image, tuple(projection.pixels(stop.p_W[None])[0].tolist()))
    ends = projection.pixels(way.points_W[np.isfinite(way.points_W).all(axis=1)])
    if len(ends):
        if not way.stops:
            draw_end(image, (float(ends[-1, 0]), float(ends[-1, 1])))
        draw_start(image, (float(ends[0, 0]), float(ends[0, 1])))


def draw_stop(image: UInt8[np.ndarray, "h w 3"], at: canvas.Place) -> None:
    """Draw the mark of a stop."""
    canvas.disc(image, at, STOP_PX + RIM_PX, style.CASING)
    canvas.disc(image, at, STOP_PX, style.WAY)


def stop_tags(way: Way, projection: Projection) -> tuple[Tag, ...]:
    """Return what is written at the stops."""
    half = STOP_PX + RIM_PX
    square = half * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    return tuple(Tag(stop.words, projection.pixels(stop.p_W[None])[0] + square, style.WAY) for stop in way.stops)


def way_reach(way: Way) -> Float[np.ndarray, "n 3"]:
    """Return points_W that a picture has to show for all of a way to be on it."""
    looks = [point[None] for stop in way.stops for point in (stop.p_W, stop.look_at_W)]
    return np.concatenate([np.zeros((0, 3)), way.points_W, *looks])

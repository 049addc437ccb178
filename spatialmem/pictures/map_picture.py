"""A map as one picture: what is free and occupied, how high it is, and what it looked like, with the path walked."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8

from spatialmem.octree import Columns, Queryable
from spatialmem.pictures import keys, style
from spatialmem.pictures.colored import ColorSample, draw_colors
from spatialmem.pictures.floor import find_floor
from spatialmem.pictures.floor_plan import FloorPlan, draw_carrying, draw_floor_plan, write_names
from spatialmem.pictures.graph import (
    FloorGraph,
    draw_network,
    draw_tints,
    floor_graph,
    place_room_names,
    plates,
    write_room_names,
)
from spatialmem.pictures.objects import Beliefs, draw_arrows, draw_boxes, draw_links, draw_names, marked, reach_of
from spatialmem.pictures.plan import draw_heights, draw_occupancy
from spatialmem.pictures.projection import Projection, known_extent, plan, slanted
from spatialmem.pictures.sheet import Panel, compose, draw_path
from spatialmem.pictures.way import Way, draw_way, way_reach
from spatialmem.queries import GraphQuestions
from spatialmem.types import ObjectState, State, Whereabouts

__all__ = ["Band", "draw_map", "height_band"]

WIDTH_PX = 2400
HEIGHT_MAX_PX = 1500
STACKED_HEIGHT_MAX_PX = 900
STACKED_ASPECT = 1.8
MIN_WIDTH_PX = 640
FLATTEST = 0.12
BAND_MIN_M = 0.2
BAND_MAX_M = 1.9
ELEVATION_RAD = math.radians(62)


@dataclass(frozen=True, slots=True)
class Band:
    """The heights of the world [m] between which something is an obstacle, and the floor below them."""

    floor_m: float
    min_m: float
    max_m: float


def height_band(
    view: Queryable,
    path_W: Float[np.ndarray, "n 3"],
    *,
    floor_m: float | None = None,
    min_m: float | None = None,
    max_m: float | None = None,
) -> Band:
    """Return the obstacle band. What is None is chosen: the floor from the map, 0.2 m to 1.9 m above it.

    floor_m is a height in the world, min_m and max_m are heights above the floor [m].
    """
    if floor_m is None:
        heights = path_W[np.isfinite(path_W).all(axis=1), 2]
        below_m = float(heights.min()) if len(heights) else None
        floor_m = find_floor(*view.occupied_by_height(), below_m=below_m)
    if floor_m is None:
        floor_m = 0.0
    # The layer of the floor itself and the next one above it are its roughness.
    low = max(BAND_MIN_M, 2.5 * view.voxel_size_m) if min_m is None else min_m
    if min_m is None and max_m is not None and low >= max_m:
        low = max_m / 2 if max_m > 0 else max_m - view.voxel_size_m
    high = max(BAND_MAX_M, low + view.voxel_size_m) if max_m is None else max_m
    return Band(floor_m, floor_m + low, floor_m + high)


def draw_map(
    view: Queryable,
    path_W: Float[np.ndarray, "n 3"],
    band: Band | None = None,
    *,
    title: str,
    notes: Sequence[str] = (),
    samples: Sequence[ColorSample] = (),
    range_max_m: float = 5.0,
    kind: Literal["plan", "map", "color", "both"] = "both",
    beside: FloorPlan | None = None,
    objects: Sequence[ObjectState] = (),
    beliefs: Sequence[Whereabouts] = (),
    graph: GraphQuestions | None = None,
    way: Way | None = None,
) -> UInt8[np.ndarray, "h w 3"]:
    """Return the sheet as RGB, 2400 pixels wide or less.

    path_W: where the sensor was [m], rows of NaN where it was not followed. samples: frames whose colours are
    drawn, up to range_max_m away; without any there is no colour panel. beside: a plan known from elsewhere, which
    is drawn first, and takes the place of the heights. objects: what is remembered, drawn as boxes on the obstacles
    and on the colours; their names are on the first of the two, as far as there is room for them. beliefs: what is
    believed of objects, of these and of others, which are drawn, too: how surely each is still there, which of them are
    missing, and where else they may be. graph: a view or a memory whose rooms, places and edges are drawn on the
    obstacles. way: drawn there, too. kind: "plan" is the obstacles alone, "map" has the heights besides.
    """
    believed = {one.object.id: one for one in beliefs}
    named = {one.id for one in objects}
    objects = (*objects, *(one.object for one in beliefs if one.object.id not in named))
    band = height_band(view, path_W) if band is None else band
    # From below the floor: it is not quite flat, and it has to be seen to be known as floor.
    whole = view.columns(band.floor_m - 3 * view.voxel_size_m, band.max_m)
    colored = kind in ("color", "both") and len(samples) > 0
    panel_count = (kind != "color") * (1 if kind == "plan" and beside is None else 2) + colored
    shown_W = path_W if beside is None else np.concatenate([path_W, np.pad(beside.corners_m, ((0, 0), (0, 1)))])
    shown_W = np.concatenate([shown_W, reach_of(objects), *(() if way is None else (way_reach(way),))])
    above, stacked = _window(whole, shown_W, max(1, panel_count))
    panels = []
    if kind != "color":
        if beside is not None:
            panels.append(_plan_panel(beside, above, path_W))
        floor = None if graph is None else floor_graph(graph, band.floor_m)
        columns = view.columns(band.min_m, band.max_m)
        panels.append(_occupancy_panel(columns, above, path_W, band, objects, believed, floor, way))
        if beside is None and kind != "plan":
            panels.append(_height_panel(whole, above, path_W, band))
    if colored:
        panels.append(_color_panel(samples, above, path_W, band, range_max_m, objects, believed, named=kind == "color"))
    return compose(title, [*notes, "x to the right, y up"], panels, stacked=stacked)


def _window(columns: Columns, path_W: Float[np.ndarray, "n 3"], panel_count: int) -> tuple[Projection, bool]:
    """Return what every panel shows, and whether panels are stacked: in a column there is room for a wide map."""
    lower, upper = known_extent(columns.state != State.UNKNOWN, columns.origin_m, columns.voxel_size_m, path_W)
    full_px = WIDTH_PX - 2 * style.MARGIN_PX
    row_px = (full_px - (panel_count - 1) * style.GAP_PX) // panel_count
    width_m, height_m = upper - lower
    stacked = panel_count > 1 and bool(width_m > STACKED_ASPECT * height_m)
    width_px, height_px = (full_px, STACKED_HEIGHT_MAX_PX) if stacked else (row_px, HEIGHT_MAX_PX)
    # A panel is never narrower than its heading, nor flatter than a strip: unknown space fills it up.
    spare_m = np.maximum(0.0, [MIN_WIDTH_PX / height_px * height_m - width_m, FLATTEST * width_m - height_m]) / 2
    return plan(lower - spare_m, upper + spare_m, width_px=width_px, height_px=height_px), stacked


def _plan_panel(plan: FloorPlan, above: Projection, path_W: Float[np.ndarray, "n 3"]) -> Panel:
    image = draw_floor_plan(plan, above)
    draw_path(image, above, path_W if plan.path_W is None else plan.path_W)
    write_names(image, plan, above)
    draw_carrying(image, plan, above)
    marks = keys.plan_marks(plan)
    key = functools.partial(keys.plan_key, marks=marks)
    return Panel("Ground truth", "the plan", image, above.px_per_m, key, keys.height_px(image.shape[1], marks))


def _occupancy_panel(
    columns: Columns,
    above: Projection,
    path_W: Float[np.ndarray, "n 3"],
    band: Band,
    objects: Sequence[ObjectState],
    beliefs: Beliefs,
    graph: FloorGraph | None,
    way: Way | None,
) -> Panel:
    image = draw_occupancy(columns, above)
    solid = (image == style.OCCUPIED).all(axis=2)
    network = graph is not None and _draw_graph(image, graph, above)
    draw_boxes(image, objects, above, beliefs=beliefs)
    draw_path(image, above, path_W)
    if way is not None:
        draw_way(image, way, above)
    draw_links(image, objects, above, beliefs)
    draw_arrows(image, objects, above)
    busy, kept = marked(image, objects, above, path_W, beliefs, way)
    rooms = () if graph is None else place_room_names(graph, above, busy=busy | solid, kept=kept)
    write_room_names(image, rooms)
    kept = plates(rooms, busy.shape)
    count = draw_names(image, objects, above, path_W, beliefs, way=way, kept=kept)
    marks = (
        *keys.way_marks(way),
        *keys.graph_marks(graph, network=network, named=len(rooms)),
        *keys.marks_of(objects, above, named=count, beliefs=beliefs),
    )
    detail = f"{band.min_m - band.floor_m:.2g} to {band.max_m - band.floor_m:.2g} m above the floor"
    key = functools.partial(keys.map_key, has_path=len(path_W) > 0, marks=marks)
    return Panel("Obstacles", detail, image, above.px_per_m, key, keys.height_px(image.shape[1], marks))


def _draw_graph(image: UInt8[np.ndarray, "h w 3"], graph: FloorGraph, above: Projection) -> bool:
    """Draw rooms, places and edges; return whether places and edges are on it."""
    draw_tints(image, graph, above)
    return draw_network(image, graph, above)


def _height_panel(columns: Columns, above: Projection, path_W: Float[np.ndarray, "n 3"], band: Band) -> Panel:
    image = draw_heights(columns, above, z_min_m=band.floor_m, z_max_m=band.max_m)
    draw_path(image, above, path_W)
    key = functools.partial(keys.height_key, low_m=0.0, high_m=band.max_m - band.floor_m)
    return Panel("Height", "above the floor", image, above.px_per_m, key)


def _color_panel(
    samples: Sequence[ColorSample],
    above: Projection,
    path_W: Float[np.ndarray, "n 3"],
    band: Band,
    range_max_m: float,
    objects: Sequence[ObjectState],
    beliefs: Beliefs,
    *,
    named: bool,
) -> Panel:
    view = slanted(above, elevation_rad=ELEVATION_RAD, z_min_m=band.floor_m, z_max_m=band.max_m)
    image = draw_colors(samples, view, range_max_m=range_max_m, z_max_m=band.max_m, ground=style.PHOTO_GROUND)
    draw_boxes(image, objects, view, filled=False, beliefs=beliefs)
    on_floor = path_W.copy()
    on_floor[:, 2] = band.floor_m
    draw_path(image, view, on_floor)
    draw_links(image, objects, view, beliefs)
    draw_arrows(image, objects, view)
    count = draw_names(image, objects, view, on_floor, beliefs) if named else len(objects)
    marks = keys.marks_of(objects, view, named=count, filled=False, beliefs=beliefs)
    words = f"cut {band.max_m - band.floor_m:.2g} m above the floor, seen from {math.degrees(ELEVATION_RAD):.0f}°"
    key = functools.partial(keys.color_key, words=words, marks=marks)
    return Panel("What the camera saw", "", image, view.px_per_m, key, keys.height_px(image.shape[1], marks))

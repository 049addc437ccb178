"""A floor plan that is known from elsewhere, such as a simulation's truth, drawn to be held beside a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, UInt8

from spatialmem.pictures import canvas, style
from spatialmem.pictures.names import Tag, hidden_px, place_tags, plate_size, summed, write_plate, write_tags
from spatialmem.pictures.projection import Projection

__all__ = ["FloorPlan", "draw_carrying", "draw_floor_plan", "write_names"]

OUTER_WALL_M = 0.1
"""How far the outline of all rooms reaches beyond them."""
OVERSAMPLING = 2
OBJECT_M = 0.07
CARRIED_PX, CARRIED_NAME_PX = 3, 20
PLACES = tuple((x, y) for y in (0.5, 0.3, 0.7, 0.1, 0.9) for x in (0.5, 0.25, 0.75))
"""Where a room's name may stand, as shares of the room's width and height, the best first."""


@dataclass(frozen=True, eq=False)
class FloorPlan:
    """Rooms, doorways, furniture and objects as seen from above, in W [m].

    Rooms are rectangles along x and y; the other polygons are convex.
    """

    rooms: Mapping[str, Float[np.ndarray, "_ 2"]]
    """The floor of each room, by its name; what lies between them is wall."""
    doorways: tuple[Float[np.ndarray, "_ 2"], ...] = ()
    furniture: tuple[Float[np.ndarray, "_ 2"], ...] = ()
    objects: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    path_W: Float[np.ndarray, "_ 3"] | None = None
    """The way that was truly gone [m]; None: as the map's path has it."""
    moved: Mapping[str, Float[np.ndarray, "2 2"]] = field(default_factory=dict)
    """Of things that somebody moved: from where to where [m]."""
    brought: Mapping[str, Float[np.ndarray, "2 2"]] = field(default_factory=dict)
    """Of things that the robot brought: from where to where [m]."""

    @property
    def corners_m(self) -> Float[np.ndarray, "n 2"]:
        """All corners of all rooms."""
        return np.concatenate([np.zeros((0, 2)), *(np.asarray(room, float) for room in self.rooms.values())])


def draw_floor_plan(plan: FloorPlan, projection: Projection) -> UInt8[np.ndarray, "h w 3"]:
    """Draw walls dark, floors light, furniture in wood, objects as dots."""
    import cv2

    size = projection.height_px * OVERSAMPLING, projection.width_px * OVERSAMPLING
    image = canvas.hatch(*size, style.UNKNOWN, style.UNKNOWN_STROKE, period_px=14 * OVERSAMPLING)
    for room in plan.rooms.values():
        middle = room.mean(axis=0)
        canvas.polygon(image, _pixels(room + OUTER_WALL_M * np.sign(room - middle), projection), style.OCCUPIED)
    for floor in (*plan.rooms.values(), *plan.doorways):
        canvas.polygon(image, _pixels(floor, projection), style.FREE)
    for piece in plan.furniture:
        canvas.polygon(image, _pixels(piece, projection), style.FURNITURE_EDGE)
        middle = piece.mean(axis=0)
        reach = np.linalg.norm(piece - middle, axis=1, keepdims=True)
        inner = middle + (piece - middle) * np.maximum(0.0, 1.0 - 0.02 / np.maximum(reach, 1e-6))
        canvas.polygon(image, _pixels(inner, projection), style.FURNITURE)
    for place in plan.objects.values():
        at = _pixels(np.array([place], float), projection)[0]
        canvas.disc(image, (at[0], at[1]), OBJECT_M * projection.px_per_m * OVERSAMPLING, style.OBJECT)
    return np.asarray(cv2.resize(image, projection.size_px, interpolation=cv2.INTER_AREA))


def draw_carrying(image: UInt8[np.ndarray, "h w 3"], plan: FloorPlan, projection: Projection) -> None:
    """Draw an arrow for each thing that was moved and each that was brought, with the thing's name at its last end."""
    before = image.copy()
    arrows = [(plan.moved, style.MOVED), (plan.brought, style.BROUGHT)]
    for carried, color in arrows:
        for ends_m in carried.values():
            canvas.arrow(image, _flat_pixels(ends_m, projection), color, CARRIED_PX, style.CASING)
    busy = (image != before).any(axis=-1)
    lasts = {name: (ends_m[1], color) for carried, color in arrows for name, ends_m in carried.items()}
    half = OBJECT_M * projection.px_per_m * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    tags = [Tag(name, _flat_pixels(at_m[None], projection) + half, color) for name, (at_m, color) in lasts.items()]
    placed = place_tags(tags, busy=busy, kept=np.zeros_like(busy), size_px=CARRIED_NAME_PX)
    write_tags(image, placed, CARRIED_NAME_PX)


def write_names(image: UInt8[np.ndarray, "h w 3"], plan: FloorPlan, projection: Projection) -> None:
    """Write the rooms' names where they hide least of what is drawn already, such as a path."""
    for name, room in plan.rooms.items():
        _write_name(image, name, room, projection)


def _flat_pixels(points_m: Float[np.ndarray, "n 2"], projection: Projection) -> Float[np.ndarray, "n 2"]:
    return projection.pixels(np.column_stack([np.asarray(points_m, float), np.zeros(len(points_m))]))


def _pixels(points_m: Float[np.ndarray, "n 2"], projection: Projection) -> Float[np.ndarray, "n 2"]:
    return _flat_pixels(points_m, projection) * OVERSAMPLING


def _write_name(
    image: UInt8[np.ndarray, "h w 3"], name: str, room: Float[np.ndarray, "n 2"], projection: Projection
) -> None:
    """Write a room's name where it hides least: of the `PLACES` in the room, the one with the plainest floor."""
    words = name.replace("_", " ")
    pixels = _flat_pixels(room, projection)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    spare = high - low - plate_size(words, style.CAPTION_PX)
    if not words or (spare < 0).any():
        return
    corners = np.round(low + np.array(PLACES) * spare).astype(np.int64)
    hidden = hidden_px(summed((image != style.FREE).any(axis=-1)), corners, *plate_size(words, style.CAPTION_PX))
    x, y = corners[np.argmin(hidden)].tolist()
    write_plate(image, words, x, y, style.CAPTION_PX)

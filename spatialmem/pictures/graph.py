"""The floor as a graph on a picture: rooms as tints with their names, places as dots, edges as thin lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64, UInt8

from spatialmem.pictures import canvas, style
from spatialmem.pictures.names import hidden_px, plate_size, shortened, summed, write_plate
from spatialmem.pictures.projection import Projection
from spatialmem.queries import GraphQuestions
from spatialmem.types import Room

__all__ = [
    "FloorGraph",
    "RoomName",
    "draw_mesh",
    "draw_network",
    "draw_tints",
    "floor_graph",
    "place_room_names",
    "plates",
    "write_room_names",
]

APART_MIN_PX = 8.0
"""Where places are nearer to each other than this, they and their edges would be a mist, and are left out."""
DOT_SHARE = 0.11
"""The radius of a place's dot, as a share of how far the next place is."""
DOT_PX = (1.5, 3.0)
NAME_SIZES_PX = (26, 23, 20, 17)
"""The largest size is taken at which every room is wide enough for its name, else the smallest."""
GRID_PX = 6
"""A room's name is tried at places so far apart."""
MIDDLE_COST = 0.6
"""A pixel from the middle of the room counts as much as so many pixels that a name hides."""
INSIDE_MIN = 0.4
"""A name of which less would be in its room is left out."""
GAP_PX = 4
"""Between the names of two rooms."""


@dataclass(frozen=True, slots=True, eq=False)
class FloorGraph:
    """One floor of a graph, as it is drawn."""

    rooms: tuple[Room, ...]
    cells: Int64[np.ndarray, "h w"]
    """The id of the room of each cell, indexed [y, x]; 0 for none."""
    origin_m: Float64[np.ndarray, "2"]
    """The lower corner of cell [0, 0]."""
    cell_m: float
    places_W: Float64[np.ndarray, "n 3"]
    ends: Int64[np.ndarray, "m 2"]
    """Edges: rows of places."""
    apart_m: float
    """How far a place is from the next, about."""


@dataclass(frozen=True, slots=True)
class RoomName:
    """Where a room's name is written: the upper left corner and the size of its plate [px]."""

    words: str
    x: int
    y: int
    width: int
    height: int
    size_px: int


def floor_graph(view: GraphQuestions, floor_m: float) -> FloorGraph | None:
    """Return the graph of the floor whose height is nearest to floor_m [m]; None where no floor is known."""
    graph = view._graph()
    if not graph.levels or not len(graph.places):
        return None
    level = int(np.argmin([abs(height_m - floor_m) for height_m in graph.levels]))
    places, edges = graph.places, graph.edges
    own = places.level == level
    row = np.cumsum(own) - 1
    on_it = set(graph.rooms.ids[own].tolist())
    window = graph.rooms.floors[level].window
    ends = edges.ends[own[edges.ends].all(axis=1)]
    return FloorGraph(
        rooms=tuple(room for room in view.rooms() if room.id in on_it),
        cells=graph.rooms.cells(level),
        origin_m=np.array([window.x, window.y]) * graph.cell_m,
        cell_m=graph.cell_m,
        places_W=places.p_W[own],
        ends=row[ends],
        apart_m=float(np.median(edges.length_m)) if len(edges) else graph.cell_m,
    )


def draw_tints(image: UInt8[np.ndarray, "h w 3"], graph: FloorGraph, projection: Projection) -> None:
    """Tint the floor of each room; what is dark stays dark. Rooms side by side have different tints."""
    ids = _ids(graph, projection)
    for room, tint in _tints(graph.rooms).items():
        here = ids == room
        image[here] = np.round(image[here] * (np.array(tint) / 255.0)).astype(np.uint8)


def draw_network(image: UInt8[np.ndarray, "h w 3"], graph: FloorGraph, projection: Projection) -> bool:
    """Draw places and edges; return whether there are any, and the picture is large enough for them."""
    apart_px = graph.apart_m * projection.px_per_m
    if not len(graph.places_W) or apart_px < APART_MIN_PX:
        return False
    radius_px = float(np.clip(DOT_SHARE * apart_px, *DOT_PX))
    draw_mesh(image, projection.pixels(graph.places_W), graph.ends, radius_px=radius_px)
    return True


def draw_mesh(
    image: UInt8[np.ndarray, "h w 3"],
    pixels: Float[np.ndarray, "n 2"],
    ends: Int64[np.ndarray, "m 2"],
    *,
    radius_px: float,
) -> None:
    """Draw dots, and thin lines between those that are rows of `ends`."""
    for edge in pixels[ends]:
        canvas.polyline(image, edge, style.EDGE, 1)
    for x, y in pixels.tolist():
        canvas.disc(image, (x, y), radius_px, style.PLACE)


def place_room_names(
    graph: FloorGraph, projection: Projection, *, busy: Bool[np.ndarray, "h w"], kept: Bool[np.ndarray, "h w"]
) -> tuple[RoomName, ...]:
    """Return where the names of rooms go: in their rooms, near the middle, where they hide little that is busy.

    No name is on another, nor on what is to be kept clear. What would lie mostly outside of its room is left out.
    """
    ids, taken = _ids(graph, projection), kept.copy()
    size_px = _size_of(graph, projection)
    placed = []
    for room in sorted(graph.rooms, key=lambda room: (room.area_m2, room.id)):  # small ones have least choice
        found = _placed(room, ids == room.id, busy, taken, size_px)
        if found is not None:
            _take(found, taken)
            placed.append(found)
    return tuple(placed)


def plates(names: Sequence[RoomName], shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Return which pixels the names of rooms take up, and a gap about them."""
    taken = np.zeros(shape, bool)
    for one in names:
        _take(one, taken)
    return taken


def write_room_names(image: UInt8[np.ndarray, "h w 3"], names: Sequence[RoomName]) -> None:
    """Write the names of rooms where they were placed."""
    for one in names:
        write_plate(image, one.words, one.x, one.y, one.size_px, bold=True)


def _placed(
    room: Room,
    inside: Bool[np.ndarray, "h w"],
    busy: Bool[np.ndarray, "h w"],
    taken: Bool[np.ndarray, "h w"],
    size_px: int,
) -> RoomName | None:
    """Return where a room's name goes; None where there is no room for it."""
    words = _words(room)
    width, height = plate_size(words, size_px, bold=True)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return None
    bottom, right = inside.shape[0] - height, inside.shape[1] - width
    x = np.arange(max(int(columns[0]) - width, 0), min(int(columns[-1]), right) + 1, GRID_PX)
    y = np.arange(max(int(rows[0]) - height, 0), min(int(rows[-1]), bottom) + 1, GRID_PX)
    corners = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.int64)
    own = hidden_px(summed(inside), corners, width, height)
    free = (hidden_px(summed(taken), corners, width, height) == 0) & (own >= INSIDE_MIN * width * height)
    corners, own = corners[free], own[free]
    if not len(corners):
        return None
    middle = np.array([columns.mean(), rows.mean()])
    away = np.abs(corners + np.array([width, height]) / 2 - middle).sum(axis=1)
    costs = hidden_px(summed(busy), corners, width, height) + (width * height - own) + MIDDLE_COST * away
    best_x, best_y = corners[int(np.argmin(costs))].tolist()
    return RoomName(words, best_x, best_y, width, height, size_px)


def _take(one: RoomName, taken: Bool[np.ndarray, "h w"]) -> None:
    """Mark what a name needs, with a gap about it."""
    rows = slice(max(one.y - GAP_PX, 0), one.y + one.height + GAP_PX)
    taken[rows, max(one.x - GAP_PX, 0) : one.x + one.width + GAP_PX] = True


def _size_of(graph: FloorGraph, projection: Projection) -> int:
    """Return the size of all names [px]."""
    for size_px in NAME_SIZES_PX:
        widths = {room.id: plate_size(_words(room), size_px, bold=True)[0] for room in graph.rooms}
        if all((room.high_W - room.low_W)[0] * projection.px_per_m >= widths[room.id] for room in graph.rooms):
            return size_px
    return NAME_SIZES_PX[-1]


def _words(room: Room) -> str:
    return f"{shortened(room.label)}-{room.id}"


def _ids(graph: FloorGraph, projection: Projection) -> Int64[np.ndarray, "h w"]:
    """Return the id of the room under each pixel; 0 for none. Seen from straight above."""
    x_m = projection.left_m + (np.arange(projection.width_px) + 0.5) / projection.px_per_m
    y_m = projection.bottom_m + (np.arange(projection.height_px)[::-1] + 0.5) / projection.px_per_m
    column = np.floor((x_m - graph.origin_m[0]) / graph.cell_m).astype(np.int64)
    row = np.floor((y_m - graph.origin_m[1]) / graph.cell_m).astype(np.int64)
    bordered = np.pad(graph.cells, 1)  # what lies outside is looked up in the border
    rows, columns = (np.clip(i + 1, 0, n - 1) for i, n in zip((row, column), bordered.shape, strict=True))
    return bordered[np.ix_(rows, columns)]


def _tints(rooms: Sequence[Room]) -> dict[int, canvas.Color]:
    """Return the tint of each room, by id: of those that no neighbour has the one that the fewest have."""
    tints: dict[int, int] = {}
    for room in sorted(rooms, key=lambda room: room.id):
        beside = {tints[other] for other in room.neighbours if other in tints}
        beside |= {tints[other.id] for other in rooms if other.id in tints and room.id in other.neighbours}
        counts = [list(tints.values()).count(n) for n in range(len(style.ROOMS))]
        tints[room.id] = min(range(len(counts)), key=lambda n: (n in beside, counts[n], n))
    return {room: style.ROOMS[n] for room, n in tints.items()}

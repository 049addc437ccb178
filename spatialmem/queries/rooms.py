"""The rooms, what they are called, and which one something is in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spatialmem.errors import QueryError
from spatialmem.queries.asked import Asked, is_id, object_of
from spatialmem.queries.points import point_meant
from spatialmem.queries.room_names import room_label
from spatialmem.types import Room, Unknown

__all__ = ["object_rooms", "room_called", "room_of", "rooms"]


def object_rooms(asked: Asked) -> dict[int, int]:
    """Return the ids of the rooms that the confirmed objects are in that are not missing, by their ids; 0 for none."""
    shown = asked.objects.shown
    rows = np.flatnonzero((shown.ids > 0) & shown.confirmed & ~shown.missing)
    return dict(zip(shown.ids[rows].tolist(), asked.graph.room_ids(shown.center_W[rows]).tolist(), strict=True))


def rooms(asked: Asked) -> tuple[Room, ...]:
    """Return all rooms by id; see `GraphQuestions.rooms`."""
    if not asked.graph.levels or not len(asked.graph.places):
        return ()
    labels: dict[int, list[str]] = {}
    for object_id, room in asked.object_rooms.items():
        record = asked.objects.object(object_id)
        if room and not isinstance(record, Unknown):
            labels.setdefault(room, []).append(record.label)
    ids = [number for number in np.unique(asked.graph.rooms.ids).tolist() if number]
    beside = _beside(asked)
    return tuple(_room(asked, number, labels.get(number, []), beside.get(number, ())) for number in ids)


def room_of(asked: Asked, what: object) -> Room | Unknown:
    """Return the room of a point or a thing; see `GraphQuestions.room_of`."""
    point = None if is_id(what) else point_meant(what, "what")
    name = "this point"
    if point is None:
        record = object_of(what, asked.objects)
        if isinstance(record, Unknown):
            return record
        point, name = record.center_W, record.name
    number = int(asked.graph.room_ids(point[None])[0])
    for room in asked.rooms:
        if room.id == number:
            return room
    x, y, z = (*(float(c) for c in point[:2]), float(asked.graph.levels[0]) if asked.graph.levels else 0.0)
    return Unknown(f"{name}, at ({x:.2f}, {y:.2f}) m, is in no room that is known", (x, y, z))


def _beside(asked: Asked) -> dict[int, tuple[int, ...]]:
    """Return the rooms that one gets to from each room at once, by id."""
    pairs = asked.graph.rooms.ids[asked.graph.edges.ends]
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs > 0).all(axis=1)]
    found: dict[int, set[int]] = {}
    for a, b in np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0).tolist():
        found.setdefault(a, set()).add(b)
    return {room: tuple(sorted(others)) for room, others in found.items()}


def _room(asked: Asked, number: int, labels: list[str], neighbours: tuple[int, ...]) -> Room:
    """Return one room."""
    graph, places = asked.graph, asked.graph.places
    own = np.flatnonzero(graph.rooms.ids == number)
    widest = own[np.lexsort((places.ids[own], -places.clearance_m[own]))[0]]
    level = int(places.level[widest])
    box, count = graph.rooms.extent(level, number)
    low, high = np.array([box.x, box.y]), np.array([box.x + box.width, box.y + box.height])
    label, p = room_label(labels)
    z_m = graph.levels[level]
    corners = np.array([[*(low * graph.cell_m), z_m], [*(high * graph.cell_m), z_m]])
    for array in (corners, p_W := places.p_W[widest].copy()):
        array.setflags(write=False)
    return Room(
        id=number,
        label=label,
        label_p=p,
        p_W=p_W,
        area_m2=count * graph.cell_m**2,
        low_W=corners[0],
        high_W=corners[1],
        place_ids=tuple(sorted(places.ids[own].tolist())),
        neighbours=neighbours,
    )


def room_called(rooms: Sequence[Room], text: str) -> Room | None:
    """Return the room of a name, or the only one of a label; None where there is none.

    Raises QueryError for a label that several have.
    """
    named = [room for room in rooms if room.name == text] or [room for room in rooms if room.label == text]
    if len(named) > 1:
        raise QueryError(f"{text!r} may be {', '.join(room.name for room in named)}: say which.")
    return named[0] if named else None

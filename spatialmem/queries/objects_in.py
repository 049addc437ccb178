"""Which objects are in a room, in a box of space, or on or in another object."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from spatialmem.errors import QueryError, did_you_mean
from spatialmem.queries.asked import Asked, is_id, object_of, split_name
from spatialmem.queries.relations import carried_by
from spatialmem.types import Box, ObjectState, Room, Unknown

__all__ = ["objects_in"]

TOLD_MAX = 20
"""So many rooms are listed in a message."""


def objects_in(
    asked: Asked, in_: object, label: str | None = None, *, confirmed: bool = True, missing: bool = False
) -> tuple[ObjectState, ...] | Unknown:
    """Return the objects in something, by id.

    in_: a Room, its name (kitchen-12) or a label that rooms have (all kitchens); a `Box` along W's axes, or its two
    corners (low, high) [m]: what has its middle there, edges included; or what carries or holds them, by its id, its
    name, or a label (all fridges): what is on or in it, and on or in that. label, confirmed, missing: as for `objects`.
    What is missing is on and in nothing.

    Unknown where the room or the carrier is not known any more. Raises UnknownLabel for a label that no detector ever
    gave, QueryError for what is neither a room, a region nor an object.
    """
    found = asked.objects.objects(label, confirmed=confirmed, missing=missing)
    where = _meant(asked, in_)
    if isinstance(where, Unknown):
        return where
    if not found:
        return ()
    if isinstance(where, Box):
        inside = _in_box(np.array([one.center_W for one in found]), where)
    elif isinstance(where, _Rooms):
        inside = np.isin(_rooms_of(asked, found), where.ids)
    else:
        inside = np.isin([one.id for one in found], carried_by(asked.belief.table, np.array(where, np.int64)))
    return tuple(one for one, so in zip(found, inside.tolist(), strict=True) if so)


class _Rooms:
    """Rooms that are meant."""

    def __init__(self, ids: Sequence[int]):
        self.ids = np.array(ids, np.int64)


def _meant(asked: Asked, in_: object) -> Box | _Rooms | list[int] | Unknown:
    """Return the region, the rooms, or the ids of the objects that are meant."""
    if isinstance(in_, Room):
        known = bool((asked.graph.rooms.ids == in_.id).any())
        return _Rooms([in_.id]) if known else Unknown(f"{in_.name} is not a room of its own any more")
    if is_id(in_) or isinstance(in_, ObjectState):
        record = object_of(in_.id if isinstance(in_, ObjectState) else in_, asked.objects)
        return record if isinstance(record, Unknown) else [record.id]
    if isinstance(in_, str):
        return _called(asked, in_)
    return _region(in_)


def _called(asked: Asked, text: str) -> _Rooms | list[int] | Unknown:
    """Return the rooms or objects that go by a name or a label: a room's before an object's."""
    rooms = [room.id for room in asked.rooms if text in (room.name, room.label)]
    if rooms:
        return _Rooms(rooms)
    name = split_name(text)
    if text in asked.objects.kept.labels:
        return [one.id for one in asked.objects.objects(text)]
    if name is not None and name.label in asked.objects.kept.labels:
        record = object_of(text, asked.objects)
        return record if isinstance(record, Unknown) else [record.id]
    names = [room.name for room in asked.rooms]
    known = ", ".join(names[:TOLD_MAX]) or "none yet"
    raise QueryError(
        f"in_ is {text!r}, which is neither a room nor an object; rooms: {known}."
        f"{did_you_mean(text, [*names, *asked.objects.kept.labels])}"
    )


def _region(in_: object) -> Box:
    """Return a region. Raises QueryError for what is none."""
    try:
        low, high = (in_.low_W, in_.high_W) if isinstance(in_, Box) else in_  # pyright: ignore[reportGeneralTypeIssues]
        corners = np.asarray([low, high], np.float64).reshape(2, -1, 3)
    except (TypeError, ValueError):
        corners = np.full((2, 1, 3), np.nan)
    if not np.isfinite(corners).all() or (corners[0] > corners[1]).any():
        raise QueryError(
            f"in_ is {in_!r}; a Room, its name or label, a Box, two corners (low, high) of three finite numbers [m], "
            f"or an object's id, name or label is needed."
        )
    return Box(corners[0], corners[1])


def _in_box(points_W: Float64[np.ndarray, "n 3"], box: Box) -> Bool[np.ndarray, "n"]:
    """Return which points are in one of the boxes."""
    within = (box.low_W <= points_W[:, None]) & (points_W[:, None] <= box.high_W)
    return np.any(np.all(within, axis=2), axis=1)


def _rooms_of(asked: Asked, records: Sequence[ObjectState]) -> np.ndarray:
    """Return the ids of the rooms that objects are in; 0 for none."""
    known = asked.object_rooms
    if all(one.id in known for one in records):
        return np.array([known[one.id] for one in records], np.int64)
    return asked.graph.room_ids(np.array([one.center_W for one in records]))

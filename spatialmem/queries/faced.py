"""What one stands before to see or to reach something: its box, or that of what is closed about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from spatialmem.errors import QueryError
from spatialmem.queries.asked import Asked, is_id, object_of
from spatialmem.queries.points import point_meant
from spatialmem.queries.sight import Solid, solid_of
from spatialmem.types import ObjectState, Presence, Unknown

__all__ = ["Faced", "faced_for", "what_to_face"]


@dataclass(frozen=True, slots=True, eq=False)
class Faced:
    """What one stands before."""

    solid: Solid
    name: str
    eyes_W: Float64[np.ndarray, "n 3"]
    """Where cameras were when a detector reported it lately; none for a point."""


def what_to_face(asked: Asked, what: object) -> Faced | Unknown:
    """Return what one stands before; Unknown, with the reason, where that is nowhere.

    what: a thing by its id or name, or a point (x, y, z) [m]. Raises QueryError or InputError for what is neither.
    """
    point = None if is_id(what) else point_meant(what, "what")
    if point is not None:
        if len(point) != 3:
            raise QueryError(f"what is {what!r}; a point to look at or to reach has three numbers [m].")
        x, y, z = (float(c) for c in point)
        return Faced(Solid(point, np.zeros(3), 0.0), f"({x:.2f}, {y:.2f}, {z:.2f}) m", np.zeros((0, 3)))
    record = object_of(what, asked.objects)
    if isinstance(record, Unknown):
        return record
    row = asked.row(record.id)
    presence = Presence.THERE if row < 0 else asked.presence(record, row)
    if presence is Presence.MISSING:
        return Unknown(f"{record.name} is missing: it was looked for where it was, and was not there")
    if presence is Presence.HELD:
        return Unknown(f"the robot holds {record.name}: it need not stand anywhere to have it")
    return faced_for(asked, record)


def faced_for(asked: Asked, record: ObjectState) -> Faced:
    """Return what one stands before for an object: itself, or what is closed about it."""
    row = asked.row(record.id)
    if row < 0:
        return Faced(solid_of(record), record.name, np.zeros((0, 3)))
    table = asked.belief.table
    for under in table.carriers(row) if table.hidden[row] else ():
        other = asked.objects.object(int(table.ids[under]))
        if isinstance(other, ObjectState):
            record, row = other, under
        if not table.hidden[under]:
            break
    eyes_W = table.watched_from[row][table.watch_reports[row] > 0].astype(np.float64)
    return Faced(solid_of(record), record.name, eyes_W)

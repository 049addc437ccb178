"""The objects as columns: one array for each thing that is known of all, one row for each object.

Rows are taken and given back, and their order means nothing: whatever depends on an order goes by id. What few ever
ask for, or what has no fixed size, is in `Notes`, one for each object.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from spatialmem.columns import Columns

__all__ = ["COLUMNS", "Notes", "Table"]

COLUMNS: dict[str, tuple[str, tuple[int, ...]]] = {
    "ids": ("<i8", ()),
    "first_ns": ("<i8", ()),
    "stamp_ns": ("<i8", ()),
    "sightings": ("<i8", ()),
    "viewpoints": ("<i8", ()),
    "view": ("<f8", (6,)),
    "confirmed": ("?", ()),
    "score": ("<f8", ()),
    "rest": ("<f8", (3,)),
    "rest_cov": ("<f8", (3, 3)),
    "motion": ("<f8", (6,)),
    "motion_cov": ("<f8", (6, 6)),
    "moving": ("?", ()),
    "evidence": ("<f8", ()),
    "since": ("<f8", (3,)),
    "faces": ("<f8", (5, 2)),
    "faces_var": ("<f8", (5, 2)),
    "known": ("?", (5, 2)),
    "turn": ("<f8", (2,)),
    "missing": ("?", ()),
}
"""What is kept of an object, in this order in a dump. rest, faces and motion: see `fusion`; since: where it was seen
when the evidence began that it moves; missing: it was looked for and is not there."""
_DERIVED: dict[str, tuple[str, tuple[int, ...]]] = {
    "middle": ("<f8", (3,)),
    "half": ("<f8", (3,)),
    "center": ("<f8", (3,)),
    "size": ("<f8", (3,)),
    "yaw": ("<f8", ()),
    "velocity": ("<f8", (3,)),
}
"""What follows from it: the box along W's axes, and the yaw-aligned one that is shown."""


@dataclass(slots=True, eq=False)
class Notes:
    """What is known of one object beside its row."""

    votes: dict[str, float] = field(default_factory=dict)
    embedding: Float32[np.ndarray, "d"] | None = None
    embedded: int = 0
    """How many embeddings are in the mean."""
    attributes: dict[str, str] = field(default_factory=dict)
    apart: set[int] = field(default_factory=set)
    """Ids of objects that were seen beside it in one picture under its label: they are not it."""
    aliases: tuple[int, ...] = ()
    """Ids of objects that turned out to be it."""
    source: str = ""
    shown: float = 0.0
    """How well the best picture that was kept of it shows it."""
    said: dict[str, str] = field(default_factory=dict)
    """Attributes as the last detection had them, where it is not what is believed: it takes two in a row."""


class Table(Columns):
    """Rows of objects; `row_of` finds them by id. A free row has id 0, and is near to nothing."""

    KEPT, DERIVED = COLUMNS, _DERIVED

    first_ns: Int64[np.ndarray, "n"]
    stamp_ns: Int64[np.ndarray, "n"]
    sightings: Int64[np.ndarray, "n"]
    viewpoints: Int64[np.ndarray, "n"]
    view: Float64[np.ndarray, "n 6"]
    confirmed: Bool[np.ndarray, "n"]
    score: Float64[np.ndarray, "n"]
    rest: Float64[np.ndarray, "n 3"]
    rest_cov: Float64[np.ndarray, "n 3 3"]
    motion: Float64[np.ndarray, "n 6"]
    motion_cov: Float64[np.ndarray, "n 6 6"]
    moving: Bool[np.ndarray, "n"]
    evidence: Float64[np.ndarray, "n"]
    since: Float64[np.ndarray, "n 3"]
    faces: Float64[np.ndarray, "n 5 2"]
    faces_var: Float64[np.ndarray, "n 5 2"]
    known: Bool[np.ndarray, "n 5 2"]
    turn: Float64[np.ndarray, "n 2"]
    missing: Bool[np.ndarray, "n"]
    middle: Float64[np.ndarray, "n 3"]
    half: Float64[np.ndarray, "n 3"]
    center: Float64[np.ndarray, "n 3"]
    size: Float64[np.ndarray, "n 3"]
    yaw: Float64[np.ndarray, "n"]
    velocity: Float64[np.ndarray, "n 3"]

    def __init__(self, rows: int = 64) -> None:
        super().__init__(rows)
        self.notes: dict[int, Notes] = {}
        self.middle[:] = np.nan

    def add(self, object_id: int) -> int:
        """Return the row of a new object, all zero but for its id."""
        self.notes[object_id] = Notes()
        return super().add(object_id)

    def drop(self, object_id: int) -> None:
        """Give an object's row back."""
        del self.notes[object_id]
        self.middle[self.row_of[object_id]] = np.nan
        super().drop(object_id)

    def _grow(self) -> None:
        count = len(self.ids)
        super()._grow()
        self.middle[count:] = np.nan

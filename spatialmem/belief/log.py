"""The log of changes: what became known of each object, when, and what it replaced."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from spatialmem.types import Change
from spatialmem.types.beliefs import ChangeKind

__all__ = ["ARRIVALS", "FORGOTTEN", "STATES", "Entry", "Log", "change_of", "point_of"]

STATES = ("opened", "closed")
"""These say nothing of where a thing is."""
FORGOTTEN = "forgotten"
"""Says that the memory knows no more of a thing, and nothing of the thing."""
ARRIVALS = ("first_seen", "appeared")
"""With one of these it became known; where that is taken back it was another thing all the time."""
Number = Annotated[int, Meta(ge=1)]
Stamp = Annotated[int, Meta(ge=0)]
Coordinate = Annotated[float, Meta(ge=-1e9, le=1e9)]
Point = tuple[Coordinate, Coordinate, Coordinate]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change, as it is written down; see `types.Change`."""

    number: Number
    """1, 2, ...: the row in the memory file."""
    object_id: Number
    label: str
    kind: ChangeKind
    stamp_ns: Stamp
    since_ns: Stamp
    seq: Stamp
    from_W: Point | None = None
    to_W: Point | None = None
    looked_from_W: Point | None = None
    p: Annotated[float, Meta(ge=0, le=1)] = 1.0
    place: str = ""
    undone_seq: Stamp = 0
    """The input that showed it to be otherwise; 0 while it holds."""


class Log:
    """The newest changes. `fresh` are those that were written or undone since they were last taken."""

    def __init__(self, count_max: int, entries: Iterable[Entry] = (), last_number: int = 0):
        self._count_max = count_max
        self.entries: tuple[Entry, ...] = tuple(entries)
        """By number; nobody changes one that is here."""
        self.last_number = last_number
        self._fresh: dict[int, Entry] = {}

    def add(self, **what: object) -> Entry:
        """Write one down; what is needed is what an `Entry` has, but its number."""
        self.last_number += 1
        entry = msgspec.convert({"number": self.last_number, **what}, Entry)
        self.entries = (*self.entries, entry)[-self._count_max :]
        self._fresh[entry.number] = entry
        return entry

    def undo(
        self, object_id: int, kinds: tuple[str, ...], seq: int, *, past: Container[str] | None = STATES
    ) -> Entry | None:
        """Take back the newest change of an object that holds and is of these kinds; return it.

        past: only changes of these kinds may have come since, or it is not taken back; None for any.
        """
        for i in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[i]
            if entry.object_id == object_id and not entry.undone_seq:
                if entry.kind not in kinds:
                    if past is None or entry.kind in past:
                        continue
                    return None
                undone = msgspec.structs.replace(entry, undone_seq=seq)
                self.entries = (*self.entries[:i], undone, *self.entries[i + 1 :])
                self._fresh[undone.number] = undone
                return entry
        return None

    def take(self) -> tuple[Entry, ...]:
        """Return what was written or undone since the last call."""
        fresh = tuple(self._fresh[number] for number in sorted(self._fresh))
        self._fresh = {}
        return fresh


def point_of(p_W: np.ndarray | None) -> Point | None:
    """Return a point as plain numbers."""
    return None if p_W is None else (float(p_W[0]), float(p_W[1]), float(p_W[2]))


def change_of(entry: Entry) -> Change:
    """Return an entry as it is answered."""
    points = {
        name: None if (p := getattr(entry, name)) is None else np.array(p)
        for name in ("from_W", "to_W", "looked_from_W")
    }
    for point in points.values():
        if point is not None:
            point.setflags(write=False)
    return Change(
        object_id=entry.object_id,
        name=f"{entry.label}-{entry.object_id}",
        kind=entry.kind,
        stamp_ns=entry.stamp_ns,
        since_ns=entry.since_ns,
        seq=entry.seq,
        p=entry.p,
        place=entry.place,
        **points,
    )

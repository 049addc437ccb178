"""What the questions about belief are answered from, and what they share."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from spatialmem.belief import FORGOTTEN, BeliefView, How
from spatialmem.errors import InputError, QueryError
from spatialmem.graph import GraphView
from spatialmem.octree import Queryable
from spatialmem.shortterm import ObjectsView
from spatialmem.types import ObjectState, Presence, Room, Unknown

__all__ = [
    "Asked",
    "Name",
    "checked_count",
    "checked_seq",
    "checked_stamp",
    "id_of",
    "is_id",
    "number_of",
    "object_of",
    "refuse_other_name",
    "split_name",
    "why_gone",
]


STAMP_MAX = 1 << 62
DIGITS_MAX = 18
"""No object has a number of more digits."""


class Name(NamedTuple):
    """What an object is called: "mug-3" is a mug, number 3."""

    label: str
    number: int


@dataclass(frozen=True, eq=False)
class Asked:
    """The rooms at one moment, and the stamp that is asked for."""

    objects: ObjectsView
    belief: BeliefView
    graph: GraphView
    space: Queryable
    """The map."""
    stamp_ns: int
    seq: int = 0
    """The number of the last input that is in them."""

    @functools.cached_property
    def rooms(self) -> tuple[Room, ...]:
        """All rooms, by id."""
        from spatialmem.queries.rooms import rooms

        return rooms(self)

    @functools.cached_property
    def object_rooms(self) -> dict[int, int]:
        """The ids of the rooms that the confirmed objects are in that are not missing, by their ids; 0 for none."""
        from spatialmem.queries.rooms import object_rooms

        return object_rooms(self)

    def row(self, object_id: int) -> int:
        """Return the row of what is believed of an object; -1 for nothing."""
        return int(self.belief.rows([object_id])[0])

    def passed_s(self, stamp_ns: int) -> float:
        """Return how long ago a stamp was [s]; 0 for one that is ahead."""
        return max(self.stamp_ns - stamp_ns, 0) * 1e-9

    def presence(self, record: ObjectState, row: int) -> Presence:
        """Return what is believed of an object in one word."""
        table = self.belief.table
        along = [row, *(table.carriers(row) if table.hidden[row] else ())]
        if record.missing or table.missing_ns[along].any():
            return Presence.MISSING
        if (table.how[along] == How.HELD).any():
            return Presence.HELD
        return Presence.INSIDE if table.hidden[row] else Presence.THERE

    def looked_from(self, row: int) -> Float64[np.ndarray, "3"] | None:
        """Return where the camera was when an object's place was last looked at."""
        table = self.belief.table
        if not table.looked_ns[row]:
            return None
        point = table.looked_from[row].copy()
        point.setflags(write=False)
        return point


def is_id(what: object) -> bool:
    """Return whether something is given as an object's number."""
    return isinstance(what, (int, np.integer)) and not isinstance(what, bool)


def number_of(text: str) -> int | None:
    """Return the number that a text is; None for another text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else None


def split_name(text: str) -> Name | None:
    """Return the two parts of a name such as mug-3; None for a text that is none."""
    label, dash, digits = text.rpartition("-")
    number = number_of(digits)
    return None if number is None or not dash else Name(label, number)


def id_of(what: object) -> int:
    """Return the number of an object that is given by it, or by a name. Raises InputError for what is neither."""
    name = split_name(what) if isinstance(what, str) else None
    if name is None and not is_id(what):
        raise InputError(f"the object is {what!r}; the number or the name of one is needed: 3, or mug-3.")
    return int(what) if name is None else name.number  # pyright: ignore[reportArgumentType]


def why_gone(asked: Asked, object_id: int) -> Unknown:
    """Return why an object is not remembered, as far as that is known here."""
    log = reversed(asked.belief.kept.entries)
    last = next((one for one in log if one.object_id == object_id and one.kind == FORGOTTEN), None)
    if last is None:
        return Unknown(f"object {object_id} is not remembered here")
    return Unknown(
        f"{last.label}-{object_id} was forgotten by input {last.seq}, when there was no room for all "
        f"(longterm.budget_mib); `history` tells what was known of it",
        last.from_W,
    )


def object_of(what: object, objects: ObjectsView) -> ObjectState | Unknown:
    """Return an object by its number, or by a name that it has or had.

    Raises InputError for what is neither, QueryError for a name that the object of that number never had.
    """
    record = objects.object(id_of(what))
    if isinstance(record, ObjectState):
        refuse_other_name(what, record)
    return record


def refuse_other_name(what: object, record: ObjectState) -> None:
    """Raise QueryError for a name that an object never had: no detector gave it that label."""
    name = split_name(what) if isinstance(what, str) else None
    if name is not None and name.label not in record.label_p:
        raise QueryError(f"{what!r} is no object: object {name.number} is {record.name}.")


def checked_count(k: object) -> int:
    """Return a count. Raises InputError for what is none."""
    if not is_id(k) or int(k) < 1:  # pyright: ignore[reportArgumentType]
        raise InputError(f"k is {k!r}; a whole number of 1 or more is needed.")
    return int(k)  # pyright: ignore[reportArgumentType]


def checked_seq(seq: object, name: str) -> int:
    """Return the number of an input, 0 for before the first. Raises InputError for what is none."""
    if not is_id(seq) or int(seq) < 0:  # pyright: ignore[reportArgumentType]
        raise InputError(f"{name} is {seq!r}; the number of an input is needed, 0 for before the first: view.seq.")
    return int(seq)  # pyright: ignore[reportArgumentType]


def checked_stamp(stamp_ns: object, name: str) -> int:
    """Return a stamp [ns]. Raises InputError for what is none."""
    if not is_id(stamp_ns) or not -STAMP_MAX <= int(stamp_ns) <= STAMP_MAX:  # pyright: ignore[reportArgumentType]
        raise InputError(f"{name} is {stamp_ns!r}; whole nanoseconds of the sensors' clock are needed.")
    return int(stamp_ns)  # pyright: ignore[reportArgumentType]

"""The objects as readers see them, by id and by label: `Records` of one room, and `Both` of two."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from operator import attrgetter

from spatialmem.types import ObjectState

__all__ = ["Both", "Records"]

BY_ID = attrgetter("id")


class Records(dict[int, ObjectState]):
    """The records of one moment, by id and in that order. Nobody changes them: `changed` returns those of the next."""

    __slots__ = ("_by_label",)

    def __init__(self, records: Mapping[int, ObjectState] | Iterable[tuple[int, ObjectState]] = ()):
        super().__init__(records)
        self._by_label: dict[str, frozenset[int]] = {}

    def changed(self, fresh: Iterable[ObjectState], gone: Iterable[int]) -> Records:
        """Return them with some made anew and without others."""
        made = Records(self)
        made._by_label = dict(self._by_label)
        moves: dict[str, tuple[set[int], set[int]]] = {}
        for object_id in gone:
            if object_id in made:
                moves.setdefault(made.pop(object_id).label, (set(), set()))[1].add(object_id)
        newest, in_order = next(reversed(made), 0), True
        for record in fresh:
            before = made.get(record.id)
            made[record.id] = record
            if before is None:
                newest, in_order = record.id, in_order and record.id > newest
            if before is None or before.label != record.label:
                moves.setdefault(record.label, (set(), set()))[0].add(record.id)
            if before is not None and before.label != record.label:
                moves.setdefault(before.label, (set(), set()))[1].add(record.id)
        for label, (added, removed) in moves.items():
            made._by_label[label] = (made._by_label.get(label, frozenset()) | added) - (removed - added)
        return made if in_order else made._sorted()

    def _sorted(self) -> Records:
        """Return them by id: what was away for a while comes back among the others."""
        made = Records((object_id, self[object_id]) for object_id in sorted(self))  # numbers are quick to compare
        made._by_label = self._by_label
        return made

    def labelled(self, label: str) -> list[ObjectState]:
        """Return the objects of a label by id."""
        return [self[object_id] for object_id in sorted(self._by_label.get(label, ()))]


class Both:
    """The records of two rooms, no object in both, read as those of one."""

    def __init__(self, recent: Records, lasting: Records):
        self._recent, self.lasting = recent, lasting
        """Those of the second."""

    def __contains__(self, object_id: object) -> bool:
        return object_id in self._recent or object_id in self.lasting

    def __getitem__(self, object_id: int) -> ObjectState:
        one = self.get(object_id)
        if one is None:
            raise KeyError(object_id)
        return one

    def get(self, object_id: int) -> ObjectState | None:
        """Return an object; None where neither room has it."""
        one = self._recent.get(object_id)
        return self.lasting.get(object_id) if one is None else one

    def values(self) -> Iterable[ObjectState]:
        """Return all objects by id."""
        return self._values if self.lasting else self._recent.values()

    @functools.cached_property
    def _values(self) -> list[ObjectState]:
        return sorted([*self._recent.values(), *self.lasting.values()], key=BY_ID)

    def labelled(self, label: str) -> list[ObjectState]:
        """Return the objects of a label by id."""
        found = self._recent.labelled(label)
        others = self.lasting.labelled(label) if self.lasting else []
        return sorted([*found, *others], key=BY_ID) if others else found

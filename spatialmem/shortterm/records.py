"""`Records`: the objects as readers see them, by id and by label."""

from __future__ import annotations

from collections.abc import Iterable

from spatialmem.types import ObjectState

__all__ = ["Records"]


class Records(dict[int, ObjectState]):
    """The records of one moment by id. Nobody changes them: `changed` returns those of the next."""

    __slots__ = ("_by_label",)

    def __init__(self, records: Iterable[tuple[int, ObjectState]] = ()):
        super().__init__(records)
        self._by_label: dict[str, frozenset[int]] = {}

    def changed(self, fresh: Iterable[ObjectState], gone: Iterable[int]) -> Records:
        """Return them with some made anew and without others."""
        made = Records(self.items())
        made._by_label = dict(self._by_label)
        moves: dict[str, tuple[set[int], set[int]]] = {}
        for object_id in gone:
            if object_id in made:
                moves.setdefault(made.pop(object_id).label, (set(), set()))[1].add(object_id)
        for record in fresh:
            before = made.get(record.id)
            made[record.id] = record
            if before is None or before.label != record.label:
                moves.setdefault(record.label, (set(), set()))[0].add(record.id)
            if before is not None and before.label != record.label:
                moves.setdefault(before.label, (set(), set()))[1].add(record.id)
        for label, (added, removed) in moves.items():
            made._by_label[label] = (made._by_label.get(label, frozenset()) | added) - (removed - added)
        return made

    def labelled(self, label: str) -> list[ObjectState]:
        """Return the objects of a label by id."""
        return [self[object_id] for object_id in sorted(self._by_label.get(label, ()))]

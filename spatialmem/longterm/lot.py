"""`Lot`: the objects that are kept at one moment, by id, by label and as columns. Nobody changes it."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from spatialmem.columns import SHOWN_ROW, Shown
from spatialmem.longterm.parked import Parked
from spatialmem.records import Records

__all__ = ["Lot"]


class Lot:
    """Objects of one moment. What is made of all of them is made once, when it is first asked for."""

    def __init__(self, items: dict[int, Parked], records: Records, aliases: dict[int, int], size: int):
        self.items, self.records, self.aliases = items, records, aliases
        """aliases: the ids that lead to them."""
        self.size = size
        """What they take [bytes], about."""

    @classmethod
    def empty(cls) -> Lot:
        """Return none."""
        return cls({}, Records(), {}, 0)

    def __len__(self) -> int:
        return len(self.items)

    def changed(self, fresh: Iterable[Parked], gone: Iterable[int]) -> Lot:
        """Return them with some more and without others."""
        fresh, gone = list(fresh), list(gone)
        items, aliases, size = dict(self.items), dict(self.aliases), self.size
        for object_id in gone:
            one = items.pop(object_id)
            size -= one.size
            for alias in one.aliases:
                del aliases[alias]
        for one in fresh:
            items[one.record.id] = one
            size += one.size
            aliases.update(dict.fromkeys(one.aliases, one.record.id))
        return Lot(items, self.records.changed((one.record for one in fresh), gone), aliases, size)

    @functools.cached_property
    def shown(self) -> Shown:
        """All of them as columns."""
        return Shown.of_rows(np.frombuffer(b"".join([one.line for one in self.items.values()]), SHOWN_ROW))

    @functools.cached_property
    def held(self) -> tuple[int, ...]:
        """Those that the robot holds, or what they are on or in, by id."""
        return tuple(sorted(object_id for object_id, one in self.items.items() if one.held))

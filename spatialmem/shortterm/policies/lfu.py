"""Least frequently used: the unit goes that was recalled least often while held; of equals, the longest not used.

To enter counts as once, to be seen again does not count. What left is forgotten with its count. Without aging, what
was asked for often once stays; `w-tinylfu` is the cure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32

from spatialmem.shortterm.policies.ranking import Ranking
from spatialmem.shortterm.policies.replacement import Replacement

__all__ = ["Lfu"]


class Lfu(Replacement):
    """Ranks units by (count, how recently used). What entered last is spared, or nothing new could stay. O(log n)."""

    name = "lfu"
    _form = tuple[tuple[tuple[int, int], ...], int | None]

    def __init__(self) -> None:
        self._ranking = Ranking()  # by (count, number of the last use)
        self._uses = 0
        self._newest: int | None = None

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Count a new unit once; one that is held was used again, and is not counted."""
        if unit_id in self._ranking:
            self._use(unit_id, self._ranking.key(unit_id)[0])
        else:
            self._use(unit_id, 1)
            self._newest = unit_id

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Count a unit that is held once more."""
        if unit_id in self._ranking:
            self._use(unit_id, self._ranking.key(unit_id)[0] + 1)

    def on_remove(self, unit_id: int, stamp_ns: int) -> None:
        """Forget a unit and its count."""
        self._ranking.drop(unit_id)
        if unit_id == self._newest:
            self._newest = None

    def victim(self, stamp_ns: int) -> int:
        """Return the least counted unit, and forget it."""
        unit_id = self._ranking.least(but=self._newest)
        unit_id = self._newest if unit_id is None else unit_id
        if unit_id is None:
            raise self._nothing_held()
        self.on_remove(unit_id, stamp_ns)
        return unit_id

    def _use(self, unit_id: int, count: int) -> None:
        self._uses += 1
        self._ranking.put(unit_id, (count, self._uses))

    def _written(self) -> Any:
        by_use = sorted(self._ranking.in_order(), key=lambda entry: entry[1][1])
        return tuple((unit_id, count) for unit_id, (count, _) in by_use), self._newest

    def _take(self, written: Any) -> None:
        counts, newest = written
        self._distinct([unit_id for unit_id, _ in counts])
        self.__init__()
        for unit_id, count in counts:
            self._use(unit_id, count)
        self._newest = newest if newest is not None and newest in self._ranking else None

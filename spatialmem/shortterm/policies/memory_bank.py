"""MemoryBank: what is least retained goes. Retention fades with time, and slower with every recall.

Zhong, Guo, Gao, Ye, Wang 2024, "MemoryBank: enhancing large language models with long-term memory", section 2.3, after
Ebbinghaus: retention is exp(-t/S); t is the time since the unit was last asked for, S is 1 at first and grows by 1
with every recall. There memories fade by themselves; here the least retained goes, and only when room is needed. So
the unit of time does not matter: exp(-t/S) is least where t/S is greatest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32

from spatialmem.errors import InputError
from spatialmem.shortterm.policies.ranking import Ranking
from spatialmem.shortterm.policies.replacement import Replacement

__all__ = ["MemoryBank"]


class MemoryBank(Replacement):
    """Ranks units of each strength by their last use. O(log n), for a victim times the count of strengths."""

    name = "memory-bank"
    _form = tuple[tuple[tuple[int, int, int], ...], int | None]

    def __init__(self) -> None:
        self._strength: dict[int, int] = {}
        self._levels: dict[int, Ranking] = {}  # by strength: units by the stamp of their last use
        self._newest: int | None = None

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Take a new unit in with strength 1; one that is held was seen again, and its time starts anew."""
        if unit_id not in self._strength:
            self._newest = unit_id
        self._use(unit_id, self._strength.get(unit_id, 1), stamp_ns)

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Strengthen a unit that is held by 1; its time starts anew."""
        if unit_id in self._strength:
            self._use(unit_id, self._strength[unit_id] + 1, stamp_ns)

    def on_remove(self, unit_id: int, stamp_ns: int) -> None:
        """Forget a unit."""
        if unit_id in self._strength:
            self._leave_level(unit_id)
            del self._strength[unit_id]
        if unit_id == self._newest:
            self._newest = None

    def victim(self, stamp_ns: int) -> int:
        """Return the least retained unit, of equals the one used first, and forget it."""
        candidates = []
        for strength, level in self._levels.items():
            unit_id = level.least(but=self._newest)
            if unit_id is not None:
                last_ns = level.key(unit_id)
                candidates.append((-max(0, stamp_ns - last_ns) / strength, last_ns, unit_id))
        unit_id = min(candidates)[2] if candidates else self._newest
        if unit_id is None:
            raise self._nothing_held()
        self.on_remove(unit_id, stamp_ns)
        return unit_id

    def _use(self, unit_id: int, strength: int, stamp_ns: int) -> None:
        if unit_id in self._strength:
            stamp_ns = max(stamp_ns, self._leave_level(unit_id))  # an input may come late
        self._strength[unit_id] = strength
        self._levels.setdefault(strength, Ranking()).put(unit_id, stamp_ns)

    def _leave_level(self, unit_id: int) -> int:
        """Take a unit out of its level; return its last use [ns]."""
        level = self._levels[self._strength[unit_id]]
        last_ns = level.key(unit_id)
        level.drop(unit_id)
        if not len(level):
            del self._levels[self._strength[unit_id]]
        return last_ns

    def _written(self) -> Any:
        units = sorted(self._strength.items())
        return tuple((unit_id, s, self._levels[s].key(unit_id)) for unit_id, s in units), self._newest

    def _take(self, written: Any) -> None:
        units, newest = written
        self._distinct([unit_id for unit_id, _, _ in units])
        if any(strength < 1 for _, strength, _ in units):
            raise InputError("the state of the memory-bank policy has a unit without strength; it is damaged.")
        self.__init__()
        for unit_id, strength, last_ns in units:
            self._use(unit_id, strength, last_ns)
        self._newest = newest if newest in self._strength else None

"""Units by a key that may change, the least in logarithmic time: a heap whose stale entries are skipped."""

from __future__ import annotations

import heapq
from typing import Any

__all__ = ["Ranking"]

STALE_SPARED = 64


class Ranking:
    """Ranks ids by key, and by id where keys are equal."""

    def __init__(self) -> None:
        self._keys: dict[int, Any] = {}
        self._heap: list[tuple[Any, int]] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, unit_id: int) -> bool:
        return unit_id in self._keys

    def key(self, unit_id: int) -> Any:
        """Return the key of a unit that is ranked."""
        return self._keys[unit_id]

    def put(self, unit_id: int, key: Any) -> None:
        """Rank a unit, anew where it is ranked already."""
        self._keys[unit_id] = key
        heapq.heappush(self._heap, (key, unit_id))
        if len(self._heap) > 2 * len(self._keys) + STALE_SPARED:  # so that it is bounded, at a constant cost a call
            self._heap = [(key, unit_id) for unit_id, key in self._keys.items()]
            heapq.heapify(self._heap)

    def drop(self, unit_id: int) -> None:
        """Take a unit out, where it is in."""
        self._keys.pop(unit_id, None)

    def least(self, but: int | None = None) -> int | None:
        """Return the unit with the least key, not looking at `but`; None where there is no other."""
        heap, spared = self._heap, []
        while heap and (heap[0][1] == but or not self._is_live(*heap[0])):
            entry = heapq.heappop(heap)
            if entry[1] == but and self._is_live(*entry) and not spared:
                spared.append(entry)
        found = heap[0][1] if heap else None
        for entry in spared:
            heapq.heappush(heap, entry)
        return found

    def _is_live(self, key: Any, unit_id: int) -> bool:
        return self._keys.get(unit_id) == key

    def in_order(self) -> list[tuple[int, Any]]:
        """Return all as (id, key), the least first."""
        return sorted(self._keys.items(), key=lambda entry: (entry[1], entry[0]))

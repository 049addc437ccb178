"""W-TinyLFU: a newcomer stays if it was asked for more often than what would go for it; counts age.

Einziger, Friedman, Manes 2017, "TinyLFU: a highly efficient cache admission policy", section 4: a window of 1 % in
LRU order; behind it a main part in segmented LRU order, 80 % of it protected; between them the comparison of counts.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from jaxtyping import Float32

from spatialmem.errors import InputError
from spatialmem.shortterm.policies.replacement import Replacement
from spatialmem.shortterm.policies.sketch import FrequencySketch

__all__ = ["WTinyLfu"]

WINDOW_PARTS, PROTECTED_SHARE = 100, (4, 5)
"""The window is a hundredth of what is held, at least one; of the rest, four fifths are protected."""


class WTinyLfu(Replacement):
    """Keeps three queues and a sketch of counts, which also knows keys that have left. O(1) a call.

    Shares are of what is held, so that a buffer that is bounded by bytes keeps them too. capacity: about how many
    units the buffer holds; it sets the size of the sketch, and after how many uses counts are halved.
    """

    name = "w-tinylfu"
    _form = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[bytes, ...], int]

    def __init__(self, capacity: int):
        self._sketch = FrequencySketch(capacity)
        self._window: OrderedDict[int, None] = OrderedDict()
        self._probation: OrderedDict[int, None] = OrderedDict()
        self._protected: OrderedDict[int, None] = OrderedDict()

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Put a new unit into the window and count it; one that is held moves up as if recalled, not counted."""
        if self._touch(unit_id):
            return
        if len(self._window) > self._window_max():  # no victim was asked for since: there was room
            self._probation[self._window.popitem(last=False)[0]] = None
        self._sketch.add(unit_id)
        self._window[unit_id] = None

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Count a key, held or not; move a unit that is held up."""
        self._sketch.add(unit_id)
        self._touch(unit_id)

    def on_remove(self, unit_id: int, stamp_ns: int) -> None:
        """Forget a unit; its count stays."""
        for queue in (self._window, self._probation, self._protected):
            queue.pop(unit_id, None)

    def victim(self, stamp_ns: int) -> int:
        """Let the window's oldest and the main part's next to go compete where the window is too full."""
        main = self._probation or self._protected
        if not self._window and not main:
            raise self._nothing_held()
        if not main:
            return self._window.popitem(last=False)[0]
        if len(self._window) <= self._window_max():
            return main.popitem(last=False)[0]
        newcomer, old = next(iter(self._window)), next(iter(main))
        if self._sketch.count(newcomer) <= self._sketch.count(old):
            del self._window[newcomer]
            return newcomer
        del self._window[newcomer], main[old]
        self._probation[newcomer] = None
        return old

    def _window_max(self) -> int:
        return max(1, (len(self._window) + len(self._probation) + len(self._protected)) // WINDOW_PARTS)

    def _touch(self, unit_id: int) -> bool:
        """Move a unit to the recent end of its queue, from probation to protection; whether it is held."""
        for queue in (self._window, self._protected):
            if unit_id in queue:
                queue.move_to_end(unit_id)
                return True
        if unit_id not in self._probation:
            return False
        del self._probation[unit_id]
        self._protected[unit_id] = None
        part, whole = PROTECTED_SHARE
        if len(self._protected) * whole > (len(self._probation) + len(self._protected)) * part:
            self._probation[self._protected.popitem(last=False)[0]] = None
        return True

    def _written(self) -> Any:
        queues = (tuple(queue) for queue in (self._window, self._probation, self._protected))
        return (*queues, tuple(map(bytes, self._sketch.rows)), self._sketch.additions)

    def _take(self, written: Any) -> None:
        *queues, rows, additions = written
        self._distinct([unit_id for queue in queues for unit_id in queue])
        if not self._sketch.take(rows, additions):
            size = f"{len(rows)} rows of {[len(row) for row in rows[:8]]} counters"
            raise InputError(f"the state has {size}: it is damaged or of another capacity; load it with its own.")
        self._window, self._probation, self._protected = (OrderedDict.fromkeys(queue) for queue in queues)

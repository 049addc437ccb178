"""Least recently used: the unit goes that was neither asked for nor seen for the longest."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from spatialmem.shortterm.policies.fifo import Fifo

__all__ = ["Lru"]


class Lru(Fifo):
    """Keeps the order of the last uses: to enter, to be seen again and to be recalled are uses. O(1) a call."""

    name = "lru"

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Put a unit last, also where it was held."""
        self._order[unit_id] = None
        self._order.move_to_end(unit_id)

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Put a unit last that is held."""
        if unit_id in self._order:
            self._order.move_to_end(unit_id)

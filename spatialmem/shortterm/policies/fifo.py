"""First in, first out: the unit that entered longest ago goes, however often it was asked for."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from jaxtyping import Float32

from spatialmem.shortterm.policies.replacement import Replacement

__all__ = ["Fifo"]


class Fifo(Replacement):
    """Keeps the order in which units entered. O(1) a call."""

    name = "fifo"
    _form = tuple[int, ...]

    def __init__(self) -> None:
        self._order: OrderedDict[int, None] = OrderedDict()  # a dict would walk over what has left, each time

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Put a new unit last; one that is held keeps its place."""
        self._order.setdefault(unit_id)

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Change nothing."""

    def on_remove(self, unit_id: int, stamp_ns: int) -> None:
        """Forget a unit."""
        self._order.pop(unit_id, None)

    def victim(self, stamp_ns: int) -> int:
        """Return the unit that entered first, and forget it."""
        if not self._order:
            raise self._nothing_held()
        return self._order.popitem(last=False)[0]

    def _written(self) -> Any:
        return tuple(self._order)

    def _take(self, written: Any) -> None:
        self._distinct(written)
        self._order = OrderedDict.fromkeys(written)

"""The leaves that one update touches: collected, given rows and spare slots, updated, committed.

An update that does not fit the byte budget is refused as a whole (`MapFull`) before it writes anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int16, Int32, Int64

from spatialmem.errors import MapFull
from spatialmem.kernels import slots as slot_kernels
from spatialmem.octree.storage import Storage

__all__ = ["Batch", "Scratch"]


class Scratch:
    """Work arrays that keep their size between updates, so that a frame allocates nothing."""

    def __init__(self) -> None:
        self._arrays: dict[str, np.ndarray] = {}

    def array(self, name: str, dtype: type, *shape: int, keep: bool = False) -> np.ndarray:
        """Return an array of at least `shape` rows, exactly `shape` columns; what it holds is left over.

        A new one is all zero, which marks and strays rely on: kernels leave them zero behind. keep: where it must
        grow, what it holds is carried over.
        """
        held = self._arrays.get(name)
        if held is None or held.shape[0] < shape[0] or held.shape[1:] != shape[1:]:
            rows = shape[0] if held is None or held.shape[1:] != shape[1:] else shape[0] * 5 // 4
            grown = np.zeros((rows, *shape[1:]), dtype)
            if keep and held is not None and held.shape[1:] == shape[1:]:
                grown[: len(held)] = held
            held = self._arrays[name] = grown
        return held


@dataclass(slots=True)
class Batch:
    """Items (leaves to be updated) by visit (root) and child index."""

    roots: Int64[np.ndarray, "visits 3"]
    item_visit: Int32[np.ndarray, "n"]
    item_child: Int16[np.ndarray, "n"]
    rows: Int64[np.ndarray, "visits"]
    spares: Int32[np.ndarray, "n"]
    _new: Int64[np.ndarray, "new"]

    @classmethod
    def prepare(
        cls,
        storage: Storage,
        scratch: Scratch,
        roots: Int64[np.ndarray, "visits 3"],
        item_visit: Int32[np.ndarray, "n"],
        item_child: Int16[np.ndarray, "n"],
        *,
        budget_mib: int,
    ) -> Batch:
        """Give every root a row and every item that may be born a spare slot. Raises MapFull, with nothing taken."""
        item_count = len(item_visit)
        rows, missing = storage.rows_of(roots)
        if missing > storage.rows.available:
            raise MapFull("roots", missing, storage.rows.available, budget_mib)
        new = np.flatnonzero(rows < 0)
        for visit in new:
            rows[visit] = storage.take_row()
        tiles = slot_kernels.count_tiles(item_count, rows, item_visit, item_child, storage.children)
        if tiles > storage.slots.available:
            storage.rows.give_back(rows[new].astype(np.int32))
            raise MapFull("leaves", int(tiles), storage.slots.available, budget_mib)
        spares = scratch.array("spares", np.int32, item_count)[:item_count]
        slots = storage.slots
        before = slots.frontier
        slots.frontier = slot_kernels.assign_spares(
            item_count, rows, item_visit, item_child, storage.children, slots.free, slots.free_count, before, spares
        )
        slots.free_count -= int(tiles) - (slots.frontier - before)
        return cls(roots, item_visit, item_child, rows, spares, new)

    def commit(self, storage: Storage) -> None:
        """Return the slots that are free after the update, and enter the new roots."""
        storage.slots.give_back(self.spares[self.spares >= 0])
        if len(self._new):
            storage.adopt(self.roots[self._new], self.rows[self._new])

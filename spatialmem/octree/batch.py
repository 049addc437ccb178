"""The leaves that one update touches: given fresh rows and slots, updated there, published or abandoned.

An update that does not fit the byte budget is refused as a whole (`MapFull`) before it writes anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int16, Int32, Int64

from spatialmem.kernels import slots as slot_kernels
from spatialmem.kernels.threads import run_ranges
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

    def forget(self) -> None:
        """Drop everything: an update was given up half way, and marks may be left over."""
        self._arrays.clear()


@dataclass(slots=True)
class Batch:
    """Items (leaves to be updated) by visit (root) and child index.

    A context: left normally, what was written is published; left by an exception, nothing was.
    """

    storage: Storage
    seq: int
    roots: Int64[np.ndarray, "visits 3"]
    before: Int64[np.ndarray, "visits"]
    """The row of each root until now, -1 for a new one."""
    rows: Int64[np.ndarray, "visits"]
    """A fresh copy of it, to be written."""
    item_visit: Int32[np.ndarray, "n"]
    item_child: Int16[np.ndarray, "n"]
    taken: Int32[np.ndarray, "n"]
    """A fresh slot for each item."""
    spares: Int32[np.ndarray, "n"]
    """Of those, the ones that were not needed; else -1."""
    retired: Int32[np.ndarray, "n"]
    """The slot that each item no longer uses; else -1."""

    @classmethod
    def prepare(
        cls,
        storage: Storage,
        seq: int,
        roots: Int64[np.ndarray, "visits 3"],
        before: Int64[np.ndarray, "visits"],
        item_visit: Int32[np.ndarray, "n"],
        item_child: Int16[np.ndarray, "n"],
    ) -> Batch:
        """Copy the row of every root, and give every item a spare slot. Raises MapFull, with nothing taken."""
        fresh, taken = storage.take(len(roots), len(item_visit))
        rows = fresh.astype(np.int64)
        slot_kernels.copy_rows(before, rows, storage.children, storage.layers.seen_tiles)
        nothing = np.full(len(taken), -1, np.int32)
        return cls(storage, seq, roots, before, rows, item_visit, item_child, taken, taken.copy(), nothing)

    def run(self, kernel: Callable[..., None], first: int, stop: int, *arguments: object, threads: int) -> None:
        """Run a kernel that writes leaves over items [first, stop)."""
        storage = self.storage
        run_ranges(
            kernel, stop - first, *arguments, storage.children, storage.leaves, tuple(storage.layers), self.seq,
            self.spares, self.retired, first=first, threads=threads, grain=150,
        )  # fmt: skip

    def commit(self) -> None:
        """Publish what was written. Rows in which nothing changed stay as they were."""
        storage = self.storage
        changed = np.empty(len(self.rows), np.uint8)
        slot_kernels.changed_rows(self.before, self.rows, storage.children, storage.layers.seen_tiles, changed)
        kept, known = changed != 0, self.before >= 0
        needed = self.spares < 0
        storage.slots.give_back(self.taken[~needed])
        storage.rows.give_back(self.rows[~kept].astype(np.int32))
        storage.publish(
            self.roots[kept],
            self.rows[kept],
            self.taken[needed],
            retired_rows=self.before[kept & known].astype(np.int32),
            retired_slots=self.retired[self.retired >= 0],
            seq=self.seq,
        )

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, problem: object, *_: object) -> None:
        if problem is None:
            self.commit()
        else:  # nothing of it was ever seen
            self.storage.rows.give_back(self.rows.astype(np.int32))
            self.storage.slots.give_back(self.taken)

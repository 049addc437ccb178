"""The pools behind the octree: reserved once at the byte budget, taken by the system only as they are written."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int8, Int32, Int64

from spatialmem.errors import ConfigError
from spatialmem.kernels import slots as slot_kernels
from spatialmem.kernels.layout import CHILD_COUNT, UNKNOWN_TILE

__all__ = ["Storage"]

_LEAF_SHARE = 7 / 8
_MIB = 1 << 20


@dataclass(slots=True)
class _Pool:
    """Which rows of a pool are taken: all below `frontier` but those listed as free."""

    capacity: int
    frontier: int = 0
    free_count: int = 0
    free: Int32[np.ndarray, "n"] = field(default_factory=lambda: np.empty(0, np.int32))

    def __post_init__(self) -> None:
        self.free = np.empty(self.capacity, np.int32)

    @property
    def available(self) -> int:
        """How many rows can still be taken."""
        return self.capacity - self.frontier + self.free_count

    @property
    def taken(self) -> int:
        """How many rows are in use."""
        return self.frontier - self.free_count

    def take(self) -> int:
        """Take one row."""
        if self.free_count:
            self.free_count -= 1
            return int(self.free[self.free_count])
        self.frontier += 1
        return self.frontier - 1

    def give_back(self, rows: Int32[np.ndarray, "n"]) -> None:
        """Return rows; they are taken again before new ones are."""
        self.free[self.free_count : self.free_count + len(rows)] = rows
        self.free_count += len(rows)


class Storage:
    """Root table, child rows and leaves, and who owns which slot. See kernels/layout.py for the layout."""

    def __init__(self, budget_mib: int):
        leaf_capacity = int(budget_mib * _MIB * _LEAF_SHARE) // 512
        row_capacity = budget_mib * _MIB // (8 * CHILD_COUNT * 4)
        self.table: Int64[np.ndarray, "k 2"] = _empty_table(1024)
        try:
            self.children: Int32[np.ndarray, "rows 512"] = np.empty((row_capacity, CHILD_COUNT), np.int32)
            self.leaves: Int8[np.ndarray, "slots 512"] = np.empty((leaf_capacity, 512), np.int8)
        except MemoryError as error:
            raise ConfigError(
                f"octree.budget_mib is {budget_mib}, more than this machine lets one process reserve; lower it."
            ) from error
        self.rows = _Pool(row_capacity)
        self.slots = _Pool(leaf_capacity)
        self._root_count = 0

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three arrays every query kernel takes: table, children, leaves."""
        return self.table, self.children, self.leaves

    @property
    def nbytes(self) -> int:
        """Bytes in use by leaves, child rows and the table."""
        return self.slots.taken * 512 + self.rows.taken * CHILD_COUNT * 4 + self.table.nbytes

    def rows_of(self, roots: Int64[np.ndarray, "n 3"]) -> tuple[Int64[np.ndarray, "n"], int]:
        """Return the row of every root, -1 where it has none, and how many have none."""
        rows = np.empty(len(roots), np.int64)
        return rows, int(slot_kernels.find_rows(self.table, roots, rows))

    def take_row(self) -> int:
        """Take a child row, all unknown. The caller made sure that one is available."""
        row = self.rows.take()
        self.children[row] = UNKNOWN_TILE
        return row

    def adopt(self, roots: Int64[np.ndarray, "n 3"], rows: Int64[np.ndarray, "n"]) -> None:
        """Enter new roots with their rows into the table; rows in which nothing became known go back."""
        size = len(self.table)
        while 2 * (self._root_count + len(roots)) > size:
            size *= 2
        if size > len(self.table):
            grown = _empty_table(size)
            slot_kernels.rehash(self.table, grown)
            self.table = grown
        kept = np.empty(len(roots), np.uint8)
        self._root_count += int(slot_kernels.insert_roots(roots, rows, self.children, self.table, kept))
        self.rows.give_back(rows[kept == 0].astype(np.int32))

    def roots(self) -> tuple[Int64[np.ndarray, "n 3"], Int64[np.ndarray, "n"]]:
        """Return the coordinates of all roots and their rows, in the order of x, y, z."""
        entries = self.table[self.table[:, 1] >= 0]
        coordinates = np.stack([entries[:, 0] >> 42, entries[:, 0] >> 21, entries[:, 0]], axis=1) & 0x1FFFFF
        coordinates = np.where(coordinates >= 1 << 20, coordinates - (1 << 21), coordinates)
        order = np.lexsort(coordinates.T[::-1])
        return np.ascontiguousarray(coordinates[order]), np.ascontiguousarray(entries[order, 1])


def _empty_table(size: int) -> np.ndarray:
    """Return a root table without entries."""
    return np.full((size, 2), -1, np.int64)

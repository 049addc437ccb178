"""The pools behind the octree, and which rows and slots older views still need. See kernels/layout.py for the layout.

An update writes fresh rows and slots only; publishing is one assignment. What the new state no longer uses is retired,
and taken again as soon as no view of an earlier state lives.
"""

from __future__ import annotations

import weakref
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int8, Int32, Int64

from spatialmem.config import OctreeConfig
from spatialmem.errors import ConfigError, MapFull
from spatialmem.kernels import slots as slot_kernels
from spatialmem.kernels.layout import CHILD_COUNT
from spatialmem.octree.blocks import Blocks
from spatialmem.octree.snapshot import Layers, Snapshot

__all__ = ["Storage"]

_ROW_SHARE = 1 / 8
_PINNED_SHARE = 1 / 4
_MIB = 1 << 20


@dataclass(slots=True)
class _Pool:
    """Which rows of a pool are free: those beyond `frontier`, never used yet, and those listed."""

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

    def take(self, count: int) -> Int32[np.ndarray, "n"]:
        """Take rows, used ones before new ones. The caller made sure that they are available."""
        used = min(count, self.free_count)
        self.free_count -= used
        rows = np.empty(count, np.int32)
        rows[:used] = self.free[self.free_count : self.free_count + used][::-1]
        rows[used:] = np.arange(self.frontier, self.frontier + count - used, dtype=np.int32)
        self.frontier += count - used
        return rows

    def give_back(self, rows: Int32[np.ndarray, "n"]) -> None:
        """Return rows; they are taken again before new ones are."""
        self.free[self.free_count : self.free_count + len(rows)] = rows
        self.free_count += len(rows)


@dataclass(frozen=True, slots=True)
class _Retired:
    """What the states from `generation` on do not use, and earlier ones may."""

    generation: int
    rows: Int32[np.ndarray, "r"]
    slots: Int32[np.ndarray, "s"]


class Storage:
    """Child rows and leaves, reserved once at the byte budget and taken by the system as they are written.

    One thread writes; any may read `published`.
    """

    def __init__(self, config: OctreeConfig):
        self._config = config
        self.leaf_nbytes = 512 * (1 + 4 * config.color + 4 * config.last_seen)
        self.row_nbytes = CHILD_COUNT * (4 + 4 * config.last_seen)
        budget = config.budget_mib * _MIB
        row_capacity = int(budget * _ROW_SHARE) // self.row_nbytes
        slot_capacity = int(budget * (1 - _ROW_SHARE)) // self.leaf_nbytes
        try:
            self.children: Int32[np.ndarray, "rows 512"] = np.empty((row_capacity, CHILD_COUNT), np.int32)
            self.leaves: Int8[np.ndarray, "slots 512"] = np.empty((slot_capacity, 512), np.int8)
            self.layers = Layers(
                np.empty((slot_capacity if config.color else 0, 512, 4), np.uint8),
                np.empty((slot_capacity if config.last_seen else 0, 512), np.uint32),
                np.empty((row_capacity if config.last_seen else 0, CHILD_COUNT), np.uint32),
            )
        except MemoryError as error:
            raise ConfigError(
                f"octree.budget_mib is {config.budget_mib}, more than this machine lets one process reserve; lower it."
            ) from error
        self.rows, self.slots = _Pool(row_capacity), _Pool(slot_capacity)
        self._older: deque[weakref.ref[Snapshot]] = deque()  # states before the published one, oldest first
        self._retired: deque[_Retired] = deque()
        self._pinned_rows = self._pinned_slots = 0
        self.published = self._state(_empty_table(1024), generation=0, seq=0, leaf_count=0, root_count=0)

    @property
    def written_nbytes(self) -> int:
        """Bytes that were ever written: what the system has given, with what waits to be used again."""
        return (
            self.slots.frontier * self.leaf_nbytes + self.rows.frontier * self.row_nbytes + self.published.table.nbytes
        )

    @property
    def pinned_nbytes(self) -> int:
        """Bytes that only older views still need, or did when last looked at."""
        return self._pinned_slots * self.leaf_nbytes + self._pinned_rows * self.row_nbytes

    def rows_of(self, roots: Int64[np.ndarray, "n 3"]) -> Int64[np.ndarray, "n"]:
        """Return the published row of every root, -1 where it has none."""
        rows = np.empty(len(roots), np.int64)
        slot_kernels.find_rows(self.published.table, roots, rows)
        return rows

    def take(self, row_count: int, slot_count: int) -> tuple[Int32[np.ndarray, "r"], Int32[np.ndarray, "s"]]:
        """Take free rows and slots; views that stand in the way expire. Raises MapFull, with nothing taken.

        Whether it is raised depends on the map and the update alone, not on who holds which view.
        """
        for what, count, pool, used in (
            ("roots", row_count, self.rows, self.published.root_count),
            ("leaves", slot_count, self.slots, self.published.leaf_count),
        ):
            if count > pool.capacity - used:
                raise MapFull(what, count, pool.capacity - used, self._config.budget_mib)
        self._reclaim()
        while row_count > self.rows.available or slot_count > self.slots.available:
            self._expire_oldest()
        return self.rows.take(row_count), self.slots.take(slot_count)

    def publish(
        self,
        roots: Int64[np.ndarray, "n 3"],
        rows: Int64[np.ndarray, "n"],
        *,
        retired_rows: Int32[np.ndarray, "r"],
        retired_slots: Int32[np.ndarray, "s"],
        leaf_count: int,
        seq: int,
    ) -> None:
        """Make a new state of the old one, in which `roots` lead to fresh `rows`, the one that is asked from now on."""
        old = self.published
        root_count = old.root_count + len(rows) - len(retired_rows)
        table = _grown_copy(old.table, root_count)
        slot_kernels.put_roots(roots, rows, table)
        generation = old.generation + 1
        self._retired.append(_Retired(generation, retired_rows, retired_slots))
        self._pinned_rows += len(retired_rows)
        self._pinned_slots += len(retired_slots)
        self._older.append(weakref.ref(old))
        self.published = self._state(table, generation, seq, leaf_count, root_count)
        del old  # else this very frame would keep it alive
        self._reclaim()
        while self.pinned_nbytes > self._config.budget_mib * _MIB * _PINNED_SHARE:
            self._expire_oldest()

    def adopt(self, blocks: Blocks, seq: int) -> None:
        """Publish a map that was written down; nothing may be here yet. Raises MapFull."""
        rows, slots = self.take(len(blocks.roots), len(blocks.leaves))
        is_leaf = blocks.children >= 0
        children = blocks.children.copy()
        children[is_leaf] = slots
        self.children[rows], self.leaves[slots] = children, blocks.leaves
        colors, seen, seen_tiles = self.layers
        if len(colors):
            colors[slots] = 0 if blocks.colors is None else blocks.colors
        if len(seen):
            seen[slots] = 0 if blocks.seen is None else blocks.seen
            seen_tiles[rows] = 0 if blocks.seen_tiles is None else blocks.seen_tiles
        nothing = np.empty(0, np.int32)
        self.publish(
            blocks.roots.astype(np.int64), rows.astype(np.int64), retired_rows=nothing, retired_slots=nothing,
            leaf_count=len(slots), seq=seq,
        )  # fmt: skip

    def _state(
        self, table: Int64[np.ndarray, "k 2"], generation: int, seq: int, leaf_count: int, root_count: int
    ) -> Snapshot:
        return Snapshot(
            table=table, children=self.children, leaves=self.leaves, layers=self.layers, generation=generation, seq=seq,
            voxel_size_m=self._config.voxel_size_m, threads=self._config.threads, leaf_count=leaf_count,
            root_count=root_count, nbytes=leaf_count * self.leaf_nbytes + root_count * self.row_nbytes + table.nbytes,
        )  # fmt: skip

    def _reclaim(self) -> None:
        """Free what was retired before the oldest state that somebody still holds."""
        while self._older and self._older[0]() is None:
            self._older.popleft()
        oldest = self._older[0]() if self._older else None
        generation = (oldest or self.published).generation
        while self._retired and self._retired[0].generation <= generation:
            free = self._retired.popleft()
            self._pinned_rows -= len(free.rows)
            self._pinned_slots -= len(free.slots)
            self.rows.give_back(free.rows)
            self.slots.give_back(free.slots)

    def _expire_oldest(self) -> None:
        """End the oldest view: it is told before anything of it is written again."""
        oldest = self._older.popleft()()
        if oldest is not None:
            oldest.expired = True
        self._reclaim()


def _empty_table(size: int) -> Int64[np.ndarray, "k 2"]:
    """Return a root table without entries."""
    return np.full((size, 2), -1, np.int64)


def _grown_copy(table: Int64[np.ndarray, "k 2"], root_count: int) -> Int64[np.ndarray, "k2 2"]:
    """Return a copy of a root table that is at most half full with so many roots."""
    size = len(table)
    while 2 * root_count > size:
        size *= 2
    if size == len(table):
        return table.copy()
    grown = _empty_table(size)
    slot_kernels.rehash(table, grown)
    return grown

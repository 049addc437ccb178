"""The pools behind the octree, and which rows and slots older views still need. See kernels/layout.py for the layout.

An update writes fresh rows and slots only; publishing is one assignment. What the new state no longer uses is retired:
it was born with one generation and retired with a later one, and is taken again as soon as no view of a generation
between them lives.
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
    nbytes: int
    """Of one row."""
    frontier: int = 0
    free_count: int = 0
    free: Int32[np.ndarray, "n"] = field(default_factory=lambda: np.empty(0, np.int32))
    born: Int32[np.ndarray, "n"] = field(default_factory=lambda: np.empty(0, np.int32))
    """The generation that each row was written for."""

    def __post_init__(self) -> None:
        self.free, self.born = np.empty(self.capacity, np.int32), np.empty(self.capacity, np.int32)

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
    """Rows of a pool that the states from `generation` on do not use."""

    pool: _Pool
    generation: int
    rows: Int32[np.ndarray, "n"]


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
        self.rows, self.slots = _Pool(row_capacity, self.row_nbytes), _Pool(slot_capacity, self.leaf_nbytes)
        self._older: deque[tuple[int, weakref.ref[Snapshot]]] = deque()
        """Generations before the published one that may still be held, rising."""
        self._pinned: dict[int, list[_Retired]] = {}
        """What waits for a generation to be let go: the oldest one held that uses it."""
        self.pinned_nbytes = 0
        self.published = self._state(_empty_table(1024), generation=0, seq=0, leaf_count=0, root_count=0)

    @property
    def written_nbytes(self) -> int:
        """Bytes that were ever written: what the system has given, with what waits to be used again."""
        return (
            self.slots.frontier * self.leaf_nbytes + self.rows.frontier * self.row_nbytes + self.published.table.nbytes
        )

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
        while (row_count > self.rows.available or slot_count > self.slots.available) and self._older:
            self._expire_oldest()
        return self.rows.take(row_count), self.slots.take(slot_count)

    def publish(
        self,
        roots: Int64[np.ndarray, "n 3"],
        rows: Int64[np.ndarray, "n"],
        slots: Int32[np.ndarray, "m"],
        *,
        retired_rows: Int32[np.ndarray, "r"],
        retired_slots: Int32[np.ndarray, "s"],
        seq: int,
    ) -> None:
        """Make a new state of the old one: `roots` lead to fresh `rows`, and these to fresh `slots`."""
        old = self.published
        generation = old.generation + 1
        root_count = old.root_count + len(rows) - len(retired_rows)
        leaf_count = old.leaf_count + len(slots) - len(retired_slots)
        table = _grown_copy(old.table, root_count)
        slot_kernels.put_roots(roots, rows, table)
        self.rows.born[rows] = self.slots.born[slots] = generation
        self._older.append((old.generation, weakref.ref(old)))
        self.published = self._state(table, generation, seq, leaf_count, root_count)
        del old  # else this very frame would keep it alive
        held = self._reclaim()
        for pool, retired in ((self.rows, retired_rows), (self.slots, retired_slots)):
            self._free_or_pin(_Retired(pool, generation, retired), held)
        while self.pinned_nbytes > self._config.budget_mib * _MIB * _PINNED_SHARE and len(self._older) > 1:
            self._expire_oldest()  # but never what was the newest state until now: somebody may be asking it

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
            blocks.roots.astype(np.int64), rows.astype(np.int64), slots, retired_rows=nothing, retired_slots=nothing,
            seq=seq,
        )  # fmt: skip

    def _state(
        self, table: Int64[np.ndarray, "k 2"], generation: int, seq: int, leaf_count: int, root_count: int
    ) -> Snapshot:
        return Snapshot(
            table=table, children=self.children, leaves=self.leaves, layers=self.layers,
            row_generations=self.rows.born, generation=generation, seq=seq,
            voxel_size_m=self._config.voxel_size_m, threads=self._config.threads, leaf_count=leaf_count,
            root_count=root_count, nbytes=leaf_count * self.leaf_nbytes + root_count * self.row_nbytes + table.nbytes,
        )  # fmt: skip

    def _reclaim(self) -> Int64[np.ndarray, "g"]:
        """Free what only states that nobody holds any more used; return the generations before ours that are held."""
        older, let_go = deque(), []
        for generation, state in self._older:
            if state() is None:  # looked at once only: it may be let go at any moment
                let_go.append(generation)
            else:
                older.append((generation, state))
        self._older = older
        held = np.array([generation for generation, _ in older], np.int64)
        for generation in let_go:
            self._unpin(generation, held)
        return held

    def _unpin(self, generation: int, held: Int64[np.ndarray, "g"]) -> None:
        for retired in self._pinned.pop(generation, ()):
            self.pinned_nbytes -= len(retired.rows) * retired.pool.nbytes
            self._free_or_pin(retired, held)

    def _free_or_pin(self, retired: _Retired, held: Int64[np.ndarray, "g"]) -> None:
        """Give rows back, but those that a held generation uses: they wait for the oldest such."""
        rows, pool = retired.rows, retired.pool
        oldest = np.searchsorted(held, pool.born[rows])
        pinned_by = np.append(held, retired.generation)[oldest]
        used = pinned_by < retired.generation
        pool.give_back(rows[~used])
        for generation in np.unique(pinned_by[used]).tolist():
            pinned = rows[pinned_by == generation]
            self._pinned.setdefault(generation, []).append(_Retired(pool, retired.generation, pinned))
            self.pinned_nbytes += len(pinned) * pool.nbytes

    def _expire_oldest(self) -> None:
        """End the oldest view: it is told before anything of it is written again."""
        generation, state = self._older.popleft()
        oldest = state()
        if oldest is not None:
            oldest.expired = True
        del oldest
        self._unpin(generation, np.array([g for g, _ in self._older], np.int64))


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

"""Who owns which row and slot: the root table, spare slots for leaves that may be born."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, kernel, readonly
from spatialmem.kernels.layout import UNKNOWN_TILE, find_row, root_key, root_slot

__all__ = [
    "assign_spares",
    "assign_spares_reference",
    "count_tiles",
    "find_rows",
    "find_rows_reference",
    "insert_roots",
    "rehash",
]


@kernel((readonly(types.int64, 2), readonly(types.int64, 2), array(types.int64, 1)))
def find_rows(table, roots, rows):
    """Look up the rows of roots (n, 3); -1 where there is none. Returns how many are missing."""
    missing = 0
    for i in range(roots.shape[0]):
        rows[i] = find_row(table, roots[i, 0], roots[i, 1], roots[i, 2])
        missing += rows[i] < 0
    return missing


def find_rows_reference(table, roots):
    """Return the rows of roots (n, 3), -1 where there is none; plain form of `find_rows`."""
    row_of = {key: row for key, row in table.tolist() if row >= 0}
    low, middle, high = (roots & 0x1FFFFF).T[::-1]
    return np.array([row_of.get(key, -1) for key in (high << 42 | middle << 21 | low).tolist()], np.int64)


@kernel(
    (
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        readonly(types.int32, 2),
    )
)
def count_tiles(item_count, rows, item_visit, item_child, children):
    """Return how many items are tiles, and may have to be born as leaves."""
    count = 0
    for m in range(item_count):
        count += children[rows[item_visit[m]], item_child[m]] < 0
    return count


@kernel(
    (
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        readonly(types.int32, 2),
        readonly(types.int32, 1),
        types.int64,
        types.int64,
        array(types.int32, 1),
    )
)
def assign_spares(item_count, rows, item_visit, item_child, children, free_slots, free_count, frontier, spares):
    """Give every tile among the items a spare slot: free ones first, then new ones. Returns the new frontier."""
    for m in range(item_count):
        spares[m] = -1
        if children[rows[item_visit[m]], item_child[m]] < 0:
            if free_count > 0:
                free_count -= 1
                spares[m] = free_slots[free_count]
            else:
                spares[m] = frontier
                frontier += 1
    return frontier


def assign_spares_reference(is_tile, free_slots, frontier):
    """Return the spare slot of every item, -1 where it is a leaf; plain form of `count_tiles`, `assign_spares`."""
    spares = np.full(len(is_tile), -1)
    count = int(is_tile.sum())
    spares[is_tile] = [*free_slots[::-1], *range(frontier, frontier + count)][:count]
    return spares


@kernel(
    (
        readonly(types.int64, 2),
        readonly(types.int64, 1),
        readonly(types.int32, 2),
        array(types.int64, 2),
        array(types.uint8, 1),
    )
)
def insert_roots(roots, rows, children, table, kept):
    """Put roots into the table unless nothing in them is known; `kept` says which. Returns how many were put.

    The table must have room for all of them.
    """
    count = 0
    for i in range(roots.shape[0]):
        kept[i] = 0
        for child in range(512):
            if children[rows[i], child] != UNKNOWN_TILE:
                kept[i] = 1
                break
        if kept[i]:
            key = root_key(roots[i, 0], roots[i, 1], roots[i, 2])
            place = root_slot(table, key)
            table[place, 0], table[place, 1] = key, rows[i]
            count += 1
    return count


@kernel((readonly(types.int64, 2), array(types.int64, 2)))
def rehash(old, new):
    """Move every entry of a table into a larger, empty one."""
    for i in range(old.shape[0]):
        if old[i, 1] >= 0:
            place = root_slot(new, old[i, 0])
            new[place, 0], new[place, 1] = old[i, 0], old[i, 1]

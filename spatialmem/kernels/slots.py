"""The root table, and which of its rows an update changed."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, kernel, readonly
from spatialmem.kernels.layout import UNKNOWN_TILE, find_row, root_key, root_slot

__all__ = ["changed_rows", "copy_rows", "find_rows", "find_rows_reference", "put_roots", "rehash"]


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


@kernel((readonly(types.int64, 1), readonly(types.int64, 1), array(types.int32, 2), array(types.uint32, 2)))
def copy_rows(before, after, children, seen_tiles):
    """Copy rows `before` to the fresh rows `after`; -1 is a root without a row, all of which is unknown.

    seen_tiles: copied in the same way, if that layer is on; see layers.py.
    """
    for i in range(before.shape[0]):
        old, new = before[i], after[i]
        for child in range(512):
            children[new, child] = children[old, child] if old >= 0 else np.int32(UNKNOWN_TILE)
        if seen_tiles.shape[0] > 0:
            for child in range(512):
                seen_tiles[new, child] = seen_tiles[old, child] if old >= 0 else np.uint32(0)


@kernel(
    (
        readonly(types.int64, 1),
        readonly(types.int64, 1),
        readonly(types.int32, 2),
        readonly(types.uint32, 2),
        array(types.uint8, 1),
    )
)
def changed_rows(before, after, children, seen_tiles, changed):
    """Find out which rows `after` differ from those that they were copied from; returns how many."""
    count = 0
    for i in range(before.shape[0]):
        old, new = before[i], after[i]
        changed[i] = 0
        for child in range(512):
            differs = children[new, child] != (children[old, child] if old >= 0 else np.int32(UNKNOWN_TILE))
            if seen_tiles.shape[0] > 0:
                differs |= seen_tiles[new, child] != (seen_tiles[old, child] if old >= 0 else np.uint32(0))
            if differs:
                changed[i] = 1
                count += 1
                break
    return count


@kernel((readonly(types.int64, 2), readonly(types.int64, 1), array(types.int64, 2)))
def put_roots(roots, rows, table):
    """Let roots (n, 3) lead to rows, known ones and new ones. The table must have room for all of them."""
    for i in range(roots.shape[0]):
        key = root_key(roots[i, 0], roots[i, 1], roots[i, 2])
        place = root_slot(table, key)
        table[place, 0], table[place, 1] = key, rows[i]


@kernel((readonly(types.int64, 2), array(types.int64, 2)))
def rehash(old, new):
    """Move every entry of a table into a larger, empty one."""
    for i in range(old.shape[0]):
        if old[i, 1] >= 0:
            place = root_slot(new, old[i, 0])
            new[place, 0], new[place, 1] = old[i, 0], old[i, 1]

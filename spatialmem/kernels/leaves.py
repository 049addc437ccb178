"""New values into leaves: hits and misses, leaves born at the first write, collapse to a tile when uniform.

A leaf's new values are computed aside; they are written only where something changed, and a slot is taken only
then. Each item has a spare slot in case it must be born; `freed` tells which slots are free afterwards: the
spare that was not needed, or the leaf that collapsed.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.depth import NEAR_M
from spatialmem.kernels.layout import (
    HIT,
    LOG_ODDS_MAX,
    LOG_ODDS_MIN,
    MISS,
    MORTON_X,
    MORTON_Y,
    MORTON_Z,
    UNKNOWN,
    UNKNOWN_TILE,
    find_row,
    morton_reference,
    root_key,
    root_slot,
    tile_of,
    tile_value,
)

__all__ = [
    "assign_spares",
    "count_tiles",
    "find_rows",
    "free_leaves",
    "insert_roots",
    "rehash",
    "update_by_image",
    "update_by_image_reference",
    "update_by_marks",
    "updated",
]

_f4 = np.float32
_i2 = np.int16


def updated(values, change):
    """Return int8 log-odds after adding `change` (int, 0 = untouched): the rule that all kernels follow."""
    base = np.where(values == UNKNOWN, 0, values).astype(np.int32)
    return np.where(change == 0, values, np.clip(base + change, LOG_ODDS_MIN, LOG_ODDS_MAX)).astype(np.int8)


@device
def _settle(new, low, high, difference, slot, row, child, children, leaves, spare):
    """Write a leaf's new values where they belong; returns the slot that is free afterwards, or -1.

    low, high: the least and greatest of the new values; difference: 0 where none of them is new.
    """
    if difference == 0:
        return spare
    if low == high:
        children[row, child] = tile_of(low)
        return slot if slot >= 0 else spare
    if slot < 0:
        children[row, child] = spare
        slot = spare
        spare = np.int32(-1)
    target = leaves[slot]
    for i in range(512):
        target[i] = new[i]
    return spare


@device
def _old_values(child_entry, leaves, constant):
    """Return the 512 values of a leaf, or of a tile spread into `constant`."""
    if child_entry >= 0:
        return leaves[child_entry]
    value = np.int8(tile_value(child_entry))
    for i in range(512):
        constant[i] = value
    return constant


@device
def _project(OX, OY, OZ, x0, y0, z0, reach, width, height, cu, cv, index, ahead):
    """Fill `ahead`: how far [m] each voxel centre lies in front of the reach of its pixel."""
    one, zero, near = _f4(1), _f4(0), _f4(NEAR_M)
    width_f, height_f, stride, nowhere = _f4(width), _f4(height), np.int32(width), np.int32(width * height)
    for i in range(512):
        z = z0 + OZ[i]
        by_z = one / z
        u = (x0 + OX[i]) * by_z + cu
        v = (y0 + OY[i]) * by_z + cv
        k = np.int32(v) * stride + np.int32(u)
        k = k if z > near else nowhere
        k = k if u >= zero else nowhere
        k = k if v >= zero else nowhere
        k = k if u < width_f else nowhere
        k = k if v < height_f else nowhere
        index[i] = np.uint32(k)
        ahead[i] = z
    for i in range(512):
        ahead[i] = reach[np.uintp(index[i])] - ahead[i]


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.float32, 1),
        readonly(types.float32, 1),
        types.int64,
        types.int64,
        types.float64,
        readonly(types.int32, 2),
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        readonly(types.float32, 2),
        array(types.int8, 2),
        array(types.uint8, 1),
        array(types.int32, 2),
        array(types.int8, 2),
        array(types.int32, 1),
    )
)
def update_by_image(
    start, stop, camera, reach, width, height, voxel_size_m, visits, rows, item_visit, item_child, offsets,
    marks, hit_items, children, leaves, spares,
):  # fmt: skip
    """Update mixed leaves [start, stop): a marked voxel is hit, one in front of its pixel's reach is missed.

    reach: float32, flat, one more than pixels; the last is INVALID_REACH, for voxels outside the image.
    offsets: float32, shape (3, 512): voxel centres in a leaf, in C, x and y times the focal length.
    marks, hit_items: cleared on the way. spares: a slot per item in, the slot that became free out (-1: none).
    """
    index, ahead = np.empty(512, np.uint32), np.empty(512, np.float32)
    new, constant, unhit = np.empty(512, np.int8), np.empty(512, np.int8), np.zeros(512, np.int8)
    OX, OY, OZ = offsets[0], offsets[1], offsets[2]
    margin, cu, cv = camera[16], camera[14] + _f4(0.5), camera[15] + _f4(0.5)
    for m in range(start, stop):
        visit, child = item_visit[m], item_child[m]
        row = rows[visit]
        entry = children[row, child]
        if entry == tile_of(LOG_ODDS_MIN) and not hit_items[m]:
            continue  # as free as can be, and nothing hit it: no miss changes it
        dx = _f4((visits[visit, 0] * 8 + MORTON_X[child]) * 8 * voxel_size_m) - camera[9]
        dy = _f4((visits[visit, 1] * 8 + MORTON_Y[child]) * 8 * voxel_size_m) - camera[10]
        dz = _f4((visits[visit, 2] * 8 + MORTON_Z[child]) * 8 * voxel_size_m) - camera[11]
        _project(
            OX, OY, OZ,
            camera[12] * (camera[0] * dx + camera[3] * dy + camera[6] * dz),
            camera[13] * (camera[1] * dx + camera[4] * dy + camera[7] * dz),
            camera[2] * dx + camera[5] * dy + camera[8] * dz,
            reach, width, height, cu, cv, index, ahead,
        )  # fmt: skip
        old = _old_values(entry, leaves, constant)
        hit = marks[m] if hit_items[m] else unhit
        low, high, difference = _i2(127), _i2(-128), _i2(0)
        for i in range(512):
            change = _i2(MISS) if ahead[i] > margin else _i2(0)
            change = _i2(HIT) if hit[i] != np.int8(0) else change
            value = _i2(old[i])
            base = value if value != _i2(UNKNOWN) else _i2(0)
            n = _i2(base + change)
            n = n if n > _i2(LOG_ODDS_MIN) else _i2(LOG_ODDS_MIN)
            n = n if n < _i2(LOG_ODDS_MAX) else _i2(LOG_ODDS_MAX)
            n = n if change != _i2(0) else value
            new[i] = np.int8(n)
            low = n if n < low else low
            high = n if n > high else high
            difference = _i2(difference | _i2(n ^ value))
        slot = entry if entry >= 0 else np.int32(-1)
        spares[m] = _settle(new, low, high, difference, slot, row, child, children, leaves, spares[m])
        if hit_items[m]:
            hit[:] = np.int8(0)
            hit_items[m] = np.uint8(0)


def update_by_image_reference(values, voxels, hit, camera, reach, voxel_size_m, offsets):
    """Return the new int8 log-odds of voxels (n, 3), counted as in depth.py; plain form of `update_by_image`.

    hit: bool, shape (n,). reach: float32, shape (height, width). offsets: as in `update_by_image`.
    """
    height, width = reach.shape
    R, p = camera[:9].reshape(3, 3), camera[9:12]
    d = ((voxels // 8 * 8) * voxel_size_m).astype(np.float32) - p
    x, y, z = (R[0, i] * d[:, 0] + R[1, i] * d[:, 1] + R[2, i] * d[:, 2] for i in range(3))
    inside = morton_reference(voxels)
    x, y, z = camera[12] * x + offsets[0, inside], camera[13] * y + offsets[1, inside], z + offsets[2, inside]
    with np.errstate(all="ignore"):
        by_z = np.float32(1) / z
        u = x * by_z + (camera[14] + np.float32(0.5))
        v = y * by_z + (camera[15] + np.float32(0.5))
    seen = (z > np.float32(NEAR_M)) & (u >= 0) & (v >= 0) & (u < width) & (v < height)
    ahead = np.full(len(voxels), -1e9, np.float32)
    ahead[seen] = reach[v[seen].astype(np.int64), u[seen].astype(np.int64)] - z[seen]
    return updated(values, np.where(hit, HIT, np.where(ahead > camera[16], MISS, 0)))


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        array(types.int8, 2),
        array(types.int32, 2),
        array(types.int8, 2),
        array(types.int32, 1),
    )
)
def update_by_marks(start, stop, rows, item_visit, item_child, marks, children, leaves, spares):
    """Update leaves [start, stop) by marks alone: 1 is a miss, 2 a hit. Clears the marks; `spares` as above."""
    new, constant = np.empty(512, np.int8), np.empty(512, np.int8)
    for m in range(start, stop):
        row, child = rows[item_visit[m]], item_child[m]
        entry = children[row, child]
        old = _old_values(entry, leaves, constant)
        mark = marks[m]
        low, high, difference = _i2(127), _i2(-128), _i2(0)
        for i in range(512):
            change = _i2(MISS) if mark[i] == np.int8(1) else _i2(0)
            change = _i2(HIT) if mark[i] == np.int8(2) else change
            value = _i2(old[i])
            base = value if value != _i2(UNKNOWN) else _i2(0)
            n = _i2(base + change)
            n = n if n > _i2(LOG_ODDS_MIN) else _i2(LOG_ODDS_MIN)
            n = n if n < _i2(LOG_ODDS_MAX) else _i2(LOG_ODDS_MAX)
            n = n if change != _i2(0) else value
            new[i] = np.int8(n)
            low = n if n < low else low
            high = n if n > high else high
            difference = _i2(difference | _i2(n ^ value))
        slot = entry if entry >= 0 else np.int32(-1)
        spares[m] = _settle(new, low, high, difference, slot, row, child, children, leaves, spares[m])
        mark[:] = np.int8(0)


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int16, 2),
        readonly(types.int32, 1),
        readonly(types.int32, 2),
        array(types.int32, 2),
        array(types.int8, 2),
        array(types.int32, 2),
        array(types.int32, 1),
    )
)
def free_leaves(start, stop, rows, free, free_count, item_of, children, leaves, freed, freed_count):
    """Miss every voxel of the free leaves of octants [start, stop), but for those that became items.

    freed: int32, shape (octants, 64): slots of leaves that became uniform; `freed_count` of each row hold.
    """
    for w in range(start, stop):
        row, freed_here = rows[w >> 3], 0
        for j in range(free_count[w]):
            child = free[w, j]
            entry = children[row, child]
            if item_of[w >> 3, child] >= 0:
                continue
            if entry < 0:
                value = tile_value(entry)
                missed = (0 if value == UNKNOWN else value) + MISS
                children[row, child] = tile_of(max(missed, LOG_ODDS_MIN))
                continue
            leaf = leaves[entry]
            low, high = _i2(127), _i2(-128)
            for i in range(512):
                value = _i2(leaf[i])
                n = _i2((value if value != _i2(UNKNOWN) else _i2(0)) + _i2(MISS))
                n = n if n > _i2(LOG_ODDS_MIN) else _i2(LOG_ODDS_MIN)
                leaf[i] = np.int8(n)
                low = n if n < low else low
                high = n if n > high else high
            if low == high:
                children[row, child] = tile_of(low)
                freed[w, freed_here] = entry
                freed_here += 1
        freed_count[w] = freed_here


@kernel((readonly(types.int64, 2), readonly(types.int64, 2), array(types.int64, 1)))
def find_rows(table, roots, rows):
    """Look up the rows of roots (n, 3); -1 where there is none. Returns how many are missing."""
    missing = 0
    for i in range(roots.shape[0]):
        rows[i] = find_row(table, roots[i, 0], roots[i, 1], roots[i, 2])
        missing += rows[i] < 0
    return missing


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

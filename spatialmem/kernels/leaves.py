"""New values into leaves: hits and misses, leaves born at the first write, collapse to a tile when uniform.

Copy-on-write: rows are fresh copies that nobody reads yet, and a leaf that changes is written into a fresh slot.
Whoever reads the old rows finds the old slots as they were. Kernels here take, one per item,

    spares   int32, a free slot in; the same out where it was not needed, else -1
    retired  int32, out: the slot that the new rows no longer use, else -1

and seq, the number of the update; layers are described in layers.py.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.depth import voxel_half_extents
from spatialmem.kernels.layers import LAYERS, carry_colors, carry_seen, oldest_seen, paint
from spatialmem.kernels.layout import (
    HIT,
    LOG_ODDS_MAX,
    LOG_ODDS_MIN,
    MISS,
    MORTON_X,
    MORTON_Y,
    MORTON_Z,
    UNKNOWN,
    morton_reference,
    tile_of,
    tile_value,
)
from spatialmem.kernels.reach import AROUND_VOXELS, NEAR_M

__all__ = [
    "WRITE_TYPES",
    "change_leaf",
    "clear_around_camera",
    "collect_free_leaves",
    "miss_leaves",
    "miss_tiles",
    "project_leaf",
    "update_by_image",
    "update_by_image_reference",
    "update_by_marks",
    "updated",
]

_f4 = np.float32
_i2 = np.int16
WRITE_TYPES = (
    array(types.int32, 2),
    array(types.int8, 2),
    LAYERS,
    types.int64,
    array(types.int32, 1),
    array(types.int32, 1),
)
"""What every kernel that writes leaves ends with: children, leaves, layers, seq, spares, retired."""


def updated(values, change):
    """Return int8 log-odds after adding `change` (int, 0 = untouched): the rule that all kernels follow."""
    base = np.where(values == UNKNOWN, 0, values).astype(np.int32)
    return np.where(change == 0, values, np.clip(base + change, LOG_ODDS_MIN, LOG_ODDS_MAX)).astype(np.int8)


@device
def _add(old, change, new):
    """Fill `new` with `old` after adding `change`, both int8 of 512; `updated` in the width that vectorises.

    Returns the least and the greatest new value, and 0 where none differs.
    """
    low, high, difference = _i2(127), _i2(-128), _i2(0)
    for i in range(512):
        value, step = _i2(old[i]), _i2(change[i])
        base = value if value != _i2(UNKNOWN) else _i2(0)
        n = _i2(base + step)
        n = n if n > _i2(LOG_ODDS_MIN) else _i2(LOG_ODDS_MIN)
        n = n if n < _i2(LOG_ODDS_MAX) else _i2(LOG_ODDS_MAX)
        n = n if step != _i2(0) else value
        new[i] = np.int8(n)
        low = n if n < low else low
        high = n if n > high else high
        difference = _i2(difference | _i2(n ^ value))
    return low, high, difference


@device
def change_leaf(row, child, change, children, leaves, layers, seq, repaint, spare, new, constant):
    """Add `change` to a leaf or tile, and write the result into a fresh slot or as a tile; the old slot stays as it is.

    spare: the fresh slot. repaint: write even where no value changes. new, constant: work space of 512 int8.
    Returns the spare if it was not needed, the slot that the row no longer uses, the slot written; -1 for none.
    """
    none = np.int32(-1)
    colors, seen, seen_tiles = layers
    has_color, has_seen = colors.shape[0] > 0, seen.shape[0] > 0
    entry = children[row, child]
    old = leaves[entry] if entry >= 0 else constant
    if entry < 0:
        constant[:] = np.int8(tile_value(entry))
    low, high, difference = _add(old, change, new)
    if difference == 0 and not repaint and not (has_seen and _touched(change)):
        return spare, none, none
    before = entry if entry >= 0 else none
    if low == high and not (has_color and low > 0):
        if has_seen:
            seen_tiles[row, child] = oldest_seen(seen, seen_tiles, row, child, entry, change, seq)
        children[row, child] = tile_of(low)
        return spare, before, none
    target = leaves[spare]
    for i in range(512):
        target[i] = new[i]
    if has_color:
        carry_colors(colors, entry, spare)
    if has_seen:
        carry_seen(seen, seen_tiles, row, child, entry, spare, change, seq)
    children[row, child] = spare
    return none, before, spare


@device
def _touched(change):
    """Return whether any voxel is hit or missed."""
    any_step = np.int8(0)
    for i in range(512):
        any_step |= change[i]
    return any_step != np.int8(0)


@device
def project_leaf(camera, OX, OY, OZ, x0, y0, z0, reach, width, height, index, ahead):
    """Fill `ahead`: how far [m] each voxel centre lies in front of the reach of its pixel.

    A voxel that lies partly in the image, though its centre falls beside it, takes the nearest pixel.
    """
    one, zero, near = _f4(1), _f4(0), _f4(NEAR_M)
    cu, cv = camera[14] + _f4(0.5), camera[15] + _f4(0.5)
    half_u, half_v = voxel_half_extents(camera)
    width_f, height_f, last_u, last_v = _f4(width), _f4(height), _f4(width - 1), _f4(height - 1)
    stride, nowhere = np.int32(width), np.int32(width * height)
    for i in range(512):
        z = z0 + OZ[i]
        by_z = one / z
        u = (x0 + OX[i]) * by_z + cu
        v = (y0 + OY[i]) * by_z + cv
        beside_u = half_u * by_z
        beside_v = half_v * by_z
        inner_u = u if u > zero else zero
        inner_v = v if v > zero else zero
        inner_u = inner_u if inner_u < last_u else last_u
        inner_v = inner_v if inner_v < last_v else last_v
        k = np.int32(inner_v) * stride + np.int32(inner_u)
        k = k if z > near else nowhere
        k = k if u >= -beside_u else nowhere
        k = k if v >= -beside_v else nowhere
        k = k if u < width_f + beside_u else nowhere
        k = k if v < height_f + beside_v else nowhere
        index[i] = np.uint32(k)
        ahead[i] = z
    for i in range(512):
        ahead[i] = reach[np.uintp(index[i])] - ahead[i]


@device
def clear_around_camera(dx, dy, dz, voxel_size_m, ahead):
    """Let the voxels whose centre lies next to the camera be missed: it stands in free space."""
    size, radius = _f4(voxel_size_m), _f4(AROUND_VOXELS * voxel_size_m)
    for i in range(512):
        x = dx + (_f4(MORTON_X[i]) + _f4(0.5)) * size
        y = dy + (_f4(MORTON_Y[i]) + _f4(0.5)) * size
        z = dz + (_f4(MORTON_Z[i]) + _f4(0.5)) * size
        if x * x + y * y + z * z < radius * radius:
            ahead[i] = _f4(1e9)


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
        readonly(types.uint8, 2),
        array(types.int8, 2),
        array(types.uint8, 1),
        *WRITE_TYPES,
    )
)
def update_by_image(
    start, stop, camera, reach, width, height, voxel_size_m, visits, rows, item_visit, item_child, offsets, image,
    marks, hit_items, children, leaves, layers, seq, spares, retired,
):  # fmt: skip
    """Update mixed leaves [start, stop): a marked voxel is hit, one in front of its pixel's reach is missed.

    reach: float32, flat, one more than pixels; the last is INVALID_REACH, for voxels outside the image.
    offsets: float32, shape (3, 512): voxel centres in a leaf, in C, x and y times the focal length.
    image: uint8, shape (pixels, 3), or without pixels where there is no colour. marks, hit_items: cleared on the way.
    """
    index, ahead = np.empty(512, np.uint32), np.empty(512, np.float32)
    change, unhit = np.empty(512, np.int8), np.zeros(512, np.int8)
    new, constant = np.empty(512, np.int8), np.empty(512, np.int8)
    OX, OY, OZ = offsets[0], offsets[1], offsets[2]
    half = _f4(4 * voxel_size_m)
    near = half + _f4(AROUND_VOXELS * voxel_size_m)
    margin = camera[16]
    colors, slack = layers[0], _f4(voxel_size_m)
    has_image = image.shape[0] > 0 and colors.shape[0] > 0
    for m in range(start, stop):
        visit, child = item_visit[m], item_child[m]
        row = rows[visit]
        if children[row, child] == tile_of(LOG_ODDS_MIN) and not hit_items[m]:
            continue  # as free as can be, and nothing hit it: no miss changes it
        dx = _f4((visits[visit, 0] * 8 + MORTON_X[child]) * 8 * voxel_size_m) - camera[9]
        dy = _f4((visits[visit, 1] * 8 + MORTON_Y[child]) * 8 * voxel_size_m) - camera[10]
        dz = _f4((visits[visit, 2] * 8 + MORTON_Z[child]) * 8 * voxel_size_m) - camera[11]
        x = camera[12] * (camera[0] * dx + camera[3] * dy + camera[6] * dz)
        y = camera[13] * (camera[1] * dx + camera[4] * dy + camera[7] * dz)
        z = camera[2] * dx + camera[5] * dy + camera[8] * dz
        project_leaf(camera, OX, OY, OZ, x, y, z, reach, width, height, index, ahead)
        if abs(dx + half) < near and abs(dy + half) < near and abs(dz + half) < near:
            clear_around_camera(dx, dy, dz, voxel_size_m, ahead)
        hit = marks[m] if hit_items[m] else unhit
        for i in range(512):
            step = np.int8(MISS) if ahead[i] > margin else np.int8(0)
            change[i] = np.int8(HIT) if hit[i] != np.int8(0) else step
        repaint = has_image and hit_items[m] != np.uint8(0)
        spares[m], retired[m], slot = change_leaf(
            row, child, change, children, leaves, layers, seq, repaint, spares[m], new, constant
        )
        if repaint and slot >= 0:
            paint(colors[slot], hit, index, ahead, reach, image, slack)
        if hit_items[m]:
            hit[:] = np.int8(0)
            hit_items[m] = np.uint8(0)


def update_by_image_reference(values, voxels, hit, camera, reach, voxel_size_m, offsets):
    """Return the new int8 log-odds of voxels (n, 3), counted as in depth.py; plain form of `update_by_image`.

    hit: bool, shape (n,). reach: float32, shape (height, width), closed. offsets: as in `update_by_image`.
    """
    height, width = reach.shape
    R, p, one, half = camera[:9].reshape(3, 3), camera[9:12], np.float32(1), np.float32(0.5)
    d = ((voxels // 8 * 8) * voxel_size_m).astype(np.float32) - p
    x, y, z = (R[0, i] * d[:, 0] + R[1, i] * d[:, 1] + R[2, i] * d[:, 2] for i in range(3))
    inside = morton_reference(voxels)
    x, y, z = camera[12] * x + offsets[0, inside], camera[13] * y + offsets[1, inside], z + offsets[2, inside]
    seen = z > np.float32(NEAR_M)
    by_z = one / np.where(seen, z, one)
    u, v = x * by_z + (camera[14] + half), y * by_z + (camera[15] + half)
    half_u, half_v = voxel_half_extents.py_func(camera)
    beside_u, beside_v = half_u * by_z, half_v * by_z
    seen &= (u >= -beside_u) & (u < width + beside_u) & (v >= -beside_v) & (v < height + beside_v)
    pixel = v[seen].clip(0, height - 1).astype(np.int64), u[seen].clip(0, width - 1).astype(np.int64)
    ahead = np.full(len(voxels), -1e9, np.float32)
    ahead[seen] = reach[pixel] - z[seen]
    size = np.float32(voxel_size_m)
    x, y, z = (d[:, i] + ((voxels[:, i] % 8).astype(np.float32) + half) * size for i in range(3))
    ahead[x * x + y * y + z * z < np.float32(AROUND_VOXELS * voxel_size_m) ** 2] = 1e9
    return updated(values, np.where(hit, HIT, np.where(ahead > camera[16], MISS, 0)))


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        array(types.int8, 2),
        *WRITE_TYPES,
    )
)
def update_by_marks(
    start, stop, rows, item_visit, item_child, marks, children, leaves, layers, seq, spares, retired
):  # fmt: skip
    """Update leaves [start, stop) by marks alone: 1 is a miss, 2 a hit. Clears the marks."""
    change, new, constant = np.empty(512, np.int8), np.empty(512, np.int8), np.empty(512, np.int8)
    for m in range(start, stop):
        mark = marks[m]
        for i in range(512):
            step = np.int8(MISS) if mark[i] == np.int8(1) else np.int8(0)
            change[i] = np.int8(HIT) if mark[i] == np.int8(2) else step
            mark[i] = np.int8(0)
        row, child = rows[item_visit[m]], item_child[m]
        spares[m], retired[m], _ = change_leaf(
            row, child, change, children, leaves, layers, seq, False, spares[m], new, constant
        )


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        *WRITE_TYPES,
    )
)
def miss_leaves(start, stop, rows, item_visit, item_child, children, leaves, layers, seq, spares, retired):
    """Miss every voxel of leaves [start, stop)."""
    miss, new, constant = np.full(512, MISS, np.int8), np.empty(512, np.int8), np.empty(512, np.int8)
    for m in range(start, stop):
        row, child = rows[item_visit[m]], item_child[m]
        spares[m], retired[m], _ = change_leaf(
            row, child, miss, children, leaves, layers, seq, False, spares[m], new, constant
        )


_free_types = (readonly(types.int16, 2), readonly(types.int32, 1), readonly(types.int32, 2))


@kernel(
    (
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int16, 2),
        readonly(types.int32, 1),
        array(types.int32, 2),
        readonly(types.int32, 2),
        types.int64,
        array(types.int32, 1),
        array(types.int16, 1),
    )
)
def collect_free_leaves(octants, rows, free, free_count, item_of, children, count, item_visit, item_child):
    """Append the leaves among the free cubes that are no items yet to the items; returns how many there are now.

    rows: of each visit before the update, -1 where it has none.
    """
    for w in range(octants):
        row = rows[w >> 3]
        if row < 0:
            continue
        for j in range(free_count[w]):
            child = free[w, j]
            if item_of[w >> 3, child] < 0 and children[row, child] >= 0:
                item_of[w >> 3, child] = count
                item_visit[count], item_child[count] = w >> 3, child
                count += 1
    return count


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 1),
        *_free_types,
        array(types.int32, 2),
        array(types.uint32, 2),
        types.int64,
    )
)
def miss_tiles(start, stop, rows, free, free_count, item_of, children, seen_tiles, seq):
    """Miss the tiles among the free cubes of octants [start, stop), but for those that became items."""
    for w in range(start, stop):
        row = rows[w >> 3]
        for j in range(free_count[w]):
            child = free[w, j]
            entry = children[row, child]
            if entry >= 0 or item_of[w >> 3, child] >= 0:
                continue
            value = tile_value(entry)
            missed = (0 if value == UNKNOWN else value) + MISS
            children[row, child] = tile_of(max(missed, LOG_ODDS_MIN))
            if seen_tiles.shape[0] > 0:
                seen_tiles[row, child] = np.uint32(seq)

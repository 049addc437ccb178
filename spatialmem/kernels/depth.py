"""A depth image against the octree: what each pixel clears, which leaves are free at once, which need a closer look.

The method is hybrid. Every pixel has a reach: the depth up to which it saw nothing. A min/max pyramid of the
reach (reach.py) classifies cubes from coarse to fine: wholly in front of every surface (all its voxels are missed),
behind all of them or outside the image (untouched), or mixed (its leaf is updated voxel by voxel, in leaves.py).
Leaves are classified by their voxel centres, where misses are decided. A hit near the face of a leaf may so fall
into one that counts as free or hidden: such stray leaves are found by the hits, and become mixed after all.

camera: float32, shape (19,): R_WC row by row [0:9]; p_WC minus the corner of the frame's box of roots [m] [9:12];
fx, fy, cx, cy [12:16]; margin [m] [16]; the farthest reach of the frame [m] [17]; the voxel size [m] [18].
Positions are counted from the corner of that box, so float32 is as fine a kilometre from the origin as at it.
box: int64, shape (3,): how many roots the frame's box spans; `visit_of` gives the visit of each, or -1.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z
from spatialmem.kernels.reach import AROUND_VOXELS, INVALID_REACH, NEAR_M

__all__ = [
    "adopt_strays",
    "collect_leaves",
    "descend",
    "mark_hits",
    "mark_hits_reference",
    "visible_roots",
]

_SKIP, _FREE, _MIXED = 0, 1, 2
_CELLS_MAX = 3
_SLACK_M = 2e-4
"""Roots are classified this much larger than they are, so that rounding never hides a hit."""
_f4 = np.float32


@device
def voxel_half_extents(camera):
    """Return how far a voxel reaches from its centre along x and y of C, times the focal length."""
    half = _f4(0.5) * camera[18]
    x = half * (abs(camera[0]) + abs(camera[3]) + abs(camera[6]))
    y = half * (abs(camera[1]) + abs(camera[4]) + abs(camera[7]))
    return camera[12] * x, camera[13] * y


@device
def _classify(camera, lowest, highest, starts, widths, level_count, width, height, wx, wy, wz, half):
    """Say whether the cube with centre (wx, wy, wz) and half edge `half` [m] is skipped, free or mixed."""
    dx, dy, dz = wx - camera[9], wy - camera[10], wz - camera[11]
    margin, around = camera[16], half + _f4(AROUND_VOXELS) * camera[18]
    if abs(dx) < around and abs(dy) < around and abs(dz) < around:
        return _MIXED  # the camera stands here
    z = camera[2] * dx + camera[5] * dy + camera[8] * dz
    ez = half * (abs(camera[2]) + abs(camera[5]) + abs(camera[8]))
    z_far, z_near = z + ez, z - ez
    if z_far <= _f4(NEAR_M) or z_near > camera[17]:
        return _SKIP
    if z_near <= _f4(NEAR_M):
        return _MIXED
    x = camera[0] * dx + camera[3] * dy + camera[6] * dz
    y = camera[1] * dx + camera[4] * dy + camera[7] * dz
    ex = half * (abs(camera[0]) + abs(camera[3]) + abs(camera[6]))
    ey = half * (abs(camera[1]) + abs(camera[4]) + abs(camera[7]))
    by_near, by_far = _f4(1) / z_near, _f4(1) / z_far
    x0, x1, y0, y1 = x - ex, x + ex, y - ey, y + ey
    # pixel k covers [k - 0.5, k + 0.5): add 0.5 and floor, with a little room for rounding
    u0 = camera[12] * x0 * (by_near if x0 < 0 else by_far) + camera[14] + _f4(0.498)
    u1 = camera[12] * x1 * (by_far if x1 < 0 else by_near) + camera[14] + _f4(0.502)
    v0 = camera[13] * y0 * (by_near if y0 < 0 else by_far) + camera[15] + _f4(0.498)
    v1 = camera[13] * y1 * (by_far if y1 < 0 else by_near) + camera[15] + _f4(0.502)
    beside_u, beside_v = voxel_half_extents(camera)
    beside_u, beside_v = beside_u * by_near, beside_v * by_near
    if u1 < -beside_u or v1 < -beside_v or u0 >= width + beside_u or v0 >= height + beside_v:
        return _SKIP
    inside = u0 >= 0 and v0 >= 0 and u1 < width and v1 < height
    left, right = min(max(0, int(u0)), width - 1), max(0, min(width - 1, int(u1)))
    top, bottom = min(max(0, int(v0)), height - 1), max(0, min(height - 1, int(v1)))
    span = max(right - left, bottom - top)
    level = 1
    while (span >> level) > _CELLS_MAX and level < level_count - 1:
        level += 1
    low, high = _f4(1e9), _f4(INVALID_REACH)
    for cell_y in range(top >> level, (bottom >> level) + 1):
        row = starts[level] + cell_y * widths[level]
        for cell_x in range(left >> level, (right >> level) + 1):
            low = min(low, lowest[row + cell_x])
            high = max(high, highest[row + cell_x])
    if high <= 0 or z_near > high:
        return _SKIP
    if inside and low > 0 and z_far < low - margin:
        return _FREE
    return _MIXED


_pyramid_types = (
    readonly(types.float32, 1),  # camera
    readonly(types.float32, 1),  # lowest
    readonly(types.float32, 1),  # highest
    readonly(types.int64, 1),  # starts
    readonly(types.int64, 1),  # widths
    types.int64,  # level_count
    types.int64,  # width
    types.int64,  # height
)


@kernel((*_pyramid_types, types.float64, readonly(types.int64, 1), array(types.int32, 1), array(types.int32, 2)))
def visible_roots(
    camera, lowest, highest, starts, widths, level_count, width, height, voxel_size_m, box, visit_of, visits
):
    """List the roots of the box that the frame touches; returns how many.

    visit_of: int32, one per root of the box, z slowest: its index in `visits`, or -1.
    visits: int32, shape (n, 3): root coordinates inside the box.
    """
    edge = _f4(64 * voxel_size_m)
    count, place = 0, 0
    for z in range(box[2]):
        for y in range(box[1]):
            for x in range(box[0]):
                kind = _classify(
                    camera, lowest, highest, starts, widths, level_count, width, height,
                    (_f4(x) + _f4(0.5)) * edge, (_f4(y) + _f4(0.5)) * edge, (_f4(z) + _f4(0.5)) * edge,
                    edge * _f4(0.5) + _f4(_SLACK_M),
                )  # fmt: skip
                visit_of[place] = -1
                if kind != _SKIP:
                    visit_of[place] = count
                    visits[count, 0], visits[count, 1], visits[count, 2] = x, y, z
                    count += 1
                place += 1
    return count


@kernel(
    (
        types.int64,
        types.int64,
        *_pyramid_types,
        types.float64,
        readonly(types.int32, 2),
        array(types.int16, 2),
        array(types.int32, 1),
        array(types.int16, 2),
        array(types.int32, 1),
    )
)
def descend(
    start, stop, camera, lowest, highest, starts, widths, level_count, width, height, voxel_size_m,
    visits, mixed, mixed_count, free, free_count,
):  # fmt: skip
    """Sort the leaves of octants [start, stop) into mixed and free; octant w is the (w & 7)th of visit w >> 3.

    mixed, free: int16, shape (octants, 64): child indices; the counts say how many of a row hold.
    """
    stack = np.empty(32, np.int32)
    centre = _f4(0.4999 * voxel_size_m)  # misses are decided at voxel centres, half a voxel inside the cube
    for w in range(start, stop):
        visit = w >> 3
        mixed_here, free_here = 0, 0
        stack[0] = (w & 7) << 6 | 2 << 12  # a node is its first child index and log2 of its edge in leaves
        depth = 1
        while depth > 0:
            depth -= 1
            code, scale = stack[depth] & 0xFFF, stack[depth] >> 12
            leaf = _f4(8 * voxel_size_m)
            half = _f4(0.5) * leaf * _f4(1 << scale)
            kind = _classify(
                camera, lowest, highest, starts, widths, level_count, width, height,
                _f4(visits[visit, 0] * 8 + MORTON_X[code]) * leaf + half,
                _f4(visits[visit, 1] * 8 + MORTON_Y[code]) * leaf + half,
                _f4(visits[visit, 2] * 8 + MORTON_Z[code]) * leaf + half,
                half - centre,
            )  # fmt: skip
            if kind == _SKIP:
                continue
            if kind == _FREE:
                for child in range(code, code + (1 << (3 * scale))):
                    free[w, free_here] = child
                    free_here += 1
            elif scale == 0:
                mixed[w, mixed_here] = code
                mixed_here += 1
            else:
                for octant in range(8):
                    stack[depth] = (code + (octant << (3 * (scale - 1)))) | (scale - 1) << 12
                    depth += 1
        mixed_count[w] = mixed_here
        free_count[w] = free_here


@kernel(
    (
        types.int64,
        readonly(types.int16, 2),
        readonly(types.int32, 1),
        array(types.int32, 2),
        array(types.int32, 1),
        array(types.int16, 1),
    )
)
def collect_leaves(octant_count, mixed, mixed_count, item_of, item_visit, item_child):
    """Number the mixed leaves of all octants; returns how many.

    item_of: int32, shape (visits, 512): the number of each leaf, or -1; item_visit, item_child: its inverse.
    """
    for visit in range(octant_count >> 3):
        for child in range(512):
            item_of[visit, child] = -1
    count = 0
    for w in range(octant_count):
        for j in range(mixed_count[w]):
            item_of[w >> 3, mixed[w, j]] = count
            item_visit[count] = w >> 3
            item_child[count] = mixed[w, j]
            count += 1
    return count


@device
def _spread(c):
    """Return the low three bits of an int32, two places apart: a third of a Morton code."""
    c = np.int32(c & np.int32(7))
    return np.int32(
        (c & np.int32(1)) | np.int32((c & np.int32(2)) << np.int32(2)) | np.int32((c & np.int32(4)) << np.int32(4))
    )


@device
def _interleave(x, y, z):
    """Return the Morton code of the low three bits of int32 x, y, z: `morton` in the width that vectorises."""
    return np.int32(_spread(x) | np.int32(_spread(y) << np.int32(1)) | np.int32(_spread(z) << np.int32(2)))


@device
def _row_voxels(depth, limits, y_C, scaled, camera, box, leaves, voxels):
    """Find the voxel of every pixel of a row: its leaf, as 512 times its place in the box plus the child, -1 where
    the pixel is not valid; and its Morton code in the leaf."""
    unit, range_min, range_max = limits[0], limits[1], limits[2]
    cx, by_fx = camera[14], _f4(1) / camera[12]
    box_x, box_y, three = np.int32(box[0]), np.int32(box[1]), np.int32(3)
    for u in range(depth.shape[0]):
        d = _f4(depth[u]) * unit
        ray = (_f4(u) - cx) * by_fx
        x = np.int32(np.floor((scaled[0] * ray + scaled[1] * y_C + scaled[2]) * d + scaled[9]))
        y = np.int32(np.floor((scaled[3] * ray + scaled[4] * y_C + scaled[5]) * d + scaled[10]))
        z = np.int32(np.floor((scaled[6] * ray + scaled[7] * y_C + scaled[8]) * d + scaled[11]))
        voxels[u] = np.int16(_interleave(x, y, z))
        x, y, z = np.int32(x >> three), np.int32(y >> three), np.int32(z >> three)
        child = _interleave(x, y, z)
        x, y, z = np.int32(x >> three), np.int32(y >> three), np.int32(z >> three)
        place = np.int32(np.int32(np.int32(z * box_y) + y) * box_x) + x
        leaf = np.int32(np.int32(np.int32(place) << np.int32(9)) | child)
        leaf = leaf if depth[u] != np.uint16(0) else np.int32(-1)
        leaf = leaf if d >= range_min else np.int32(-1)
        leaves[u] = leaf if d <= range_max else np.int32(-1)


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.uint16, 2),
        readonly(types.float32, 1),
        readonly(types.float32, 1),
        readonly(types.float32, 1),
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int32, 2),
        array(types.int8, 2),
        array(types.uint8, 1),
        array(types.uint8, 2),
        array(types.uint8, 1),
    )
)
def mark_hits(start, stop, depth, limits, camera, scaled, box, visit_of, item_of, marks, hit_items, strays, stray_rows):
    """Mark the voxel that every valid pixel of the rows [start, stop) hit, with 1.

    scaled: float32, shape (12,): R_WC and p_WC as in `camera`, divided by the voxel size.
    marks: int8, shape (items, 512); hit_items: uint8, one per item: set where it has a mark.
    strays: uint8, shape (visits, 512): set where a leaf was hit that is no item; stray_rows: uint8, one per image
    row: set where that happened. Threads may write the same 1 to the same place.
    """
    leaves, voxels = np.empty(depth.shape[1], np.int32), np.empty(depth.shape[1], np.int16)
    for v in range(start, stop):
        _row_voxels(depth[v], limits, (_f4(v) - camera[15]) / camera[13], scaled, camera, box, leaves, voxels)
        last, item = np.int32(-1), np.int32(-1)
        for i in range(depth.shape[1]):
            u = np.uintp(i)
            leaf = leaves[u]
            if leaf != last:
                last = leaf
                if leaf < 0:
                    continue
                visit, child = visit_of[leaf >> np.int32(9)], leaf & np.int32(511)
                item = item_of[visit, child]
                if item < 0:
                    strays[visit, child] = np.uint8(1)
                    stray_rows[v] = np.uint8(1)
                else:
                    hit_items[item] = np.uint8(1)
            if leaf >= 0 and item >= 0:
                marks[np.uintp(item), np.uintp(voxels[u])] = np.int8(1)


@kernel(
    (
        types.int64,
        types.int64,
        array(types.uint8, 2),
        array(types.int32, 2),
        array(types.int32, 1),
        array(types.int16, 1),
    )
)
def adopt_strays(visit_count, item_count, strays, item_of, item_visit, item_child):
    """Number the stray leaves as items too, and clear them; returns how many items there are now."""
    for visit in range(visit_count):
        for child in range(512):
            if strays[visit, child]:
                strays[visit, child] = np.uint8(0)
                item_of[visit, child] = item_count
                item_visit[item_count] = visit
                item_child[item_count] = child
                item_count += 1
    return item_count


def mark_hits_reference(depth, limits, camera, scaled):
    """Return the voxels hit, shape (n, 3), counted as in `mark_hits`; its plain form."""
    unit, range_min, range_max = limits[:3]
    d = depth.astype(np.float32) * unit
    v, u = np.nonzero((depth != 0) & (d >= range_min) & (d <= range_max))
    z = d[v, u]
    x = (u.astype(np.float32) - camera[14]) * (np.float32(1) / camera[12])
    y = (v.astype(np.float32) - camera[15]) / camera[13]
    rows = [
        np.floor((scaled[3 * i] * x + scaled[3 * i + 1] * y + scaled[3 * i + 2]) * z + scaled[9 + i]) for i in range(3)
    ]
    return np.unique(np.stack(rows, axis=1).astype(np.int64), axis=0)

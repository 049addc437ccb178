"""Point scans: one integer ray walk from the scanner's voxel to every distinct end voxel.

The walk goes from voxel centre to voxel centre in whole numbers: exact, and the same on every CPU. Leaves it
passes are collected as items, with a mark for each of their voxels: 1 passed through, 2 hit. Hits win.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import morton, root_key, root_slot

__all__ = ["MARK_HIT", "MARK_MISS", "walk_rays", "walk_reference"]

MARK_MISS, MARK_HIT = 1, 2


@device
def _visit(x, y, z, table, visits, visit_count, item_of):
    """Return the visit of a voxel's root; a new one is numbered `visit_count`."""
    rx, ry, rz = x >> 6, y >> 6, z >> 6
    key = root_key(rx, ry, rz)
    place = root_slot(table, key)
    if table[place, 1] < 0:
        table[place, 0], table[place, 1] = key, visit_count
        visits[visit_count, 0], visits[visit_count, 1], visits[visit_count, 2] = rx, ry, rz
        for child in range(512):
            item_of[visit_count, child] = -1
    return table[place, 1]


@kernel(
    (
        types.int64,
        readonly(types.int64, 1),
        readonly(types.int64, 2),
        types.int64,
        array(types.int64, 1),
        array(types.int64, 2),
        array(types.int64, 2),
        array(types.int32, 2),
        array(types.int32, 1),
        array(types.int16, 1),
        array(types.int8, 2),
    )
)
def walk_rays(first, origin, ends, mark_at_end, counts, table, visits, item_of, item_visit, item_child, marks):
    """Walk rays [first, n) and mark what they pass; returns the first ray not walked, for want of room.

    origin, ends: voxels, shape (3,) and (n, 3). mark_at_end: MARK_HIT, or MARK_MISS for rays cut at the range.
    counts: (visits, items) so far, in and out. table: roots -> visits, at most half full on return. A ray is
    begun only when there is room for all that it could add.
    """
    visit_count, item_count = counts[0], counts[1]
    for i in range(first, ends.shape[0]):
        x, y, z = origin[0], origin[1], origin[2]
        dx, dy, dz = ends[i, 0] - x, ends[i, 1] - y, ends[i, 2] - z
        nx, ny, nz = abs(dx), abs(dy), abs(dz)
        steps = nx + ny + nz
        room = min(table.shape[0] // 2, visits.shape[0]) - visit_count
        if (steps >> 6) + 4 > room or (steps >> 3) + 4 > item_visit.shape[0] - item_count:
            counts[0], counts[1] = visit_count, item_count
            return i
        sx, sy, sz = np.sign(dx), np.sign(dy), np.sign(dz)
        # the k-th face across an axis of n steps is crossed at (2 k + 1) / (2 n) of the way: compare times 2 nx ny nz
        ax, ay, az = max(ny, 1) * max(nz, 1), max(nx, 1) * max(nz, 1), max(nx, 1) * max(ny, 1)
        never = np.int64(1) << 62
        tx, ty, tz = ax if nx else never, ay if ny else never, az if nz else never
        leaf_x, leaf_y, leaf_z, item = np.int64(1) << 40, np.int64(0), np.int64(0), np.int64(-1)
        for step in range(steps + 1):
            if x >> 3 != leaf_x or y >> 3 != leaf_y or z >> 3 != leaf_z:
                leaf_x, leaf_y, leaf_z = x >> 3, y >> 3, z >> 3
                visit = _visit(x, y, z, table, visits, visit_count, item_of)
                visit_count = max(visit_count, visit + 1)
                child = morton(leaf_x, leaf_y, leaf_z)
                item = np.int64(item_of[visit, child])
                if item < 0:
                    item = item_count
                    item_of[visit, child] = item
                    item_visit[item] = visit
                    item_child[item] = child
                    item_count += 1
            mark = mark_at_end if step == steps else MARK_MISS
            voxel = morton(x, y, z)
            if marks[item, voxel] < mark:
                marks[item, voxel] = mark
            if tx <= ty and tx <= tz:
                x += sx
                tx += 2 * ax
            elif ty <= tz:
                y += sy
                ty += 2 * ay
            else:
                z += sz
                tz += 2 * az
    counts[0], counts[1] = visit_count, item_count
    return ends.shape[0]


def walk_reference(origin, end):
    """Return the voxels from one voxel to another, both included, shape (n, 3); plain form of one walk."""
    from fractions import Fraction

    delta = [int(e) - int(o) for o, e in zip(origin, end, strict=True)]
    crossings = sorted((Fraction(2 * k + 1, 2 * abs(d)), axis) for axis, d in enumerate(delta) for k in range(abs(d)))
    voxels = [[int(o) for o in origin]]
    for _, axis in crossings:
        voxel = list(voxels[-1])
        voxel[axis] += 1 if delta[axis] > 0 else -1
        voxels.append(voxel)
    return np.array(voxels, np.int64)

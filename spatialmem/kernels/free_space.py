"""Is a shape free: from roots over tiles to voxels, until something stands in its way."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.dense import value_blocks, word_blocks
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z, find_row, morton, tile_value

__all__ = ["distance2_reference", "find_obstacles"]

_HALF_DIAGONAL = 0.8661
"""Of a cube of edge 1, rounded up."""


@device
def _outside(p, low, high):
    """Return how far a coordinate is beyond an interval: negative below it, 0 inside."""
    return min(p - low, 0.0) + max(p - high, 0.0)


@device
def _slope(a, d, t, low, edge):
    """Return half the derivative, by t, of the squared distance of a + t d to a cube."""
    slope = 0.0
    for axis in range(3):
        slope += _outside(a[axis] + t * d[axis], low[axis], low[axis] + edge) * d[axis]
    return slope


@device
def _distance2_of_centre(a, d, low, half):
    """Return the squared distance of the segment from a to a + d to the centre of a cube."""
    along, length2 = 0.0, 0.0
    for axis in range(3):
        along += (low[axis] + half - a[axis]) * d[axis]
        length2 += d[axis] * d[axis]
    t = min(max(along / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
    distance2 = 0.0
    for axis in range(3):
        out = a[axis] + t * d[axis] - (low[axis] + half)
        distance2 += out * out
    return distance2


@device
def _distance2(a, d, low, edge):
    """Return the squared distance of the segment from a to a + d to a cube.

    It is convex along the segment, and a parabola between the planes of the cube's faces: bisect by those, then
    solve.
    """
    t0, t1 = 0.0, 1.0
    slope0 = _slope(a, d, t0, low, edge)
    slope1 = _slope(a, d, t1, low, edge)
    t = 0.0
    if slope0 < 0.0:
        t = 1.0
        if slope1 > 0.0:
            for axis in range(3):
                if d[axis] == 0.0:
                    continue
                for face in range(2):
                    cut = (low[axis] + face * edge - a[axis]) / d[axis]
                    if cut <= t0 or cut >= t1:
                        continue
                    slope = _slope(a, d, cut, low, edge)
                    if slope < 0.0:
                        t0, slope0 = cut, slope
                    else:
                        t1, slope1 = cut, slope
            t = t0 - (t1 - t0) * slope0 / (slope1 - slope0)
    distance2 = 0.0
    for axis in range(3):
        out = _outside(a[axis] + t * d[axis], low[axis], low[axis] + edge)
        distance2 += out * out
    return distance2


@device
def _touches(shape, x, y, z, shift):
    """Whether the node of edge 2^shift that holds a voxel touches a shape: (first, end, a, d, reach).

    Coordinates are tuples: an array would be counted in and out at every call, which takes longer than the call.
    """
    first, end, a, d, reach = shape
    edge = np.int64(1) << shift
    x, y, z = x >> shift << shift, y >> shift << shift, z >> shift << shift
    if x >= end[0] or y >= end[1] or z >= end[2]:
        return False
    if x + edge <= first[0] or y + edge <= first[1] or z + edge <= first[2]:
        return False
    if reach <= 0.0:
        return True
    low = np.float64(x - first[0]), np.float64(y - first[1]), np.float64(z - first[2])
    to_centre2 = _distance2_of_centre(a, d, low, 0.5 * edge)
    if to_centre2 < reach * reach:
        return True
    farthest = reach + _HALF_DIAGONAL * edge
    return to_centre2 < farthest * farthest and _distance2(a, d, low, np.float64(edge)) < reach * reach


@device
def _leaf_blocks(words, slot, unknown_blocks):
    """Whether any voxel of a leaf, as 64 words, stands in the way. No branches: a few vector instructions."""
    bits = np.uint64(0)
    for w in range(64):
        bits |= word_blocks(words[slot, w], unknown_blocks)
    return bits != 0


@device
def _voxel_blocks(words, slot, shape, x, y, z, level, unknown_blocks):
    """Whether a node that a voxel of a leaf makes stand in the way touches a shape. x, y, z: lowest voxel."""
    for w in range(64):
        bits = word_blocks(words[slot, w], unknown_blocks)
        if bits == 0:
            continue
        for voxel in range(8 * w, 8 * w + 8):
            if bits & np.uint64(0x80) and _touches(
                shape, x + MORTON_X[voxel], y + MORTON_Y[voxel], z + MORTON_Z[voxel], level
            ):
                return True
            bits >>= np.uint64(8)
    return False


@device
def _root_blocks(children, row, words, shape, low, high, x0, y0, z0, level, unknown_blocks):
    """Whether a node of a root stands in the way of a shape. low, high: the voxels to look at, nodes whole."""
    for cz in range(max(low[2] - z0, 0) >> 3, (min(high[2] - z0, 64) + 7) >> 3):
        for cy in range(max(low[1] - y0, 0) >> 3, (min(high[1] - y0, 64) + 7) >> 3):
            for cx in range(max(low[0] - x0, 0) >> 3, (min(high[0] - x0, 64) + 7) >> 3):
                entry = children[row, morton(cx, cy, cz)]
                if entry < 0:
                    stands = value_blocks(tile_value(entry), unknown_blocks)
                else:
                    stands = _leaf_blocks(words, entry, unknown_blocks)
                x, y, z = x0 + (cx << 3), y0 + (cy << 3), z0 + (cz << 3)
                if not stands or not _touches(shape, x, y, z, max(level, 3)):
                    continue
                if entry < 0:
                    return True
                if _voxel_blocks(words, entry, shape, x, y, z, level, unknown_blocks):
                    return True
    return False


@device
def _blocked(table, children, words, shape, low, high, level, unknown_blocks):
    """Whether a node stands in the way of a shape, as of `_root_blocks`."""
    for rx in range(low[0] >> 6, ((high[0] - 1) >> 6) + 1):
        for ry in range(low[1] >> 6, ((high[1] - 1) >> 6) + 1):
            for rz in range(low[2] >> 6, ((high[2] - 1) >> 6) + 1):
                row = find_row(table, rx, ry, rz)
                if row < 0 and not unknown_blocks:
                    continue
                x, y, z = rx << 6, ry << 6, rz << 6
                if not _touches(shape, x, y, z, 6):
                    continue
                if row < 0 or _root_blocks(children, row, words, shape, low, high, x, y, z, level, unknown_blocks):
                    return True
    return False


@device
def _voxel(voxels, i):
    """Return row i as a tuple."""
    return voxels[i, 0], voxels[i, 1], voxels[i, 2]


@device
def _point(capsules, i, first):
    """Return three numbers of row i as a tuple."""
    return capsules[i, first], capsules[i, first + 1], capsules[i, first + 2]


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 2),
        readonly(types.int32, 2),
        readonly(types.uint64, 2),
        readonly(types.int64, 2),
        readonly(types.int64, 2),
        readonly(types.float64, 2),
        types.int64,
        types.boolean,
        array(types.boolean, 1),
    )
)
def find_obstacles(start, stop, table, children, words, firsts, ends, capsules, level, unknown_blocks, free):
    """Fill whether shapes [start, stop) are free of nodes of a level that stand in the way.

    words: the leaves as uint64, eight voxels each. firsts, ends: int64, shape (n, 3): the voxels of a box, or those
    around a capsule. capsules: float64, shape (n, 7), in voxels from the corner of the first: start, end - start,
    radius; radius 0 for a box.
    """
    up = (1 << level) - 1  # nodes are looked at whole
    for i in range(start, stop):
        first, end = _voxel(firsts, i), _voxel(ends, i)
        low = first[0] & ~up, first[1] & ~up, first[2] & ~up
        high = (end[0] + up) & ~up, (end[1] + up) & ~up, (end[2] + up) & ~up
        shape = first, end, _point(capsules, i, 0), _point(capsules, i, 3), capsules[i, 6]
        free[i] = not _blocked(table, children, words, shape, low, high, level, unknown_blocks)


def distance2_reference(start, end, low, high):
    """Return the squared distance of one segment to each box (n, 3), by ternary search; plain `_distance2`."""

    def at(t):
        p = start + t[:, None] * (end - start)
        return (np.maximum(np.maximum(low - p, p - high), 0) ** 2).sum(axis=1)

    left, right = np.zeros(len(low)), np.ones(len(low))
    for _ in range(100):
        third = (right - left) / 3
        nearer = at(left + third) < at(right - third)
        left, right = np.where(nearer, left, left + third), np.where(nearer, right - third, right)
    return np.minimum(np.minimum(at(left), at(right)), np.minimum(at(np.zeros(len(low))), at(np.ones(len(low)))))

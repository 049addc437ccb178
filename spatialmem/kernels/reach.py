"""The reach of every pixel of a depth image, closed over its holes, and a min/max pyramid over it.

A pixel's reach is the depth up to which it saw nothing: its distance, or the range where it saw farther. Real depth
images are full of pixels without a return. Such a pixel takes the least reach of the valid pixels around it, but
only up to the depth at which a voxel is still so wide that their rays pass through a voxel on this pixel's ray:
exact ray casting would clear those voxels too. Around it means its eight neighbours, else the smallest cell of
4x4, 8x8, ... pixels that holds a valid one: the farther the valid pixels, the shorter the reach.

pyramid: levels 1.. of 2x2, 4x4, ... pixels in flat arrays; `widths`, `heights`, `starts`: one entry per level.
limits: float32, shape (5 + levels,): depth unit [m], least and greatest range [m], reach beyond the range, reach of
no return; then per level the depth up to which its cells may close holes (level 1 stands for the neighbours).
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly

__all__ = [
    "AROUND_VOXELS",
    "INVALID_REACH",
    "LIMITS_PER_SENSOR",
    "NEAR_M",
    "close_rows",
    "closed_reach_reference",
    "fill_cells",
    "pair_up_rows",
    "pyramid_levels",
    "pyramid_reference",
    "reach_rows",
    "reach_rows_reference",
]

INVALID_REACH = -1e9
"""The reach of a pixel that says nothing: no voxel lies in front of it."""
NEAR_M = 0.005
"""Voxels whose centre is nearer to the camera plane than this are not projected."""
AROUND_VOXELS = 1.5
"""Voxels whose centre is this near to the camera, in voxels, are free: it stands there."""
LIMITS_PER_SENSOR = 5
_f4 = np.float32
_FAR = 1e9
_FILL_LEVEL = 2


@device
def _valid(r):
    """Return a reach, or far where it says nothing."""
    return r if r > _f4(0) else _f4(_FAR)


@device
def _least_of_pairs(upper, lower, out):
    """Reduce two rows to one of half the width: the least of each 2x2, written for the vectoriser."""
    width = upper.shape[0]
    for x in range(width // 2):
        k = np.uintp(2 * x)
        a, b, c, d = upper[k], upper[k + np.uintp(1)], lower[k], lower[k + np.uintp(1)]
        m = a if a < b else b
        n = c if c < d else d
        out[x] = m if m < n else n
    if width % 2:
        out[width // 2] = min(upper[width - 1], lower[width - 1])


@device
def _greatest_of_pairs(upper, lower, out):
    """Reduce two rows to one of half the width: the greatest of each 2x2."""
    width = upper.shape[0]
    for x in range(width // 2):
        k = np.uintp(2 * x)
        a, b, c, d = upper[k], upper[k + np.uintp(1)], lower[k], lower[k + np.uintp(1)]
        m = a if a > b else b
        n = c if c > d else d
        out[x] = m if m > n else n
    if width % 2:
        out[width // 2] = max(upper[width - 1], lower[width - 1])


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.uint16, 2),
        readonly(types.float32, 1),
        array(types.float32, 2),
        array(types.float32, 2),
    )
)
def reach_rows(start, stop, depth, limits, reach, nearest):
    """Fill the plain reach of image rows, and level 1 of its least valid values, for level-1 rows [start, stop)."""
    height, width = depth.shape
    unit, range_min, range_max, beyond, no_return = limits[0], limits[1], limits[2], limits[3], limits[4]
    above, below = np.empty(width, np.float32), np.empty(width, np.float32)
    for y in range(start, stop):
        for v in range(2 * y, min(2 * y + 2, height)):
            source = depth[v]
            target = reach[v]
            for u in range(width):
                raw = source[u]
                d = _f4(raw) * unit
                value = d if d <= range_max else beyond
                value = value if d >= range_min else _f4(INVALID_REACH)
                target[u] = value if raw != np.uint16(0) else no_return
        upper = reach[2 * y]
        lower = reach[min(2 * y + 1, height - 1)]
        for u in range(width):
            k = np.uintp(u)
            above[k], below[k] = _valid(upper[k]), _valid(lower[k])
        _least_of_pairs(above, below, nearest[y])


def reach_rows_reference(depth, limits):
    """Return the plain reach of every pixel [m]; plain form of `reach_rows`."""
    unit, range_min, range_max, beyond, no_return = limits[:LIMITS_PER_SENSOR]
    d = depth.astype(np.float32) * unit
    reach = np.where(d <= range_max, d, beyond)
    reach = np.where(d >= range_min, reach, np.float32(INVALID_REACH))
    return np.where(depth != 0, reach, no_return).astype(np.float32)


@device
def _reduce_level(level, widths, heights, starts, cells, greatest):
    """Fill one level of flat cells from the one below."""
    w0, h0, w1 = widths[level - 1], heights[level - 1], widths[level]
    for y in range(heights[level]):
        upper = starts[level - 1] + 2 * y * w0
        lower = starts[level - 1] + min(2 * y + 1, h0 - 1) * w0
        here = starts[level] + y * w1
        if greatest:
            _greatest_of_pairs(cells[upper : upper + w0], cells[lower : lower + w0], cells[here : here + w1])
        else:
            _least_of_pairs(cells[upper : upper + w0], cells[lower : lower + w0], cells[here : here + w1])


_level_types = (types.int64, readonly(types.int64, 1), readonly(types.int64, 1), readonly(types.int64, 1))


@kernel((*_level_types, readonly(types.float32, 1), array(types.float32, 1)))
def fill_cells(level_count, widths, heights, starts, limits, nearest):
    """Turn the least valid reach of level 1 into what closes holes at level 2: by cells, from coarse to fine."""
    for level in range(2, level_count):
        _reduce_level(level, widths, heights, starts, nearest, False)
    for level in range(level_count - 1, _FILL_LEVEL - 1, -1):
        limit = limits[LIMITS_PER_SENSOR + level]
        width = widths[level]
        for y in range(heights[level]):
            for x in range(width):
                cell = starts[level] + y * width + x
                value = nearest[cell]
                if value < _f4(_FAR):
                    nearest[cell] = min(value, limit)
                elif level + 1 < level_count:
                    nearest[cell] = nearest[starts[level + 1] + (y >> 1) * widths[level + 1] + (x >> 1)]


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.float32, 2),
        readonly(types.float32, 1),
        readonly(types.float32, 2),
        array(types.float32, 2),
    )
)
def close_rows(start, stop, plain, limits, cells, closed):
    """Fill the closed reach of rows [start, stop). cells: what closes holes at level 2."""
    height, width = plain.shape
    limit = limits[LIMITS_PER_SENSOR + 1]
    filling, column = np.empty(width, np.float32), np.full(width + 2, _FAR, np.float32)
    for v in range(start, stop):
        if v == start or v % 4 == 0:
            row = cells[v >> 2]
            for u in range(width):
                filling[u] = row[u >> 2]
        above, here, below = plain[max(v - 1, 0)], plain[v], plain[min(v + 1, height - 1)]
        for u in range(width):
            a, b, c = _valid(above[u]), _valid(here[u]), _valid(below[u])
            m = a if a < b else b
            column[u + 1] = m if m < c else c
        target = closed[v]
        for i in range(width):
            u = np.uintp(i)
            a, b, c = column[u], column[u + np.uintp(1)], column[u + np.uintp(2)]
            beside = a if a < b else b
            beside = beside if beside < c else c
            capped = beside if beside < limit else limit
            filled = capped if beside < _f4(_FAR) else filling[u]
            filled = filled if filled < _f4(_FAR) else _f4(INVALID_REACH)
            target[u] = here[u] if here[u] > _f4(0) else filled


def closed_reach_reference(reach, limits):
    """Return the closed reach of a plain one; plain form of `fill_cells` and `close_rows`."""
    height, width = reach.shape
    valid = np.where(reach > 0, reach, np.inf).astype(np.float32)
    padded = np.pad(valid, 1, constant_values=np.inf)
    beside = np.minimum.reduce([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)])
    caps = limits[LIMITS_PER_SENSOR:]
    closed = np.where(reach > 0, reach, np.where(np.isfinite(beside), np.minimum(beside, caps[1]), np.inf))
    for level in range(_FILL_LEVEL, len(caps)):
        edge = 1 << level
        for v in range(0, height, edge):
            for u in range(0, width, edge):
                least = valid[v : v + edge, u : u + edge].min()
                if np.isfinite(least):
                    cell = closed[v : v + edge, u : u + edge]
                    cell[np.isinf(cell)] = min(least, caps[level])
    return np.where(np.isinf(closed), np.float32(INVALID_REACH), closed).astype(np.float32)


@kernel((types.int64, types.int64, readonly(types.float32, 2), array(types.float32, 2), array(types.float32, 2)))
def pair_up_rows(start, stop, reach, lowest, highest):
    """Fill level 1 of the pyramid, rows [start, stop): the minimum and the maximum of each 2x2 pixels."""
    height = reach.shape[0]
    for y in range(start, stop):
        upper, lower = reach[2 * y], reach[min(2 * y + 1, height - 1)]
        _least_of_pairs(upper, lower, lowest[y])
        _greatest_of_pairs(upper, lower, highest[y])


@kernel((*_level_types, array(types.float32, 1), array(types.float32, 1)))
def pyramid_levels(level_count, widths, heights, starts, lowest, highest):
    """Fill pyramid levels 2.. from level 1: each cell is the minimum (maximum) of up to 2x2 cells below."""
    for level in range(2, level_count):
        _reduce_level(level, widths, heights, starts, lowest, False)
        _reduce_level(level, widths, heights, starts, highest, True)


def pyramid_reference(reach, level):
    """Return (lowest, highest) of a level, each an image of cells; plain form of `pair_up_rows`, `pyramid_levels`."""
    edge = 1 << level
    rows, columns = (range(0, n, edge) for n in reach.shape)
    cells = [[reach[v : v + edge, u : u + edge] for u in columns] for v in rows]
    return tuple(np.array([[reduce(cell) for cell in row] for row in cells]) for reduce in (np.min, np.max))

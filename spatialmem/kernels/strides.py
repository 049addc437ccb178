"""How far one may go at once from each cell of a dense grid, in each octant of directions."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.dense import top_bits

__all__ = ["FARTHEST", "cell_strides", "cell_strides_reference"]

FARTHEST = 15
"""Strides are counted up to here, in four bits."""
_SPREAD = np.array([sum(((v >> b) & 1) << (8 * b) for b in range(8)) for v in range(256)], np.uint64)
"""Eight bits as eight bytes."""


@device
def _or_rows(a, b, out):
    """Write a | b."""
    for i in range(out.shape[0]):
        out[i] = a[i] | b[i]


@device
def _grow_along_z(a, up, out):
    """Let every set bit set the one before it in its line; a line is a column of words, lowest first."""
    words, count = a.shape
    for w in range(words):
        if up:
            for i in range(count):
                out[w, i] = a[w, i] | a[w, i] >> np.uint64(1)
            if w + 1 < words:
                for i in range(count):
                    out[w, i] |= a[w + 1, i] << np.uint64(63)
        else:
            for i in range(count):
                out[w, i] = a[w, i] | a[w, i] << np.uint64(1)
            if w > 0:
                for i in range(count):
                    out[w, i] |= a[w - 1, i] >> np.uint64(63)


@device
def _grow_along_x_and_y(a, ny, up_x, up_y, out):
    """The same between layers of equal x, and between the lines of one; changes a."""
    count = a.shape[0]
    for at in range(0, count, ny):
        beside = min(at + ny, count - ny) if up_x else max(at - ny, 0)
        _or_rows(a[at : at + ny], a[beside : beside + ny], out[at : at + ny])
    for at in range(0, count, ny):
        layer, grown = out[at : at + ny], a[at : at + ny]
        if up_y:
            _or_rows(layer[: ny - 1], layer[1:], grown[: ny - 1])
            grown[ny - 1] = layer[ny - 1]
        else:
            _or_rows(layer[1:], layer[: ny - 1], grown[1:])
            grown[0] = layer[0]


@kernel((readonly(types.uint64, 3), types.int64, array(types.uint64, 3)))
def cell_strides(parts, octant, strides):
    """Fill how large a cube of cells without parts begins at each cell, in an octant of directions; at most FARTHEST.

    parts, strides: uint8 of cells [x, y, z], seen as uint64. octant: bits x, y, z; set where the cube extends upwards.
    What is outside the grid has no parts. Cells are bits here, 64 of a line to a word, and the result a counter of
    four bits: how often a cell was still without, while all that had parts grew backwards.
    """
    nx, ny, eights = parts.shape
    words, count = (eights + 7) // 8, nx * ny
    grown, spare = np.zeros((words, count), np.uint64), np.zeros((words, count), np.uint64)
    counter = np.zeros((4, words, count), np.uint64)
    for line in range(count):
        for e in range(eights):
            bits = top_bits(parts[line // ny, line % ny, e])
            grown[e >> 3, line] |= bits << np.uint64(8 * (e & 7))
    for growth in range(FARTHEST):
        if growth > 0:
            _grow_along_z(grown, octant & 4 != 0, spare)
            for w in range(words):
                _grow_along_x_and_y(spare[w], ny, octant & 1 != 0, octant & 2 != 0, grown[w])
            grown, spare = spare, grown
        for w in range(words):
            for i in range(count):
                carry = ~grown[w, i]
                for p in range(4):
                    bit = counter[p, w, i]
                    counter[p, w, i] = bit ^ carry
                    carry &= bit
    for line in range(count):
        for e in range(eights):
            total, shift = np.uint64(0), np.uint64(8 * (e & 7))
            for p in range(4):
                total += _SPREAD[(counter[p, e >> 3, line] >> shift) & np.uint64(255)] << np.uint64(p)
            strides[line // ny, line % ny, e] = total


def cell_strides_reference(cells, occupied, octant):
    """Return the strides of cells (n, 3) among occupied ones (m, 3); plain `cell_strides`."""
    ahead = (occupied - cells[:, None]) * np.where(octant >> np.arange(3) & 1, 1, -1)
    apart = np.where((ahead >= 0).all(axis=2), ahead.max(axis=2), FARTHEST)
    return np.minimum(apart.min(axis=1, initial=FARTHEST), FARTHEST)

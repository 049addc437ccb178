"""A box of the map as a dense grid: which nodes of a level block.

A voxel blocks if it is occupied, or unknown where unknown space is taken for an obstacle; a node if any of its
voxels does. Eight voxels of a leaf in a row of Morton order are a cube of 2^3, and one uint64: `words` is `leaves`
seen so. Byte operations are done on all eight at once.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.ask import FREE_STATE, OCCUPIED_STATE, UNKNOWN_STATE, state_of
from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import (
    CHILD_COUNT,
    MORTON_X,
    MORTON_Y,
    MORTON_Z,
    UNKNOWN,
    find_row,
    morton,
    tile_value,
)

__all__ = ["mark_blocked", "mark_blocked_reference", "mark_parts", "node_at", "top_bits", "value_blocks", "word_blocks"]

_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_HIGH = np.uint64(0x8080808080808080)


@device
def value_blocks(value, unknown_blocks):
    """Whether a log-odds value blocks."""
    return unknown_blocks if value == UNKNOWN else value > 0


@device
def word_blocks(word, unknown_blocks):
    """Return the top bit of every byte of eight log-odds that blocks."""
    not_low = (word & _LOW) + _LOW  # top bit: any of the lower seven is set
    occupied = not_low & ~word & _HIGH
    unknown = ~not_low & word & _HIGH
    return occupied | unknown if unknown_blocks else occupied


@device
def top_bits(word):
    """Return eight bits: which of the eight bytes of a word are not 0."""
    any_bit = (((word & _LOW) + _LOW) | word) & _HIGH
    return ((any_bit >> np.uint64(7)) * np.uint64(0x0102040810204080)) >> np.uint64(56)


@device
def _fill(blocked, x, y, z, edge, value):
    """Write one value into a cube of cells, as far as it is inside the grid."""
    for i in range(max(x, 0), min(x + edge, blocked.shape[0])):
        for j in range(max(y, 0), min(y + edge, blocked.shape[1])):
            for k in range(max(z, 0), min(z + edge, blocked.shape[2])):
                blocked[i, j, k] = value


@device
def _leaf_voxels(leaf, unknown_blocks, x, y, z, blocked):
    """Write the voxels of a leaf whose lowest lies at cell x, y, z."""
    inside = (x >= 0) & (y >= 0) & (z >= 0)
    inside &= (x + 8 <= blocked.shape[0]) & (y + 8 <= blocked.shape[1]) & (z + 8 <= blocked.shape[2])
    for w in range(64):
        bits = word_blocks(leaf[w], unknown_blocks)
        if inside and bits == 0 and not unknown_blocks:
            continue  # the grid came in so
        for b in range(8):
            voxel = w * 8 + b
            i, j, k = x + MORTON_X[voxel], y + MORTON_Y[voxel], z + MORTON_Z[voxel]
            if inside or ((0 <= i < blocked.shape[0]) & (0 <= j < blocked.shape[1]) & (0 <= k < blocked.shape[2])):
                blocked[i, j, k] = (bits >> np.uint64(8 * b + 7)) & np.uint64(1)


@device
def _leaf_nodes(leaf, level, unknown_blocks, x, y, z, blocked):
    """Write the nodes of level 1..3 of a leaf whose lowest lies at cell x, y, z."""
    words = 1 << (3 * (level - 1))
    for node in range(64 // words):
        bits = np.uint64(0)
        for w in range(node * words, (node + 1) * words):
            bits |= word_blocks(leaf[w], unknown_blocks)
        i, j, k = x + MORTON_X[node], y + MORTON_Y[node], z + MORTON_Z[node]
        if (0 <= i < blocked.shape[0]) & (0 <= j < blocked.shape[1]) & (0 <= k < blocked.shape[2]):
            blocked[i, j, k] = 0 if bits == 0 else 1


@device
def _group_blocks(children, words, row, first, count, unknown_blocks):
    """Whether any of a run of children blocks."""
    for child in range(first, first + count):
        entry = children[row, child]
        if entry < 0:
            if value_blocks(tile_value(entry), unknown_blocks):
                return True
            continue
        bits = np.uint64(0)
        for w in range(64):
            bits |= word_blocks(words[entry, w], unknown_blocks)
        if bits != 0:
            return True
    return False


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 2),
        readonly(types.int64, 1),
        readonly(types.int32, 2),
        readonly(types.uint64, 2),
        types.int64,
        types.boolean,
        readonly(types.int64, 1),
        array(types.uint8, 3),
    )
)
def mark_blocked(start, stop, roots, rows, children, words, level, unknown_blocks, first, blocked):
    """Write 1 for the nodes that block and 0 for the others, of roots [start, stop); level 0..6.

    roots: int64, shape (n, 3), with their rows. first: node (x, y, z) of blocked[0, 0, 0]. blocked comes in filled
    with `unknown_blocks`, which holds where there is no root.
    """
    for r in range(start, stop):
        x0 = (roots[r, 0] << (6 - level)) - first[0]
        y0 = (roots[r, 1] << (6 - level)) - first[1]
        z0 = (roots[r, 2] << (6 - level)) - first[2]
        if level > 3:
            count = 1 << (3 * (level - 3))
            for node in range(CHILD_COUNT // count):
                blocks = _group_blocks(children, words, rows[r], node * count, count, unknown_blocks)
                _fill(blocked, x0 + MORTON_X[node], y0 + MORTON_Y[node], z0 + MORTON_Z[node], 1, np.uint8(blocks))
            continue
        edge = 8 >> level
        for child in range(CHILD_COUNT):
            x, y, z = x0 + MORTON_X[child] * edge, y0 + MORTON_Y[child] * edge, z0 + MORTON_Z[child] * edge
            if x >= blocked.shape[0] or y >= blocked.shape[1] or z >= blocked.shape[2]:
                continue
            if x + edge <= 0 or y + edge <= 0 or z + edge <= 0:
                continue
            entry = children[rows[r], child]
            if entry < 0:
                blocks = value_blocks(tile_value(entry), unknown_blocks)
                if blocks != unknown_blocks:
                    _fill(blocked, x, y, z, edge, np.uint8(blocks))
            elif level == 0:
                _leaf_voxels(words[entry], unknown_blocks, x, y, z, blocked)
            else:
                _leaf_nodes(words[entry], level, unknown_blocks, x, y, z, blocked)


@device
def _state_of_words(words, entry, start, stop):
    """Return the state of a node that is a run of words of a leaf."""
    occupied, either = np.uint64(0), np.uint64(0)
    for w in range(start, stop):
        occupied |= word_blocks(words[entry, w], False)
        either |= word_blocks(words[entry, w], True)
    return OCCUPIED_STATE if occupied != 0 else UNKNOWN_STATE if either != 0 else FREE_STATE


@device
def _state_of_children(children, words, row, first, count):
    """Return the state of a node that is a run of children of a root."""
    state = FREE_STATE
    for child in range(first, first + count):
        entry = children[row, child]
        here = state_of(tile_value(entry)) if entry < 0 else _state_of_words(words, entry, 0, 64)
        if here == OCCUPIED_STATE:
            return here
        state = UNKNOWN_STATE if here == UNKNOWN_STATE else state
    return state


@device
def node_at(table, children, words, x, y, z, level):
    """Return the state of the node of `level` that holds a voxel, and log2 of the edge of one such around it."""
    row = find_row(table, x >> 6, y >> 6, z >> 6)
    if row < 0:
        return UNKNOWN_STATE, np.int64(max(level, 3))
    child = morton(x >> 3, y >> 3, z >> 3)
    if level > 3:
        width = 3 * (level - 3)
        return _state_of_children(children, words, row, child >> width << width, 1 << width), np.int64(level)
    entry = children[row, child]
    if entry < 0:
        return state_of(tile_value(entry)), np.int64(3)
    voxel = morton(x, y, z)
    if level == 0:
        byte = (words[entry, voxel >> 3] >> np.uint64(8 * (voxel & 7))) & np.uint64(255)
        return state_of(np.int64(np.int8(byte))), np.int64(0)
    width = 3 * (level - 1)
    start = voxel >> 3 >> width << width
    return _state_of_words(words, entry, start, start + (1 << width)), np.int64(level)


@device
def _write(parts, x, y, z, value):
    """Write one cell, if it is inside the grid."""
    if (0 <= x < parts.shape[0]) & (0 <= y < parts.shape[1]) & (0 <= z < parts.shape[2]):
        parts[x, y, z] = value


@device
def _leaf_bits(leaf, unknown_blocks):
    """Return which of the 64 words of a leaf have a voxel that blocks."""
    bits = np.uint64(0)
    for w in range(64):
        bits |= np.uint64(word_blocks(leaf[w], unknown_blocks) != 0) << np.uint64(w)
    return bits


@device
def _leaf_parts(leaf, cell, unknown_blocks, x, y, z, parts):
    """Write the cells of 2^1..2^3 voxels of a leaf whose lowest lies at cell x, y, z."""
    if cell == 1:
        for w in range(64):
            bits = top_bits(word_blocks(leaf[w], unknown_blocks))
            _write(parts, x + MORTON_X[w], y + MORTON_Y[w], z + MORTON_Z[w], np.uint8(bits))
        return
    bits = _leaf_bits(leaf, unknown_blocks)
    if cell == 3:
        _write(parts, x, y, z, np.uint8(top_bits(bits)))
        return
    for i in range(8):
        eight = np.uint8((bits >> np.uint64(8 * i)) & np.uint64(255))
        _write(parts, x + MORTON_X[i], y + MORTON_Y[i], z + MORTON_Z[i], eight)


@kernel(
    (
        readonly(types.int64, 2),
        readonly(types.int64, 1),
        readonly(types.int32, 2),
        readonly(types.uint64, 2),
        types.int64,
        types.boolean,
        readonly(types.int64, 1),
        array(types.uint8, 3),
    )
)
def mark_parts(roots, rows, children, words, cell, unknown_blocks, first, parts):
    """Write which of the eight nodes of level `cell` - 1 in each cell of 2^cell voxels block; cell 1..7.

    As `mark_blocked`, for cells: bit x + 2 y + 4 z of a cell is the node that lies so in it. parts comes in filled
    with 255 or 0.
    """
    for r in range(rows.shape[0]):
        x0, y0, z0 = roots[r, 0] << 6 >> cell, roots[r, 1] << 6 >> cell, roots[r, 2] << 6 >> cell
        x0, y0, z0 = x0 - first[0], y0 - first[1], z0 - first[2]
        if cell <= 3:
            edge = 8 >> cell
            for child in range(CHILD_COUNT):
                x, y, z = x0 + MORTON_X[child] * edge, y0 + MORTON_Y[child] * edge, z0 + MORTON_Z[child] * edge
                if x >= parts.shape[0] or y >= parts.shape[1] or z >= parts.shape[2]:
                    continue
                if x + edge <= 0 or y + edge <= 0 or z + edge <= 0:
                    continue
                entry = children[rows[r], child]
                if entry >= 0:
                    _leaf_parts(words[entry], cell, unknown_blocks, x, y, z, parts)
                else:
                    blocks = value_blocks(tile_value(entry), unknown_blocks)
                    if blocks != unknown_blocks:
                        _fill(parts, x, y, z, edge, np.uint8(255 if blocks else 0))
            continue
        count = 1 << (3 * (cell - 4))
        for group in range(CHILD_COUNT // count):
            blocks = _group_blocks(children, words, rows[r], group * count, count, unknown_blocks)
            x, y, z, bit = x0 + MORTON_X[group >> 3], y0 + MORTON_Y[group >> 3], z0 + MORTON_Z[group >> 3], group & 7
            if cell == 7:
                bit = (roots[r, 0] & 1) | (roots[r, 1] & 1) << 1 | (roots[r, 2] & 1) << 2
            if (0 <= x < parts.shape[0]) & (0 <= y < parts.shape[1]) & (0 <= z < parts.shape[2]):
                others = parts[x, y, z] & ~(np.int64(1) << bit)
                parts[x, y, z] = np.uint8(others | np.int64(blocks) << bit)


def mark_blocked_reference(voxels, level, unknown_blocks, first, shape):
    """Return the grid from a mapping of voxel (x, y, z) to int8 log-odds; plain `mark_blocked`."""
    known, occupied = np.zeros(shape, np.int64), np.zeros(shape, bool)
    for voxel, value in voxels.items():
        at = tuple((c >> level) - int(f) for c, f in zip(voxel, first, strict=True))
        if all(0 <= a < n for a, n in zip(at, shape, strict=True)):
            known[at] += 1
            occupied[at] |= value > 0
    return (occupied | ((known < 8**level) & bool(unknown_blocks))).astype(np.uint8)

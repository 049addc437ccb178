"""OctoMap's nodes: a file's payload into the octree's arrays, and the arrays into a payload.

OctoMap's tree has 16 levels of eight children, in the same Morton order as ours: its node of level 6 is a root of
64^3 voxels, of level 3 a leaf of 8^3 (here, as everywhere, level 0 is a voxel; the file's own depth is 16 - level).
A node's code is the Morton code of its coordinates at its level, counted from the corner of OctoMap's world. Nodes
are written parent first (preorder), so both walks need a stack of at most eight nodes a level, and no recursion.

    states (.bt)   an inner node is two bytes, two bits a child: 0 unknown, 1 free, 2 occupied, 3 inner
    values (.ot)   every node is its value and one byte, one bit a child that exists

Reading is done twice: without room, to check and to count, then into arrays of that size.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import LOG_ODDS_MAX, LOG_ODDS_MIN, UNKNOWN, UNKNOWN_TILE, tile_of, tile_value

__all__ = [
    "EMPTY_INNER",
    "FINE",
    "MIXED",
    "TOO_DEEP",
    "TOO_MANY",
    "TOO_SHORT",
    "TOP_LEVEL",
    "Found",
    "Wrote",
    "read_states",
    "read_values",
    "write_states",
    "write_values",
]

TOP_LEVEL = 16
MIXED = -129
"""In place of a value: a node whose voxels differ, which therefore has children."""
FINE, TOO_SHORT, TOO_DEEP, EMPTY_INNER, TOO_MANY = 0, 1, 2, 3, 4
"""What is wrong with a payload."""
_STACK = 8 * (TOP_LEVEL + 1)


class Found:
    """Where `found` of a read holds what."""

    NODES, ROOTS, LEAVES, END, PROBLEM, SIZE = 0, 1, 2, 3, 4, 5


class Wrote:
    """Where `wrote` of a write holds what."""

    NODES, END, SIZE = 0, 1, 2


_NODES, _ROOTS, _LEAVES, _END, _PROBLEM = range(5)


@device
def _open_node(level, code, root_codes, children, leaves, found):
    """Begin an inner node: a root of its own at level 6, a leaf of its own at level 3."""
    if level == 6:
        row = found[_ROOTS]
        found[_ROOTS] += 1
        if root_codes.shape[0] > 0:
            root_codes[row] = code
            children[row] = UNKNOWN_TILE
    elif level == 3:
        leaf = found[_LEAVES]
        found[_LEAVES] += 1
        if root_codes.shape[0] > 0:
            children[found[_ROOTS] - 1, code & 511] = leaf
            leaves[leaf] = UNKNOWN


@device
def _store(level, code, value, root_codes, children, leaves, found):
    """Give a node of any level one value; what it lies in was opened before."""
    if level >= 6:
        count = np.int64(1) << (3 * (level - 6))
        if root_codes.shape[0] > 0:
            for i in range(count):
                root_codes[found[_ROOTS] + i] = (code << (3 * (level - 6))) + i
                children[found[_ROOTS] + i] = tile_of(value)
        found[_ROOTS] += count
    elif root_codes.shape[0] == 0:
        return
    elif level >= 3:
        start = (code << (3 * (level - 3))) & 511
        children[found[_ROOTS] - 1, start : start + (1 << (3 * (level - 3)))] = tile_of(value)
    else:
        start = (code << (3 * level)) & 511
        leaves[found[_LEAVES] - 1, start : start + (1 << (3 * level))] = value


_places = (array(types.int64, 1), array(types.int32, 2), array(types.int8, 2), array(types.int64, 1))


@kernel((readonly(types.uint8, 1), types.int64, *_places))
def read_states(data, node_limit, root_codes, children, leaves, found):
    """Read the inner nodes of a .bt payload, each two bytes of `data`.

    node_limit: more nodes than this are not read. root_codes, children, leaves: room for what an earlier call
    counted, or empty, to count. found: see `Found`; comes in as zeros. END is where reading stopped.
    """
    levels, codes = np.empty(_STACK, np.int64), np.empty(_STACK, np.int64)
    levels[0], codes[0], top = TOP_LEVEL, 0, 1
    at = 0
    while top > 0:
        top -= 1
        level, code = levels[top], codes[top]
        found[_NODES] += 1
        found[_END] = at
        if at + 2 > data.shape[0]:
            found[_PROBLEM] = TOO_SHORT
            return
        states = np.int64(data[at]) | (np.int64(data[at + 1]) << 8)
        if states == 0:
            found[_PROBLEM] = EMPTY_INNER
            return
        _open_node(level, code, root_codes, children, leaves, found)
        for i in range(7, -1, -1):
            state = (states >> (2 * i)) & 3
            if state == 3:
                if level == 1:
                    found[_PROBLEM] = TOO_DEEP
                    return
                levels[top], codes[top] = level - 1, (code << 3) + i
                top += 1
            elif state != 0:
                found[_NODES] += 1
                value = LOG_ODDS_MAX if state == 2 else LOG_ODDS_MIN
                _store(level - 1, (code << 3) + i, value, root_codes, children, leaves, found)
        if found[_NODES] + top > node_limit:
            found[_PROBLEM] = TOO_MANY
            return
        at += 2
    found[_END] = at


@kernel((readonly(types.int8, 1), readonly(types.uint8, 1), *_places))
def read_values(values, masks, root_codes, children, leaves, found):
    """Read the nodes of a .ot payload: their log-odds, and which children each has. As `read_states`.

    END is in nodes. Values of inner nodes are not looked at.
    """
    levels, codes = np.empty(_STACK, np.int64), np.empty(_STACK, np.int64)
    levels[0], codes[0], top = TOP_LEVEL, 0, 1
    at = 0
    while top > 0:
        top -= 1
        level, code = levels[top], codes[top]
        found[_END] = at
        if at >= masks.shape[0]:
            found[_PROBLEM] = TOO_SHORT
            return
        mask = np.int64(masks[at])
        if mask == 0:
            _store(level, code, values[at], root_codes, children, leaves, found)
        elif level == 0:
            found[_PROBLEM] = TOO_DEEP
            return
        else:
            _open_node(level, code, root_codes, children, leaves, found)
            for i in range(7, -1, -1):
                if mask >> i & 1:
                    levels[top], codes[top] = level - 1, (code << 3) + i
                    top += 1
        found[_NODES] += 1
        at += 1
    found[_END] = at


@device
def _find_kids(level, index, children, leaves, first, count, code, value, kid_value, kid_index):
    """Fill what the eight children of an inner node are worth (UNKNOWN, a value, MIXED) and where they lie.

    index: of a node above the roots, its place among `first`, `count`, `code`, `value`; of a root or below, the
    first of its entries of `children`; of a leaf or below, the first of its voxels in `leaves`.
    """
    if level > 6:
        kid_value[:] = UNKNOWN
        for j in range(first[index], first[index] + count[index]):
            kid_value[code[j] & 7] = value[j]
            kid_index[code[j] & 7] = j * 512 if level == 7 else j
        return
    if level > 3:
        width = np.int64(1) << (3 * (level - 4))
        for kid in range(8):
            start = index + kid * width
            entry = children[start]
            same = entry < 0
            for i in range(start + 1, start + width):
                same &= children[i] == entry
            kid_value[kid] = tile_value(entry) if same else MIXED
            kid_index[kid] = start if level > 4 else np.int64(entry) * 512
        return
    width = np.int64(1) << (3 * (level - 1))
    for kid in range(8):
        start = index + kid * width
        same = True
        for i in range(start + 1, start + width):
            same &= leaves[i] == leaves[start]
        kid_value[kid] = leaves[start] if same else MIXED
        kid_index[kid] = start


@device
def _greatest(level, index, children, leaves, leaf_greatest, greatest):
    """Return the greatest log-odds below an inner node; `index` as in `_find_kids`."""
    if level > 6:
        return np.int64(greatest[index])
    found = np.int64(UNKNOWN)
    if level > 3:
        for i in range(index, index + (1 << (3 * (level - 3)))):
            entry = children[i]
            found = max(found, np.int64(tile_value(entry)) if entry < 0 else np.int64(leaf_greatest[entry]))
        return found
    for i in range(index, index + (1 << (3 * level))):
        found = max(found, np.int64(leaves[i]))
    return found


_tree = (
    readonly(types.int32, 1),
    readonly(types.int8, 1),
    readonly(types.int64, 1),
    readonly(types.int64, 1),
    readonly(types.int64, 1),
    readonly(types.int16, 1),
)


@kernel((*_tree, array(types.uint8, 1), array(types.int64, 1)))
def write_states(children, leaves, first, count, code, value, out, wrote):
    """Write a .bt payload. Values are taken for free or occupied only, and must be pruned as such.

    children, leaves: of the roots in order of their codes, flat; no leaf is uniform. first, count, code, value: the
    nodes of level 6 and above, the top last: their children, Morton code, and value or MIXED. out: the bytes, or
    empty, to count. wrote: see `Wrote`.
    """
    levels, indices = np.empty(_STACK, np.int64), np.empty(_STACK, np.int64)
    kid_value, kid_index = np.empty(8, np.int64), np.empty(8, np.int64)
    levels[0], indices[0], top = TOP_LEVEL, first.shape[0] - 1, 1
    at, nodes = 0, 0
    while top > 0:
        top -= 1
        level, index = levels[top], indices[top]
        _find_kids(level, index, children, leaves, first, count, code, value, kid_value, kid_index)
        states = 0
        nodes += 1
        for i in range(7, -1, -1):
            if kid_value[i] == MIXED:
                states |= 3 << (2 * i)
                levels[top], indices[top] = level - 1, kid_index[i]
                top += 1
            elif kid_value[i] != UNKNOWN:
                states |= (2 if kid_value[i] > 0 else 1) << (2 * i)
                nodes += 1
        if out.shape[0] > 0:
            out[at], out[at + 1] = states & 255, states >> 8
        at += 2
    wrote[0], wrote[1] = nodes, at


@kernel(
    (
        *_tree,
        readonly(types.int8, 1),
        readonly(types.int8, 1),
        readonly(types.uint8, 2),
        array(types.uint8, 1),
        array(types.int64, 1),
    )
)
def write_values(children, leaves, first, count, code, value, leaf_greatest, greatest, records, out, wrote):
    """Write a .ot payload: every node's value, the greatest of its children's for an inner one. As `write_states`.

    leaf_greatest: of each leaf; greatest: of each node of level 6 and above. records: uint8, shape (256, 4): the four
    bytes that stand for log-odds -128, -127, ...
    """
    levels, indices = np.empty(_STACK, np.int64), np.empty(_STACK, np.int64)
    worth = np.empty(_STACK, np.int64)
    kid_value, kid_index = np.empty(8, np.int64), np.empty(8, np.int64)
    levels[0], indices[0], worth[0], top = TOP_LEVEL, first.shape[0] - 1, value[first.shape[0] - 1], 1
    at, nodes = 0, 0
    while top > 0:
        top -= 1
        level, index, log_odds = levels[top], indices[top], worth[top]
        mask = 0
        if log_odds == MIXED:
            _find_kids(level, index, children, leaves, first, count, code, value, kid_value, kid_index)
            log_odds = _greatest(level, index, children, leaves, leaf_greatest, greatest)
            for i in range(7, -1, -1):
                if kid_value[i] != UNKNOWN:
                    mask |= 1 << i
                    levels[top], indices[top], worth[top] = level - 1, kid_index[i], kid_value[i]
                    top += 1
        if out.shape[0] > 0:
            for i in range(4):
                out[at + i] = records[log_odds + 128, i]
            out[at + 4] = mask
        at += 5
        nodes += 1
    wrote[0], wrote[1] = nodes, at


def read_states_reference(data, at=0, level=TOP_LEVEL, code=0):
    """Return the leaf nodes of a .bt payload, (level, code, value) each, and where it ends; plain, recursive."""
    states = int(data[at]) | int(data[at + 1]) << 8
    at, found = at + 2, []
    for i in range(8):
        state, kid = states >> 2 * i & 3, code * 8 + i
        if state == 3:
            below, at = read_states_reference(data, at, level - 1, kid)
            found += below
        elif state:
            found.append((level - 1, kid, LOG_ODDS_MAX if state == 2 else LOG_ODDS_MIN))
    return found, at


def read_values_reference(values, masks, at=0, level=TOP_LEVEL, code=0):
    """Return the leaf nodes of a .ot payload, (level, code, value) each, and where it ends; plain, recursive."""
    if masks[at] == 0:
        return [(level, code, int(values[at]))], at + 1
    mask, found = int(masks[at]), []
    at += 1
    for i in range(8):
        if mask >> i & 1:
            below, at = read_values_reference(values, masks, at, level - 1, code * 8 + i)
            found += below
    return found, at


def pruned_reference(voxels, level=TOP_LEVEL, code=0):
    """Return the pruned tree of voxels, a mapping of code to value; plain form of both writers.

    An inner node is the list of its eight children, a leaf its value, unknown space None.
    """
    if not voxels:
        return None
    if level == 0:
        return voxels[code]
    kids = []
    for kid in range(code * 8, code * 8 + 8):
        below = {v: q for v, q in voxels.items() if v >> 3 * (level - 1) == kid}
        kids.append(pruned_reference(below, level - 1, kid))
    return kids[0] if not isinstance(kids[0], list) and kids.count(kids[0]) == 8 else kids

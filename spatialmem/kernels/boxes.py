"""Nodes of one state, merged: eight equal siblings become their parent."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.ask import FREE_STATE, OCCUPIED_STATE, UNKNOWN_STATE, leaf_state, node_state, state_of
from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import tile_value

__all__ = ["boxes_reference", "mark_boxes", "node_states_reference"]


@device
def _merge(marks, start, stop, level, first_level, last_level):
    """Merge runs of eight marked siblings in [start, stop), from the first level to the last; in Morton order.

    marks: one per node of `level`. A box of level k is marked k + 1 at its first node.
    """
    for k in range(first_level, last_level):
        stride = 1 << (3 * (k - level))
        for parent in range(start, stop, 8 * stride):
            equal = True
            for sibling in range(8):
                equal &= marks[parent + sibling * stride] == k + 1
            if equal:
                marks[parent] = k + 2
                for sibling in range(1, 8):
                    marks[parent + sibling * stride] = 0


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int32, 2),
        readonly(types.int8, 2),
        readonly(types.int64, 1),
        types.int64,
        types.int64,
        array(types.uint8, 2),
    )
)
def mark_boxes(start, stop, children, leaves, rows, level, state, marks):
    """Mark the largest boxes whose nodes of a level all have a state, in roots [start, stop).

    rows: of `children`, one per root. marks: uint8, shape (roots, 8^(6 - level)), one per node in Morton order; comes
    in zeroed. A box of level k is marked k + 1 at its first node.
    """
    for r in range(start, stop):
        row, out = rows[r], marks[r]
        if level > 3:
            for node in range(out.shape[0]):
                if node_state(children, leaves, row, node << (3 * (level - 3)), 0, level) == state:
                    out[node] = level + 1
            _merge(out, 0, out.shape[0], level, level, 6)
            continue
        count = 1 << (3 * (3 - level))  # nodes of a leaf
        for child in range(512):
            entry, first = children[row, child], child * count
            if entry < 0:
                if state_of(tile_value(entry)) == state:
                    out[first] = 4
                continue
            leaf = leaves[entry]
            found = False
            for node in range(count):
                if level == 0:
                    here = state_of(np.int32(leaf[node]))
                else:
                    here = leaf_state(leaf, node << (3 * level), (node + 1) << (3 * level))
                out[first + node] = level + 1 if here == state else 0
                found |= here == state
            if found:
                _merge(out, first, first + count, level, level, 3)
        _merge(out, 0, out.shape[0], level, 3, 6)


def node_states_reference(voxel_states, level):
    """Return the states of nodes of a level, indexed [x, y, z], from those of voxels; edges divisible by 2^level."""
    edge = 1 << level
    a, b, c = (n // edge for n in voxel_states.shape)
    inside = voxel_states.reshape(a, edge, b, edge, c, edge)
    occupied = (inside == OCCUPIED_STATE).any(axis=(1, 3, 5))
    unknown = (inside == UNKNOWN_STATE).any(axis=(1, 3, 5))
    return np.where(occupied, OCCUPIED_STATE, np.where(unknown, UNKNOWN_STATE, FREE_STATE)).astype(np.uint8)


def boxes_reference(node_states, level, state):
    """Return the boxes of one root as (low node, level), in Morton order, from the states of its nodes of a level.

    node_states: a cube, indexed [x, y, z]. The plain form of `mark_boxes`, by dividing from the top.
    """
    edge = node_states.shape[0]
    if (node_states == state).all():
        return [((0, 0, 0), level + edge.bit_length() - 1)]
    if not (node_states == state).any():
        return []
    found, half = [], edge // 2
    for sibling in range(8 if half else 0):
        x, y, z = (sibling & 1) * half, (sibling >> 1 & 1) * half, (sibling >> 2) * half
        part = node_states[x : x + half, y : y + half, z : z + half]
        found += [((i + x, j + y, k + z), box) for (i, j, k), box in boxes_reference(part, level, state)]
    return found

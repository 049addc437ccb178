"""Where occupied space ends: occupied nodes and which of their neighbours are free."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.ask import FREE_STATE, OCCUPIED_STATE, UNKNOWN_STATE, node_state, state_of
from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z, find_row, morton, tile_value

__all__ = ["free_sides_reference", "mark_free_sides"]


@device
def _state_in(children, leaves, row, x, y, z, level):
    """Return the state of the node of a level that holds voxel (x, y, z) of a row's root."""
    if row < 0:
        return UNKNOWN_STATE
    child = morton(x >> 3, y >> 3, z >> 3)
    if level > 0:
        return node_state(children, leaves, row, child, morton(x, y, z), level)
    entry = children[row, child]
    return state_of(tile_value(entry) if entry < 0 else np.int32(leaves[entry, morton(x, y, z)]))


@device
def _free_sides(table, children, leaves, row, x, y, z, level):
    """Return which face neighbours of a node are free: bits -x, +x, -y, +y, -z, +z from the lowest up."""
    sides = 0
    for side in range(6):
        step = (1 if side & 1 else -1) << level
        nx = x + (step if side < 2 else 0)
        ny = y + (step if side >> 1 == 1 else 0)
        nz = z + (step if side >> 1 == 2 else 0)
        there = row
        if nx >> 6 != x >> 6 or ny >> 6 != y >> 6 or nz >> 6 != z >> 6:
            there = find_row(table, nx >> 6, ny >> 6, nz >> 6)
        if _state_in(children, leaves, there, nx, ny, nz, level) == FREE_STATE:
            sides |= 1 << side
    return sides


@device
def _free_sides_in_leaf(table, children, leaves, row, slot, voxel, x, y, z):
    """Return the same of a voxel of a leaf: most neighbours are in the leaf, one step away in Morton order."""
    sides = 0
    inner = True
    for axis in range(3):
        bits = 0o111 << axis  # of this axis
        others, here = voxel & ~bits, voxel & bits
        if here == 0 or here == bits:
            inner = False
            continue
        sides |= (state_of(leaves[slot, others | ((here - 1) & bits)]) == FREE_STATE) << (2 * axis)
        sides |= (state_of(leaves[slot, others | (((here | ~bits) + 1) & bits)]) == FREE_STATE) << (2 * axis + 1)
    return sides if inner else _free_sides(table, children, leaves, row, x, y, z, 0)


_map_types = (readonly(types.int64, 2), readonly(types.int32, 2), readonly(types.int8, 2))


@kernel(
    (
        types.int64,
        types.int64,
        *_map_types,
        readonly(types.int64, 2),
        readonly(types.int64, 1),
        types.int64,
        array(types.uint8, 2),
    )
)
def mark_free_sides(start, stop, table, children, leaves, roots, rows, level, marks):
    """Mark the occupied nodes of a level by which of their face neighbours are free, in roots [start, stop).

    roots: int64, shape (n, 3), with their rows. marks: uint8, shape (n, 8^(6 - level)), in Morton order; comes in
    zeroed. Bits as of `_free_sides`.
    """
    for r in range(start, stop):
        row = rows[r]
        x0, y0, z0 = roots[r, 0] << 6, roots[r, 1] << 6, roots[r, 2] << 6
        for first in range(0, 512, 1 << (3 * max(level - 3, 0))):
            entry = children[row, first]
            if level <= 3 and entry < 0 and tile_value(entry) <= 0:
                continue
            x1, y1, z1 = x0 + MORTON_X[first] * 8, y0 + MORTON_Y[first] * 8, z0 + MORTON_Z[first] * 8
            if level == 0 and entry >= 0:
                for voxel in range(512):
                    if leaves[entry, voxel] > 0:
                        x, y, z = x1 + MORTON_X[voxel], y1 + MORTON_Y[voxel], z1 + MORTON_Z[voxel]
                        marks[r, (first << 9) + voxel] = _free_sides_in_leaf(
                            table, children, leaves, row, entry, voxel, x, y, z
                        )
                continue
            for voxel in range(0, 512, 1 << (3 * min(level, 3))):
                if node_state(children, leaves, row, first, voxel, max(level, 1)) == OCCUPIED_STATE:
                    x, y, z = x1 + MORTON_X[voxel], y1 + MORTON_Y[voxel], z1 + MORTON_Z[voxel]
                    marks[r, ((first << 9) + voxel) >> (3 * level)] = _free_sides(
                        table, children, leaves, row, x, y, z, level
                    )


def free_sides_reference(node_states):
    """Return the marks of `mark_free_sides` for states of nodes indexed [x, y, z], with unknown space around them."""
    padded = np.pad(node_states, 1, constant_values=UNKNOWN_STATE)
    sides = np.zeros(node_states.shape, np.uint8)
    for side in range(6):
        shift = -1 if side & 1 else 1
        free = np.roll(padded, shift, axis=side >> 1)[1:-1, 1:-1, 1:-1] == FREE_STATE
        sides |= (free << side).astype(np.uint8)
    return np.where(node_states == OCCUPIED_STATE, sides, 0).astype(np.uint8)

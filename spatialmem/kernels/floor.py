"""The floor out of the octree: what is in the columns over each cell, and in which columns anything has changed.

A block is 8x8 columns of voxels, the width of a leaf; a cell is 2^k x 2^k columns.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, kernel, readonly
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z, UNKNOWN, find_row, morton, tile_value

__all__ = ["BODY", "GROUND", "KNOWN", "OPEN", "WALL", "changed_children", "floor_flags"]

GROUND = 1
"""Something is where the floor is."""
BODY = 2
"""Something is where the robot would be."""
OPEN = 4
"""Enough of the space that the robot would take was seen to be free."""
WALL = 8
"""Something is higher than furniture that one looks over."""
KNOWN = 16
"""Anything at all was seen there, from the floor to the robot's height."""

_map = (readonly(types.int64, 2), readonly(types.int32, 2), readonly(types.int8, 2))


@kernel((*_map, readonly(types.int64, 2), readonly(types.int64, 2), types.int64, types.float64, array(types.uint8, 3)))
def floor_flags(table, children, leaves, blocks, bands, level, share, flags):
    """Fill the flags of the cells of blocks.

    blocks: shape (n, 2), x and y in blocks. bands: shape (3, 2), the voxel layers [low, high) of ground, body, wall.
    level: a cell is 2^level columns wide. share: of the body's voxels, so many are free where it is OPEN. flags: shape
    (n, 8 >> level, 8 >> level), indexed [y, x], filled.
    """
    ground_low, ground_high, body_low, body_high = bands[0, 0], bands[0, 1], bands[1, 0], bands[1, 1]
    wall_low, wall_high = bands[2, 0], bands[2, 1]
    low, high = min(ground_low, body_low, wall_low), max(ground_high, body_high, wall_high)
    width = 8 >> level
    needed = share * ((body_high - body_low) << (2 * level))
    free = np.zeros((8, 8), np.int64)
    for b in range(blocks.shape[0]):
        bx, by = blocks[b, 0], blocks[b, 1]
        free[:, :] = 0
        flags[b] = 0
        for rz in range(low >> 6, ((high - 1) >> 6) + 1):
            row = find_row(table, bx >> 3, by >> 3, rz)
            if row < 0:
                continue
            for cz in range(8):
                z0 = rz * 64 + cz * 8
                if z0 >= high or z0 + 8 <= low:
                    continue
                entry = children[row, morton(bx & 7, by & 7, cz)]
                value = tile_value(entry) if entry < 0 else np.int32(0)
                if entry < 0 and value == UNKNOWN:
                    continue
                for voxel in range(512):
                    z = z0 + MORTON_Z[voxel]
                    if z < low or z >= high:
                        continue
                    if entry >= 0:
                        value = np.int32(leaves[entry, voxel])
                        if value == UNKNOWN:
                            continue
                    x, y = MORTON_X[voxel], MORTON_Y[voxel]
                    found = 0
                    if ground_low <= z < body_high:
                        found = KNOWN
                    if value > 0:
                        if ground_low <= z < ground_high:
                            found |= GROUND
                        if body_low <= z < body_high:
                            found |= BODY
                        if wall_low <= z < wall_high:
                            found |= WALL
                    elif body_low <= z < body_high:
                        free[y, x] += 1
                    flags[b, y >> level, x >> level] |= found
        for y in range(width):
            for x in range(width):
                count = 0
                for dy in range(1 << level):
                    for dx in range(1 << level):
                        count += free[(y << level) + dy, (x << level) + dx]
                if count >= needed:
                    flags[b, y, x] |= OPEN


@kernel(
    (
        readonly(types.int64, 2),
        readonly(types.int32, 2),
        readonly(types.int64, 2),
        readonly(types.int32, 2),
        readonly(types.int64, 2),
        array(types.uint8, 2),
    )
)
def changed_children(table, children, old_table, old_children, roots, changed):
    """Mark which children of roots differ between two states of an octree.

    roots: shape (n, 3). changed: shape (n, 512), filled with 1 where a child is another, or new. A leaf is written
    anew whenever anything in it changes, so what is the same slot is the same.
    """
    for r in range(roots.shape[0]):
        row = find_row(table, roots[r, 0], roots[r, 1], roots[r, 2])
        old = find_row(old_table, roots[r, 0], roots[r, 1], roots[r, 2])
        for child in range(512):
            before = old_children[old, child] if old >= 0 else np.int32(-1)
            now = children[row, child] if row >= 0 else np.int32(-1)
            changed[r, child] = 1 if before != now else 0


def floor_flags_reference(value_of, cell, bands, level, share):
    """Return the flags of one cell (x, y); value_of gives the log-odds of a voxel. Plain form of `floor_flags`."""
    (ground_low, ground_high), (body_low, body_high), (wall_low, wall_high) = bands
    flags, free, width = 0, 0, 1 << level
    for x in range(cell[0] * width, (cell[0] + 1) * width):
        for y in range(cell[1] * width, (cell[1] + 1) * width):
            column = {z: value_of(x, y, z) for z in range(min(map(min, bands)), max(map(max, bands)))}
            known = {z: value for z, value in column.items() if value != UNKNOWN}
            flags |= KNOWN * any(ground_low <= z < body_high for z in known)
            for flag, low, high in (
                (GROUND, ground_low, ground_high),
                (BODY, body_low, body_high),
                (WALL, wall_low, wall_high),
            ):
                flags |= flag * any(low <= z < high and value > 0 for z, value in known.items())
            free += sum(body_low <= z < body_high and value <= 0 for z, value in known.items())
    return flags | OPEN * (free >= share * (body_high - body_low) * width * width)

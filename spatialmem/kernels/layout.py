"""The arrays of the octree, and how one finds a voxel in them.

    voxel (x, y, z), int         floor(p_W / voxel_size_m)
    root  (x, y, z) >> 6         64^3 voxels; the table maps its packed key to a row of `children`
    child Morton code of the next three bits of x, y, z: one of 512 entries of the row
    leaf  Morton code of the last three bits: one of 512 int8 of a slot of `leaves`

A child is a slot (>= 0) or a tile: one value for all 512 voxels (-1 - (value + 128), so UNKNOWN is -1).
With Morton order a node of level 1..3 is a run of 8, 64, 512 voxels of a leaf, and of level 4..6 a run of
8, 64, 512 children of a row.

table: int64, shape (2^k, 2), rows (packed root key, row of `children` or -1), open addressing.

Values are log-odds in quanta of 1/32 nat. A hit adds 27, a miss 13 less, between -64 and 112; -128 is
"never seen". Above 0 is occupied.
"""

from __future__ import annotations

import numpy as np

from spatialmem.kernels.compile import device

__all__ = [
    "CHILD_COUNT",
    "HIT",
    "LOG_ODDS_MAX",
    "LOG_ODDS_MIN",
    "MISS",
    "MORTON_X",
    "MORTON_Y",
    "MORTON_Z",
    "UNKNOWN",
    "UNKNOWN_TILE",
    "VOXEL_LIMIT",
    "root_coordinates",
]

UNKNOWN = -128
LOG_ODDS_MIN = -64
LOG_ODDS_MAX = 112
HIT = 27
MISS = -13
CHILD_COUNT = 512
UNKNOWN_TILE = -1
VOXEL_LIMIT = 1 << 26
"""Voxel coordinates lie in [-2^26, 2^26): 21 bits of root coordinate, 6 inside the root."""


def _compact(codes: np.ndarray, axis: int) -> np.ndarray:
    """Return the three bits that Morton codes hold for an axis."""
    return ((codes >> axis) & 1) | ((codes >> (axis + 2)) & 2) | ((codes >> (axis + 4)) & 4)


MORTON_X = _compact(np.arange(512), 0)
MORTON_Y = _compact(np.arange(512), 1)
MORTON_Z = _compact(np.arange(512), 2)


@device
def morton(x, y, z):
    """Return the Morton code of the low three bits of x, y, z."""
    x, y, z = np.int64(x) & 7, np.int64(y) & 7, np.int64(z) & 7
    x = (x & 1) | ((x & 2) << 2) | ((x & 4) << 4)
    y = (y & 1) | ((y & 2) << 2) | ((y & 4) << 4)
    z = (z & 1) | ((z & 2) << 2) | ((z & 4) << 4)
    return x | (y << 1) | (z << 2)


def morton_reference(voxels: np.ndarray) -> np.ndarray:
    """Return the Morton code of the low three bits of voxels (n, 3); plain form of `morton`."""
    bits = (voxels[:, None, :] >> np.arange(3)[:, None]) & 1
    return (bits << (3 * np.arange(3)[:, None] + np.arange(3))).sum(axis=(1, 2))


@device
def tile_of(value):
    """Return the child entry of a tile."""
    return np.int32(-1 - (np.int32(value) + 128))


@device
def tile_value(child):
    """Return the value of a tile's child entry."""
    return np.int32(-1 - child - 128)


@device
def root_key(x, y, z):
    """Pack root coordinates, 21 bits each."""
    return ((np.int64(x) & 0x1FFFFF) << 42) | ((np.int64(y) & 0x1FFFFF) << 21) | (np.int64(z) & 0x1FFFFF)


def root_coordinates(keys: np.ndarray) -> np.ndarray:
    """Return the coordinates (n, 3) of roots by their packed keys."""
    coordinates = np.stack([keys >> 42, keys >> 21, keys], axis=1) & 0x1FFFFF
    return np.where(coordinates >= 1 << 20, coordinates - (1 << 21), coordinates)


@device
def root_slot(table, key):
    """Return where in the table a key is, or the empty place where it would go."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    mask = table.shape[0] - 1
    i = np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(0x7FFFFFFFFFFFFFFF)) & mask
    while table[i, 1] >= 0 and table[i, 0] != key:
        i = (i + 1) & mask
    return i


@device
def find_row(table, x, y, z):
    """Return the row of the root with these root coordinates, -1 where there is none."""
    return table[root_slot(table, root_key(x, y, z)), 1]

"""Point queries: the log-odds of a voxel, the state of a node of any level."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, exact_device, kernel, readonly
from spatialmem.kernels.layout import UNKNOWN, VOXEL_LIMIT, find_row, morton, tile_value

__all__ = [
    "FREE_STATE",
    "OCCUPIED_STATE",
    "UNKNOWN_STATE",
    "leaf_state",
    "log_odds_at",
    "node_state",
    "state_of",
    "states_at",
    "states_of",
    "voxel_of",
]

UNKNOWN_STATE, FREE_STATE, OCCUPIED_STATE = 0, 1, 2
"""As in types.State; compiled code wants plain numbers."""


@exact_device
def voxel_of(points, i, by_size):
    """Return the voxel of point i, and whether there is one: finite and within the limit."""
    x, y, z = np.floor(points[i, 0] * by_size), np.floor(points[i, 1] * by_size), np.floor(points[i, 2] * by_size)
    if (abs(x) < VOXEL_LIMIT) & (abs(y) < VOXEL_LIMIT) & (abs(z) < VOXEL_LIMIT):
        return np.int32(x), np.int32(y), np.int32(z), True
    return np.int32(0), np.int32(0), np.int32(0), False


@device
def state_of(value):
    """Return the state that a log-odds value stands for."""
    return UNKNOWN_STATE if value == UNKNOWN else OCCUPIED_STATE if value > 0 else FREE_STATE


@device
def leaf_state(leaf, start, stop):
    """Return the state of a run of voxels: occupied if any is, else unknown if any is, else free."""
    unknown = False
    for i in range(start, stop):
        if leaf[i] > 0:
            return OCCUPIED_STATE
        unknown |= leaf[i] == UNKNOWN
    return UNKNOWN_STATE if unknown else FREE_STATE


@device
def node_state(children, leaves, row, child, voxel, level):
    """Return the state of the node of a level >= 1 that holds a voxel, by the same rule."""
    if level <= 3:
        entry = children[row, child]
        if entry < 0:
            return state_of(tile_value(entry))
        first = voxel >> (3 * level) << (3 * level)
        return leaf_state(leaves[entry], first, first + (1 << (3 * level)))
    width = 3 * (level - 3)
    first = child >> width << width
    unknown = False
    for i in range(first, first + (1 << width)):
        entry = children[row, i]
        state = state_of(tile_value(entry)) if entry < 0 else leaf_state(leaves[entry], 0, 512)
        if state == OCCUPIED_STATE:
            return OCCUPIED_STATE
        unknown |= state == UNKNOWN_STATE
    return UNKNOWN_STATE if unknown else FREE_STATE


_reals = (types.float32, types.float64)
_map_types = (readonly(types.int64, 2), readonly(types.int32, 2), readonly(types.int8, 2))


@kernel(
    *[(types.int64, types.int64, *_map_types, r, readonly(r, 2), array(types.int8, 1)) for r in _reals],
    exact=True,
)
def log_odds_at(start, stop, table, children, leaves, by_size, points, out):
    """Fill the int8 log-odds at points [start, stop), shape (n, 3) [m]; by_size = 1 / voxel size."""
    row, last_x, last_y, last_z = np.int64(-1), np.int32(0x7FFFFFFF), np.int32(0), np.int32(0)
    for i in range(start, stop):
        x, y, z, inside = voxel_of(points, i, by_size)
        rx, ry, rz = x >> np.int32(6), y >> np.int32(6), z >> np.int32(6)
        if rx != last_x or ry != last_y or rz != last_z:
            row = find_row(table, rx, ry, rz)
            last_x, last_y, last_z = rx, ry, rz
        value = np.int8(UNKNOWN)
        if row >= 0 and inside:
            entry = children[row, morton(x >> np.int32(3), y >> np.int32(3), z >> np.int32(3))]
            value = leaves[entry, morton(x, y, z)] if entry >= 0 else np.int8(tile_value(entry))
        out[i] = value


@kernel(
    *[(types.int64, types.int64, *_map_types, r, readonly(r, 2), types.int64, array(types.uint8, 1)) for r in _reals],
    exact=True,
)
def states_at(start, stop, table, children, leaves, by_size, points, level, out):
    """Fill the state of the nodes of level 1..6 that hold points [start, stop), shape (n, 3) [m]."""
    for i in range(start, stop):
        x, y, z, inside = voxel_of(points, i, by_size)
        row = find_row(table, x >> np.int32(6), y >> np.int32(6), z >> np.int32(6)) if inside else np.int64(-1)
        out[i] = UNKNOWN_STATE
        if row >= 0:
            child = morton(x >> np.int32(3), y >> np.int32(3), z >> np.int32(3))
            out[i] = node_state(children, leaves, row, child, morton(x, y, z), level)


_STATE_OF_BYTE = np.array([state_of.py_func(v - 256 if v > 127 else v) for v in range(256)], np.uint8)


def states_of(log_odds):
    """Return the uint8 state of int8 log-odds, any shape."""
    return _STATE_OF_BYTE[log_odds.view(np.uint8)]


def log_odds_reference(voxels, points, by_size):
    """Return int8 log-odds at points (n, 3) from a mapping of voxel (x, y, z) to value; plain `log_odds_at`."""
    keys = np.floor(points * points.dtype.type(by_size))
    return np.array([voxels.get(tuple(int(c) for c in key), UNKNOWN) for key in keys], np.int8)


def node_state_reference(voxels, voxel, level):
    """Return the state of the node of a level that holds a voxel, from the same mapping; plain `states_at`."""
    low = [int(c) >> level << level for c in voxel]
    high = [c + (1 << level) for c in low]
    inside = [v for key, v in voxels.items() if all(a <= k < b for a, k, b in zip(low, key, high, strict=True))]
    if any(v > 0 for v in inside):
        return OCCUPIED_STATE
    return FREE_STATE if len(inside) == 8**level else UNKNOWN_STATE

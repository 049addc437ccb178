"""Reductions of the whole map: seen from above, by height, by volume, and its bounds."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.ask import FREE_STATE, OCCUPIED_STATE
from spatialmem.kernels.compile import array, kernel, readonly
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z, UNKNOWN, tile_value

__all__ = ["columns_from_above", "known_extent"]

_root_types = (readonly(types.int64, 2), readonly(types.int64, 1), readonly(types.int32, 2), readonly(types.int8, 2))


@kernel(
    (*_root_types, readonly(types.int64, 1), types.int64, types.int64, array(types.uint8, 2), array(types.int64, 2))
)
def columns_from_above(roots, rows, children, leaves, origin, z_low, z_high, state, top):
    """Reduce voxel layers [z_low, z_high) to one state and one top per column.

    roots: int64, shape (n, 3), with their rows. origin: voxel (x, y) of state[0, 0]; arrays are indexed [y, x].
    state: occupied if any voxel is, else free if any is, else unknown (as it comes in). top: highest occupied z.
    """
    for r in range(roots.shape[0]):
        for child in range(512):
            entry = children[rows[r], child]
            value = tile_value(entry) if entry < 0 else np.int32(0)
            if entry < 0 and value == UNKNOWN:
                continue
            x0 = roots[r, 0] * 64 + MORTON_X[child] * 8 - origin[0]
            y0 = roots[r, 1] * 64 + MORTON_Y[child] * 8 - origin[1]
            z0 = roots[r, 2] * 64 + MORTON_Z[child] * 8
            if z0 >= z_high or z0 + 8 <= z_low:
                continue
            for voxel in range(512):
                z = z0 + MORTON_Z[voxel]
                if z < z_low or z >= z_high:
                    continue
                if entry >= 0:
                    value = np.int32(leaves[entry, voxel])
                x, y = x0 + MORTON_X[voxel], y0 + MORTON_Y[voxel]
                if value > 0:
                    state[y, x] = OCCUPIED_STATE
                    top[y, x] = max(top[y, x], z)
                elif value != UNKNOWN and state[y, x] != OCCUPIED_STATE:
                    state[y, x] = FREE_STATE


@kernel((*_root_types, array(types.int64, 2), array(types.int64, 1), types.int64, array(types.int64, 1)))
def known_extent(roots, rows, children, leaves, bounds, volumes, z_first, occupied_by_z):
    """Fill the bounds of known voxels, how many are free and occupied, and the occupied per layer.

    bounds: int64, shape (2, 3): lowest voxel, highest voxel + 1; comes in inverted. volumes: (free, occupied).
    occupied_by_z: one per layer from z_first on.
    """
    for r in range(roots.shape[0]):
        for child in range(512):
            entry = children[rows[r], child]
            value = tile_value(entry) if entry < 0 else np.int32(0)
            if entry < 0 and value == UNKNOWN:
                continue
            x0 = roots[r, 0] * 64 + MORTON_X[child] * 8
            y0 = roots[r, 1] * 64 + MORTON_Y[child] * 8
            z0 = roots[r, 2] * 64 + MORTON_Z[child] * 8
            for voxel in range(512):
                if entry >= 0:
                    value = np.int32(leaves[entry, voxel])
                if value == UNKNOWN:
                    continue
                x, y, z = x0 + MORTON_X[voxel], y0 + MORTON_Y[voxel], z0 + MORTON_Z[voxel]
                bounds[0, 0], bounds[1, 0] = min(bounds[0, 0], x), max(bounds[1, 0], x + 1)
                bounds[0, 1], bounds[1, 1] = min(bounds[0, 1], y), max(bounds[1, 1], y + 1)
                bounds[0, 2], bounds[1, 2] = min(bounds[0, 2], z), max(bounds[1, 2], z + 1)
                volumes[1 if value > 0 else 0] += 1
                if value > 0:
                    occupied_by_z[z - z_first] += 1


def columns_reference(voxels, first, shape, z_low, z_high):
    """Return (state, top voxel or NaN), indexed [y, x], from a mapping of voxel to log-odds; plain form of both."""
    state, top = np.zeros(shape, np.uint8), np.full(shape, np.nan)
    for (x, y, z), value in voxels.items():
        if z_low <= z < z_high:
            at = y - first[1], x - first[0]
            state[at] = max(state[at], OCCUPIED_STATE if value > 0 else FREE_STATE)
            top[at] = np.fmax(top[at], z) if value > 0 else top[at]
    return state, top

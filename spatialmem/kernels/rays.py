"""Ray casts: voxel by voxel (Amanatides & Woo 1987), in strides of a whole leaf or root where it is uniform."""

from __future__ import annotations

import itertools

import numpy as np
from numba import types

from spatialmem.kernels.ask import FREE_STATE, OCCUPIED_STATE
from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import UNKNOWN, VOXEL_LIMIT, find_row, morton, tile_value

__all__ = ["cast_rays", "cast_rays_reference"]

_FAR = 1e300


@device
def _exit(origin, by_direction, step, voxel, shift, size):
    """Return where a ray leaves, along one axis, the node of edge 2^shift that holds a voxel: distance [m]."""
    if step == 0:
        return _FAR
    return ((((voxel >> shift) + (1 if step > 0 else 0)) << shift) * size - origin) * by_direction


@device
def _enter(origin, direction, t, step, voxel, shift, size, crossed):
    """Return the voxel coordinate on one axis after leaving the node at distance t."""
    low = voxel >> shift << shift
    high = low + (1 << shift) - 1
    if crossed:
        return high + 1 if step > 0 else low - 1
    if shift == 0:
        return voxel
    moved = np.int64(np.floor((origin + direction * t) / size))
    return min(max(moved, low), high)  # rounding must not leave the node on an axis that was not crossed


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 2),
        readonly(types.int32, 2),
        readonly(types.int8, 2),
        types.float64,
        readonly(types.float64, 2),
        readonly(types.float64, 2),
        types.float64,
        types.int64,
        array(types.uint8, 1),
        array(types.float32, 1),
    )
)
def cast_rays(
    start, stop, table, children, leaves, size, origins, directions, range_max_m, unknown_is, states, distances
):
    """Follow rays [start, stop) to the first voxel that ends them.

    origins [m], directions (length 1): float64, shape (n, 3). unknown_is: state to take unknown space for;
    UNKNOWN ends the ray there and says so.
    """
    for i in range(start, stop):
        ox, oy, oz = origins[i, 0], origins[i, 1], origins[i, 2]
        dx, dy, dz = directions[i, 0], directions[i, 1], directions[i, 2]
        sx, sy, sz = np.sign(dx), np.sign(dy), np.sign(dz)
        bx, by, bz = 1 / dx if sx != 0 else _FAR, 1 / dy if sy != 0 else _FAR, 1 / dz if sz != 0 else _FAR
        x, y, z = np.int64(np.floor(ox / size)), np.int64(np.floor(oy / size)), np.int64(np.floor(oz / size))
        row, root_x, root_y, root_z = np.int64(-1), np.int64(1) << 40, np.int64(0), np.int64(0)
        t = 0.0
        state = FREE_STATE
        while t < range_max_m and abs(x) < VOXEL_LIMIT and abs(y) < VOXEL_LIMIT and abs(z) < VOXEL_LIMIT:
            if x >> 6 != root_x or y >> 6 != root_y or z >> 6 != root_z:
                root_x, root_y, root_z = x >> 6, y >> 6, z >> 6
                row = find_row(table, root_x, root_y, root_z)
            shift, value = 6, UNKNOWN
            if row >= 0:
                entry = children[row, morton(x >> 3, y >> 3, z >> 3)]
                shift = 3 if entry < 0 else 0
                value = tile_value(entry) if entry < 0 else np.int32(leaves[entry, morton(x, y, z)])
            here = unknown_is if value == UNKNOWN else OCCUPIED_STATE if value > 0 else FREE_STATE
            if here != FREE_STATE:
                state = here
                break
            tx = _exit(ox, bx, sx, x, shift, size)
            ty = _exit(oy, by, sy, y, shift, size)
            tz = _exit(oz, bz, sz, z, shift, size)
            axis = 0 if tx <= ty and tx <= tz else 1 if ty <= tz else 2
            t = max(t, tx if axis == 0 else ty if axis == 1 else tz)
            x = _enter(ox, dx, t, sx, x, shift, size, axis == 0)
            y = _enter(oy, dy, t, sy, y, shift, size, axis == 1)
            z = _enter(oz, dz, t, sz, z, shift, size, axis == 2)
        else:
            if t < range_max_m:  # left the addressable world
                state = unknown_is
        states[i] = state
        distances[i] = np.float32(t if state != FREE_STATE else range_max_m)


def cast_rays_reference(voxels, size, origin, direction, range_max_m, unknown_is):
    """Return (state, distance [m]) of one ray through a mapping of voxel to int8 log-odds; plain `cast_rays`.

    Cuts the ray at every voxel face it crosses and looks at the middle of each piece.
    """
    cuts = [0.0, range_max_m]
    for o, d in zip(origin, direction, strict=True):
        if d != 0:
            ends = sorted((o / size, (o + d * range_max_m) / size))
            cuts += [(k * size - o) / d for k in range(int(np.floor(ends[0])), int(np.ceil(ends[1])) + 1)]
    cuts = sorted({c for c in cuts if 0 <= c <= range_max_m})
    for t0, t1 in itertools.pairwise(cuts):
        key = tuple(int(np.floor((o + d * (t0 + t1) / 2) / size)) for o, d in zip(origin, direction, strict=True))
        value = voxels.get(key, UNKNOWN)
        state = unknown_is if value == UNKNOWN else OCCUPIED_STATE if value > 0 else FREE_STATE
        if state != FREE_STATE:
            return state, t0
    return FREE_STATE, range_max_m

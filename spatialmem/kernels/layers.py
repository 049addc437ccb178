"""Optional layers on the same slots as the leaves: the colour of a voxel, and when it was last seen.

colors: uint8, shape (slots, 512, 4): red, green, blue, weight; weight 0 is no colour yet.
seen: uint32, shape (slots, 512): number of the last update that hit or missed the voxel; 0 is never.
seen_tiles: uint32, shape (rows, 512): the same for a tile, the oldest of its 512 voxels.

A layer that is switched off has no slots; nothing is done for it.

Colour is a running average in which an observation weighs as 1 / distance^2, the noise of a depth camera being
proportional to the distance squared (Nguyen, Izadi & Lovell 2012, eq. 1); the sum of weights is capped, so that
a repainted wall changes colour (Curless & Levoy 1996, section 3, for the average).
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.ask import voxel_of
from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import UNKNOWN, find_row, morton, tile_value

__all__ = [
    "COLOR_WEIGHT_MAX",
    "LAYERS",
    "blended_reference",
    "carry_colors",
    "carry_seen",
    "colors_at",
    "oldest_seen",
    "paint",
    "seen_at",
    "weight_reference",
]

LAYERS = types.Tuple((array(types.uint8, 3), array(types.uint32, 2), array(types.uint32, 2)))
"""The type of (colors, seen, seen_tiles) as kernels take it."""
COLOR_WEIGHT_MAX = 48
_WEIGHT_NEAR, _WEIGHT_FAR = 16, 4

_f4 = np.float32


@device
def _seen_before(seen, seen_tiles, row, child, entry, i):
    """Return when a voxel was last seen before this update."""
    return seen[entry, i] if entry >= 0 else seen_tiles[row, child]


@device
def oldest_seen(seen, seen_tiles, row, child, entry, change, seq):
    """Return the oldest number among the voxels of a leaf or tile after an update that touches where `change` != 0."""
    oldest = np.uint32(seq)
    for i in range(512):
        if change[i] == np.int8(0):
            before = _seen_before(seen, seen_tiles, row, child, entry, i)
            oldest = before if before < oldest else oldest
    return oldest


@device
def carry_seen(seen, seen_tiles, row, child, entry, slot, change, seq):
    """Fill the numbers of a freshly written leaf: `seq` where touched, what they were elsewhere."""
    for i in range(512):
        before = _seen_before(seen, seen_tiles, row, child, entry, i)
        seen[slot, i] = np.uint32(seq) if change[i] != np.int8(0) else before


@device
def carry_colors(colors, entry, slot):
    """Give a freshly written leaf the colours that it had; a tile had none."""
    target = colors[slot]
    if entry >= 0:
        source = colors[entry]
        for i in range(512):
            for c in range(4):
                target[i, c] = source[i, c]
    else:
        for i in range(512):
            for c in range(4):
                target[i, c] = np.uint8(0)


@device
def paint(voxels, hit, index, ahead, reach, image, slack):
    """Blend the image into the hit voxels of a leaf: the pixel their centre falls on, where its depth agrees.

    voxels: uint8, shape (512, 4). index: pixel of each voxel centre. ahead: reach minus depth of the centre [m]; a
    centre farther than `slack` from what its pixel saw is hidden, or seen past, and takes no colour from it.
    """
    for i in range(512):
        if hit[i] == np.int8(0) or abs(ahead[i]) > slack:
            continue
        pixel = np.int64(index[i])
        z = reach[pixel]
        by_z = _f4(_WEIGHT_NEAR) / (z * z)
        weight = np.int32(min(max(by_z, _f4(_WEIGHT_FAR)), _f4(_WEIGHT_NEAR)))
        before = np.int32(voxels[i, 3])
        total = before + weight
        for c in range(3):
            mixed = np.int32(voxels[i, c]) * before + np.int32(image[pixel, c]) * weight
            voxels[i, c] = np.uint8((mixed + total // 2) // total)
        voxels[i, 3] = np.uint8(min(total, np.int32(COLOR_WEIGHT_MAX)))


def weight_reference(z_m):
    """Return the weight of an observation from a distance [m]; plain form of what `paint` does."""
    return int(min(max(np.float32(_WEIGHT_NEAR) / (np.float32(z_m) * np.float32(z_m)), _WEIGHT_FAR), _WEIGHT_NEAR))


def blended_reference(rgb, weight_before, pixel, weight):
    """Return (rgb, weight) after one observation; plain form of what `paint` does for a voxel."""
    total = weight_before + weight
    mixed = [(int(c) * weight_before + int(p) * weight + total // 2) // total for c, p in zip(rgb, pixel, strict=True)]
    return tuple(mixed), min(total, COLOR_WEIGHT_MAX)


_map_types = (readonly(types.int64, 2), readonly(types.int32, 2))
_reals = (types.float32, types.float64)


@kernel(
    *[
        (types.int64, types.int64, *_map_types, readonly(types.uint8, 3), r, readonly(r, 2), array(types.uint8, 2))
        for r in _reals
    ],
    exact=True,
)
def colors_at(start, stop, table, children, colors, by_size, points, out):
    """Fill red, green, blue, weight at points [start, stop), shape (n, 3) [m]; by_size = 1 / voxel size."""
    for i in range(start, stop):
        x, y, z, inside = voxel_of(points, i, by_size)
        row = find_row(table, x >> np.int32(6), y >> np.int32(6), z >> np.int32(6)) if inside else np.int64(-1)
        entry = np.int32(-1)
        if row >= 0:
            entry = children[row, morton(x >> np.int32(3), y >> np.int32(3), z >> np.int32(3))]
        for c in range(4):
            out[i, c] = colors[entry, morton(x, y, z), c] if entry >= 0 else np.uint8(0)


@kernel(
    *[
        (
            types.int64,
            types.int64,
            *_map_types,
            readonly(types.uint32, 2),
            readonly(types.uint32, 2),
            r,
            readonly(r, 2),
            array(types.uint32, 1),
        )
        for r in _reals
    ],
    exact=True,
)
def seen_at(start, stop, table, children, seen, seen_tiles, by_size, points, out):
    """Fill the number of the last update that saw each point [start, stop), shape (n, 3) [m]; 0 where none did."""
    for i in range(start, stop):
        x, y, z, inside = voxel_of(points, i, by_size)
        row = find_row(table, x >> np.int32(6), y >> np.int32(6), z >> np.int32(6)) if inside else np.int64(-1)
        out[i] = np.uint32(0)
        if row >= 0:
            child = morton(x >> np.int32(3), y >> np.int32(3), z >> np.int32(3))
            entry = children[row, child]
            if entry >= 0:
                out[i] = seen[entry, morton(x, y, z)]
            elif tile_value(entry) != UNKNOWN:
                out[i] = seen_tiles[row, child]

"""A depth image once more: the voxels in some boxes that it saw through become free at once, whatever they were.

Items are leaves that touch a box, as in leaves.py. boxes: float64, shape (n, 6): centre from the corner of the frame's
box of roots [m], half of the size along the box's own x, y, z [m], grown by half a voxel; turns: float64, shape (n, 2):
cosine and sine of its yaw. The boxes of item m are box_of[first_box[m] : first_box[m + 1]].
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.layout import MISS, MORTON_X, MORTON_Y, MORTON_Z, UNKNOWN, UNKNOWN_TILE, tile_value
from spatialmem.kernels.leaves import WRITE_TYPES, change_leaf, clear_around_camera, project_leaf
from spatialmem.kernels.reach import AROUND_VOXELS

__all__ = ["find_ghosts", "ghosts_reference", "miss_ghosts"]

_f4 = np.float32


@device
def _ghost(value):
    """Return whether a voxel that was seen through is more than missed."""
    return value > MISS or value == UNKNOWN


@device
def _may_have_ghosts(entry, leaves):
    """Return whether a leaf or tile has any voxel that is more than missed."""
    if entry < 0:
        return _ghost(np.int32(tile_value(entry)))
    leaf, found = leaves[entry], np.int8(0)
    for i in range(512):
        v = leaf[i]
        found |= np.int8(v > np.int8(MISS)) | np.int8(v == np.int8(UNKNOWN))
    return found != np.int8(0)


@device
def _mark_boxed(leaf_x, leaf_y, leaf_z, size, box, cos, sin, boxed):
    """Mark the voxels of a leaf whose centre lies in a box; returns whether any does."""
    x, y, z = (leaf_x * 8 + 4) * size - box[0], (leaf_y * 8 + 4) * size - box[1], (leaf_z * 8 + 4) * size - box[2]
    x, y, reach = cos * x + sin * y, cos * y - sin * x, 3.5 * size
    apart_x, apart_y = box[3] - abs(x), box[4] - abs(y)
    across = reach * (abs(cos) + abs(sin))  # how far centres are from the leaf's, along the box's x and y
    if apart_x < -across or apart_y < -across or box[5] - abs(z) < -reach:
        return False
    if apart_x >= across and apart_y >= across and box[5] - abs(z) >= reach:
        boxed[:] = np.uint8(1)
        return True
    for i in range(512):
        a, b = (MORTON_X[i] - 3.5) * size, (MORTON_Y[i] - 3.5) * size
        inside = np.uint8(abs(x + cos * a + sin * b) <= box[3]) & np.uint8(abs(y + cos * b - sin * a) <= box[4])
        boxed[i] |= inside & np.uint8(abs(z + (MORTON_Z[i] - 3.5) * size) <= box[5])
    return True


@device
def _steps(
    camera, reach, width, height, size, leaf_x, leaf_y, leaf_z, offsets, boxes, turns, mine, entry, leaves, work,
    change,
):  # fmt: skip
    """Fill `change`: what takes each voxel of a leaf that lies in a box and was seen through down to a miss.

    leaf_x, leaf_y, leaf_z: the leaf, counted from the corner of the frame's box. mine: its boxes. Returns how many
    voxels change; where there are none, `change` is left over.
    """
    if not _may_have_ghosts(entry, leaves):
        return 0
    index, ahead, boxed = work
    boxed[:] = np.uint8(0)
    touched = False
    for b in mine:
        touched |= _mark_boxed(leaf_x, leaf_y, leaf_z, size, boxes[b], turns[b, 0], turns[b, 1], boxed)
    if not touched:
        return 0
    dx = _f4(leaf_x * 8 * size) - camera[9]
    dy = _f4(leaf_y * 8 * size) - camera[10]
    dz = _f4(leaf_z * 8 * size) - camera[11]
    x_C = camera[12] * (camera[0] * dx + camera[3] * dy + camera[6] * dz)
    y_C = camera[13] * (camera[1] * dx + camera[4] * dy + camera[7] * dz)
    z_C = camera[2] * dx + camera[5] * dy + camera[8] * dz
    project_leaf(camera, offsets[0], offsets[1], offsets[2], x_C, y_C, z_C, reach, width, height, index, ahead)
    half, near = _f4(4 * size), _f4(4 * size) + _f4(AROUND_VOXELS * size)
    if abs(dx + half) < near and abs(dy + half) < near and abs(dz + half) < near:
        clear_around_camera(dx, dy, dz, size, ahead)
    tile, margin, count = np.int32(tile_value(entry)) if entry < 0 else np.int32(0), camera[16], 0
    for i in range(512):
        value = np.int32(leaves[entry, i]) if entry >= 0 else tile
        gone = boxed[i] != np.uint8(0) and ahead[i] > margin and _ghost(value)
        change[i] = np.int8(MISS - (value if value != UNKNOWN else 0)) if gone else np.int8(0)
        count += gone
    return count


_look_types = (
    readonly(types.float32, 1),  # camera
    readonly(types.float32, 1),  # reach
    types.int64,  # width
    types.int64,  # height
    types.float64,  # voxel_size_m
    readonly(types.int64, 2),  # item_leaf
    readonly(types.float32, 2),  # offsets
    readonly(types.float64, 2),  # boxes
    readonly(types.float64, 2),  # turns
    readonly(types.int64, 1),  # first_box
    readonly(types.int64, 1),  # box_of
)


@kernel(
    (
        types.int64,
        types.int64,
        *_look_types,
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        readonly(types.int32, 2),
        readonly(types.int8, 2),
        array(types.uint8, 1),
    )
)
def find_ghosts(
    start, stop, camera, reach, width, height, voxel_size_m, item_leaf, offsets, boxes, turns, first_box, box_of,
    rows, item_visit, item_child, children, leaves, found,
):  # fmt: skip
    """Fill found [start, stop): whether anything in the leaf would change. rows: -1 for a root that is not there."""
    work = np.empty(512, np.uint32), np.empty(512, np.float32), np.empty(512, np.uint8)
    change = np.empty(512, np.int8)
    for m in range(start, stop):
        row = rows[item_visit[m]]
        entry = children[row, item_child[m]] if row >= 0 else np.int32(UNKNOWN_TILE)
        count = _steps(
            camera, reach, width, height, voxel_size_m, item_leaf[m, 0], item_leaf[m, 1], item_leaf[m, 2], offsets,
            boxes, turns, box_of[first_box[m] : first_box[m + 1]], entry, leaves, work, change,
        )  # fmt: skip
        found[m] = count > 0


@kernel(
    (
        types.int64,
        types.int64,
        *_look_types,
        readonly(types.int64, 1),
        readonly(types.int32, 1),
        readonly(types.int16, 1),
        readonly(types.int8, 2),
        array(types.int64, 1),
        *WRITE_TYPES,
    )
)
def miss_ghosts(
    start, stop, camera, reach, width, height, voxel_size_m, item_leaf, offsets, boxes, turns, first_box, box_of,
    rows, item_visit, item_child, hit, counts, children, leaves, layers, seq, spares, retired,
):  # fmt: skip
    """Write leaves [start, stop): what `_steps` finds, but for the voxels that the image hit; how many into counts."""
    work = np.empty(512, np.uint32), np.empty(512, np.float32), np.empty(512, np.uint8)
    change = np.empty(512, np.int8)
    new, constant = np.empty(512, np.int8), np.empty(512, np.int8)
    for m in range(start, stop):
        row, child = rows[item_visit[m]], item_child[m]
        counts[m] = _steps(
            camera, reach, width, height, voxel_size_m, item_leaf[m, 0], item_leaf[m, 1], item_leaf[m, 2], offsets,
            boxes, turns, box_of[first_box[m] : first_box[m + 1]], children[row, child], leaves, work, change,
        )  # fmt: skip
        if counts[m] == 0:
            continue
        for i in range(512):
            if hit[m, i] != np.int8(0) and change[i] != np.int8(0):
                change[i] = np.int8(0)
                counts[m] -= 1
        spares[m], retired[m], _ = change_leaf(
            row, child, change, children, leaves, layers, seq, False, spares[m], new, constant
        )


def ghosts_reference(values, points_W, missed, center_W, size_m, yaw_rad, voxel_size_m):
    """Return the new int8 log-odds of voxels with centres points_W (n, 3); plain form of `miss_ghosts`.

    missed: bool, shape (n,): those that the image sees through and does not hit. The boxes as a user gives them.
    """
    boxed = np.zeros(len(points_W), bool)
    for center, size, yaw in zip(center_W, size_m, yaw_rad, strict=True):
        d = points_W - center
        x, y = np.cos(yaw) * d[:, 0] + np.sin(yaw) * d[:, 1], np.cos(yaw) * d[:, 1] - np.sin(yaw) * d[:, 0]
        own = np.abs(np.stack([x, y, d[:, 2]], axis=1)) <= (size + voxel_size_m) / 2
        boxed |= own.all(axis=1)
    ghosts = boxed & missed & ((values > MISS) | (values == UNKNOWN))
    return np.where(ghosts, MISS, values).astype(np.int8)

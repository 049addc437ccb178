"""What a camera sees of the map: pixel rays through the octree, in strides over what is known to be empty.

A dense grid of cells around the view says which of the eight parts of each cell may end a ray (kernels/dense.py), and
how large the empty cube is that begins at it, in the ray's octant of directions (kernels/strides.py): a ray leaves it
at once. A tile of pixels goes first, as far as its four corner rays stay together in such cubes; its rays start there.
Where the parts are larger than the nodes that are asked for, those are looked up in the octree.

The strides change nothing: a ray is the sequence of its face crossings, each computed as (face - origin) / rate on
its own axis, and at depth t it is in the voxel after all crossings at <= t. A crossing of several axes at once is
one step, so voxels that a ray touches at an edge or a corner only are not on its way.

Positions are in voxels, from the lowest voxel of the grid; t is the depth along the optical axis [m].
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.ask import FREE_STATE, OCCUPIED_STATE, UNKNOWN_STATE
from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.dense import node_at

__all__ = ["LONG_RUN", "SHORT_RUN", "TILE", "cast_pixels", "cast_pixels_reference"]

TILE = 8
"""Pixels a side of a tile."""
_STILL = 1e-200
"""A rate below this is none: its ray never crosses a face on that axis."""
_STILL_BY_RATE = 1e300
_CLOSE = 1e-6
"""Nearer to a face than this [voxels], the crossing itself says on which side of it a ray is."""
_FAR_CELLS = 2
"""Nearer to a cell that may block than this, a ray goes from part to part; else in strides."""
SHORT_RUN = 0.75
LONG_RUN = 3.0
"""Edges of a node; see `cast_pixels`."""
_SAFE = 1 - 1e-9
"""A tile stops so much before its corners leave the empty box: no ray of it has left it by rounding."""


@device
def _rate(camera, row, x, y):
    """Return voxels per metre of depth on one axis, of the ray through (x, y, 1) in C."""
    rate = camera[3 * row] * x + camera[3 * row + 1] * y + camera[3 * row + 2]
    return rate if abs(rate) > _STILL else 0.0


@device
def _by_rate(rate):
    """Return metres of depth per voxel."""
    return 1 / rate if rate != 0 else _STILL_BY_RATE


@device
def _crossing(origin, by_rate, face):
    """Return the depth at which a ray crosses a face [m]."""
    return (np.float64(face) - origin) * by_rate


@device
def _seek(origin, rate, by_rate, up, t):
    """Return the voxel on one axis after all crossings at <= t."""
    index = np.int64(np.floor(origin + rate * t - (_CLOSE if up else -_CLOSE)))  # this one or the one before
    if _crossing(origin, by_rate, index + up) <= t:
        index += 1 if up else -1
    return index


@device
def _exit(origin, by_rate, index, shift, stride, up):
    """Return where a ray leaves, on one axis, the box of `stride` cells of 2^shift voxels around its own."""
    return _crossing(origin, by_rate, ((index >> shift) + (stride if up else 1 - stride)) << shift)


@device
def _octant(up_x, up_y, up_z):
    """Return the octant of directions that a ray belongs to."""
    return (1 if up_x else 0) | (2 if up_y else 0) | (4 if up_z else 0)


@device
def _tile_start(camera, cell, strides, t_end, left, right, top, bottom, corners):
    """Return a depth up to which no ray of a tile meets a cell that has a part; 0 where the first cell may have one.

    corners: float64, shape (4, 3, 2), to work in.
    """
    for corner in range(4):
        x = ((right if corner & 1 else left) - camera[14]) / camera[12]
        y = ((bottom if corner & 2 else top) - camera[15]) / camera[13]
        for axis in range(3):
            rate = _rate(camera, axis, x, y)
            if (rate >= 0) != (corners[0, axis, 0] >= 0) and corner > 0:
                return 0.0  # rays of different octants
            corners[corner, axis, 0], corners[corner, axis, 1] = rate, _by_rate(rate)
    up_x, up_y, up_z = corners[0, 0, 0] >= 0, corners[0, 1, 0] >= 0, corners[0, 2, 0] >= 0
    octant = _octant(up_x, up_y, up_z)
    t = 0.0
    while t < t_end:
        # the box begins at the hindmost cell of the four
        i = _hindmost(camera[9], corners, 0, up_x, t) >> cell
        j = _hindmost(camera[10], corners, 1, up_y, t) >> cell
        k = _hindmost(camera[11], corners, 2, up_z, t) >> cell
        if i < 0 or j < 0 or k < 0 or i >= strides.shape[1] or j >= strides.shape[2] or k >= strides.shape[3]:
            return t
        stride = np.int64(strides[octant, i, j, k])
        if stride == 0:
            return t
        left_at = t_end
        for corner in range(4):
            left_at = min(
                left_at,
                _exit(camera[9], corners[corner, 0, 1], i << cell, cell, stride, up_x),
                _exit(camera[10], corners[corner, 1, 1], j << cell, cell, stride, up_y),
                _exit(camera[11], corners[corner, 2, 1], k << cell, cell, stride, up_z),
            )
        if left_at * _SAFE <= t:  # the corners are not together in the box
            return t
        t = left_at * _SAFE
    return t


@device
def _hindmost(origin, corners, axis, up, t):
    """Return the voxel on one axis of the corner ray that is least far at depth t."""
    a, b = origin + corners[0, axis, 0] * t, origin + corners[1, axis, 0] * t
    c, d = origin + corners[2, axis, 0] * t, origin + corners[3, axis, 0] * t
    return np.int64(np.floor(min(a, b, c, d) - _CLOSE if up else max(a, b, c, d) + _CLOSE))


@device
def _has_part(parts, px, py, pz):
    """Whether a part of a cell is marked."""
    corner = (px & 1) | (py & 1) << 1 | (pz & 1) << 2
    return (parts[px >> 1, py >> 1, pz >> 1] >> corner) & 1 != 0


@device
def _walk_near(part, parts, strides, octant, ox, oy, oz, bx, by, bz, up_x, up_y, up_z, x, y, z, t, t_stop):
    """Follow a ray from part to part until it meets one that may block, is far from all, or stops; return where.

    Returns t, and whether it met one.
    """
    px, py, pz = x >> part, y >> part, z >> part
    edge = np.float64(1 << part)
    step_x, step_y, step_z = 1 if up_x else -1, 1 if up_y else -1, 1 if up_z else -1
    edge_x, edge_y, edge_z = edge if up_x else -edge, edge if up_y else -edge, edge if up_z else -edge
    face_x, face_y, face_z = (px + up_x) * edge, (py + up_y) * edge, (pz + up_z) * edge
    while True:
        i, j, k = px >> 1, py >> 1, pz >> 1
        if _has_part(parts, px, py, pz):
            return t, True
        if strides[octant, i, j, k] >= _FAR_CELLS:
            return t, False
        tx, ty, tz = (face_x - ox) * bx, (face_y - oy) * by, (face_z - oz) * bz
        t = min(tx, ty, tz)
        if t >= t_stop:
            return t, False
        px += step_x if tx <= t else 0
        py += step_y if ty <= t else 0
        pz += step_z if tz <= t else 0
        face_x += edge_x if tx <= t else 0.0
        face_y += edge_y if ty <= t else 0.0
        face_z += edge_z if tz <= t else 0.0


@device
def _run_of_parts(part, solid, ox, oy, oz, bx, by, bz, up_x, up_y, up_z, x, y, z, t, far):
    """Follow a ray that entered solid parts at t; return where it leaves them, or a depth beyond far."""
    px, py, pz = x >> part, y >> part, z >> part
    edge = np.float64(1 << part)
    step_x, step_y, step_z = 1 if up_x else -1, 1 if up_y else -1, 1 if up_z else -1
    edge_x, edge_y, edge_z = edge if up_x else -edge, edge if up_y else -edge, edge if up_z else -edge
    face_x, face_y, face_z = (px + up_x) * edge, (py + up_y) * edge, (pz + up_z) * edge
    while t < far:
        tx, ty, tz = (face_x - ox) * bx, (face_y - oy) * by, (face_z - oz) * bz
        t = min(tx, ty, tz)
        px += step_x if tx <= t else 0
        py += step_y if ty <= t else 0
        pz += step_z if tz <= t else 0
        face_x += edge_x if tx <= t else 0.0
        face_y += edge_y if ty <= t else 0.0
        face_z += edge_z if tz <= t else 0.0
        if t >= far or not _has_part(solid, px, py, pz):
            break
    return t


@device
def _run_of_nodes(
    table, children, words, first, level, unknown_is, ox, oy, oz, rx, ry, rz, bx, by, bz, up_x, up_y, up_z, x, y, z, far
):
    """As `_run_of_parts`, for nodes smaller than parts."""
    while True:
        t = min(_exit(ox, bx, x, level, 1, up_x), _exit(oy, by, y, level, 1, up_y), _exit(oz, bz, z, level, 1, up_z))
        if t >= far:
            return t
        x, y, z = _seek(ox, rx, bx, up_x, t), _seek(oy, ry, by, up_y, t), _seek(oz, rz, bz, up_z, t)
        state, _ = node_at(table, children, words, x + first[0], y + first[1], z + first[2], level)
        if state != OCCUPIED_STATE and (state != UNKNOWN_STATE or unknown_is != OCCUPIED_STATE):
            return t


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.int64, 2),
        readonly(types.int32, 2),
        readonly(types.uint64, 2),
        readonly(types.float64, 1),
        readonly(types.int64, 1),
        types.int64,
        readonly(types.uint8, 3),
        readonly(types.uint8, 3),
        readonly(types.uint8, 4),
        types.int64,
        types.float64,
        types.int64,
        array(types.uint8, 2),
        array(types.float32, 2),
    )
)
def cast_pixels(
    start, stop, table, children, words, camera, first, cell, parts, solid, strides, level, t_end, unknown_is,
    states, depths,
):  # fmt: skip
    """Follow the rays of the pixels of tiles [start, stop), row by row, to the first node of `level` that blocks.

    camera: float64, shape (16,): R_WC in voxels per metre, row by row [0:9]; its place [9:12]; fx, fy, cx, cy.
    first: voxel of the grid's corner, a multiple of 8 and of a cell. cell: cells have 2^cell voxels a side, more than
    2^level. parts: bits of the nodes, or groups of them, that may end a ray; solid: of those that do so by being hit.
    Whatever the rays pass up to depth t_end lies in the grid, or is unknown. Where the grid ends with the map, its
    outermost cells are unknown.

    depths: the middle of the solid nodes that the ray passes in a row from where it hit, of LONG_RUN edges at most;
    where it enters unknown space, if that ends it; or 0. A ray that comes out of less than SHORT_RUN edges of solid
    nodes into a free one has grazed them, and goes on.
    """
    height, width = states.shape
    tiles_a_row = (width + TILE - 1) // TILE
    unknown_blocks = unknown_is != FREE_STATE
    ox, oy, oz = camera[9], camera[10], camera[11]
    nx, ny, nz = parts.shape
    end_x, end_y, end_z = nx << cell, ny << cell, nz << cell
    part, edge = cell - 1, np.float64(np.int64(1) << level)
    plain = part == level  # the parts of cells are the nodes themselves
    corners = np.empty((4, 3, 2))
    for tile in range(start, stop):
        top, left = tile // tiles_a_row * TILE, tile % tiles_a_row * TILE
        bottom, right = min(top + TILE, height), min(left + TILE, width)
        t_tile = _tile_start(camera, cell, strides, t_end, left, right - 1, top, bottom - 1, corners)
        for v in range(top, bottom):
            y_C = (v - camera[15]) / camera[13]
            for u in range(left, right):
                x_C = (u - camera[14]) / camera[12]
                rx, ry, rz = _rate(camera, 0, x_C, y_C), _rate(camera, 1, x_C, y_C), _rate(camera, 2, x_C, y_C)
                bx, by, bz = _by_rate(rx), _by_rate(ry), _by_rate(rz)
                up_x, up_y, up_z = rx >= 0, ry >= 0, rz >= 0
                octant = _octant(up_x, up_y, up_z)
                enters = max(
                    _crossing(ox, bx, 0 if up_x else end_x),
                    _crossing(oy, by, 0 if up_y else end_y),
                    _crossing(oz, bz, 0 if up_z else end_z),
                )
                leaves = min(
                    _crossing(ox, bx, end_x if up_x else 0),
                    _crossing(oy, by, end_y if up_y else 0),
                    _crossing(oz, bz, end_z if up_z else 0),
                )
                t, t_stop, state = max(t_tile, enters), min(leaves, t_end), FREE_STATE
                if unknown_blocks and (enters > 0 or leaves <= 0):  # the camera stands outside the map
                    t, t_stop, state = 0.0, 0.0, unknown_is
                x, y, z = _seek(ox, rx, bx, up_x, t), _seek(oy, ry, by, up_y, t), _seek(oz, rz, bz, up_z, t)
                by_speed = 1 / np.sqrt(rx * rx + ry * ry + rz * rz)
                depth, far = t, min(LONG_RUN * edge * by_speed, t_end)
                if state == OCCUPIED_STATE:
                    t = far
                while t < t_stop:
                    shift, stride = cell, np.int64(strides[octant, x >> cell, y >> cell, z >> cell])
                    if stride < _FAR_CELLS:
                        t, met = _walk_near(
                            part, parts, strides, octant, ox, oy, oz, bx, by, bz, up_x, up_y, up_z, x, y, z, t, t_stop
                        )
                        if t >= t_stop:
                            break
                        x, y, z = _seek(ox, rx, bx, up_x, t), _seek(oy, ry, by, up_y, t), _seek(oz, rz, bz, up_z, t)
                        stride = np.int64(strides[octant, x >> cell, y >> cell, z >> cell])
                        if met:
                            if plain:
                                hit = _has_part(solid, x >> part, y >> part, z >> part)
                                state = OCCUPIED_STATE if hit else UNKNOWN_STATE
                            else:
                                state, shift = node_at(
                                    table, children, words, x + first[0], y + first[1], z + first[2], level
                                )
                                state = unknown_is if state == UNKNOWN_STATE else state
                            depth = t
                            if state == UNKNOWN_STATE:
                                break
                            if state == OCCUPIED_STATE:
                                far = min(t + LONG_RUN * edge * by_speed, t_end)
                                short = min(t + SHORT_RUN * edge * by_speed, far)
                                if plain:
                                    t = _run_of_parts(
                                        level, solid, ox, oy, oz, bx, by, bz, up_x, up_y, up_z, x, y, z, t,
                                        min(far, t_stop),
                                    )  # fmt: skip
                                    if t >= t_stop and unknown_is == OCCUPIED_STATE:  # all beyond the grid is solid
                                        t = far
                                else:
                                    t = _run_of_nodes(
                                        table, children, words, first, level, unknown_is, ox, oy, oz, rx, ry, rz,
                                        bx, by, bz, up_x, up_y, up_z, x, y, z, far,
                                    )  # fmt: skip
                                if t >= short:
                                    break
                                x, y, z = (
                                    _seek(ox, rx, bx, up_x, t), _seek(oy, ry, by, up_y, t), _seek(oz, rz, bz, up_z, t)
                                )  # fmt: skip
                                beyond, _ = node_at(
                                    table, children, words, x + first[0], y + first[1], z + first[2], level
                                )
                                if beyond != FREE_STATE:
                                    break
                                state = FREE_STATE  # grazed
                                continue
                            stride = np.int64(1)
                    t = min(
                        _exit(ox, bx, x, shift, stride, up_x),
                        _exit(oy, by, y, shift, stride, up_y),
                        _exit(oz, bz, z, shift, stride, up_z),
                    )
                    x, y, z = _seek(ox, rx, bx, up_x, t), _seek(oy, ry, by, up_y, t), _seek(oz, rz, bz, up_z, t)
                states[v, u] = state
                if state == OCCUPIED_STATE:
                    depths[v, u] = np.float32(0.5 * (depth + min(t, far)))
                else:
                    depths[v, u] = np.float32(depth if state == UNKNOWN_STATE else 0.0)


def cast_pixels_reference(states_of_nodes, camera, level, t_end, unknown_is, u, v):
    """Return (state, depth [m]) of one pixel; plain `cast_pixels`.

    states_of_nodes: function of nodes (n, 3) to their states. camera: counted from the world's origin. Computes every
    crossing up to t_end and beyond, asks for every node between two, and goes through them.
    """
    x, y = (u - camera[14]) / camera[12], (v - camera[15]) / camera[13]
    rates = [camera[3 * a] * x + camera[3 * a + 1] * y + camera[3 * a + 2] for a in range(3)]
    by_speed = 1 / np.sqrt(rates[0] * rates[0] + rates[1] * rates[1] + rates[2] * rates[2])
    edge, crossings, starts = 1 << level, [], []
    for origin, rate in zip(camera[9:12], rates, strict=True):
        low, high = sorted((origin, origin + rate * t_end))
        faces = np.arange(np.floor(low / edge) - 1, np.ceil(high / edge) + 2) * edge
        t = (faces - origin) * (1 / rate) if rate else np.full(len(faces), np.inf)
        crossings.append(np.sort(t[(t > 0) & (t < np.inf)]))
        behind = faces <= origin if rate >= 0 else faces < origin  # a ray down from a face is below it
        starts.append(int(faces[behind][-1]) // edge)
    t = np.concatenate([[0.0], np.unique(np.concatenate(crossings))])
    signs = [1 if rate >= 0 else -1 for rate in rates]
    nodes = [n + s * np.searchsorted(c, t, side="right") for n, s, c in zip(starts, signs, crossings, strict=True)]
    states = states_of_nodes(np.stack(nodes, axis=1))
    states = np.where(states == UNKNOWN_STATE, OCCUPIED_STATE, states) if unknown_is == OCCUPIED_STATE else states
    i = 0
    while t[i] < t_end:
        if states[i] == UNKNOWN_STATE == unknown_is:
            return UNKNOWN_STATE, np.float32(t[i])
        if states[i] == OCCUPIED_STATE:
            begin, far = t[i], min(t[i] + LONG_RUN * edge * by_speed, t_end)
            while states[i] == OCCUPIED_STATE and t[i] < far:
                i += 1
            if states[i] != FREE_STATE or t[i] >= min(far, begin + SHORT_RUN * edge * by_speed):
                return OCCUPIED_STATE, np.float32(0.5 * (begin + min(t[i], far)))
        i += 1
    return FREE_STATE, np.float32(0)

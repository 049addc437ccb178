"""A field of distances asked at points: trilinear interpolation between the centres of its cells, and its gradient."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, exact_device, kernel, readonly

__all__ = ["distances_at", "field_reference", "gradients_at"]


@exact_device
def _place(coordinate, origin, by_size, count):
    """Return the lower of the two cells around a coordinate and how far it is towards the upper, 0 to 1.

    The cell is -1 where the coordinate does not lie between the centres of the first and the last, or is NaN.
    """
    at = (coordinate - origin) * by_size
    if not (at >= 0.0 and at <= count - 1):
        return np.int64(-1), 0.0
    lower = min(np.int64(at), max(count - 2, 0))
    return lower, at - lower


_reals = (types.float32, types.float64)


def _signatures(rank):
    return [
        (
            types.int64,
            types.int64,
            readonly(types.float32, 3),
            readonly(types.float64, 1),
            types.float64,
            readonly(real, 2),
            array(types.float32, rank),
        )
        for real in _reals
    ]


@kernel(*_signatures(1), exact=True)
def distances_at(start, stop, field, origin, by_size, points, out):
    """Fill the distance [m] at points [start, stop), shape (n, 3) [m]; NaN beyond the outermost centres.

    field: float32 [m], indexed [x, y, z], of two cells or more on every axis. origin: centre of field[0, 0, 0].
    """
    nx, ny, nz = field.shape
    flat = field.reshape(nx * ny * nz)
    for p in range(start, stop):
        i, u = _place(np.float64(points[p, 0]), origin[0], by_size, nx)
        j, v = _place(np.float64(points[p, 1]), origin[1], by_size, ny)
        k, w = _place(np.float64(points[p, 2]), origin[2], by_size, nz)
        if i < 0 or j < 0 or k < 0:
            out[p] = np.nan
            continue
        a = (i * ny + j) * nz + k
        b, c, d = a + nz, a + ny * nz, a + ny * nz + nz
        if np.isinf(flat[a]):  # no obstacle: every value is
            out[p] = flat[a]
            continue
        low = (flat[a] * (1 - w) + flat[a + 1] * w) * (1 - v) + (flat[b] * (1 - w) + flat[b + 1] * w) * v
        high = (flat[c] * (1 - w) + flat[c + 1] * w) * (1 - v) + (flat[d] * (1 - w) + flat[d + 1] * w) * v
        out[p] = low * (1 - u) + high * u


@kernel(*_signatures(2), exact=True)
def gradients_at(start, stop, field, origin, by_size, points, out):
    """Fill the gradient [m/m] of `distances_at` at points [start, stop); 0 where there is no obstacle at all."""
    nx, ny, nz = field.shape
    flat = field.reshape(nx * ny * nz)
    for p in range(start, stop):
        i, u = _place(np.float64(points[p, 0]), origin[0], by_size, nx)
        j, v = _place(np.float64(points[p, 1]), origin[1], by_size, ny)
        k, w = _place(np.float64(points[p, 2]), origin[2], by_size, nz)
        if i < 0 or j < 0 or k < 0:
            out[p, 0], out[p, 1], out[p, 2] = np.nan, np.nan, np.nan
            continue
        a = (i * ny + j) * nz + k
        b, c, d = a + nz, a + ny * nz, a + ny * nz + nz
        if np.isinf(flat[a]):
            out[p, 0], out[p, 1], out[p, 2] = 0, 0, 0
            continue
        # along z on the four edges, then along y, then along x
        a0, b0, c0, d0 = np.float64(flat[a]), np.float64(flat[b]), np.float64(flat[c]), np.float64(flat[d])
        az, bz, cz, dz = flat[a + 1] - a0, flat[b + 1] - b0, flat[c + 1] - c0, flat[d + 1] - d0
        at_a, at_b, at_c, at_d = a0 + az * w, b0 + bz * w, c0 + cz * w, d0 + dz * w
        low, high = at_a + (at_b - at_a) * v, at_c + (at_d - at_c) * v
        out[p, 0] = (high - low) * by_size
        out[p, 1] = ((at_b - at_a) * (1 - u) + (at_d - at_c) * u) * by_size
        out[p, 2] = ((az * (1 - v) + bz * v) * (1 - u) + (cz * (1 - v) + dz * v) * u) * by_size


def field_reference(field, origin, size, point):
    """Return (distance [m], gradient [m/m]) at one point; plain `distances_at` and `gradients_at`."""
    at = (np.asarray(point, np.float64) - origin) / size
    last = np.array(field.shape) - 1
    if not ((at >= 0) & (at <= last)).all():
        return np.nan, np.full(3, np.nan)
    lower = np.minimum(np.floor(at), last - 1).astype(int)
    corners = field[tuple(slice(c, c + 2) for c in lower)].astype(np.float64)
    if np.isinf(corners).any():
        return np.inf, np.zeros(3)
    along = [np.array([1 - f, f]) for f in at - lower]
    across = np.array([-1.0, 1.0]) / size
    distance = np.einsum("ijk,i,j,k", corners, *along)
    gradient = [np.einsum("ijk,i,j,k", corners, *along[:a], across, *along[a + 1 :]) for a in range(3)]
    return distance, np.array(gradient)

"""Rigid transforms and the pinhole camera. Everything here is float64 and the same bits on every CPU.

Products of small matrices are written as elementwise sums, not with `@`: BLAS contracts and reorders
differently from CPU to CPU, and a pose that differs in its last bit moves voxels.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Float32, Float64, Integer, UInt16

from spatialmem.types import Pinhole

__all__ = ["back_project", "inverse", "is_rigid", "look_at", "nearest_rotation", "rotation_error", "transform"]


def rotation_error(R: Float64[np.ndarray, "3 3"]) -> float:
    """Return max |R'R - I|: how far R is from orthonormal."""
    return max(
        abs(math.fsum(float(R[k, i]) * float(R[k, j]) for k in range(3)) - (i == j)) for i in range(3) for j in range(3)
    )


def determinant(R: Float64[np.ndarray, "3 3"]) -> float:
    """Return det R; -1 for a reflection."""
    a, b, c, d, e, f, g, h, i = (float(x) for x in R.flat)
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def nearest_rotation(R: Float64[np.ndarray, "3 3"]) -> Float64[np.ndarray, "3 3"]:
    """Return the rotation nearest to an almost orthonormal R, in closed form.

    Two steps of R <- R (3 I - R'R) / 2 (Higham 1986, Newton-Schulz); the error is squared by each, so one of
    1e-3 is below 1e-12 after two. R must have rotation_error below 0.1.
    """
    rows = [[float(x) for x in row] for row in R]
    for _ in range(2):
        gram = [[sum(rows[k][i] * rows[k][j] for k in range(3)) for j in range(3)] for i in range(3)]
        step = [[1.5 * (i == j) - 0.5 * gram[i][j] for j in range(3)] for i in range(3)]
        rows = [[sum(rows[i][k] * step[k][j] for k in range(3)) for j in range(3)] for i in range(3)]
    return np.array(rows)


def is_rigid(X: Float64[np.ndarray, "4 4"], tolerance: float = 1e-3) -> bool:
    """Whether X is a rotation and a translation: finite, orthonormal, not reflected, last row 0 0 0 1."""
    return bool(
        np.isfinite(X).all()
        and (X[3] == (0, 0, 0, 1)).all()
        and rotation_error(X[:3, :3]) <= tolerance
        and determinant(X[:3, :3]) > 0
    )


def inverse(X_AB: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """Return X_BA of a rigid X_AB."""
    X_BA = np.eye(4)
    X_BA[:3, :3] = X_AB[:3, :3].T
    X_BA[:3, 3] = -(X_AB[0, :3] * X_AB[0, 3] + X_AB[1, :3] * X_AB[1, 3] + X_AB[2, :3] * X_AB[2, 3])
    return X_BA


def transform(X_AB: Float64[np.ndarray, "4 4"], points_B: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Return points_A = X_AB points_B, in the dtype of points_B."""
    X = X_AB.astype(points_B.dtype)
    x, y, z = points_B[..., 0], points_B[..., 1], points_B[..., 2]
    rows = [X[i, 0] * x + X[i, 1] * y + X[i, 2] * z + X[i, 3] for i in range(3)]
    return np.stack(rows, axis=-1)


def lift(
    u: Integer[np.ndarray, "n"], v: Integer[np.ndarray, "n"], z_m: Float32[np.ndarray, "n"], camera: Pinhole
) -> Float32[np.ndarray, "n 3"]:
    """Return points_C [m] of pixels (u, v) at depth z_m along the optical axis."""
    x = (u.astype(np.float32) - np.float32(camera.cx)) / np.float32(camera.fx) * z_m
    y = (v.astype(np.float32) - np.float32(camera.cy)) / np.float32(camera.fy) * z_m
    return np.stack([x, y, z_m], axis=1)


def back_project(depth: UInt16[np.ndarray, "h w"], depth_unit_m: float, camera: Pinhole) -> Float32[np.ndarray, "n 3"]:
    """Lift every valid pixel to points_C [m], row by row. Pixels of value 0 are no return and are skipped."""
    v, u = np.nonzero(depth)
    return lift(u, v, depth[v, u] * np.float32(depth_unit_m), camera)


def look_at(
    p_WC: Float[np.ndarray, "3"] | tuple[float, float, float],
    target_W: Float[np.ndarray, "3"] | tuple[float, float, float],
) -> Float64[np.ndarray, "4 4"]:
    """Return X_WC of an upright camera at p_WC [m] that looks at target_W [m]."""
    eye = np.asarray(p_WC, float)
    z = _unit(np.asarray(target_W, float) - eye)
    x = np.array([z[1], -z[0], 0.0])  # z cross up
    x = _unit(x) if x.any() else np.array([1.0, 0.0, 0.0])  # straight up or down: any right hand will do
    X_WC = np.eye(4)
    X_WC[:3, 0], X_WC[:3, 1], X_WC[:3, 2], X_WC[:3, 3] = x, np.cross(z, x), z, eye
    return X_WC


def _unit(vector: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "3"]:
    """Return a vector of length 1."""
    return vector / math.sqrt(math.fsum(float(c) * float(c) for c in vector))

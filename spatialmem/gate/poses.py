"""Poses and covariances: rigid, finite, inside the world; copied, their rotations made exact."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64

from spatialmem.gate.values import Case, Refusal, dtype_code, fault_of, plain_array, require, show
from spatialmem.geometry import determinant, nearest_rotation, rotation_error
from spatialmem.types import Reason

ROTATION_VARIANCE_MAX, TRANSLATION_VARIANCE_MAX = 10.0, 1e4
"""Standard deviations of half a turn [rad^2] and of 100 m [m^2]: whoever knows no more knows no pose."""
ROTATION_ERROR_MAX = 1e-3
ROTATION_ERROR_KEPT = 1e-9
"""A rotation this good is kept to the bit, so that what was admitted once passes unchanged when it is replayed."""


def _matrix(value: Any, name: str, size: int) -> Float64[np.ndarray, "n n"]:
    """Return a copy of a finite float64 matrix."""
    what = f"finite float64 of shape ({size}, {size})"
    array = plain_array(value, name, what)
    ok = dtype_code(array) == "f8" and array.shape == (size, size)
    require(ok, fault_of(name), f"{name} is {show(array)}; {what} is needed (np.asarray(X, float)).")
    matrix = np.array(array, np.float64, order="C")
    require(
        np.isfinite(matrix).all(), fault_of(name), f"{name} has NaN or inf; skip inputs while localisation is lost."
    )
    return matrix


def canonical_pose(value: Any, name: str, case: Case) -> Float64[np.ndarray, "4 4"]:
    """Return a copy of a rigid transform, its rotation made exact."""
    X = _matrix(value, name, 4)
    ok = np.abs(X[3] - (0, 0, 0, 1)).max() <= ROTATION_ERROR_KEPT
    require(ok, fault_of(name), f"the last row of {name} is {X[3].tolist()}; 0, 0, 0, 1 is needed. Is it transposed?")
    X[:3, :3] = _rotation(X[:3, :3], name)
    X[3] = 0, 0, 0, 1
    X.setflags(write=False)
    return X


def _rotation(R: Float64[np.ndarray, "3 3"], name: str) -> Float64[np.ndarray, "3 3"]:
    R = np.clip(R, -1e100, 1e100)  # so that no product overflows
    error, volume = rotation_error(R), determinant(R)
    if error <= ROTATION_ERROR_MAX and volume > 0:
        return R if error <= ROTATION_ERROR_KEPT else nearest_rotation(R)
    scale = abs(volume) ** (1 / 3)
    fault = "reflected" if volume < 0 else ""
    if scale == 0 or rotation_error(R / scale) > ROTATION_ERROR_MAX:
        fault = "not orthonormal"
    elif error > ROTATION_ERROR_MAX:
        fault = f"{fault} and scaled by {scale:.6g}".removeprefix(" and ")
    detail = f"the rotation of {name} is {fault}: |R'R - I| = {error:.3g}, {ROTATION_ERROR_MAX:g} is allowed, "
    raise Refusal(Reason.POSE_NOT_RIGID, f"{detail}determinant {volume:.3g}, +1 is allowed. Give a pure rotation.")


def pose_in_world(value: Any, name: str, case: Case) -> Float64[np.ndarray, "4 4"]:
    """Return a copy of a rigid pose in W that lies inside the world box."""
    X_W = canonical_pose(value, name, case)
    p, low, high = X_W[:3, 3].tolist(), case.config.gate.world_min_m, case.config.gate.world_max_m
    detail = f"{name} is at {p} m, the world from {low} to {high} m; check its unit or widen gate.world_min_m, _max_m."
    require(all(low[i] <= p[i] <= high[i] for i in range(3)), Reason.OUTSIDE_WORLD, detail)
    return X_W


def canonical_covariance(value: Any, name: str, case: Case) -> Float64[np.ndarray, "6 6"]:
    """Return a copy of a finite, symmetric covariance of a pose that is known at all."""
    cov = _matrix(value, name, 6)
    least, skew = float(cov.diagonal().min()), float(np.abs(cov / 2 - cov.T / 2).max()) * 2
    require(least >= 0, fault_of(name), f"{name} has a variance of {least:g}; 0 or more is needed.")
    ok = skew <= 1e-6 * float(np.abs(cov).max())
    require(ok, fault_of(name), f"{name} differs from its transpose by {skew:g}; give a symmetric matrix.")
    for part, largest, limit, unit in (
        ("rotation", float(cov.diagonal()[:3].max()), ROTATION_VARIANCE_MAX, "rad^2"),
        ("translation", float(cov.diagonal()[3:].max()), TRANSLATION_VARIANCE_MAX, "m^2"),
    ):
        detail = f"{name} has a variance of {largest:g} {unit} in {part}, {limit:g} at most; leave it out if unknown."
        require(largest <= limit, fault_of(name), detail)
    lowest, highest = np.linalg.eigvalsh(cov)[[0, -1]]
    detail = f"{name} has the eigenvalue {lowest:g}, and a variance along every direction is 0 or more."
    require(lowest >= -1e-6 * max(highest, 1e-12), fault_of(name), detail)
    cov.setflags(write=False)
    return cov

"""Poses for the simulation: quaternions, angles and 4x4 matrices, all float64.

Quaternions are wxyz, as everywhere in spatialmem; PyBullet's are xyzw. Products are written as elementwise sums,
so that they are the same bits with every BLAS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

__all__ = [
    "compose",
    "from_bullet",
    "pose",
    "position_quaternion",
    "rpy_pose",
    "to_bullet",
    "wrapped",
    "yaw_of",
    "yaw_pose",
]

Pose = Float64[np.ndarray, "4 4"]
Number = float | int
Triple = Sequence[Number] | Float64[np.ndarray, "3"]
Quadruple = Sequence[Number] | Float64[np.ndarray, "4"]


def pose(p_AB: Triple, q_AB: Quadruple = (1.0, 0.0, 0.0, 0.0)) -> Pose:
    """Return X_AB from a position [m] and a rotation as a quaternion, wxyz; it need not be of length 1."""
    w, x, y, z = (float(part) for part in q_AB)
    s = 2.0 / (w * w + x * x + y * y + z * z)
    X = np.empty((4, 4))
    X[0] = 1.0 - s * (y * y + z * z), s * (x * y - w * z), s * (x * z + w * y), p_AB[0]
    X[1] = s * (x * y + w * z), 1.0 - s * (x * x + z * z), s * (y * z - w * x), p_AB[1]
    X[2] = s * (x * z - w * y), s * (y * z + w * x), 1.0 - s * (x * x + y * y), p_AB[2]
    X[3] = 0.0, 0.0, 0.0, 1.0
    return X


def position_quaternion(X_AB: Pose) -> tuple[tuple[float, float, float], tuple[float, float, float, float]]:
    """Return the position [m] and the unit quaternion, wxyz with w >= 0, of X_AB (Shepperd 1978)."""
    (a, b, c, x), (d, e, f, y), (g, h, i, z) = X_AB[:3].tolist()
    trace = a + e + i
    largest = max(trace, a, e, i)
    if largest == trace:
        q = (1.0 + trace, h - f, c - g, d - b)
    elif largest == a:
        q = (h - f, 1.0 + a - e - i, b + d, c + g)
    elif largest == e:
        q = (c - g, b + d, 1.0 - a + e - i, f + h)
    else:
        q = (d - b, c + g, f + h, 1.0 - a - e + i)
    length = math.copysign(math.sqrt(sum(part * part for part in q)), q[0])
    return (x, y, z), (q[0] / length, q[1] / length, q[2] / length, q[3] / length)


def yaw_pose(x_m: Number, y_m: Number, yaw_rad: Number, z_m: Number = 0.0) -> Pose:
    """Return X_AB of a B that stands upright in A, turned left by yaw."""
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array([[c, -s, 0.0, x_m], [s, c, 0.0, y_m], [0.0, 0.0, 1.0, z_m], [0.0, 0.0, 0.0, 1.0]], float)


def rpy_pose(p_AB: Triple, rpy_rad: Triple) -> Pose:
    """Return X_AB from roll, pitch and yaw about A's fixed axes, in that order, as in a URDF."""
    (cr, cp, cy), (sr, sp, sy) = [math.cos(a) for a in rpy_rad], [math.sin(a) for a in rpy_rad]
    X = np.empty((4, 4))
    X[0] = cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, p_AB[0]
    X[1] = sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, p_AB[1]
    X[2] = -sp, cp * sr, cp * cr, p_AB[2]
    X[3] = 0.0, 0.0, 0.0, 1.0
    return X


def yaw_of(X_AB: Pose) -> float:
    """Return how far B's x axis is turned left in A's xy plane [rad]."""
    return math.atan2(X_AB[1, 0], X_AB[0, 0])


def compose(X_AB: Pose, X_BC: Pose) -> Pose:
    """Return X_AC = X_AB X_BC."""
    X = X_AB[:, 0, None] * X_BC[0] + X_AB[:, 1, None] * X_BC[1] + X_AB[:, 2, None] * X_BC[2]
    X[:, 3] += X_AB[:, 3]
    return X


def from_bullet(position: Triple, quaternion_xyzw: Quadruple) -> Pose:
    """Return the pose that PyBullet gives as a position and a quaternion xyzw."""
    x, y, z, w = quaternion_xyzw
    return pose(position, (w, x, y, z))


def to_bullet(X_AB: Pose) -> tuple[tuple[float, float, float], tuple[float, float, float, float]]:
    """Return a pose as PyBullet takes it: position and quaternion xyzw."""
    p_AB, (w, x, y, z) = position_quaternion(X_AB)
    return p_AB, (x, y, z, w)


def wrapped(angle_rad: float) -> float:
    """Return the same angle in [-pi, pi)."""
    return (angle_rad + math.pi) % (2 * math.pi) - math.pi

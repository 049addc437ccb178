"""Text tables of poses: rows of numbers, stamps to the nanosecond, quaternions, and poses in between.

Sines enter as weights rounded to 12 decimals: they may differ in the last bit from one CPU to the next.
"""

from __future__ import annotations

import bisect
import decimal
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from spatialmem.errors import EpisodeError

__all__ = [
    "StampedPose",
    "between",
    "interpolate",
    "parse_pose",
    "parse_stamp_ns",
    "pose_matrix",
    "quaternion_of",
    "read_rows",
]

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
"""Of length 1, order w x y z."""


@dataclass(frozen=True, slots=True)
class StampedPose:
    """A pose of C in W as a trajectory file gives it."""

    stamp_ns: int
    p_WC: Vector
    q_WC: Quaternion


def read_rows(path: Path) -> list[tuple[str, list[str]]]:
    """Return the rows of a table of words, each with "file, line n" for error messages. `#` starts a comment.

    Raises EpisodeError where the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise EpisodeError(f"cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise EpisodeError(f"{path} is not text: byte {error.start} is not UTF-8. The file is damaged.") from error
    words = ((number, line.split("#", 1)[0].split()) for number, line in enumerate(lines, 1))
    return [(f"{path}, line {number}", row) for number, row in words if row]


def parse_stamp_ns(text: str, where: str) -> int:
    """Return a stamp in decimal seconds as integer nanoseconds, exactly; a float would lose the last 200 ns.

    Digits below the nanosecond are rounded. Raises EpisodeError.
    """
    try:
        seconds = decimal.Decimal(text)
    except decimal.InvalidOperation:
        seconds = decimal.Decimal("nan")
    if not seconds.is_finite() or seconds.adjusted() > 11:
        raise EpisodeError(f"{where}: the stamp '{text}' is not a number of seconds, such as 1305031102.175304.")
    with decimal.localcontext(decimal.Context(prec=40)):
        return int(seconds.scaleb(9).to_integral_value())


def parse_pose(fields: Sequence[str], where: str) -> tuple[Vector, Quaternion]:
    """Parse `tx ty tz qx qy qz qw` [m]. The quaternion is brought to length 1. Raises EpisodeError."""
    try:
        tx, ty, tz, qx, qy, qz, qw = (float(field) for field in fields)
    except ValueError as error:
        raise EpisodeError(
            f"{where}: '{' '.join(fields)}' is not a pose; it must be the 7 numbers tx ty tz qx qy qz qw."
        ) from error
    length = math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
    if length < 1e-6:
        raise EpisodeError(f"{where}: the quaternion (qx qy qz qw) is zero; it must be of length 1.")
    return (tx, ty, tz), (qw / length, qx / length, qy / length, qz / length)


def pose_matrix(p_WC: Vector, q_WC: Quaternion) -> Float64[np.ndarray, "4 4"]:
    """Return X_WC [m]."""
    w, x, y, z = q_WC
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), p_WC[0]],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x), p_WC[1]],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y), p_WC[2]],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def quaternion_of(R: Float64[np.ndarray, "3 3"]) -> tuple[float, float, float, float]:
    """Return w, x, y, z of a rotation, by its largest component (Shepperd, "Quaternion from rotation matrix", 1978)."""
    m = [[float(c) for c in row] for row in R]
    trace = m[0][0] + m[1][1] + m[2][2]
    squares = [1 + trace, *(1 - trace + 2 * m[i][i] for i in range(3))]
    largest = squares.index(max(squares))
    s = math.sqrt(squares[largest])  # twice the largest component
    if largest == 0:
        q = [s * s, m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]]
    else:
        i = largest - 1
        j, k = (i + 1) % 3, (i + 2) % 3
        q = [m[k][j] - m[j][k], 0.0, 0.0, 0.0]
        q[1 + i], q[1 + j], q[1 + k] = s * s, m[j][i] + m[i][j], m[k][i] + m[i][k]
    length = math.sqrt(sum(c * c for c in q))
    w, x, y, z = (c / length for c in q)
    return w, x, y, z


def between(a: StampedPose, b: StampedPose, fraction: float) -> Float64[np.ndarray, "4 4"]:
    """Return X_WC at `fraction` in [0, 1] of the way from a to b: position linear, rotation along the great arc.

    Slerp (Shoemake 1985), the short way round; linear where the two rotations are almost one.
    """
    cosine = sum(i * j for i, j in zip(a.q_WC, b.q_WC, strict=True))
    sign, cosine = (-1.0, -cosine) if cosine < 0 else (1.0, cosine)
    weight_a, weight_b = 1 - fraction, fraction
    if cosine < 1 - 1e-9:
        angle_rad = math.acos(cosine)
        sine = math.sin(angle_rad)
        weight_a = round(math.sin(weight_a * angle_rad) / sine, 12)
        weight_b = round(math.sin(weight_b * angle_rad) / sine, 12)
    q = [weight_a * i + sign * weight_b * j for i, j in zip(a.q_WC, b.q_WC, strict=True)]
    length = math.sqrt(sum(i * i for i in q))
    w, x, y, z = (i / length for i in q)
    px, py, pz = ((1 - fraction) * i + fraction * j for i, j in zip(a.p_WC, b.p_WC, strict=True))
    return pose_matrix((px, py, pz), (w, x, y, z))


def interpolate(
    trajectory: Sequence[StampedPose], stamp_ns: int, *, gap_max_ns: int
) -> Float64[np.ndarray, "4 4"] | None:
    """Return X_WC at a stamp; None unless there are poses on both sides within the gap. Poses are in order of stamp."""
    after = bisect.bisect_left(trajectory, stamp_ns, key=lambda pose: pose.stamp_ns)
    if after == len(trajectory):
        return None
    b = trajectory[after]
    a = b if b.stamp_ns == stamp_ns or after == 0 else trajectory[after - 1]
    if a.stamp_ns > stamp_ns or stamp_ns - a.stamp_ns > gap_max_ns or b.stamp_ns - stamp_ns > gap_max_ns:
        return None
    span_ns = b.stamp_ns - a.stamp_ns
    return between(a, b, (stamp_ns - a.stamp_ns) / span_ns if span_ns else 0.0)

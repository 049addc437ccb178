"""Scores how well two depth images agree under given poses: points of one, looked up in the other.

Points of frame A are carried into frame B and their depth along B's axis is compared with what B recorded there.
Agreement is counted relative to the depth, so it does not depend on the unit of depth that may be in question:
depth in another unit is the same as a translation in the inverse unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from spatialmem.geometry import inverse, lift, transform
from spatialmem.types import Pinhole, RgbdFrame

__all__ = [
    "MOTION_MIN_M",
    "Agreement",
    "DepthView",
    "choose_pairs",
    "compare",
    "relative_pose",
    "sample_points",
    "view_of",
]

TOLERANCE = 0.02
"""Two depths that differ by less than this share of the depth agree."""
OVERLAP_MIN = 0.1
"""Agreement is a share of at least so many of the points: a wild pose must not win by missing B."""
POINTS_MAX = 1500
MOTION_MIN_M = 0.3
TURN_MIN_COS, TURN_MAX_COS = 0.985, 0.5
"""A pair of frames is worth comparing when the camera moved so far or turned by 10 degrees, and not by over 60."""
FEW = 10
"""Of so few poses every two are a pair; of more, each only with the first after it that has moved enough."""
PAIR_WITHIN = 300
"""... within so many frames: what drifts or moves in between blurs the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class DepthView:
    """A depth image made plain: metres, 0 where there is no return."""

    depth_m: Float32[np.ndarray, "h w"]
    camera: Pinhole


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one pair agrees: the share of compared points within tolerance, and the median error [m] (NaN of none)."""

    share: float
    error_m: float


def view_of(frame: RgbdFrame) -> DepthView:
    """Return the frame's depth in metres; NaN, infinite, negative and saturated (65535) pixels are no return."""
    if frame.depth.dtype == np.uint16:
        depth_m = np.where(frame.depth == 65535, 0, frame.depth) * np.float32(frame.depth_unit_m)
    else:
        depth_m = np.where(np.isfinite(frame.depth) & (frame.depth > 0), frame.depth, 0)
    return DepthView(depth_m.astype(np.float32), frame.camera)


def sample_points(view: DepthView, *, count_max: int = POINTS_MAX) -> Float32[np.ndarray, "n 3"]:
    """Return points_C [m] of evenly spaced valid pixels."""
    v, u = np.nonzero(view.depth_m)
    step = max(1, -(-len(v) // count_max))
    v, u = v[::step], u[::step]
    return lift(u, v, view.depth_m[v, u], view.camera)


def relative_pose(X_WA: Float64[np.ndarray, "4 4"], X_WB: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """Return X_BA."""
    X_BW = inverse(X_WB)
    X_BA = np.eye(4)
    for i in range(3):
        X_BA[i] = X_BW[i, 0] * X_WA[0] + X_BW[i, 1] * X_WA[1] + X_BW[i, 2] * X_WA[2]
        X_BA[i, 3] += X_BW[i, 3]
    return X_BA


def compare(points_A: Float32[np.ndarray, "n 3"], X_BA: Float64[np.ndarray, "4 4"], view_B: DepthView) -> Agreement:
    """Carry points of A into B and compare their depth with what B recorded in the nearest pixel."""
    camera = view_B.camera
    points_B = transform(X_BA, points_A)
    x, y, z = points_B[points_B[:, 2] > 0].T
    with np.errstate(over="ignore", invalid="ignore"):
        u = np.rint(x / z * np.float32(camera.fx) + np.float32(camera.cx))
        v = np.rint(y / z * np.float32(camera.fy) + np.float32(camera.cy))
    inside = (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
    recorded_m = view_B.depth_m[v[inside].astype(np.intp), u[inside].astype(np.intp)]
    seen = recorded_m > 0
    recorded_m, expected_m = recorded_m[seen], z[inside][seen]
    error_m = np.abs(recorded_m - expected_m)
    agreeing = np.count_nonzero(error_m < TOLERANCE * recorded_m)
    enough = max(len(error_m), OVERLAP_MIN * len(points_A), 1)
    return Agreement(agreeing / enough, float(np.median(error_m)) if len(error_m) else float("nan"))


def choose_pairs(
    X_WC: Float64[np.ndarray, "n 4 4"], *, pairs_max: int, motion_min_m: float = MOTION_MIN_M
) -> list[tuple[int, int]]:
    """Return indices (a, b), a < b, of poses with enough motion between them, spread evenly over the recording.

    The turn between two poses is the same if both are inverted; the motion of inverted poses is overrated, which
    costs a little contrast and no more.
    """
    pairs = []
    for a in range(0, len(X_WC), max(1, len(X_WC) // (4 * pairs_max))):
        later = X_WC[a + 1 : a + 1 + PAIR_WITHIN]
        moved_m = np.sqrt(np.square(later[:, :3, 3] - X_WC[a, :3, 3]).sum(axis=1))
        cosine = ((later[:, :3, :3] * X_WC[a, :3, :3]).sum(axis=(1, 2)) - 1) / 2
        enough = np.flatnonzero((moved_m > motion_min_m) | (cosine < TURN_MIN_COS))
        tried = enough if len(X_WC) <= FEW else enough[:1]
        pairs += [(a, a + 1 + int(k)) for k in tried if cosine[k] > TURN_MAX_COS]
    return pairs[:: max(1, -(-len(pairs) // pairs_max))]

"""What the newest frames show of one thing: its points, apart from what it stands on and what stands beside it."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from jaxtyping import Float64

from planners.manipulation.grasps import Thing
from spatialmem import ObjectState, RgbdFrame, transform

__all__ = ["CELL_M", "Glances", "along", "level_m", "thing_of"]

FRAMES = 8
"""So many of the newest frames are kept."""
NEAR_M = 2.5
"""What is farther from the camera is not looked at."""
CELL_M = 0.004
"""Of points so near to one another one is kept."""
WIDER_M = 0.03
"""The remembered box of a thing may be wrong by so much."""
TOGETHER_M = 0.015
"""Points so near to one another are of one thing."""
OVER_M = 0.006
"""What is no higher over what a thing stands on than that is not of the thing."""
RING_M, LEVEL_M = 0.10, 0.03
"""What a thing stands on is looked for so far round its box, and so far above and below its lowest."""
POINTS_MIN = 12
"""Of fewer points nothing is said."""


class Glances:
    """The newest frames of one planner."""

    def __init__(self) -> None:
        self._frames: deque[RgbdFrame] = deque(maxlen=FRAMES)

    def see(self, frame: RgbdFrame) -> None:
        """Take in a frame."""
        self._frames.append(frame)

    def forget(self) -> None:
        """Drop all frames: what they show has been moved, or the robot has."""
        self._frames.clear()

    def since(self, stamp_ns: int) -> tuple[RgbdFrame, ...]:
        """Return the frames that are not older than a stamp, the oldest first."""
        return tuple(frame for frame in self._frames if frame.stamp_ns >= stamp_ns)

    def points_W(
        self, center_W: Float64[np.ndarray, "3"], reach_m: float, since_ns: int = 0
    ) -> Float64[np.ndarray, "n 3"]:
        """Return the points within a cube about a point, at most one in each cell of `CELL_M`."""
        found = [_near(frame, center_W, reach_m) for frame in self.since(since_ns)]
        points_W = np.concatenate(found) if found else np.empty((0, 3))
        _, first = np.unique(np.floor(points_W / CELL_M).astype(np.int64), axis=0, return_index=True)
        return points_W[np.sort(first)]


def _near(frame: RgbdFrame, center_W: Float64[np.ndarray, "3"], reach_m: float) -> Float64[np.ndarray, "n 3"]:
    scale = frame.depth_unit_m if frame.depth.dtype == np.uint16 else 1.0
    z = frame.depth.astype(np.float64) * scale
    v, u = np.nonzero((z > 0.0) & (z <= NEAR_M))
    z, camera = z[v, u], frame.camera
    points_W = transform(
        frame.X_WC, np.column_stack([(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z])
    )
    return points_W[(np.abs(points_W - center_W) <= reach_m).all(axis=1)]


def thing_of(one: ObjectState, points_W: Float64[np.ndarray, "n 3"]) -> Thing | None:
    """Return a thing as points about it show it now; None where they do not show enough of it.

    Its box is the remembered one, moved to where the points are and grown to hold them: along an axis on which only the
    nearer side is seen, the points' outer end stays where it is.
    """
    low_m = level_m(one, points_W)
    inside = np.abs(along(one, points_W)) <= one.size_m[:2] / 2 + WIDER_M
    tall_m = low_m + float(one.size_m[2]) + WIDER_M
    own_W = points_W[inside.all(axis=1) & (points_W[:, 2] > low_m + OVER_M) & (points_W[:, 2] <= tall_m)]
    own_W = _cluster(own_W, one.center_W)
    if len(own_W) < POINTS_MIN:
        return None
    across = along(one, own_W)
    low, high = np.quantile(across, 0.01, axis=0), np.quantile(across, 0.99, axis=0)
    size_m = np.maximum(high - low, one.size_m[:2])
    middle = np.clip(0.0, high - size_m / 2, low + size_m / 2)
    top_m = float(np.quantile(own_W[:, 2], 0.99))
    c, s = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
    x, y = one.center_W[:2] + np.array([[c, -s], [s, c]]) @ middle
    return Thing(
        points_W=own_W,
        center_W=np.array([x, y, (low_m + top_m) / 2]),
        size_m=np.array([*size_m, top_m - low_m]),
        yaw_rad=one.yaw_rad,
    )


def along(one: ObjectState, points_W: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 2"]:
    """Return points along the x and y of a thing's box, from its middle."""
    c, s = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
    return (points_W[:, :2] - one.center_W[:2]) @ np.array([[c, -s], [s, c]])


def level_m(one: ObjectState, points_W: Float64[np.ndarray, "n 3"]) -> float:
    """Return how high what a thing stands on is, by the points round it; by its box where there are too few."""
    low_m = float(one.center_W[2] - one.size_m[2] / 2)
    out = np.abs(along(one, points_W)) - one.size_m[:2] / 2
    ring = (out.max(axis=1) > 0.01) & (out.max(axis=1) <= RING_M) & (np.abs(points_W[:, 2] - low_m) <= LEVEL_M)
    return float(np.median(points_W[ring, 2])) if ring.sum() >= POINTS_MIN else low_m


def _cluster(points_W: Float64[np.ndarray, "n 3"], near_W: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "m 3"]:
    """Return the points that hang together with most of what is about a spot."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    if len(points_W) < 2:
        return points_W
    pairs = KDTree(points_W).query_pairs(TOGETHER_M, output_type="ndarray")
    shape = (len(points_W), len(points_W))
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)
    count, part = connected_components(links, directed=False)
    weight = np.exp(-((np.linalg.norm(points_W - near_W, axis=1) / 0.05) ** 2))
    return points_W[part == int(np.argmax(np.bincount(part, weights=weight, minlength=count)))]

"""What is in the way about the robot now: what the map says, and what frames showed that the map does not believe yet.

A map needs several frames to believe that something stands where floor was free for long, and a base is there by then.
So the points of the newest frames count at once. One is dropped when a later frame looks through it (as DynaMem does,
Liu et al. 2024), or is forgotten after a while: by then it is in the map, or was noise.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt8

from planners.navigation.kernels.behind import not_looked_through
from spatialmem import Floor, RgbdFrame, inverse, transform

__all__ = ["Sightings", "distance_m", "grown_new", "signed_distance_m"]

EVERY_PX = 2
NEAR_M = 4.0
"""What is farther from the camera counts when it is nearer, or in the map."""
LOW_M, HIGH_M = 0.12, 1.5
"""Over the floor: lower is driven over, higher is passed under."""
SEEN_THROUGH_M = 0.15
"""So much farther off than a point the depth must be to say that it is gone."""
POINTS_IN_CELL = 2
"""Fewer are noise at the edges of things."""
KEPT_S = 2.0
BESIDE_M, WALKED_M = 0.11, 0.15
"""What is seen so near to what is in the map belongs to it; all else is taken for so much wider."""
BUMP_M, BUMP_S = 0.12, 30.0
"""What was run into and not seen is taken for so wide, for so long."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Points of one frame."""

    stamp_ns: int
    points_W: Float64[np.ndarray, "n 3"]


class Sightings:
    """The points of the newest frames that would be in a robot's way, and where it ran into something unseen."""

    def __init__(self) -> None:
        self._frames: list[_Seen] = []
        self._bumps: list[tuple[int, Float64[np.ndarray, "2"]]] = []
        self.version = 0
        """Grows whenever something is added or dropped."""

    def see(self, frame: RgbdFrame, height_m: float) -> None:
        """Take in a frame. height_m: of the floor [m]."""
        older = [] if self._frames and frame.stamp_ns < self._frames[-1].stamp_ns else self._frames
        recent = [one for one in older if frame.stamp_ns - one.stamp_ns <= KEPT_S * 1e9]
        depth_m, camera = _depth_m(frame), frame.camera
        pinhole, X_CW = np.array([camera.fx, camera.fy, camera.cx, camera.cy]), inverse(frame.X_WC)
        kept = [
            _Seen(one.stamp_ns, not_looked_through(one.points_W, X_CW, pinhole, depth_m, SEEN_THROUGH_M))
            for one in recent
        ]
        points_W = _points_W(frame, depth_m)
        over_m = points_W[:, 2] - height_m
        self._frames = [*kept, _Seen(frame.stamp_ns, points_W[(over_m > LOW_M) & (over_m < HIGH_M)])]
        self.version += 1

    def bump(self, stamp_ns: int, p_W: Float64[np.ndarray, "2"]) -> None:
        """Take in a point at which the robot ran into what it does not see."""
        self._bumps.append((stamp_ns, p_W))
        self.version += 1

    def forget(self, stamp_ns: int) -> None:
        """Drop what is too old at a stamp."""
        frames = [one for one in self._frames if stamp_ns - one.stamp_ns <= KEPT_S * 1e9]
        bumps = [one for one in self._bumps if stamp_ns - one[0] <= BUMP_S * 1e9]
        if len(frames) != len(self._frames) or len(bumps) != len(self._bumps):
            self._frames, self._bumps = frames, bumps
            self.version += 1

    def blocked(self, floor: Floor) -> Bool[np.ndarray, "h w"]:
        """Return which cells of a floor hold something."""
        height, width = floor.state.shape
        count = np.zeros(height * width, np.int64)
        for one in self._frames:
            count = np.maximum(count, np.bincount(_inside(floor, one.points_W), minlength=height * width))
        blocked = (count >= POINTS_IN_CELL).reshape(height, width)
        for _, p_W in self._bumps:
            x, y = floor.cells_of(p_W[None])[0]
            reach = round(BUMP_M / floor.cell_m)
            blocked[max(y - reach, 0) : max(y + reach + 1, 0), max(x - reach, 0) : max(x + reach + 1, 0)] = True
        return blocked


def _inside(floor: Floor, points_W: Float64[np.ndarray, "n 3"]) -> Int64[np.ndarray, "m"]:
    """Return the flat numbers of the cells that points lie over, for those that are over the rectangle."""
    height, width = floor.state.shape
    x, y = floor.cells_of(points_W).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return y[inside] * width + x[inside]


def _depth_m(frame: RgbdFrame) -> Float64[np.ndarray, "h w"]:
    """Return a frame's depth in metres."""
    return frame.depth.astype(np.float64) * (frame.depth_unit_m if frame.depth.dtype == np.uint16 else 1.0)


def _points_W(frame: RgbdFrame, depth_m: Float64[np.ndarray, "h w"]) -> Float64[np.ndarray, "n 3"]:
    """Return the points that every second pixel of a frame shows within `NEAR_M`."""
    camera = frame.camera
    z = depth_m[::EVERY_PX, ::EVERY_PX]
    v, u = np.nonzero((z > 0.0) & (z <= NEAR_M))
    z = z[v, u]
    points_C = np.column_stack(
        [(u * EVERY_PX - camera.cx) / camera.fx * z, (v * EVERY_PX - camera.cy) / camera.fy * z, z]
    )
    return transform(frame.X_WC, points_C)


def grown_new(seen: Bool[np.ndarray, "h w"], mapped: Bool[np.ndarray, "h w"], cell_m: float) -> Bool[np.ndarray, "h w"]:
    """Return what was seen, and what is about that which the map does not have near there: it may be somebody who
    walks, and comes nearer until the next frame."""
    if not seen.any():
        return seen
    new = seen & ~_grown(mapped, BESIDE_M, cell_m)
    return seen | _grown(new, WALKED_M, cell_m) if new.any() else seen


def _grown(marked: Bool[np.ndarray, "h w"], by_m: float, cell_m: float) -> Bool[np.ndarray, "h w"]:
    """Return the cells whose `distance_m` to marked ones is not more."""
    import cv2

    return cv2.dilate(marked.view(np.uint8), _disc(by_m, cell_m), borderValue=0).view(bool)


@functools.cache
def _disc(radius_m: float, cell_m: float) -> UInt8[np.ndarray, "n n"]:
    """Return the cells about the middle one whose distances, in the numbers of `distance_m`, are not more."""
    reach = int(radius_m / cell_m) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return ((np.sqrt(x**2 + y**2) * cell_m).astype(np.float32) <= np.float32(radius_m)).astype(np.uint8)


def signed_distance_m(obstacle: Bool[np.ndarray, "h w"], cell_m: float) -> Float32[np.ndarray, "h w"]:
    """Return `distance_m`, and in obstacles how deep the cell is in, negative; at their edges 0."""
    inside_m = np.where(obstacle, distance_m(~obstacle, cell_m) - np.float32(cell_m), np.float32(0.0))
    return distance_m(obstacle, cell_m) - inside_m


def distance_m(obstacle: Bool[np.ndarray, "h w"], cell_m: float) -> Float32[np.ndarray, "h w"]:
    """Return how far the middle of each cell is from that of the nearest obstacle [m]; a large number without any.

    OpenCV's exact transform (Felzenszwalb & Huttenlocher 2012), rounded to the whole square that it is.
    """
    import cv2

    if not obstacle.any():
        return np.full(obstacle.shape, 1e3, np.float32)
    cells = cv2.distanceTransform((~obstacle).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return (np.sqrt(np.rint(cells.astype(np.float64) ** 2)) * cell_m).astype(np.float32)

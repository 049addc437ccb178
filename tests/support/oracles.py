"""Exact answers, slowly: what the fast code is held against."""

import math

import numba
import numpy as np

from spatialmem.geometry import back_project, transform

HIT, MISS, LOW, HIGH, UNKNOWN = 27, -13, -64, 112, -128


@numba.njit
def _walk(origin, end, size, first, passed):
    """Mark every voxel that the segment enters, in float64 (Amanatides & Woo 1987)."""
    voxel, last = np.empty(3, np.int64), np.empty(3, np.int64)
    step, t_next, t_delta = np.empty(3, np.int64), np.empty(3), np.empty(3)
    for a in range(3):
        d = end[a] - origin[a]
        voxel[a], last[a] = math.floor(origin[a] / size), math.floor(end[a] / size)
        step[a] = 1 if d > 0 else -1
        face = (voxel[a] + (1 if d > 0 else 0)) * size
        t_next[a] = (face - origin[a]) / d if d != 0 else 1e300
        t_delta[a] = size / abs(d) if d != 0 else 1e300
    while True:
        passed[voxel[0] - first[0], voxel[1] - first[1], voxel[2] - first[2]] = True
        axis = 0 if t_next[0] <= t_next[1] and t_next[0] <= t_next[2] else 1 if t_next[1] <= t_next[2] else 2
        if t_next[axis] >= 1:
            break
        voxel[axis] += step[axis]
        t_next[axis] += t_delta[axis]


@numba.njit
def _walk_all(origin, ends, size, first, passed):
    for i in range(ends.shape[0]):
        _walk(origin, ends[i], size, first, passed)


class RayCastingMap:
    """The exact integrator: every pixel's ray, voxel by voxel, into a dense grid. Hit wins over miss in a frame."""

    def __init__(self, voxel_size_m: float):
        self.voxel_size_m = voxel_size_m
        self.first = np.zeros(3, np.int64)
        self.values = np.zeros((0, 0, 0), np.int8)

    def integrate(self, depth, depth_unit_m, camera, X_WC, *, range_max_m):
        """Integrate one image; pixels beyond the range clear up to it."""
        points_C = back_project(depth, depth_unit_m, camera).astype(np.float64)
        beyond = points_C[:, 2] > range_max_m
        points_C[beyond] *= (range_max_m / points_C[beyond, 2])[:, None]
        ends = transform(X_WC, points_C)
        origin = X_WC[:3, 3].copy()
        self._cover(np.vstack([ends, origin]))
        passed = np.zeros(self.values.shape, bool)
        _walk_all(origin, ends, self.voxel_size_m, self.first, passed)
        hit = np.zeros(self.values.shape, bool)
        hit[tuple((np.floor(ends[~beyond] / self.voxel_size_m).astype(np.int64) - self.first).T)] = True
        base = np.where(self.values == UNKNOWN, 0, self.values).astype(np.int32)
        changed = np.clip(base + np.where(hit, HIT, MISS), LOW, HIGH)
        self.values = np.where(hit | passed, changed, self.values).astype(np.int8)

    def occupied(self) -> np.ndarray:
        """All occupied voxels, shape (n, 3)."""
        return np.argwhere(self.values > 0) + self.first

    def free(self) -> np.ndarray:
        """All free voxels, shape (n, 3)."""
        return np.argwhere((self.values <= 0) & (self.values != UNKNOWN)) + self.first

    def _cover(self, points_W):
        """Grow the grid to hold the points."""
        low = np.floor(points_W.min(axis=0) / self.voxel_size_m).astype(np.int64) - 1
        high = np.floor(points_W.max(axis=0) / self.voxel_size_m).astype(np.int64) + 2
        if self.values.size:
            low, high = np.minimum(low, self.first), np.maximum(high, self.first + self.values.shape)
        grown = np.full(high - low, UNKNOWN, np.int8)
        at = self.first - low
        if self.values.size:
            grown[tuple(slice(a, a + n) for a, n in zip(at, self.values.shape, strict=True))] = self.values
        self.first, self.values = low, grown

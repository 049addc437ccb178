"""Filling a grid of voxels, and leaving the robot out of its own pictures."""

from __future__ import annotations

import math

import numpy as np
from numba import boolean, float64, int64, uint16

from planners.manipulation.kernels.chain import place_frames
from planners.navigation.kernels.compile import array, kernel, readonly

__all__ = ["fill_boxes", "fill_cubes", "without_arm"]


@kernel((readonly(int64, 2), readonly(int64, 1), boolean, array(boolean, 3)))
def fill_cubes(low, edge, value, grid):  # pragma: no cover - compiled
    """Set the voxels of cubes, given by their lowest voxel (n, 3) and edge (n), as far as they are in the grid."""
    nx, ny, nz = grid.shape
    for n in range(low.shape[0]):
        for i in range(max(low[n, 0], 0), min(low[n, 0] + edge[n], nx)):
            for j in range(max(low[n, 1], 0), min(low[n, 1] + edge[n], ny)):
                for k in range(max(low[n, 2], 0), min(low[n, 2] + edge[n], nz)):
                    grid[i, j, k] = value


@kernel((readonly(float64, 2), readonly(float64, 1), float64, boolean, array(boolean, 3)))
def fill_boxes(boxes, origin, size, value, grid):  # pragma: no cover - compiled
    """Set the voxels whose middles are in boxes (n, 7): the middle, half the edges, and the yaw.

    origin: middle of the first voxel; size: edge of a voxel [m].
    """
    nx, ny, nz = grid.shape
    for n in range(boxes.shape[0]):
        c, s = math.cos(boxes[n, 6]), math.sin(boxes[n, 6])
        reach = math.hypot(boxes[n, 3], boxes[n, 4])
        i0 = max(math.ceil((boxes[n, 0] - reach - origin[0]) / size), 0)
        i1 = min(math.floor((boxes[n, 0] + reach - origin[0]) / size), nx - 1)
        j0 = max(math.ceil((boxes[n, 1] - reach - origin[1]) / size), 0)
        j1 = min(math.floor((boxes[n, 1] + reach - origin[1]) / size), ny - 1)
        k0 = max(math.ceil((boxes[n, 2] - boxes[n, 5] - origin[2]) / size), 0)
        k1 = min(math.floor((boxes[n, 2] + boxes[n, 5] - origin[2]) / size), nz - 1)
        for i in range(i0, i1 + 1):
            x = origin[0] + i * size - boxes[n, 0]
            for j in range(j0, j1 + 1):
                y = origin[1] + j * size - boxes[n, 1]
                if abs(c * x + s * y) <= boxes[n, 3] and abs(c * y - s * x) <= boxes[n, 4]:
                    for k in range(k0, k1 + 1):
                        grid[i, j, k] = value


@kernel(
    (
        readonly(uint16, 2), float64, readonly(float64, 1), readonly(float64, 2), readonly(float64, 1),
        readonly(float64, 2), readonly(float64, 3), readonly(float64, 2), readonly(float64, 2), readonly(int64, 2),
        readonly(float64, 2), readonly(int64, 2), readonly(int64, 2), readonly(float64, 2), float64, array(uint16, 2),
    )
)  # fmt: skip
def without_arm(
    depth,
    unit,
    pinhole,
    X_WC,
    joints_rad,
    X_WR,
    X_PF,
    spheres,
    clusters,
    members,
    balls,
    parts,
    pairs,
    boxes,
    grow,
    out,
):  # pragma: no cover - compiled
    """Copy a depth image without the pixels whose points are in the arm's spheres or the robot's boxes, grown.

    pinhole: fx, fy, cx, cy. X_WC, X_WR: (3, 4). The arm as in check.py.
    """
    n = joints_rad.shape[0]
    frames = np.empty((n + 1, 3, 4))
    frames[0] = X_WR
    place_frames(X_PF, joints_rad, frames)
    at, about = np.empty((spheres.shape[0], 3)), np.empty((clusters.shape[0], 3))
    for link in range(parts.shape[0]):
        f = parts[link, 0]
        for c in range(parts[link, 1], parts[link, 2]):
            for i in range(3):
                about[c, i] = frames[f, i, 3]
                for j in range(3):
                    about[c, i] += frames[f, i, j] * clusters[c, j]
                for s in range(members[c, 0], members[c, 1]):
                    at[s, i] = frames[f, i, 3]
                    for j in range(3):
                        at[s, i] += frames[f, i, j] * spheres[s, j]
    p, r = np.empty(3), np.empty(3)
    for v in range(depth.shape[0]):
        for u in range(depth.shape[1]):
            out[v, u] = depth[v, u]
            if depth[v, u] == 0:
                continue
            z = depth[v, u] * unit
            x, y = (u - pinhole[2]) / pinhole[0] * z, (v - pinhole[3]) / pinhole[1] * z
            for i in range(3):
                p[i] = X_WC[i, 0] * x + X_WC[i, 1] * y + X_WC[i, 2] * z + X_WC[i, 3]
            own = False
            for c in range(clusters.shape[0]):
                a, b, d = p[0] - about[c, 0], p[1] - about[c, 1], p[2] - about[c, 2]
                near = clusters[c, 3] + grow
                if a * a + b * b + d * d > near * near:
                    continue
                for s in range(members[c, 0], members[c, 1]):
                    a, b, d = p[0] - at[s, 0], p[1] - at[s, 1], p[2] - at[s, 2]
                    near = spheres[s, 3] + grow
                    if a * a + b * b + d * d <= near * near:
                        own = True
                        break
                if own:
                    break
            if not own and boxes.shape[0] > 0:
                a, b, d = p[0] - X_WR[0, 3], p[1] - X_WR[1, 3], p[2] - X_WR[2, 3]
                for i in range(3):
                    r[i] = X_WR[0, i] * a + X_WR[1, i] * b + X_WR[2, i] * d
                for m in range(boxes.shape[0]):
                    a, b, d = r[0] - boxes[m, 9], r[1] - boxes[m, 10], r[2] - boxes[m, 11]
                    inside = True
                    for k in range(3):
                        along = abs(boxes[m, k] * a + boxes[m, 3 + k] * b + boxes[m, 6 + k] * d)
                        inside = inside and along <= boxes[m, 12 + k] + grow
                    own = own or inside
            if own:
                out[v, u] = 0

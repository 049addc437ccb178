"""Which points a later picture sees something behind."""

from __future__ import annotations

import numpy as np
from numba import types

from planners.navigation.kernels.compile import kernel, readonly

__all__ = ["not_looked_through"]

CLOSE_M = 0.05
"""What is nearer to the camera, or behind it, is not in the picture."""


@kernel(
    (
        readonly(types.float64, 2),
        readonly(types.float64, 2),
        readonly(types.float64, 1),
        readonly(types.float64, 2),
        types.float64,
    )
)
def not_looked_through(points, pose, pinhole, depth, behind):
    """Return the points that a picture does not see something behind.

    pose: X_CW. pinhole: fx, fy, cx, cy. depth: of every pixel [m]; 0 is no return. behind: so much farther off than a
    point the depth must be to say that it is gone [m].
    """
    height, width = depth.shape
    kept, count = np.empty_like(points), 0
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        ahead = pose[2, 0] * x + pose[2, 1] * y + pose[2, 2] * z + pose[2, 3]
        gone = False
        if ahead > CLOSE_M:
            right = pose[0, 0] * x + pose[0, 1] * y + pose[0, 2] * z + pose[0, 3]
            down = pose[1, 0] * x + pose[1, 1] * y + pose[1, 2] * z + pose[1, 3]
            u = np.rint(right / ahead * pinhole[0] + pinhole[2])
            v = np.rint(down / ahead * pinhole[1] + pinhole[3])
            if u >= 0 and u < width and v >= 0 and v < height:
                gone = depth[np.int64(v), np.int64(u)] > ahead + behind
        if not gone:
            kept[count, 0], kept[count, 1], kept[count, 2] = x, y, z
            count += 1
    return kept[:count].copy()

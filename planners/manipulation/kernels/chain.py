"""Where the frames of a chain of turning joints are (Denavit and Hartenberg's idea, without their parameters).

Poses are 3x4 here: rotation and translation. Frame 0 is the root's; frame k turns with joint k about its own z axis.
"""

from __future__ import annotations

import math

from numba import float64

from planners.navigation.kernels.compile import array, device, kernel, readonly

__all__ = ["frames_of", "place_frames"]


@device
def place_frames(X_PF, joints_rad, frames):  # pragma: no cover - compiled
    """Set frames 1.. of a chain from its frame 0.

    X_PF: (n, 3, 4), the frame of each joint in the one before it where the joint is at 0. frames: (n + 1, 3, 4).
    """
    for k in range(joints_rad.shape[0]):
        c, s = math.cos(joints_rad[k]), math.sin(joints_rad[k])
        for i in range(3):
            a, b, d = frames[k, i, 0], frames[k, i, 1], frames[k, i, 2]
            x = a * X_PF[k, 0, 0] + b * X_PF[k, 1, 0] + d * X_PF[k, 2, 0]
            y = a * X_PF[k, 0, 1] + b * X_PF[k, 1, 1] + d * X_PF[k, 2, 1]
            frames[k + 1, i, 0] = c * x + s * y
            frames[k + 1, i, 1] = c * y - s * x
            frames[k + 1, i, 2] = a * X_PF[k, 0, 2] + b * X_PF[k, 1, 2] + d * X_PF[k, 2, 2]
            frames[k + 1, i, 3] = a * X_PF[k, 0, 3] + b * X_PF[k, 1, 3] + d * X_PF[k, 2, 3] + frames[k, i, 3]


@kernel((readonly(float64, 3), readonly(float64, 2), readonly(float64, 2), array(float64, 4)))
def frames_of(X_PF, joints_rad, X_WR, out):  # pragma: no cover - compiled
    """Set in out (m, n + 1, 3, 4) the frames in W of m joint vectors (m, n), the root standing at X_WR (3, 4)."""
    for m in range(joints_rad.shape[0]):
        out[m, 0] = X_WR
        place_frames(X_PF, joints_rad[m], out[m])

"""How far rays over a floor's cells get, and how much of what is unknown they pass."""

from __future__ import annotations

import math

import numpy as np
from numba import boolean, float64, uint8

from planners.navigation.kernels.compile import array, kernel, readonly

__all__ = ["pass_unknown"]

UNKNOWN, OCCUPIED = 0, 2


@kernel(
    (
        readonly(uint8, 2),
        readonly(float64, 2),
        readonly(float64, 1),
        float64,
        float64,
        float64,
        boolean,
        array(uint8, 2),
        array(float64, 3),
    )
)
def pass_unknown(state, points, angles, near, behind, far, marks, marked, out):  # pragma: no cover - compiled
    """Follow rays cell by cell (Amanatides and Woo 1987) until one ends: at something, at the edge, or at far.

    No ray passes a wall that is one cell thick, nor between two cells that touch at a corner. points: (x, y) in cells
    from the corner of cell [0, 0]. angles [rad]. near: unknown cells count from so far on; behind: so much of a ray
    that is unknown counts, then it ends; both, and far, in cells. marks: set the unknown cells that count in `marked`.
    out, for each point and angle: the integrals of r dr and r^2 dr over what counts, in cells.
    """
    height, width = state.shape
    for n in range(points.shape[0]):
        x, y = points[n, 0], points[n, 1]
        for k in range(angles.shape[0]):
            c, s = math.cos(angles[k]), math.sin(angles[k])
            i, j = math.floor(x), math.floor(y)
            right, up = 1 if c > 0.0 else -1, 1 if s > 0.0 else -1
            each_x = 1.0 / abs(c) if abs(c) > 1e-12 else np.inf
            each_y = 1.0 / abs(s) if abs(s) > 1e-12 else np.inf
            next_x = ((i + 1 - x) if c > 0.0 else (x - i)) * each_x if abs(c) > 1e-12 else np.inf
            next_y = ((j + 1 - y) if s > 0.0 else (y - j)) * each_y if abs(s) > 1e-12 else np.inf
            passed, once, twice, r = 0.0, 0.0, 0.0, 0.0
            while 0 <= i < width and 0 <= j < height:
                end = min(next_x, next_y, far)
                if state[j, i] == UNKNOWN and end > near:
                    a = max(r, near)
                    b = min(end, a + behind - passed)
                    passed += b - a
                    once += (b * b - a * a) / 2.0
                    twice += (b * b * b - a * a * a) / 3.0
                    if marks and b > a:
                        marked[j, i] = 1
                if end >= far or passed >= behind - 1e-9:
                    break
                r = end
                if abs(next_x - next_y) < 1e-9:
                    beside = 0
                    if 0 <= i + right < width and state[j, i + right] == OCCUPIED:
                        beside += 1
                    if 0 <= j + up < height and state[j + up, i] == OCCUPIED:
                        beside += 1
                    if beside == 2:
                        break
                    i, j = i + right, j + up
                    next_x, next_y = next_x + each_x, next_y + each_y
                elif next_x < next_y:
                    i, next_x = i + right, next_x + each_x
                else:
                    j, next_y = j + up, next_y + each_y
                if 0 <= i < width and 0 <= j < height and state[j, i] == OCCUPIED:
                    break
            out[n, k, 0], out[n, k, 1] = once, twice

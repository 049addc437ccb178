"""How far it is from one cell to all others."""

from __future__ import annotations

import math

import numpy as np
from numba import boolean, float32, int64

from planners.navigation.kernels.compile import array, kernel, readonly
from planners.navigation.kernels.heap import grown, pop, push

__all__ = ["lengths_from"]


@kernel((readonly(boolean, 2), readonly(int64, 2), array(float32, 2)))
def lengths_from(free, starts, out):  # pragma: no cover - compiled
    """Set in out how long the shortest way is from any of several cells (x, y), in cells (Dijkstra 1959); inf without.

    Steps go to the eight neighbours, diagonally only where both cells beside the step are free.
    """
    height, width = free.shape
    out[:] = np.inf
    keys, tails = np.empty(1024), np.empty(1024, np.int64)
    count = 0
    for n in range(starts.shape[0]):
        x, y = starts[n, 0], starts[n, 1]
        if 0 <= x < width and 0 <= y < height and free[y, x]:
            if count == keys.size:
                keys, tails = grown(keys), grown(tails)
            out[y, x] = 0.0
            push(keys, tails, count, 0.0, y * width + x)
            count += 1
    while count > 0:
        key, cell = keys[0], tails[0]
        pop(keys, tails, count)
        count -= 1
        y, x = cell // width, cell % width
        if key > out[y, x]:
            continue
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                v, u = y + dy, x + dx
                if (dx == 0 and dy == 0) or not (0 <= v < height and 0 <= u < width and free[v, u]):
                    continue
                if dx != 0 and dy != 0 and not (free[y, u] and free[v, x]):
                    continue
                length = np.float32(out[y, x] + (math.sqrt(2.0) if dx != 0 and dy != 0 else 1.0))
                if length < out[v, u]:
                    if count == keys.size:
                        keys, tails = grown(keys), grown(tails)
                    out[v, u] = length
                    push(keys, tails, count, float(length), v * width + u)
                    count += 1

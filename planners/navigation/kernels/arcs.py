"""How long a base can go on along arcs before its outline comes too near to something."""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64

from planners.navigation.kernels.compile import array, device, kernel, readonly

__all__ = ["roll_out", "room_m"]


@device
def room_m(distance_m, grid, outline, x, y, yaw):  # pragma: no cover - compiled
    """Return the least distance [m] of the points of an outline at a pose; outside the grid there is nothing.

    grid: x0, y0, cell_m first.
    """
    x0, y0, cell_m = grid[0], grid[1], grid[2]
    c, s = math.cos(yaw), math.sin(yaw)
    height, width = distance_m.shape
    least = np.inf
    for k in range(outline.shape[0]):
        u = (x + c * outline[k, 0] - s * outline[k, 1] - x0) / cell_m - 0.5
        v = (y + s * outline[k, 0] + c * outline[k, 1] - y0) / cell_m - 0.5
        column, row = math.floor(u), math.floor(v)
        if column < 0 or row < 0 or column + 1 >= width or row + 1 >= height:
            continue
        i, j = int(column), int(row)
        a, b = u - column, v - row
        low = (1.0 - a) * distance_m[j, i] + a * distance_m[j, i + 1]
        high = (1.0 - a) * distance_m[j + 1, i] + a * distance_m[j + 1, i + 1]
        least = min(least, (1.0 - b) * low + b * high)
    return least


@kernel(
    (
        readonly(float32, 2),
        readonly(float64, 1),
        readonly(float64, 2),
        readonly(float64, 2),
        float64,
        int64,
        float64,
        array(float64, 2),
    )
)
def roll_out(distance_m, where, outline, speeds, step_s, steps, limit_m, out):  # pragma: no cover - compiled
    """Follow each pair of speeds (forward m/s, turn rad/s) along its arc from one pose.

    distance_m: to the nearest obstacle from the middle of each cell. where: x0, y0, cell_m of the grid, x, y, yaw of
    the base. outline: points round the base, in B. out, for each pair: after how long some point comes nearer than
    limit_m (inf if within the steps none does); the least distance until then; and where it is at the end: x, y, yaw.
    """
    now_m = room_m(distance_m, where, outline, where[3], where[4], where[5])
    for n in range(speeds.shape[0]):
        x, y, yaw = where[3], where[4], where[5]
        least, touched = now_m, np.inf
        way, half = speeds[n, 0] * step_s, speeds[n, 1] * step_s / 2.0
        chord = way * (math.sin(half) / half if abs(half) > 1e-9 else 1.0)
        for k in range(steps):
            x += chord * math.cos(yaw + half)
            y += chord * math.sin(yaw + half)
            yaw += 2.0 * half
            room = room_m(distance_m, where, outline, x, y, yaw)
            least = min(least, room)
            if room < limit_m:
                touched = (k + 1) * step_s
                break
        out[n, 0], out[n, 1], out[n, 2], out[n, 3], out[n, 4] = touched, least, x, y, yaw

"""Ways over cells made straight: corners are left out where the line between others keeps as clear."""

from __future__ import annotations

import numpy as np
from numba import types

from planners.navigation.kernels.compile import device, kernel, readonly

__all__ = ["straighten"]


@device
def _is_clear(clearance, ax, ay, bx, by, needed, least):
    """Return whether all cells that the straight line between two middles passes have room enough.

    Cell by cell (Amanatides and Woo 1987, over whole numbers). Where it passes just between cells, those on both
    sides need the least room only: that is how a diagonal step is.
    """
    across, along = abs(bx - ax), abs(by - ay)
    sx, sy = (1 if bx > ax else -1), (1 if by > ay else -1)
    x, y, i, j = ax, ay, 0, 0
    while True:
        if clearance[y, x] < needed or clearance[y, x] <= 0:
            return False
        if i == across and j == along:
            return True
        side = (2 * i + 1) * along - (2 * j + 1) * across
        if side == 0:
            for there in (clearance[y, x + sx], clearance[y + sy, x]):
                if there < least or there <= 0:
                    return False
        if side <= 0:
            x += sx
            i += 1
        if side >= 0:
            y += sy
            j += 1


@kernel((readonly(types.int64, 2), readonly(types.float32, 2), types.float32, types.float32, types.int64))
def straighten(cells, clearance, prefer, least, checks):
    """Return which cells of a way are corners of the shortest one over some of them, both ends included.

    A line may replace a piece where it is as clear as the piece, or as `prefer`, and never less clear than `least`.
    checks: about so many lines are looked at. That bounds how far a line reaches where a way has many cells, so the
    corners found are looked at again, until none is left out.
    """
    kept = np.arange(cells.shape[0])
    while True:
        count = kept.size
        reach = min(count, max(32, checks // max(count, 1)))
        length, before = np.empty(count, np.float64), np.empty(count, np.int64)
        room = np.empty(count, np.float32)
        length[0], before[0] = 0.0, 0
        for j in range(1, count):
            bx, by = cells[kept[j], 0], cells[kept[j], 1]
            first = max(0, j - reach)
            low, at = clearance[by, bx], kept[j]
            for i in range(j - 1, first - 1, -1):
                while at > kept[i]:
                    at -= 1
                    low = min(low, clearance[cells[at, 1], cells[at, 0]])
                room[i] = low
            length[j] = np.inf
            for i in range(first, j):
                dx, dy = float(bx - cells[kept[i], 0]), float(by - cells[kept[i], 1])
                reached = length[i] + np.sqrt(dx * dx + dy * dy)
                if reached >= length[j] - 1e-9:
                    continue
                needed = max(min(room[i], prefer), least)
                ax, ay = cells[kept[i], 0], cells[kept[i], 1]
                if (i == j - 1) or _is_clear(clearance, ax, ay, bx, by, needed, least):
                    length[j], before[j] = reached, i
        corners, at = 1, count - 1
        while at > 0:
            corners += 1
            at = before[at]
        chosen, at = np.empty(corners, np.int64), count - 1
        for i in range(corners - 1, -1, -1):
            chosen[i] = kept[at]
            at = before[at]
        if corners == count:
            return chosen
        kept = chosen

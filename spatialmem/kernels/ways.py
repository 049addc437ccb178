"""Ways from cell to cell made as short as they can be where they are: corners are moved, added and left out."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly
from spatialmem.kernels.places import line_clearance

__all__ = ["SPLITS", "first_in_sight", "tighten"]

SPLITS = 2
"""So often lines are halved, so that each has a corner more to be moved: a way may need corners that it had not."""
ROUNDS = 200


@device
def _apart(ax, ay, bx, by):
    """Return the distance between two cells."""
    return np.sqrt(float((ax - bx) ** 2 + (ay - by) ** 2))


@device
def _clear(clearance, a, x, y, radius_m):
    """Return whether one gets straight from one cell to another."""
    return line_clearance(clearance, a[0], a[1], x, y) >= radius_m


@device
def _move(clearance, cells, count, radius_m):
    """Move corners to cells about them as long as that makes the way shorter."""
    for _ in range(ROUNDS):
        moved = False
        for i in range(1, count - 1):
            before, after = cells[i - 1], cells[i + 1]
            best = _apart(before[0], before[1], cells[i, 0], cells[i, 1])
            best += _apart(cells[i, 0], cells[i, 1], after[0], after[1]) - 1e-9
            best_x, best_y = np.int64(-1), np.int64(-1)
            for step in (4, 2, 1):
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        x, y = cells[i, 0] + step * dx, cells[i, 1] + step * dy
                        if x < 0 or y < 0 or x >= clearance.shape[1] or y >= clearance.shape[0]:
                            continue
                        length = _apart(before[0], before[1], x, y) + _apart(x, y, after[0], after[1])
                        if length >= best or clearance[y, x] < radius_m:
                            continue
                        if _clear(clearance, before, x, y, radius_m) and _clear(clearance, after, x, y, radius_m):
                            best, best_x, best_y = length, x, y
            if best_x >= 0:
                cells[i, 0], cells[i, 1] = best_x, best_y
                moved = True
        if not moved:
            return


@device
def _leave_out(clearance, cells, count, radius_m):
    """Leave out the corners over which one sees; return how many are left."""
    kept = 1
    for i in range(1, count - 1):
        if not _clear(clearance, cells[kept - 1], cells[i + 1, 0], cells[i + 1, 1], radius_m):
            cells[kept] = cells[i]
            kept += 1
    cells[kept] = cells[count - 1]
    return kept + 1


@device
def _split(clearance, cells, count, radius_m):
    """Put a corner into the middle of each line that is not short, where that is clear; return how many there are."""
    moved = cells.shape[0]
    for i in range(count - 1, -1, -1):  # to the end of the array, so that there is room before them
        moved -= 1
        cells[moved] = cells[i]
    total = 0
    for i in range(moved, cells.shape[0]):
        ax, ay = cells[i, 0], cells[i, 1]
        cells[total, 0], cells[total, 1] = ax, ay
        total += 1
        if i + 1 == cells.shape[0]:
            break
        bx, by = cells[i + 1, 0], cells[i + 1, 1]
        x, y = (ax + bx) // 2, (ay + by) // 2
        if max(abs(bx - ax), abs(by - ay)) <= 4 or total > i:
            continue
        if line_clearance(clearance, ax, ay, x, y) >= radius_m and line_clearance(clearance, x, y, bx, by) >= radius_m:
            cells[total, 0], cells[total, 1] = x, y
            total += 1
    return total


@kernel((readonly(types.float32, 2), types.float32, array(types.int64, 2), array(types.int64, 1)))
def tighten(clearance, radius_m, cells, count):
    """Make a way shorter, without leading it round anything on the other side; its ends stay.

    cells: the corners (x, y) of the way, count[0] of them, with room for 2^SPLITS times as many; those of the shorter
    way are written there.
    """
    kept = count[0]
    for split in range(SPLITS + 1):
        if split > 0:
            kept = _split(clearance, cells, kept, radius_m)
        _move(clearance, cells, kept, radius_m)
        kept = _leave_out(clearance, cells, kept, radius_m)
    count[0] = kept


@kernel((readonly(types.float32, 2), readonly(types.int64, 1), readonly(types.int64, 2)))
def first_in_sight(open_to, eye, cells):
    """Return which of cells (x, y) is the first to which the straight line from another is open; -1 for none.

    open_to: indexed [y, x], above 0 where a line may pass.
    """
    for i in range(cells.shape[0]):
        if line_clearance(open_to, eye[0], eye[1], cells[i, 0], cells[i, 1]) > 0:
            return i
    return -1

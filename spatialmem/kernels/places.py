"""Places out of clearance: the pieces of each square of the floor, and which pieces one gets to from which.

A square is 8x8 cells, a tile 8x8 squares. Cells where the robot can stand are those with as much clearance as its
radius; a piece is what hangs together of them within one square, over the sides of cells.
"""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, device, kernel, readonly

__all__ = ["DIRECTIONS", "PIECES_MAX", "edges_of_tile", "line_clearance", "pieces_of_tile", "straighten"]

PIECES_MAX = 32
"""No square has more: they do not touch each other."""
DIRECTIONS = np.array([[1, 0], [0, 1], [1, 1], [1, -1]])
"""The squares (x, y) that edges lead to; from the other four they lead here."""


@device
def line_clearance(clearance, x0, y0, x1, y1):
    """Return the least clearance of the cells on the straight line between the middles of two cells.

    Each cell whose middle's row or column the line crosses is looked at, and the two beside it where it passes between
    them.
    """
    steps = 2 * max(abs(x1 - x0), abs(y1 - y0))
    least = min(clearance[y0, x0], clearance[y1, x1])
    for i in range(1, steps):
        x2, y2 = 2 * x0 * steps + 2 * (x1 - x0) * i, 2 * y0 * steps + 2 * (y1 - y0) * i
        # twice the coordinate, in units of 1/steps: the cells whose middles are nearest, from either side
        xa, xb = (x2 + steps - 1) // (2 * steps), (x2 + steps) // (2 * steps)
        ya, yb = (y2 + steps - 1) // (2 * steps), (y2 + steps) // (2 * steps)
        least = min(least, clearance[ya, xa], clearance[yb, xb], clearance[ya, xb], clearance[yb, xa])
    return least


@kernel((readonly(types.float32, 2), types.float32, array(types.int8, 2), array(types.int64, 2), array(types.int64, 1)))
def pieces_of_tile(clearance, radius_m, piece, found, count):
    """Number the pieces of a tile's squares.

    clearance: shape (64, 64), indexed [y, x]. piece: the number of each cell's piece within its square, -1 where the
    robot cannot stand; filled. found: rows of square (8 y + x), piece, cell (64 y + x), cells; count[0] of them. The
    cell is the middle of the place: that with the most clearance, up to twice the radius, and of those the one nearest
    to the square's middle.
    """
    stack = np.empty(64, np.int64)
    total = 0
    piece[:, :] = -1
    for square in range(64):
        y0, x0 = (square >> 3) * 8, (square & 7) * 8
        number = 0
        for start in range(64):
            y, x = y0 + (start >> 3), x0 + (start & 7)
            if clearance[y, x] < radius_m or piece[y, x] >= 0:
                continue
            piece[y, x] = number
            stack[0], depth, cells = start, 1, 0
            best, best_clear, best_off = start, np.float32(-1.0), 0
            while depth > 0:
                depth -= 1
                at = stack[depth]
                cells += 1
                cy, cx = at >> 3, at & 7
                clear = min(clearance[y0 + cy, x0 + cx], np.float32(2.0) * radius_m)
                off = (2 * cy - 7) ** 2 + (2 * cx - 7) ** 2
                if clear > best_clear or (clear == best_clear and (off < best_off or (off == best_off and at < best))):
                    best, best_clear, best_off = at, clear, off
                for step in range(4):
                    ny = cy + (1 if step == 0 else -1 if step == 1 else 0)
                    nx = cx + (1 if step == 2 else -1 if step == 3 else 0)
                    if ny < 0 or ny > 7 or nx < 0 or nx > 7:
                        continue
                    if piece[y0 + ny, x0 + nx] < 0 and clearance[y0 + ny, x0 + nx] >= radius_m:
                        piece[y0 + ny, x0 + nx] = number
                        stack[depth] = ny * 8 + nx
                        depth += 1
            found[total, 0], found[total, 1] = square, number
            found[total, 2], found[total, 3] = (y0 + (best >> 3)) * 64 + x0 + (best & 7), cells
            total += 1
            number += 1
    count[0] = total


@kernel(
    (
        readonly(types.float32, 2),
        readonly(types.int8, 2),
        readonly(types.int32, 3),
        types.float32,
        array(types.int64, 2),
        array(types.float64, 2),
        array(types.int64, 1),
    )
)
def edges_of_tile(clearance, piece, middles, radius_m, ends, measures, count):
    """Find the edges from a tile's pieces to those of the squares in `DIRECTIONS`.

    clearance, piece: the tile and a square more on each side, shape (80, 80). middles: the cell of each piece's middle
    (80 y + x) by square [y, x, piece], -1 where there is none, shape (10, 10, PIECES_MAX). ends: rows of square,
    piece, direction, piece there; measures: length in cells, clearance [m]; count[0] of them. Over a side pieces are
    joined where they touch: the length leads straight from middle to middle where that is clear, else through the pair
    of cells with the most clearance. Over a corner they are joined where the straight line is clear. What does not fit
    into `ends` is left out.
    """
    widest = np.empty((PIECES_MAX, PIECES_MAX), np.float32)
    crossing = np.empty((PIECES_MAX, PIECES_MAX), np.int64)
    total = 0
    for square in range(64):
        sy, sx = (square >> 3) + 1, (square & 7) + 1
        if middles[sy, sx, 0] < 0:
            continue
        for direction in range(4):
            dx, dy = DIRECTIONS[direction, 0], DIRECTIONS[direction, 1]
            if middles[sy + dy, sx + dx, 0] < 0:
                continue
            side = direction < 2
            if side:
                widest[:, :] = -1.0
                for i in range(8):
                    y, x = sy * 8 + (7 if dy else i), sx * 8 + (7 if dx else i)
                    a, b = piece[y, x], piece[y + dy, x + dx]
                    if a < 0 or b < 0:
                        continue
                    clear = min(clearance[y, x], clearance[y + dy, x + dx])
                    if clear > widest[a, b]:
                        widest[a, b], crossing[a, b] = clear, y * 80 + x
            for a in range(PIECES_MAX):
                here = middles[sy, sx, a]
                if here < 0:
                    break
                for b in range(PIECES_MAX):
                    there = middles[sy + dy, sx + dx, b]
                    if there < 0:
                        break
                    if (side and widest[a, b] < 0) or total == ends.shape[0]:
                        continue
                    y0, x0, y1, x1 = here // 80, here % 80, there // 80, there % 80
                    clear = line_clearance(clearance, x0, y0, x1, y1)
                    length = np.sqrt(float((x1 - x0) ** 2 + (y1 - y0) ** 2))
                    if clear < radius_m:
                        if not side:
                            continue
                        y, x = crossing[a, b] // 80, crossing[a, b] % 80
                        clear = min(widest[a, b], clearance[y0, x0], clearance[y1, x1])
                        length = (
                            np.sqrt(float((x - x0) ** 2 + (y - y0) ** 2))
                            + 1.0
                            + np.sqrt(float((x1 - x - dx) ** 2 + (y1 - y - dy) ** 2))
                        )
                    ends[total, 0], ends[total, 1], ends[total, 2], ends[total, 3] = square, a, direction, b
                    measures[total, 0], measures[total, 1] = length, clear
                    total += 1
    count[0] = total


@kernel(
    (readonly(types.float32, 2), readonly(types.int64, 2), types.float32, array(types.int64, 1), array(types.int64, 1))
)
def straighten(clearance, cells, radius_m, kept, count):
    """Leave out the cells of a way that a straight line can pass over.

    cells: shape (n, 2), x and y. kept: their numbers, count[0] of them: from each the farthest in sight, found by
    halving and then one by one.
    """
    at, last, total = 0, cells.shape[0] - 1, 0
    kept[0] = 0
    total = 1
    while at < last:
        end = last
        while end > at + 1:
            if line_clearance(clearance, cells[at, 0], cells[at, 1], cells[end, 0], cells[end, 1]) >= radius_m:
                break
            end = at + (end - at) // 2 if end - at > 16 else end - 1
        kept[total] = end
        total += 1
        at = end
    count[0] = total


def line_clearance_reference(clearance, a, b):
    """Return the least clearance on the line between the middles of two cells (x, y); plain form, with fractions."""
    from fractions import Fraction
    from math import floor

    steps = 2 * max(abs(b[0] - a[0]), abs(b[1] - a[1]))
    least = min(clearance[a[1], a[0]], clearance[b[1], b[0]])
    for i in range(1, steps):
        x, y = (Fraction(p) + Fraction(i, steps) * (q - p) for p, q in zip(a, b, strict=True))
        for cx in {floor(x + Fraction(1, 2)), -floor(-x + Fraction(1, 2))}:
            for cy in {floor(y + Fraction(1, 2)), -floor(-y + Fraction(1, 2))}:
                least = min(least, clearance[cy, cx])
    return least

"""The cells of a floor, and its places, as sparse matrices of the distances between those that are joined."""

from __future__ import annotations

import numpy as np
from numba import types

from spatialmem.kernels.compile import array, kernel, readonly

__all__ = ["lattice", "network_of"]

STEPS = np.array([[0, 1], [1, 0], [0, -1], [-1, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]])


@kernel(
    (
        readonly(types.int32, 2),
        array(types.int32, 1),
        array(types.int32, 1),
        array(types.float64, 1),
    )
)
def lattice(number, starts, others, lengths):
    """Fill the rows of a sparse matrix of the distances between neighbouring cells, in cells.

    number: of each cell, 0, 1, ... row by row; -1 where nothing can be. starts: one more than there are cells. others,
    lengths: eight times as many; starts[-1] are filled. No corner is cut: a cell is joined to one cornerwise only where
    both beside them are there.
    """
    height, width = number.shape
    count, at = 0, 0
    starts[0] = 0
    for y in range(height):
        for x in range(width):
            if number[y, x] < 0:
                continue
            for k in range(8):
                dy, dx = STEPS[k, 0], STEPS[k, 1]
                if y + dy < 0 or y + dy >= height or x + dx < 0 or x + dx >= width or number[y + dy, x + dx] < 0:
                    continue
                if k >= 4 and (number[y, x + dx] < 0 or number[y + dy, x] < 0):
                    continue
                others[at] = number[y + dy, x + dx]
                lengths[at] = 1.0 if k < 4 else np.sqrt(2.0)
                at += 1
            count += 1
            starts[count] = at


@kernel(
    (
        readonly(types.int64, 2),
        readonly(types.float64, 1),
        array(types.int32, 1),
        array(types.int32, 1),
        array(types.float64, 1),
    )
)
def network_of(ends, lengths, starts, others, weights):
    """Fill the rows of a sparse matrix, both ways, of edges that each are given once; a row is in their order.

    starts: one more than there are places. others, weights: twice as many as edges.
    """
    starts[:] = 0
    for e in range(ends.shape[0]):
        starts[ends[e, 0] + 1] += 1
        starts[ends[e, 1] + 1] += 1
    for i in range(starts.shape[0] - 1):
        starts[i + 1] += starts[i]
    filled = starts.copy()
    for e in range(ends.shape[0]):
        a, b = ends[e, 0], ends[e, 1]
        others[filled[a]], weights[filled[a]] = b, lengths[e]
        filled[a] += 1
        others[filled[b]], weights[filled[b]] = a, lengths[e]
        filled[b] += 1


def lattice_reference(number):
    """Return {(a, b): distance} of neighbouring cells; plain form of `lattice`."""
    cells = {(y, x): n for (y, x), n in np.ndenumerate(number) if n >= 0}
    found = {}
    for (y, x), n in cells.items():
        for dy, dx in STEPS.tolist():
            if (y + dy, x + dx) in cells and (y, x + dx) in cells and (y + dy, x) in cells:
                found[n, cells[y + dy, x + dx]] = float(np.hypot(dy, dx))
    return found

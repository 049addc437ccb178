"""The queue of a search: a heap of four branches on two arrays (Johnson 1975), smallest key first.

Among equal keys the smallest tail goes first, so that the order is the same everywhere. A cell that is found again on
a shorter way is put in again; whoever takes it out sees by the key that it is done.
"""

from __future__ import annotations

import numpy as np

from planners.navigation.kernels.compile import device

__all__ = ["grown", "pop", "push"]


@device
def grown(array):
    """Return a copy of a flat array with twice the room."""
    larger = np.empty(2 * array.size, array.dtype)
    larger[: array.size] = array
    return larger


@device
def push(keys, tails, count, key, tail):
    """Put an entry into a heap of count entries; there must be room for it."""
    at = count
    while at > 0:
        above = (at - 1) >> 2
        if keys[above] < key or (keys[above] == key and tails[above] <= tail):
            break
        keys[at], tails[at] = keys[above], tails[above]
        at = above
    keys[at], tails[at] = key, tail


@device
def pop(keys, tails, count):
    """Take the first entry, which stands at 0, out of a heap of count entries."""
    last = count - 1
    key, tail = keys[last], tails[last]
    at = 0
    while True:
        first = 4 * at + 1
        if first >= last:
            break
        best = first
        for below in range(first + 1, min(first + 4, last)):
            if keys[below] < keys[best] or (keys[below] == keys[best] and tails[below] < tails[best]):
                best = below
        if key < keys[best] or (key == keys[best] and tail <= tails[best]):
            break
        keys[at], tails[at] = keys[best], tails[best]
        at = best
    keys[at], tails[at] = key, tail

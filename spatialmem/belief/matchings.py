"""How probable each link is where an object is in one of its links at most: over all matchings of two kinds of things.

Exactly, by going through one side and keeping the weight of every set of the other that is taken; where both sides of
what hangs together are too large for that, by belief propagation (Williams and Lau 2014, "Approximate evaluation of
marginal association probabilities with belief propagation", eq. 20 to 24), which is too sure where two suit two others.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

__all__ = ["marginals"]

EXACT_MAX = 8
"""The smaller side of what hangs together is matched exactly up to here: its sets are 2 to the power of it."""
ROUNDS = 30
"""So often messages are passed: they converge geometrically, and slowest where two of a kind suit two others alike."""


def marginals(
    odds: Float64[np.ndarray, "n"], old_of: Int64[np.ndarray, "n"], new_of: Int64[np.ndarray, "n"]
) -> Float64[np.ndarray, "n"]:
    """Return the probability of each link: those of one object, on either side, sum up to 1 at most.

    odds: of each link against there being none. old_of, new_of: which objects it links; numbers from 0.
    """
    told = np.zeros(len(odds))
    together = _components(old_of, new_of)
    for one in np.unique(together):
        at = np.flatnonzero(together == one)
        olds, news = (np.unique(side[at], return_inverse=True)[1] for side in (old_of, new_of))
        rows, columns = (news, olds) if olds.max() <= news.max() else (olds, news)
        matched = _exact if columns.max() < EXACT_MAX else _propagated
        told[at] = matched(odds[at], rows, columns)
    return np.minimum(told, 1.0)


def _components(old_of: Int64[np.ndarray, "n"], new_of: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "n"]:
    """Return a number for each link that those which hang together share: the least of theirs."""
    number = np.arange(len(old_of))
    while True:
        before = number
        for side in (old_of, new_of):
            least = np.full(int(side.max()) + 1, len(number))
            np.minimum.at(least, side, number)
            number = least[side]
        if np.array_equal(number, before):
            return number


def _exact(
    odds: Float64[np.ndarray, "n"], rows: Int64[np.ndarray, "n"], columns: Int64[np.ndarray, "n"]
) -> Float64[np.ndarray, "n"]:
    """Sum over all matchings: a row takes one free column or none. Sets of columns are the bits of a number."""
    sets = np.arange(1 << (int(columns.max()) + 1))
    links = [np.flatnonzero(rows == row) for row in range(int(rows.max()) + 1)]
    free = {column: sets[sets & (1 << column) == 0] for column in range(int(columns.max()) + 1)}
    before = [(sets == 0).astype(np.float64)]
    for at in links:
        taken = before[-1].copy()
        for link in at.tolist():
            without = free[int(columns[link])]
            taken[without | (1 << int(columns[link]))] += odds[link] * before[-1][without]
        before.append(taken)
    after = np.ones(len(sets))
    told = np.zeros(len(odds))
    for at, taken in zip(reversed(links), reversed(before[:-1]), strict=True):
        earlier = after.copy()
        for link in at.tolist():
            without = free[int(columns[link])]
            gain = odds[link] * after[without | (1 << int(columns[link]))]
            told[link] = (taken[without] * gain).sum()
            earlier[without] += gain
        after = earlier
    return told / after[0]


def _propagated(
    odds: Float64[np.ndarray, "n"], rows: Int64[np.ndarray, "n"], columns: Int64[np.ndarray, "n"]
) -> Float64[np.ndarray, "n"]:
    to_column = np.ones(len(odds))
    for _ in range(ROUNDS):
        weighed = odds * to_column
        to_row = odds / (1.0 + np.bincount(columns, weighed)[columns] - weighed)
        to_column = 1.0 / (1.0 + np.bincount(rows, to_row)[rows] - to_row)
    weighed = odds * to_column
    told = weighed / (1.0 + np.bincount(columns, weighed)[columns])
    return told / np.maximum(np.bincount(rows, told), 1.0)[rows]  # where messages still change

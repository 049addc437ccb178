"""In which order to visit places to find something: the fewest metres to expect.

A walk that visits the places o_1, o_2, ... from the start o_0 costs, until the thing is found or all were visited,

    sum over k of  d(o_{k-1}, o_k) * Q({o_1, ..., o_{k-1}}),    Q(S) = P(it is in none of the places S).

Q depends on which places were visited, not on their order, so the best walk is found by dynamic programming over
subsets (Bellman 1962, "Dynamic programming treatment of the travelling salesman problem"; Held and Karp 1962):

    V(S, i) = min over j not in S of  d(i, j) Q(S) + V(S + j, j),    V(all, i) = 0.

Beyond `EXACT_MAX` places: the best of three simple orders (the most probable place per metre first, the nearest, the
most probable), each improved by moving up to three places in a row elsewhere, turned round or not (Or 1976), and by
turning a part of the walk round (Croes 1958), as long as the same sum becomes less.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.errors import InputError

__all__ = ["EXACT_MAX", "Visiting", "expected_m", "order"]

EXACT_MAX = 12
"""So many places are put in the best order there is: 2^12 subsets take a few milliseconds."""
EXACT_LIMIT = 16
"""So many can be, where somebody has the memory and the time: each more takes twice both."""
SEGMENT_MAX = 3
"""So many places in a row are moved elsewhere at once (Or 1976)."""
LEAST = 1e-12
"""An order is better if it saves more than this share of the metres: less is rounding."""


class Visiting(NamedTuple):
    """In which order to visit places, by their rows, 0 for the first after the start."""

    order: tuple[int, ...]
    expected_m: float
    exact: bool
    """No other order has fewer metres to expect."""


class _Chances(NamedTuple):
    """P(not found): the product of what each place leaves, and of what each thing that may be in several leaves."""

    left: Float64[np.ndarray, "n"]
    """1 - p of what can be in one place only."""
    spread: Float64[np.ndarray, "k n"]


def order(
    p: Float64[np.ndarray, "n"] | Float64[np.ndarray, "things n"],
    metres: Float64[np.ndarray, "m m"],
    *,
    exact_max: int = EXACT_MAX,
) -> Visiting:
    """Return in which order to visit n places so that the metres to expect until something is found are fewest.

    p: P(it is found at a place if nothing was found before), each place for itself; or one row for each thing that
    would do: P(it is in each place), which sum to 1 at most, for it is in one of them at most; the things know nothing
    of each other. metres: the way from each to each [m], the start is row 0 and place i is row i + 1. exact_max: so
    many places are put in the best order, at most 16. Raises InputError for what is no probability or no length.
    """
    chances = _chances(p)
    count = len(chances.left)
    d = np.ascontiguousarray(metres, dtype=np.float64)
    if d.shape != (count + 1, count + 1) or not np.isfinite(d).all() or (d < 0).any():
        raise InputError(
            f"metres of shape {d.shape}; {count + 1} rows and columns, of lengths >= 0 and finite, are needed: leave "
            f"out what cannot be reached."
        )
    if not 0 <= exact_max <= EXACT_LIMIT:
        raise InputError(f"exact_max is {exact_max}; 0 to {EXACT_LIMIT} is possible.")
    if count == 0:
        return Visiting((), 0.0, True)
    exact = count <= exact_max
    found = _best(chances, d) if exact else _good(chances, d)
    return Visiting(tuple(found.tolist()), float(_cost(chances, d, found[None])[0]), exact)


def expected_m(
    p: Float64[np.ndarray, "n"] | Float64[np.ndarray, "things n"],
    metres: Float64[np.ndarray, "m m"],
    places: Int64[np.ndarray, "n"],
) -> float:
    """Return the metres to expect of visiting places in this order; p and metres as for `order`."""
    return float(_cost(_chances(p), np.ascontiguousarray(metres, dtype=np.float64), np.asarray(places)[None])[0])


def _chances(p: np.ndarray) -> _Chances:
    """Divide things that can be in one place only from the others. Raises InputError for what is no probability."""
    rows = np.asarray(p, dtype=np.float64)
    rows = np.diag(rows) if rows.ndim == 1 else rows
    if rows.ndim != 2 or not ((rows >= 0) & (rows <= 1)).all() or (rows.sum(axis=1) > 1 + 1e-9).any():
        raise InputError("p must be probabilities, 0 to 1; those of one thing in several places sum to 1 at most.")
    spread = (rows > 0).sum(axis=1) > 1
    return _Chances((1.0 - rows[~spread]).prod(axis=0), rows[spread])


def _cost(
    chances: _Chances, d: Float64[np.ndarray, "m m"], orders: Int64[np.ndarray, "k n"]
) -> Float64[np.ndarray, "k"]:
    """Return the metres to expect of each order."""
    before = np.concatenate([np.zeros((len(orders), 1), np.int64), orders[:, :-1] + 1], axis=1)
    legs = d[before, orders + 1]
    unfound = np.ones(orders.shape)
    np.cumprod(chances.left[orders[:, :-1]], axis=1, out=unfound[:, 1:])
    for row in chances.spread:
        unfound[:, 1:] *= np.maximum(1.0 - np.cumsum(row[orders[:, :-1]], axis=1), 0.0)
    return (legs * unfound).sum(axis=1)


def _best(chances: _Chances, d: Float64[np.ndarray, "m m"]) -> Int64[np.ndarray, "n"]:
    """Return the best order: subsets by their number of places, from all of them down to none."""
    count = len(chances.left)
    layers = _layers(count)
    unfound = _unfound(chances)
    togo = np.zeros((1 << count, count))  # V(S, i): after the places S, standing at place i, which is in S
    way = d[1:, 1:]
    for sets, within, without in reversed(layers[1:count]):
        after = togo[sets[:, None] | (1 << without), without]  # one column for each place that may come next
        sums = way[within[:, :, None], without[:, None, :]] * unfound[sets][:, None, None] + after[:, None, :]
        togo[sets[:, None], within] = sums.min(axis=2)
    visited, at, found = 0, 0, []
    for _ in range(count):
        rest = np.array([j for j in range(count) if not visited >> j & 1])
        sums = d[at, rest + 1] * unfound[visited] + togo[visited | (1 << rest), rest]
        found.append(int(rest[np.argmin(sums)]))
        visited, at = visited | 1 << found[-1], found[-1] + 1
    return np.array(found, np.int64)


@functools.lru_cache(maxsize=EXACT_LIMIT + 1)
def _layers(count: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return, by how many of `count` places they have, all subsets: as bits, the places in each, and not in it."""
    sets = np.arange(1 << count)
    bits = (sets[:, None] >> np.arange(count)) & 1
    sizes = bits.sum(axis=1)
    layers = []
    for size in range(count + 1):
        (mine,) = np.nonzero(sizes == size)
        within = np.nonzero(bits[mine])[1].reshape(len(mine), size)
        without = np.nonzero(bits[mine] == 0)[1].reshape(len(mine), count - size)
        layers.append((mine, within, without))
    return layers


def _unfound(chances: _Chances) -> Float64[np.ndarray, "s"]:
    """Return P(nothing was found) after each subset of the places, by its bits."""
    unfound, sums = np.ones(1), np.zeros((len(chances.spread), 1))
    for j, left in enumerate(chances.left):
        unfound = np.concatenate([unfound, unfound * left])
        sums = np.concatenate([sums, sums + chances.spread[:, j : j + 1]], axis=1)
    for row in sums:
        unfound = unfound * np.maximum(1.0 - row, 0.0)
    return unfound


def _good(chances: _Chances, d: Float64[np.ndarray, "m m"]) -> Int64[np.ndarray, "n"]:
    """Return a good order: the best of simple ones, each improved."""
    p = 1.0 - chances.left * (1.0 - chances.spread).prod(axis=0)
    worth: tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], ...] = (
        lambda way, chance: chance / np.maximum(way, 1e-9),
        lambda way, chance: -way,
        lambda way, chance: chance,
    )
    found = [_improved(chances, d, _greedy(p, d, one)) for one in worth]
    costs = [float(_cost(chances, d, one[None])[0]) for one in found]
    return found[int(np.argmin(costs))]


def _greedy(
    p: Float64[np.ndarray, "n"],
    d: Float64[np.ndarray, "m m"],
    worth: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> Int64[np.ndarray, "n"]:
    """Return the order that goes to what is worth most from where one is."""
    rest, at, found = list(range(len(p))), 0, []
    while rest:
        best = rest[int(np.argmax(worth(d[at, np.array(rest) + 1], p[rest])))]
        rest.remove(best)
        found.append(best)
        at = best + 1
    return np.array(found, np.int64)


def _improved(
    chances: _Chances, d: Float64[np.ndarray, "m m"], found: Int64[np.ndarray, "n"]
) -> Int64[np.ndarray, "n"]:
    """Return an order that no single change makes better: the best change first, as long as there is one."""
    changes, cost = _changes(len(found)), float(_cost(chances, d, found[None])[0])
    while True:
        tried = found[changes]
        costs = _cost(chances, d, tried)
        best = int(np.argmin(costs))
        if not costs[best] < cost - LEAST * max(cost, 1.0):
            return found
        found, cost = tried[best], float(costs[best])


@functools.lru_cache(maxsize=64)
def _changes(count: int) -> Int64[np.ndarray, "m n"]:
    """Return every single change of an order of `count` places, as permutations; no change first."""
    own = list(range(count))
    changes = {tuple(own): None}  # a dictionary keeps the order in which they were made
    for low in range(count):
        for high in range(low + 1, count):
            changes[(*own[:low], *reversed(own[low : high + 1]), *own[high + 1 :])] = None
    for size in range(1, min(SEGMENT_MAX, count) + 1):
        for low in range(count - size + 1):
            part, rest = own[low : low + size], own[:low] + own[low + size :]
            for at in range(len(rest) + 1):
                for turned in (part, part[::-1]):
                    changes[(*rest[:at], *turned, *rest[at:])] = None
    return np.array(list(changes), np.int64)

"""In which order to look: python tests/benchmarks/search_order.py [--problems 500] [--seed 0]

Rooms of 12 x 10 m with walls: 10 places, the ways between them by Dijkstra on a grid of 0.5 m, so that near is not
always soon. 2 to 12 candidates say where a thing may be, each at one of the places, so that some places have several
and some none. Three kinds of problems in turn: one thing that is in one of them at most; candidates that know nothing
of each other; and up to four things that would do, each with candidates of its own.
The optimum is computed here, apart from the library: a search over all subsets from the front, for what was walked so
far, checked against all permutations where there are eight places or fewer. Beside it the order for many places (the
exact one switched off), the nearest first and the most probable first; and problems of 12 to 14 places that have a
candidate each. Share of metres above the optimum.
"""

from __future__ import annotations

import argparse
import itertools
import math

import numpy as np
from measure import show, timed_ms
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from spatialmem.graph import visiting

SIDE = 24, 20
STEP_M = 0.5
WALLS = 5


def ways_m(rng: np.random.Generator, count: int) -> np.ndarray:
    """The ways between `count` places and a start, the first row, through walls with one gap each [m]."""
    free = np.ones(SIDE, bool)
    for _ in range(WALLS):
        gap, at = int(rng.integers(0, 18)), int(rng.integers(2, 18))
        wall = np.ones(SIDE[0] if at % 2 else SIDE[1], bool)
        wall[gap : gap + 3] = False
        (free.T if at % 2 else free)[at, wall] = False
    for _ in range(50):
        cells = np.argwhere(free)
        chosen = cells[rng.choice(len(cells), count + 1, replace=False)]
        rows = chosen[:, 0] * SIDE[1] + chosen[:, 1]
        metres = np.atleast_2d(dijkstra(_lattice(free), directed=False, indices=rows))[:, rows]
        metres = np.maximum(metres, metres.T)  # the same both ways, but for rounding
        if np.isfinite(metres).all():
            return metres
    return ways_m(rng, count)


def _lattice(free: np.ndarray) -> csr_array:
    """The squares that touch, at sides or corners, and how far it is between their middles [m]."""
    number = np.arange(free.size).reshape(free.shape)
    starts, ends, lengths = [], [], []
    for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1)):
        rows, columns = slice(0, free.shape[0] - di), slice(max(-dj, 0), free.shape[1] - max(dj, 0))
        moved = slice(di, free.shape[0]), slice(max(dj, 0), free.shape[1] + min(dj, 0))
        both = free[rows, columns] & free[moved]
        starts.append(number[rows, columns][both])
        ends.append(number[moved][both])
        lengths.append(np.full(int(both.sum()), STEP_M * math.hypot(di, dj)))
    return csr_array((np.concatenate(lengths), (np.concatenate(starts), np.concatenate(ends))), (free.size, free.size))


def problem(rng: np.random.Generator, kind: int, places: int, candidates: int) -> np.ndarray:
    """P of each thing (a row) at each place, from candidates at random places; only of places that have any."""
    at = rng.permutation(candidates) if candidates == places > 10 else rng.integers(0, places, candidates)
    weight = rng.random(candidates) ** 2
    if kind == 0:  # one thing
        things = np.zeros((1, places))
        np.add.at(things[0], at, weight / weight.sum() * rng.uniform(0.5, 1.0))
    elif kind == 1:  # each candidate for itself
        things = np.zeros((candidates, places))
        things[np.arange(candidates), at] = weight * 0.9
    else:
        whose = rng.integers(0, 4, candidates)
        things = np.zeros((4, places))
        np.add.at(things, (whose, at), weight)
        things *= rng.uniform(0.3, 1.0, (4, 1)) / np.maximum(things.sum(axis=1, keepdims=True), 1e-9)
    return things


def walked_m(things: np.ndarray, metres: np.ndarray, visits: tuple[int, ...]) -> float:
    """The metres to expect of one order, step by step."""
    total, at, still = 0.0, 0, [1.0] * len(things)
    for place in visits:
        total += metres[at, place + 1] * math.prod(still)
        still = [max(left - row[place], 0.0) for left, row in zip(still, things.tolist(), strict=True)]
        at = place + 1
    return total


def optimum_m(things: np.ndarray, metres: np.ndarray) -> float:
    """The fewest metres to expect: for every set of places and where one stands in it, the best way to have come."""
    count = metres.shape[0] - 1
    d, rows = metres.tolist(), [row for row in things.tolist() if any(row)]
    lefts = [
        math.prod(max(1.0 - sum(row[j] for j in range(count) if visited >> j & 1), 0.0) for row in rows)
        for visited in range(1 << count)
    ]
    best: dict[tuple[int, int], float] = {(0, -1): 0.0}
    for _ in range(count):
        longer: dict[tuple[int, int], float] = {}
        for (visited, at), cost in best.items():
            for j in range(count):
                if not visited >> j & 1:
                    key, new = (visited | 1 << j, j), cost + d[at + 1][j + 1] * lefts[visited]
                    if new < longer.get(key, math.inf):
                        longer[key] = new
        best = longer
    return min(best.values())


def simple(things: np.ndarray, metres: np.ndarray) -> dict[str, tuple[int, ...]]:
    """What one would do without thinking ahead."""
    chance = 1 - (1 - things).prod(axis=0)
    rest, at, nearest = set(range(len(chance))), 0, []
    while rest:
        one = min(sorted(rest), key=lambda place: metres[at, place + 1])
        rest.remove(one)
        nearest.append(one)
        at = one + 1
    return {
        "the nearest first": tuple(nearest),
        "the most probable first": tuple(np.argsort(-chance, kind="stable").tolist()),
    }


def measured(rng: np.random.Generator, problems: int, sizes: tuple[int, ...], exact_max: int) -> None:
    """Solve problems in every way, and print how far above the optimum each is."""
    above: dict[str, list[float]] = {}
    spent_ms: dict[str, list[float]] = {}
    for i in range(problems):
        places = sizes[i % len(sizes)]
        metres = ways_m(rng, places)
        things = problem(rng, i % 3, places, 2 + i % 11 if places == 10 else places)
        worth = np.flatnonzero(things.any(axis=0))  # places that have a candidate
        rows = np.concatenate([[0], worth + 1])
        things, metres = things[:, worth], metres[np.ix_(rows, rows)]
        best_m = optimum_m(things, metres)
        if len(worth) <= 6 and i % 5 == 0:
            tried = min(walked_m(things, metres, visits) for visits in itertools.permutations(range(len(worth))))
            assert abs(tried - best_m) < 1e-9, "the benchmark's own optimum is none"
        ways = {name: walked_m(things, metres, visits) for name, visits in simple(things, metres).items()}
        for name, most in (("order(), exact", exact_max), ("order(), for many places", 0)):
            found = visiting.order(things, metres, exact_max=most)
            ways[name] = walked_m(things, metres, found.order)
            spent = min(timed_ms(visiting.order, things, metres, exact_max=most) for _ in range(3))
            spent_ms.setdefault(name, []).append(spent)
        assert min(ways.values()) > best_m - 1e-9, "an order is better than the benchmark's optimum"
        for name, length_m in ways.items():
            above.setdefault(name, []).append(length_m / best_m - 1.0)
    rows = []
    for name in ("order(), exact", "order(), for many places", "the nearest first", "the most probable first"):
        share, spent = 100 * np.maximum(above[name], 0.0).round(9), spent_ms.get(name)
        figures = [f"{share.mean():.2f} %", f"{np.percentile(share, 95):.2f} %", f"{share.max():.1f} %"]
        rows.append([name, *figures, f"{max(spent):.1f}" if spent else "-"])
    title = f"{problems} problems of {' to '.join(str(size) for size in sorted({sizes[0], sizes[-1]}))} places"
    show(title, ["metres above the optimum", "mean", "95 %", "most", "longest in ms, best of 3"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    measured(rng, options.problems, (10,), visiting.EXACT_MAX)
    measured(rng, max(options.problems // 25, 3), (12, 13, 14), 14)


if __name__ == "__main__":
    main()

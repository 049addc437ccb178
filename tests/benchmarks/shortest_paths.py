"""How right and how fast shortest ways are: python tests/benchmarks/shortest_paths.py [--problems 200]

MovingAI's 2D and Warframe's 3D problems, shared by all who search grids, so many of each set, spread evenly over its
maps and, by length, over each map's problems. First all lengths are compared with those published. Then the same
problems are given to scipy (`csgraph.dijkstra`, from one cell to all: it cannot stop at the goal), to rustworkx
(`dijkstra_shortest_paths` with a target, and `astar_shortest_path` with the octile distance in Python; the better one
of both for each problem) and to NetworkX (`astar_path`, the same distance), each on a graph of the same grid with the
same rule for corners. Their graphs are built ahead; what building costs is told too. Every other length must be as
published as well, else this stops.

The 3D maps are too large for graphs: 1.5 and 89 million voxels, 26 steps from each. So there the same problem is given
to all, ours again too, on a cut-out: the box about our way and some voxels more. Larger cut-outs than `--voxels` are
left out, for NetworkX than `--networkx-voxels`, and how many were done is said. Each search is the best of three runs
by us, of one by the others where it is longer than a tenth of a second, else of three.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import rustworkx as rx
from measure import show
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from known_ways import FLOORS, SPACES, Problem, floor_problems, read_floor, read_space, space_problems, spread

from planners.navigation.grid_search import grid_path
from planners.navigation.kernels import warm_up
from planners.navigation.voxel_search import voxel_path

MARGIN = 3
"""So many voxels more than the way has a cut-out on each side."""
LONG_S = 0.1
STRAIGHT, FLAT, STEEP = 1.0, 2**0.5 - 1, 3**0.5 - 2**0.5


@dataclass
class Times:
    """How long each problem took [s], by who solved it, and what building the graphs took."""

    ours: dict[int, float] = field(default_factory=dict)
    others: dict[str, dict[int, float]] = field(default_factory=dict)
    built: dict[str, dict[int, float]] = field(default_factory=dict)

    def add(self, name: str, number: int, taken_s: float, built_s: float) -> None:
        """Note one problem."""
        self.others.setdefault(name, {})[number] = taken_s
        self.built.setdefault(name, {})[number] = built_s


def timed(call: Callable[[], float | None], runs: int = 3) -> tuple[float, float]:
    """Return what is called for, and the best time of a few runs, of one where that is long [s]."""
    best, value = np.inf, None
    for _ in range(runs):
        start = time.perf_counter()
        value = call()
        best = min(best, time.perf_counter() - start)
        if best > LONG_S:
            break
    return np.inf if value is None else value, best


def edges(free: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Yield, for half of the directions, which cells are joined, by their flat numbers, and how long that step is.

    Two cells are joined where all of the box that they span is free.
    """
    number = np.arange(free.size, dtype=np.int32 if free.size < 1 << 31 else np.int64).reshape(free.shape)
    for step in product((-1, 0, 1), repeat=free.ndim):
        if step <= (0,) * free.ndim:
            continue

        def part(shift: tuple[int, ...], step: tuple[int, ...] = step) -> tuple[slice, ...]:
            """The cells that are shifted so far from those from which one may step."""
            low = [max(0, -d) + s for d, s in zip(step, shift, strict=True)]
            span = [n - abs(d) for n, d in zip(free.shape, step, strict=True)]
            return tuple(slice(a, a + n) for a, n in zip(low, span, strict=True))

        joined = free[part((0,) * free.ndim)].copy()
        for shift in product(*({0, d} for d in step)):
            joined &= free[part(shift)]
        yield number[part((0,) * free.ndim)][joined], number[part(step)][joined], float(np.linalg.norm(step))


def distances_to(goal: tuple[int, ...], shape: tuple[int, ...]) -> Callable[[int], float]:
    """Return the octile distance from a cell, by its flat number, in plain Python."""
    strides = [int(np.prod(shape[k + 1 :])) for k in range(len(shape))]

    def left(cell: int) -> float:
        away = sorted(abs(cell // s % n - g) for s, n, g in zip(strides, shape, goal, strict=True))
        total = STRAIGHT * away[-1] + FLAT * away[-2]
        return total + STEEP * away[0] if len(away) == 3 else total

    return left


def length_of(cells: list[int], shape: tuple[int, ...]) -> float:
    """How long a way over flat numbers is."""
    at = np.stack(np.unravel_index(np.array(cells), shape), axis=1)
    return float(np.sqrt(np.abs(np.diff(at, axis=0)).sum(axis=1)).sum())


class Scipy:
    """A matrix of half of the steps."""

    def __init__(self, free: np.ndarray):
        rows, cols, lengths = zip(*edges(free), strict=True)
        data = np.concatenate([np.full(len(row), one) for row, one in zip(rows, lengths, strict=True)])
        at = np.concatenate(rows), np.concatenate(cols)
        self._graph = coo_matrix((data, at), shape=(free.size, free.size)).tocsr()

    def searches(self, start: int, goal: int, left: Callable[[int], float]) -> Iterator[Callable[[], float]]:
        """Yield what is timed."""
        yield lambda: float(dijkstra(self._graph, directed=False, indices=start, return_predecessors=True)[0][goal])


class Rustworkx:
    """A graph of half of the steps, undirected, whose edges are lengths."""

    def __init__(self, free: np.ndarray):
        self._shape = free.shape
        self._graph = rx.PyGraph(multigraph=False)
        self._graph.add_nodes_from(range(free.size))
        for a, b, length in edges(free):
            for first in range(0, len(a), 1 << 20):
                ends = a[first : first + (1 << 20)].tolist(), b[first : first + (1 << 20)].tolist()
                self._graph.add_edges_from([(i, j, length) for i, j in zip(*ends, strict=True)])

    def searches(self, start: int, goal: int, left: Callable[[int], float]) -> Iterator[Callable[[], float]]:
        """Yield what is timed: two ways to ask."""
        graph, shape = self._graph, self._shape
        yield lambda: length_of(list(rx.dijkstra_shortest_paths(graph, start, goal, float)[goal]), shape)
        yield lambda: length_of(list(rx.astar_shortest_path(graph, start, goal.__eq__, float, left)), shape)


class NetworkX:
    """A graph of half of the steps, undirected."""

    def __init__(self, free: np.ndarray):
        self._shape = free.shape
        self._graph = nx.Graph()
        self._graph.add_nodes_from(np.flatnonzero(free).tolist())
        for a, b, length in edges(free):
            self._graph.add_weighted_edges_from((i, j, length) for i, j in zip(a.tolist(), b.tolist(), strict=True))

    def searches(self, start: int, goal: int, left: Callable[[int], float]) -> Iterator[Callable[[], float]]:
        """Yield what is timed."""
        yield lambda: length_of(nx.astar_path(self._graph, start, goal, lambda a, _: left(a)), self._shape)


PEERS = {"scipy": Scipy, "rustworkx": Rustworkx, "networkx": NetworkX}


def ask_peer(graph: Scipy | Rustworkx | NetworkX, problem: Problem, shape: tuple[int, ...]) -> float:
    """Return how long the better one of a library's searches took [s]; its length must be right."""
    start, goal = (int(np.ravel_multi_index(end, shape)) for end in (problem.start, problem.goal))
    taken = []
    for search in graph.searches(start, goal, distances_to(problem.goal, shape)):
        length, best_s = timed(search)
        assert np.isclose(length, problem.length, rtol=1e-5, atol=1e-4), (problem, length)
        taken.append(best_s)
    return min(taken)


def ask_peers(free: np.ndarray, problems: list[tuple[int, Problem]], names: tuple[str, ...], times: Times) -> None:
    """Give problems on one grid, whose ends are in its order of axes, to libraries."""
    for name in names:
        start = time.perf_counter()
        graph = PEERS[name](free)
        built_s = time.perf_counter() - start
        for number, problem in problems:
            times.add(name, number, ask_peer(graph, problem, free.shape), built_s)
        del graph
        gc.collect()


def floors(count: int, networkx_problems: int) -> tuple[list[list[str]], Times]:
    """Solve the 2D problems; return the rows of the first table, and all times."""
    rows, times, number = [], Times(), 0
    maps = sorted(FLOORS.glob("*.map"))
    for path in maps:
        free = read_floor(path)
        chosen = spread(floor_problems(path.with_name(path.name + ".scen")), count // len(maps))
        taken, lengths, own = [], [], []
        for problem in chosen:
            found, best_s = timed(lambda at=problem, on=free: grid_length(on, at))
            times.ours[number] = best_s
            # flat numbers are by [y, x]
            own.append((number, Problem(problem.start[::-1], problem.goal[::-1], problem.length)))
            number += 1
            taken.append(best_s)
            lengths.append(found)
        rows.append(solved(path.stem, free, chosen, lengths, taken))
        ask_peers(free, own, ("scipy", "rustworkx"), times)
        few = own[:: max(1, len(maps) * len(own) // networkx_problems)]
        ask_peers(free, few, ("networkx",), times)
    return rows, times


def grid_length(free: np.ndarray, problem: Problem) -> float | None:
    """Our answer in 2D."""
    path = grid_path(free, problem.start, problem.goal)
    return None if path is None else path.length_cells


def voxel_length(free: np.ndarray, problem: Problem) -> float | None:
    """Our answer in 3D."""
    path = voxel_path(free, problem.start, problem.goal)
    return None if path is None else path.length_cells


def spaces(count: int, voxels: int, networkx_voxels: int) -> tuple[list[list[str]], Times]:
    """Solve the 3D problems, on the whole maps and on cut-outs; return the rows of the first table, and all times."""
    rows, times, number = [], Times(), 0
    maps = sorted(SPACES.glob("*.3dmap"))
    for path in maps:
        free = read_space(path)
        chosen = spread(space_problems(path.with_name(path.name + ".3dscen")), count // len(maps))
        taken, lengths = [], []
        for problem in chosen:
            way = voxel_path(free, problem.start, problem.goal)
            found, best_s = timed(lambda at=problem, on=free: voxel_length(on, at))
            taken.append(best_s)
            lengths.append(found)
            number += 1
            if way is None:
                continue
            low = np.maximum(way.cells.min(axis=0) - MARGIN, 0)
            high = np.minimum(way.cells.max(axis=0) + MARGIN + 1, free.shape)
            if np.prod(high - low) > voxels:
                continue
            cut = np.ascontiguousarray(free[tuple(slice(a, b) for a, b in zip(low, high, strict=True))])
            ends = [tuple((np.array(end) - low).tolist()) for end in (problem.start, problem.goal)]
            within = Problem(ends[0], ends[1], problem.length)
            _, times.ours[number] = timed(lambda at=within, on=cut: voxel_length(on, at))
            names = tuple(PEERS) if cut.size <= networkx_voxels else ("scipy", "rustworkx")
            ask_peers(cut, [(number, within)], names, times)
        rows.append(solved(path.stem, free, chosen, lengths, taken))
    return rows, times


def solved(name: str, free: np.ndarray, problems: list[Problem], lengths: list[float], taken: list[float]) -> list[str]:
    """Return a row: how many lengths are as published, to the digits of the file, and how long they took."""
    wanted = np.array([one.length for one in problems])
    right = np.isclose(lengths, wanted, rtol=1e-5, atol=1e-5)
    off = np.abs(np.array(lengths) / np.maximum(wanted, 1e-9) - 1)[wanted > 0].max()
    ms = 1e3 * np.array(taken)
    return [
        name,
        " x ".join(map(str, free.shape)),
        str(len(problems)),
        f"{wanted.max():.0f}",
        f"{100 * right.mean():.1f} %",
        f"{off:.0e}",
        f"{np.median(ms):.3f}",
        f"{ms.mean():.2f}",
        f"{ms.max():.1f}",
    ]


def compared(times: Times) -> list[list[str]]:
    """Return a row for each library: how many times as long as ours it took."""
    rows = []
    for name, taken in times.others.items():
        numbers = sorted(taken)
        ours = np.array([times.ours[k] for k in numbers])
        theirs, built = np.array([taken[k] for k in numbers]), np.array([times.built[name][k] for k in numbers])
        ratio = theirs / ours
        rows.append(
            [
                name,
                str(len(numbers)),
                f"{1e3 * np.median(theirs):.2f}",
                f"{1e3 * np.median(ours):.3f}",
                f"{np.median(ratio):.0f}",
                f"{ratio.min():.1f}",
                f"{theirs.sum() / ours.sum():.0f}",
                f"{(ratio < 1).sum()}",
                f"{1e3 * np.median(built):.0f}",
                f"{np.median((theirs + built) / ours):.0f}",
            ]
        )
    return rows


SOLVED = ["map", "cells", "problems", "longest", "optimal", "largest error", "median ms", "mean ms", "longest ms"]
COMPARED = [
    "library", "problems", "its median ms", "our median ms", "times ours: median", "least", "of all together",
    "problems faster than ours", "graph: ms", "with building: median",
]  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--networkx-problems", type=int, default=40)
    parser.add_argument("--voxels", type=int, default=200_000)
    parser.add_argument("--networkx-voxels", type=int, default=30_000)
    parser.add_argument("--sets", choices=("2d", "3d", "both"), default="both")
    given = parser.parse_args()
    warm_up()
    if given.sets != "3d":
        show_floors(given)
    if given.sets != "2d":
        show_spaces(given)
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB were used, all together")


def show_floors(given: argparse.Namespace) -> None:
    """Print the tables of 2D."""
    rows, times = floors(given.problems, given.networkx_problems)
    show("MovingAI, 2D", SOLVED, rows)
    show("Other libraries on the same grids, graphs built ahead", COMPARED, compared(times))


def show_spaces(given: argparse.Namespace) -> None:
    """Print the tables of 3D."""
    rows, times = spaces(given.problems, given.voxels, given.networkx_voxels)
    show("Warframe, 3D", SOLVED, rows)
    show("Other libraries on the same cut-outs, graphs built ahead", COMPARED, compared(times))


if __name__ == "__main__":
    main()

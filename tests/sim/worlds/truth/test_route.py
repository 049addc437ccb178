"""Ways over a floor grid: they get there, keep clear, and are about as short as can be."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pybullet")

from sim.worlds import FloorGrid, RouteFinder, clearance_m


def grid_of(rows):
    free = np.array([[cell == "." for cell in row] for row in rows])
    return FloorGrid((0.0, 0.0), 0.1, free, np.where(free, 0, -1).astype(np.int16), ("room",))


def finder_of(grid, radius_m=0.05, prefer_m=0.06):
    return RouteFinder(grid, clearance_m(grid), radius_m=radius_m, prefer_m=prefer_m)


def length_m(path):
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


OPEN = grid_of(["." * 40] * 30)
WALLED = grid_of(["." * 40] * 10 + ["#" * 30 + "." * 10] + ["." * 40] * 19)
SPLIT = grid_of(["." * 40] * 10 + ["#" * 40] + ["." * 40] * 19)


def test_open_floor_is_crossed_straight():
    start, goal = np.array([0.55, 0.55]), np.array([3.05, 2.25])
    path = finder_of(OPEN).route(start, goal)
    assert path is not None
    assert (path[0] == start).all()
    assert (path[-1] == goal).all()
    assert length_m(path) < 1.03 * np.hypot(*(goal - start))


def test_a_wall_is_gone_round_with_room_to_spare():
    finder = finder_of(WALLED, radius_m=0.2, prefer_m=0.3)
    path = finder.route(np.array([0.55, 0.35]), np.array([0.55, 2.55]))
    assert path is not None
    assert path[:, 0].max() > 3.1
    dense = np.concatenate([a + np.linspace(0, 1, 50)[:, None] * (b - a) for a, b in itertools.pairwise(path[1:-1])])
    row, col = np.floor(dense / 0.1).astype(int).T[::-1]
    assert clearance_m(WALLED)[row, col].min() >= 0.2 - 1e-6


def test_no_way_is_none():
    finder = finder_of(SPLIT)
    assert finder.route(np.array([0.55, 0.35]), np.array([0.55, 2.55])) is None
    assert finder.length_m(np.array([0.55, 0.35]), np.array([0.55, 2.55])) == np.inf
    assert np.isinf(finder.lengths_from(np.array([0.55, 0.35]))[20, 5])


def test_a_start_in_a_wall_leaves_it_by_the_nearest_floor():
    path = finder_of(WALLED).route(np.array([0.55, 1.09]), np.array([0.55, 2.55]))
    assert path is not None
    assert length_m(path) < 2.0


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_both_ways_cost_the_same(seed):
    rng = np.random.default_rng(seed)
    free = rng.random((25, 30)) > 0.2
    grid = FloorGrid((0.0, 0.0), 0.1, free, np.zeros(free.shape, np.int16), ("room",))
    finder = finder_of(grid)
    a, b = (np.array([x, y]) for x, y in rng.uniform(0.1, 2.4, (2, 2)))
    cell = tuple((np.floor(p / 0.1).astype(int)[::-1]) for p in (a, b))
    if not all(finder.open[tuple(c)] for c in cell):
        return
    there, back = finder.lengths_from(a)[tuple(cell[1])], finder.lengths_from(b)[tuple(cell[0])]
    assert there == pytest.approx(back)
    assert (finder.route(a, b) is None) == np.isinf(there)

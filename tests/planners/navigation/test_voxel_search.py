"""Shortest ways through voxels: lengths that others published, the same as NetworkX finds, octree views, bad input."""

import math
from itertools import product

import networkx as nx
import numpy as np
import pytest
from floors import drawn_map, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from known_ways import SPACES, needs_spaces, read_space, space_problems, spread

import spatialmem as sm
from planners.navigation.voxel_search import free_voxels, voxel_path

STEPS = [step for step in product((-1, 0, 1), repeat=3) if any(step)]
SHAPES = hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=14)


def box_of(cell, step):
    """All voxels of the box that a step spans."""
    return list(product(*({c, c + d} for c, d in zip(cell, step, strict=True))))


def graph_of(free):
    """The same grid as NetworkX has it, by the plain rules."""
    graph = nx.Graph()
    graph.add_nodes_from(map(tuple, np.argwhere(free).tolist()))
    for cell in list(graph.nodes):
        for step in STEPS:
            if all(graph.has_node(other) for other in box_of(cell, step)):
                there = tuple(c + d for c, d in zip(cell, step, strict=True))
                graph.add_edge(cell, there, weight=math.hypot(*step))
    return graph


def length_along(free, cells):
    """How long a way is by the plain rules; it must be one."""
    total = 0.0
    for cell, after in zip(cells.tolist(), cells[1:].tolist(), strict=False):
        step = tuple(b - a for a, b in zip(cell, after, strict=True))
        assert step in STEPS
        assert all(free[other] for other in box_of(cell, step))
        total += math.hypot(*step)
    return total


def scattered(draw, shape):
    """Draw a few voxels of a grid, free or not."""
    cell = st.tuples(*(st.integers(0, size - 1) for size in shape))
    return np.array(draw(st.lists(cell, min_size=1, max_size=3)), np.int64)


@needs_spaces
@pytest.mark.parametrize(("name", "count"), [("Simple", 30), ("A1", 12)])
def test_published_lengths(name, count):
    free = read_space(SPACES / f"{name}.3dmap")
    for problem in spread(space_problems(SPACES / f"{name}.3dmap.3dscen"), count):
        path = voxel_path(free, problem.start, problem.goal)
        assert path is not None
        assert path.length_cells == pytest.approx(problem.length, rel=1e-9, abs=1e-8)
        assert length_along(free, path.cells) == pytest.approx(path.length_cells, rel=1e-12)
        assert (path.cells[[0, -1]] == (problem.start, problem.goal)).all()


@given(st.data())
@settings(max_examples=80)
def test_as_networkx_finds(data):
    shape = data.draw(SHAPES)
    share = data.draw(st.sampled_from([0.5, 0.8, 0.95]))
    free = np.random.default_rng(data.draw(st.integers(0, 10**6))).random(shape) < share
    starts, goals = scattered(data.draw, shape), scattered(data.draw, shape)
    path = voxel_path(free, starts, goals)
    here, there = ([tuple(c) for c in cells.tolist() if free[tuple(c)]] for cells in (starts, goals))
    wanted = nx.multi_source_dijkstra_path_length(graph_of(free), set(here)) if here else {}
    best = min((wanted[cell] for cell in there if cell in wanted), default=None)
    if best is None:
        assert path is None
        return
    assert path is not None
    assert path.length_cells == pytest.approx(best, rel=1e-9)
    assert length_along(free, path.cells) == pytest.approx(best, rel=1e-9)
    assert tuple(path.cells[0].tolist()) in here
    assert tuple(path.cells[-1].tolist()) in there


def test_no_corner_is_cut():
    free = np.ones((2, 2, 2), bool)
    free[0, 1, 1] = False
    path = voxel_path(free, (0, 0, 0), (1, 1, 1))
    assert path is not None
    assert path.length_cells == pytest.approx(1 + math.sqrt(2))


@pytest.mark.parametrize(("start", "goal"), [((0, 0, 0), (3, 0, 0)), ((2, 0, 0), (3, 0, 0)), ((3, 0, 0), (2, 0, 0))])
def test_no_way(start, goal):
    assert voxel_path(np.array([True, True, False, True]).reshape(4, 1, 1), start, goal) is None


def test_a_way_that_is_there_already():
    path = voxel_path(np.ones((1, 1, 1), bool), (0, 0, 0), (0, 0, 0))
    assert path is not None
    assert path.cells.tolist() == [[0, 0, 0]]
    assert path.length_cells == 0


def test_the_same_way_every_time():
    free = np.random.default_rng(3).random((30, 40, 50)) < 0.9
    free[0, 0, 0] = free[-1, -1, -1] = True
    first, second = (voxel_path(a, (0, 0, 0), (29, 39, 49)) for a in (free, np.asfortranarray(free)))
    assert first is not None
    assert second is not None
    assert first.cells.tobytes() == second.cells.tobytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"free": np.ones((4, 4, 4))}, "booleans"),
        ({"free": np.ones((4, 4), bool)}, "booleans"),
        ({"free": np.ones((4, 0, 4), bool)}, "1 to"),
        ({"start": (2, 0, 0)}, "start is beside the grid of 2 x 3 x 4 voxels"),
        ({"goal": (0, -1, 0)}, "goal is beside"),
        ({"goal": (0.5, 1.0, 1.0)}, "whole numbers"),
        ({"goal": (0, 1)}, "voxel"),
        ({"goal": np.zeros((0, 3), int)}, "voxel"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_input(change, says):
    asked = {"free": np.ones((2, 3, 4), bool), "start": (0, 0, 0), "goal": (1, 2, 3), **change}
    with pytest.raises(sm.InputError, match=says):
        voxel_path(**asked)


@pytest.fixture(scope="module")
def octree():
    """A wall of 1.6 m across a hall, with a table before it; nothing is known beside it."""
    plan = plan_of("""
        ............
        ............
        ............
        ...#........
        ...#.....tt.
        ...#.....tt.
        ...#........
    """)
    return drawn_map(plan.repeat(8, axis=0).repeat(8, axis=1), corner=(0, 0))


class TestOctree:
    """Grids that are made of a map of 5 cm: 4.8 x 2.8 m of floor, free up to 1.6 m."""

    def test_the_way_goes_round_the_wall(self, octree):
        grid = free_voxels(octree, ((0.1, 0.1, 0.1), (4.7, 2.7, 1.5)))
        start, goal = grid.cells_of(np.array([[0.6, 0.3, 0.5], [2.4, 0.3, 0.5]]))
        path = voxel_path(grid.free, start, goal)
        assert path is not None
        points_W = grid.points_W(path.cells)
        np.testing.assert_array_equal(grid.cells_of(points_W), path.cells)
        states = octree.state(points_W)
        assert (states == sm.State.FREE).all()
        assert points_W[:, 1].max() > 1.6  # the wall ends there
        assert path.length_cells * grid.voxel_size_m > 2 * math.hypot(0.9, 1.3) - 0.1

    def test_nothing_nearer_than_the_radius(self, octree):
        bounds = ((0.5, 0.5, 0.3), (4.0, 2.5, 1.2))
        wide, plain = free_voxels(octree, bounds, radius_m=0.2), free_voxels(octree, bounds)
        assert wide.free.shape == plain.free.shape
        np.testing.assert_allclose(wide.origin_W, plain.origin_W)
        field = octree.clearance(((0.0, 0.0, 0.0), (4.6, 2.8, 1.6)), unknown_is=sm.State.OCCUPIED)
        middles_W = wide.points_W(np.argwhere(np.ones(wide.free.shape, bool)))
        at_m = field.clearance_m(middles_W).reshape(wide.free.shape)
        np.testing.assert_array_equal(wide.free, at_m >= 0.2 - 1e-6)
        assert wide.free.sum() < plain.free.sum()

    def test_the_unknown_is_what_is_said(self, octree):
        bounds = ((0.1, 0.1, 2.0), (1.0, 1.0, 2.5))
        assert not free_voxels(octree, bounds).free.any()
        assert free_voxels(octree, bounds, unknown_is=sm.State.FREE).free.all()

    def test_coarser(self, octree):
        grid = free_voxels(octree, ((0.1, 0.1, 0.1), (4.7, 2.7, 1.5)), level=1)
        assert grid.voxel_size_m == pytest.approx(0.1)
        assert voxel_path(grid.free, *grid.cells_of(np.array([[0.6, 0.3, 0.5], [2.4, 0.3, 0.5]]))) is not None

    @pytest.mark.parametrize("radius_m", [-0.1, math.nan, math.inf])
    def test_a_radius_that_is_none(self, octree, radius_m):
        with pytest.raises(sm.InputError, match="radius_m is"):
            free_voxels(octree, ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), radius_m=radius_m)

"""Shortest ways over grids: lengths that others published, the same as NetworkX finds, straight lines, bad input."""

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from known_ways import FLOORS, floor_problems, needs_floors, read_floor, spread
from two_rooms import DOORWAY_M, two_rooms

import spatialmem as sm
from planners.navigation.grid_search import floor_grid, grid_path, straightened

GRIDS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40), elements=st.booleans())
STEPS = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]


def drawn(text):
    """Return which signs of a drawing are dots, indexed [y, x] with the first line at y = 0."""
    return np.array([[sign == "." for sign in line.strip()] for line in text.split()])


def graph_of(free, cost):
    """The same grid as NetworkX has it, by the plain rules."""
    graph, (height, width) = nx.Graph(), free.shape
    graph.add_nodes_from((x, y) for y in range(height) for x in range(width) if free[y, x])
    for x, y in list(graph.nodes):
        for dx, dy in STEPS:
            box = [(x + dx, y), (x, y + dy), (x + dx, y + dy)]
            if all(graph.has_node(cell) for cell in box):
                mean = (float(cost[y, x]) + float(cost[y + dy, x + dx])) / 2
                graph.add_edge((x, y), (x + dx, y + dy), weight=math.hypot(dx, dy) * mean)
    return graph


def cost_along(free, cost, cells):
    """What a way costs by the plain rules; it must be one."""
    assert free[cells[:, 1], cells[:, 0]].all()
    steps, total = np.diff(cells, axis=0), 0.0
    assert (np.abs(steps).max(axis=1, initial=0) == 1).all()
    for (x, y), (dx, dy) in zip(cells, steps, strict=False):
        assert free[y + dy, x]
        assert free[y, x + dx]
        total += math.hypot(dx, dy) * (float(cost[y, x]) + float(cost[y + dy, x + dx])) / 2
    return total


def scattered(draw, free):
    """Draw a few cells of a grid, free or not."""
    cell = st.tuples(st.integers(0, free.shape[1] - 1), st.integers(0, free.shape[0] - 1))
    return np.array(draw(st.lists(cell, min_size=1, max_size=3)), np.int64)


@needs_floors
@pytest.mark.parametrize("name", ["arena", "arena2", "8room_000", "maze512-8-0"])
def test_published_lengths(name):
    free = read_floor(FLOORS / f"{name}.map")
    for problem in spread(floor_problems(FLOORS / f"{name}.map.scen"), 12):
        path = grid_path(free, problem.start, problem.goal)
        assert path is not None
        assert path.length_cells == pytest.approx(problem.length, rel=1e-5, abs=1e-5)
        assert cost_along(free, np.ones(free.shape), path.cells) == pytest.approx(path.length_cells, rel=1e-12)
        assert (path.cells[[0, -1]] == (problem.start, problem.goal)).all()


@given(st.data())
@settings(max_examples=150)
def test_as_networkx_finds(data):
    sparse = data.draw(st.booleans())
    free = data.draw(GRIDS)
    if sparse:  # open floor, where many ways are as short
        free = free | (np.indices(free.shape).sum(axis=0) % 5 > 0)
    starts, goals = scattered(data.draw, free), scattered(data.draw, free)
    costly = data.draw(st.booleans())
    seed = data.draw(st.integers(0, 99))
    costs = np.ones(free.shape, np.float32)
    if costly:
        costs = np.random.default_rng(seed).uniform(1, 4, free.shape).astype(np.float32)
    path = grid_path(free, starts, goals, cost=costs if costly else None)
    graph = graph_of(free, costs)
    here, there = ([tuple(c) for c in cells.tolist() if free[c[1], c[0]]] for cells in (starts, goals))
    wanted = nx.multi_source_dijkstra_path_length(graph, set(here)) if here else {}
    best = min((wanted[cell] for cell in there if cell in wanted), default=None)
    if best is None:
        assert path is None
        return
    assert path is not None
    assert path.cost == pytest.approx(best, rel=1e-7)
    assert cost_along(free, costs, path.cells) == pytest.approx(best, rel=1e-7)
    assert tuple(path.cells[0].tolist()) in here
    assert tuple(path.cells[-1].tolist()) in there


@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(1, 3))
@settings(max_examples=60)
def test_jumps_leave_nothing_out(seed, boxes, ends):
    """With a cost of one everywhere the search goes cell by cell, and comes to the same."""
    rng = np.random.default_rng(seed)
    free = np.ones((90, 150), bool)
    for x, y, w, h in rng.integers((0, 0, 1, 1), (150, 90, 30, 12), (boxes, 4)):
        free[y : y + h, x : x + w] = rng.random() < 0.1
    starts, goals = (rng.integers((150, 90), size=(ends, 2)) for _ in range(2))
    path, other = grid_path(free, starts, goals), grid_path(free, starts, goals, cost=np.ones(free.shape, np.float32))
    assert (path is None) == (other is None)
    if path is not None and other is not None:
        assert path.length_cells == pytest.approx(other.length_cells, rel=1e-9)
        assert cost_along(free, np.ones(free.shape), path.cells) == pytest.approx(path.length_cells, rel=1e-9)


def test_no_corner_is_cut():
    free = drawn("""
        ..#.
        .#..
        ....
    """)
    path = grid_path(free, (1, 0), (2, 1))
    assert path is not None
    assert path.length_cells == 6  # all the way round by straight steps
    assert path.cells.tolist() == [[1, 0], [0, 0], [0, 1], [0, 2], [1, 2], [2, 2], [2, 1]]


def test_dearer_cells_are_left_aside():
    cost = np.ones((3, 9), np.float32)
    cost[0, 3:6] = 5
    plain = grid_path(np.ones((3, 9), bool), (0, 0), (8, 0), cost=np.ones((3, 9), np.float32))
    path = grid_path(np.ones((3, 9), bool), (0, 0), (8, 0), cost=cost)
    assert plain is not None
    assert path is not None
    assert plain.cost == plain.length_cells == 8
    assert path.length_cells == pytest.approx(6 + 2 * math.sqrt(2), rel=1e-12)
    assert path.cost == pytest.approx(path.length_cells, rel=1e-8)
    assert (cost[path.cells[:, 1], path.cells[:, 0]] == 1).all()


@pytest.mark.parametrize(("start", "goal"), [((0, 0), (3, 0)), ((3, 0), (0, 0)), ((2, 0), (3, 0))])
def test_no_way(start, goal):
    assert grid_path(np.array([[True, True, False, True]]), start, goal) is None


def test_a_way_that_is_there_already():
    path = grid_path(np.array([[True]]), (0, 0), (0, 0))
    assert path is not None
    assert path.cells.tolist() == [[0, 0]]
    assert path.length_cells == path.cost == 0


def test_the_same_way_every_time():
    free = np.random.default_rng(3).random((60, 80)) < 0.8
    free[0, 0] = free[-1, -1] = True
    first, second = (grid_path(a, (0, 0), (79, 59)) for a in (free, np.asfortranarray(free)))
    assert first is not None
    assert second is not None
    assert first.cells.tobytes() == second.cells.tobytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"free": np.ones((4, 4))}, "booleans"),
        ({"free": np.ones(4, bool)}, "booleans"),
        ({"free": np.ones((0, 4), bool)}, "1 to"),
        ({"start": (4, 0)}, "start is beside the grid of 4 x 3 cells"),
        ({"goal": (0, -1)}, "goal is beside"),
        ({"goal": (0.5, 1.0)}, "whole numbers"),
        ({"goal": (0, 1, 2)}, "cell"),
        ({"goal": np.zeros((0, 2), int)}, "cell"),
        ({"cost": np.ones((4, 3), np.float32)}, r"\(3, 4\), is needed"),
        ({"cost": np.full((3, 4), 0.5, np.float32)}, "from 1 to 1000"),
        ({"cost": np.full((3, 4), np.nan, np.float32)}, "from 1 to 1000"),
        ({"cost": np.full((3, 4), np.inf, np.float32)}, "from 1 to 1000"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_input(change, says):
    asked = {"free": np.ones((3, 4), bool), "start": (0, 0), "goal": (3, 2), "cost": None, **change}
    with pytest.raises(sm.InputError, match=says):
        grid_path(asked["free"], asked["start"], asked["goal"], cost=asked["cost"])


def test_a_blocked_cell_may_cost_anything():
    free, cost = np.array([[True, True], [True, False]]), np.array([[1, 1], [1, np.nan]], np.float32)
    path = grid_path(free, (0, 0), (1, 0), cost=cost)
    assert path is not None
    assert path.cost == 1


def passed(a, b):
    """The cells that the straight line between two middles passes, and those that it only touches; in whole numbers."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    inside, touched = [], []
    for x in range(low[0], high[0] + 1):
        for y in range(low[1], high[1] + 1):
            sides = [
                (b[0] - a[0]) * (2 * y + j - 2 * a[1]) - (b[1] - a[1]) * (2 * x + i - 2 * a[0])
                for i in (-1, 1)
                for j in (-1, 1)
            ]
            if min(sides) < 0 < max(sides) or (x, y) in (tuple(a), tuple(b)):
                inside.append((x, y))
            elif min(sides) <= 0 <= max(sides) and (a != b).all():
                touched.append((x, y))
    return np.array(inside), np.array(touched, int).reshape(-1, 2)


@given(hnp.arrays(np.bool_, (12, 16), elements=st.booleans()), st.integers(0, 3), st.integers(0, 2))
@settings(max_examples=60)
def test_straight_lines_keep_their_room(mask, prefer, least):
    from scipy.ndimage import distance_transform_edt

    free = mask | (np.indices(mask.shape).sum(axis=0) % 4 > 0)
    free[0, 0] = free[-1, -1] = True
    clearance = np.asarray(distance_transform_edt(np.pad(free, 1)))[1:-1, 1:-1].astype(np.float32)
    path = grid_path(free, (0, 0), (15, 11))
    if path is None:
        return
    corners = straightened(path.cells, clearance, prefer_m=float(prefer), least_m=float(least))
    at = [int(np.flatnonzero((path.cells == corner).all(axis=1))[0]) for corner in corners]
    assert (at[0], at[-1]) == (0, len(path.cells) - 1)
    assert at == sorted(set(at))
    assert np.hypot(*np.diff(corners, axis=0).T).sum() <= path.length_cells + 1e-9
    for i, j in pairwise(at):
        if j == i + 1:
            continue
        x, y = path.cells[i : j + 1].T
        inside, touched = (clearance[c[:, 1], c[:, 0]] for c in passed(path.cells[i], path.cells[j]))
        assert min(inside.min(), touched.min(initial=np.inf)) > 0
        assert touched.min(initial=np.inf) >= least
        assert inside.min() >= max(min(clearance[y, x].min(), prefer), least)


def test_a_straight_line_in_the_open():
    path = grid_path(np.ones((40, 90), bool), (3, 4), (80, 33))
    assert path is not None
    assert straightened(path.cells, np.ones((40, 90), np.float32), prefer_m=0.5).tolist() == [[3, 4], [80, 33]]


def test_a_corner_is_passed_with_room_where_there_is_room():
    free = np.ones((60, 60), bool)
    free[20:, 28:32] = False
    from scipy.ndimage import distance_transform_edt

    clearance = np.asarray(distance_transform_edt(free)).astype(np.float32)
    cost = 1 + np.clip(8 - clearance, 0, None).astype(np.float32)
    path = grid_path(free, (10, 50), (50, 50), cost=cost)
    assert path is not None
    corners = straightened(path.cells, clearance, prefer_m=8.0)
    inner = np.concatenate([passed(a, b)[0] for a, b in pairwise(corners)])
    assert clearance[inner[:, 1], inner[:, 0]].min() >= 7
    assert len(corners) <= 8


def test_long_ways_are_straightened_by_pieces():
    cells = np.column_stack([np.arange(6000), np.zeros(6000, int)])
    corners = straightened(cells, np.ones((2, 6000), np.float32), prefer_m=0.5)
    assert corners.tolist() == [[0, 0], [5999, 0]]


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(("cells", "prefer_m"), [([[0, 9]], 1.0), ([[0, 0]], -1.0), ([[0, 0]], math.nan), ([], 1.0)])
def test_bad_ways(cells, prefer_m):
    with pytest.raises(sm.InputError, match=r"is needed|beside"):
        straightened(np.array(cells, int).reshape(-1, 2), np.ones((3, 3), np.float32), prefer_m=prefer_m)


@pytest.fixture(scope="module")
def floor(tmp_path_factory):
    path = tmp_path_factory.mktemp("rooms") / "rooms.smem"
    two_rooms(path)
    with sm.SpatialMemory.open(path, read_only=True) as memory:
        return memory.view().floor()


class TestSeenFloor:
    """The floor of two rooms that a memory was shown."""

    def test_the_way_goes_through_the_doorway(self, floor):
        ends_W = np.array([[2.0, 2.0], [5.4, 2.9]])
        start, goal = floor.cells_of(ends_W)
        path = grid_path(floor_grid(floor, 0.3), start, goal)
        assert path is not None
        points_W = floor.points_W(path.cells)
        doorway = points_W[np.argmin(np.abs(points_W[:, 0] - 4.0))]
        assert DOORWAY_M[0] + 0.25 < doorway[1] < DOORWAY_M[1] - 0.25
        corners_W = floor.points_W(straightened(path.cells, floor.clearance_m, prefer_m=0.3, least_m=0.3))
        straight_m = np.hypot(*np.diff(corners_W[:, :2], axis=0).T).sum()
        assert np.hypot(*(ends_W[1] - ends_W[0])) - floor.cell_m <= straight_m <= path.length_cells * floor.cell_m
        assert len(corners_W) < len(path.cells) / 4

    def test_cells_where_a_disc_can_stand(self, floor):
        free = floor_grid(floor, 0.3)
        assert free.any()
        assert (floor.clearance_m[free] >= 0.3).all()
        assert (floor.state[free] == sm.State.FREE).all()
        assert (floor_grid(floor, 0.0) == (floor.state == sm.State.FREE)).all()

    def test_too_wide_for_the_doorway(self, floor):
        start, goal = floor.cells_of(np.array([[2.0, 2.0], [5.4, 2.9]]))
        assert grid_path(floor_grid(floor, 0.55), start, goal) is None

    @pytest.mark.parametrize("radius_m", [-0.1, math.nan])
    def test_a_radius_that_is_none(self, floor, radius_m):
        with pytest.raises(sm.InputError, match="radius_m is"):
            floor_grid(floor, radius_m)

"""Ways over drawn floors: known answers, never too narrow, and as short as ways found otherwise."""

import itertools

import numpy as np
import pytest
from floors import drawn_map
from hypothesis import given, settings
from hypothesis import strategies as st
from taut import taut_length

from spatialmem import GraphConfig, RobotState
from spatialmem.graph import Graph, GraphView
from spatialmem.graph.routes import SECTION, Way, find_way, standable_near

CELL_M = 0.05
LONGER = 1.02
"""Ways may be so many times as long as the shortest: which way round something is decided between places, and where two
ways are alike, that may choose the longer one."""


def seen(plan: np.ndarray, radius_m: float = 0.2, **settings) -> GraphView:
    """The floor of a plan; the robot stood at the first cell of floor."""
    y, x = np.argwhere(plan == 1)[0] if (plan == 1).any() else (0, 0)
    X_WB = np.eye(4)
    X_WB[:2, 3] = (x + 0.5) * CELL_M, (y + 0.5) * CELL_M
    robot = RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)
    graph = Graph(GraphConfig(robot_radius_m=radius_m, **settings), CELL_M)
    octree = drawn_map(plan)
    graph.stand(robot, octree)
    graph.follow(octree)
    return graph.view()


def way(view: GraphView, start_m, goal_m, within_m: float = 0.3) -> Way | None:
    ends = [standable_near(view, np.asarray(p, np.float64), within_m) for p in (start_m, goal_m)]
    assert ends[0] is not None
    assert ends[1] is not None
    return find_way(view, ends[0], ends[1])


def length_m(found: Way) -> float:
    return float(np.hypot(*np.diff(found.points_W[:, :2], axis=0).T).sum())


def assert_clear(view: GraphView, found: Way, radius_m: float) -> None:
    """Assert that the robot has room at every point: as much as it needs, but for half a cell's diagonal."""
    steps = np.linspace(0, 1, 400)[:, None]
    points = np.concatenate([a + (b - a) * steps for a, b in itertools.pairwise(found.points_W)])
    floor = view.floor(0)
    y, x = np.nonzero(floor.state != 1)
    from scipy.spatial import KDTree

    bounded = KDTree(floor.points_W(np.stack([x, y], axis=1))[:, :2])
    assert bounded.query(points[:, :2])[0].min() >= radius_m - CELL_M * 0.71
    cells = floor.cells_of(points)
    assert (floor.clearance_m[cells[:, 1], cells[:, 0]] > 0).all()
    assert found.clearance_m >= radius_m - 1e-6


def hall(width: int, height: int) -> np.ndarray:
    plan = np.full((height, width), 2, np.uint8)
    plan[1:-1, 1:-1] = 1
    return plan


class TestKnownAnswers:
    """One sees what is right."""

    @pytest.mark.parametrize("goal", [(3.0, 1.0), (1.0, 3.0), (3.5, 3.2), (2.1, 3.7), (1.0, 1.0), (1.03, 1.0)])
    def test_in_an_empty_square_it_is_straight(self, goal):
        found = way(seen(hall(90, 90)), (1.0, 1.0), goal)
        assert found is not None
        assert len(found.points_W) <= 2
        assert length_m(found) == pytest.approx(np.hypot(goal[0] - 1, goal[1] - 1), abs=0.08)

    def test_through_the_gap_of_a_wall(self):
        plan = hall(100, 100)
        plan[48:52, 1:-1] = 2
        plan[48:52, 70:80] = 1  # 0.5 m wide, its middle at 3.75 m
        view = seen(plan)
        found = way(view, (1.0, 1.0), (1.0, 4.0))
        assert found is not None
        assert_clear(view, found, 0.2)
        through = found.points_W[np.abs(found.points_W[:, 1] - 2.5) < 0.4]
        assert len(through)
        assert (np.abs(through[:, 0] - 3.75) < 0.15).all()
        assert way(seen(plan, 0.3), (1.0, 1.0), (1.0, 4.0)) is None

    def test_round_a_u(self):
        plan = hall(120, 120)
        plan[20:100, 40:44] = plan[20:24, 40:90] = plan[96:100, 40:90] = 2  # open to the right
        view = seen(plan)
        found = way(view, (1.0, 3.0), (3.0, 3.0))
        assert found is not None
        assert_clear(view, found, 0.2)
        assert found.points_W[:, 0].max() > 4.5
        about = np.hypot(3.5, 2.3) + 1.0 + np.hypot(1.7, 1.9)  # to the lower end of the wall, and from there back
        assert length_m(found) == pytest.approx(about, rel=0.2)

    def test_no_corner_is_cut(self):
        plan = hall(90, 90)
        plan[40:, :50] = 2
        view = seen(plan)
        found = way(view, (1.0, 1.6), (3.2, 4.0))
        assert found is not None
        assert_clear(view, found, 0.2)
        assert len(found.points_W) > 2

    def test_two_floors_that_nothing_joins(self):
        plan = hall(100, 60)
        plan[:, 48:52] = 2
        assert way(seen(plan), (1.0, 1.0), (4.0, 1.0)) is None

    def test_nothing_that_one_can_stand_on_near(self):
        view = seen(hall(90, 90))
        assert standable_near(view, np.array([9.0, 9.0]), 1.0) is None
        beside = standable_near(view, np.array([1.0, 0.0]), 1.0)
        assert beside is not None
        assert beside.cell.tolist() == [20, 4] or beside.cell.tolist() == [19, 4]
        assert 0.1 <= beside.away_m <= 0.25

    def test_a_way_begins_on_the_near_side_of_a_wall(self):
        """The nearest floor to stand on is behind it."""
        plan = hall(120, 60)
        plan[:, 40:42] = 2
        plan[1:-1, 42:49] = 3  # where the start is: between the wall and a long table
        plan[1:-1, 42:44] = 1
        plan[1:4, 42:60] = 1
        view = seen(plan, 0.1, clearance_max_m=0.5)
        start = standable_near(view, np.array([2.15, 1.5]), 1.0)
        assert start is None or start.cell[0] >= 42


class TestWiderRobots:
    """A route may be asked for a wider robot than the graph's."""

    @pytest.mark.parametrize("radius_m", [0.2, 0.25, 0.3, 0.4])
    def test_a_wider_one_goes_round_where_it_has_room(self, radius_m):
        plan = hall(140, 100)
        plan[48:52, 1:-1] = 2
        plan[48:52, 20:30] = 1  # 0.5 m, the near one
        plan[48:52, 100:120] = 1  # 1 m
        view = seen(plan).for_robot(radius_m)
        found = way(view, (1.25, 1.0), (1.25, 4.0))
        assert found is not None
        assert_clear(view, found, radius_m)
        assert (found.points_W[:, 0].max() > 4.9) == (radius_m > 0.25)

    @settings(max_examples=20)
    @given(seed=st.integers(0, 2**32 - 1), radius_m=st.sampled_from([0.15, 0.2, 0.3]))
    def test_it_gets_wherever_there_is_room(self, seed, radius_m):
        rng = np.random.default_rng(seed)
        check(seen(cluttered(rng, 60), 0.1).for_robot(radius_m), rng, 2)

    @settings(max_examples=10)
    @given(seed=st.integers(0, 2**32 - 1), radius_m=st.sampled_from([0.15, 0.2, 0.3]))
    def test_its_places_are_those_of_a_graph_for_it(self, seed, radius_m):
        """With the ids of the places that they are parts of."""
        plan = cluttered(np.random.default_rng(seed), 120)
        here, wide = seen(plan, 0.1), seen(plan, 0.1).for_robot(radius_m)
        other = seen(plan, radius_m)  # drives over the first cells as the wider one that it is, too
        if other.floor(0).state.shape != wide.floor(0).state.shape:
            return
        if not np.array_equal(other.floor(0).clearance_m, wide.floor(0).clearance_m):
            return
        np.testing.assert_array_equal(wide.places.cells, other.places.cells)
        np.testing.assert_array_equal(wide.edges.ends, other.edges.ends)
        np.testing.assert_array_equal(wide.edges.length_m, other.edges.length_m)
        rows = [here.row_of[number] for number in wide.places.ids.tolist()]
        assert (np.abs(here.places.cells[rows] // 8 - wide.places.cells // 8) == 0).all()

    def test_one_as_wide_is_the_same(self):
        view = seen(hall(60, 60))
        assert view.for_robot(0.2) is view


def cluttered(rng: np.random.Generator, size: int) -> np.ndarray:
    """A hall with walls and boxes in it, some of them not seen."""
    plan = hall(size, size)
    for _ in range(rng.integers(2, 14)):
        (y, x), (h, w) = rng.integers(0, size, 2), rng.integers(1, 25, 2)
        thin = rng.random() < 0.5
        plan[y : y + (1 if thin else h), x : x + w] = rng.choice([2, 2, 2, 0, 3])
    return plan


def check(view: GraphView, rng: np.random.Generator, count: int) -> None:
    """Compare ways between random cells with the shortest that there are."""
    floor, radius_m = view.floor(0), view.config.robot_radius_m
    standable = floor.clearance_m >= np.float32(radius_m)
    cells = np.argwhere(standable)[:, ::-1]
    for _ in range(count if len(cells) else 0):
        start, goal = cells[rng.integers(0, len(cells), 2)]
        ends = floor.points_W(np.stack([start, goal]))
        found = way(view, ends[0], ends[1])
        least_m = CELL_M * taut_length(standable, tuple(start.tolist()), tuple(goal.tolist()))
        assert (found is None) == np.isinf(least_m)
        if found is not None:
            assert_clear(view, found, radius_m)
            assert length_m(found) <= LONGER * least_m + 1e-9
            np.testing.assert_allclose(found.points_W[[0, -1]], ends, atol=1e-9)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), radius_m=st.sampled_from([0.1, 0.2]))
def test_ways_are_as_short_as_can_be(seed, radius_m):
    rng = np.random.default_rng(seed)
    check(seen(cluttered(rng, 60), radius_m), rng, 2)


class TestLongWays:
    """Ways over more places than are looked at together."""

    def test_a_corridor(self):
        plan = hall(1600, 40)
        view = seen(plan)
        found = way(view, (0.5, 0.6), (79.3, 1.4))
        assert found is not None
        assert len(found.rows) > 4 * SECTION
        assert_clear(view, found, 0.2)
        assert length_m(found) <= 1.01 * np.hypot(78.8, 0.8)

    def test_across_a_hall(self):
        view = seen(hall(800, 800))
        found = way(view, (0.5, 0.6), (39.0, 21.0))
        assert found is not None
        assert length_m(found) <= 1.01 * np.hypot(38.5, 20.4)

    def test_a_spiral(self):
        """It is longer than the corridor's inner side, and shorter than its middle."""
        plan, middle = spiral(17, 20)
        view = seen(plan)
        found = way(view, middle[0] * CELL_M, middle[-1] * CELL_M)
        assert found is not None
        assert len(found.rows) > 4 * SECTION
        assert_clear(view, found, 0.2)
        along_m = CELL_M * float(np.hypot(*np.diff(middle, axis=0).T).sum())
        turns = len(middle) - 2
        assert along_m - 1.2 * turns < length_m(found) < along_m - 0.3 * turns

    def test_part_by_part_it_is_hardly_longer(self, monkeypatch):
        view = seen(hall(800, 300))
        whole = way(view, (0.5, 0.6), (39.0, 11.0))
        monkeypatch.setattr("spatialmem.graph.routes.SMOOTHED_CELLS", 1 << 14)
        parts = way(view, (0.5, 0.6), (39.0, 11.0))
        assert whole is not None
        assert parts is not None
        assert length_m(whole) <= length_m(parts) <= 1.05 * length_m(whole)


def spiral(count: int, scale: int) -> tuple[np.ndarray, np.ndarray]:
    """A corridor that winds inwards, as wide as its walls, and the corners of its middle line [cells]."""
    small, corners, length = np.full((count, count), 2, np.uint8), [np.array([1, 1])], count - 3
    while length > 0:
        ahead = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)][(len(corners) - 1) % 4])
        corners.append(corners[-1] + ahead * length)
        length -= 2 if len(corners) >= 4 and len(corners) % 2 == 0 else 0
    for a, b in itertools.pairwise(corners):
        (x0, y0), (x1, y1) = np.minimum(a, b), np.maximum(a, b)
        small[y0 : y1 + 1, x0 : x1 + 1] = 1
    return small.repeat(scale, axis=0).repeat(scale, axis=1), (np.array(corners) + 0.5) * scale

"""The floor cell by cell: that of the graph, where it was asked for, in the numbers of W; what is refused."""

import numpy as np
import pytest
from asked_floor import asked_floor
from floors import FLOOR, UNSEEN, WALL, drawn_map, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st
from seen_floors import UPPER_M, SeenFloor
from walked_flat import KITCHEN, Flat

import spatialmem as sm
from spatialmem.graph import Graph
from spatialmem.octree import Octree
from spatialmem.queries.asked import Asked
from spatialmem.queries.floor import CELLS_MAX, floor

PLAN = plan_of(
    """
    ########
    #......#
    #..##..#
    #......#
    #...   #
    ########
    """,
    8,
)
CORNER = (-40, 24)
"""The cell (x, y) of the plan's first one, so that x is below 0, and no tile begins there."""
LOW_M = np.array(CORNER) * 0.05
WANTED = {UNSEEN: sm.State.UNKNOWN, FLOOR: sm.State.FREE, WALL: sm.State.OCCUPIED}


def at(x_m: float, y_m: float, z_m: float = 0.0) -> sm.RobotState:
    X_WB = np.eye(4)
    X_WB[:3, 3] = x_m, y_m, z_m
    return sm.RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)


@pytest.fixture(scope="module")
def asked():
    octree = drawn_map(PLAN, corner=CORNER)
    robot = at(LOW_M[0] + 1.0, LOW_M[1] + 1.0)
    return asked_floor(Graph.of(sm.GraphConfig(gap_m=0.0), octree, robot).view(), octree, robot)


@pytest.fixture(scope="module")
def nothing():
    octree = Octree(sm.OctreeConfig(budget_mib=16))
    return asked_floor(Graph(sm.GraphConfig(), 0.05).view(), octree)


def bounds_of(low: tuple[int, int], high: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The corners of cells (x, y) of the plan, `high` not included [m]."""
    return LOW_M + np.array(low) * 0.05, LOW_M + np.array(high) * 0.05


class TestCells:
    """Which cells are told, and what of each."""

    def test_what_was_drawn_is_told(self, asked):
        height, width = PLAN.shape
        found = floor(asked, bounds_of((0, 0), (width, height)), None)
        assert found.first_cell == CORNER
        assert found.cell_m == pytest.approx(0.05)
        assert found.height_m == pytest.approx(0.0, abs=0.05)
        assert found.level == 0
        np.testing.assert_allclose(found.origin_m, LOW_M)
        driven = np.hypot(*(found.points_W(_cells(PLAN.shape))[:, :2] - LOW_M - 1.0).T).reshape(PLAN.shape) < 0.4
        for sign, state in WANTED.items():
            drawn = PLAN == sign  # noqa: SIM300 - a sign is no constant
            mine = drawn & ~driven
            assert mine.sum() > 100
            assert (found.state[mine] == state).all(), sm.State(state).name
        np.testing.assert_array_equal(found.wall, PLAN == WALL)
        np.testing.assert_array_equal(found.known, PLAN != UNSEEN)

    def test_the_clearance_is_to_the_nearest_cell_that_is_not_free(self, asked):
        from scipy.ndimage import distance_transform_edt

        found = floor(asked, None, None)
        away = np.minimum(distance_transform_edt(found.state == sm.State.FREE) * 0.05, 1.0)  # pyright: ignore[reportOperatorIssue]
        np.testing.assert_allclose(found.clearance_m, away, atol=1e-6)

    def test_without_bounds_it_is_all_that_is_known(self, asked):
        every = floor(asked, None, None)
        (x, y), (height, width) = every.first_cell, every.state.shape
        assert x <= CORNER[0]
        assert y <= CORNER[1]
        assert x + width >= CORNER[0] + PLAN.shape[1]
        assert y + height >= CORNER[1] + PLAN.shape[0]
        assert every.known.sum() == (PLAN != UNSEEN).sum()

    @given(
        low=st.tuples(st.integers(-90, 90), st.integers(-90, 90)),
        size=st.tuples(st.integers(1, 130), st.integers(1, 130)),
    )
    @settings(max_examples=30)
    def test_a_rectangle_is_a_part_of_all_and_what_lies_beside_is_unknown(self, asked, low, size):
        every = floor(asked, None, None)
        part = floor(asked, bounds_of(low, (low[0] + size[0], low[1] + size[1])), None)
        assert part.state.shape == (size[1], size[0])
        assert part.first_cell == (CORNER[0] + low[0], CORNER[1] + low[1])
        cells = _cells(part.state.shape)
        inside = every.cells_of(part.points_W(cells))
        height, width = every.state.shape
        there = (inside >= 0).all(axis=1) & (inside < [width, height]).all(axis=1)
        for name, beside in (("state", sm.State.UNKNOWN), ("clearance_m", 0), ("wall", False), ("known", False)):
            wanted = np.full(len(cells), beside, getattr(every, name).dtype)
            wanted[there] = getattr(every, name)[inside[there, 1], inside[there, 0]]
            np.testing.assert_array_equal(getattr(part, name).ravel(), wanted, err_msg=name)

    def test_bounds_within_a_cell_are_that_cell_and_bounds_between_cells_take_both_in(self, asked):
        one = floor(asked, (LOW_M + 0.26, LOW_M + 0.29), None)
        assert one.state.shape == (1, 1)
        assert one.first_cell == (CORNER[0] + 5, CORNER[1] + 5)
        assert floor(asked, (LOW_M + 0.29, LOW_M + 0.31), None).state.shape == (2, 2)

    def test_heights_of_the_corners_do_not_matter(self, asked):
        low, high = bounds_of((3, 4), (20, 30))
        flat = floor(asked, (low, high), None)
        tall = floor(asked, (np.append(low, -5.0), np.append(high, 50.0)), None)
        np.testing.assert_array_equal(flat.state, tall.state)
        assert flat.first_cell == tall.first_cell

    def test_points_and_cells_are_each_others(self, asked):
        found = floor(asked, bounds_of((3, 4), (20, 30)), None)
        cells = _cells(found.state.shape)
        points_W = found.points_W(cells)
        np.testing.assert_array_equal(found.cells_of(points_W), cells)
        np.testing.assert_array_equal(found.cells_of(points_W[:, :2] - 0.02), cells)
        np.testing.assert_allclose(points_W[:, 2], found.height_m)
        np.testing.assert_allclose(points_W[0, :2], found.origin_m + 0.025)

    def test_nothing_known_at_all(self, nothing):
        assert floor(nothing, None, None).state.shape == (0, 0)
        found = floor(nothing, ((0.0, 0.0), (1.0, 2.0)), 3.0)
        assert found.state.shape == (40, 20)
        assert (found.state == sm.State.UNKNOWN).all()
        assert not found.clearance_m.any()


def _cells(shape: tuple[int, ...]) -> np.ndarray:
    """All cells (x, y) of a rectangle, row by row."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.int64)


@pytest.fixture(scope="module")
def two_floors():
    made = SeenFloor(0.1)
    for floor_m in (0.0, UPPER_M):
        made.stand(0.0, 0.0, floor_m=floor_m)
        made.look_around(0.0, 0.0, floor_m=floor_m)
    return made


class TestWhichFloor:
    """Of several floors that which is meant."""

    def asked(self, world: SeenFloor, robot: sm.RobotState | None = None) -> Asked:
        return asked_floor(world.graph.view(), world.octree, robot)

    @pytest.mark.parametrize(
        ("z_m", "level"), [(0.0, 0), (2, 0), (2.9, 1), (np.float64(3.3), 1), (99.0, 1), (-9.0, 0), (np.int64(0), 0)]
    )
    def test_the_one_under_a_height(self, two_floors, z_m, level):
        found = floor(self.asked(two_floors), None, z_m)
        assert found.level == level
        assert found.height_m == pytest.approx(UPPER_M * level, abs=0.1)
        assert (found.state == sm.State.FREE).sum() > 500

    def test_without_one_that_of_the_robot_or_else_the_lowest(self, two_floors):
        assert floor(self.asked(two_floors), None, None).level == 0
        assert floor(self.asked(two_floors, at(0.0, 0.0, UPPER_M)), None, None).level == 1
        assert floor(self.asked(two_floors, at(0.0, 0.0, UPPER_M)), None, 0.0).level == 0


class TestRefused:
    """What cannot be asked."""

    @pytest.mark.parametrize(
        "bad",
        [
            ((0, 0), (0, 0)), ((1, 0), (0, 1)), (1.0, 2.0), "here", ((0, 0), (np.nan, 1)), ((0, 0), (np.inf, 1)),
            ((0, 0), (1, 1), (2, 2)), ((0,), (1,)), ((0, 0), (1e7, 1e7)), ((0, 0), (1, 1, 1)), {}, 3,
        ],
        ids=repr,
    )  # fmt: skip
    def test_what_are_no_bounds(self, asked, bad):
        with pytest.raises(sm.QueryError, match="bounds_m is"):
            floor(asked, bad, None)

    def test_more_cells_than_anybody_can_hold(self, asked):
        side_m = 1.01 * CELLS_MAX**0.5 * 0.05
        with pytest.raises(sm.QueryError, match=r"bounds_m span \d+ x \d+ cells"):
            floor(asked, ((0.0, 0.0), (side_m, side_m)), None)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -1e7, "up", True, (1.0,), np.zeros(1)], ids=repr)
    def test_what_is_no_height(self, asked, bad):
        with pytest.raises(sm.QueryError, match="z_m is"):
            floor(asked, None, bad)


def test_a_view_keeps_its_floor_and_a_memory_has_the_newest():
    config = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))
    made = Flat(sm.SpatialMemory(config), {})
    view = made.memory.view()
    made.walk(KITCHEN[:1])
    assert view.floor().state.size == 0
    bounds = ((0.0, 0.0), (4.0, 4.0))
    found = made.memory.floor(bounds)
    assert (found.state == sm.State.FREE).sum() > 1000
    np.testing.assert_array_equal(made.memory.view().floor(bounds, z_m=0.3).state, found.state)
    found.state[:] = sm.State.OCCUPIED
    assert (made.memory.floor(bounds).state == sm.State.FREE).sum() > 1000, "an answer is a copy"

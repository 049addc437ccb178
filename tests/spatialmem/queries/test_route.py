"""Ways from where one is to what is meant: what is answered, what is unknown and why, what is refused."""

import numpy as np
import pytest
from asked_floor import asked_floor
from floors import drawn_map, plan_of

import spatialmem as sm
from spatialmem.graph import Graph
from spatialmem.octree import Octree
from spatialmem.queries.route import places, reachable, route

FLAT = plan_of(
    """
    ##############
    #......#.....#
    #......#.....#
    #............#
    #............#
    #......#.....#
    #......#.....#
    #########.##.#
    #......#######
    #......#
    ########
    """,
    16,
)
"""Two rooms of 4.8 and 4 m with a gap of 1.6 m between them, and a third that nothing leads to."""
IN_ONE, IN_OTHER, SHUT_IN = np.array([2.0, 5.0]), np.array([8.0, 7.0]), np.array([3.0, 1.6])


def at(x_m: float, y_m: float) -> sm.RobotState:
    X_WB = np.eye(4)
    X_WB[:2, 3] = x_m, y_m
    return sm.RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)


@pytest.fixture(scope="module")
def asked():
    octree = drawn_map(FLAT)
    return asked_floor(Graph.of(sm.GraphConfig(), octree, at(2.0, 5.0)).view(), octree, at(2.0, 5.0))


@pytest.fixture(scope="module")
def unasked():
    octree = Octree(sm.OctreeConfig(budget_mib=16))
    return asked_floor(Graph(sm.GraphConfig(), 0.05).view(), octree)


class TestRoute:
    """A way, or why there is none."""

    @pytest.mark.parametrize("start", [IN_ONE, (2.0, 5.0), [2.0, 5.0, 0.0], np.array([2.0, 5.0, 1.2]), None])
    def test_from_a_point_or_from_where_the_robot_is(self, asked, start):
        found = route(asked, start, IN_OTHER, None)
        assert isinstance(found, sm.Route)
        np.testing.assert_allclose(found.waypoints_W[0], [2.0, 5.0, 0.0])
        np.testing.assert_allclose(found.waypoints_W[-1], [8.0, 7.0, 0.0])
        steps = np.diff(found.waypoints_W, axis=0)
        assert found.length_m == pytest.approx(np.hypot(steps[:, 0], steps[:, 1]).sum())
        assert np.hypot(6.0, 2.0) <= found.length_m <= 1.05 * np.hypot(6.0, 2.0)
        assert 0.3 - 1e-6 <= found.clearance_m <= 1.0
        assert found.unseen_m == 0
        assert not found.waypoints_W.flags.writeable

    def test_the_places_on_it_hang_together(self, asked):
        found = route(asked, IN_ONE, IN_OTHER, None)
        assert isinstance(found, sm.Route)
        edges = asked.graph.places.ids[asked.graph.edges.ends]
        pairs = {frozenset(pair) for pair in edges.tolist()}
        assert all(frozenset(pair) in pairs for pair in zip(found.place_ids, found.place_ids[1:], strict=False))
        known = {one.id: one for one in places(asked)}
        for number, end in ((found.place_ids[0], IN_ONE), (found.place_ids[-1], IN_OTHER)):
            assert np.hypot(*(known[number].p_W[:2] - end)) < 0.6
        assert found.room_ids[0] == known[found.place_ids[0]].room_id

    def test_to_where_one_is(self, asked):
        found = route(asked, IN_ONE, IN_ONE, None)
        assert isinstance(found, sm.Route)
        assert found.waypoints_W.shape == (2, 3)
        assert found.length_m == 0

    def test_to_and_from_places(self, asked):
        one, other = places(asked)[0], places(asked)[-1]
        found = route(asked, one, other, None)
        if other.room_id == one.room_id:
            assert isinstance(found, sm.Route)
        back = route(asked, other, one, None)
        assert type(back) is type(found)
        if isinstance(found, sm.Route) and isinstance(back, sm.Route):
            assert back.length_m == pytest.approx(found.length_m, rel=0.01)

    def test_a_goal_beside_floor_with_room_is_gone_to_as_near_as_one_can(self, asked):
        wall = np.array([6.0, 7.2])  # in the middle of 0.8 m
        found = route(asked, IN_ONE, np.array([0.95, 5.0]), None)
        assert isinstance(found, sm.Route)
        assert 0 < np.hypot(*(found.waypoints_W[-1, :2] - [0.95, 5.0])) <= 0.35
        refused = route(asked, IN_ONE, wall, None)
        assert isinstance(refused, sm.Unknown)
        assert "has room on" in refused.reason or "nearest" in refused.reason

    def test_what_nothing_leads_to_is_unknown(self, asked):
        found = route(asked, IN_ONE, SHUT_IN, None)
        assert isinstance(found, sm.Unknown)
        assert "no way" in found.reason
        assert found.look_next is not None

    @pytest.mark.parametrize("goal", [(40.0, 40.0), (-3.0, 5.0), (6.0, 7.2)])
    def test_where_there_is_no_floor(self, asked, goal):
        found = route(asked, IN_ONE, goal, None)
        assert isinstance(found, sm.Unknown)
        assert f"({goal[0]:.2f}, {goal[1]:.2f})" in found.reason
        assert found.look_next is not None
        np.testing.assert_allclose(found.look_next[:2], goal)

    def test_nothing_known_at_all(self, unasked):
        found = route(unasked, IN_ONE, IN_OTHER, None)
        assert isinstance(found, sm.Unknown)
        assert "no floor" in found.reason
        nobody = route(unasked, None, IN_OTHER, None)
        assert isinstance(nobody, sm.Unknown)
        assert "robot" in nobody.reason
        assert places(unasked) == ()

    def test_a_wider_robot_that_does_not_fit(self, asked):
        """The gap is 1.6 m wide, between the middles of cells of walls 1.65 m."""
        assert isinstance(route(asked, IN_ONE, IN_OTHER, 0.8), sm.Route)
        found = route(asked, IN_ONE, IN_OTHER, 0.9)
        assert isinstance(found, sm.Unknown)
        assert "0.9 m" in found.reason

    def test_the_way_of_a_wider_robot_has_the_places_of_the_graph(self, asked):
        found = route(asked, IN_ONE, IN_OTHER, 0.7)
        assert isinstance(found, sm.Route)
        assert set(found.place_ids) <= set(asked.graph.places.ids.tolist())
        assert found.clearance_m >= 0.7 - 1e-6


BAD_POINTS = [(1.0,), (1.0, 2.0, 3.0, 4.0), (np.nan, 1.0), (np.inf, 1.0, 0.0), [["a", "b"]], {"x": 1.0}, 3.5, {1, 2}]


class TestRefused:
    """What cannot be asked."""

    @pytest.mark.parametrize("bad", BAD_POINTS, ids=repr)
    def test_what_is_no_point(self, asked, bad):
        for ends in ((bad, IN_ONE), (IN_ONE, bad)):
            with pytest.raises((sm.QueryError, sm.InputError)):
                route(asked, *ends, None)

    @pytest.mark.parametrize("bad", ["nowhere", "kitchen", ""])
    def test_a_name_of_nothing_to_start_from(self, asked, bad):
        with pytest.raises(sm.QueryError, match="start is"):
            route(asked, bad, IN_ONE, None)

    @pytest.mark.parametrize("radius_m", [0.1, 0.29, 1.2, -1.0, np.nan, True, "wide", (0.3,)])
    def test_a_robot_that_the_graph_is_not_for(self, asked, radius_m):
        with pytest.raises(sm.QueryError, match="robot_radius_m is"):
            route(asked, IN_ONE, IN_OTHER, radius_m)
        with pytest.raises(sm.QueryError, match="robot_radius_m is"):
            reachable(asked, [IN_ONE], None, radius_m)

    @pytest.mark.parametrize("bad", [IN_ONE, [(1.0, 2.0, 3.0, 4.0)], [(np.nan, 1.0)], "here", None, [[]]], ids=repr)
    def test_points_to_reach_that_are_none(self, asked, bad):
        with pytest.raises(sm.QueryError, match="points_W"):
            reachable(asked, bad, None, None)


class TestReachable:
    """Which points one gets to."""

    POINTS = np.array([IN_ONE, IN_OTHER, SHUT_IN, (40.0, 40.0), (6.7, 6.6)])

    @pytest.mark.parametrize(
        ("radius_m", "wanted"), [(None, [1, 1, 0, 0, 1]), (0.7, [1, 1, 0, 0, 0]), (0.9, [1, 0, 0, 0, 0])]
    )
    def test_a_few(self, asked, radius_m, wanted):
        found = reachable(asked, self.POINTS, None, radius_m)
        assert not isinstance(found, sm.Unknown)
        assert found.astype(int).tolist() == wanted

    def test_of_none(self, asked):
        found = reachable(asked, np.zeros((0, 2)), IN_ONE, None)
        assert not isinstance(found, sm.Unknown)
        assert found.shape == (0,)

    def test_it_is_where_a_route_leads(self, asked):
        rng = np.random.default_rng(0)
        points = rng.uniform((0, 0), (11, 9), (60, 2))
        found = reachable(asked, points, IN_ONE, None)
        assert not isinstance(found, sm.Unknown)
        assert 10 < found.sum() < 50
        ways = [isinstance(route(asked, IN_ONE, point, None), sm.Route) for point in points]
        assert found.tolist() == ways

    def test_from_where_nobody_can_stand_it_is_unknown(self, asked, unasked):
        assert isinstance(reachable(asked, self.POINTS, (40.0, 40.0), None), sm.Unknown)
        assert isinstance(reachable(unasked, self.POINTS, None, None), sm.Unknown)

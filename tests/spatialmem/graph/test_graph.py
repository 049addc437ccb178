"""The graph is kept up with the map: to the same arrays as from scratch, with ids given once; and back from bytes."""

import itertools
import random

import numpy as np
import pytest
from floors import drawn_map, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st
from seen_floors import SeenFloor

from spatialmem import GraphConfig, InputError, OctreeConfig, RobotState
from spatialmem.graph import Graph, GraphView
from spatialmem.octree import Octree

DERIVED = ("flags", "driven", "seen_ns", "state", "clearance_m", "piece", "found", "ends", "measures")
UP_M = 3.0


def assert_same(got: Graph, wanted: Graph) -> None:
    """Assert that two graphs are the same in every array of every tile."""
    assert got._levels == wanted._levels
    assert got._tiles.keys() == wanted._tiles.keys()
    for key, tile in wanted._tiles.items():
        other = got._tiles[key]
        for name in DERIVED:
            np.testing.assert_array_equal(getattr(other, name), getattr(tile, name), err_msg=f"{name} of {key}")
        assert other.numbers == tile.numbers
    assert got.dump() == wanted.dump()


def told(seed: int, voxel_size_m: float, steps: int) -> SeenFloor:
    """A graph after a few steps of anything: pictures, scans, drives, things that come, go and move, a lift."""
    rng, world = np.random.default_rng(seed), SeenFloor(voxel_size_m, GraphConfig(robot_radius_m=0.2))
    floor_m = 0.0
    for step in range(steps):
        tell(world, rng, floor_m)
        if step and rng.random() < 0.1:
            floor_m = UP_M - floor_m
    return world


def tell(world: SeenFloor, rng: np.random.Generator, floor_m: float) -> None:
    x, y = rng.uniform(-2.5, 2.5, 2).tolist()
    kind = rng.random()
    if kind < 0.5:
        world.look(x, y, float(rng.uniform(-np.pi, np.pi)), floor_m=floor_m, times=int(rng.choice([1, 1, 4])))
    elif kind < 0.6:
        world.scan(x, y, rng, floor_m=floor_m)
    elif kind < 0.75:
        world.stand(x, y, floor_m=floor_m + rng.normal(0, 0.02))
    elif kind < 0.9 or not world.things:
        world.put(x, y)
    else:
        world.things.pop(int(rng.integers(len(world.things))))


@pytest.mark.parametrize("voxel_size_m", [0.05, 0.1, 0.02])
@settings(max_examples=6)
@given(seed=st.integers(0, 2**32 - 1))
def test_kept_up_with_changes_it_is_what_it_would_be_from_scratch(voxel_size_m, seed):
    world = told(seed, voxel_size_m, 14)
    assert_same(Graph.load(world.graph.dump(), world.octree), world.graph)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1), stop=st.integers(0, 10))
def test_loaded_and_going_on_equals_never_stopped(seed, stop):
    world, other = told(seed, 0.1, stop), told(seed, 0.1, stop)
    other.graph = Graph.load(other.graph.dump(), other.octree)
    for rng_seed in range(4):
        tell(world, np.random.default_rng((seed, rng_seed)), 0.0)
        tell(other, np.random.default_rng((seed, rng_seed)), 0.0)
    assert_same(other.graph, world.graph)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_number_is_given_once(seed):
    """A place that is gone and comes back has its own again; no other square's place ever gets it."""
    world, rng = SeenFloor(0.1, GraphConfig(robot_radius_m=0.2)), np.random.default_rng(seed)
    owner: dict[int, tuple] = {}
    for _ in range(16):
        tell(world, rng, 0.0)
        for key, tile in world.graph._tiles.items():
            for code, number in tile.numbers.items():
                assert owner.setdefault(number, (key, code)) == (key, code)
        view = world.graph.view()
        ids = view.places.ids.tolist()
        assert len(set(ids)) == len(ids)
        assert max(ids, default=0) < world.graph._next_id
    assert sorted(owner) == list(range(1, world.graph._next_id))


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), radius_m=st.sampled_from([0.1, 0.2, 0.35]))
def test_places_hang_together_where_the_cells_do(seed, radius_m):
    """A flood over the cells that one can stand on parts the floor as the place graph does."""
    from scipy.ndimage import label

    rng = np.random.default_rng(seed)
    plan = np.ones((150, 170), np.uint8)
    for _ in range(rng.integers(5, 60)):
        y, x, h, w = (*rng.integers(0, 150, 2), *rng.integers(1, 40, 2))
        plan[y : y + h, x : x + w] = rng.choice([0, 1, 2, 3])
    view = graph_of(drawn_map(plan, corner=(-31, 7)), GraphConfig(robot_radius_m=radius_m)).view()
    if not len(view.places):
        return
    floor = view.floor(0)
    flood = np.zeros(floor.state.shape, np.int32)
    count = label(floor.clearance_m >= np.float32(radius_m), output=flood)
    x, y = (view.places.cells - floor.first_cell).T
    part = flood[y, x]
    assert (part > 0).all()
    assert len(np.unique(view.component)) == count
    assert len(set(zip(part.tolist(), view.component.tolist(), strict=True))) == count


def graph_of(octree: Octree, config: GraphConfig | None = None, at=(0.0, 0.0, 0.0)) -> Graph:
    """A graph of a map on which the robot has stood."""
    return Graph.of(config or GraphConfig(), octree, robot_at(*at))


def robot_at(x: float, y: float, z: float = 0.0) -> RobotState:
    X_WB = np.eye(4)
    X_WB[:3, 3] = x, y, z
    return RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)


def standable(view: GraphView, level: int = 0) -> int:
    return int((view.floor(level).clearance_m >= view.config.robot_radius_m - 1e-6).sum())


class TestKnownFloors:
    """What one sees at a glance."""

    def test_nothing_told(self):
        graph, octree = Graph(GraphConfig(), 0.05), Octree(OctreeConfig(budget_mib=16))
        graph.follow(octree)
        view = graph.view()
        assert view.levels == ()
        assert len(view.places) == len(view.edges) == 0
        assert view.place_at(np.zeros(3)) == -1
        assert view.rooms.ids.tolist() == []
        assert_same(Graph.load(graph.dump(), octree), graph)

    def test_no_floor_no_places(self):
        """A wall alone is no floor to stand on."""
        world = SeenFloor(0.1)
        X_WS = np.eye(4)
        rng = np.random.default_rng(0)
        points = np.column_stack([np.full(400, 2.0), rng.uniform(-2, 2, 400), rng.uniform(-1, 1, 400)])
        for _ in range(3):
            world.octree.integrate_scan(points, X_WS)
            world.graph.follow(world.octree)
        assert len(world.graph.view().places) == 0

    def test_where_the_robot_drove_is_floor_without_any_picture(self):
        octree = Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=16))
        graph = Graph(GraphConfig(robot_radius_m=0.2), 0.05)
        for x in np.arange(0, 2.01, 0.1):
            graph.stand(robot_at(float(x), 1.0), octree)
        view = graph.view()
        assert view.levels == (0.0,)
        assert len(np.unique(view.component)) == 1
        for x in np.arange(0, 2.01, 0.05):
            row = view.place_at(np.array([x, 1.0, 0.0]))
            assert row >= 0
            assert np.hypot(*(view.places.p_W[row, :2] - [x, 1.0])) < 0.4
        assert_same(Graph.load(graph.dump(), octree), graph)

    def test_a_hall_is_one_part_and_its_edges_are_as_long_as_they_look(self):
        view = graph_of(drawn_map(plan_of("\n".join(["." * 20] * 20), 8)), at=(4.0, 4.0, 0.0)).view()
        assert len(np.unique(view.component)) == 1
        a, b = view.edges.ends.T
        apart = np.hypot(*(view.places.p_W[a, :2] - view.places.p_W[b, :2]).T)
        np.testing.assert_allclose(view.edges.length_m, apart, atol=1e-6)
        assert (view.edges.clearance_m >= view.config.robot_radius_m).all()
        assert view.places.area_m2.sum() == pytest.approx(standable(view) * 0.05**2)
        assert (view.places.clearance_m <= view.config.clearance_max_m).all()

    def test_a_wall_parts_it_and_a_gap_joins_it(self):
        shut, gap = plan_of("\n".join(["........#........"] * 14), 8), plan_of("\n".join(["........#........"] * 14), 8)
        gap[50:66, 60:75] = 1  # 0.8 m
        for plan, parts in ((shut, 2), (gap, 1)):
            view = graph_of(drawn_map(plan), at=(1.0, 1.0, 0.0)).view()
            assert len(np.unique(view.component)) == parts

    def test_under_a_table_nobody_stands(self):
        plan = np.ones((100, 100), np.uint8)
        plan[40:60, 40:60] = 3
        view = graph_of(drawn_map(plan), at=(0.5, 0.5, 0.0)).view()
        floor = view.floor(0, np.array([2.0, 2.0]), np.array([3.0, 3.0]))
        assert (floor.state == 2).all()
        assert not floor.wall.any()
        low = graph_of(drawn_map(plan), GraphConfig(robot_height_m=0.6), at=(0.5, 0.5, 0.0)).view()
        assert (low.floor(0, np.array([2.0, 2.0]), np.array([3.0, 3.0])).state == 1).all()

    def test_two_floors(self):
        """The robot was on both: each has its own places, and a point belongs to the floor below it."""
        world = SeenFloor(0.1, GraphConfig(robot_radius_m=0.2))
        for floor_m in (0.0, UP_M):
            world.stand(0.0, 0.0, floor_m=floor_m)
            world.look_around(0.0, 0.0, floor_m=floor_m)
        view = world.graph.view()
        assert view.levels == (0.0, UP_M)
        assert [view.level_of(np.array([0.0, 0.0, z])) for z in (-0.2, 0.0, 1.2, 2.4, 2.7, 3.0, 4.0)] == [
            0, 0, 0, 0, 1, 1, 1
        ]  # fmt: skip
        assert view.level_of(np.zeros(2)) == 0
        for level, z in enumerate(view.levels):
            assert (view.places.level == level).sum() > 20
            assert (view.places.p_W[view.places.level == level, 2] == z).all()
        ends = view.places.level[view.edges.ends]
        assert (ends[:, 0] == ends[:, 1]).all()
        assert view.places.level[view.place_at(np.array([0.5, 0.5, 3.2]))] == 1
        assert_same(Graph.load(world.graph.dump(), world.octree), world.graph)

    def test_a_lift_is_noticed(self):
        """The robot is where it was, but higher up."""
        octree, graph = Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=16)), Graph(GraphConfig(), 0.05)
        graph.stand(robot_at(0.0, 0.0, 0.0), octree)
        graph.stand(robot_at(0.0, 0.0, 0.3), octree)
        assert graph.view().levels == (0.0,)
        graph.stand(robot_at(0.0, 0.0, 3.0), octree)
        assert graph.view().levels == (0.0, 3.0)
        graph.stand(robot_at(0.0, 0.0, 0.0), octree)
        assert graph.view().levels == (0.0, 3.0)


class TestComingAndGoing:
    """The map changes, and so do the ways."""

    def test_a_thing_that_comes_parts_a_passage_and_is_gone_again(self):
        world = SeenFloor(0.1, GraphConfig(robot_radius_m=0.2))
        world.put(0.0, 1.7, size_m=(0.3, 2.6, 2.0))
        world.put(0.0, -1.7, size_m=(0.3, 2.6, 2.0))  # a wall with a gap of 0.8 m
        for x in (-1.5, 1.5):
            world.stand(x, 0.0)
            world.look_around(x, 0.0, times=3)
        sides = np.array([[-1.5, 0.0, 0.0], [1.5, 0.0, 0.0]])

        def joined() -> bool:
            view = world.graph.view()
            a, b = (int(view.component[view.place_at(side)]) for side in sides)
            return a == b

        assert joined()
        before = world.graph.view()
        world.put(0.0, 0.0, size_m=(0.5, 0.9, 1.0))
        for yaw, x in ((0.0, -1.5), (np.pi, 1.5)):
            world.look(x, 0.0, yaw, times=6)
        assert not joined()
        world.things.pop()
        for yaw, x in ((0.0, -1.5), (np.pi, 1.5)):
            world.look(x, 0.0, yaw, times=25)
        assert joined()
        after = world.graph.view()
        again = set(before.places.ids.tolist()) & set(after.places.ids.tolist())
        assert len(again) > 0.9 * len(before.places)

    def test_a_view_stays_as_it_is(self):
        world = SeenFloor(0.1)
        world.stand(0.0, 0.0)
        world.look_around(0.0, 0.0)
        view = world.graph.view()
        data, places = view.dump(), view.places.p_W.copy()
        state = view.floor(0).state
        world.put(1.0, 0.0)
        world.look_around(0.0, 0.0, times=6)
        assert view.dump() == data
        np.testing.assert_array_equal(view.places.p_W, places)
        np.testing.assert_array_equal(view.floor(0).state, state)
        assert not np.array_equal(world.graph.view().floor(0).state, state)

    def test_what_follows_is_shared_while_nothing_changes(self):
        """Also with a picture that shows nothing new."""
        world = SeenFloor(0.1)
        world.stand(0.0, 0.0)
        world.look_around(0.0, 0.0, times=12)
        facts = world.graph.view().facts
        world.stand(0.001, 0.0)
        world.look(0.0, 0.0, 0.0)
        assert world.graph.view().facts is facts
        world.put(1.2, 0.0)
        world.look(0.0, 0.0, 0.0, times=4)
        assert world.graph.view().facts is not facts


class TestAnotherRobot:
    """A graph is loaded for another robot."""

    def test_it_is_as_if_it_had_always_been_for_that_one(self):
        world = told(3, 0.1, 16)
        wide = GraphConfig(robot_radius_m=0.4, clearance_max_m=1.5)
        loaded = Graph.load(world.graph.dump(), world.octree, wide)
        assert loaded.view().config == wide
        assert standable(loaded.view()) < standable(world.graph.view())
        assert_same(Graph.load(loaded.dump(), world.octree), loaded)
        back = Graph.load(loaded.dump(), world.octree, world.graph.config)
        for key, tile in world.graph._tiles.items():
            np.testing.assert_array_equal(back._tiles[key].piece, tile.piece)
            codes = tile.found @ [32, 1, 0, 0]
            assert [back._tiles[key].numbers[c] for c in codes.tolist()] == [tile.numbers[c] for c in codes.tolist()]


@pytest.fixture(scope="module")
def whole():
    world = told(5, 0.1, 14)
    assert len(world.graph.view().places) > 30
    return world


class TestDamage:
    """What is no graph is refused."""

    def test_any_flipped_bit_and_any_cut(self, whole):
        data, rng = whole.graph.dump(), random.Random(4)
        for _ in range(60):
            at = rng.randrange(len(data) * 8)
            bad = bytearray(data)
            bad[at // 8] ^= 1 << at % 8
            with pytest.raises(InputError):
                Graph.load(bytes(bad), whole.octree)
        for _ in range(30):
            with pytest.raises(InputError):
                Graph.load(data[: rng.randrange(len(data))], whole.octree)
        with pytest.raises(InputError, match="graph"):
            Graph.load(b"smgraph", whole.octree)

    def test_content_that_is_sealed_but_wrong(self, whole):
        import msgspec

        from spatialmem.sealed import seal, unseal

        data = whole.graph.dump()
        content = msgspec.msgpack.decode(unseal(b"smgraph_", data, "a graph", "Graph.dump()"))
        tile = next(i for i, one in enumerate(content["tiles"]) if len(one["numbers"]) > 1)

        def refused(path, value) -> None:
            changed = msgspec.msgpack.decode(msgspec.msgpack.encode(content))
            inner = changed
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = value
            with pytest.raises(InputError):
                Graph.load(seal(b"smgraph_", msgspec.msgpack.encode(changed)), whole.octree)

        numbers = content["tiles"][tile]["numbers"]
        for path, value in (
            (["format"], 2), (["levels"], []), (["levels"], [np.nan] * len(content["levels"])), (["next_id"], 1),
            (["next_id"], 0), (["stood"], [0.0, np.inf, 0.0]), (["config", "robot_radius_m"], -1.0),
            (["tiles", tile, "driven"], b"12"), (["tiles", tile, "seen_ns"], bytes(511)), (["tiles", tile, "level"], 9),
            (["tiles", tile, "numbers"], [numbers[0], [numbers[1][0], numbers[0][1]]]),
            (["tiles", tile, "numbers"], [[64 * 32, 1]]), (["tiles", tile, "x"], "1"),
            (["tiles"], content["tiles"][::-1]), (["tiles"], [content["tiles"][tile]] * 2), (["more"], 1),
            (["tiles", tile, "x"], 1 << 40),
        ):  # fmt: skip
            refused(path, value)

    def test_random_bytes_with_a_seal(self, whole):
        from spatialmem.sealed import seal

        rng = random.Random(7)
        for count in itertools.chain(range(20), [1000]):
            with pytest.raises(InputError):
                Graph.load(seal(b"smgraph_", rng.randbytes(count)), whole.octree)

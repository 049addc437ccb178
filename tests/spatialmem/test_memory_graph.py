"""A memory keeps its floor: while frames come, on its file and after a crash, for another robot, and of old files."""

from pathlib import Path

import numpy as np
import pytest
from box_worlds import Solid
from memory_workload import as_after_a_crash
from seen_floors import SENSOR, picture, robot_at

import spatialmem as sm
from spatialmem import SpatialMemory
from spatialmem.graph import Graph

GOLDEN = Path(__file__).parents[1] / "golden"
CONFIG = sm.Config(
    octree=sm.OctreeConfig(voxel_size_m=0.1, budget_mib=64, threads=1),
    depth=SENSOR,
    graph=sm.GraphConfig(robot_radius_m=0.2),
)
WALLS = [Solid("", "", (0.0, 1.7, 0.0), (0.3, 2.6, 2.0)), Solid("", "", (0.0, -1.7, 0.0), (0.3, 2.6, 2.0))]
BOX = Solid("", "", (0.0, 0.0, 0.0), (0.5, 0.9, 1.0))
"""It fills the gap between the walls."""
HERE, THERE = (-1.5, 0.0), (1.5, 0.0)


class Told:
    """A memory of a hall with a wall and a gap in it, and what it is told."""

    def __init__(self, memory: SpatialMemory):
        self.memory, self.things, self._stamp_ns = memory, list(WALLS), 0

    def look(self, x_m: float, yaw_rad: float, times: int = 1) -> None:
        for _ in range(times):
            self._observe(picture(self.things, (x_m, 0.0, 0.0), yaw_rad, self._next_ns()))

    def stand(self, x_m: float, *, z_m: float = 0.0) -> None:
        self._observe(robot_at((x_m, 0.0, z_m), self._next_ns()))

    def tour(self) -> None:
        for x_m in (HERE[0], THERE[0]):
            self.stand(x_m)
            for yaw_rad in np.arange(8) * np.pi / 4:
                self.look(x_m, float(yaw_rad), 3)

    def _observe(self, x: sm.RgbdFrame | sm.RobotState) -> None:
        assert isinstance(self.memory.observe(x), sm.Receipt)

    def _next_ns(self) -> int:
        self._stamp_ns += 10**9  # so long that nothing moves too fast for the gate
        return self._stamp_ns


def assert_scratch(memory: SpatialMemory) -> None:
    """Assert that what the memory keeps of the floor is what follows from its map."""
    graph, octree = memory._rooms.graph, memory._rooms.octree
    again = Graph.load(graph.dump(), octree)
    assert again._tiles.keys() == graph._tiles.keys()
    for key, tile in graph._tiles.items():
        for name in ("flags", "driven", "seen_ns", "state", "clearance_m", "piece", "found", "ids", "ends", "measures"):
            np.testing.assert_array_equal(getattr(again._tiles[key], name), getattr(tile, name))


class TestWhileFramesCome:
    """Places appear, and ways open and close."""

    def test_places_appear_and_a_view_keeps_its_own(self):
        told = Told(SpatialMemory(CONFIG))
        assert told.memory.places() == ()
        told.stand(HERE[0])
        counts = [len(told.memory.places())]
        views = []
        for yaw_rad in np.arange(8) * np.pi / 4:
            told.look(HERE[0], float(yaw_rad), 3)
            counts.append(len(told.memory.places()))
            views.append((told.memory.view(), counts[-1]))
        assert counts == sorted(counts)
        assert counts[-1] > counts[0] + 20
        assert [len(view.places()) for view, _ in views] == [count for _, count in views]
        assert_scratch(told.memory)

    def test_memory_and_view_agree(self):
        told = Told(SpatialMemory(CONFIG))
        told.tour()
        memory, view = told.memory, told.memory.view()
        here, there = memory.route(HERE, THERE), view.route(HERE, THERE)
        assert isinstance(here, sm.Route)
        assert isinstance(there, sm.Route)
        np.testing.assert_array_equal(here.waypoints_W, there.waypoints_W)
        assert [one.id for one in memory.places()] == [one.id for one in view.places()]
        np.testing.assert_array_equal(memory.reachable([THERE, (9.0, 9.0)]), [True, False])
        np.testing.assert_array_equal(view.reachable([THERE, (9.0, 9.0)]), [True, False])

    def test_a_thing_in_the_gap_closes_the_way_and_without_it_it_is_open(self):
        told = Told(SpatialMemory(CONFIG))
        told.tour()
        before = told.memory.view()
        assert isinstance(told.memory.route(HERE, THERE), sm.Route)
        told.things.append(BOX)
        for x_m, yaw_rad in ((HERE[0], 0.0), (THERE[0], np.pi)):
            told.look(x_m, yaw_rad, 6)
        shut = told.memory.route(HERE, THERE)
        assert isinstance(shut, sm.Unknown)
        assert "no way" in shut.reason
        assert isinstance(before.route(HERE, THERE), sm.Route)
        told.things.pop()
        for x_m, yaw_rad in ((HERE[0], 0.0), (THERE[0], np.pi)):
            told.look(x_m, yaw_rad, 25)
        assert isinstance(told.memory.route(HERE, THERE), sm.Route)
        assert_scratch(told.memory)


class TestOnItsFile:
    """The floor is what it was, however the memory stopped."""

    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "robot.smem"

    def test_closed_and_opened_it_is_the_same_and_goes_on_the_same(self, path):
        whole = Told(SpatialMemory(CONFIG))
        whole.tour()
        with SpatialMemory.open(path, CONFIG) as memory:
            parts = Told(memory)
            parts.tour()
            dump = memory._graph().dump()
        with SpatialMemory.open(path) as memory:
            assert memory._graph().dump() == dump == whole.memory._graph().dump()
            assert memory.state_hash() == whole.memory.state_hash()
            assert_scratch(memory)
            parts.memory = memory
            for told in (whole, parts):
                told.things.append(BOX)
                told.look(HERE[0], 0.0, 5)
            assert memory._graph().dump() == whole.memory._graph().dump()
            assert memory.state_hash() == whole.memory.state_hash()
            assert isinstance(memory.route(HERE, THERE), sm.Unknown)

    def test_stopped_after_a_floor_was_guessed_wrong_it_goes_on_the_same(self, path):
        """Nothing is left of the tiles of that floor, but for what is still to be written of them."""
        whole = Told(SpatialMemory(CONFIG))
        with SpatialMemory.open(path, CONFIG) as memory:
            parts = Told(memory)
            for told in (whole, parts):
                for yaw_rad in np.arange(8) * np.pi / 4:
                    told.look(HERE[0], float(yaw_rad), 2)
                assert told.memory._graph().levels[0] < 0.5
                told.stand(HERE[0], z_m=3.0)
                assert told.memory._graph().levels == (3.0,)
            assert_scratch(memory)
        with SpatialMemory.open(path) as memory:
            parts.memory = memory
            for told in (whole, parts):
                told.stand(HERE[0] + 0.5, z_m=3.0)
                told.look(HERE[0], 0.0, 3)
            assert memory._graph().dump() == whole.memory._graph().dump()
            assert memory.state_hash() == whole.memory.state_hash()
            assert memory._graph().facts.extent(0) == whole.memory._graph().facts.extent(0)

    def test_killed_it_is_what_was_written(self, path, tmp_path):
        with SpatialMemory.open(path, CONFIG) as memory:
            told = Told(memory)
            told.tour()
            memory.flush()
            known, dump = memory.state_hash(), memory._graph().dump()
            copy = as_after_a_crash(path, tmp_path / "crash")
        with SpatialMemory.open(copy) as memory:
            assert memory.state_hash() == known
            assert memory._graph().dump() == dump
            assert_scratch(memory)
            assert isinstance(memory.route(HERE, THERE), sm.Route)

    def test_opened_for_another_robot_it_is_for_that_one(self, path):
        with SpatialMemory.open(path, CONFIG) as memory:
            Told(memory).tour()
            ids = {one.id for one in memory.places()}
        wide = sm.Config(octree=CONFIG.octree, depth=SENSOR, graph=sm.GraphConfig(robot_radius_m=0.6))
        with SpatialMemory.open(path, wide) as memory:
            assert memory._graph().config.robot_radius_m == 0.6
            assert isinstance(memory.route(HERE, THERE), sm.Unknown)
            assert 0 < len(memory.places()) < len(ids)
            assert_scratch(memory)
        with SpatialMemory.open(path, CONFIG) as memory:
            assert isinstance(memory.route(HERE, THERE), sm.Route)
            assert {one.id for one in memory.places()} >= ids

    @pytest.mark.parametrize("name", ["format_1.smem", "format_2.smem", "format_3.smem"])
    def test_an_old_file_gets_a_floor_as_far_as_it_shows_one(self, name, tmp_path):
        copy = tmp_path / name
        for suffix in ("", "-wal", "-shm"):
            if (GOLDEN / (name + suffix)).exists():
                (tmp_path / (name + suffix)).write_bytes((GOLDEN / (name + suffix)).read_bytes())
        with SpatialMemory.open(copy) as memory:
            view = memory._graph()
            assert_scratch(memory)
            known, dump, places = memory.state_hash(), view.dump(), len(memory.places())
        with SpatialMemory.open(copy) as memory:
            assert memory.state_hash() == known
            assert memory._graph().dump() == dump
            assert len(memory.places()) == places

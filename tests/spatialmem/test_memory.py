"""Frames through the one door into the map; bad ones are answered, never raised."""

import dataclasses

import numpy as np
import pytest

from spatialmem import (
    Config,
    ConfigError,
    GateConfig,
    ManualClock,
    OctreeConfig,
    Pinhole,
    PointScan,
    Reason,
    Recall,
    Receipt,
    Rejected,
    RgbdFrame,
    SpatialMemory,
    State,
    SystemClock,
    Unknown,
)
from spatialmem.protocols import Clock

WALL = RgbdFrame(
    source="camera", stamp_ns=0, received_ns=0, X_WC=np.eye(4), depth=np.full((24, 32), 2010, np.uint16),
    camera=Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5),
)  # fmt: skip


def test_a_frame_becomes_free_occupied_and_unknown_space():
    memory = SpatialMemory(Config(octree=OctreeConfig(budget_mib=8)))
    assert memory.observe(WALL) == Receipt(1)
    points = np.array([[0, 0, 1.0], [0, 0, 2.01], [0, 0, 3.0]])
    assert memory.state(points).tolist() == [State.FREE, State.OCCUPIED, State.UNKNOWN]
    assert memory.log_odds(points).tolist() == [-13, 27, -128]
    assert memory.raycast(np.zeros((1, 3)), np.array([[0, 0, 1.0]]), 5.0).state[0] == State.OCCUPIED
    assert memory.counts["camera"]["admitted"] == 1


def test_scans_and_inputs_that_do_not_touch_the_map():
    memory = SpatialMemory(Config(octree=OctreeConfig(budget_mib=8)))
    scan = PointScan(
        source="lidar", stamp_ns=0, received_ns=0, X_WS=np.eye(4), points_S=np.array([[3.0, 0, 0]], np.float32)
    )
    assert memory.observe(scan) == Receipt(1)
    assert memory.state(np.array([[3.0, 0, 0]])).tolist() == [State.OCCUPIED]
    assert memory.observe(Recall(source="planner", stamp_ns=1, received_ns=1, object_ids=(3,))) == Receipt(2)


@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_data_is_answered_and_counted():
    memory = SpatialMemory(Config(octree=OctreeConfig(budget_mib=8)))
    answer = memory.observe(dataclasses.replace(WALL, world="elsewhere"))
    assert isinstance(answer, Rejected)
    assert answer.reason == Reason.OTHER_WORLD
    assert not answer
    assert memory.counts["camera"] == {"other_world": 1}
    nonsense = memory.observe("not an input")  # pyright: ignore[reportArgumentType]
    assert isinstance(nonsense, Rejected)
    assert nonsense.reason == Reason.NOT_AN_INPUT


def test_a_full_map_is_an_answer_too_and_the_frame_may_come_again():
    memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.005, budget_mib=1)))
    answer = memory.observe(WALL)
    assert isinstance(answer, Rejected)
    assert answer.reason == Reason.MAP_FULL
    assert "budget_mib" in answer.detail
    assert memory.counts["camera"] == {"map_full": 1}
    assert memory.octree.leaf_count == 0
    near = dataclasses.replace(WALL, depth=np.full((24, 32), 300, np.uint16))
    assert memory.observe(near) == Receipt(1)


def test_a_world_that_the_octree_cannot_address_is_refused_at_the_start():
    huge = GateConfig(world_max_m=(1e6, 1e6, 100.0))
    with pytest.raises(ConfigError, match="Make the world smaller"):
        SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.01, budget_mib=1), gate=huge))
    SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.05, budget_mib=1), gate=huge))


def test_unknown_is_false_and_says_why():
    assert not Unknown("never seen")


def test_clocks():
    clock = ManualClock(5)
    clock.advance(-3)
    assert clock.now_ns() == 2
    assert isinstance(clock, Clock)
    assert isinstance(SystemClock(), Clock)
    assert SystemClock().now_ns() > 1_600_000_000 * 10**9

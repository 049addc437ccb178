"""Frames through the one door into the map; bad ones are answered, never raised."""

import dataclasses
import subprocess
import sys
import threading

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
    assert memory.leaf_count == 0
    near = dataclasses.replace(WALL, depth=np.full((24, 32), 300, np.uint16))
    assert memory.observe(near) == Receipt(1)


def test_a_world_that_the_octree_cannot_address_is_refused_at_the_start():
    huge = GateConfig(world_max_m=(1e6, 1e6, 100.0))
    with pytest.raises(ConfigError, match="Make the world smaller"):
        SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.01, budget_mib=1), gate=huge))
    SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.05, budget_mib=1), gate=huge))


@pytest.mark.parametrize("voxel_size_m", [0.02, 0.05])
def test_a_wall_on_the_face_of_a_voxel_is_hit_by_every_ray(voxel_size_m):
    for wall_mm in range(1000, 2100, 100):
        memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=16)))
        camera = Pinhole(160, 120, 150.0, 150.0, 79.5, 59.5)
        memory.observe(dataclasses.replace(WALL, depth=np.full((120, 160), wall_mm, np.uint16), camera=camera))
        origins = np.zeros((9, 3))
        origins[:, :2] = np.random.default_rng(wall_mm).uniform(-0.15, 0.15, (9, 2))
        origins[:, 2] = 0.6
        rays = memory.raycast(origins, np.tile([0.0, 0.0, 1.0], (9, 1)), 5.0)
        assert (rays.state == State.OCCUPIED).all(), wall_mm
        np.testing.assert_allclose(rays.distance_m, wall_mm / 1000 - 0.6, atol=voxel_size_m + 1e-4)


def test_several_threads_may_call_it():
    memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.02, budget_mib=64)))
    answers, points = [], np.random.default_rng(0).uniform(-1, 2, (2000, 3))

    def tell(source):
        for i in range(40):
            X_WC = np.eye(4)
            X_WC[0, 3] = 0.01 * i
            stamp_ns = i * 10**8
            frame = dataclasses.replace(WALL, source=source, stamp_ns=stamp_ns, received_ns=stamp_ns, X_WC=X_WC)
            answers.append(memory.observe(frame))
            memory.state(points)

    threads = [threading.Thread(target=tell, args=(source,)) for source in ("front", "rear", "top")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.seq for receipt in answers) == list(range(1, 121))
    assert {source: count["admitted"] for source, count in memory.counts.items()} == dict.fromkeys(memory.counts, 40)
    alone = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.02, budget_mib=64)))
    for i in range(40):
        X_WC = np.eye(4)
        X_WC[0, 3] = 0.01 * i
        for source in ("front", "rear", "top"):
            stamp_ns = i * 10**8
            alone.observe(dataclasses.replace(WALL, source=source, stamp_ns=stamp_ns, received_ns=stamp_ns, X_WC=X_WC))
    assert (memory.state(points) != State.UNKNOWN).any()
    assert ((memory.state(points) == State.UNKNOWN) == (alone.state(points) == State.UNKNOWN)).all()


def test_memories_may_be_made_in_several_threads_at_once():
    code = (
        "import threading, spatialmem as sm\n"
        "made = []\n"
        "threads = [threading.Thread(target=lambda: made.append(sm.SpatialMemory())) for _ in range(3)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]; print(len(made))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "3", done.stderr


def test_a_scan_is_believed_farther_than_an_image():
    memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.2, budget_mib=16)))
    points = np.array([[20.0, 0, 0], [0, 12.0, 0]], np.float32)
    memory.observe(PointScan(source="lidar", stamp_ns=0, received_ns=0, X_WS=np.eye(4), points_S=points))
    assert memory.state(points).tolist() == [State.OCCUPIED] * 2


def test_a_new_epoch_shows_in_the_receipt():
    memory = SpatialMemory(Config(octree=OctreeConfig(budget_mib=16)))
    X_WC = np.eye(4)
    X_WC[0, 3] = 40.0
    answers = [memory.observe(WALL)]
    for i in range(1, 32):
        stamp_ns = i * 10**8
        answers.append(memory.observe(dataclasses.replace(WALL, stamp_ns=stamp_ns, received_ns=stamp_ns, X_WC=X_WC)))
    assert [a.reason for a in answers if isinstance(a, Rejected)] == [Reason.TELEPORT] * 29
    assert answers[-2:] == [Receipt(2, epoch=1), Receipt(3, epoch=1)]


def test_unknown_is_false_and_says_why():
    assert not Unknown("never seen")


def test_clocks():
    clock = ManualClock(5)
    clock.advance(-3)
    assert clock.now_ns() == 2
    assert isinstance(clock, Clock)
    assert isinstance(SystemClock(), Clock)
    assert SystemClock().now_ns() > 1_600_000_000 * 10**9

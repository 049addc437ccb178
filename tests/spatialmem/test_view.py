"""A view is one moment of the memory; the memory's state survives being written down."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem import (
    Config,
    ConfigError,
    InputError,
    OctreeConfig,
    Pinhole,
    PointScan,
    Receipt,
    RgbdFrame,
    SpatialMemory,
    State,
)

CAMERA = Pinhole(width=64, height=48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
CONFIG = Config(octree=OctreeConfig(voxel_size_m=0.1, budget_mib=16, threads=1, color=True, last_seen=True))
AHEAD = np.array([[0.02, 0.02, 1.0], [0.02, 0.02, 2.05], [0.02, 0.02, 3.0]])


def frame(stamp_s: float, distance_mm: int = 2050, **fields) -> RgbdFrame:
    stamp_ns = int(stamp_s * 1e9)
    depth = np.full((48, 64), distance_mm, np.uint16)
    color = np.full((48, 64, 3), distance_mm % 256, np.uint8)
    known = {"source": "camera", "stamp_ns": stamp_ns, "received_ns": stamp_ns, "depth": depth, "color": color}
    return RgbdFrame(**{**known, "camera": CAMERA, "X_WC": np.eye(4), **fields})


def inputs(seed: int, count: int) -> list:
    """Good and bad ones in a row, as a sensor with troubles gives them."""
    rng, stream = np.random.default_rng(seed), []
    for i in range(count):
        at_s = 0.1 * i
        kind = rng.integers(6)
        if kind == 0:
            points = rng.normal(0, 2, (50, 3)).astype(np.float32)
            stamp_ns = int(at_s * 1e9)
            stream.append(
                PointScan(source="lidar", stamp_ns=stamp_ns, received_ns=stamp_ns, points_S=points, X_WS=np.eye(4))
            )
        elif kind == 1:
            stream.append(frame(at_s, world="elsewhere"))
        elif kind == 2:
            X_WC = np.eye(4)
            X_WC[0, 3] = 50.0  # a jump, believed after a while
            stream.append(frame(at_s, X_WC=X_WC))
        else:
            stream.append(frame(at_s if kind > 3 else max(0.0, at_s - 5), int(rng.integers(300, 4000))))
    return stream


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), before=st.integers(0, 50), after=st.integers(0, 30))
def test_load_and_go_on_is_never_stopped(seed, before, after):
    never_stopped, stream = SpatialMemory(CONFIG), inputs(seed, before + after)
    for x in stream[:before]:
        never_stopped.observe(x)
    loaded = SpatialMemory.load(never_stopped.dump(), CONFIG)
    assert loaded.state_hash() == never_stopped.state_hash()
    assert loaded.counts == never_stopped.counts
    assert [loaded.observe(x) for x in stream[before:]] == [never_stopped.observe(x) for x in stream[before:]]
    assert loaded.dump() == never_stopped.dump()


def test_a_view_is_of_its_moment():
    memory = SpatialMemory(CONFIG)
    empty = memory.view()
    memory.observe(frame(1.0))
    one = memory.view()
    assert memory.view() is one
    memory.observe(frame(1.1, 1050))
    assert [list(view.state(AHEAD)) for view in (empty, one)] == [
        [State.UNKNOWN] * 3,
        [State.FREE, State.OCCUPIED, State.UNKNOWN],
    ]
    assert memory.state(AHEAD)[0] != State.FREE
    assert [(v.seq, v.stamp_ns) for v in (empty, one, memory.view())] == [
        (0, 0),
        (1, 1_000_000_000),
        (2, 1_100_000_000),
    ]
    assert (empty.counts, one.counts) == ({}, {"camera": {"admitted": 1}})
    assert one.state_hash() != memory.state_hash() == memory.view().state_hash()


def test_layers_follow_the_frames_and_their_numbers():
    memory = SpatialMemory(CONFIG)
    memory.observe(frame(1.0, world="elsewhere"))
    assert memory.observe(frame(1.0)) == Receipt(1)
    assert memory.observe(frame(1.1)) == Receipt(2)
    assert memory.last_seen(AHEAD).tolist() == [2, 2, 0]
    assert memory.colors(AHEAD)[1, :3].tolist() == [2050 % 256] * 3


def test_a_view_is_taken_and_asked_while_a_frame_is_being_written():
    """The writer is stopped in the middle of a frame; a reader that waited for it would never return."""
    memory, in_the_middle, go_on = SpatialMemory(CONFIG), threading.Event(), threading.Event()
    memory.observe(frame(1.0))
    integrate = memory._rooms.octree.integrate_image

    def stopped(*args, **options):
        result = integrate(*args, **options)
        in_the_middle.set()
        assert go_on.wait(60)
        return result

    memory._rooms.octree.integrate_image = stopped
    writer = threading.Thread(target=memory.observe, args=(frame(1.1, 1050),))
    writer.start()
    try:
        assert in_the_middle.wait(60)
        assert memory.view().seq == 1
        assert list(memory.state(AHEAD)) == [State.FREE, State.OCCUPIED, State.UNKNOWN]
        assert memory.counts == {"camera": {"admitted": 1}}
    finally:
        go_on.set()
        writer.join()
    assert memory.view().seq == 2


def test_a_state_of_another_world_or_another_kind_is_refused():
    memory = SpatialMemory(CONFIG)
    with pytest.raises(ConfigError, match="world is 'kitchen', but the state is of 'world'"):
        SpatialMemory.load(memory.dump(), Config(world="kitchen"))
    with pytest.raises(InputError, match="not a memory's state"):
        SpatialMemory.load(b"no state at all", CONFIG)
    with pytest.raises(InputError, match="not a memory's state"):
        SpatialMemory.load(memory.dump_map(), CONFIG)
    with pytest.raises(ConfigError, match=r"octree\.voxel_size_m is 0\.05, but the state is kept with 0\.1"):
        SpatialMemory.load(memory.dump(), Config())


def test_without_a_configuration_the_state_brings_what_it_needs():
    memory = SpatialMemory(CONFIG)
    memory.observe(frame(1.0))
    loaded = SpatialMemory.load(memory.dump())
    assert loaded.dump() == memory.dump()
    assert loaded.voxel_size_m == 0.1


def test_damage_is_refused():
    memory, rng = SpatialMemory(CONFIG), np.random.default_rng(0)
    memory.observe(frame(1.0))
    data = memory.dump()
    for at in [0, 9, 25, 30, *rng.integers(0, len(data), 60)]:
        damaged = bytearray(data)
        damaged[at] ^= 1 << rng.integers(8)
        with pytest.raises(InputError, match=r"do not begin as|checksum differs"):
            SpatialMemory.load(bytes(damaged), CONFIG)
    for length in (0, 7, 8, 23, 24, len(data) - 1):
        with pytest.raises(InputError, match=r"do not begin as|checksum differs"):
            SpatialMemory.load(data[:length], CONFIG)


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_state_is_refused():
    for nothing in (None, "a string", 7):
        with pytest.raises(InputError, match=r"is bytes, as SpatialMemory\.dump\(\) gives them"):
            SpatialMemory.load(nothing)  # pyright: ignore[reportArgumentType]

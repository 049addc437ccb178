"""Our own MCAP recordings: all of an input comes back, the same memory comes of it, and others can read the file."""

import dataclasses
import sys
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_inputs import Listed, assert_same_inputs, opened, same
from recordings import OFFICE_WALK, needs_office_walk
from ros_bags import angle_between
from scipy.spatial.transform import Rotation

from spatialmem import (
    Config,
    EncodedImage,
    EpisodeError,
    InputError,
    OctreeConfig,
    Pinhole,
    PointScan,
    RgbdFrame,
    SpatialMemory,
    record_mcap,
)
from spatialmem.episodes.bags.parts import topic_word
from spatialmem.episodes.trajectory import quaternion_of
from spatialmem.testing import check_source


@pytest.fixture
def frame(room_frames):
    return room_frames[0]


@pytest.fixture
def varied(room_frames):
    """Inputs of all shapes: units, types of depth, colour, poses on the robot, covariances, sources, scans."""
    rng = np.random.default_rng(3)
    depth_m = room_frames[1].depth.astype(np.float32) / 1000
    jpeg = EncodedImage(cv2.imencode(".jpg", room_frames[1].color)[1].tobytes())
    png = EncodedImage(cv2.imencode(".png", room_frames[1].color)[1].tobytes())
    X_BC, cov = room_frames[5].X_WC, np.diag(np.arange(1.0, 7.0)) * 0.01
    stamp_ns = 1_305_031_102_175_304_123
    base = dataclasses.replace(room_frames[1], stamp_ns=stamp_ns, received_ns=stamp_ns + 25_000_001)

    def later(index, **changes):
        return dataclasses.replace(base, stamp_ns=base.stamp_ns + index, **changes)

    depth_m[3, 4] = np.nan
    return [
        later(0),
        later(1, depth_unit_m=1 / 5000, color=jpeg),
        later(2, depth=depth_m, color=png, pose_cov=cov),
        later(3, depth=depth_m.astype(np.float64) + rng.random() * 1e-12, X_BC=X_BC, color=None),
        later(4, depth=np.nan_to_num(depth_m).astype(np.float16), color=None),
        later(5, source="left eye/ö", X_BC=X_BC, pose_cov=cov),
        later(6, source="left eye_ö", depth=np.zeros((0, 0), np.uint16), color=EncodedImage(b"")),
        later(7, depth=room_frames[1].depth[::2, ::3], camera=Pinhole(107, 120, 80.1, 120.3, 53.0, 59.5), color=None),
        later(8, X_WC=room_frames[1].X_WC * np.nan),
        later(1, depth_unit_m=0.001),
        PointScan(
            source="lidar", stamp_ns=base.stamp_ns, received_ns=base.stamp_ns + 5,
            points_S=rng.normal(size=(50, 3)).astype(np.float32), X_WS=X_BC, X_BS=X_BC, pose_cov=cov,
        ),
        PointScan(
            source="camera", stamp_ns=base.stamp_ns + 9, received_ns=base.stamp_ns,
            points_S=np.full((2, 3), np.nan, np.float32), X_WS=X_BC,
        ),
        later(9, source="lidar"),
    ]  # fmt: skip


def test_all_that_an_input_carries_comes_back(varied, tmp_path):
    recorded = record_mcap(Listed(varied, name="all of it"), tmp_path / "a.mcap")
    assert (recorded.count, dict(recorded.left_out)) == (len(varied), {})
    episode = opened(tmp_path / "a.mcap")
    assert (episode.name, len(episode)) == ("all of it", len(varied))
    assert_same_inputs(varied, list(episode))
    assert_same_inputs(varied, list(episode))  # iterating again starts again
    assert (episode.damage, episode.left_out, episode.notes) == ((), {}, ())


def test_the_world_comes_back_or_is_the_one_asked_for(frame, tmp_path):
    record_mcap(Listed([dataclasses.replace(frame, world="lab")], world="lab"), tmp_path / "a.mcap")
    assert [x.world for x in opened(tmp_path / "a.mcap")] == ["lab"]
    assert [x.world for x in opened(tmp_path / "a.mcap", world="hall")] == ["hall"]


def test_it_is_a_source(room, tmp_path):
    record_mcap(room, tmp_path / "room.mcap", inputs=(room.frame(index) for index in range(8)))
    check_source(opened(tmp_path / "room.mcap"))


def played(source, limit):
    memory = SpatialMemory(Config(octree=OctreeConfig(color=True)))
    for index, x in enumerate(source):
        if index == limit:
            break
        memory.observe(x)
    return memory


def test_the_same_memory_comes_of_it(room, tmp_path):
    record_mcap(room, tmp_path / "a.mcap", inputs=(room.frame(index) for index in range(25)))
    direct, replayed = played(room, 25), played(opened(tmp_path / "a.mcap"), 25)
    assert replayed.counts["camera"]["admitted"] == 25
    assert replayed.state_hash() == direct.state_hash()


@needs_office_walk
def test_the_same_memory_comes_of_a_real_walk(tmp_path):
    walk = opened(OFFICE_WALK)
    record_mcap(walk, tmp_path / "a.mcap", inputs=(x for _, x in zip(range(40), walk, strict=False)))
    replayed = played(opened(tmp_path / "a.mcap"), None)
    assert replayed.counts["camera"]["admitted"] == 40
    assert replayed.state_hash() == played(walk, 40).state_hash()


def test_another_library_reads_what_was_written(varied, tmp_path):
    """`rosbags` decodes every message by the definitions in the file; transforms tell the same poses."""
    from rosbags.highlevel import AnyReader

    record_mcap(Listed(varied), tmp_path / "a.mcap")
    frames, transforms = {}, {}
    message: Any
    with AnyReader([tmp_path / "a.mcap"]) as reader:
        kinds = {(c.topic, c.msgtype) for c in reader.connections}
        for connection, _, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            if connection.topic == "/camera/depth/image_raw":
                frames.setdefault(message.header.stamp.sec * 10**9 + message.header.stamp.nanosec, message)
            elif connection.topic == "/tf":
                transforms[message.transforms[0].child_frame_id] = message.transforms[0]
    assert ("/camera/color/image_raw/compressed", "sensor_msgs/msg/CompressedImage") in kinds
    assert ("/camera/depth/camera_info", "sensor_msgs/msg/CameraInfo") in kinds
    assert ("/lidar/points", "sensor_msgs/msg/PointCloud2") in kinds
    first = frames[varied[0].stamp_ns]
    assert (first.encoding, first.height, first.width) == ("16UC1", *varied[0].depth.shape)
    assert bytes(first.data) == varied[0].depth.tobytes()
    assert transforms[first.header.frame_id].header.frame_id == "map"


def test_played_as_anybody_else_does_the_poses_are_those_of_tf(room, tmp_path):
    record_mcap(room, tmp_path / "a.mcap", inputs=(room.frame(index) for index in range(12)))
    topics = ["/camera/depth/image_raw", "/camera/color/image_raw"]
    frames = list(opened(tmp_path / "a.mcap", topics=topics))
    assert len(frames) == 12
    for index, frame in enumerate(frames):
        truth = room.frame(index)
        assert same(truth.depth, frame.depth)
        assert same(truth.color, frame.color)
        assert frame.camera == truth.camera
        assert angle_between(frame.X_WC, truth.X_WC) < 1e-7
        assert frame.X_WC[:3, 3] == pytest.approx(truth.X_WC[:3, 3], abs=1e-12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stamp_ns": 1 << 62}, "bad_stamp"),
        ({"world": "elsewhere"}, "other_world"),
        ({"depth": np.zeros((2, 2), np.uint8)}, "depth_dtype"),
        ({"X_WC": np.eye(3)}, "bad_field"),
        ({"color": np.zeros((2, 2), np.uint8)}, "color_dtype"),
        ({"camera": Pinhole(-1, 2, 1.0, 1.0, 0.0, 0.0)}, "bad_intrinsics"),
        ({"depth_unit_m": "1 mm"}, "depth_unit"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_what_ros_cannot_hold_is_left_out_and_counted(change, reason, frame, tmp_path):
    good = dataclasses.replace(frame, stamp_ns=frame.stamp_ns + 1)
    recorded = record_mcap(Listed([dataclasses.replace(frame, **change), good]), tmp_path / "a.mcap")
    assert (recorded.count, dict(recorded.left_out)) == (1, {reason: 1})
    assert recorded.example
    assert_same_inputs([good], list(opened(tmp_path / "a.mcap")))


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_input_is_counted_and_no_file_is_left_without_any(tmp_path):
    recorded = record_mcap(Listed(["an input"]), tmp_path / "a.mcap")
    assert (recorded.count, dict(recorded.left_out)) == (0, {"other_kind": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_the_file_as_it_was(room_frames, tmp_path):
    def failing():
        yield room_frames[0]
        raise RuntimeError("the cable is out")

    (tmp_path / "a.mcap").write_bytes(b"before")
    with pytest.raises(RuntimeError, match="the cable"):
        record_mcap(Listed(room_frames), tmp_path / "a.mcap", inputs=failing())
    assert [path.name for path in tmp_path.iterdir()] == ["a.mcap"]
    assert (tmp_path / "a.mcap").read_bytes() == b"before"


def test_one_that_is_stopped_is_whole_and_says_so(room_frames, tmp_path):
    source = Listed(room_frames)
    recorded = record_mcap(source, tmp_path / "a.mcap", after_each=lambda recorded: recorded.count < 3)
    assert (recorded.count, recorded.stopped) == (3, True)
    episode = opened(tmp_path / "a.mcap")
    assert_same_inputs(room_frames[:3], list(episode))
    assert episode.damage == ()
    assert episode.notes == (f"the recording was stopped after 3 of {len(room_frames)} inputs",)


@pytest.mark.parametrize(("name", "words"), [("a.bag", r"does not end in \.mcap"), ("no/a.mcap", "does not exist")])
def test_places_that_cannot_be_written_are_refused(name, words, frame, tmp_path):
    with pytest.raises(InputError, match=words):
        record_mcap(Listed([frame]), tmp_path / name)


@pytest.mark.parametrize(
    ("source", "word"),
    [("camera", "camera"), ("left eye/ö", "left_eye"), ("/a//b c/", "a/b_c"), ("3d", "s_3d"), ("ö", "sensor")],
)
def test_a_source_becomes_a_word_that_ros_allows(source, word):
    assert topic_word(source) == word


@given(st.integers(0, 10**6), st.sampled_from([None, "x", "y", "z"]))
def test_quaternions_are_those_of_scipy(seed, half_turn):
    R = Rotation.random(rng=np.random.default_rng(seed)) if half_turn is None else Rotation.from_euler(half_turn, np.pi)
    w, x, y, z = quaternion_of(R.as_matrix())
    assert abs(abs(float(np.dot((x, y, z, w), R.as_quat()))) - 1) < 1e-14


@pytest.fixture
def file(room_frames, tmp_path):
    record_mcap(Listed(room_frames), tmp_path / "whole.mcap")
    return tmp_path / "whole.mcap"


@pytest.mark.parametrize("share", [0.02, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 0.999])
def test_one_that_was_cut_gives_what_is_readable_and_says_what_is_lost(share, file, room_frames):
    data = file.read_bytes()
    cut = file.with_name("cut.mcap")
    cut.write_bytes(data[: int(len(data) * share)])
    if share < 0.1:
        with pytest.raises(EpisodeError, match=r"holds no message \(cut\.mcap is cut or damaged at byte"):
            opened(cut)
        return
    episode = opened(cut)
    frames = list(episode)
    assert len(frames) <= len(episode) <= len(room_frames)
    assert len(frames) >= share * len(room_frames) - 2  # a chunk holds one, or parts of two
    assert_same_inputs(room_frames[: len(frames)], frames)
    assert len(episode.damage) == 1
    assert "cut.mcap is cut" in episode.damage[0] or "the summary of cut.mcap is cut" in episode.damage[0]


def test_only_its_end_is_missing_at_the_last_bytes(file, room_frames):
    cut = file.with_name("cut.mcap")
    cut.write_bytes(file.read_bytes()[:-4])
    episode = opened(cut)
    assert len(list(episode)) == len(room_frames)
    assert episode.damage == ("the summary of cut.mcap is cut; all of its messages are there.",)


def test_a_damaged_chunk_is_left_out_and_named(file, room_frames):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x10
    file.write_bytes(data)
    episode = opened(file)
    frames = list(episode)
    assert 0 < len(frames) < len(room_frames)
    stamps = {frame.stamp_ns: frame for frame in room_frames}
    for frame in frames:
        assert_same_inputs([stamps[frame.stamp_ns]], [frame])
    assert any("is damaged; its messages are lost" in sentence for sentence in episode.damage)
    assert any("messages of whole.mcap could not be read" in sentence for sentence in episode.damage)


def test_any_flipped_bit_is_noticed_or_harmless(file, room_frames):
    """Wherever it is: either the inputs are as they were, or something is said to be lost."""
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    for at in [*range(0, 60, 7), *rng.integers(0, len(whole), 40), *range(len(whole) - 400, len(whole), 31)]:
        data = bytearray(whole)
        data[at] ^= 1 << int(rng.integers(8))
        file.write_bytes(data)
        try:
            episode = opened(file)
            frames = list(episode)
        except EpisodeError:
            continue
        if not episode.damage and not episode.left_out:
            assert_same_inputs(room_frames, frames)
        else:
            known = {frame.stamp_ns: frame for frame in room_frames}
            assert_same_inputs([known[frame.stamp_ns] for frame in frames], frames)


def test_a_file_that_is_none_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "a.mcap").write_bytes(b"not at all")
    with pytest.raises(EpisodeError, match=r"a\.mcap is not an MCAP file"):
        opened(tmp_path / "a.mcap")
    (tmp_path / "a.mcap").write_bytes(b"")
    with pytest.raises(EpisodeError, match=r"a\.mcap is empty \(0 bytes\)"):
        opened(tmp_path / "a.mcap")


@pytest.mark.parametrize("module", ["mcap.exceptions", "rosbags.typesys"])
def test_without_the_libraries_one_sentence_says_how_to_get_them(module, file, frame, monkeypatch):
    from spatialmem.episodes.bags import ros_types

    ros_types._types.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EpisodeError, match=r"need the library (mcap|rosbags).*pip install 'spatialmem\[episodes\]'"):
        list(opened(file))


def test_a_newer_format_is_refused_by_its_version(file, room_frames, monkeypatch):
    monkeypatch.setattr("spatialmem.episodes.bags.mcap_write.FORMAT_VERSION", "7")
    record_mcap(Listed(room_frames[:1]), file)
    with pytest.raises(EpisodeError, match="version 7"):
        opened(file)


def test_an_interrupted_read_starts_again(file, room_frames):
    episode = opened(file)
    reading = iter(episode)
    first = next(reading)
    reading.close()
    assert isinstance(first, RgbdFrame)
    assert_same_inputs(room_frames, list(episode))

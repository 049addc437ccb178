"""Anybody's recordings: depth, colour and camera put together, poses from tf at the image's stamp, losses counted."""

import struct
from typing import Any

import cv2
import numpy as np
import pytest
from ros_bags import (
    CAMERA_FRAME,
    COLOR,
    DEPTH,
    INFO,
    MAP_TO_ODOM,
    MOUNT,
    PERIOD_NS,
    SECOND,
    START_NS,
    Recorder,
    angle_between,
    base_of,
    robot_walk,
)

from spatialmem import EpisodeError, PointScan, RgbdFrame, open_episode
from spatialmem.episodes.check import check_episode
from spatialmem.testing import check_source

opened: Any = open_episode
"""For its members beyond those of every Source."""


def opened_or_refused(path):
    try:
        return opened(path), ""
    except EpisodeError as error:
        return None, str(error)


def stamp_of(index):
    return START_NS + index * PERIOD_NS + (20_000_000 if index == 0 else 0)


def assert_walk(frames, room, room_frames, *, first=0):
    """Poses are those of the room's camera in the frame map; in between transforms they are near it, not exact."""
    for index, frame in enumerate(frames, first):
        truth = MAP_TO_ODOM @ np.linalg.inv(MAP_TO_ODOM) @ base_of(room, stamp_of(index)) @ MOUNT
        assert isinstance(frame, RgbdFrame)
        assert frame.stamp_ns == frame.received_ns == stamp_of(index)
        assert (frame.depth == room_frames[index].depth).all()
        assert frame.depth.dtype == np.uint16
        assert frame.camera == room_frames[index].camera
        assert frame.depth_unit_m == 0.001
        assert angle_between(frame.X_WC, truth) < 1e-3
        assert np.abs(frame.X_WC[:3, 3] - truth[:3, 3]).max() < 1e-3


@pytest.mark.parametrize(("ros", "name"), [(1, "walk.bag"), (2, "walk_sqlite"), (2, "walk_mcap")])
def test_bags_of_both_generations_are_played(ros, name, room, room_frames, tmp_path):
    bag = robot_walk(room, room_frames, ros=ros).write(tmp_path / name)
    episode = opened(bag)
    frames = list(episode)
    assert (len(frames), len(episode)) == (len(room_frames), len(room_frames))
    assert_walk(frames, room, room_frames)
    assert {frame.source for frame in frames} == {"camera"}
    assert all(frame.color is not None for frame in frames)
    assert episode.left_out == {}
    assert episode.damage == ()
    assert "the world is the frame 'map' of tf" in episode.notes
    check_source(episode)


@pytest.mark.parametrize("name", ["walk_sqlite", "walk_mcap"])
def test_a_file_of_a_bag_is_played_alone(name, room, room_frames, tmp_path):
    bag = robot_walk(room, room_frames[:3]).write(tmp_path / name)
    (file,) = (path for path in bag.iterdir() if path.suffix in (".db3", ".mcap"))
    assert len(list(opened(file))) == 3


def test_the_world_is_called_as_asked(room, room_frames, tmp_path):
    bag = robot_walk(room, room_frames[:2]).write(tmp_path / "walk.mcap_")
    assert {frame.world for frame in opened(bag)} == {"world"}
    assert {frame.world for frame in opened(bag, world="lab")} == {"lab"}


def test_poses_are_of_the_images_moment_not_of_the_nearest_transform(room, room_frames, tmp_path):
    """At 5 transforms a second the nearest is up to 0.1 s off; between two of them it is some millimetres."""
    bag = robot_walk(room, room_frames, tf_hz=5).write(tmp_path / "walk")
    frames = list(opened(bag))
    nearest = [base_of(room, START_NS + 3_000_000 + round((stamp_of(i) - START_NS - 3e6) / 2e8) * 200_000_000) @ MOUNT
               for i in range(len(frames))]  # fmt: skip
    errors = [np.abs(f.X_WC[:3, 3] - (base_of(room, f.stamp_ns) @ MOUNT)[:3, 3]).max() for f in frames]
    nearest_errors = [
        np.abs(X[:3, 3] - (base_of(room, f.stamp_ns) @ MOUNT)[:3, 3]).max()
        for X, f in zip(nearest, frames, strict=True)
    ]
    assert max(errors) < 0.3 * max(nearest_errors)


def test_a_transform_that_is_not_there_is_a_counted_loss(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames)
    tail = stamp_of(8)
    recorder.messages = [
        entry for entry in recorder.messages
        if not (entry[1] == "/tf" and entry[2].transforms[0].child_frame_id == "base" and entry[0] > tail)
    ]  # fmt: skip
    early = room_frames[0]
    recorder.image(DEPTH, START_NS + 1_000_000, CAMERA_FRAME, early.depth, "16UC1")
    episode = opened(recorder.write(tmp_path / "walk"))
    frames = list(episode)
    assert len(frames) == 8
    assert_walk(frames, room, room_frames)
    assert episode.left_out == {"tf_extrapolation": 5}
    assert len(episode) == 13
    assert any("no transform from 'camera_optical' to 'map'" in note for note in episode.notes)


def test_a_gap_in_the_transforms_is_not_bridged(room, room_frames, tmp_path):
    recorder = Recorder()
    for stamp_ns in (0, SECOND, 4 * SECOND, 5 * SECOND):
        recorder.transform(START_NS + stamp_ns, "odom", CAMERA_FRAME, np.eye(4))
    recorder.camera_info(INFO, START_NS, CAMERA_FRAME, room_frames[0].camera)
    for tenths in (5, 15, 25, 45):
        recorder.image(DEPTH, START_NS + tenths * SECOND // 10, CAMERA_FRAME, room_frames[0].depth, "16UC1")
    episode = opened(recorder.write(tmp_path / "walk"))
    assert [(f.stamp_ns - START_NS) / SECOND for f in episode] == [0.5, 4.5]
    assert episode.left_out == {"tf_gap": 2}
    assert "the world is the frame 'odom' of tf" in episode.notes


def test_without_any_transform_it_is_refused_in_one_sentence(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames[:2])
    recorder.messages = [entry for entry in recorder.messages if not entry[1].startswith("/tf")]
    with pytest.raises(EpisodeError, match=r"no pose of its sensors: their frames are 'camera_optical', the frames"):
        opened(recorder.write(tmp_path / "walk"))


def test_without_a_camera_info_the_images_are_counted(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames[:3])
    recorder.messages = [entry for entry in recorder.messages if entry[1] != INFO]
    episode = opened(recorder.write(tmp_path / "walk"))
    assert list(episode) == []
    assert episode.left_out == {"no_camera_info": 3}


def test_a_camera_info_of_the_same_frame_is_found_elsewhere(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames[:3])
    recorder.messages = [(t, "/info/elsewhere" if name == INFO else name, m) for t, name, m in recorder.messages]
    assert len(list(opened(recorder.write(tmp_path / "walk")))) == 3


def still_camera():
    recorder = Recorder()
    recorder.transform(START_NS, "map", CAMERA_FRAME, MOUNT, static=True)
    return recorder


@pytest.mark.parametrize("pad", [0, 12])
def test_float_depth_and_raw_colour(pad, room_frames, tmp_path):
    recorder, frame = still_camera(), room_frames[0]
    depth_m = frame.depth.astype(np.float32) * 0.001
    recorder.camera_info(INFO, START_NS, CAMERA_FRAME, frame.camera)
    recorder.image("/camera/color/image_raw", START_NS, CAMERA_FRAME, frame.color[..., ::-1], "bgr8", pad=pad)
    recorder.image(DEPTH, START_NS, CAMERA_FRAME, depth_m, "32FC1", pad=pad)
    (read,) = opened(recorder.write(tmp_path / "walk"))
    assert read.depth.dtype == np.float32
    assert (read.depth == depth_m).all()
    assert (read.color == frame.color).all()
    assert (np.round(MOUNT, 12) == read.X_WC).all() or np.abs(read.X_WC - MOUNT).max() < 1e-12


def test_compressed_depth(room_frames, tmp_path):
    recorder, frame = still_camera(), room_frames[0]
    topic = f"{DEPTH}/compressedDepth"
    png = cv2.imencode(".png", frame.depth)[1].tobytes()
    recorder.camera_info(INFO, START_NS, CAMERA_FRAME, frame.camera)
    recorder.compressed(topic, START_NS, CAMERA_FRAME, bytes(12) + png, "16UC1; compressedDepth png")
    (read,) = opened(recorder.write(tmp_path / "walk"))
    assert (read.depth == frame.depth).all()
    assert read.source == "camera"


def test_compressed_float_depth_is_inverse_depth(room_frames, tmp_path):
    """As compressed_depth_image_transport quantises: pixel = a / depth + b."""
    recorder, frame = still_camera(), room_frames[0]
    a, b = 100.0 * 101.0, 1 - 101.0
    depth_m = frame.depth.astype(np.float64) * 0.001
    pixels = np.where(depth_m > 0, a / np.maximum(depth_m, 1e-3) + b, 0).astype(np.uint16)
    data = struct.pack("<iff", 0, a, b) + cv2.imencode(".png", pixels)[1].tobytes()
    recorder.camera_info(INFO, START_NS, CAMERA_FRAME, frame.camera)
    recorder.compressed(f"{DEPTH}/compressedDepth", START_NS, CAMERA_FRAME, data, "32FC1; compressedDepth png")
    (read,) = opened(recorder.write(tmp_path / "walk"))
    assert ((read.depth > 0) == (frame.depth > 0)).all()
    assert np.abs(read.depth - depth_m).max() < 0.01


def test_images_that_cannot_be_understood_are_counted_by_reason(room_frames, tmp_path):
    recorder, frame = still_camera(), room_frames[0]
    recorder.camera_info(INFO, START_NS, CAMERA_FRAME, frame.camera)
    recorder.image(DEPTH, START_NS, CAMERA_FRAME, frame.depth, "16UC1")
    recorder.image(DEPTH, START_NS + 1, CAMERA_FRAME, frame.color, "rgb8")
    recorder.image(DEPTH, START_NS + 2, CAMERA_FRAME, frame.depth, "16UC1")
    recorder.messages[-1][2].data = recorder.messages[-1][2].data[:-100]
    episode = opened(recorder.write(tmp_path / "walk"))
    assert len(list(episode)) == 1
    assert episode.left_out == {"depth_encoding": 1, "image_too_short": 1}


def test_colour_that_does_not_belong_to_the_depth_is_left_out_and_said(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames[:3])
    for entry in recorder.messages:
        if entry[1] == COLOR:
            entry[2].header.frame_id = "other_optical"
    episode = opened(recorder.write(tmp_path / "walk"))
    assert [frame.color for frame in episode] == [None] * 3
    assert any("colour is left out: it is of the frame 'other_optical'" in note for note in episode.notes)


def test_colour_of_another_size_is_left_out_and_said(room_frames, tmp_path):
    recorder, frame = still_camera(), room_frames[0]
    recorder.camera_info(INFO, START_NS, CAMERA_FRAME, frame.camera)
    recorder.image("/camera/color/image_raw", START_NS, CAMERA_FRAME, frame.color[:100], "rgb8")
    recorder.image(DEPTH, START_NS, CAMERA_FRAME, frame.depth, "16UC1")
    episode = opened(recorder.write(tmp_path / "walk"))
    assert [frame.color for frame in episode] == [None]
    assert any("not of the depth image's size, 320 x 240" in note for note in episode.notes)


def test_a_colour_image_is_taken_within_half_the_time_between_depth_images(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames[:6])
    late = [entry for entry in recorder.messages if entry[1] == COLOR][3]
    recorder.messages.remove(late)
    episode = opened(recorder.write(tmp_path / "walk"))
    assert [frame.color is not None for frame in episode] == [True, True, True, False, True, True]
    assert episode.left_out == {"no_color_in_time": 1}


def test_point_clouds_become_scans(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames[:4])
    points = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    recorder.transform(START_NS, "base", "lidar", np.eye(4), static=True)
    for index in range(4):
        recorder.cloud("/lidar/points", stamp_of(index) + 1000, "lidar", points)
    inputs = list(opened(recorder.write(tmp_path / "walk")))
    scans = [x for x in inputs if isinstance(x, PointScan)]
    assert len(scans) == 4
    assert len(inputs) == 8
    for scan in scans:
        assert (scan.source, scan.points_S.dtype) == ("lidar", np.float32)
        assert (scan.points_S == points).all()
        assert np.abs(scan.X_WS[:3, 3] - base_of(room, scan.stamp_ns)[:3, 3]).max() < 1e-3


def test_clouds_that_cannot_be_understood_are_counted_by_reason(tmp_path):
    recorder, points = still_camera(), np.ones((5, 3), np.float32)
    for index in range(6):
        recorder.cloud("/lidar/points", START_NS + index, CAMERA_FRAME, points)
    clouds = [message for _, topic, message in recorder.messages if topic == "/lidar/points"]
    clouds[1].data = clouds[1].data[:-1]
    clouds[2].fields = clouds[2].fields[:2]
    clouds[3].fields[0].datatype = 4
    clouds[4].height, clouds[4].width, clouds[4].row_step = 1 << 31, 0, 0
    clouds[5].fields[2].offset = 1000
    episode = opened(recorder.write(tmp_path / "walk"))
    assert [len(scan.points_S) for scan in episode] == [5, 0]
    assert episode.left_out == {"points_too_short": 2, "points_without_xyz": 1, "points_not_float": 1}


def two_cameras(room, room_frames):
    recorder = robot_walk(room, room_frames[:2])
    for t, topic, message in list(recorder.messages):
        if topic.startswith("/camera"):
            recorder.add(topic.replace("/camera", "/rear"), t, message)
    return recorder


def test_where_there_is_a_choice_the_topics_are_listed_and_can_be_named(room, room_frames, tmp_path):
    bag = two_cameras(room, room_frames).write(tmp_path / "walk")
    with pytest.raises(EpisodeError, match=r"2 topics of depth images: .*topics=\['/.*depth/image_raw'\]"):
        opened(bag)
    assert {frame.source for frame in opened(bag, topics=["/rear/depth/image_raw"])} == {"rear"}
    both = opened(bag, topics=["/rear/depth/image_raw", DEPTH])
    assert sorted(frame.source for frame in both) == ["camera", "camera", "rear", "rear"]
    with pytest.raises(EpisodeError, match=r"no messages on '/rear/depth'.*Did you mean '/rear/depth/"):
        opened(bag, topics=["/rear/depth"])
    with pytest.raises(EpisodeError, match="is of type sensor_msgs/msg/CameraInfo"):
        opened(bag, topics=[INFO])


def test_topics_are_for_bags_only(rgbd_folder):
    for path in (rgbd_folder, "synthetic"):
        with pytest.raises(EpisodeError, match="has no topics to choose from"):
            opened(path, topics=["/a"])


def test_a_check_names_what_was_left_out_and_what_is_damaged(room, room_frames, tmp_path):
    recorder = robot_walk(room, room_frames)
    recorder.image(DEPTH, START_NS + 1_000_000, CAMERA_FRAME, room_frames[0].depth, "16UC1")
    bag = recorder.write(tmp_path / "walk_mcap")
    report = check_episode(opened(bag))
    assert report.facts["left_out_tf_extrapolation"] == 1
    assert {"left_out_tf_extrapolation", "taken_for_granted"} <= {finding.name for finding in report.findings}
    (file,) = bag.glob("*.mcap")
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 3 // 4])
    report = check_episode(opened(bag))
    assert "damaged_recording" in {finding.name for finding in report.findings}


@pytest.mark.parametrize(("ros", "name"), [(1, "walk.bag"), (2, "walk_sqlite"), (2, "walk_mcap")])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_cut_bag_gives_what_is_readable_and_says_what_is_lost(share, ros, name, room, room_frames, tmp_path):
    bag = robot_walk(room, room_frames, ros=ros, with_color=False).write(tmp_path / name)
    file = bag if bag.is_file() else next(path for path in bag.iterdir() if path.suffix in (".db3", ".mcap"))
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    episode, refusal = opened_or_refused(bag)
    if episode is None:
        assert share <= 0.3 or name == "walk_mcap", refusal
        assert "cut" in refusal or "no whole index" in refusal
        return
    frames = list(episode)
    assert len(frames) <= len(room_frames)
    assert_walk(frames, room, room_frames)
    assert episode.damage
    assert all(sentence.endswith(".") for sentence in episode.damage)

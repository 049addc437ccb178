"""Recordings with every kind of input: all come back in their order, the same memory comes of it, viewers see some."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from recorded_inputs import Listed, assert_same_inputs, differing, opened

from spatialmem import (
    Action,
    Detection,
    Detections,
    EpisodeError,
    PointScan,
    Recall,
    RgbdFrame,
    RobotState,
    SpatialMemory,
    record_mcap,
)
from spatialmem.codec import encode_input
from spatialmem.episodes.bags import mcap_write, own, payload
from spatialmem.episodes.check import check_episode
from spatialmem.testing import check_source


def stamped(frame, source, later_ns=0):
    return {"source": source, "stamp_ns": frame.stamp_ns + later_ns, "received_ns": frame.received_ns + later_ns + 7}


def robot_state(frame, **changes):
    fields = {
        **stamped(frame, "robot"),
        "X_WB": frame.X_WC,
        "linear_velocity_B_m_s": (0.25, 0.0, 0.1),
        "angular_velocity_B_rad_s": (0.0, 0.0, -0.5),
        "joint_positions_rad": {"elbow": 0.1 + 0.2, "wrist": -3.0},
        "gripper_width_m": 0.04,
    }
    return RobotState(**{**fields, **changes})


def detections(frame, index):
    rng = np.random.default_rng((7, index))
    mask = np.zeros(frame.depth.shape, bool)
    mask[40 + index : 90, 30:120] = True
    mask &= rng.random(mask.shape) < 0.98  # ragged, as a detector's
    items = (
        Detection(label="mug", score=0.1 * index, mask=mask),
        Detection(label="book", score=0.5, box_px=(1.0, 2.5, 30.0, 41.0), embedding=rng.random(8).astype(np.float32)),
    )
    return Detections(**stamped(frame, "camera"), camera_source="camera", items=items)  # shares source and stamp


@pytest.fixture(scope="module")
def run(room_frames):
    """What a robot's run gives: frames, states of another rate, detections that share source and stamp with frames."""
    inputs: list[Any] = []
    for index, frame in enumerate(room_frames):
        inputs += [
            robot_state(frame),
            frame,
            detections(frame, index),
            robot_state(frame, **stamped(frame, "robot", 9)),
        ]
    first = room_frames[0]
    inputs.append(Action(**stamped(first, "robot"), verb="placed_on", object_id=3, target_id=4, succeeded=False))
    inputs.append(Recall(**stamped(first, "planner"), object_ids=(3, 1, 2)))
    points_S = np.arange(30, dtype=np.float32).reshape(10, 3)
    inputs.append(PointScan(**stamped(first, "lidar"), points_S=points_S, X_WS=first.X_WC))
    inputs.append(Action(**stamped(first, "robot", 1), verb="opened", object_id=5))
    return inputs


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run.mcap"
    recorded = record_mcap(Listed(run, name="a run"), path)
    assert (recorded.count, dict(recorded.left_out)) == (len(run), {})
    assert recorded.kinds == {
        "RgbdFrame": 12,
        "RobotState": 24,
        "Detections": 12,
        "Action": 2,
        "Recall": 1,
        "PointScan": 1,
    }
    return path


def test_every_kind_comes_back_to_the_last_bit_and_in_order(run, file):
    episode = opened(file)
    assert len(episode) == len(run)
    assert_same_inputs(run, list(episode))
    assert_same_inputs(run, list(episode))
    assert (episode.damage, episode.left_out, episode.notes) == ((), {}, ())


def test_their_world_is_the_one_asked_for(file):
    assert {x.world for x in opened(file, world="hall")} == {"hall"}


def test_the_same_memory_comes_of_it(run, file):
    memories = [SpatialMemory(), SpatialMemory()]
    for memory, inputs in zip(memories, (run, opened(file)), strict=True):
        for x in inputs:
            assert memory.observe(x)
    assert memories[0].counts["camera"]["admitted"] == 24
    assert memories[0].counts["robot"]["admitted"] == 26
    assert memories[0].state_hash() == memories[1].state_hash()


def test_states_alone_are_an_episode(room_frames, tmp_path):
    states = [robot_state(frame) for frame in room_frames]
    record_mcap(Listed(states), tmp_path / "a.mcap")
    assert_same_inputs(states, list(opened(tmp_path / "a.mcap")))
    check_source(opened(tmp_path / "a.mcap"))


def test_a_mask_takes_little_room(room_frames):
    masked = detections(room_frames[0], 0)
    mask = masked.items[0].mask
    assert mask is not None
    whole = np.zeros_like(mask)
    whole[40:90, 30:120] = True
    clean = dataclasses.replace(masked, items=(dataclasses.replace(masked.items[0], mask=whole),))
    assert len(encode_input(clean)) < mask.size / 100
    assert len(encode_input(masked)) < mask.size / 10


def test_viewers_see_pose_twist_and_joints_of_a_state(run, file):
    from rosbags.highlevel import AnyReader

    messages: dict[str, list[Any]] = {}
    with AnyReader([file]) as reader:
        kinds = {connection.topic: connection.msgtype for connection in reader.connections}
        for connection, _, data in reader.messages():
            messages.setdefault(connection.topic, []).append(reader.deserialize(data, connection.msgtype))
    assert kinds["/robot/robot_state"] == kinds["/camera/detections"] == "std_msgs/msg/UInt8MultiArray"
    assert bytes(messages["/robot/robot_state"][0].data) == encode_input(run[0])
    odometry, joints = messages["/robot/odometry"][0], messages["/robot/joint_states"][0]
    position, twist = odometry.pose.pose.position, odometry.twist.twist
    assert [position.x, position.y, position.z] == run[0].X_WB[:3, 3].tolist()
    assert (odometry.header.frame_id, odometry.child_frame_id) == ("map", "robot_base_link")
    assert (twist.linear.x, twist.linear.z, twist.angular.z) == (0.25, 0.1, -0.5)
    assert (joints.name, joints.position.tolist()) == (["elbow", "wrist"], [0.1 + 0.2, -3.0])
    frames = {m.transforms[0].child_frame_id: m.transforms[0] for m in reversed(messages["/tf"])}
    assert frames["robot_base_link"].transform.translation.x == run[0].X_WB[0, 3]
    assert frames["robot_base_link"].transform.rotation == odometry.pose.pose.orientation


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"X_WB": np.full((4, 4), np.nan)}, {"/robot/joint_states"}),
        ({"X_WB": np.eye(3)}, {"/robot/joint_states"}),
        ({"joint_positions_rad": {}}, {"/tf", "/robot/odometry"}),
        ({"linear_velocity_B_m_s": (1.0, 2.0)}, {"/tf", "/robot/joint_states"}),
        ({"linear_velocity_B_m_s": ("fast",) * 3}, set()),
        ({"gripper_width_m": np.float32(0.1)}, {"/tf", "/robot/odometry", "/robot/joint_states"}),
    ],
    ids=["no numbers", "3x3", "no joints", "flat twist", "words", "a scalar of NumPy"],
)
def test_bad_states_are_written_for_the_gate_and_only_shown_where_they_can_be(changes, shown, room_frames, tmp_path):
    state = robot_state(room_frames[0], **changes)
    assert record_mcap(Listed([state]), tmp_path / "a.mcap").count == 1
    episode = opened(tmp_path / "a.mcap")
    [back] = list(episode)
    assert differing(state, back) == []
    assert type(back.gripper_width_m) is float  # a plain number, whatever it was
    assert {c.topic for c in episode._log.channels} == {"/robot/robot_state", *shown}


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"stamp_ns": -1}, "bad_stamp"),
        ({"world": "elsewhere"}, "other_world"),
        ({"X_WB": None}, "bad_field"),
        ({"X_WB": np.array([[object()]])}, "bad_field"),
        ({"gripper_width_m": 1j}, "bad_field"),
        ({"gripper_width_m": 1 << 70}, "bad_field"),
        ({"joint_positions_rad": {"elbow": object()}}, "bad_field"),
    ],
    ids=["stamp", "world", "no pose", "objects", "complex", "large", "a joint"],
)
def test_what_cannot_be_written_is_left_out_and_counted(changes, reason, room_frames, tmp_path):
    good = robot_state(room_frames[1])
    recorded = record_mcap(Listed([robot_state(room_frames[0], **changes), good]), tmp_path / "a.mcap")
    assert (recorded.count, dict(recorded.left_out)) == (1, {reason: 1})
    assert recorded.example
    assert_same_inputs([good], list(opened(tmp_path / "a.mcap")))


@pytest.mark.parametrize("damage", ["bytes", "another stamp", "another kind", "nested"])
def test_messages_that_hold_no_such_input_are_left_out_and_counted(damage, run, room_frames, tmp_path, monkeypatch):
    spoilt = run[4]

    def encode(x):
        if x is not spoilt:
            return encode_input(x)
        if damage == "bytes":
            return encode_input(x)[:-3]
        if damage == "nested":
            return nested()
        return encode_input(
            dataclasses.replace(x, stamp_ns=x.stamp_ns + 1) if damage == "another stamp" else room_frames[1]
        )

    monkeypatch.setattr(payload, "encode_input", encode)
    monkeypatch.setattr(payload, "decode_input", lambda data: None)
    record_mcap(Listed(run), tmp_path / "a.mcap")
    monkeypatch.undo()
    episode = opened(tmp_path / "a.mcap")
    assert_same_inputs([x for x in run if x is not spoilt], list(episode))
    assert episode.left_out == {"undecodable": 1}
    assert "/robot/robot_state" in episode.notes[0]
    report = check_episode(episode, pairs_max=4)
    assert report.facts["left_out_undecodable"] == 1
    assert report.good


def nested(depth=3000):
    """A detection in a detection in a detection, as only a hostile file has it."""
    import msgspec

    inner = b"\xc0"
    for _ in range(depth):
        inner = msgspec.msgpack.encode(("Detection", {"label": msgspec.msgpack.Ext(4, inner)}))
    return msgspec.msgpack.encode(("RobotState", {"X_WB": msgspec.msgpack.Ext(4, inner)}))


def test_flipped_bits_are_noticed_or_harmless(file, run, tmp_path):
    whole, rng = file.read_bytes(), np.random.default_rng(1)
    known = {(type(x).__name__, x.source, x.stamp_ns): x for x in run}
    for at in rng.integers(0, len(whole), 25):
        data = bytearray(whole)
        data[at] ^= 1 << int(rng.integers(8))
        (tmp_path / "flipped.mcap").write_bytes(data)
        try:
            episode = opened(tmp_path / "flipped.mcap")
            inputs = list(episode)
        except EpisodeError:
            continue
        assert len(inputs) == len(run) or episode.damage or episode.left_out
        assert_same_inputs([known[type(x).__name__, x.source, x.stamp_ns] for x in inputs], inputs)


def test_only_files_with_such_inputs_are_refused_by_older_readers(file, room_frames, tmp_path, monkeypatch):
    record_mcap(Listed(room_frames[:2]), tmp_path / "frames.mcap")
    monkeypatch.setattr(own, "FORMAT_VERSION_WHOLE", "1")  # a reader from before
    assert len(list(opened(tmp_path / "frames.mcap"))) == 2
    with pytest.raises(EpisodeError, match="version 2"):
        opened(file)


def test_one_that_was_cut_knows_its_version_too(file, run, tmp_path):
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    episode = opened(cut)
    assert episode._log.metadata[mcap_write.FORMAT]["version"] == "2"
    inputs = list(episode)
    assert 8 < len(inputs) < len(run)
    assert_same_inputs(run[: len(inputs)], inputs)


def test_a_check_looks_at_the_frames_and_counts_the_rest(room, tmp_path):
    frames = [room.frame(index) for index in range(0, 60, 4)]
    states = [robot_state(f, **stamped(f, "robot", k * 10**7)) for f in frames for k in range(8)]
    order = sorted([*frames, *states], key=lambda x: x.stamp_ns)
    record_mcap(Listed(order), tmp_path / "a.mcap")
    report, frames_alone = (
        check_episode(source, pairs_max=6) for source in (opened(tmp_path / "a.mcap"), Listed(frames))
    )
    assert report.good
    facts = dict(report.facts)
    assert (facts.pop("inputs"), facts.pop("robot_states")) == (9 * len(frames), 8 * len(frames))
    assert facts.pop("duration_s") == pytest.approx(float(frames_alone.facts["duration_s"]) + 0.07)
    assert facts == {k: v for k, v in frames_alone.facts.items() if k not in ("inputs", "duration_s")}
    assert report.hypotheses == frames_alone.hypotheses


def test_bad_frames_are_an_error_among_many_good_states(room):
    frames = [room.frame(index) for index in range(0, 40, 4)]
    bad = [dataclasses.replace(f, X_WC=f.X_WC * [[1], [1], [1], [0.5]]) for f in frames]
    states = [robot_state(f, **stamped(f, "robot", k * 10**7)) for f in frames for k in range(20)]
    report = check_episode(Listed([*bad, *states]))
    assert not report.good
    assert next(f for f in report.findings if f.name == "rejected_bad_pose").severity == "error"
    assert not any(finding.name == "cannot_judge" for finding in report.findings)
    assert not any(isinstance(x, RgbdFrame) for x in states)

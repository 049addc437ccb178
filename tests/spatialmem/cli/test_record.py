"""`spatialmem record`: an episode as an MCAP file, and what `replay` and `check` make of it."""

import dataclasses
import signal
from typing import Any

import numpy as np
import pytest
from recorded_inputs import Listed

from spatialmem import RobotState, open_episode, record_mcap
from spatialmem.episodes.synthetic import SyntheticRoom

FAR_M = np.array([[0.0, 0, 0, 1e6], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


def test_an_episode_becomes_a_file_that_replays_to_the_same_map(spatialmem, folder, tmp_path):
    answer = spatialmem("record", folder, tmp_path / "a.mcap")
    assert answer.code == 0, answer.err
    assert "recorded  6 of 6 in the episode" in answer.out
    maps = []
    for episode in (folder, tmp_path / "a.mcap"):
        played = spatialmem("replay", episode, "--json")
        assert played.code == 0, played.err
        assert played.json["frames"]["admitted"] == 6
        maps.append(played.json["map"])
    assert maps[0] == maps[1]
    assert spatialmem("check", tmp_path / "a.mcap").code == 0


def test_as_json_with_a_limit(spatialmem, folder, tmp_path):
    answer = spatialmem("record", folder, tmp_path / "a.mcap", "--limit", 4, "--json")
    assert answer.code == 0, answer.err
    told = answer.json
    assert (told["recorded"], told["in_episode"], told["interrupted"]) == (4, 6, False)
    assert told["written"] == str(tmp_path / "a.mcap")
    assert told["bytes"] == (tmp_path / "a.mcap").stat().st_size
    assert len(open_episode(tmp_path / "a.mcap")) == 4


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.bag", "does not end in .mcap"), ("none/a.mcap", "does not exist; make it first"), ("dir.mcap", "is a folder")],
)
def test_places_that_cannot_be_written_are_refused_before_anything_is_read(spatialmem, tmp_path, name, words):
    (tmp_path / "dir.mcap").mkdir()
    answer = spatialmem("record", "no/such/episode", tmp_path / name)
    assert answer.code == 2
    assert words in answer.err
    assert answer.err.count("\n") == 1


def test_an_episode_that_is_not_there(spatialmem, tmp_path):
    answer = spatialmem("record", tmp_path / "nothing", tmp_path / "a.mcap", "--json")
    assert answer.code == 2
    assert "does not exist" in answer.json["error"]
    assert list(tmp_path.iterdir()) == []


class InterruptedRoom(SyntheticRoom):
    """Its third frame comes with a Ctrl-C."""

    def __iter__(self):
        for index, frame in enumerate(super().__iter__()):
            if index == 2:
                signal.raise_signal(signal.SIGINT)
            yield frame


def test_ctrl_c_leaves_a_whole_file_that_is_shorter_and_says_so(spatialmem, monkeypatch, tmp_path):
    monkeypatch.setattr("spatialmem.cli.recording.prefetch", lambda source: (x for x in source))
    monkeypatch.setattr("spatialmem.cli.recording.open_episode", lambda path, topics: InterruptedRoom())
    answer = spatialmem("record", "synthetic", tmp_path / "a.mcap", "--json")
    assert answer.code == 130
    assert answer.json["interrupted"] is True
    assert answer.json["recorded"] == 3
    assert "Interrupted after 3 of 120 inputs" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["a.mcap"]
    episode: Any = open_episode(tmp_path / "a.mcap")
    assert [x.stamp_ns for x in episode] == [SyntheticRoom().frame(i).stamp_ns for i in range(3)]
    assert episode.notes == ("the recording was stopped after 3 of 120 inputs",)


def test_a_damaged_recording_is_replayed_and_recorded_with_losses(spatialmem, folder, tmp_path):
    spatialmem("record", folder, tmp_path / "a.mcap")
    data = (tmp_path / "a.mcap").read_bytes()
    (tmp_path / "a.mcap").write_bytes(data[: len(data) * 2 // 3])
    played = spatialmem("replay", tmp_path / "a.mcap", "--json")
    assert played.code == 3
    assert 0 < played.json["frames"]["admitted"] < 6
    assert "cut or damaged at byte" in played.json["frames"]["damage"][0]
    assert "a.mcap is cut or damaged" in played.err
    again = spatialmem("record", tmp_path / "a.mcap", tmp_path / "b.mcap", "--json")
    assert again.code == 3
    assert again.json["damage"] == played.json["frames"]["damage"]
    assert spatialmem("replay", tmp_path / "b.mcap", "--json").code == 0


def test_images_without_a_transform_show_in_the_summary(spatialmem, walk_frames, tmp_path):
    from ros_bags import CAMERA_FRAME, DEPTH, START_NS, robot_walk

    recorder = robot_walk(SyntheticRoom(frame_count=60), walk_frames)
    recorder.image(DEPTH, START_NS + 1, CAMERA_FRAME, np.full((240, 320), 900, np.uint16), "16UC1")
    bag = recorder.write(tmp_path / "walk_mcap")
    answer = spatialmem("replay", bag)
    assert "left out by reader" in answer.out
    assert "tf_extrapolation 1" in answer.out
    assert "rejected" in answer.out
    recorded = spatialmem("record", bag, tmp_path / "a.mcap", "--topic", DEPTH, "--json")
    assert recorded.code == 0
    assert (recorded.json["recorded"], recorded.json["left_out_by_reader"]) == (6, {"tf_extrapolation": 1})


def test_when_no_image_has_a_transform_the_reason_is_said(spatialmem, walk_frames, tmp_path):
    from ros_bags import robot_walk

    recorder = robot_walk(SyntheticRoom(frame_count=60), walk_frames)
    first = next(e for e in recorder.messages if e[1] == "/tf" and e[2].transforms[0].child_frame_id == "base")
    recorder.messages = [
        e for e in recorder.messages
        if e is first or e[1] != "/tf" or e[2].transforms[0].child_frame_id != "base"
    ]  # fmt: skip
    bag = recorder.write(tmp_path / "walk")
    answer = spatialmem("replay", bag)
    assert answer.code == 1
    assert "The reader left out: tf_extrapolation 6" in answer.err
    answer = spatialmem("record", bag, tmp_path / "a.mcap")
    assert answer.code == 1
    assert "no file was written. Left out: tf_extrapolation 6" in answer.err
    assert not (tmp_path / "a.mcap").exists()


@pytest.fixture
def run_file(walk_frames, tmp_path):
    """A recording with two states of the robot for every frame; four of them the gate will not have."""
    states = [
        RobotState(source="robot", stamp_ns=f.stamp_ns + k, received_ns=f.stamp_ns + k, X_WB=f.X_WC)
        for f in walk_frames
        for k in (0, 5)
    ]
    far = [dataclasses.replace(x, stamp_ns=x.stamp_ns + 1, X_WB=x.X_WB + FAR_M) for x in states[-4:]]
    inputs = sorted([*walk_frames, *states, *far], key=lambda x: x.stamp_ns)
    record_mcap(Listed(inputs), tmp_path / "run.mcap")
    return tmp_path / "run.mcap"


def test_a_recording_of_every_kind_is_recorded_replayed_checked_and_drawn(spatialmem, run_file, tmp_path):
    again = spatialmem("record", run_file, tmp_path / "again.mcap")
    assert again.code == 0, again.err
    assert "recorded        22 of 22 in the episode" in again.out
    assert "of these kinds  6 RgbdFrame, 16 RobotState" in again.out
    assert "inputs/s" in again.out
    played = spatialmem("replay", tmp_path / "again.mcap", "--picture", tmp_path / "map.png")
    assert played.code == 0, played.err
    assert "inputs admitted  18 of 22 played" in played.out
    assert "6 RgbdFrame, 16 RobotState" in played.out
    assert (tmp_path / "map.png").stat().st_size > 0
    told = spatialmem("replay", run_file, "--json").json
    assert (told["kinds"], told["unit"]) == ({"RgbdFrame": 6, "RobotState": 16}, "inputs")
    assert told["frames"]["rejected"] == {"outside_world": 4}
    checked = spatialmem("check", run_file, "--json").json
    assert (checked["facts"]["frames"], checked["facts"]["robot_states"]) == (6, 16)


def test_the_path_is_that_of_the_sensors_alone(spatialmem, folder, run_file):
    lengths_m = [spatialmem("replay", path, "--json").json["path_length_m"] for path in (folder, run_file)]
    assert lengths_m[0] == lengths_m[1] > 0


def test_a_recording_of_every_kind_goes_on_in_a_memory_file(spatialmem, run_file, tmp_path):
    part = spatialmem("replay", run_file, "--memory", tmp_path / "a.smem", "--limit", 10, "--json").json
    whole = spatialmem("replay", run_file, "--memory", tmp_path / "a.smem", "--json").json
    assert part["memory"]["inputs"] == 10 - sum(part["frames"]["rejected"].values())
    assert whole["frames"]["already_in_memory"] == part["memory"]["inputs"]
    assert whole["memory"]["inputs"] == 18
    spatialmem("replay", run_file, "--memory", tmp_path / "b.smem")
    hashes = [spatialmem("hash", tmp_path / name, "--json").json["state_hash"] for name in ("a.smem", "b.smem")]
    assert hashes[0] == hashes[1]
    assert spatialmem("replay", tmp_path / "a.smem", "--json").json["equal"] is True


def test_states_alone_make_no_map_and_no_picture_and_that_is_no_fault(spatialmem, walk_frames, tmp_path):
    states = [RobotState(source="robot", stamp_ns=f.stamp_ns, received_ns=f.stamp_ns, X_WB=f.X_WC) for f in walk_frames]
    record_mcap(Listed(states), tmp_path / "a.mcap")
    played = spatialmem("replay", tmp_path / "a.mcap", "--picture", tmp_path / "map.png")
    assert (played.code, played.err.count("Traceback")) == (0, 0)
    assert "inputs admitted  6 of 6 played" in played.out
    assert not (tmp_path / "map.png").exists()


def test_bad_frames_are_a_failure_however_many_states_are_good(spatialmem, walk_frames, tmp_path):
    states = [RobotState(source="robot", stamp_ns=f.stamp_ns, received_ns=f.stamp_ns, X_WB=f.X_WC) for f in walk_frames]
    bad = [dataclasses.replace(f, X_WC=f.X_WC + FAR_M) for f in walk_frames]
    record_mcap(Listed([*states, *bad]), tmp_path / "a.mcap")
    played = spatialmem("replay", tmp_path / "a.mcap", "--picture", tmp_path / "map.png")
    assert played.code == 1
    assert "No frame was admitted. The first rejection (outside_world)" in played.err
    assert not (tmp_path / "map.png").exists()

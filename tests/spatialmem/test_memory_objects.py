"""Objects as a part of a memory: told by detections of frames, asked of views, kept in files."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from spatialmem import (
    Action,
    Config,
    ConfigError,
    Detection,
    Detections,
    Evidence,
    OctreeConfig,
    Pinhole,
    Reason,
    Recall,
    Receipt,
    Rejected,
    RgbdFrame,
    RobotState,
    ShortTermConfig,
    SpatialMemory,
    Unknown,
    UnknownLabel,
)
from spatialmem.gate import Admitted, GateState, admit
from spatialmem.geometry import look_at
from spatialmem.memory_file import MemoryFile

CAMERA = Pinhole(64, 48, 60.0, 60.0, 31.5, 23.5)
CONFIG = Config(octree=OctreeConfig(voxel_size_m=0.1, budget_mib=16))
S = 10**9
SEEN_PX = (26.0, 18.0, 37.0, 29.0)


def frame(i: int, *, thing: bool = True, color: bool = True) -> RgbdFrame:
    """A wall at x = 3 m, a box of 20 cm before it at x = 2 m; the camera moves to the left."""
    depth = np.full((48, 64), 3000, np.uint16)
    picture = np.full((48, 64, 3), 128, np.uint8)
    u = 31.5 + 60.0 * 0.05 * i / 2.0
    if thing:
        columns = slice(round(u) - 3, round(u) + 4)
        depth[20:27, columns] = 2000
        picture[20:27, columns] = (200, 30, 30)
    X_WC = look_at(np.array([0.0, 0.05 * i, 1.0]), np.array([2.0, 0.05 * i, 1.0]))
    return RgbdFrame(
        source="camera", stamp_ns=S + i * S // 10, received_ns=S + i * S // 10, depth=depth, camera=CAMERA, X_WC=X_WC,
        color=picture if color else None,
    )  # fmt: skip


def found(seen: RgbdFrame, *, label: str = "mug", source: str = "detector", look=(1.0, 0.0), **fields) -> Detections:
    """What a detector says of a frame: the box, a little wider than it is."""
    u = 31.5 + 60.0 * seen.X_WC[1, 3] / 2.0
    item = Detection(
        label=label, score=0.9, box_px=(u - 4.5, 18.0, u + 4.5, 29.0), embedding=np.array(look, np.float32)
    )
    known = {"source": source, "stamp_ns": seen.stamp_ns, "received_ns": seen.received_ns, "camera_source": seen.source}
    return Detections(**{**known, "items": (item,), **fields})


def told(memory: SpatialMemory, count: int = 6, first: int = 0) -> SpatialMemory:
    for i in range(first, first + count):
        for x in (frame(i), found(frame(i))):
            assert memory.observe(x)
    return memory


def robot(stamp_ns: int, **fields) -> RobotState:
    return RobotState(source="wheels", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=np.eye(4), **fields)


def test_what_is_detected_is_remembered_where_it_is():
    memory = told(SpatialMemory(CONFIG))
    (mug,) = memory.objects("mug")
    assert (mug.name, mug.confirmed, mug.sightings, mug.source) == ("mug-1", True, 6, "detector")
    assert mug.center_W == pytest.approx([2.0, 0.0, 1.0], abs=0.05)
    assert memory.view().object(1) is mug
    assert memory.object_counts["confirmed"] == 1
    assert isinstance(memory.object(77), Unknown)
    with pytest.raises(
        UnknownLabel, match=r"no object labelled 'mugg' .* memory: mug\. Did you mean 'mug'\?"
    ) as refused:
        memory.objects("mugg")
    assert refused.value.available == ("mug",)


def test_questions_relative_to_the_robot():
    memory = told(SpatialMemory(CONFIG))
    for answer in (memory.relative(1), memory.around(), memory.nearest_obstacles()):
        assert isinstance(answer, Unknown)
    X_WB = np.eye(4)
    X_WB[:3, 3] = 1.0, 0.0, 0.0
    assert memory.observe(dataclasses.replace(robot(2 * S), X_WB=X_WB, linear_velocity_B_m_s=(0.2, 0.0, 0.0)))
    mug: Any = memory.relative(1)
    assert mug.center_B == pytest.approx([1.0, 0.0, 1.0], abs=0.05)
    around, obstacles = memory.around(), memory.nearest_obstacles(horizon_s=10.0)
    assert not isinstance(around, Unknown)
    assert not isinstance(obstacles, Unknown)
    assert [one.object.id for one in around] == [1]
    (obstacle,) = obstacles
    assert obstacle.object.id == 1
    assert obstacle.contact_s == pytest.approx(obstacle.distance_m / 0.2, rel=0.05)
    (alike,) = memory.similar(np.array([1.0, 0.0]), within="mug")
    assert (alike.object.id, alike.similarity) == (1, pytest.approx(1.0))
    assert memory.robot is not None
    assert memory.robot.stamp_ns == 2 * S


def test_a_frame_waits_for_its_detections_while_others_come():
    memory = SpatialMemory(CONFIG)
    frames = [frame(i) for i in range(11)]
    for one in frames:
        assert memory.observe(one)
    for one in frames[1:]:  # each up to a second late
        assert memory.observe(found(one))
    assert memory.objects()[0].sightings == 10
    assert memory.objects()[0].stamp_ns == frames[10].stamp_ns


@pytest.mark.parametrize(
    "change",
    [{"stamp_ns": S + 5, "received_ns": S + 5}, {"camera_source": "other"}],
    ids=["another stamp", "another camera"],
)
def test_detections_without_their_frame_are_rejected_and_counted(change, tmp_path):
    with SpatialMemory.open(tmp_path / "a.smem", CONFIG) as memory:
        memory.observe(frame(0))
        before = memory.dump()
        answer = memory.observe(found(frame(0), **change))
        assert isinstance(answer, Rejected)
        assert answer.reason is Reason.NO_FRAME
        assert "waits for detections; frames wait for shortterm.frames_s, 1 s" in answer.detail
        assert memory.counts["detector"] == {"no_frame": 1}
        assert memory.view().seq == 1
        assert memory.dump() != before  # it is counted
        assert memory.observe(found(frame(0))) == Receipt(2)


def test_a_frame_waits_no_longer_than_it_is_told_to():
    memory = SpatialMemory(config_with(shortterm=ShortTermConfig(frames_s=0.25)))
    for i in range(5):
        memory.observe(frame(i))
    assert [bool(memory.observe(found(frame(i)))) for i in range(5)] == [False, False, True, True, True]
    few = SpatialMemory(config_with(shortterm=ShortTermConfig(frames_max=1)))
    for i in range(2):
        few.observe(frame(i))
    assert [bool(few.observe(found(frame(i)))) for i in range(2)] == [False, True]


def config_with(**fields) -> Config:
    return Config(octree=CONFIG.octree, **fields)


def test_detections_without_depth_are_counted_and_harm_nothing():
    memory = SpatialMemory(CONFIG)
    blind = dataclasses.replace(
        frame(0), depth=np.where(np.arange(64) < 2, 1000, 0).astype(np.uint16) + np.zeros((48, 1), np.uint16)
    )
    assert memory.observe(blind)
    assert memory.observe(found(blind))
    assert memory.object_counts["unplaced"] == 1
    of_another_size = Detection(label="mug", score=0.5, mask=np.ones((5, 7), bool))
    beyond = Detection(label="mug", score=0.5, box_px=(90.0, 5.0, 99.0, 9.0))
    assert memory.observe(found(blind, source="segmenter", items=(of_another_size,)))
    assert memory.observe(found(blind, source="other", items=(beyond,)))
    assert memory.object_counts["misfit"] == 2
    assert memory.object_counts["unplaced"] == 1
    assert memory.objects(confirmed=False) == ()


def test_a_view_is_of_its_moment():
    memory = told(SpatialMemory(CONFIG), 3)
    view, dump = memory.view(), memory.dump()
    told(memory, 3, first=3)
    memory.observe(Recall(source="planner", stamp_ns=3 * S, received_ns=3 * S, object_ids=(1,)))
    assert [one.sightings for one in (*view.objects(), *memory.objects())] == [3, 6]
    assert view.dump() == dump
    assert SpatialMemory.load(dump).state_hash() == view.state_hash()


def test_loaded_it_goes_on_as_if_it_had_never_stopped(tmp_path):
    """Also with detections of frames from before."""
    inputs = [x for i in range(8) for x in (frame(i), robot(frame(i).stamp_ns))]
    inputs += [found(frame(i)) for i in range(8)]
    whole = SpatialMemory(CONFIG)
    for x in inputs:
        assert whole.observe(x)
    for cut in (3, 16, 20):
        half = SpatialMemory(CONFIG)
        for x in inputs[:cut]:
            half.observe(x)
        again = SpatialMemory.load(half.dump())
        with SpatialMemory.open(tmp_path / f"{cut}.smem", CONFIG) as filed:
            for x in inputs[:cut]:
                filed.observe(x)
        with SpatialMemory.open(tmp_path / f"{cut}.smem") as filed:
            for x in inputs[cut:]:
                assert again.observe(x)
                assert filed.observe(x)
            assert again.state_hash() == filed.state_hash() == whole.state_hash()


def test_what_the_robot_does_follows(tmp_path):
    memory = told(SpatialMemory(CONFIG))
    X_WG = np.eye(4)
    X_WG[:3, 3] = memory.objects()[0].center_W
    memory.observe(robot(2 * S, X_WG=X_WG))
    memory.observe(Action(source="arm", stamp_ns=2 * S, received_ns=2 * S, verb="picked_up", object_id=1))
    assert memory.objects()[0].attributes == {"held": "yes"}
    X_WG = X_WG.copy()
    X_WG[1, 3] += 0.5
    memory.observe(robot(2 * S + 1000, X_WG=X_WG))
    assert memory.objects()[0].center_W == pytest.approx([2.0, 0.5, 1.0], abs=0.05)
    assert SpatialMemory.load(memory.dump()).objects()[0].attributes == {"held": "yes"}


def test_the_policy_is_chosen_in_the_config_and_kept(tmp_path):
    path = tmp_path / "a.smem"
    settings = ShortTermConfig(objects_max=2, policy="lru", confirm_viewpoints=1, confirm_sightings=1)
    two = config_with(shortterm=settings)
    with SpatialMemory.open(path, two) as memory:
        for i, place in enumerate(["left", "middle", "right"]):
            wall = dataclasses.replace(frame(0, thing=False), stamp_ns=S + i, received_ns=S + i)
            poster = Detection(label=place, score=0.9, box_px=(5.0 + 20 * i, 10.0, 15.0 + 20 * i, 20.0))
            assert memory.observe(wall)
            assert memory.observe(found(wall, items=(poster,)))
            if place == "middle":
                assert memory.observe(Recall(source="planner", stamp_ns=S, received_ns=S, object_ids=(1,)))
        labels = [one.label for one in memory.objects()]
        assert labels == ["left", "middle", "right"]
        assert [one.label for one in memory.view()._recent.objects()] == ["left", "right"]
        assert (memory.object_counts["dropped"], memory.object_counts["long_term"]) == (1, 1)
    for other in (Config(octree=CONFIG.octree), config_with(shortterm=ShortTermConfig(objects_max=3))):
        with pytest.raises(ConfigError, match=r"shortterm\.\w+ is .*a\.smem is kept with .*; they must agree"):
            SpatialMemory.open(path, other)
    with SpatialMemory.open(path) as memory:
        assert [one.label for one in memory.objects()] == labels
        assert memory.config.shortterm == two.shortterm
    with pytest.raises(ConfigError, match="shortterm"):
        SpatialMemory.load(memory.dump(), CONFIG)


def test_an_unknown_policy_is_refused_before_there_is_a_file(tmp_path):
    config = config_with(shortterm=ShortTermConfig(policy="lru2"))
    with pytest.raises(ConfigError, match="Did you mean 'lru'"):
        SpatialMemory(config)
    with pytest.raises(ConfigError, match="Did you mean 'lru'"):
        SpatialMemory.open(tmp_path / "a.smem", config)
    assert list(tmp_path.iterdir()) == []


# pictures


def test_a_file_keeps_pictures_of_what_is_confirmed(tmp_path):
    path = tmp_path / "a.smem"
    assert told(SpatialMemory(CONFIG)).evidence(1) == ()  # without a file
    with SpatialMemory.open(path, CONFIG) as memory:
        told(memory)
        memory.flush()
        (picture,) = memory.evidence(1)
        assert isinstance(picture, Evidence)
        assert (picture.object_id, picture.seq, picture.stamp_ns) == (1, 6, frame(2).stamp_ns)
        assert memory.evidence(5) == ()
    with SpatialMemory.open(path, read_only=True) as memory:
        assert [one.jpeg for one in memory.evidence(1)] == [picture.jpeg]
    assert is_reddish(picture.jpeg)
    with SpatialMemory.open(path) as memory:  # none is kept twice
        assert [one.jpeg for one in memory.evidence(1)] == [picture.jpeg]


def is_reddish(jpeg: bytes) -> bool:
    import cv2

    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    blue, _, red = picture.reshape(-1, 3).mean(axis=0)
    return bool(red > blue + 20)


def test_pictures_that_were_not_written_are_made_anew_of_the_journal(tmp_path, monkeypatch):
    path = tmp_path / "a.smem"
    with monkeypatch.context() as patch:
        patch.setattr(MemoryFile, "_keep", lambda *_: None)  # as if it had been killed before it wrote them
        memory = SpatialMemory.open(path, CONFIG)
        told(memory)
        memory.flush()
        assert memory._file is not None
        memory._file.store.close()
    with SpatialMemory.open(path) as memory:
        memory.flush()
        assert [one.seq for one in memory.evidence(1)] == [6]


def test_frames_without_colour_have_no_pictures(tmp_path):
    with SpatialMemory.open(tmp_path / "a.smem", CONFIG) as memory:
        for i in range(4):
            memory.observe(frame(i, color=False))
            memory.observe(found(frame(i)))
        memory.flush()
        assert len(memory.objects()) == 1
        assert memory.evidence(1) == ()


def test_a_journal_with_detections_that_nothing_awaits_is_read(tmp_path):
    """Files of format 1 took them: their gate asked for no frame, and nobody integrated them."""
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, CONFIG) as memory:
        assert isinstance(memory.observe(found(frame(0))), Rejected)
    file = MemoryFile.open(path)
    verdict, gate = admit(found(frame(0)), GateState(), CONFIG)
    assert isinstance(verdict, Admitted)
    file.store.append(file.row_of(verdict, gate, CONFIG.depth, 1))
    file.store.close()
    for read_only in (True, False):
        with SpatialMemory.open(path, read_only=read_only) as memory:
            assert memory.view().seq == 1
            assert memory.objects(confirmed=False) == ()
            assert memory.counts == {"detector": {"admitted": 1}}
    with SpatialMemory.open(path) as memory:
        assert memory.observe(frame(0)) == Receipt(2)


def test_what_scores_nothing_is_not_pictured_again_and_again(tmp_path):
    with SpatialMemory.open(tmp_path / "a.smem", config_with(shortterm=ShortTermConfig(confirm_sightings=1))) as memory:
        for i in range(40):
            memory.observe(frame(i % 8 + (i // 8) * 8))
            item = dataclasses.replace(found(frame(i)).items[0], score=0.0)
            memory.observe(found(frame(i), items=(item,)))
        memory.flush()
        assert sum(len(memory.evidence(one.id)) for one in memory.objects(confirmed=False)) <= 4


def test_four_fast_cameras_and_a_slow_detector():
    memory = SpatialMemory(CONFIG)
    answers = []
    for i in range(40):  # 30 a second, each found half a second later
        for camera in "abcd":
            stamps = {"stamp_ns": S + i * S // 30, "received_ns": S + i * S // 30}
            assert memory.observe(dataclasses.replace(frame(0), source=camera, **stamps))
            if i >= 15:
                before: dict[str, Any] = {"stamp_ns": S + (i - 15) * S // 30, "received_ns": S + i * S // 30}
                answers.append(memory.observe(found(frame(0), source=f"of {camera}", camera_source=camera, **before)))
    assert len(answers) == 100
    assert all(answers)


@pytest.mark.parametrize("variance", [1e-2, 1.0, 10.0])
def test_an_uncertain_pose_raises_nothing(variance):
    memory = SpatialMemory(CONFIG)
    cov = np.diag([variance] * 3 + [1e-6] * 3)
    for i in range(8):
        seen = dataclasses.replace(frame(i), pose_cov=cov)
        items = [
            Detection(label=f"part {k}", score=0.9, box_px=(4.0 + 6 * k, 4.0, 9.0 + 6 * k, 12.0)) for k in range(9)
        ]
        assert memory.observe(seen)
        assert memory.observe(found(seen, items=tuple(items)))
    assert SpatialMemory.load(memory.dump()).state_hash() == memory.state_hash()


def test_a_policy_that_raises_does_not_end_a_memory(tmp_path, monkeypatch):
    with SpatialMemory.open(tmp_path / "a.smem", CONFIG) as memory:
        told(memory, 3)
        assert memory.observe(frame(3))
        before = memory.dump()
        with monkeypatch.context() as patch:
            patch.setattr("spatialmem.shortterm.policies.fifo.Fifo.on_insert", _boom)
            with pytest.raises(ValueError, match="boom"):
                memory.observe(found(frame(3)))
        assert memory.dump() == before
        assert memory.observe(found(frame(3)))
        wanted = memory.state_hash()
    with SpatialMemory.open(tmp_path / "a.smem") as memory:
        assert memory.state_hash() == wanted


def _boom(*_, **__):
    raise ValueError("boom")

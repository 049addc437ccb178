"""A memory whose objects are left behind and come back: told of by pictures, asked as if all were recent."""

from typing import Any

import numpy as np
import pytest
from left_behind import LEAVES_SOON, NEVER_LEAVES, SPACING_M, Corridor, S, box_at

from spatialmem import (
    Config,
    ConfigError,
    InputError,
    LongTermConfig,
    OctreeConfig,
    Presence,
    Recall,
    RobotState,
    ShortTermConfig,
    SpatialMemory,
    Unknown,
)
from spatialmem.memory_file import MemoryFile

OCTREE = OctreeConfig(voxel_size_m=0.2, budget_mib=32)


def config(longterm: LongTermConfig = LEAVES_SOON, **fields: Any) -> Config:
    return Config(octree=OCTREE, longterm=longterm, **fields)


def toured(*numbers: int, longterm: LongTermConfig = LEAVES_SOON, **fields: Any) -> Corridor:
    corridor = Corridor(SpatialMemory(config(longterm, **fields)))
    corridor.tour(*numbers)
    return corridor


def recent(memory: SpatialMemory) -> list[int]:
    return [one.id for one in memory.view()._recent.objects(missing=True)]


def names(memory: SpatialMemory) -> list[str]:
    return [one.name for one in memory.objects(missing=True)]


@pytest.fixture(scope="module")
def far() -> Corridor:
    """All six things were seen; the robot is at the last one."""
    return toured(0, 1, 2, 3, 4, 5, 5)


def test_all_questions_answer_over_both(far):
    memory = far.memory
    assert names(memory) == ["mug-1", "cup-2", "bowl-3", "mug-4", "box-5", "cup-6"]
    assert set(recent(memory)) < {1, 2, 3, 4, 5, 6}
    assert memory.object_counts["long_term"] == 6 - len(recent(memory)) >= 2
    assert memory.object_counts["confirmed"] == 6
    assert memory.object_counts["dropped"] == memory.object_counts["forgotten"] == 0
    assert [one.id for one in memory.objects("mug")] == [1, 4]
    mug: Any = memory.object(1)
    assert mug.center_W == pytest.approx([0.0, 1.3, 0.15], abs=0.1)
    assert {one.object.id for one in memory.where("mug")} == {1, 4}  # pyright: ignore[reportGeneralTypeIssues]
    assert [one.object.id for one in memory.whereabouts()] == [1, 2, 3, 4, 5, 6]
    assert all(one.presence is Presence.THERE for one in memory.whereabouts())
    (why,) = (memory.explain("mug-1"),)
    assert not isinstance(why, Unknown)
    assert why.sightings == mug.sightings
    changes: Any = memory.history(1)
    assert [one.kind for one in changes] == ["first_seen"]
    assert memory.changed(0) == ()


def test_questions_before_the_robot_answer_over_both(far):
    memory = SpatialMemory.load(far.memory.dump())
    corridor = Corridor(memory)
    corridor.stamp_ns = far.stamp_ns + S
    X_WB = np.eye(4)
    X_WB[0, 3] = -1.0
    corridor.tell(RobotState(source="robot", X_WB=X_WB, **corridor.stamps))
    around: Any = memory.around()
    assert [one.object.id for one in around] == [1, 2, 3, 4, 5, 6]
    relative: Any = memory.relative(1)
    assert relative.center_B == pytest.approx([1.0, 1.3, 0.15], abs=0.1)
    obstacles: Any = memory.nearest_obstacles(k=2)
    assert [one.object.id for one in obstacles] == [1, 2]
    assert 1 not in recent(memory)


def test_what_is_seen_again_is_the_same(far):
    corridor = toured(0, 1, 2, 3, 4, 5, 5, 0, 1)
    assert names(corridor.memory) == names(far.memory)
    assert {1, 2} < set(recent(corridor.memory))
    assert 6 not in recent(corridor.memory)


def test_it_makes_no_difference_to_who_asks():
    consolidating, plain = (toured(0, 2, 4, 0, 5, 5, 2, 1, 5, 5, longterm=one) for one in (LEAVES_SOON, NEVER_LEAVES))
    assert consolidating.memory.object_counts["long_term"] > 0 == plain.memory.object_counts["long_term"]
    for one, other in zip(consolidating.memory.whereabouts(), plain.memory.whereabouts(), strict=True):
        assert (one.object.name, one.p_there, one.place) == (other.object.name, other.p_there, other.place)
        assert one.object.center_W.tobytes() == other.object.center_W.tobytes()
    consolidated, whole = (one.memory.view()._believed.dump() for one in (consolidating, plain))
    assert consolidated == whole


def test_with_detections_the_belief_is_told_of_all_objects(far, monkeypatch):
    """What is near may reach far beyond what a camera sees, and what is on its other end has been left behind."""
    corridor = Corridor(SpatialMemory.load(far.memory.dump()))
    corridor.stamp_ns, corridor.x_m = far.stamp_ns, far.x_m
    belief, seen = corridor.memory._rooms.belief, []
    see = belief.see
    monkeypatch.setattr(belief, "see", lambda *given, **named: seen.append(named["objects"]) or see(*given, **named))
    corridor.drive(far.x_m, times=1)
    (objects,) = seen
    assert corridor.memory.object_counts["long_term"] > 0
    assert set(objects.shown.ids.tolist()) >= {1, 2, 3, 4, 5, 6}


# what is moved, taken, acted upon


@pytest.mark.parametrize("longterm", [LEAVES_SOON, NEVER_LEAVES], ids=["left behind", "recent"])
def test_what_was_moved_while_it_was_left_behind_keeps_its_id(longterm):
    """It turns up elsewhere, far from where it is kept; then its place is seen to be empty."""
    corridor = toured(0, 4, 4, longterm=longterm)
    assert (1 in recent(corridor.memory)) is (longterm is NEVER_LEAVES)
    corridor.things["mug 0"] = box_at(SPACING_M * 4.0 + 1.2)
    corridor.wait(3600.0)
    for number in (4, 0, 0, 4):
        corridor.drive(SPACING_M * number, times=8)
    assert [one.id for one in corridor.memory.objects("mug")] == [1]
    mug: Any = corridor.memory.object(1)
    assert mug.center_W[0] == pytest.approx(SPACING_M * 4.0 + 1.2, abs=0.15)
    kinds = [one.kind for one in corridor.memory.history(1)]  # pyright: ignore[reportGeneralTypeIssues]
    assert kinds == ["first_seen", "moved"]


def test_what_is_gone_is_missed_when_somebody_comes_back():
    corridor = toured(0, 4, 4)
    del corridor.things["mug 0"]
    corridor.drive(0.0, times=8)
    assert corridor.memory.objects("mug") == ()
    assert [one.missing for one in corridor.memory.objects("mug", missing=True)] == [True]
    assert 1 in recent(corridor.memory)
    corridor.tour(4, 4, 4)
    assert 1 in recent(corridor.memory)  # what is missing stays


def test_what_the_robot_acts_upon_is_brought_back_with_what_is_on_it():
    corridor = toured(0, 1, 5, 5, 5)
    memory, box = corridor.memory, None
    assert {1, 2}.isdisjoint(recent(memory))
    corridor.act("placed_on", 1, 2)  # by a gripper that nobody saw
    assert {1, 2} < set(recent(memory))
    box = memory.object(2)
    assert not isinstance(box, Unknown)
    assert memory.objects()[0].attributes == {"on": "2"}
    corridor.tour(5, 5, 5)
    corridor.drive(SPACING_M * 5, times=10)
    assert {1, 2}.isdisjoint(recent(memory))
    corridor.act("placed_on", 2, 3)
    assert {1, 2} < set(recent(memory))  # the mug goes with it
    mug: Any = memory.object(1)
    cup: Any = memory.object(2)
    assert mug.center_W[:2] == pytest.approx(cup.center_W[:2], abs=0.1)


def test_a_recall_counts_and_brings_nothing_back(far):
    memory = SpatialMemory.load(far.memory.dump())
    before = recent(memory)
    recall = Recall(source="planner", stamp_ns=far.stamp_ns, received_ns=far.stamp_ns, object_ids=(1, 1, 6, 99))
    assert memory.observe(recall)
    assert recent(memory) == before
    assert memory.view()._longterm.kept.recalls == {1: 2, 6: 1}


# what does not fit


def test_a_full_buffer_sends_objects_away_and_they_are_known_again():
    corridor = toured(0, 1, 0, 1, 2, shortterm=ShortTermConfig(objects_max=1))
    memory = corridor.memory
    assert names(memory) == ["mug-1", "cup-2", "bowl-3"]
    assert len(recent(memory)) == 1
    assert memory.object_counts["dropped"] > 2


def test_what_is_forgotten_is_told():
    """Each thing looks otherwise than all others, in so much detail that there is room for some thirty."""
    memory = SpatialMemory(config(LongTermConfig(budget_mib=1, leave_s=1.0)))
    corridor = Corridor(memory, [f"thing{i}" for i in range(36)], spacing_m=0.6)
    corridor.look = {name: np.eye(1, 8192, i)[0] for i, name in enumerate(corridor.things)}
    for x_m in np.arange(0.0, 22.0, 2.0).tolist():
        corridor.drive(x_m)
    assert len(memory.objects()) == 36
    before = memory.view()
    corridor.tour(9, 9)
    there = [one.id for one in memory.objects()]
    gone = [object_id for object_id in range(1, 37) if object_id not in there]
    assert 0 < len(gone) < 18
    assert memory.object_counts["forgotten"] == len(gone)
    changes: Any = memory.changed(since_seq=before.seq)
    assert [(one.kind, one.object_id) for one in changes] == [("forgotten", object_id) for object_id in gone]
    assert all(0.0 < one.p <= 1.0 and one.from_W is not None for one in changes)
    steps: Any = memory.history(gone[0])
    assert [one.kind for one in steps] == ["first_seen", "forgotten"]
    for answer in (memory.explain(gone[0]), memory.where(gone[0])):
        assert isinstance(answer, Unknown)
        assert f"-{gone[0]} was forgotten by input" in answer.reason
        assert answer.look_next is not None
    assert isinstance(memory.object(gone[0]), Unknown)
    corridor.tour(0, 1)  # what is there is another one then: nobody knows better
    assert all(one.id not in gone for one in memory.objects())


# its bytes and its file


def test_loaded_it_goes_on_as_if_it_had_never_stopped(tmp_path):
    whole = toured(0, 3, 5, 5, 1, 4)
    inputs = whole.inputs
    for cut in (10, 33, 41):
        half = SpatialMemory(config())
        for x in inputs[:cut]:
            assert half.observe(x)
        again = SpatialMemory.load(half.dump())
        with SpatialMemory.open(tmp_path / f"{cut}.smem", config()) as filed:
            for x in inputs[:cut]:
                assert filed.observe(x)
        with SpatialMemory.open(tmp_path / f"{cut}.smem") as filed:
            assert filed.object_counts == half.object_counts
            for x in inputs[cut:]:
                assert again.observe(x)
                assert filed.observe(x)
            assert again.state_hash() == filed.state_hash() == whole.memory.state_hash()


def test_its_journal_makes_it_anew(tmp_path):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, config()) as memory:
        Corridor(memory).tour(0, 3, 5, 5)
        known, counts = memory.state_hash(), dict(memory.object_counts)
    assert counts["long_term"] > 0
    file = MemoryFile.open(path, read_only=True)
    *_, last = file.replay()
    file.store.close()
    view = last.view(file.config.world)
    assert view.state_hash() == known
    assert dict(view.object_counts) == counts
    with SpatialMemory.open(path, read_only=True) as memory:
        assert memory.state_hash() == known


def test_its_settings_belong_to_it(tmp_path, far):
    with SpatialMemory.open(tmp_path / "a.smem", config()):
        pass
    other = config(LongTermConfig(leave_s=2.0))
    with pytest.raises(ConfigError, match=r"longterm\.leave_s is 2\.0, but .* is kept with 1\.0; they must agree"):
        SpatialMemory.open(tmp_path / "a.smem", other)
    with pytest.raises(ConfigError, match=r"longterm\.leave_s"):
        SpatialMemory.load(far.memory.dump(), other)
    assert SpatialMemory.load(far.memory.dump()).config.longterm == LEAVES_SOON
    with pytest.raises(ConfigError, match=r"longterm\.return_m, leave_m must rise, it goes from 8 to 8"):
        SpatialMemory(config(LongTermConfig(return_m=8.0)))


def test_a_policy_that_raises_leaves_all_as_before():
    """What came back is away again, and what was left is there."""

    class Tired(Exception):
        pass

    corridor = toured(0, 5, 5)
    memory = corridor.memory
    before, parked = memory.dump(), memory.object_counts["long_term"]
    assert parked == 1

    def tired(*_: object, **__: object) -> None:
        raise Tired

    frame, found = toured(0, 5, 5, 0).inputs[-8:-6]
    rooms = memory._rooms
    rooms.objects._capacity.hold = tired
    rooms.objects.keep(frame)  # the frame without its look: nothing came back yet
    with pytest.raises(Tired):
        memory.observe(found)
    del rooms.objects._capacity.hold
    assert memory.view().object_counts["long_term"] == parked
    assert rooms.longterm.view().lot.records.keys() == {1}
    assert memory.dump() == before
    with pytest.raises(InputError):
        SpatialMemory.load(before[:-1])

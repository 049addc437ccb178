"""Belief as a part of a memory: a table is watched while things on it are taken away, moved, held and shut in."""

from typing import Any

import numpy as np
import pytest
from watched_table import BOWL, CUP, FRIDGE, MUG, S, Table, moved, steps

import spatialmem as sm
from spatialmem import Presence, SpatialMemory, State, Unknown
from spatialmem.belief import Belief, Verdict
from spatialmem.kernels.warmup import warm_up
from spatialmem.octree import Octree
from spatialmem.shortterm import ShortTerm

CONFIG = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))
BESIDE = moved(MUG, dy=0.25)


@pytest.fixture(scope="module", autouse=True)
def kernels():
    warm_up()


def watched(*names: str, config: sm.Config = CONFIG, memory: SpatialMemory | None = None, times: int = 8) -> Table:
    """A table that was watched with these things on it; they have the ids 1, 2, ... and the table the next."""
    every = {"mug": MUG, "mug two": CUP, "bowl": BOWL, "fridge": FRIDGE, "cup": CUP}
    table = Table(SpatialMemory(config) if memory is None else memory, {name: every[name] for name in names})
    table.watch(times)
    assert [one.label for one in table.memory.objects()] == [*(name.split()[0] for name in names), "table"]
    return table


def only(memory: SpatialMemory, what: Any, **options: Any) -> sm.Whereabouts:
    found = memory.where(what, **options)
    assert not isinstance(found, Unknown), found
    (one,) = found
    return one


def told(answer: Any) -> Any:
    """An answer that is one."""
    assert not isinstance(answer, Unknown), answer
    return answer


def center(box) -> list[float]:
    return ((np.array(box[0]) + box[1]) / 2).tolist()


def states_in(memory: SpatialMemory, box) -> set[State]:
    """What the map says of the inside of a box, above the voxels that what it stands on may fill."""
    low, high = np.array(box[0]) + np.array([0.03, 0.03, 0.06]), np.array(box[1]) - 0.03
    grid = np.stack(np.meshgrid(*(np.linspace(a, b, 5) for a, b in zip(low, high, strict=True))), -1).reshape(-1, 3)
    return {State(s) for s in memory.state(grid).tolist()}


# looked for


def test_what_is_there_is_believed_to_be():
    memory = watched("mug", "bowl").memory
    answer = only(memory, "mug")
    assert answer.p_there == pytest.approx(0.98)
    assert answer.presence is Presence.THERE
    assert answer.p_W == pytest.approx(center(MUG), abs=0.02)
    assert answer.place == "on table-3"
    assert answer.last_seen_ns == answer.last_looked_ns == memory.view().stamp_ns
    assert answer.seen_seq == answer.looked_seq == memory.view().seq
    assert answer.missing_since_ns is None
    assert answer.candidates == ()
    assert steps(memory) == []


def test_what_is_removed_is_missing_after_three_frames_and_so_is_its_ghost():
    table = watched("mug")
    seen_ns, box = table.memory.view().stamp_ns, table.things.pop("mug")
    assert State.OCCUPIED in states_in(table.memory, box)
    for frames in (1, 2, 3):
        frame, found = table.inputs()
        assert table.memory.observe(frame)
        missing = [one.name for one in table.memory.objects(missing=True) if one.missing]
        assert missing == ([] if frames < 3 else ["mug-1"])
        if missing:  # in the same step
            assert states_in(table.memory, box) == {State.FREE}
        assert table.memory.observe(found)
        table.step += 1
    answer = table.memory.where("mug")
    assert isinstance(answer, Unknown)
    assert "mug-1 was seen last 0.6 s ago, looked for 0.0 s ago, and was not there" in answer.reason
    assert answer.look_next is None  # there is no other of its kind
    assert [one.name for one in table.memory.objects()] == ["table-2"]
    (gone, _) = table.memory.whereabouts()
    assert gone.presence is Presence.MISSING
    assert gone.p_there < 0.1
    assert gone.missing_since_ns == frame.stamp_ns
    assert gone.looked_from_W == pytest.approx(frame.X_WC[:3, 3])
    assert gone.last_seen_ns == seen_ns
    assert steps(table.memory) == [("mug-1", "missing")]


def test_what_is_hidden_is_not_missed():
    table = watched("mug")
    table.things["person"] = ((0.6, -0.4, 0.0), (0.8, 0.4, 1.8))
    table.unseen = {"person", "table"}
    for there in (True, False):
        if not there:
            del table.things["mug"]
        table.watch(15, eye=(0.0, 0.0, 1.3))
        assert only(table.memory, "mug").p_there > 0.97


@pytest.mark.parametrize("after_s", [4.0, 20.0])
def test_what_is_found_again_is_told_of_whoever_was_told_that_it_is_missing(after_s):
    table = watched("mug")
    begin_ns = table.memory.view().stamp_ns
    table.unseen = {"mug"}
    box = table.things.pop("mug")
    table.watch(4)
    assert steps(table.memory) == [("mug-1", "missing")]
    table.wait(after_s)
    missed_ns = table.memory.view().stamp_ns + 1
    table.things = {"mug": box, **table.things}
    table.unseen = set()
    table.watch(4)
    answer = only(table.memory, "mug")
    assert (answer.object.id, answer.presence) == (1, Presence.THERE)
    assert steps(table.memory) == [("mug-1", "missing"), ("mug-1", "found")]
    assert [one.kind for one in told(table.memory.changed(missed_ns))] == ["found"]
    assert table.memory.changed(begin_ns) == ()


def test_what_other_detectors_know_is_not_overlooked_by_this_one():
    table = watched("mug")
    for k in range(8):
        eye = (0.1, -0.8 + 0.2 * k, 1.4)
        frame, _ = table.picture(eye)
        nothing = sm.Detections(source="faces", camera_source="camera", **table.stamps)
        assert all(table.memory.observe(x) for x in (frame, nothing))
        table.step += 1
    assert only(table.memory, "mug").p_there > 0.97
    table.unseen = {"mug"}
    for angle in np.linspace(-1.2, 1.2, 10):
        table.wait(1.0)
        table.watch(1, eye=(1.45 - 1.4 * float(np.cos(angle)), 1.4 * float(np.sin(angle)), 1.4))
    rows = table.memory._belief().rows([1])
    assert int(table.memory._belief().table.misses[rows][0]) >= 4  # its own does, from where it did not report it


# moved


def test_what_is_moved_on_the_table_keeps_its_id():
    table = watched("mug")
    table.things["mug"] = BESIDE
    table.watch(8)
    answer = only(table.memory, "mug")
    assert answer.object.id == 1
    assert answer.p_W == pytest.approx(center(BESIDE), abs=0.02)
    assert answer.place == "on table-2"
    assert steps(table.memory) == [("mug-1", "moved")]
    (change,) = [one for one in told(table.memory.history(1)) if one.kind == "moved"]
    assert change.from_W == pytest.approx(center(MUG), abs=0.02)
    assert change.to_W == pytest.approx(center(BESIDE), abs=0.03)
    assert table.memory.object_counts["confirmed"] == 2


def test_what_went_far_meanwhile_keeps_its_id_and_the_other_name_means_it():
    table = watched("mug")
    far = moved(MUG, dy=0.6)
    table.things["mug"] = far
    table.watch(10)
    answer = only(table.memory, "mug")
    assert answer.object.id == 1
    assert answer.p_W == pytest.approx(center(far), abs=0.02)
    names = table.memory._objects().known_as(1)
    assert names[0] == 1
    for other in names[1:]:
        assert only(table.memory, other).object.id == 1
        assert [one.kind for one in told(table.memory.history(other))] == [
            one.kind for one in told(table.memory.history(1))
        ]


def test_of_two_alike_that_both_moved_both_hypotheses_are_kept():
    table = watched("mug", "mug two")
    table.things["mug"], table.things["mug two"] = moved(MUG, dx=0.15, dy=0.42), moved(CUP, dx=0.2, dy=0.32)
    table.watch(8)
    found = table.memory.where("mug")
    assert not isinstance(found, Unknown)
    new = list(found)  # the same places count once
    old = [told(table.memory.where(object_id))[0] for object_id in (1, 2)]
    assert len(new) == 2
    for one in old:
        assert one.presence is Presence.MISSING
        assert len(one.candidates) == 2
        assert all(0.1 < candidate.p < 0.9 for candidate in one.candidates)
        assert sum(candidate.p for candidate in one.candidates) <= 1.0 + 1e-9
        assert {candidate.object_id for candidate in one.candidates} == {one.object.id for one in new}
        assert one.candidates[0].p >= one.candidates[1].p
    assert len(old) == 2
    table.watch(8)
    assert [one.object.id for one in told(table.memory.where("mug"))] == [one.object.id for one in found]


# what the robot does


def picked_up(*names: str, **options: Any) -> tuple[Table, np.ndarray]:
    """A table whose first thing the robot took; and where its gripper is."""
    table = watched(*names, **options)
    p_WG = np.array(center(table.things[names[0]]))
    table.grip(p_WG)
    table.act("picked_up", 1)
    del table.things[names[0]]
    return table, p_WG


def test_what_is_held_goes_with_the_gripper():
    table, p_WG = picked_up("mug")
    answer = only(table.memory, "mug")
    assert (answer.presence, answer.place) == (Presence.HELD, "held")
    assert answer.p_there == pytest.approx(0.9)
    p_WG = p_WG + np.array([-0.6, 1.0, 0.4])
    table.grip(p_WG)
    table.watch(5)  # its old place is empty, and that is no news
    answer = only(table.memory, "mug")
    assert answer.p_W == pytest.approx(p_WG, abs=0.02)
    assert answer.presence is Presence.HELD
    assert answer.p_there == pytest.approx(0.9)
    assert steps(table.memory) == [("mug-1", "picked_up")]
    table.wait(1e5)
    table.grip(p_WG)
    assert only(table.memory, "mug").p_there == pytest.approx(0.9)


def test_what_is_put_down_is_there():
    table, p_WG = picked_up("mug")
    table.grip(p_WG + np.array([0.1, 0.4, 0.2]))
    down = moved(MUG, dx=0.1, dy=0.4)
    table.grip(center(down))
    table.act("placed_on", 1, target_id=2)
    answer = only(table.memory, "mug")
    assert (answer.presence, answer.place) == (Presence.THERE, "on table-2")
    assert answer.p_W == pytest.approx(center(down), abs=0.03)
    table.things["mug"] = down
    table.watch(5)
    assert only(table.memory, "mug").p_there == pytest.approx(0.98)
    assert steps(table.memory) == [("mug-1", "picked_up"), ("mug-1", "placed_on")]
    del table.things["mug"]
    table.watch(4)
    assert steps(table.memory)[-1] == ("mug-1", "missing")


def test_put_down_unsaid_and_seen_where_the_gripper_went_it_is_not_held():
    table, p_WG = picked_up("mug")
    down = moved(MUG, dx=0.1, dy=0.5)
    for share in np.linspace(0, 1, 6):
        table.grip(p_WG + share * (np.array(center(down)) - p_WG) + np.array([0.0, 0.0, 0.1 * share]))
    table.grip((-1.0, 0.0, 1.0))
    table.things["mug"] = down
    table.watch(8)
    answer = only(table.memory, "mug")
    assert answer.object.id == 1
    assert answer.presence is Presence.THERE
    assert answer.p_W == pytest.approx(center(down), abs=0.02)
    assert answer.object.attributes == {}
    table.grip((3.0, 3.0, 1.0))
    assert only(table.memory, "mug").p_W == pytest.approx(center(down), abs=0.02)
    assert steps(table.memory) == [("mug-1", "picked_up"), ("mug-1", "moved")]


def test_what_is_shut_in_is_inside_and_fades_as_what_it_is_in():
    belief = sm.BeliefConfig(dwell_s={"mug": 600.0, "fridge": 1e9, "table": 1e9})
    config = sm.Config(octree=CONFIG.octree, belief=belief)
    table, _ = picked_up("mug", "fridge", config=config)
    table.grip(center(FRIDGE))
    table.act("opened", 2)
    table.act("placed_in", 1, target_id=2)
    table.act("closed", 2)
    answer = only(table.memory, "mug")
    assert (answer.presence, answer.place) == (Presence.INSIDE, "in fridge-2 (closed)")
    table.watch(6)
    assert only(table.memory, "mug").last_looked_ns < table.memory.view().stamp_ns - 5 * S // 5
    at_ns = table.memory.view().stamp_ns + 10_000 * S
    assert only(table.memory, "mug", at_ns=at_ns).p_there == pytest.approx(0.9, abs=0.01)
    table.act("opened", 2)
    answer = only(table.memory, "mug")
    assert (answer.presence, answer.place) == (Presence.THERE, "in fridge-2")
    assert only(table.memory, "mug", at_ns=at_ns).p_there < 0.2
    assert steps(table.memory) == [
        ("mug-1", "picked_up"), ("fridge-2", "opened"), ("mug-1", "placed_in"), ("fridge-2", "closed"),
        ("fridge-2", "opened"),
    ]  # fmt: skip
    assert table.memory.objects("fridge")[0].attributes == {"state": "open"}


def test_a_fridge_that_is_carried_takes_with_it_what_is_in_it():
    table, _ = picked_up("mug", "fridge")
    table.grip(center(FRIDGE))
    table.act("placed_in", 1, target_id=2)
    table.act("picked_up", 2)
    before = only(table.memory, "mug").p_W
    table.grip(np.array(center(FRIDGE)) + np.array([-0.5, 0.3, 0.2]))
    answer = only(table.memory, "mug")
    assert answer.p_W == pytest.approx(before + np.array([-0.5, 0.3, 0.2]), abs=1e-6)
    assert answer.presence is Presence.HELD
    assert only(table.memory, "fridge").presence is Presence.HELD


def test_what_failed_changes_nothing():
    table = watched("mug")
    table.act("picked_up", 1, succeeded=False)
    assert only(table.memory, "mug").presence is Presence.THERE
    assert steps(table.memory) == []


@pytest.mark.parametrize(
    ("verb", "object_id", "target_id", "said"),
    [
        ("opened", 77, None, "object_id is 77"),
        ("placed_on", 77, 1, "object_id is 77"),
        ("placed_on", 1, 77, "target_id is 77"),
        ("placed_in", 1, 1, "target_id is 1"),
    ],
)
def test_actions_on_what_is_not_remembered_are_refused(verb, object_id, target_id, said):
    table = watched("mug")
    before = table.memory.view()._belief().dump()
    action = sm.Action(source="arm", **table.stamps, verb=verb, object_id=object_id, target_id=target_id)
    answer = table.memory.observe(action)
    assert isinstance(answer, sm.Rejected)
    assert answer.reason is sm.Reason.NO_OBJECT
    assert answer.detail.startswith(said)
    assert table.memory.view()._belief().dump() == before
    assert table.memory.counts["arm"]["no_object"] == 1


# what a detector says besides


def test_a_word_is_believed_at_the_second_sighting_in_a_row():
    table = watched("fridge")
    states = []
    for word in ("open", "closed", "open", "closed", "closed", "closed"):
        table.attributes["fridge"] = {"state": word}
        table.watch()
        states.append(table.memory.objects("fridge")[0].attributes["state"])
    assert states == ["open", "open", "open", "open", "closed", "closed"]
    assert steps(table.memory) == [("fridge-1", "closed")]
    assert only(table.memory, {"label": "fridge", "state": "closed"}).object.id == 1


@pytest.mark.parametrize("word", ["held", "in", "on"])
def test_what_only_the_robot_knows_no_detector_says(word):
    table = watched("mug")
    table.attributes["mug"] = {word: "the shelf", "state": "full"}
    table.watch(3)
    assert table.memory.objects("mug")[0].attributes == {}
    assert table.memory.counts["detector"]["detection_attributes"] == 3
    assert only(table.memory, "mug").presence is Presence.THERE


# the same again


def story(table: Table) -> None:
    """A little of everything."""
    table.watch(6)
    table.grip(center(MUG))
    del table.things["mug two"]
    table.watch(3)
    table.act("picked_up", 1)
    del table.things["mug"]
    table.grip(center(moved(BESIDE, dz=0.1)))
    table.watch(2)
    table.act("placed_on", 1, target_id=4)
    table.things["mug"] = BESIDE
    table.attributes["fridge"] = {"state": "open"}
    table.watch(4)
    table.things["mug two"] = moved(CUP, dx=0.2, dy=-0.2)
    table.act("closed", 3)
    table.watch(4)


THINGS = {"mug": MUG, "mug two": CUP, "fridge": FRIDGE}


class Twice:
    """Two memories that are told the same; the second is dumped and loaded before every so many inputs."""

    def __init__(self, every: int):
        self.whole, self.again, self.every, self.count = SpatialMemory(CONFIG), SpatialMemory(CONFIG), every, 0

    def observe(self, x):
        self.count += 1
        if self.count % self.every == 0:
            self.again = SpatialMemory.load(self.again.dump())
        receipt = self.whole.observe(x)
        assert self.again.observe(x) == receipt
        assert self.again.state_hash() == self.whole.state_hash(), f"after input {self.count}"
        return receipt


@pytest.mark.parametrize("every", [1, 5])
def test_loaded_at_any_moment_it_goes_on_as_if_it_had_never_stopped(every):
    both: Any = Twice(every)
    story(Table(both, THINGS))
    assert steps(both.whole) == steps(both.again)
    assert {kind for _, kind in steps(both.whole)} >= {"moved", "picked_up", "placed_on", "closed"}


@pytest.mark.parametrize("threads", [2, 4])
def test_the_same_inputs_are_the_same_bytes_on_any_number_of_threads(threads):
    dumps = []
    for count in (1, threads):
        memory = SpatialMemory(sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=count)))
        story(Table(memory, THINGS))
        view = memory.view()
        dumps.append((view.dump_map(), view._objects().dump(), view._belief().dump()))
    assert dumps[0] == dumps[1]


def test_a_view_is_of_its_moment():
    table = watched("mug")
    view = table.memory.view()
    dump, answer = view.dump(), view.where("mug")
    del table.things["mug"]
    table.watch(4)
    table.act("picked_up", 1)
    assert view.dump() == dump
    assert not isinstance(answer, Unknown)
    again = view.where("mug")
    assert not isinstance(again, Unknown)
    assert again[0].p_there == answer[0].p_there
    assert view.changed(0) == ()


def test_a_policy_that_raises_leaves_objects_and_belief_as_before(monkeypatch):
    table = watched("mug", "bowl")
    del table.things["mug"]
    table.things["cup"] = CUP
    for frames in (1, 2, 3):
        frame, found = table.inputs()
        assert table.memory.observe(frame)
        before = table.memory.dump()
        if frames < 3:
            assert table.memory.observe(found)
        table.step += 1
    with monkeypatch.context() as patch:
        patch.setattr("spatialmem.shortterm.policies.fifo.Fifo.on_insert", _boom)  # the cup is confirmed now
        with pytest.raises(ValueError, match="boom"):
            table.memory.observe(found)
    assert table.memory.dump() == before
    assert table.memory.observe(found)
    table.watch(2)
    assert [one.label for one in table.memory.objects()] == ["bowl", "table", "cup"]
    assert steps(table.memory)[0] == ("mug-1", "missing")
    assert SpatialMemory.load(table.memory.dump()).state_hash() == table.memory.state_hash()


def test_nothing_is_taken_out_of_the_map_before_all_else_is_done(monkeypatch):
    """What raises is undone, but for the map."""
    table, erased = watched("mug", "bowl"), []
    frame, found = table.inputs()
    assert table.memory.observe(frame)
    monkeypatch.setattr(Belief, "see", lambda *_, **__: Verdict((1,), (), ((1, 2),)))
    monkeypatch.setattr(ShortTerm, "identify", _boom)
    monkeypatch.setattr(Octree, "miss_seen_through", lambda *_, **__: erased.append(True))
    with pytest.raises(ValueError, match="boom"):
        table.memory.observe(found)
    assert erased == []
    monkeypatch.undo()
    assert table.memory.observe(found)


def _boom(*_, **__):
    raise ValueError("boom")


# a file


def test_since_an_input_its_file_has_what_the_memory_keeps_no_more(tmp_path):
    belief = sm.BeliefConfig(changes_max=3)
    config = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1, voxel_size_m=0.1), belief=belief)
    with SpatialMemory.open(tmp_path / "a.smem", config) as memory:
        table = watched("mug", memory=memory, times=4)
        polled_seq = memory.view().seq
        for k in range(5):
            table.act("opened" if k % 2 else "closed", 1)
        memory.flush()
        assert isinstance(memory.view().changed(since_seq=polled_seq), Unknown)
        for since_seq, wanted in (
            (0, ["closed"]),
            (polled_seq, ["closed"]),
            (polled_seq + 1, []),
            (polled_seq + 5, []),
        ):
            assert [one.kind for one in told(memory.changed(since_seq=since_seq))] == wanted
        assert [one.seq for one in told(memory.history("mug-1"))][1:] == [polled_seq + k for k in range(1, 6)]
        with pytest.raises(sm.QueryError, match="'bowl-1' is no object"):
            memory.history("bowl-1")
    with SpatialMemory.open(tmp_path / "a.smem", read_only=True) as memory:
        assert [one.kind for one in told(memory.changed(since_seq=polled_seq))] == ["closed"]


# clocks


def test_late_detections_are_of_their_frame():
    table, late = watched("mug"), []
    del table.things["mug"]
    for _ in range(4):
        frame, found = table.inputs()
        assert table.memory.observe(frame)
        late.append(found)
        table.step += 1
    gone = table.memory.whereabouts()[0]
    assert gone.presence is Presence.MISSING
    for found in late:
        assert table.memory.observe(found)
    assert table.memory.whereabouts()[0].missing_since_ns == gone.missing_since_ns
    assert table.memory.whereabouts()[0].last_looked_ns == frame.stamp_ns


def test_a_sighting_that_comes_after_it_was_missed_finds_it():
    """The detector was slow: of a frame from before it was taken away."""
    table = watched("mug")
    frame, found = table.inputs()
    assert table.memory.observe(frame)
    table.step += 1
    box = table.things.pop("mug")
    table.watch(3, detect=False)
    assert table.memory.objects(missing=True)[0].missing
    assert table.memory.observe(found)
    table.watch(4)  # and then it is missed again
    assert table.memory.objects(missing=True)[0].missing
    assert steps(table.memory)[-1] == ("mug-1", "missing")
    assert State.OCCUPIED not in states_in(table.memory, box)


def test_a_clock_that_is_set_back_is_followed():
    config = sm.Config(octree=CONFIG.octree, gate=sm.GateConfig(epoch_after_frames=3))
    table = watched("mug", config=config)
    table.step = -4
    for _ in range(6):
        for x in table.inputs():
            table.memory.observe(x)
        table.step += 1
    del table.things["mug"]
    table.watch(4)
    assert isinstance(table.memory.where("mug"), Unknown)
    assert SpatialMemory.load(table.memory.dump()).state_hash() == table.memory.state_hash()


# what the robot says and sight contradicts


def test_put_down_unsaid_it_is_not_held_though_it_was_seen_in_the_gripper():
    table = watched("mug", "bowl")
    p_WG = np.array(center(MUG))
    table.grip(p_WG)
    table.act("picked_up", 1)
    for way in ((-0.1, -0.1, 0.1), (-0.2, -0.2, 0.2), (-0.2, -0.4, 0.2), (-0.1, -0.6, 0.2), (0.0, -0.6, 0.1)):
        table.grip(p_WG + way)
        table.things["mug"] = moved(MUG, *way)
        table.watch()
    answer = only(table.memory, "mug")
    assert (answer.presence, answer.p_there) == (Presence.HELD, pytest.approx(0.9))
    down = table.things["mug"] = moved(MUG, dy=-0.6)
    for k in range(5):
        table.grip(p_WG + np.array([0.0, -0.6, 0.1 + 0.15 * k]))
    table.watch(12)
    answer = only(table.memory, "mug")
    assert (answer.object.id, answer.presence) == (1, Presence.THERE)
    assert answer.p_W == pytest.approx(center(down), abs=0.02)
    assert steps(table.memory) == [("mug-1", "picked_up"), ("mug-1", "moved")]


def test_what_slipped_from_the_gripper_is_where_it_was():
    table = watched("mug")
    p_WG = np.array(center(MUG))
    table.grip(p_WG)
    table.act("picked_up", 1)
    for k in range(4, 8):
        table.grip(p_WG + np.array([-0.2, -0.2, 0.2]) * k)
    table.watch(12)
    answer = only(table.memory, "mug")
    assert (answer.object.id, answer.presence) == (1, Presence.THERE)
    assert answer.p_W == pytest.approx(center(MUG), abs=0.02)


def test_what_the_robot_says_that_it_holds_and_that_stands_there_is_not_held():
    table = watched("mug")
    table.act("picked_up", 1)
    table.watch(10)
    assert only(table.memory, "mug").presence is Presence.HELD
    table.watch(20)  # and nobody says where the gripper is
    answer = only(table.memory, "mug")
    assert (answer.object.id, answer.presence) == (1, Presence.THERE)
    assert answer.object.attributes == {}
    assert steps(table.memory) == []
    table.things["mug"] = BESIDE
    table.watch(8)
    assert steps(table.memory) == [("mug-1", "moved")]


def test_loaded_while_something_is_held_it_goes_on_as_if_it_had_never_stopped():
    both: Any = Twice(3)
    table = Table(both, {"mug": MUG})
    table.watch(6)
    table.act("picked_up", 1)
    table.watch(30)
    assert only(both.again, "mug").presence is Presence.THERE


def test_what_the_robot_takes_itself_is_not_learned_as_moving_by_itself():
    table = watched("mug")
    before = told(table.memory.explain(1)).half_life_s
    box = table.things.pop("mug")
    table.watch(4)  # the gripper lifts it
    table.act("picked_up", 1)  # told when it is done
    table.act("placed_on", 1, target_id=2)
    table.things = {"mug": box, **table.things}
    table.watch(4)
    assert told(table.memory.explain(1)).half_life_s == pytest.approx(before, rel=0.01)
    assert steps(table.memory) == [("mug-1", "picked_up"), ("mug-1", "placed_on")]


def test_what_stands_on_something_closed_is_looked_for():
    table = watched("fridge")
    on_top = ((1.4, 0.35, 1.2), (1.5, 0.45, 1.32))
    table.things["mug"] = on_top
    table.watch(8, at=(1.45, 0.3, 1.0))
    assert only(table.memory, "mug").place == "on fridge-1"
    table.act("opened", 1)
    table.act("closed", 1)
    assert only(table.memory, "mug").presence is Presence.THERE
    del table.things["mug"]
    table.watch(6, at=(1.45, 0.3, 1.0))
    assert isinstance(table.memory.where("mug"), Unknown)
    assert steps(table.memory)[-1] == ("mug-3", "missing")


def test_what_is_in_something_that_is_gone_is_gone():
    table, _ = picked_up("mug", "fridge")
    table.act("placed_in", 1, target_id=2)
    table.act("closed", 2)
    assert only(table.memory, "mug").presence is Presence.INSIDE
    box = table.things.pop("fridge")
    table.watch(6)
    assert isinstance(table.memory.where("mug"), Unknown)
    mug, fridge = table.memory.whereabouts()[:2]
    assert mug.presence is fridge.presence is Presence.MISSING
    assert mug.p_there < 0.05
    table.things = {"fridge": box, **table.things}
    table.watch(6)
    answer = only(table.memory, "mug")
    assert answer.presence is Presence.INSIDE
    assert answer.p_there == pytest.approx(0.9, abs=0.01)


def test_what_somebody_carries_away_in_view_takes_with_it_what_is_in_it():
    """Written down and read again on the way, it goes on as if it had never stopped."""
    both: Any = Twice(7)
    table = Table(both, {"mug": MUG, "fridge": FRIDGE})
    table.watch(8)
    table.grip(center(MUG))
    table.act("picked_up", 1)
    del table.things["mug"]
    table.grip(center(FRIDGE))
    table.act("placed_in", 1, target_id=2)
    table.act("closed", 2)
    table.watch(8)
    before, learned = only(both.again, "mug"), told(both.again.explain(1)).half_life_s
    for _ in range(12):
        table.things["fridge"] = moved(table.things["fridge"], dy=-0.05)
        table.watch()
    table.watch(10)
    answer = only(both.again, "mug")
    assert answer.p_W - before.p_W == pytest.approx([0.0, -0.6, 0.0], abs=0.03)
    assert answer.place == "in fridge-2 (closed)"
    assert answer.p_there > 0.8
    assert told(both.again.explain(1)).half_life_s == learned
    assert steps(both.again) == [
        ("mug-1", "picked_up"),
        ("mug-1", "placed_in"),
        ("fridge-2", "closed"),
        ("fridge-2", "moved"),
    ]


@pytest.mark.parametrize("verb", ["opened", "closed"])
def test_what_was_missing_and_is_opened_or_closed_is_there_in_every_answer(verb):
    table = watched("fridge")
    box = table.things.pop("fridge")
    table.watch(6)
    assert isinstance(table.memory.where("fridge"), Unknown)
    table.act(verb, 1)
    answer = only(table.memory, "fridge")
    assert (answer.presence, answer.missing_since_ns) == (Presence.THERE, None)
    assert answer.p_there == pytest.approx(0.9)
    table.watch(6)
    assert isinstance(table.memory.where("fridge"), Unknown)
    assert [one.missing for one in table.memory.objects("fridge", missing=True)] == [True]
    table.things = {"fridge": box, **table.things}
    table.watch(6)
    assert only(table.memory, "fridge").presence is Presence.THERE

"""What changed: noticed within a time, without what was only seen for the first time; Unknown beyond what is kept."""

import numpy as np
import pytest
from told_belief import Rig
from told_objects import Told, record
from watched_table import BOWL, MUG, Table

import spatialmem as sm
from spatialmem import InputError, SpatialMemory, Unknown
from spatialmem.belief import Entry
from spatialmem.queries.asked import Asked
from spatialmem.queries.changed import _place_of, changed


def known(answer):
    assert not isinstance(answer, Unknown), answer
    return answer


def kinds(answer):
    return [(one.name, one.kind) for one in known(answer)]


def test_what_was_first_seen_is_no_change(memory):
    assert kinds(memory.changed(0)) == [("mug-3", "missing")]
    assert kinds(memory.view().changed(0)) == [("mug-3", "missing")]


def test_since_and_until_are_within(memory):
    (change,) = memory.changed(0)
    at_ns = change.stamp_ns
    assert change.since_ns < at_ns
    assert kinds(memory.changed(at_ns)) == kinds(memory.changed(0, at_ns)) == [("mug-3", "missing")]
    assert memory.changed(at_ns + 1) == ()
    assert memory.changed(0, at_ns - 1) == ()
    assert memory.changed(at_ns + 1, at_ns - 1) == ()


def test_since_an_input_is_after_it(memory):
    (change,) = memory.changed(0)
    assert memory.changed(since_seq=change.seq) == memory.view().changed(since_seq=memory.view().seq) == ()
    assert kinds(memory.changed(since_seq=change.seq - 1)) == kinds(memory.changed(since_seq=0)) == [
        ("mug-3", "missing")
    ]  # fmt: skip
    assert kinds(memory.changed(change.stamp_ns, since_seq=change.seq - 1)) == [("mug-3", "missing")]
    assert memory.changed(change.stamp_ns + 1, since_seq=0) == ()
    assert memory.changed(None, change.stamp_ns - 1, since_seq=0) == ()


def test_who_polls_by_number_loses_nothing_when_the_detector_is_late():
    """What it finds is told with the stamp of its frame, which had passed when somebody asked last."""
    table = Table(SpatialMemory(config()), {"mug": MUG})
    table.watch(8)
    table.things["bowl"] = BOWL
    late = []
    for _ in range(4):
        frame, found = table.inputs()
        assert table.memory.observe(frame)
        late.append(found)
        table.step += 1
    polled = table.memory.view()
    assert polled.changed(since_seq=0) == ()
    for found in late:
        assert table.memory.observe(found)
    assert table.memory.changed(polled.stamp_ns + 1) == ()
    assert kinds(table.memory.changed(since_seq=polled.seq)) == [("bowl-3", "appeared")]


def test_what_turned_up_is_told_of_whoever_was_told_before_that_something_is_missing(split):
    """Two mugs were missed, and then two were seen elsewhere: either may be either."""
    entries = split._belief().kept.entries
    missed = max(one.seq for one in entries if one.kind == "missing")
    came = [(f"mug-{one.object_id}", one.kind) for one in entries if one.kind == "appeared" and one.seq > missed]
    assert len(came) == 2
    assert kinds(split.changed(since_seq=missed)) == came
    assert {kind for _, kind in kinds(split.changed(since_seq=missed - 1))} == {"moved"}


def test_what_is_all_but_surely_one_of_the_things_that_turned_up_was_moved(split):
    """Which of the two it is, nobody knows; that neither is gone, nor come, is nearly certain."""
    changes = split.changed(0)
    assert sorted(kinds(changes)) == [("mug-1", "moved"), ("mug-2", "moved")]
    for one in changes:
        assert 0.3 < one.p < 0.9
        assert one.to_W is not None
    assert not np.array_equal(changes[0].to_W, changes[1].to_W)


@pytest.fixture
def toggled():
    """A mug whose lid, as it were, the robot closes, opens, closes, opens; and which it pushes."""
    table = Table(SpatialMemory(config()), {"mug": MUG})
    table.watch(4)
    for verb in ("closed", "opened", "pushed", "closed", "pushed", "opened"):
        table.act(verb, 1)
    return table.memory


def config(changes_max=10_000):
    belief = sm.BeliefConfig(changes_max=changes_max)
    return sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1), belief=belief)


def test_it_is_told_what_all_steps_come_to(toggled):
    stamps = [one.stamp_ns for one in toggled.history(1)]
    assert kinds(toggled.changed(0)) == [("mug-1", "pushed")]  # it is open as it was
    assert kinds(toggled.changed(0, stamps[1])) == [("mug-1", "closed")]
    assert kinds(toggled.changed(stamps[5])) == [("mug-1", "pushed"), ("mug-1", "opened")]
    assert kinds(toggled.changed(stamps[6])) == [("mug-1", "opened")]


def test_beyond_what_is_kept_nothing_is_known():
    table = Table(SpatialMemory(config(changes_max=3)), {"mug": MUG})
    table.watch(4)
    for k in range(4):
        table.act("opened" if k % 2 else "closed", 1)
    answer = table.memory.changed(0)
    assert isinstance(answer, Unknown)
    assert "only the last 3 changes are kept here" in answer.reason
    kept = table.memory._belief().kept.entries
    assert kinds(table.memory.changed(kept[2].stamp_ns)) == [("mug-1", "opened")]
    assert isinstance(table.memory.changed(kept[0].stamp_ns - 1), Unknown)
    assert not isinstance(table.memory.changed(kept[0].stamp_ns), Unknown)
    assert isinstance(table.memory.changed(since_seq=kept[0].seq - 1), Unknown)
    assert kinds(table.memory.changed(since_seq=kept[0].seq)) == []  # it is open as it was then
    assert kinds(table.memory.changed(0, since_seq=kept[1].seq)) == [("mug-1", "opened")]
    assert not isinstance(table.memory.changed(kept[0].stamp_ns, since_seq=0), Unknown)
    history = table.memory.history(1)
    assert not isinstance(history, Unknown)
    assert [one.kind for one in history] == ["opened", "closed", "opened"]


A, B, NEAR_A = (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.03, 0.0, 0.0)


def steps(*told):
    """Changes of one object, one a second: (kind, from, to)."""
    return [
        Entry(number=k, object_id=1, label="mug", kind=kind, stamp_ns=k, since_ns=k - 1, seq=k, from_W=start, to_W=end)
        for k, (kind, start, end) in enumerate(told, start=1)
    ]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([("first_seen", None, A)], None),
        ([("appeared", None, A)], ("appeared", None, A, 0)),
        ([("appeared", None, A), ("moved", A, B)], ("appeared", None, B, 0)),
        ([("appeared", None, A), ("missing", A, None)], None),
        ([("first_seen", None, A), ("moved", A, B)], ("moved", A, B, 1)),
        ([("first_seen", None, A), ("missing", A, None)], ("missing", A, None, 1)),
        ([("moved", A, B), ("moved", B, NEAR_A)], None),
        ([("moved", A, B), ("missing", B, None)], ("missing", A, None, 0)),
        ([("missing", A, None), ("found", None, NEAR_A)], None),
        ([("moved", A, B), ("missing", B, None), ("found", None, B)], ("moved", A, B, 0)),
        ([("found", None, A)], ("found", None, A, 0)),
        ([("picked_up", A, None), ("placed_on", B, B)], ("placed_on", A, B, 0)),
        ([("appeared", None, A), ("picked_up", A, None)], ("picked_up", None, None, 0)),
    ],
    ids=lambda value: " ".join(kind for kind, _, _ in value) if isinstance(value, list) else "",
)
def test_of_all_steps_of_an_object_the_difference_is_told(told, wanted):
    found = _place_of(steps(*told), 0.05)
    assert (None if found is None else (found.kind, found.from_W, found.to_W, found.since_ns)) == wanted


def test_it_is_told_where_a_thing_is_known_to_be_by_now():
    """It was seen in part when it became known."""
    table = Table(SpatialMemory(sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))), {"mug": MUG})
    table.watch(8)
    (x0, y0, z0), (x1, y1, z1) = MUG
    table.things["mug"] = (x0, y0 + 0.4, z0), (x1, y1 + 0.4, z1)
    table.watch(10)
    found = table.memory.changed(0)
    assert not isinstance(found, sm.Unknown)
    (change,) = found
    (mug,) = (one for one in table.memory.objects() if one.label == "mug")
    assert change.kind == "moved"
    assert change.to_W is not None
    assert change.to_W.tolist() == mug.center_W.tolist()
    steps_of_it = table.memory.history(mug.id)
    assert not isinstance(steps_of_it, sm.Unknown)
    last_W = steps_of_it[-1].to_W
    assert last_W is not None
    assert last_W.tolist() != mug.center_W.tolist()


@pytest.mark.parametrize("options", [{}, {"until_ns": 5}], ids=str)
def test_without_a_beginning_it_is_refused(memory, options):
    for ask in (memory.changed, memory.view().changed):
        with pytest.raises(InputError, match="give one at least: since_seq="):
            ask(**options)


@pytest.mark.parametrize("since_seq", [-1, 1.5, True, "3"], ids=str)
def test_what_is_no_input_is_refused(memory, since_seq, unchecked_shapes):
    with pytest.raises(InputError, match="the number of an input is needed"):
        memory.changed(since_seq=since_seq)


@pytest.mark.parametrize("stamps", [(1.5,), (True,), ("now",), (0, 2.5)], ids=str)
def test_what_is_no_stamp_is_refused(memory, stamps, unchecked_shapes):
    with pytest.raises(InputError, match="whole nanoseconds"):
        memory.changed(*stamps)


def asked_of(rig) -> Asked:
    """What is asked of a belief that is told of hand-made objects."""
    asked = Asked.__new__(Asked)
    for name, value in {"objects": rig.objects, "belief": rig.belief.view(), "stamp_ns": rig.stamp_ns}.items():
        object.__setattr__(asked, name, value)
    return asked


class Renamed(Told):
    """Objects of which one goes by another id besides."""

    def object(self, object_id):
        return super().object({9: 1}.get(object_id, object_id))


def test_what_was_written_under_another_id_is_told_of_the_object_that_it_is():
    rig = Rig(record(1))
    rig.settle(1)
    for _ in range(3):
        rig.look()
    rig.see_around()
    for center_W in ((1.45, 0.4, 0.76), (1.45, 0.7, 0.76)):
        rig.objects.records[9] = record(9, center_W=center_W, first_ns=rig.stamp_ns + 1)
        rig.settle(9)
    moved_ns = rig.stamp_ns
    rig.stamp_ns += 1
    rig.identify(1, 9)
    rig.objects = Renamed(rig.objects.records.values())
    asked = asked_of(rig)
    (change,) = known(changed(asked, 0, None))
    assert (change.name, change.kind) == ("mug-1", "moved")
    assert change.from_W is not None
    assert change.to_W is not None
    assert change.from_W.tolist() == pytest.approx([1.45, 0.0, 0.76])
    assert change.to_W.tolist() == pytest.approx([1.45, 0.7, 0.76])
    (before,) = known(changed(asked, 0, moved_ns))
    assert before.name == "mug-1"


def test_what_was_opened_since_it_was_moved_is_told_where_it_is_now():
    rig = Rig(record(1))
    rig.settle(1)
    rig.objects.change(1, center_W=(1.45, 0.4, 0.76))
    rig.see(1)
    rig.objects.change(1, attributes={"state": "open"})
    rig.act("opened", 1)
    rig.objects.change(1, center_W=(1.45, 0.42, 0.76))
    asked = asked_of(rig)
    moved, opened = known(changed(asked, 0, None))
    assert (moved.kind, opened.kind) == ("moved", "opened")
    assert moved.to_W is not None
    assert moved.to_W.tolist() == pytest.approx([1.45, 0.42, 0.76])

"""How things were: what a memory said live, as it was known then; and what is known better by now."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from watched_table import BOWL, CUP, FRIDGE, MUG, S, Table, moved

import spatialmem as sm
from spatialmem import InputError, PastView, Presence, QueryError, SpatialMemory, Unknown, UnknownLabel, View
from spatialmem.belief import place_words
from spatialmem.kernels.warmup import warm_up
from spatialmem.store import Store

CONFIG = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1, voxel_size_m=0.05))


@pytest.fixture(scope="module", autouse=True)
def kernels():
    warm_up()


def past_of(memory: SpatialMemory | View, stamp_ns: int, known_by: int | None = None) -> PastView:
    past = memory.as_of(stamp_ns, known_by=known_by)
    assert isinstance(past, PastView), past
    return past


def told(answer: Any) -> Any:
    assert not isinstance(answer, Unknown), answer
    return answer


def live(view: View) -> dict[int, tuple[str, Presence, str]]:
    """Of every confirmed object its name, presence and place, as a view says."""
    asked = view._asked(None)
    found = {}
    for one in view.objects(missing=True):
        row = asked.row(one.id)
        found[one.id] = (one.name, asked.presence(one, row), place_words(asked.belief.table, row, asked.objects))
    return found


def then(past: PastView) -> dict[int, tuple[str, Presence, str]]:
    return {one.id: (one.name, one.presence, one.place) for one in past.objects(missing=True)}


def assert_agrees(past: PastView, view: View) -> None:
    """What is told of the past is what the view said: names, presences, places, and to 2 moved_m where things were.

    What is seen farther away than moved_m, but not beyond doubt, is not logged as moved.
    """
    assert then(past) == live(view), view.seq
    assert {one.id for one in past.objects()} == {one.id for one in view.objects()}
    belief = view._belief()
    moved_m = belief.kept.config.moved_m
    for one in past.objects():
        record, row = told(view.object(one.id)), int(belief.rows([one.id])[0])
        if one.presence is Presence.THERE and not belief.table.on_its_way[row]:  # that is logged once it stands
            assert np.linalg.norm(one.p_W - record.center_W) <= 2 * moved_m, (one.name, view.seq)


# as it was known then

DEEDS = st.lists(
    st.sampled_from(["watch", "take mug", "put mug", "take cup", "put cup", "pick", "place", "shut", "open", "wait"]),
    min_size=3,
    max_size=9,
)


@examples(5, quick=2)
@given(deeds=DEEDS, aside_m=st.sampled_from([-0.25, 0.2, 0.3]))
def test_it_is_what_was_said_live(deeds, aside_m):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.smem"
        with SpatialMemory.open(path, CONFIG) as memory:
            views = lived(memory, deeds, aside_m)
            memory.flush()
            for view in views:
                assert_agrees(past_of(memory, view.stamp_ns, view.seq), view)
        with SpatialMemory.open(path, read_only=True) as memory:
            for view in views[::5]:
                assert_agrees(past_of(memory, view.stamp_ns, view.seq), view)


def lived(memory: SpatialMemory, deeds: list[str], aside_m: float) -> list[View]:
    """Watch a table on which things are taken away, put elsewhere, and moved by a robot that opens a fridge."""
    table, views = Table(memory, {"mug": MUG, "cup": CUP, "fridge": FRIDGE}), []

    def watch(times: int) -> None:
        for _ in range(times):
            table.watch()
            views.append(memory.view())

    watch(6)
    ids = {one.label: one.id for one in memory.objects(missing=True)}
    boxes, held = {"mug": MUG, "cup": CUP}, None
    for deed in deeds:
        verb, _, name = deed.partition(" ")
        if verb == "take" and name != held:
            table.things.pop(name, None)
        elif verb == "put" and name != held:
            table.things[name] = boxes[name] = moved(MUG if name == "mug" else CUP, dy=aside_m, dx=-0.05)
        elif verb == "pick" and held is None and "cup" in table.things:
            held = "cup"
            table.things.pop("cup")
            table.act("picked_up", ids["cup"])
        elif verb == "place" and held is not None:
            held = None
            table.things["cup"] = boxes["cup"]
            table.act("placed_on", ids["cup"], ids["table"])
        elif verb in ("shut", "open"):
            table.act("closed" if verb == "shut" else "opened", ids["fridge"])
        elif verb == "wait":
            table.wait(100.0)
        views.append(memory.view())
        watch(3)
    return views


# what is known better by now


@pytest.fixture(scope="module")
def gone(tmp_path_factory):
    """A mug that was taken away, missed, and then found to have been moved; a bowl that the robot has put elsewhere."""
    path = tmp_path_factory.mktemp("past") / "a.smem"
    views: dict[str, View] = {}
    with SpatialMemory.open(path, CONFIG) as memory:
        table = Table(memory, {"mug": MUG, "bowl": BOWL, "cup": CUP})
        table.grip((0.0, 0.0, 1.0))
        table.watch(8)
        views["there"] = memory.view()
        mug = table.things.pop("mug")
        table.watch(5)
        views["missed"] = memory.view()
        table.things["mug"] = moved(mug, dy=0.25)
        table.watch(8)
        views["moved"] = memory.view()
        ids = {one.label: one.id for one in memory.objects(missing=True)}
        table.act("picked_up", ids["bowl"])
        bowl = table.things.pop("bowl")
        table.watch(3)
        views["held"] = memory.view()
        table.things["bowl"] = moved(bowl, dx=-0.12)
        table.act("placed_on", ids["bowl"], ids["table"])
        table.watch(5)
    views["end"] = memory.view()
    return path, views


@pytest.fixture
def memory(gone):
    with SpatialMemory.open(gone[0], read_only=True) as opened:
        yield opened


def test_what_was_taken_back_holds_for_who_knew_no_better(gone, memory):
    view = gone[1]["missed"]
    (known,) = told(past_of(memory, view.stamp_ns, view.seq).where("mug"))
    assert known.presence is Presence.MISSING
    assert known.place == "on table-4"
    (now,) = told(past_of(memory, view.stamp_ns).where("mug"))
    assert now.presence is Presence.THERE  # it was never missing, but moved, some time until it was found
    assert now.sure_until_ns < view.stamp_ns < now.next_ns
    assert [one.id for one in past_of(memory, view.stamp_ns).objects("mug")] == [now.id]
    assert past_of(memory, view.stamp_ns, view.seq).objects("mug") == ()
    assert then(past_of(memory, view.stamp_ns, view.seq)) == live(view)


def test_when_a_thing_was_moved_is_known_as_far_as_it_was_seen(gone, memory):
    there, later = gone[1]["there"], gone[1]["moved"]
    (early,) = told(past_of(memory, there.stamp_ns).where("mug-1"))
    assert early.p_W == pytest.approx([1.45, 0.0, 0.76], abs=0.02)
    assert (early.since_ns, early.seq) == (later.history(1)[0].stamp_ns, later.history(1)[0].seq)
    assert early.sure_until_ns == there.stamp_ns
    (known,) = told(past_of(memory, there.stamp_ns, there.seq).where(1))
    assert (known.next_ns, known.sure_until_ns) == (None, None)
    (late,) = told(past_of(memory, later.stamp_ns).where("mug"))
    assert late.p_W == pytest.approx([1.45, 0.25, 0.76], abs=0.03)
    assert late.next_ns is None
    assert not late.p_W.flags.writeable


def test_what_the_robot_held(gone, memory):
    view = gone[1]["held"]
    (bowl,) = told(past_of(memory, view.stamp_ns).where("bowl"))
    assert (bowl.presence, bowl.place) == (Presence.HELD, "held")
    assert bowl.p_W == pytest.approx([1.55, 0.5, 0.74], abs=0.03)  # where the robot took it: its gripper is not told
    kinds = [one.kind for one in told(past_of(memory, view.stamp_ns).relations("table-4"))]
    assert kinds == ["on", "on"]
    assert told(past_of(memory, view.stamp_ns).relations("bowl-2")) == ()


def test_relations_have_their_lifetimes(gone, memory):
    views = gone[1]
    (known,) = told(past_of(memory, views["there"].stamp_ns, views["there"].seq).relations("bowl-2"))
    assert (known.kind, known.subject.name, known.object.name) == ("on", "bowl-2", "table-4")
    assert known.until_ns is None
    (now,) = told(past_of(memory, views["there"].stamp_ns).relations("bowl-2"))
    (picked,) = (one for one in told(memory.history("bowl-2")) if one.kind == "picked_up")
    assert (now.since_ns, now.until_ns) == (known.since_ns, picked.stamp_ns)
    assert len(told(past_of(memory, views["end"].stamp_ns).relations())) == 3


def test_a_detection_that_comes_late_tells_of_its_picture(tmp_path):
    """A slow detector: what it says is known by a later input, but was so at the picture's stamp."""
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, CONFIG) as memory:
        table, waiting = Table(memory, {"mug": MUG}), []
        views = []
        for _ in range(8):
            frame, found = table.inputs()
            table.step += 1
            waiting.append(found)
            for x in (frame, *([waiting.pop(0)] if len(waiting) > 3 else ())):
                assert memory.observe(x)
                views.append(memory.view())
        memory.flush()
        first = told(memory.history("mug-1"))[0]
        known = next(view for view in views if view.seq == first.seq)
        assert first.stamp_ns < known.stamp_ns
        before = views[known.seq - 2]
        assert past_of(memory, first.stamp_ns, before.seq).objects() == ()
        assert [one.id for one in past_of(memory, first.stamp_ns, known.seq).objects("mug")] == [1]
        for view in views:
            assert_agrees(past_of(memory, view.stamp_ns, view.seq), view)


# what is asked for


def test_what_was_first_seen_later_is_not_known(gone, memory):
    first = told(memory.history(1))[0]
    past = past_of(memory, first.stamp_ns - 1)
    assert past.objects() == ()
    answer = past.where("mug-1")
    assert isinstance(answer, Unknown)
    assert "mug-1 was first seen 0.0 s later; whether it was there before is not known" in answer.reason
    for what, words in (("mug", "nothing labelled 'mug' was known then"), (77, "object 77 was not known by input")):
        answer = past.where(what)
        assert isinstance(answer, Unknown)
        assert words in answer.reason
    assert isinstance(past.relations("mug-1"), Unknown)
    assert told(past.relations()) == ()


def test_what_means_nothing_is_refused(gone, memory, unchecked_shapes):
    stamp_ns = gone[1]["end"].stamp_ns
    past = past_of(memory, stamp_ns)
    for ask in (past.where, past.objects):
        with pytest.raises(UnknownLabel, match="Did you mean 'mug'"):
            ask("mugg")
    for wrong in (1.5, None, ("mug",)):
        with pytest.raises(QueryError, match="give a label, or an object's number or name"):
            past.where(wrong)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="the number or the name of one is needed"):
        past.relations("mug")
    for wrong in (1.0, "now", 2**63, True):
        with pytest.raises(InputError, match=r"stamp_ns is .*; whole nanoseconds"):
            memory.as_of(wrong)  # pyright: ignore[reportArgumentType]
    for wrong in (-1, 1.0, "x"):
        with pytest.raises(InputError, match=r"known_by is .*; the number of an input is needed"):
            memory.as_of(stamp_ns, known_by=wrong)  # pyright: ignore[reportArgumentType]


def test_what_nobody_can_know_is_unknown(gone, memory):
    stamp_ns = gone[1]["end"].stamp_ns
    for answer, words in (
        (memory.as_of(stamp_ns + S), "1.0 s after the newest that was told; where(at_ns=...)"),
        (memory.as_of(stamp_ns, known_by=0), "nothing was known yet"),
        (SpatialMemory(CONFIG).as_of(0), "nothing was known yet"),
    ):
        assert isinstance(answer, Unknown)
        assert words in answer.reason
    ahead = past_of(memory, stamp_ns, 10**6)
    assert ahead.known_by == memory.view().seq
    assert then(ahead) == then(past_of(memory, stamp_ns))


def test_without_a_file_only_its_own_moment_has_a_floor(gone):
    view, before = gone[1]["end"], gone[1]["there"]
    past = past_of(view, view.stamp_ns)
    assert_agrees(past, view)
    assert {one.id for one in told(past.places())} == {one.id for one in view.places()}
    assert told(past.map()) is view
    early = past_of(view, before.stamp_ns)
    assert {one.name for one in early.objects()} == {"mug-1", "bowl-2", "cup-3", "table-4"}
    assert {one.place for one in early.objects()} == {"on table-4", ""}  # as it was told when they were first seen
    for answer in (early.places(), early.relations(), early.route((0, 0), (0.2, 0)), early.map()):
        assert isinstance(answer, Unknown)
        assert "in a memory's file" in answer.reason
    memory = SpatialMemory.load(view.dump())
    assert then(past_of(memory, before.stamp_ns)) == then(early)


def test_changes_that_are_no_longer_kept_are_read_from_the_file(tmp_path):
    few = sm.Config(octree=CONFIG.octree, belief=sm.BeliefConfig(changes_max=3))
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, few) as memory:
        table = Table(memory, {"mug": MUG, "cup": CUP})
        table.watch(6)
        view = memory.view()
        for _ in range(2):
            table.act("opened", 1)
            table.act("closed", 1)
        memory.flush()
        answer = memory.view().as_of(view.stamp_ns)
        assert isinstance(answer, Unknown)
        assert "only the last 3 changes are kept here" in answer.reason
        assert_agrees(past_of(memory, view.stamp_ns, view.seq), view)
    with SpatialMemory.open(path, read_only=True) as memory:
        assert_agrees(past_of(memory, view.stamp_ns, view.seq), view)


# map


def test_the_map_is_that_of_the_newest_input_of_then(gone, memory):
    views = gone[1]
    for name in ("there", "held"):
        view = views[name]
        found = told(past_of(memory, view.stamp_ns).map())
        assert found.seq == view.seq
        assert found.state_hash() == view.state_hash()
        assert found.dump() == view.dump()
        half = told(past_of(memory, view.stamp_ns, view.seq - 3).map())
        assert half.seq == view.seq - 3
    assert isinstance(past_of(memory, 0).map(), Unknown)


def test_a_map_whose_journal_is_cut_is_unknown(gone, memory, monkeypatch):
    monkeypatch.setattr(Store, "dropped_until", property(lambda store: 7))
    answer = past_of(memory, gone[1]["held"].stamp_ns).map()
    assert isinstance(answer, Unknown)
    assert "keeps inputs from number 8 on" in answer.reason


# routes


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The furnished room, walked once; and views of the walk."""
    path = tmp_path_factory.mktemp("walk") / "a.smem"
    views = []
    with SpatialMemory.open(path, CONFIG) as memory:
        for i, frame in enumerate(itertools.islice(sm.open_episode("synthetic"), 0, 120, 3)):
            assert isinstance(frame, sm.RgbdFrame)
            X_WB = np.eye(4)
            X_WB[:2, 3] = frame.X_WC[:2, 3]
            stamps: dict[str, Any] = {"stamp_ns": frame.stamp_ns, "received_ns": frame.stamp_ns}
            for x in (sm.RobotState(source="wheels", **stamps, X_WB=X_WB), frame):
                assert memory.observe(x), i
            views.append(memory.view())
        memory.flush()
    return path, views


def test_a_way_of_the_past_leads_over_the_places_of_then(walked):
    path, views = walked
    start, goal = views[0].robot.X_WB[:2, 3], views[len(views) // 2].robot.X_WB[:2, 3]
    with SpatialMemory.open(path, read_only=True) as memory:
        early = past_of(memory, views[3].stamp_ns).route(start, goal)
        assert isinstance(early, Unknown)
        assert "known then" in early.reason
        late = past_of(memory, views[-2].stamp_ns)
        way, now = told(late.route(start, goal)), told(views[-1].route(start, goal))
        assert now.length_m <= way.length_m <= 1.25 * now.length_m
        assert way.clearance_m >= memory.config.graph.robot_radius_m - 1e-6
        assert way.waypoints_W[0, :2] == pytest.approx(start)
        assert way.waypoints_W[-1, :2] == pytest.approx(goal)
        known = {one.id: one.p_W for one in told(late.places())}
        assert [known[own].tolist() for own in way.place_ids] == way.waypoints_W[1:-1].tolist()
        assert not way.waypoints_W.flags.writeable
        assert way.room_ids == ()
        wide = late.route(start, goal, robot_radius_m=0.9)
        assert isinstance(wide, Unknown) or wide.clearance_m >= 0.9 - 1e-6
        with pytest.raises(QueryError, match=r"robot_radius_m is 0\.01"):
            late.route(start, goal, robot_radius_m=0.01)
        with pytest.raises(QueryError, match="goal is None"):
            late.route(start, None)


def test_a_way_to_a_thing_leads_to_where_it_was(gone, memory):
    past = past_of(memory, gone[1]["there"].stamp_ns)
    answer = past.route((0.0, 0.0), "mug-1")  # nobody stands within a metre of it, in this narrow view
    assert isinstance(answer, Unknown)
    assert "where the way ends" in answer.reason
    assert isinstance(past.route("mug-99", (0.0, 0.0)), Unknown)
    with pytest.raises(UnknownLabel):
        past.route((0.0, 0.0), "sofa")


def test_places_of_the_walk_grow(walked):
    path, views = walked
    with SpatialMemory.open(path, read_only=True) as memory:
        counts = [len(told(past_of(memory, view.stamp_ns, view.seq).places())) for view in views]
        assert counts[0] == 0
        assert counts[-1] > counts[5] > 0
        now = {(one.id, *one.p_W.tolist(), one.clearance_m) for one in views[-1].places()}
        past = past_of(memory, views[-1].stamp_ns)
        assert {(one.id, *one.p_W.tolist(), one.clearance_m) for one in told(past.places())} == now
        assert {one.room_id for one in told(past.places())} == {0}


def test_what_was_forgotten_later_was_known_then(tmp_path, monkeypatch):
    """There is no room for it in the memory, but in its file there is."""
    monkeypatch.setattr("spatialmem.longterm.parked.OBJECT_BYTES", 400 << 10)  # as if each took that much
    small = sm.Config(
        octree=CONFIG.octree,
        shortterm=sm.ShortTermConfig(objects_max=2, policy="lru", confirm_viewpoints=1),
        longterm=sm.LongTermConfig(budget_mib=1),
    )
    with SpatialMemory.open(tmp_path / "a.smem", small) as memory:
        table, views = Table(memory, {}), []
        for i in range(5):
            table.things = {f"{'abcde'[i]}": moved(MUG, dy=-0.5 + 0.25 * i), **dict(list(table.things.items())[:2])}
            for _ in range(4):
                table.watch()
                views.append(memory.view())
        memory.flush()
        gone = next(one for one in views[-1]._belief().kept.entries if one.kind == "forgotten")
        known = max((view for view in views if view.seq < gone.seq), key=lambda view: view.seq)
        assert gone.object_id in {one.id for one in past_of(memory, known.stamp_ns).objects(missing=True)}
        assert gone.object_id not in {one.id for one in past_of(memory, gone.stamp_ns).objects(missing=True)}
        for view in views:
            past = past_of(memory, view.stamp_ns, view.seq)
            assert {one.id for one in past.objects(missing=True)} == {one.id for one in view.objects(missing=True)}

"""What a memory's file has of places, and of how things rested: each row once, after kills too; lost ones are told."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from memory_workload import CONFIG, CleanRun, as_after_a_crash, assert_changes, stream
from watched_table import BOWL, CUP, MUG, S, Table, moved

import spatialmem as sm
from spatialmem import MemoryCorrupt, PastView, SpatialMemory, Unknown, View, memory_file
from spatialmem.graph import RestNote, TilePlaces
from spatialmem.graph.history import NO_RESTS, SPOT_MM, WRITE_EVERY_NS, History
from spatialmem.graph_rows import floor_of, rests_of, row_of_rest, spots_of
from spatialmem.kernels.warmup import warm_up
from spatialmem.store import Store
from spatialmem.store.checking import verify
from spatialmem.store.opening import open_connection
from spatialmem.store.recovery import recover

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module", autouse=True)
def kernels():
    warm_up()


def config(**belief: Any) -> sm.Config:
    octree = sm.OctreeConfig(budget_mib=64, threads=1, voxel_size_m=0.05)
    return sm.Config(octree=octree, belief=sm.BeliefConfig(**belief))


def past_of(memory: SpatialMemory | View, stamp_ns: int, known_by: int | None = None) -> PastView:
    past = memory.as_of(stamp_ns, known_by=known_by)
    assert isinstance(past, PastView), past
    return past


def told(answer: Any) -> Any:
    assert not isinstance(answer, Unknown), answer
    return answer


def lived(memory: SpatialMemory) -> list[View]:
    """A robot drives up to a table; a mug is taken away and put down elsewhere, a bowl picked up and put back."""
    table = Table(memory, {"mug": MUG, "cup": CUP, "bowl": BOWL})
    views = []

    def then(what: Any, *args: Any) -> None:
        what(*args)
        views.append(memory.view())

    def watch(times: int) -> None:
        for i in range(times):
            then(table.grip, (0.2, 0.0, 0.9), (-1.5 + 0.1 * table.step / 3, 0.0, 0.0)) if i % 3 == 0 else None
            then(table.watch)

    watch(8)
    mug = table.things.pop("mug")
    watch(6)
    table.things["mug"] = moved(mug, dy=0.25)
    watch(7)
    ids = {one.label: one.id for one in memory.objects(missing=True)}
    then(table.act, "picked_up", ids["bowl"])
    bowl = table.things.pop("bowl")
    watch(3)
    table.things["bowl"] = moved(bowl, dx=-0.1)
    then(table.act, "placed_on", ids["bowl"], ids["table"])
    watch(4)
    return views


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A file, closed, and the views that were taken after each of its inputs."""
    path = tmp_path_factory.mktemp("past") / "a.smem"
    with SpatialMemory.open(path, config()) as memory:
        views = lived(memory)
    return path, views


def stored(path, table):
    with Store.open(path, read_only=True) as store:
        return list(store.rows(table))


def floor_now(view: View) -> set[tuple]:
    return {(one.id, *one.p_W.tolist(), one.clearance_m) for one in view.places()}


def floor_then(past: PastView) -> set[tuple]:
    return {(one.id, *one.p_W.tolist(), one.clearance_m) for one in told(past.places())}


def edges_of(ends, length_m, ids) -> set[tuple]:
    pairs = np.sort(ids[ends], axis=1).tolist()
    return {(*pair, round(float(m), 4)) for pair, m in zip(pairs, length_m, strict=True)}


# as it was live


def test_places_are_those_of_a_second_ago_at_most(run):
    path, views = run
    differing = 0
    with SpatialMemory.open(path, read_only=True) as memory:
        for i, view in enumerate(views):
            past = past_of(memory, view.stamp_ns, view.seq)
            recent = [one for one in views[: i + 1] if one.stamp_ns >= view.stamp_ns - WRITE_EVERY_NS - S // 2]
            same = [one for one in recent if floor_now(one) == floor_then(past)]
            assert same or floor_then(past) == set(), view.seq
            differing += floor_then(past) != floor_now(views[-1])
            if same:
                floor, live = told(past._floor), same[-1]._graph()
                wanted = edges_of(live.edges.ends, live.edges.length_m, live.places.ids)
                assert edges_of(floor.ends, floor.length_m, floor.ids) == wanted
    assert differing > 3  # it was seen bit by bit


def test_relations_are_what_was_believed(run):
    path, views = run
    kinds = set()
    with SpatialMemory.open(path, read_only=True) as memory:
        for view in views:
            past = past_of(memory, view.stamp_ns, view.seq)
            wanted = {tuple(row[:3]) for row in view._belief().rests().tolist()}
            found = {(one.subject.id, {"on": 1, "in": 2}[one.kind], one.object.id) for one in told(past.relations())}
            assert found == wanted, view.seq
            kinds.add(len(wanted))
    assert len(kinds) > 1


@examples(6, quick=2)
@given(
    seed=st.integers(0, 2**32 - 1), stops=st.lists(st.integers(0, 60), max_size=3), rows=st.sampled_from([1, 3, 256])
)
def test_any_inputs_stopped_anywhere_write_the_same_rows(seed, stops, rows):
    """Late inputs, jumps, objects that are dropped: the rows are those of a memory that was never stopped."""
    clean = CleanRun(stream(seed, 60))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory_file, "CHECKPOINT_ROWS", rows)
        path = Path(folder) / "a.smem"
        memory = SpatialMemory.open(path, CONFIG)
        for i, x in enumerate(clean.inputs):
            if i in stops:
                memory.flush()
                crashed = as_after_a_crash(path, Path(folder) / "crash")
                memory.close()
                for name in (path.name, path.name + "-wal"):
                    path.with_name(name).unlink(missing_ok=True)
                    shutil.copy(crashed.with_name(name), folder)
                memory = SpatialMemory.open(path)
            memory.observe(x)
        memory.flush()
        rests = {row[0]: row for row in memory.view()._graph().kept.history.resting}
        memory.close()
        assert_changes(path, clean)
        assert verify(path).problems == ()
        open_rows = {row[0] for row in stored(path, "edge") if not row[7]}
        assert open_rows == set(rests)


# what is written


def test_a_tile_is_written_when_it_has_changed_and_once_a_second_at_most(run):
    path, views = run
    every = stored(path, "node")
    assert [row[0] for row in every] == list(range(1, len(every) + 1))
    assert len(every) == views[-1]._graph().kept.history.place_rows
    rows = [row for row in every if row[2] == "places"]
    assert len(rows) > 4
    times = sorted({row[3] for row in rows})
    assert all(b - a >= WRITE_EVERY_NS - S // 2 for a, b in itertools.pairwise(times))
    assert [row[5] for row in rows] == sorted(row[5] for row in rows)
    last: dict[int, bytes] = {}
    for row in rows:
        assert last.get(row[1]) != row[7]
        last[row[1]] = row[7]
        assert (row[2], row[4], row[6]) == ("places", None, None)
        by_seq = {view.seq: view.stamp_ns for view in views}
        assert row[3] == by_seq.get(row[5], row[3])


def test_where_a_thing_is_is_written_when_it_is_known_to_be_elsewhere(run):
    path, views = run
    rows = [row for row in stored(path, "node") if row[2] == "object"]
    by_seq = {view.seq: view for view in views}
    assert {row[1] for row in rows} >= {one.id for one in views[-1].objects()}
    last: dict[int, np.ndarray] = {}
    for _, own, _, stamp_ns, _, seq, _, payload in rows:
        p_W = np.array(msgspec.msgpack.decode(payload)) / 1000
        assert np.linalg.norm(p_W - last.get(own, np.inf)) > SPOT_MM / 1000
        last[own] = p_W
        if seq in by_seq:
            assert stamp_ns == by_seq[seq].stamp_ns
            assert p_W == pytest.approx(told(by_seq[seq].object(own)).center_W, abs=0.001)
    assert all(np.linalg.norm(last[one.id] - one.center_W) <= 2 * SPOT_MM / 1000 for one in views[-1].objects())


def test_what_was_so_before_a_long_silence_is_written_when_it_ends(tmp_path):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, config()) as memory:
        table = Table(memory, {"mug": MUG})
        table.grip((0.0, 0.0, 1.0))
        table.watch(2)
        before = memory.view()
    with SpatialMemory.open(path) as memory:
        table.memory = memory
        table.wait(3600.0)
        table.watch(2)
        memory.flush()
        past = past_of(memory, before.stamp_ns + 1800 * S)
        assert floor_then(past) == floor_now(before) != set()


def test_nothing_is_written_again_of_what_is_as_it_was(run, tmp_path):
    path = Path(shutil.copy(run[0], tmp_path))
    count = [len(stored(path, table)) for table in ("node", "edge")]
    with SpatialMemory.open(path) as memory:
        for i in range(5):
            stamp_ns = memory.view().stamp_ns + 2 * S
            assert memory.observe(sm.Recall(source="planner", stamp_ns=stamp_ns, received_ns=stamp_ns, object_ids=(i,)))
    rows = [len(stored(path, table)) for table in ("node", "edge")]
    assert rows[1] == count[1]
    assert rows[0] - count[0] <= len({row[1] for row in stored(path, "node")})  # what waited when it was closed


@pytest.mark.parametrize("checkpoint_after", [5, 256])
def test_after_a_kill_no_row_is_missing_or_twice(run, tmp_path, monkeypatch, checkpoint_after):
    monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", checkpoint_after)
    path = tmp_path / "a.smem"
    memory = SpatialMemory.open(path, config())
    lived(memory)
    memory.flush()
    copy = as_after_a_crash(path, tmp_path / "crash")
    wanted = memory.state_hash()
    memory.close()
    for _ in range(2):
        memory = SpatialMemory.open(copy)
        assert memory.state_hash() == wanted
        memory.flush()
        assert memory._file is not None
        memory._file.store.close()
        for table in ("node", "edge"):
            assert stored(copy, table) == stored(run[0], table)


def test_rows_that_were_not_written_before_a_kill_are_written_at_the_next_opening(run, tmp_path, monkeypatch):
    path = tmp_path / "a.smem"
    with monkeypatch.context() as patch:
        patch.setattr(memory_file.MemoryFile, "_keep", lambda *_: None)
        memory = SpatialMemory.open(path, config())
        lived(memory)
        memory.flush()
        assert memory._file is not None
        memory._file.store.close()
    assert stored(path, "node") == stored(path, "edge") == []
    SpatialMemory.open(path).close()
    for table in ("node", "edge"):
        assert stored(path, table) == stored(run[0], table)


def test_rows_that_a_checkpoint_came_before_are_made_up_for_at_once(run, tmp_path, monkeypatch):
    """The checkpoint is durable, the rows are not: what holds still is written; of the rest, that it is lost."""
    path, views = tmp_path / "a.smem", run[1]
    with monkeypatch.context() as patch:
        patch.setattr(memory_file.MemoryFile, "_queue_rows", lambda *_: None)
        with SpatialMemory.open(path, config()) as memory:
            lived(memory)
    for table in ("node", "edge", "object_state"):
        assert stored(path, table) == []
    with SpatialMemory.open(path) as memory:
        assert memory.state_hash() == views[-1].state_hash()
    assert stored(path, "object_state") == stored(run[0], "object_state")
    assert len(stored(path, "node")) == len(stored(run[0], "node"))
    assert [row for row in stored(path, "edge") if row[-1]] == [row for row in stored(run[0], "edge") if not row[7]]
    with SpatialMemory.open(path) as memory:
        early = past_of(memory, views[-9].stamp_ns)
        assert isinstance(early.places(), Unknown)
        assert isinstance(early.relations(), Unknown)
        assert {one.id for one in early.objects()} == {one.id for one in views[-9].objects()}
        stamp_ns = views[-1].stamp_ns + 10 * S
        assert memory.observe(sm.Recall(source="planner", stamp_ns=stamp_ns, received_ns=stamp_ns, object_ids=(1,)))
        memory.flush()
        assert floor_then(past_of(memory, views[-1].stamp_ns)) == floor_now(views[-1])
    assert verify(path).problems == ()


# damage


def damage(path: Path, table: str, number: int) -> None:
    """Change a row, but not its CRC."""
    connection = open_connection(path, vfs=None)
    connection.execute(f"UPDATE {table} SET valid_from_ns = valid_from_ns + 1 WHERE id = ?", (number,))
    connection.close()


@pytest.mark.parametrize(("table", "ask"), [("node", "places"), ("edge", "relations")])
def test_a_damaged_row_is_refused_and_told(run, tmp_path, table, ask):
    path = Path(shutil.copy(run[0], tmp_path))
    stamp_ns = run[1][-2].stamp_ns
    damage(path, table, 2)
    with SpatialMemory.open(path, read_only=True) as memory, pytest.raises(MemoryCorrupt, match=f"table {table}"):
        getattr(past_of(memory, stamp_ns), ask)()
    assert any(f"table {table}" in problem for problem in verify(path).problems)


def test_a_file_that_lost_rows_goes_on_and_says_so(run, tmp_path):
    path, out, views = Path(shutil.copy(run[0], tmp_path)), tmp_path / "b.smem", run[1]
    nodes, edges = (len(stored(path, table)) for table in ("node", "edge"))
    times = sorted({row[3] for row in stored(path, "node")})
    early = next(row for row in stored(path, "node") if row[3] == times[2])
    damage(path, "node", early[0])
    over = next(row for row in stored(path, "edge") if row[0] > 1 and row[7])  # of what holds, nothing would be lost
    damage(path, "edge", over[0])
    recovery = recover(path, out)
    assert recovery.losses == (f"rows {early[0]} to {nodes} of node", f"rows {over[0]} to {edges} of edge")
    with SpatialMemory.open(out, read_only=True) as memory:
        assert memory.state_hash() == views[-1].state_hash()
        assert_lost(memory, views, early)
    with SpatialMemory.open(out) as memory:
        assert memory.state_hash() == views[-1].state_hash()
        memory.flush()
        assert_lost(memory, views, early)
        end = views[-1]
        for i in range(1, 4):
            known = {"stamp_ns": end.stamp_ns + i * S, "received_ns": end.stamp_ns + i * S}
            assert memory.observe(sm.Recall(source="planner", **known, object_ids=(1,)))
        memory.flush()
        past = past_of(memory, end.stamp_ns + S)
        assert floor_then(past) == floor_now(end)
        relations = told(past.relations())
        assert {(one.subject.id, one.object.id) for one in relations} == set(
            map(tuple, end._belief().rests()[:, [0, 2]].tolist())
        )
    assert verify(out).problems == ()


def assert_lost(memory: SpatialMemory, views: list[View], early: tuple) -> None:
    """Before what is lost all is known; then it is said that it is not."""
    first = past_of(memory, views[1].stamp_ns, views[1].seq)
    assert floor_then(first) <= floor_now(views[1])
    assert told(first.relations()) == ()
    lost = past_of(memory, views[-3].stamp_ns)
    for answer in (lost.places(), lost.relations(), lost.route((0.0, 0.0), (-1.0, 0.0))):
        assert isinstance(answer, Unknown)
        assert "are lost to damage, or not durable yet" in answer.reason
    assert lost.objects()  # of other rows


def test_rows_that_hold_something_else_are_damage(run, tmp_path):
    path = Path(shutil.copy(run[0], tmp_path))
    nodes, edges = stored(path, "node"), stored(path, "edge")
    tile = msgspec.msgpack.decode(nodes[0][7], type=TilePlaces)
    cut = msgspec.msgpack.encode(msgspec.structs.replace(tile, ids=tile.ids[1:]))
    other = next(row for row in nodes if row[1] != nodes[0][1] and row[2] == "places")
    last = {"last_number": len(nodes), "since_ns": 0}
    for wrong in (b"", b"x", cut, other[7]):
        put(path, "node", (*nodes[0][:7], wrong))
        with pytest.raises(MemoryCorrupt, match="row 1 of node"):
            floor_of(path, nodes[0][3], nodes[0][5], **last)
    put(path, "node", (*nodes[0][:3], None, *nodes[0][4:]))
    with pytest.raises(MemoryCorrupt, match=r"row 1 of node.*does not say"):
        floor_of(path, nodes[0][3], nodes[0][5], **last)
    spot = next(row for row in nodes if row[2] == "object")
    put(path, "node", nodes[0])
    put(path, "node", (*spot[:7], b"x"))
    with pytest.raises(MemoryCorrupt, match=f"row {spot[0]} of node"):
        spots_of(path, spot[3], spot[5], last_number=len(nodes))
    for wrong in ((*edges[0][:8], b"x"), (*edges[0][:1], "beside", *edges[0][2:])):
        put(path, "edge", wrong)
        with pytest.raises(MemoryCorrupt, match="row 1 of edge"):
            rests_of(path, edges[0][4], edges[0][6], last_number=len(edges), since_ns=0)


def put(path, table, row):
    with Store.open(path) as store:
        store.put(table, [row])
        store.flush()


def test_rows_beyond_the_moment_that_is_asked_do_not_count(run):
    path, views = run
    history = views[2]._graph().kept.history
    floor = told(floor_of(path, views[-1].stamp_ns, views[-1].seq, last_number=history.place_rows, since_ns=0))
    assert set(floor.ids.tolist()) <= {one.id for one in views[2].places()}


# other files


@pytest.mark.parametrize("name", ["format_1.smem", "format_2.smem", "format_3.smem"])
def test_files_of_older_formats_say_what_they_have(name, tmp_path):
    path = Path(shutil.copy(GOLDEN / name, tmp_path))
    with SpatialMemory.open(path) as memory:
        view = memory.view()
        past = past_of(memory, view.stamp_ns)
        assert {one.id for one in past.objects(missing=True)} == {one.id for one in memory.objects(missing=True)}
        assert floor_then(past) == floor_now(view)
        assert told(past.map()).state_hash() == view.state_hash()
        stamp_ns = view.stamp_ns + 2 * S
        assert memory.observe(sm.Recall(source="planner", stamp_ns=stamp_ns, received_ns=stamp_ns, object_ids=(1,)))
        memory.flush()
        assert floor_then(past_of(memory, stamp_ns - S)) == floor_now(view)
        early = past_of(memory, view.stamp_ns - 3 * S)
        for answer in (early.places(), early.relations()):
            assert not isinstance(answer, Unknown) or "of an older format" in answer.reason
    assert verify(path).problems == ()


# how things rest, row by row


def rests(*rows: tuple[int, int, int, int]) -> np.ndarray:
    return np.array(rows, np.int64).reshape(-1, 4)


def test_a_relation_is_written_anew_when_it_ends():
    history, notes = History().rested(rests((3, 1, 9, 0)), {3}, (), 50, 5)
    assert notes == (RestNote(1, 3, 1, 9, False, 50, 5),)
    again, notes = history.rested(rests((3, 1, 9, 0)), {3}, (), 60, 6)
    assert (again, notes) == (history, ())
    ended, notes = history.rested(rests(), {3}, (), 70, 7)
    assert notes == (RestNote(1, 3, 1, 9, False, 50, 5, 70, 7),)
    assert (ended.rest_rows, len(ended.rests)) == (1, 0)
    assert row_of_rest(notes[0])[:8] == (1, "on", 3, 9, 50, 70, 5, 7)
    assert history.resting == (RestNote(1, 3, 1, 9, False, 50, 5),)
    assert History().rested(NO_RESTS[:, :4], (), (), 1, 1)[1] == ()


def test_what_is_known_better_was_so_all_the_time_and_the_other_never():
    history, _ = History().rested(rests((3, 1, 9, 0), (4, 1, 9, 0)), {3, 4}, (), 50, 5)
    _, notes = history.rested(rests((3, 2, 8, 0), (4, 1, 9, 0)), (), (), 70, 7)
    assert notes == (RestNote(1, 3, 1, 9, False, 50, 5, 50, 7), RestNote(3, 3, 2, 8, False, 50, 7))
    _, notes = history.rested(rests((3, 2, 8, 0), (4, 1, 9, 0)), {3}, (), 70, 7)  # it was moved
    assert notes == (RestNote(1, 3, 1, 9, False, 50, 5, 70, 7), RestNote(3, 3, 2, 8, False, 70, 7))
    _, notes = history.rested(rests((3, 1, 9, 1), (4, 1, 9, 0)), (), (), 70, 7)  # it was shut in
    assert notes == (RestNote(1, 3, 1, 9, False, 50, 5, 70, 7), RestNote(3, 3, 1, 9, True, 70, 7))
    _, notes = history.rested(rests((4, 1, 9, 0)), (), {3}, 70, 7)  # it was another thing
    assert notes == (RestNote(1, 3, 1, 9, False, 50, 5, 50, 7),)
    _, notes = history.rested(rests((4, 1, 9, 0)), {3}, (), 20, 7)  # told late
    assert notes == (RestNote(1, 3, 1, 9, False, 50, 5, 50, 7),)

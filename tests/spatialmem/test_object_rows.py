"""What a memory's file has of changes: all of them, once each, after kills too; also what the memory keeps no more."""

import msgspec
import pytest
from watched_table import CUP, MUG, Table, moved

import spatialmem as sm
from spatialmem import MemoryCorrupt, SpatialMemory, Unknown
from spatialmem.belief import Entry
from spatialmem.kernels.warmup import warm_up
from spatialmem.memory_file import MemoryFile
from spatialmem.object_rows import changes_of, lost_row, row_of_change
from spatialmem.store import Store
from spatialmem.store.checking import verify
from spatialmem.store.recovery import recover


@pytest.fixture(scope="module", autouse=True)
def kernels():
    warm_up()


def config(changes_max=10_000):
    return sm.Config(
        octree=sm.OctreeConfig(budget_mib=64, threads=1, voxel_size_m=0.1),
        belief=sm.BeliefConfig(changes_max=changes_max),
    )


def kinds(answer):
    assert not isinstance(answer, Unknown), answer
    return [one.kind for one in answer]


def rows_of(path):
    """All rows: number, object, what became of it, and whether it was taken back."""
    with Store.open(path, read_only=True) as store:
        rows = list(store.rows("object_state"))
    entries = [msgspec.msgpack.decode(row[6], type=Entry) for row in rows]
    for row, entry in zip(rows, entries, strict=True):
        assert row[:6] == (
            entry.number, entry.object_id, entry.since_ns, entry.stamp_ns, entry.seq, entry.undone_seq
        )  # fmt: skip
    return [(one.number, one.object_id, one.kind, bool(one.undone_seq)) for one in entries]


def killed(memory):
    """Leave a file as it is when the process ends at once, with all that was told durable."""
    memory.flush()
    assert memory._file is not None
    memory._file.store.close()


def gone_and_back(memory) -> Table:
    """A mug that was taken away and is put down elsewhere, and a cup that stays away."""
    table = Table(memory, {"mug": MUG, "cup": CUP})
    table.watch(5)
    things, left = dict(table.things), {name: box for name, box in table.things.items() if name == "table"}
    table.things = left
    table.watch(4)
    table.things = {name: box for name, box in things.items() if name != "cup"}
    table.things["mug"] = moved(MUG, dy=0.3)
    table.watch(4)
    return table


WANTED = [
    (1, 1, "first_seen", False),
    (2, 2, "first_seen", False),
    (3, 3, "first_seen", False),
    (4, 1, "missing", True),
    (5, 2, "missing", False),
    (6, 4, "appeared", True),
    (7, 1, "moved", False),
]


def test_rows_are_written_as_changes_come_and_written_over_when_they_are_undone(tmp_path):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, config()) as memory:
        gone_and_back(memory)
        memory.flush()
        assert rows_of(path) == WANTED
        wanted = [kinds(memory.history(i)) for i in (1, 2, 3)]
        assert wanted == [["first_seen", "moved"], ["first_seen", "missing"], ["first_seen"]]
    for read_only in (True, False):
        with SpatialMemory.open(path, read_only=read_only) as memory:
            assert [kinds(memory.history(i)) for i in (1, 2, 3)] == wanted
            assert kinds(memory.changed(0)) == ["missing", "moved"]
    assert rows_of(path) == WANTED
    assert verify(path).problems == ()


@pytest.mark.parametrize("checkpoint_after", [3, 7, 256])
def test_after_a_kill_no_row_is_missing_or_twice(tmp_path, monkeypatch, checkpoint_after):
    """Replayed inputs number their changes as before."""
    path = tmp_path / "a.smem"
    monkeypatch.setattr("spatialmem.memory_file.CHECKPOINT_ROWS", checkpoint_after)
    memory = SpatialMemory.open(path, config())
    gone_and_back(memory)
    wanted = memory.state_hash()
    killed(memory)
    for _ in range(2):
        memory = SpatialMemory.open(path)
        assert memory.state_hash() == wanted
        killed(memory)
        assert rows_of(path) == WANTED


def test_rows_that_were_not_written_before_a_kill_are_written_at_the_next_opening(tmp_path, monkeypatch):
    path = tmp_path / "a.smem"
    with monkeypatch.context() as patch:
        patch.setattr(MemoryFile, "_keep", lambda *_: None)
        memory = SpatialMemory.open(path, config())
        gone_and_back(memory)
        killed(memory)
    assert rows_of(path) == []
    SpatialMemory.open(path).close()
    assert rows_of(path) == WANTED


def opened_and_closed(memory, times: int) -> Table:
    """A mug whose door, as it were, the robot opens and closes."""
    table = Table(memory, {"mug": MUG, "cup": CUP})
    table.watch(4)
    table.act("opened", 2)
    for k in range(times):
        table.act("opened" if k % 2 else "closed", 1)
    return table


def test_the_file_has_what_the_memory_keeps_no_more(tmp_path):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, config(changes_max=4)) as memory:
        table = opened_and_closed(memory, 7)
        memory.flush()
        wanted = ["first_seen", *(["closed", "opened"] * 4)[:7]]
        assert kinds(memory.history(1)) == wanted
        assert kinds(memory.history(2)) == ["first_seen", "opened"]
        assert kinds(memory.view().history(1)) == wanted[-4:]
        assert kinds(memory.changed(0)) == ["opened", "closed"]
        history = memory.history(1)
        assert not isinstance(history, Unknown)
        third = history[3]
        assert kinds(memory.changed(third.stamp_ns)) == ["closed"]
        assert kinds(memory.changed(third.stamp_ns + 1)) == []
        assert kinds(memory.changed(third.stamp_ns, third.stamp_ns)) == ["closed"]
        assert isinstance(memory.view().changed(0), Unknown)
        with SpatialMemory.open(path, read_only=True) as reader:
            table.act("pushed", 1)
            memory.flush()
            assert kinds(reader.history(1)) == wanted  # of its own moment
            assert kinds(reader.changed(0)) == ["opened", "closed"]
    with SpatialMemory.open(path) as memory:
        assert kinds(memory.history(1)) == [*wanted, "pushed"]
    assert isinstance(opened_and_closed(SpatialMemory(config(changes_max=4)), 7).memory.changed(0), Unknown)


def test_the_history_of_what_left_the_buffer_is_in_the_file(tmp_path):
    settings = msgspec.structs.replace(
        config(changes_max=2), shortterm=sm.ShortTermConfig(objects_max=2, policy="lru", confirm_viewpoints=1)
    )
    with SpatialMemory.open(tmp_path / "a.smem", settings) as memory:
        table = Table(memory, {"mug": MUG})
        table.watch(4)
        del table.things["mug"]
        table.things["bowl"] = moved(CUP, dy=-0.2)
        table.watch(6)
        memory.flush()
        assert memory.object_counts["long_term"] == 1  # the mug is missing, and there is no room for it
        history = memory.history(1)
        assert kinds(history)[0] == "first_seen"
        assert isinstance(memory.history(99), Unknown)


def test_under_every_id_that_it_had(tmp_path):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, config(changes_max=2)) as memory:
        table = Table(memory, {"mug": MUG})
        table.watch(6)
        table.things["mug"] = moved(MUG, dy=0.6)
        table.watch(8)
        for verb in ("opened", "closed", "opened"):
            table.act(verb, 1)
        memory.flush()
        names = memory._objects().known_as(1)
        assert len(names) == 2
        for name in names:
            assert kinds(memory.history(name)) == ["first_seen", "moved", "opened", "closed", "opened"]
        assert rows_of(path)[-5][2:] in (("first_seen", True), ("appeared", True))  # of the one that it was for a while


# damage


def some_entry(number, object_id=1):
    return Entry(number, object_id, "mug", "moved", 10 * number, 5, number)


def test_rows_that_hold_something_else_are_damage(tmp_path):
    path = tmp_path / "a.smem"
    rows = [row_of_change(some_entry(1)), row_of_change(some_entry(2)), lost_row(3), row_of_change(some_entry(4, 2))]
    with Store.open(path, world="map", config=b"") as store:
        store.put("object_state", rows)
        store.flush()
    assert [one.number for one in changes_of(path, 5).entries] == [1, 2, 4]
    assert changes_of(path, 5).lost == 1
    assert changes_of(path, 9).lost == 5
    assert [one.number for one in changes_of(path, 5, {2}).entries] == [4]
    for wrong in (b"", b"x", msgspec.msgpack.encode(some_entry(3)), msgspec.msgpack.encode(some_entry(2, 7))):
        with Store.open(path) as store:
            store.put("object_state", [(*rows[1][:6], wrong)])
            store.flush()
        with pytest.raises(MemoryCorrupt, match="row 2 of object_state"):
            changes_of(path, 5)
        assert [one.number for one in changes_of(path, 2).entries] == [1]


def test_a_file_that_lost_rows_goes_on_and_says_so(tmp_path):
    """Recovered of a damaged one: its checkpoint has the newest changes, and the older ones are nowhere."""
    path, out = tmp_path / "a.smem", tmp_path / "b.smem"
    with SpatialMemory.open(path, config(changes_max=4)) as memory:
        opened_and_closed(memory, 7)
    assert len(rows_of(path)) == 11
    data = bytearray(path.read_bytes())
    with Store.open(path, read_only=True) as store:
        payload = next(row[6] for row in store.rows("object_state") if row[0] == 4)
    data[data.index(payload) + 20] ^= 1
    path.write_bytes(data)
    with pytest.raises(MemoryCorrupt), SpatialMemory.open(path) as memory:
        memory.history(1)
    recovery = recover(path, out)
    assert recovery.losses == ("rows 4 to 11 of object_state",)
    for read_only in (True, False):
        with SpatialMemory.open(out, read_only=read_only) as memory:
            answer = memory.changed(0)
            assert isinstance(answer, Unknown)
            assert "4 older changes are lost" in answer.reason
            assert kinds(memory.history(1)) == ["first_seen", "opened", "closed", "opened", "closed"]
    with SpatialMemory.open(out) as memory:
        table = Table(memory, {"mug": MUG})
        table.step = 40
        table.act("opened", 1)
        memory.flush()
        assert kinds(memory.history(1))[-1] == "opened"
    assert verify(out).problems == ()
    with Store.open(out, read_only=True) as store:
        rows = list(store.rows("object_state"))
    assert [row[0] for row in rows] == list(range(1, 13))
    assert [row[0] for row in rows if row[6] is None] == [4, 5, 6, 7]


def test_what_was_taken_back_after_the_end_of_a_recovered_file_holds_again(tmp_path, monkeypatch):
    path, out = tmp_path / "a.smem", tmp_path / "b.smem"
    memory = SpatialMemory.open(path, config())
    gone_and_back(memory)
    killed(memory)
    (undone_seq,) = {row[5] for row in stored(path) if row[5]}
    damage_payload(path, undone_seq)
    recovery = recover(path, out)
    assert recovery.seq == undone_seq - 1
    assert stored(out)[3][5] == 0
    with SpatialMemory.open(out, read_only=True) as memory:
        assert memory.view().seq == undone_seq - 1
        assert kinds(memory.history(1)) == ["first_seen", "missing"]


def stored(path):
    with Store.open(path, read_only=True) as store:
        return list(store.rows("object_state"))


def damage_payload(path, seq):
    with Store.open(path, read_only=True) as store:
        (row,) = store.journal(seq - 1, seq)
    data = bytearray(path.read_bytes())
    assert row.payload is not None
    at = data.find(row.payload[:200])
    assert at > 0
    data[at + 100] ^= 1
    path.write_bytes(data)


def test_a_question_is_of_one_moment(monkeypatch):
    """Whatever another thread publishes between two looks at the view."""
    memory = opened_and_closed(SpatialMemory(config()), 2).memory
    with monkeypatch.context() as patch:
        for name in ("_objects", "_belief", "_now_ns"):
            patch.setattr(SpatialMemory, name, _not_twice)
        for ask in (memory.where, memory.history, memory.explain):
            assert not isinstance(ask(1), Unknown)
        assert kinds(memory.changed(0)) == ["opened"]


def _not_twice(_):
    raise AssertionError("it was asked apart from the rest")

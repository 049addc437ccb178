"""copy, compact, info, verify and recover, on files that are whole and on files that are not."""

import os
from pathlib import Path

import apsw
import pytest
from store_workload import WORLD, assert_prefix, fill, row

from spatialmem import InputError, MemoryCorrupt, MemoryLocked
from spatialmem.store import Store
from spatialmem.store.checking import verify
from spatialmem.store.recovery import recover
from spatialmem.store.schema import FORMAT, PAGE_BYTES
from spatialmem.store.upkeep import compact, copy, info


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.smem"
    with Store.open(path, world=WORLD, config=b"c") as store:
        fill(store, 60, checkpoint_every=15)
    return path


def run_sql(path, *statements):
    """Change a file behind the store's back."""
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_copy_is_consistent_while_the_file_grows(path, tmp_path):
    with Store.open(path, world=WORLD) as store:
        for i in range(3):
            fill(store, store.last_seq + 7)
            store.flush()
            assert copy(path, tmp_path / f"{i}.smem") == store.durable_seq
    for i in range(3):
        with Store.open(tmp_path / f"{i}.smem", world=WORLD) as store:
            assert assert_prefix(store) == 67 + 7 * i
            fill(store, 100)
        assert verify(tmp_path / f"{i}.smem").ok
    with pytest.raises(InputError, match="exists"):
        copy(path, path)
    assert sorted(os.listdir(tmp_path)) == ["0.smem", "1.smem", "2.smem", "a.smem"]


def test_compact_gives_back_what_retention_freed(path):
    with Store.open(path, world=WORLD, journal_budget_mib=0) as store:
        fill(store, 75, checkpoint_every=15)
    before, after = compact(path)
    assert before > after == path.stat().st_size
    assert verify(path).ok
    assert os.listdir(path.parent) == ["a.smem"]
    with Store.open(path, world=WORLD) as store:
        assert (assert_prefix(store), store.dropped_until) == (75, 75)
        fill(store, 80)
    with Store.open(path, read_only=True) as store:
        assert assert_prefix(store) == 80


def test_compact_after_a_crash(path, tmp_path):
    other = tmp_path / "b.smem"
    with Store.open(path, world=WORLD) as store:
        fill(store, 70)
        store.flush()
        for suffix in ("", "-wal"):
            Path(f"{other}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
    compact(other)
    with Store.open(other, read_only=True) as store:
        assert assert_prefix(store) == 70


def test_compact_needs_the_file_for_itself(path):
    with Store.open(path, world=WORLD), pytest.raises(MemoryLocked, match="another writer"):
        compact(path)
    with Store.open(path, read_only=True), pytest.raises(MemoryLocked, match="being read"):
        compact(path)
    compact(path)


def test_info_says_what_is_there(path):
    found = info(path)
    assert (found.world, found.config, found.format, found.seq) == (WORLD, b"c", FORMAT, 60)
    assert (found.first_stamp_ns, found.last_stamp_ns, found.checkpoint_seq) == (100, 6000, 60)
    assert found.rows["journal"] == found.rows["payload"] == 60
    assert found.payload_bytes["payload"] == sum(len(row(seq).payload) for seq in range(1, 61))
    assert (found.file_bytes, found.log_bytes) == (path.stat().st_size, 0)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("DELETE FROM journal WHERE seq = 60", "journal"),
        ("DELETE FROM journal WHERE seq = 7", "row 7 of the journal"),
        ("DELETE FROM payload WHERE seq = 7", "row 7 of the journal"),
        ("UPDATE journal SET source = 'other' WHERE seq = 7", "row 7 of the journal"),
        ("UPDATE journal SET source = CAST(x'e1ff' AS TEXT) WHERE seq = 7", "a text in it is none"),
        ("UPDATE payload SET data = (SELECT data FROM payload WHERE seq = 8) WHERE seq = 7", "row 7 of the journal"),
        ("DELETE FROM block WHERE root_key = (SELECT min(root_key) FROM block)", "checkpoint 60"),
        ("UPDATE block SET payload = zeroblob(size) WHERE root_key = (SELECT max(root_key) FROM block)", "table block"),
        ("DELETE FROM checkpoint", "checkpoint 60"),
        ("UPDATE checkpoint SET state = x'00'", "table checkpoint"),
        ("UPDATE tail SET seq = 59", "table tail"),
        ("DELETE FROM extent WHERE name = 'edge'", "table extent"),
        ("INSERT INTO node(id, crc) VALUES (1, 0)", "table node"),
        ("DELETE FROM meta WHERE name = 'config'", "table meta"),
    ],
)
def test_what_was_changed_is_found_and_the_rest_recovered(path, tmp_path, statement, where):
    run_sql(path, statement)
    found = verify(path)
    assert not found.ok
    assert any(where in problem for problem in found.problems), found.problems
    recovery = recover(path, tmp_path / "out.smem", world=WORLD)
    assert recovery.written
    with Store.open(tmp_path / "out.smem", world=WORLD) as store:
        assert assert_prefix(store) == recovery.seq
    kept = 6 if "FROM journal WHERE seq = 7" in statement or "UPDATE journal" in statement else 59
    assert recovery.seq >= kept
    assert verify(tmp_path / "out.smem").ok
    assert not recovery.everything or "node" in statement


def test_rows_that_were_exchanged_are_found(path):
    run_sql(
        path,
        "UPDATE journal SET seq = -1 WHERE seq = 5",
        "UPDATE journal SET seq = 5 WHERE seq = 6",
        "UPDATE journal SET seq = 6 WHERE seq = -1",
    )
    with Store.open(path, read_only=True) as store, pytest.raises(MemoryCorrupt, match="row 5 of the journal"):
        list(store.journal())


def test_without_its_first_page_a_file_is_recovered_all_the_same(path, tmp_path):
    data = path.read_bytes()
    path.write_bytes(bytes(PAGE_BYTES) + data[PAGE_BYTES:])
    with pytest.raises(MemoryCorrupt, match="first page"):
        Store.open(path, world=WORLD)
    recovery = recover(path, tmp_path / "out.smem")
    assert (recovery.seq, recovery.checkpoint_seq) == (60, 60)
    with Store.open(tmp_path / "out.smem", world=WORLD) as store:
        assert assert_prefix(store) == 60


@pytest.mark.parametrize("content", [b"", b"no memory" * 5000, b"SQLite format 3\x00" + bytes(20000)])
def test_what_is_no_memory_file_is_refused_and_nothing_recovered(tmp_path, content):
    path = tmp_path / "a.smem"
    path.write_bytes(content)
    for read_only in (True, False):
        with pytest.raises(MemoryCorrupt):
            Store.open(path, world=WORLD, read_only=read_only)
    assert not verify(path).ok
    recovery = recover(path, tmp_path / "out.smem", world=WORLD)
    assert not recovery.written
    assert recovery.losses
    assert os.listdir(tmp_path) == ["a.smem"]
    assert path.read_bytes() == content


def test_another_sqlite_file_is_refused(tmp_path):
    path = tmp_path / "a.smem"
    run_sql(path, "CREATE TABLE t(x)", "INSERT INTO t VALUES (1)")
    with pytest.raises(MemoryCorrupt, match="not a memory file"):
        Store.open(path, world=WORLD)

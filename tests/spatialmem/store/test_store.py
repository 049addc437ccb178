"""A store keeps what it is given, in order, refuses what does not fit, and reads without writing."""

import os
import threading

import apsw
import pytest
from store_workload import WORLD, assert_prefix, checkpoint_at, fill, row

from spatialmem import ConfigError, InputError, MemoryLocked, MemoryVersion, StoreError
from spatialmem.store import Pieces, Row, Store
from spatialmem.store.schema import FORMAT


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.smem"


def filled(path, count=40, *, checkpoint_every=10, **options):
    with Store.open(path, world=WORLD, config=b"some: setting", **options) as store:
        fill(store, count, checkpoint_every=checkpoint_every)


def test_what_is_appended_is_there_after_it_was_closed(path):
    filled(path, 45)
    with Store.open(path, world=WORLD) as store:
        assert assert_prefix(store) == 45
        assert (store.config, store.format, store.last_stamp_ns, store.checkpoint_seq) == (
            b"some: setting",
            FORMAT,
            4500,
            40,
        )
        fill(store, 60, checkpoint_every=10)
        store.flush()
        assert assert_prefix(store) == 60
    assert os.listdir(path.parent) == ["a.smem"]


def test_flush_makes_durable(path):
    with Store.open(path, world=WORLD) as store:
        fill(store, 3)
        store.flush(timeout_s=10)
        assert store.durable_seq == store.last_seq == 3


def test_a_few_rows_become_durable_by_themselves(path):
    with Store.open(path, world=WORLD) as store:
        fill(store, 2)
        for _ in range(500):
            if store.durable_seq == 2:
                break
            threading.Event().wait(0.01)
        assert store.durable_seq == 2


def test_a_part_of_the_journal(path):
    filled(path)
    with Store.open(path, read_only=True) as store:
        assert [found.seq for found in store.journal(7, 11)] == [8, 9, 10, 11]
        assert list(store.journal(40)) == list(store.journal(50)) == list(store.journal(9, 9)) == []
        assert next(store.journal(7)).payload == row(8).payload


def test_rows_go_in_order_and_fit(path):
    with Store.open(path, world=WORLD) as store:
        for seq in (0, 2, -1):
            with pytest.raises(InputError, match="the next one is 1"):
                store.append(row(seq))
        with pytest.raises(InputError, match="64-bit"):
            store.append(Row(1, "a", "b", 1 << 63, 0, b""))
        store.append(row(1))


def test_another_world_is_refused_by_name(path):
    filled(path, 1)
    for read_only in (False, True):
        with pytest.raises(ConfigError, match="'workshop', not of 'kitchen'"):
            Store.open(path, world="kitchen", read_only=read_only)
    Store.open(path, world=WORLD).close()


def test_a_newer_format_is_refused_by_number(path):
    from spatialmem.store.rows import with_crc
    from spatialmem.store.schema import TABLES

    filled(path, 1)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version=7")
    connection.execute(TABLES["meta"].insert, with_crc(TABLES["meta"], ("format", b"7")))
    connection.close()
    for read_only in (False, True):
        with pytest.raises(MemoryVersion, match=f"format version 7; this spatialmem reads versions up to {FORMAT}"):
            Store.open(path, world=WORLD, read_only=read_only)


def test_what_is_no_file(path):
    with pytest.raises(InputError, match="no memory file"):
        Store.open(path, read_only=True)
    with pytest.raises(InputError, match="say of which world"):
        Store.open(path)
    with pytest.raises(InputError, match="folder"):
        Store.open(path.parent, world=WORLD)
    with pytest.raises(InputError, match="does not exist"):
        Store.open(path.parent / "no" / "a.smem", world=WORLD)
    assert os.listdir(path.parent) == []


def test_one_writer_many_readers(path):
    with Store.open(path, world=WORLD) as store:
        fill(store, 20, checkpoint_every=10)
        store.flush()
        with pytest.raises(MemoryLocked, match="another writer"):
            Store.open(path, world=WORLD)
        with Store.open(path, read_only=True) as first:
            fill(store, 30)
            store.flush()
            with Store.open(path, read_only=True) as second:
                fill(store, 50)
                store.flush()
                assert assert_prefix(first) == 20
                assert assert_prefix(second) == 30
        assert assert_prefix(store) == 50
        with pytest.raises(apsw.BusyError):  # SQLite's own lock still stands after readers of this process are gone
            apsw.Connection(str(path)).execute("SELECT * FROM tail")
    Store.open(path, world=WORLD).close()


def test_readers_hold_the_log_and_its_pages_move_when_they_are_gone(path):
    with Store.open(path, world=WORLD, wal_mib=0.05) as store:
        fill(store, 5)
        store.flush()
        with Store.open(path, read_only=True) as reader:
            fill(store, 60, checkpoint_every=20)
            store.flush()
            assert assert_prefix(reader) == 5
        held = (path.parent / "a.smem-wal").stat().st_size
        for seq in range(61, 80):
            fill(store, seq)
            store.flush()
        assert (path.parent / "a.smem-wal").stat().st_size < held / 2
        assert assert_prefix(store) == 79


def seen(folder):
    return {name: ((folder / name).read_bytes(), (folder / name).stat().st_mtime_ns) for name in os.listdir(folder)}


@pytest.mark.parametrize("with_log", [False, True])
def test_read_only_writes_nothing(path, with_log, tmp_path):
    if with_log:
        with Store.open(path, world=WORLD) as store:
            fill(store, 40, checkpoint_every=10)
            store.flush()
            (tmp_path / "b").mkdir()
            for name in ("a.smem", "a.smem-wal"):
                (tmp_path / "b" / name).write_bytes((tmp_path / name).read_bytes())
        path = tmp_path / "b" / "a.smem"
    else:
        filled(path)
    path.parent.chmod(0o555)
    path.chmod(0o444)
    before = seen(path.parent)
    assert len(before) == (2 if with_log else 1)
    with Store.open(path, read_only=True) as store:
        assert assert_prefix(store) == 40
        for write in (lambda: store.append(row(41)), store.flush, lambda: store.checkpoint(1, b"", [])):
            with pytest.raises(StoreError, match="read-only"):
                write()
    assert seen(path.parent) == before
    path.parent.chmod(0o755)


def test_a_checkpoint_replaces_the_one_before_it(path):
    from spatialmem.store.checking import verify
    from spatialmem.store.upkeep import info

    filled(path, 90)
    found = info(path)
    assert found.rows["checkpoint"] == 1
    with Store.open(path, read_only=True) as store:
        checkpoint = store.newest_checkpoint()
        assert checkpoint
        assert found.rows["block"] == checkpoint.block_count == len(list(checkpoint.blocks))
    assert verify(path).ok


def test_checkpoints_that_cannot_be(path):
    with Store.open(path, world=WORLD) as store:
        fill(store, 20, checkpoint_every=10)
        for seq, why in ((0, "rows 1 to 20"), (21, "rows 1 to 20"), (20, "too late"), (3, "too late")):
            with pytest.raises(InputError, match=why):
                store.checkpoint(seq, b"", [])
        assert assert_prefix(store) == 20


def test_a_checkpoint_whose_maker_fails_leaves_nothing(path):
    def blocks():
        yield from ((key, b"wrong" * 100) for key in range(40))
        raise RuntimeError("the map is gone")

    with Store.open(path, world=WORLD) as store:
        fill(store, 20, checkpoint_every=10)
        fill(store, 25)
        done = store.schedule_checkpoint(25, lambda: Pieces(b"wrong", blocks()))
        with pytest.raises(RuntimeError, match="the map is gone"):
            done.result()
        store.flush()
        assert (assert_prefix(store), store.checkpoint_seq) == (25, 20)
    with Store.open(path, world=WORLD) as store:
        assert assert_prefix(store) == 25
        fill(store, 30)
        store.checkpoint(30, *checkpoint_at(30, 20))
        assert assert_prefix(store) == 30


def test_retention_drops_the_oldest_payloads_that_a_checkpoint_makes_up_for(path):
    with Store.open(path, world=WORLD, journal_budget_mib=0.1) as store:
        fill(store, 100)
        store.flush()
        assert (assert_prefix(store), store.dropped_until) == (100, 0)
        store.checkpoint(60, *checkpoint_at(60, 0))
        fill(store, 101)
    with Store.open(path, world=WORLD, journal_budget_mib=0.1) as store:
        assert (assert_prefix(store), store.dropped_until) == (101, 60)
        store.checkpoint(101, *checkpoint_at(101, 60))
    with Store.open(path, read_only=True) as store:
        assert assert_prefix(store) == 101
        kept = sum(found.payload_size for found in store.journal(store.dropped_until))
        assert 60 < store.dropped_until < 101
        assert kept <= 0.1 * 2**20 < kept + len(row(store.dropped_until).payload)


def test_appending_waits_for_room_in_the_queue(path):
    with Store.open(path, world=WORLD) as store:
        for seq in range(1, 400):
            store.append(row(seq))
            assert store.last_seq - store.durable_seq <= 64
        store.flush()
        assert assert_prefix(store) == 399


@pytest.mark.parametrize("times", [5, pytest.param(15, marks=pytest.mark.slow)])
def test_many_threads_read_while_one_writes(path, times):
    with Store.open(path, world=WORLD, wal_mib=0.1) as store:
        fill(store, 10, checkpoint_every=5)
        store.flush()
        errors = []

        def read():
            try:
                for _ in range(times):
                    with Store.open(path, read_only=True) as reader:
                        assert_prefix(reader)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        seq = 10
        while any(thread.is_alive() for thread in threads) and seq < 3000:
            seq += 10
            fill(store, seq, checkpoint_every=20)
        for thread in threads:
            thread.join()
        assert errors == []
        assert assert_prefix(store) > 10


def test_a_store_that_nobody_closed_is_closed(path):
    store = Store.open(path, world=WORLD)
    fill(store, 3)
    del store
    with Store.open(path, world=WORLD) as store:
        assert assert_prefix(store) == 3


def test_a_closed_store_says_so(path):
    store = Store.open(path, world=WORLD)
    store.close()
    store.close()
    for call in (lambda: store.append(row(1)), store.flush, lambda: list(store.journal()), store.newest_checkpoint):
        with pytest.raises(StoreError, match="closed"):
            call()

"""A disk that is full, or fails, at each write of a run: it is said, nothing acknowledged is lost, and it goes on."""

import apsw
import pytest
from faulty_vfs import FaultyVFS
from store_workload import WORLD, assert_prefix, checkpoint_at, fill, row

from spatialmem import StoreError, StoreFull
from spatialmem.store import Store

ROWS = 60


def run_with_a_fault(path, vfs, fail_at, error, lasting):
    """Append rows, with the disk failing from one operation on; return whether it failed, and whether that was said."""
    failed = []
    state = {"on": True}

    def fault(operation, count):
        if count >= fail_at and state["on"] and (lasting or not failed):
            failed.append(operation)
            return error(f"operation {fail_at} failed")
        return None

    def retried(call):
        for _ in range(5):
            try:
                return call()
            except StoreError as found:
                said.append(isinstance(found, StoreFull))
                assert store.durable_seq >= durable
                state["on"] = False
        raise AssertionError("writing does not resume")

    Store.open(path, world=WORLD).close()
    said, durable = [], 0
    vfs.fault = lambda operation, count: None
    with Store.open(path, world=WORLD, wal_mib=0.3, journal_budget_mib=0.2, _vfs=vfs.name) as store:
        vfs.count, vfs.fault = 0, fault
        for seq in range(1, ROWS + 1):
            retried(lambda seq=seq: store.append(row(seq)))
            if seq % 4 == 0:
                retried(store.flush)
                durable = store.durable_seq
                assert durable == seq
            if seq % 20 == 0:
                retried(lambda seq=seq: store.checkpoint(seq, *checkpoint_at(seq, store.checkpoint_seq)))
        retried(store.flush)
        assert assert_prefix(store) == ROWS
    assert set(said) <= {error is apsw.FullError}
    with Store.open(path, read_only=True) as store:
        assert assert_prefix(store) == ROWS
        assert store.checkpoint_seq == ROWS
    return bool(failed), bool(said)


def fail_at_each(folder, positions):
    operations = said = 0
    for fail_at in positions:
        for error in (apsw.FullError, apsw.IOError):
            for lasting in (True, False):
                path = folder / f"{fail_at}-{error.__name__}-{lasting}.smem"
                vfs = FaultyVFS(f"full-{path.name}")
                one, two = run_with_a_fault(path, vfs, fail_at, error, lasting)
                operations, said = operations + one, said + two
                vfs.unregister()
                path.unlink()
    return operations, said


def test_some_failing_writes(tmp_path):
    operations, said = fail_at_each(tmp_path, range(1, 300, 43))
    assert operations >= 24
    assert said >= operations // 2


@pytest.mark.slow
def test_each_of_300_writes_fails(tmp_path):
    operations, said = fail_at_each(tmp_path, range(1, 301))
    assert operations == 1200
    assert said >= 600


def test_rows_are_taken_until_the_queue_is_full(tmp_path):
    vfs = FaultyVFS("full-queue")
    path = tmp_path / "a.smem"
    Store.open(path, world=WORLD).close()
    with Store.open(path, world=WORLD, _vfs=vfs.name) as store:
        fill(store, 10)
        store.flush()
        vfs.fault = lambda operation, count: apsw.FullError("no space") if operation == "write" else None
        with pytest.raises(StoreFull, match="Free some space"):
            fill(store, 500)
        assert (store.last_seq, store.durable_seq) == (74, 10)
        assert isinstance(store.failing, StoreFull)
        assert assert_prefix(store) == 10
        vfs.fault = lambda operation, count: None
        store.flush()
        assert store.failing is None
        assert assert_prefix(store) == 74
        fill(store, 100)
    with Store.open(path, read_only=True) as store:
        assert assert_prefix(store) == 100


def test_what_cannot_be_written_at_the_end_is_said(tmp_path):
    vfs = FaultyVFS("full-end")
    path = tmp_path / "a.smem"
    Store.open(path, world=WORLD).close()
    store = Store.open(path, world=WORLD, _vfs=vfs.name)
    fill(store, 10)
    store.flush()
    vfs.fault = lambda operation, count: apsw.FullError("no space")
    fill(store, 12)
    with pytest.raises(StoreFull):
        store.close()
    vfs.fault = lambda operation, count: None
    with Store.open(path, world=WORLD) as store:
        assert assert_prefix(store) == 10

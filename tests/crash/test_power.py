"""Power cuts: what was written since the last sync is lost, torn or out of order. What was synced is there."""

import random

import apsw
import pytest
from faulty_vfs import FaultyVFS
from store_workload import WORLD, assert_prefix, checkpoint_at, row

from spatialmem import StoreError
from spatialmem.store import Pieces, Store


def run_until_the_cut(path, seed, vfs):
    """Append until the power goes; return what the store called durable then: (row, checkpoint)."""
    rng = random.Random(seed)
    cut_at = rng.randrange(1, 700)

    def fault(operation, count):
        if count >= cut_at:
            vfs.cut_power()
            return apsw.IOError("the power went")
        return None

    Store.open(path, world=WORLD).close()
    vfs.fault = fault
    try:
        store = Store.open(path, world=WORLD, journal_budget_mib=0.2, wal_mib=rng.choice([0.1, 0.4, 16]), _vfs=vfs.name)
    except StoreError:
        assert vfs.dead
        return 0, 0
    job = None
    try:
        for seq in range(1, 500):
            store.append(row(seq))
            if rng.random() < 0.3:
                store.flush()
            if job is not None and job.done():
                job = job.result()
            if job is None and rng.random() < 0.1:
                parts = checkpoint_at(seq, store.checkpoint_seq)
                job = store.schedule_checkpoint(seq, lambda parts=parts: Pieces(*parts))
    except StoreError:
        assert vfs.dead
    durable = store.durable_seq, store.checkpoint_seq
    with pytest.raises(StoreError):
        store.close()
    return durable


def cut_often(folder, seeds):
    reached = []
    for seed in seeds:
        before, after = folder / f"{seed}", folder / f"{seed}-after"
        before.mkdir()
        after.mkdir()
        vfs = FaultyVFS(f"power-{seed}")
        durable = run_until_the_cut(before / "a.smem", seed, vfs)
        for again in range(3):  # one cut, several ways to lose what was not synced
            vfs.leave(after, random.Random(seed * 10 + again))
            with Store.open(after / "a.smem", read_only=True) as store:
                assert store.durable_seq >= durable[0], (seed, again)
                assert store.checkpoint_seq >= durable[1], (seed, again)
                assert_prefix(store)
        with Store.open(after / "a.smem", world=WORLD) as store:
            store.append(row(store.last_seq + 1))
            store.flush()
            assert_prefix(store)
        reached.append(durable[0])
        vfs.unregister()
    return reached


def test_20_power_cuts(tmp_path):
    assert max(cut_often(tmp_path, range(20))) > 50


@pytest.mark.slow
def test_300_power_cuts(tmp_path):
    assert max(cut_often(tmp_path, range(1000, 1300))) > 50

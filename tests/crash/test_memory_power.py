"""Power cuts while a memory observes: what was acknowledged is there, and the state is that of a clean run."""

import random

import apsw
import pytest
from faulty_vfs import FaultyVFS
from memory_workload import CONFIG, CleanRun, assert_changes, assert_prefix, store_options, stream

from spatialmem import SpatialMemory, StoreError, memory_file


@pytest.fixture(scope="module")
def clean():
    return CleanRun(stream(seed=11, count=80))


def run_until_the_cut(path, seed, vfs, clean):
    """Observe until the power goes; return the newest input that was durable then."""
    rng = random.Random(seed)
    cut_at = rng.randrange(1, 500)

    def fault(operation, count):
        if count >= cut_at:
            vfs.cut_power()
            return apsw.IOError("the power went")
        return None

    SpatialMemory.open(path, CONFIG).close()
    vfs.fault = fault
    try:
        with store_options(
            _vfs=vfs.name, wal_mib=rng.choice([0.1, 0.4, 16]), journal_budget_mib=rng.choice([0.1, 0.3, 16])
        ):
            memory = SpatialMemory.open(path)
    except StoreError:
        assert vfs.dead
        return 0
    try:
        for x in clean.inputs:
            memory.observe(x)
            if rng.random() < 0.3:
                memory.flush()
    except StoreError:
        assert vfs.dead
    try:
        memory.close()
    except StoreError:
        assert vfs.dead
    return memory.durable_seq


def cut_often(folder, seeds, clean, monkeypatch):
    reached = []
    for seed in seeds:
        monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", random.Random(seed).choice([2, 10, 40, 256]))
        before, after = folder / f"{seed}", folder / f"{seed}-after"
        before.mkdir()
        after.mkdir()
        vfs = FaultyVFS(f"memory-power-{seed}")
        durable = run_until_the_cut(before / "a.smem", seed, vfs, clean)
        for again in range(2):  # one cut, several ways to lose what was not synced
            vfs.leave(after, random.Random(seed * 10 + again))
            with SpatialMemory.open(after / "a.smem", read_only=True) as memory:
                assert assert_prefix(memory, clean) >= durable, (seed, again)
        with SpatialMemory.open(after / "a.smem") as memory:
            for x in clean.rest(memory)[:20]:
                memory.observe(x)
        with SpatialMemory.open(after / "a.smem") as memory:
            assert_prefix(memory, clean)
        assert_changes(after / "a.smem", clean)
        reached.append(durable)
        vfs.unregister()
    return reached


def test_10_power_cuts(tmp_path, clean, monkeypatch):
    assert len(set(cut_often(tmp_path, range(10), clean, monkeypatch))) > 4


@pytest.mark.slow
def test_300_power_cuts(tmp_path, clean, monkeypatch):
    assert len(set(cut_often(tmp_path, range(1000, 1300), clean, monkeypatch))) > 30

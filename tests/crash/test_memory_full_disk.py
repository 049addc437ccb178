"""A disk that is full, or fails, at each write while a memory observes: it is said, and nothing that was taken is lost.

While it lasts questions are answered as before; when it is over, writing goes on.
"""

from contextlib import suppress

import apsw
import pytest
from faulty_vfs import FaultyVFS
from memory_workload import CONFIG, CleanRun, assert_prefix, store_options, stream

from spatialmem import SpatialMemory, StoreError, StoreFull, memory_file
from spatialmem.store import committing

INPUTS = 90


@pytest.fixture(scope="module")
def clean():
    return CleanRun(stream(seed=21, count=INPUTS))


@pytest.fixture(scope="module")
def after(clean):
    """The state hash before the first input, and after each: what was rejected is counted in it."""
    memory = SpatialMemory(CONFIG)
    return [memory.state_hash(), *(memory.observe(x) is not None and memory.state_hash() for x in clean.inputs)]


class FailingDisk:
    """Fails from one operation on: once, or until it is mended."""

    def __init__(self, vfs, fail_at, error, *, lasting):
        self.fail_at, self.error, self.lasting, self.failed, self.mended = fail_at, error, lasting, 0, False
        vfs.count, vfs.fault = 0, self

    def __call__(self, operation, count):
        if count < self.fail_at or self.mended or (self.failed and not self.lasting):
            return None
        self.failed += 1
        return self.error(f"operation {self.fail_at} failed")


def observe_all(memory, clean, after, disk):
    """Observe the stream, again what was not taken; return the kinds of errors that were raised."""
    said = []

    def retried(call, known):
        for _ in range(4):
            before = memory.view()
            try:
                return call()
            except StoreError as error:
                said.append(type(error))
                assert memory.view() is before, "it was not taken"
                assert memory.state_hash() == known
                disk.mended = len(said) > 1  # said twice, then there is space again
        raise AssertionError("writing does not resume")

    for i, x in enumerate(clean.inputs):
        assert retried(lambda x=x: memory.observe(x), after[i]) == clean.answers[i]
        if i % 7 == 6:
            retried(memory.flush, after[i + 1])
            assert memory.durable_seq == memory.view().seq
            assert memory.state_hash() == after[i + 1]
    return said


def run_with_a_fault(path, clean, after, fail_at, error, lasting):
    """Return how many operations failed, and what was raised."""
    vfs = FaultyVFS(f"memory-full-{path.name}")
    SpatialMemory.open(path, CONFIG).close()
    with store_options(_vfs=vfs.name, wal_mib=0.3, journal_budget_mib=0.1):
        memory = SpatialMemory.open(path)
    disk = FailingDisk(vfs, fail_at, error, lasting=lasting)
    said = observe_all(memory, clean, after, disk)
    with suppress(StoreError):  # it may fail at the end only
        memory.flush()
    disk.mended = True
    memory.flush()
    memory.close()
    vfs.unregister()
    assert set(said) <= {StoreFull if error is apsw.FullError else StoreError}
    with SpatialMemory.open(path, read_only=True) as memory:
        assert assert_prefix(memory, clean) == len(clean.hashes) - 1
    return disk.failed, said


def fail_at_each(folder, positions, clean, after):
    failed, said = 0, 0
    for fail_at in positions:
        for error in (apsw.FullError, apsw.IOError):
            for lasting in (True, False):
                path = folder / f"{fail_at}-{error.__name__}-{lasting}.smem"
                one, two = run_with_a_fault(path, clean, after, fail_at, error, lasting)
                failed, said = failed + bool(one), said + bool(two)
                path.unlink()
    return failed, said


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """A short queue, so that it is full while the disk is, and checkpoints often."""
    monkeypatch.setattr(committing, "QUEUE_ROWS", 8)
    monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", 6)


def test_some_failing_writes(tmp_path, clean, after):
    failed, said = fail_at_each(tmp_path, range(3, 300, 120), clean, after)
    assert failed == 12
    assert said >= 6


@pytest.mark.slow
def test_each_of_300_writes_fails(tmp_path, clean, after):
    failed, said = fail_at_each(tmp_path, range(1, 301), clean, after)
    assert failed == 1200
    assert said >= 600

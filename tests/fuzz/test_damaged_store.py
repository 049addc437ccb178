"""Damaged memory files: each is refused, or is a prefix; damage inside never passes as complete.

Cuts at random bytes, 1 to 8 flipped bits, swapped pages; in the database and in its log. The damaged file is opened,
read as a whole, verified, and recovered.
"""

import random
from pathlib import Path

import pytest
from damage import damaged, half_moved
from store_workload import WORLD, assert_prefix, fill

from spatialmem import MemoryCorrupt
from spatialmem.store import Store
from spatialmem.store.checking import verify
from spatialmem.store.recovery import recover

ROWS = 120


@pytest.fixture(scope="module")
def wholes(tmp_path_factory):
    """Good files as (database, log): closed, as a crash leaves them, with most of it in the log, with dropped rows."""
    folder = tmp_path_factory.mktemp("whole")
    files = []
    for name, moved, closed in (
        ("closed", 60, True),
        ("crashed", 60, False),
        ("in the log", 1, False),
        ("dropped", 60, True),
    ):
        path = folder / f"{name}.smem"
        budget_mib = 0.2 if name == "dropped" else 16
        with Store.open(path, world=WORLD, journal_budget_mib=budget_mib) as store:
            fill(store, moved, checkpoint_every=20)
        with Store.open(path, world=WORLD, journal_budget_mib=budget_mib) as store:
            store.put("node", [(1, 5, "place", 1, None, 3, None, b"x" * 50), (2, 6, "place", 1, None, 4, None, b"")])
            store.put("evidence", [(i, 1, 3, 7, bytes([i]) * 5000) for i in range(1, 6)])
            fill(store, ROWS, checkpoint_every=50)
            store.flush()
            if not closed:
                files.append((path.read_bytes(), Path(f"{path}-wal").read_bytes()))
        if closed:
            files.append((path.read_bytes(), b""))
    assert [bool(log) for _, log in files] == [False, True, True, False]
    return [*files, half_moved(folder / "moved", *files[2])]


def read_all(path):
    """Return the newest row of a file that opens and is a prefix; None where it is refused, at once or on the way."""
    try:
        with Store.open(path, read_only=True) as store:
            return assert_prefix(store)
    except MemoryCorrupt:
        return None


def judge(folder, kind, database, log, whole):
    """Return what became of a damaged file, and the newest row that was recovered."""
    path, out = folder / "a.smem", folder / "out.smem"
    path.write_bytes(database)
    Path(f"{path}-wal").write_bytes(log)
    seq = read_all(path)
    found = verify(path)
    if seq is None:
        assert not found.ok, "what cannot be read is not whole"
    if found.ok:
        assert seq is not None
        assert seq == ROWS or kind.endswith("log"), f"verify says a file is whole whose rows after {seq} are missing"
    recovery = recover(path, out)
    if recovery.written:
        with Store.open(out, world=WORLD) as store:
            assert assert_prefix(store) == recovery.seq
        assert verify(out).problems == ()
        assert recovery.seq == ROWS or recovery.losses or kind.endswith("log")
        assert recovery.seq >= (seq or 0)
        out.unlink()
    else:
        assert seq is None or seq == 0
        assert recovery.losses
    with_writer = opened_to_write(path)
    assert with_writer is None or with_writer >= ROWS or kind.endswith("log")
    return "refused" if seq is None else "whole" if seq == ROWS else "prefix", recovery.seq


def opened_to_write(path):
    """Return the newest row that a writer found, who then appends; None where the file is refused."""
    try:
        with Store.open(path, world=WORLD) as store:
            seq = store.durable_seq
            fill(store, seq + 3)
            store.flush()
        return seq
    except MemoryCorrupt:
        return None


def damage_many(tmp_path, wholes, seeds):
    outcomes: dict[str, dict[str, int]] = {}
    for seed in seeds:
        rng = random.Random(seed)
        whole = wholes[seed % len(wholes)]
        kind, database, log = damaged(whole, rng)
        try:
            outcome, _ = judge(tmp_path, kind, database, log, whole)
        except BaseException as error:
            error.args = (f"seed {seed}, {kind}: {error}",)
            raise
        counts = outcomes.setdefault(kind, {})
        counts[outcome] = counts.get(outcome, 0) + 1
    return outcomes


def test_16_damaged_files(tmp_path, wholes):
    outcomes = damage_many(tmp_path, wholes, range(16))
    assert sum(counts.get("refused", 0) for counts in outcomes.values()) >= 4


@pytest.mark.slow
def test_1000_damaged_files(tmp_path, wholes):
    outcomes = damage_many(tmp_path, wholes, range(1000, 2000))
    print(outcomes)
    assert {kind for kind, counts in outcomes.items() if "prefix" in counts} <= {"cut log", "flip log", "swap log"}
    assert sum(counts.get("refused", 0) for counts in outcomes.values()) > 500


def test_whole_files_are_whole(tmp_path, wholes):
    for i, (database, log) in enumerate(wholes):
        path, out = tmp_path / f"{i}.smem", tmp_path / f"{i}-out.smem"
        path.write_bytes(database)
        Path(f"{path}-wal").write_bytes(log)
        assert read_all(path) == ROWS
        found = verify(path)
        assert found.ok
        assert found.seq == ROWS
        recovery = recover(path, out)
        assert recovery.everything
        assert recovery.seq == ROWS
        assert read_all(out) == ROWS
        with Store.open(path, read_only=True) as a, Store.open(out, read_only=True) as b:
            assert list(a.journal()) == list(b.journal())
            assert list(a.rows("node")) == list(b.rows("node"))
            assert list(a.rows("evidence")) == list(b.rows("evidence"))
            assert a.checkpoint_seq == b.checkpoint_seq == 100

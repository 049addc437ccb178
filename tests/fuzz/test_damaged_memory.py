"""Damaged files of memories: refused, or the state of a clean run of some prefix; never another state.

Cuts at random bytes, 1 to 8 flipped bits, swapped pages; in the database and in its log. What is refused is recovered:
nothing, or again the state of some prefix, with what was lost said.
"""

import random
import time
from pathlib import Path

import pytest
from damage import damaged, half_moved
from memory_workload import CONFIG, CleanRun, as_after_a_crash, assert_changes, assert_prefix, store_options, stream

from spatialmem import Config, ConfigError, SpatialMemory, StoreError, memory_file
from spatialmem.store.checking import verify
from spatialmem.store.recovery import recover


@pytest.fixture(scope="module")
def clean():
    return CleanRun(stream(seed=31, count=90))


@pytest.fixture(scope="module")
def wholes(tmp_path_factory, clean):
    """Good files as (database, log): closed, left by a crash, with most of it in the log, with dropped inputs."""
    folder, files = tmp_path_factory.mktemp("whole"), []
    with pytest.MonkeyPatch.context() as patch:
        for name, closed_at, rows in (
            ("closed", None, 20),
            ("crashed", 50, 20),
            ("log", 1, 256),
            ("dropped", None, 20),
        ):
            patch.setattr(memory_file, "CHECKPOINT_ROWS", rows)
            files.append(filled(folder / f"{name}.smem", clean, closed_at, 0.1 if name == "dropped" else 64))
    assert [bool(log) for _, log in files] == [False, True, True, False]
    return [*files, half_moved(folder / "moved", *files[2])]


def filled(path, clean, closed_at, journal_budget_mib):
    with store_options(journal_budget_mib=journal_budget_mib):
        with SpatialMemory.open(path, CONFIG) as memory:
            for x in clean.inputs[:closed_at]:
                memory.observe(x)
        with SpatialMemory.open(path) as memory:
            for x in clean.rest(memory):
                memory.observe(x)
            memory.flush()
            copy = as_after_a_crash(path, path.parent / "crash")
        path = copy if closed_at else path
    log = path.with_name(path.name + "-wal")
    return path.read_bytes(), log.read_bytes() if log.exists() else b""


def opened(path, clean, **options):
    """Return the newest input of a file that opens and is a prefix, None where it is refused; and how long it took."""
    begun = time.perf_counter()
    try:
        with SpatialMemory.open(path, **options) as memory:
            took_s = time.perf_counter() - begun
            return assert_prefix(memory, clean), took_s
    except StoreError:
        return None, time.perf_counter() - begun


def judge(folder, kind, database, log, clean):
    """Return what became of a damaged file, and how long its opening took."""
    path, out, end = folder / "a.smem", folder / "out.smem", len(clean.hashes) - 1
    path.write_bytes(database)
    Path(f"{path}-wal").write_bytes(log)
    seq, took_s = opened(path, clean, read_only=True)
    assert seq in (None, end) or kind.endswith("log"), "damage inside passes as complete"
    recovered = None
    if seq is None:
        assert not verify(path).ok, "what cannot be read is not whole"
        recovery = recover(path, out)
        assert recovery.losses
        if recovery.written:
            recovered, _ = opened(out, clean)
            assert recovered == recovery.seq
            assert verify(out).ok
            assert_changes(out, clean, recovered=True)
            out.unlink()
    writers, _ = opened(path, clean)
    assert writers == seq
    if seq is not None:
        assert_changes(path, clean)
    return "refused" if seq is None else "whole" if seq == end else "prefix", recovered, took_s


def damage_many(folder, wholes, seeds, clean):
    outcomes, recovered, slowest_s = {}, [], 0.0
    for seed in seeds:
        rng = random.Random(seed)
        kind, database, log = damaged(wholes[seed % len(wholes)], rng)
        try:
            outcome, seq, took_s = judge(folder, kind, database, log, clean)
        except BaseException as error:
            error.args = (f"seed {seed}, {kind}: {error}",)
            raise
        slowest_s = max(slowest_s, took_s)
        recovered += [] if seq is None else [seq]
        outcomes[kind, outcome] = outcomes.get((kind, outcome), 0) + 1
    print(f"\n{outcomes}\nrecovered {len(recovered)}, slowest opening {slowest_s:.2f} s")
    return outcomes, recovered


def test_whole_files_are_whole(tmp_path, wholes, clean):
    for i, (database, log) in enumerate(wholes):
        path = tmp_path / f"{i}.smem"
        path.write_bytes(database)
        Path(f"{path}-wal").write_bytes(log)
        assert opened(path, clean, read_only=True)[0] == len(clean.hashes) - 1
        assert recover(path, out := tmp_path / f"{i}-out.smem").everything
        assert opened(out, clean)[0] == len(clean.hashes) - 1


def test_a_file_that_lost_its_configuration_is_recovered_where_one_is_given(tmp_path, wholes, clean):
    path, out, database = tmp_path / "a.smem", tmp_path / "out.smem", bytearray(wholes[0][0])
    database[database.index(b'{"world":')] ^= 1
    path.write_bytes(database)
    assert opened(path, clean)[0] is None
    assert not recover(path, out).written
    recovery = recover(path, out, world=CONFIG.world)
    assert recovery.losses == ("the configuration",)
    with pytest.raises(ConfigError, match="lost its configuration"):
        SpatialMemory.open(out)
    with pytest.raises(ConfigError, match=r"octree\.voxel_size_m is 0\.05, but .* is kept with 0\.2"):
        SpatialMemory.open(out, Config())
    assert opened(out, clean, config=CONFIG)[0] == len(clean.hashes) - 1


def test_16_damaged_files(tmp_path, wholes, clean):
    outcomes, recovered = damage_many(tmp_path, wholes, range(16), clean)
    assert sum(count for (_, outcome), count in outcomes.items() if outcome == "refused") >= 4
    assert recovered


@pytest.mark.slow
def test_1000_damaged_files(tmp_path, wholes, clean):
    outcomes, recovered = damage_many(tmp_path, wholes, range(1000, 2000), clean)
    assert {kind for kind, outcome in outcomes if outcome == "prefix"} <= {"cut log", "flip log", "swap log"}
    assert sum(count for (_, outcome), count in outcomes.items() if outcome == "refused") > 400
    assert len(recovered) > 200

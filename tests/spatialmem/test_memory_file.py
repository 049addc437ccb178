"""A memory on its file goes on where it ended, however it ended: the same state hash as one that was never stopped."""

import dataclasses
import tempfile
import threading
from pathlib import Path

import apsw
import msgspec
import numpy as np
import pytest
from examples import examples
from faulty_vfs import FaultyVFS
from hypothesis import given
from hypothesis import strategies as st
from memory_workload import CAMERA, CONFIG, CleanRun, as_after_a_crash, assert_prefix, store_options, stream

from spatialmem import (
    Config,
    ConfigError,
    DepthConfig,
    GateConfig,
    InputError,
    MapFull,
    MemoryCorrupt,
    MemoryLocked,
    OctreeConfig,
    Receipt,
    Rejected,
    RgbdFrame,
    SpatialMemory,
    StoreConfig,
    StoreError,
    StoreFull,
    ViewExpired,
    memory_file,
)
from spatialmem.memory_file import MemoryFile
from spatialmem.store import Pieces, Store, committing, rows

INPUTS = stream(seed=5, count=120)
CLEAN = CleanRun(INPUTS[: CleanRun(INPUTS).next_input[-1]])
LAST = len(CLEAN.hashes) - 1


@pytest.fixture
def path(tmp_path):
    return tmp_path / "robot.smem"


def filled(path, inputs=CLEAN.inputs, config=CONFIG, **options):
    with SpatialMemory.open(path, config, **options) as memory:
        for x in inputs:
            memory.observe(x)


def frame(stamp_ns=10**8, distance_mm=2050, **fields):
    known = {"source": "camera", "stamp_ns": stamp_ns, "received_ns": stamp_ns, "camera": CAMERA, "X_WC": np.eye(4)}
    return RgbdFrame(**{**known, "depth": np.full((48, 64), distance_mm, np.uint16), **fields})


class TestGoingOn:
    """What was closed, or crashed, goes on as if it had never stopped."""

    @examples(8, quick=3)
    @given(
        seed=st.integers(0, 2**32 - 1),
        count=st.integers(0, 80),
        stops=st.lists(st.tuples(st.integers(0, 80), st.sampled_from(["close", "crash"])), max_size=5),
        checkpoint_rows=st.sampled_from([1, 2, 3, 7, 256]),
    )
    def test_stopped_anywhere_any_number_of_times(self, seed, count, stops, checkpoint_rows):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(memory_file, "CHECKPOINT_ROWS", checkpoint_rows)
            check_stopped(Path(folder), stream(seed, count), stops)

    def test_after_close_nothing_has_to_be_integrated_again(self, path):
        filled(path)
        with Store.open(path, read_only=True) as store:
            assert store.checkpoint_seq == store.durable_seq == LAST

    def test_after_a_crash_the_checkpoint_and_what_follows_it_make_the_state(self, path, monkeypatch):
        monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", 30)
        with SpatialMemory.open(path, CONFIG) as memory:
            for x in CLEAN.inputs[: CLEAN.next_input[40]]:
                memory.observe(x)
            memory.flush()
            copy = as_after_a_crash(path, path.parent / "crash")
        with Store.open(copy, read_only=True) as store:
            assert 0 < store.checkpoint_seq < store.durable_seq == 40
        with SpatialMemory.open(copy, read_only=True) as memory:
            assert assert_prefix(memory, CLEAN) == 40

    @pytest.mark.parametrize("how", ["close", "crash"])
    def test_rejections_after_the_newest_input_are_not_in_the_file(self, path, how):
        """They go with the next input that is admitted."""
        bad = frame(2 * 10**8, world="elsewhere")
        with SpatialMemory.open(path, CONFIG) as memory:
            memory.observe(bad)
            memory.observe(frame())
            known = memory.state_hash()
            memory.observe(bad)
            memory.flush()
            assert memory.counts == {"camera": {"admitted": 1, "other_world": 2}}
            copy = as_after_a_crash(path, path.parent / "crash")
        with SpatialMemory.open(copy if how == "crash" else path) as memory:
            assert memory.counts == {"camera": {"admitted": 1, "other_world": 1}}
            assert memory.state_hash() == known
            memory.observe(bad)
            memory.observe(frame(3 * 10**8))
        with SpatialMemory.open(copy if how == "crash" else path) as memory:
            assert memory.counts == {"camera": {"admitted": 2, "other_world": 2}}

    @pytest.mark.parametrize("how", ["close", "crash"])
    def test_an_epoch_goes_on(self, path, how):
        """Rejected in a row, stopped, and believed when one more agrees; the epoch survives the next stop."""
        X_WC = np.eye(4)
        X_WC[0, 3] = 40.0
        jumped = [frame(i * 10**8, X_WC=X_WC) for i in range(2, 8)]
        with SpatialMemory.open(path, CONFIG) as memory:
            assert memory.observe(frame()) == Receipt(1)
            assert not any(memory.observe(x) for x in jumped[:2])
            assert memory.observe(frame(10**8, source="other")) == Receipt(2)  # what was rejected goes with it
            memory.flush()
            copy = as_after_a_crash(path, path.parent / "crash")
        path = copy if how == "crash" else path
        with SpatialMemory.open(path) as memory:
            assert not memory.observe(jumped[2])
            assert memory.observe(jumped[3]) == Receipt(3, epoch=1)
            memory.flush()
            copy = as_after_a_crash(path, path.parent / "crash2")
        with SpatialMemory.open(copy if how == "crash" else path) as memory:
            assert memory.observe(jumped[4]) == Receipt(4, epoch=1)
            assert memory.counts["camera"] == {"admitted": 3, "teleport": 3}

    def test_it_is_made_anew_of_its_journal(self, path):
        filled(path)
        file = MemoryFile.open(path, read_only=True)
        for moment in file.replay():
            memory = SpatialMemory.__new__(SpatialMemory)
            memory._start(file.config, moment, None)
            assert assert_prefix(memory, CLEAN) == moment.seq
        assert moment.seq == LAST
        assert [m.seq for m in file.replay(until_seq=3)] == [1, 2, 3]
        file.store.close()

    def test_checkpoints_whose_view_expired_are_made_up_for(self, path, monkeypatch):
        """A slow checkpoint loses its view: the next one brings its roots too, so nothing is missing."""
        monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", 3)
        whole, fails = memory_file._blocks_of, iter([False, True, True, False, True] + [False, True] * 50)

        def blocks_of(snapshot, since):
            blocks = whole(snapshot, since)
            yield from list(blocks)[:1]
            if next(fails):
                raise ViewExpired
            yield from list(whole(snapshot, since))[1:]

        monkeypatch.setattr(memory_file, "_blocks_of", blocks_of)
        with SpatialMemory.open(path, CONFIG) as memory:
            for i, x in enumerate(CLEAN.inputs):
                memory.observe(x)
                if memory._file is not None and memory._file._pending and i % 2:
                    memory._file._pending[1].exception()
            memory.flush()
            copy = as_after_a_crash(path, path.parent / "crash")
            with Store.open(copy, read_only=True) as store:
                assert store.checkpoint_seq > 3
        with SpatialMemory.open(copy, read_only=True) as memory:
            assert assert_prefix(memory, CLEAN) == LAST


def check_stopped(folder, inputs, stops):
    """Feed a memory without a file and one with a file that is stopped now and then; they must not differ."""
    path, clean = folder / "a.smem", CleanRun(inputs)
    never_stopped, stored, at = SpatialMemory(CONFIG), SpatialMemory.open(path, CONFIG), 0
    for stop, how in [*sorted((min(at, len(inputs)), how) for at, how in stops), (len(inputs), "close")]:
        answers = [(never_stopped.observe(x), stored.observe(x)) for x in inputs[at:stop]]
        assert [a for a, _ in answers] == [b for _, b in answers] == clean.answers[at:stop]
        at = stop
        if how == "crash":
            stored.flush()
            assert stored.durable_seq == stored.view().seq
            path = as_after_a_crash(path, path.parent / "crash")
        stored.close()
        stored = SpatialMemory.open(path)
        assert assert_prefix(stored, clean) == never_stopped.view().seq
        for x in inputs[clean.next_input[stored.view().seq] : at]:
            assert isinstance(stored.observe(x), Rejected)  # what was rejected since is said again
        assert stored.state_hash() == never_stopped.state_hash()
        assert stored.counts == never_stopped.counts
    stored.close()


class TestWhoMayDoWhat:
    """One writer, readers beside it, and what is closed."""

    def test_a_reader_sees_its_moment_while_a_writer_writes(self, path, monkeypatch):
        monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", 10)
        done, seen = threading.Event(), []

        def read():
            while not done.is_set() or len(seen) < 3:
                with SpatialMemory.open(path, read_only=True) as reader:
                    seen.append(assert_prefix(reader, CLEAN))

        with SpatialMemory.open(path, CONFIG) as memory:
            reading = threading.Thread(target=read)
            reading.start()
            for x in CLEAN.inputs:
                memory.observe(x)
                memory.flush()
            done.set()
            reading.join()
        assert seen == sorted(seen)
        with SpatialMemory.open(path, read_only=True) as memory:
            assert memory.state_hash() == CLEAN.hashes[LAST]

    def test_reading_writes_nothing(self, path):
        filled(path)
        before = path.read_bytes(), path.stat().st_mtime_ns
        with SpatialMemory.open(path, read_only=True) as memory:
            assert memory.state_hash() == CLEAN.hashes[LAST]
            for x in (frame(10**12), frame(world="elsewhere")):
                with pytest.raises(StoreError, match="opened read-only; nothing can be added"):
                    memory.observe(x)
            assert memory.state_hash() == CLEAN.hashes[LAST]
            memory.flush()
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before
        assert [p.name for p in path.parent.iterdir()] == [path.name]

    def test_a_second_writer_is_refused(self, path):
        with SpatialMemory.open(path, CONFIG) as memory:
            with pytest.raises(MemoryLocked, match="another writer"):
                SpatialMemory.open(path)
            memory.observe(frame())
        with SpatialMemory.open(path) as memory:
            assert memory.view().seq == 1

    def test_what_is_closed_answers_and_takes_nothing(self, path):
        memory = SpatialMemory.open(path, CONFIG)
        memory.observe(frame())
        known = memory.state_hash()
        memory.close()
        memory.close()
        for x in (frame(2 * 10**8), frame(world="elsewhere")):
            with pytest.raises(StoreError, match="closed; nothing can be added"):
                memory.observe(x)
        memory.flush()
        assert memory.state_hash() == known
        assert memory.durable_seq == 1
        without_a_file = SpatialMemory(CONFIG)
        without_a_file.flush()
        assert without_a_file.durable_seq == 0
        without_a_file.close()
        with pytest.raises(StoreError, match="closed; nothing can be added"):
            without_a_file.observe(frame())

    def test_nothing_to_read_is_refused(self, path):
        with pytest.raises(InputError, match="there is no memory file"):
            SpatialMemory.open(path, read_only=True)
        assert not path.exists()
        with pytest.raises(InputError, match="is a folder"):
            SpatialMemory.open(path.parent)
        path.write_bytes(b"no memory")
        with pytest.raises(MemoryCorrupt, match="first page"):
            SpatialMemory.open(path)
        assert path.read_bytes() == b"no memory"


class TestConfiguration:
    """What belongs to the map cannot change, the rest may."""

    @pytest.mark.parametrize("name", ["voxel_size_m", "color", "last_seen"])
    @pytest.mark.parametrize("read_only", [False, True])
    def test_the_map_stays_as_it_was_begun(self, path, name, read_only):
        filled(path, CLEAN.inputs[:5])
        other = {"voxel_size_m": 0.05, "color": False, "last_seen": False}[name]
        octree = msgspec.structs.replace(CONFIG.octree, **{name: other})
        with pytest.raises(ConfigError, match=rf"octree\.{name} is {other}, but .* is kept with"):
            SpatialMemory.open(path, msgspec.structs.replace(CONFIG, octree=octree), read_only=read_only)
        SpatialMemory.open(path, CONFIG).close()  # it was let go of

    def test_worlds_are_never_mixed(self, path):
        filled(path, [])
        with pytest.raises(ConfigError, match="world 'world', not of 'kitchen'"):
            SpatialMemory.open(path, msgspec.structs.replace(CONFIG, world="kitchen"))

    def test_the_world_is_the_files_where_none_is_given(self, path):
        filled(path, [], Config(world="kitchen", octree=OctreeConfig(voxel_size_m=0.2, budget_mib=8)))
        with SpatialMemory.open(path) as memory:
            assert (memory.config.world, memory.view().world, memory.voxel_size_m) == ("kitchen", "kitchen", 0.2)
            assert memory.observe(frame(world="kitchen")) == Receipt(1)

    def test_threads_budget_and_limits_may_change(self, path):
        half = CLEAN.next_input[40]
        filled(path, CLEAN.inputs[:half])
        octree = msgspec.structs.replace(CONFIG.octree, threads=2, budget_mib=64)
        changed = msgspec.structs.replace(CONFIG, octree=octree, store=StoreConfig(journal_budget_mib=7))
        with SpatialMemory.open(path, changed) as memory:
            assert memory.config == changed
            for x in CLEAN.inputs[half:]:
                memory.observe(x)
            assert memory.state_hash() == CLEAN.hashes[LAST]

    def test_what_was_taken_is_integrated_again_as_it_was(self, path):
        """Other settings of the sensors hold for new inputs only, also after a crash."""
        near = msgspec.structs.replace(CONFIG, depth=DepthConfig(range_max_m=1.0), gate=GateConfig(turn_max_rad_s=0.1))
        never_stopped = SpatialMemory(CONFIG)
        with SpatialMemory.open(path, CONFIG) as memory:
            for x in CLEAN.inputs[: CLEAN.next_input[30]]:
                memory.observe(x)
                never_stopped.observe(x)
            memory.flush()
            copy = as_after_a_crash(path, path.parent / "crash")
        with SpatialMemory.open(copy, near) as memory:
            assert memory.state_hash() == never_stopped.state_hash()

    def test_without_a_configuration_the_budget_is_the_files(self, path, monkeypatch):
        monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", 5)
        filled(path, [], msgspec.structs.replace(CONFIG, store=StoreConfig(journal_budget_mib=0)))
        with SpatialMemory.open(path) as memory:
            for x in CLEAN.inputs[:30]:
                memory.observe(x)
        with Store.open(path, read_only=True) as store:
            assert store.dropped_until > 0
        with SpatialMemory.open(path, CONFIG) as memory:
            assert memory.view().seq

    def test_a_budget_that_does_not_hold_the_map_is_said(self, path):
        filled(path, [], octree := msgspec.structs.replace(CONFIG, octree=OctreeConfig(voxel_size_m=0.02)))
        with SpatialMemory.open(path, octree) as memory:
            for i in range(8):
                X_WC = np.eye(4)
                X_WC[0, 3] = i
                memory.observe(frame(i * 10**9, 4000, X_WC=X_WC))
            known = memory.state_hash()
        small = Config(
            octree=OctreeConfig(voxel_size_m=0.02, budget_mib=1), gate=CONFIG.gate, shortterm=CONFIG.shortterm
        )
        with pytest.raises(MapFull, match="budget"):
            SpatialMemory.open(path, small)
        with SpatialMemory.open(path) as memory:
            assert memory.state_hash() == known


class TestTrouble:
    """A full disk, a full map, and a journal that may not grow."""

    def test_a_full_disk_leaves_the_memory_as_it_was(self, path, monkeypatch):
        monkeypatch.setattr(committing, "QUEUE_ROWS", 4)
        vfs = FaultyVFS("memory-full")
        SpatialMemory.open(path, CONFIG).close()
        with store_options(_vfs=vfs.name), SpatialMemory.open(path) as memory:
            memory.observe(frame())
            memory.flush()
            vfs.fault = lambda operation, count: apsw.FullError("no space")
            with pytest.raises(StoreFull, match="Free some space"):
                all(memory.observe(frame(i * 10**8, 2000 + i)) for i in range(2, 20))
            seq, known, counts = memory.view().seq, memory.state_hash(), memory.counts
            assert seq == 5
            assert memory.durable_seq == 1
            for _ in range(2):
                with pytest.raises(StoreFull):
                    memory.observe(frame((seq + 1) * 10**8, 1000))
                with pytest.raises(StoreFull):
                    memory.flush()
            assert (memory.view().seq, memory.state_hash(), memory.counts) == (seq, known, counts)
            assert isinstance(memory.observe(frame(world="elsewhere")), Rejected)  # that needs no disk
            vfs.fault = lambda operation, count: None
            memory.flush()
            assert memory.durable_seq == seq
            assert memory.observe(frame((seq + 1) * 10**8, 1000)) == Receipt(seq + 1)
            known = memory.state_hash()
        vfs.unregister()
        with SpatialMemory.open(path) as memory:
            assert memory.state_hash() == known

    def test_an_input_that_is_too_large_for_a_row_leaves_the_memory_as_it_was(self, path, monkeypatch):
        with SpatialMemory.open(path, CONFIG) as memory:
            memory.observe(frame())
            known = memory.dump_map()
            monkeypatch.setattr(rows, "PAYLOAD_MAX_BYTES", 100)
            refused = memory.observe(frame(2 * 10**8))
            assert isinstance(refused, Rejected)
            assert "at most 100 can be kept" in refused.detail
            assert memory.dump_map() == known
            assert memory.counts == {"camera": {"admitted": 1, "bad_field": 1}}
            monkeypatch.undo()
            assert memory.observe(frame(2 * 10**8)) == Receipt(2)
            known = memory.state_hash()
        with SpatialMemory.open(path) as memory:
            assert memory.state_hash() == known

    def test_a_full_map_writes_nothing(self, path):
        config = Config(octree=OctreeConfig(voxel_size_m=0.005, budget_mib=1))
        with SpatialMemory.open(path, config) as memory:
            assert isinstance(memory.observe(frame(0)), Rejected)
            assert memory.observe(frame(0, 200)) == Receipt(1)
            known = memory.state_hash()
        with SpatialMemory.open(path) as memory:
            assert memory.state_hash() == known
            assert memory.counts == {"camera": {"admitted": 1, "map_full": 1}}

    def test_old_inputs_go_and_what_they_did_stays(self, path, monkeypatch):
        monkeypatch.setattr(memory_file, "CHECKPOINT_ROWS", 10)
        with store_options(journal_budget_mib=0.1), SpatialMemory.open(path, CONFIG) as memory:
            for x in CLEAN.inputs:
                memory.observe(x)
        file = MemoryFile.open(path, read_only=True)
        dropped = file.store.dropped_until
        assert 10 < dropped < LAST
        with pytest.raises(StoreError, match=f"keeps inputs from number {dropped + 1} on.*cannot be replayed from the"):
            file.replay()
        file.store.close()
        with SpatialMemory.open(path) as memory:
            assert memory.state_hash() == CLEAN.hashes[LAST]

    def test_what_was_written_but_says_nothing_is_damage(self, path):
        filled(path, CLEAN.inputs[:20])
        with Store.open(path) as store:
            store.append(rows.Row(store.last_seq + 1, "camera", "RgbdFrame", 0, 0, b"nothing that was encoded"))
        with pytest.raises(MemoryCorrupt, match="input "):
            SpatialMemory.open(path)
        filled(other := path.with_name("other.smem"), [frame(), frame(2 * 10**8)])
        with Store.open(other) as store:
            x = store.last_seq + 1
            store.append(rows.Row(x, "camera", "RgbdFrame", 0, 0, b""))
            store.schedule_checkpoint(x, lambda: Pieces(b"no state", [])).result()
        with pytest.raises(MemoryCorrupt, match="the checkpoint after input 3"):
            SpatialMemory.open(other)


def test_several_threads_may_tell_it(path):
    with SpatialMemory.open(path, CONFIG) as memory:

        def tell(source):
            for x in CLEAN.inputs[:60]:
                memory.observe(dataclasses.replace(x, source=source))
                memory.flush()

        threads = [threading.Thread(target=tell, args=(name,)) for name in ("front", "rear", "top")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert memory.observe(frame(10**12))
        known = memory.state_hash()
    with SpatialMemory.open(path) as memory:
        assert memory.state_hash() == known

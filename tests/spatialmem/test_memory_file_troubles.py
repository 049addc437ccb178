"""What may happen to a memory file and its process, short of damage: links, forks, interrupts, threads that die."""

import itertools
import os
import threading
from typing import Any

import numpy as np
import pytest

from spatialmem import (
    Config,
    ConfigError,
    GateConfig,
    OctreeConfig,
    Pinhole,
    RgbdFrame,
    RobotState,
    SpatialMemory,
    StoreError,
    memory_file,
)
from spatialmem.rooms import Rooms
from spatialmem.store import committing

CAMERA = Pinhole(width=64, height=48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
CONFIG = Config(octree=OctreeConfig(voxel_size_m=0.1, budget_mib=16, threads=1))


def frame(i: int) -> RgbdFrame:
    stamp_ns = (i + 1) * 100_000_000
    depth = np.full((48, 64), 1000 + 37 * i, np.uint16)
    return RgbdFrame(source="c", stamp_ns=stamp_ns, received_ns=stamp_ns, depth=depth, camera=CAMERA, X_WC=np.eye(4))


def clean(count: int) -> str:
    plain = SpatialMemory(CONFIG)
    for i in range(count):
        assert plain.observe(frame(i))
    return plain.state_hash()


def test_a_link_leads_to_the_file_and_its_log(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.smem"
    link.symlink_to(tmp_path / "real" / "a.smem")
    kept = SpatialMemory.open(link, CONFIG)
    for i in range(5):
        kept.observe(frame(i))
    kept.flush()
    assert not (tmp_path / "link.smem-wal").exists()
    for path in (link, tmp_path / "real" / "a.smem"):
        assert SpatialMemory.open(path, read_only=True).durable_seq == 5
    kept.close()


def test_the_process_may_change_its_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = SpatialMemory.open("a.smem", CONFIG)
    kept.observe(frame(0))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    kept.observe(frame(1))
    kept.flush()
    kept.close()
    assert SpatialMemory.open(tmp_path / "a.smem", read_only=True).state_hash() == clean(2)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_log_of_a_file_that_is_gone_is_not_taken_for_a_new_ones(tmp_path):
    kept = SpatialMemory.open(tmp_path / "a.smem", CONFIG)
    kept.observe(frame(0))
    kept.flush()
    log = (tmp_path / "a.smem-wal").read_bytes()
    kept.close()
    (tmp_path / "a.smem").unlink()
    (tmp_path / "a.smem-wal").write_bytes(log)
    with pytest.raises(StoreError, match="is the log of a memory file that is gone"):
        SpatialMemory.open(tmp_path / "a.smem", CONFIG)


def test_a_joint_may_have_any_name(tmp_path):
    names = {"@": 0.5, "kind": 1.0, "RgbdFrame": 2.0}
    state = RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=np.eye(4), joint_positions_rad=names)
    kept = SpatialMemory.open(tmp_path / "a.smem", CONFIG)
    assert kept.observe(state)
    kept.flush()
    assert SpatialMemory.open(tmp_path / "a.smem", read_only=True).state_hash() == kept.state_hash()
    kept.close()


@pytest.mark.parametrize("place", ["integrate", "append", "publish"])
def test_an_interrupt_half_way_is_never_kept(tmp_path, monkeypatch, place):
    path = tmp_path / "a.smem"
    kept = SpatialMemory.open(path, CONFIG)
    for i in range(3):
        kept.observe(frame(i))

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if place == "integrate":
            real = Rooms.take_in
            patch.setattr(Rooms, "take_in", lambda *a: (real(*a), interrupted()))
        elif place == "append":
            patch.setattr(memory_file.MemoryFile, "append", interrupted)
        else:
            patch.setattr(SpatialMemory, "_publish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            kept.observe(frame(3))
    with pytest.raises(StoreError, match="interrupted half way"):
        kept.observe(frame(3))
    kept.close()
    with SpatialMemory.open(path) as again:
        assert again.state_hash() == clean(3)
        assert again.observe(frame(3))
        assert again.state_hash() == clean(4)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_is_told_and_the_parent_goes_on(tmp_path):
    kept = SpatialMemory.open(tmp_path / "a.smem", CONFIG)
    kept.observe(frame(0))
    told, tell = os.pipe()
    stay, leave = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kept.observe(frame(1))
            os.write(tell, b"taken")
        except StoreError as error:
            os.write(tell, b"refused" if "forked child" in str(error) else repr(error).encode())
        os.close(leave)
        os.read(stay, 1)  # until the parent has closed and opened again
        os._exit(0)
    assert os.read(told, 100) == b"refused"
    kept.observe(frame(1))
    kept.close()
    with SpatialMemory.open(tmp_path / "a.smem") as again:
        assert again.state_hash() == clean(2)
    os.close(stay)
    os.close(leave)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_ends_the_commit_thread_is_said_to_all_who_ask(tmp_path, monkeypatch):
    path = tmp_path / "a.smem"
    kept = SpatialMemory.open(path, CONFIG)
    kept.observe(frame(0))
    kept.flush()
    monkeypatch.setattr(committing, "add_rows", lambda *_: (_ for _ in ()).throw(MemoryError("none left")))
    assert kept.observe(frame(1))
    for ask in (kept.flush, lambda: kept.observe(frame(2)), kept.close):
        with pytest.raises(StoreError, match=r"writing ended, 1 rows were not written.*none left"):
            ask()
    monkeypatch.undo()
    assert SpatialMemory.open(path, read_only=True).state_hash() == clean(1)


def test_what_is_durable_never_goes_back(tmp_path):
    for turn in range(20):
        kept = SpatialMemory.open(tmp_path / f"{turn}.smem", CONFIG)
        for i in range(4):
            kept.observe(frame(i))
        kept.flush()
        seen, done = [], threading.Event()

        def poll(kept=kept, seen=seen, done=done):
            while not done.is_set():
                seen.append(kept.durable_seq)

        poller = threading.Thread(target=poll)
        poller.start()
        kept.close()
        done.set()
        poller.join()
        assert set(seen) <= {4}
        assert kept.durable_seq == 4


def test_a_reader_that_stays_does_not_hold_up_the_writers_log(tmp_path):
    path, sizes = tmp_path / "a.smem", []
    wal_bytes = 1 << 16
    for readers in (0, 1):
        kept = SpatialMemory.open(path, CONFIG)
        committer: Any = kept._file and kept._file.store._committer
        committer._wal_bytes = committer._wal_next = wal_bytes
        held = [SpatialMemory.open(path, read_only=True) for _ in range(readers)]
        start = kept.view().seq
        for i in range(start, start + 150):
            assert kept.observe(frame(i))
        kept.flush()
        sizes.append((tmp_path / "a.smem-wal").stat().st_size)
        assert all(reader.view().seq == start for reader in held)
        kept.close()
    assert sizes[1] < 3 * max(sizes[0], wal_bytes), "a log that was just begun anew may be short by chance"


def test_a_stream_of_a_kilohertz_does_not_write_its_last_second_again_and_again(tmp_path):
    path = tmp_path / "a.smem"
    kept, plain = SpatialMemory.open(path, CONFIG), SpatialMemory(CONFIG)
    for i, late in itertools.product(range(600), (0, 1)):
        stamp_ns = 1_000_000 * (i if not late else max(0, i - 40)) + late
        state = RobotState(source="base", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=np.eye(4))
        assert type(kept.observe(state)) is type(plain.observe(state))
    kept.flush()
    assert kept._file is not None
    sizes = [row.payload_size for row in kept._file.store.journal()]
    assert max(sizes) < 2 * sizes[0]
    assert SpatialMemory.open(path, read_only=True).state_hash() == plain.state_hash() == kept.state_hash()
    kept.close()


def test_settings_that_cannot_be_leave_no_file_behind(tmp_path):
    wide = Config(octree=OctreeConfig(voxel_size_m=0.001), gate=GateConfig(world_max_m=(90_000.0, 1000.0, 100.0)))
    with pytest.raises(ConfigError, match="Make the world smaller"):
        SpatialMemory.open(tmp_path / "a.smem", wide)
    assert list(tmp_path.iterdir()) == []


def test_a_map_is_never_read_with_another_voxel_size_though_the_file_has_lost_its_own(tmp_path, monkeypatch):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path, CONFIG) as kept:
        kept.observe(frame(0))
        wanted = kept.state_hash()
    real = memory_file.Store.open
    monkeypatch.setattr(memory_file.Store, "open", lambda *a, **k: _without_config(real(*a, **k)))
    with pytest.raises(ConfigError, match="has lost its configuration"):
        SpatialMemory.open(path, read_only=True)
    with pytest.raises(ConfigError, match=r"voxel_size_m is 0\.05, but .* is kept with 0\.1"):
        SpatialMemory.open(path, Config(octree=OctreeConfig(voxel_size_m=0.05)), read_only=True)
    assert SpatialMemory.open(path, CONFIG, read_only=True).state_hash() == wanted


def _without_config(store):
    store.config = b""
    return store


def test_a_file_that_is_removed_under_its_writer_is_said(tmp_path):
    kept = SpatialMemory.open(tmp_path / "a.smem", CONFIG)
    kept.observe(frame(0))
    kept.flush()
    (tmp_path / "a.smem").unlink()
    kept.observe(frame(1))
    with pytest.raises(StoreError, match="was removed while it was being written"):
        kept.flush()
    assert kept.durable_seq == 1
    with pytest.raises(StoreError, match="was removed"):
        kept.close()

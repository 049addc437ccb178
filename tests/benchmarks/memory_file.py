"""The memory file under the office walk: python tests/benchmarks/memory_file.py

Replay with every input journalled and durable, decoding included, beside the same replay without a file; the file's
size beside one zstd stream of the same leaves; opening after a crash; and whether every way leads to the same state.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import zstandard
from measure import show
from recordings import OFFICE_WALK

import spatialmem as sm
from spatialmem import memory_file
from spatialmem.store.upkeep import compact


def config(size_m: float, **store: int) -> sm.Config:
    """Settings of one row."""
    return sm.Config(octree=sm.OctreeConfig(voxel_size_m=size_m), store=sm.StoreConfig(**store))


def played(memory: sm.SpatialMemory) -> float:
    """Play the walk, decoding included, and wait until it is durable; return frames per second."""
    before, start = memory.view().seq, time.perf_counter()
    for x in sm.open_episode(str(OFFICE_WALK)):
        memory.observe(x)
    memory.flush()
    return (memory.view().seq - before) / (time.perf_counter() - start)


def replay(size_m: float, folder: Path) -> list[str]:
    """Frames per second without and with a file, best of three in turn."""
    rates: tuple[list[float], list[float]] = [], []
    for turn in range(3):
        rates[0].append(played(sm.SpatialMemory(config(size_m))))
        with sm.SpatialMemory.open(folder / f"{size_m}-{turn}.smem", config(size_m)) as memory:
            rates[1].append(played(memory))
    return [f"{size_m * 100:.0f} cm", *(f"{max(r):.0f}" for r in rates)]


def size(size_m: float, folder: Path) -> list[str]:
    """Bytes after the walk without raw inputs, compacted, and of one zstd-3 stream of the leaves."""
    path = folder / f"{size_m}-compact.smem"
    with sm.SpatialMemory.open(path, config(size_m, journal_budget_mib=0)) as memory:
        played(memory)
        leaves = memory.blocks().leaves
    compact(path)
    stream = len(zstandard.ZstdCompressor(level=3).compress(leaves.tobytes()))
    return [f"{size_m * 100:.0f} cm", f"{path.stat().st_size / 1e6:.2f}", f"{stream / 1e6:.2f}",
            f"{path.stat().st_size / stream:.2f}"]  # fmt: skip


def recovery(size_m: float, folder: Path) -> list[str]:
    """Seconds to open a file that has no checkpoint, per 1,000 frames, best of three."""
    path, rows = folder / f"{size_m}-tail.smem", memory_file.CHECKPOINT_ROWS
    memory_file.CHECKPOINT_ROWS, took = 10**9, []
    memory = sm.SpatialMemory.open(path, config(size_m))
    played(memory)
    for _ in range(3):
        start = time.perf_counter()
        sm.SpatialMemory.open(path, read_only=True).close()
        took.append(time.perf_counter() - start)
    count = memory.durable_seq
    memory.close()
    memory_file.CHECKPOINT_ROWS = rows
    return [f"{size_m * 100:.0f} cm", f"{min(took):.2f}", f"{1000 * min(took) / count:.2f}"]


def hashes(folder: Path) -> list[list[str]]:
    """The state after the whole walk at 5 cm, by every way."""
    path, recorded = folder / "same.smem", folder / "same.mcap"
    found = {}
    for name, memory in (
        ("two threads", sm.SpatialMemory(config(0.05))),
        ("again", sm.SpatialMemory(config(0.05))),
        ("one thread", sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(threads=1)))),
        ("into a file", sm.SpatialMemory.open(path, config(0.05))),
    ):
        played(memory)
        found[name] = memory.state_hash()
        memory.close()
    found["the file, opened again"] = sm.SpatialMemory.open(path, read_only=True).state_hash()
    file = memory_file.MemoryFile.open(path, read_only=True)
    *_, moment = file.replay()
    found["its journal, replayed"] = moment.view(file.config.world).state_hash()
    sm.record_mcap(sm.open_episode(str(OFFICE_WALK)), recorded)
    memory = sm.SpatialMemory(config(0.05))
    for x in sm.open_episode(str(recorded)):
        memory.observe(x)
    found["an MCAP recording, replayed"] = memory.state_hash()
    return [
        [name, value[:16], "equal" if value == found["two threads"] else "DIFFERS"] for name, value in found.items()
    ]


if __name__ == "__main__":
    sizes = (0.05, 0.02)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show("replay, frames/s", ["", "no file", "durable"], [replay(s, folder) for s in sizes])
        show(
            "file without raw inputs, compacted, MB", ["", "file", "zstd-3", "ratio"], [size(s, folder) for s in sizes]
        )
        show("opening without a checkpoint, s", ["", "the walk", "per 1,000"], [recovery(s, folder) for s in sizes])
        show("state_hash of the walk at 5 cm", ["", "begins", ""], hashes(folder))

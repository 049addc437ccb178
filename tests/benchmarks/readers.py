"""How long a reader waits while another thread writes: python tests/benchmarks/readers.py [SECONDS]

Frames of the office walk, colour and all, go into a memory of 2 cm voxels; a second thread asks for the state of
1,000 points, 500 times a second as a control loop does, or without pause. The peer is the same reader alone.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
from measure import RANGE_MAX_M, show
from recordings import OFFICE_WALK

from spatialmem import Config, DepthConfig, OctreeConfig, RgbdFrame, SpatialMemory, open_episode

POINTS, READS_PER_S, FRAMES_PER_S = 1_000, 500, 30


def ticks(per_s: float | None, done: threading.Event) -> Iterator[None]:
    """Yield at a steady rate, or without pause, until done."""
    due = time.perf_counter()
    while not done.is_set():
        yield
        if per_s is not None:
            due = max(due + 1 / per_s, time.perf_counter() - 1 / per_s)
            time.sleep(max(0.0, due - time.perf_counter()))


def frames_for_ever(frames: list[RgbdFrame]) -> Iterator[RgbdFrame]:
    """Walk there and back again, with stamps that go on."""
    from dataclasses import replace

    stamp_ns = 0
    while True:
        for frame in frames + frames[-2:0:-1]:
            stamp_ns += 200_000_000
            yield replace(frame, stamp_ns=stamp_ns, received_ns=stamp_ns)


def waits_ms(
    frames: list[RgbdFrame], seconds: float, *, frames_per_s: float | None, reads_per_s: float | None, writes: bool
) -> tuple[np.ndarray, int]:
    """How long each question took [ms], and how many frames were written meanwhile."""
    config = Config(octree=OctreeConfig(voxel_size_m=0.02), depth=DepthConfig(range_max_m=RANGE_MAX_M))
    memory, done, took = SpatialMemory(config), threading.Event(), []
    endless = frames_for_ever(frames)
    for _ in range(40):
        memory.observe(next(endless))
    bounds = memory.bounds_m()
    assert bounds is not None
    points = np.random.default_rng(0).uniform(*bounds, (POINTS, 3))

    def read() -> None:
        for _ in ticks(reads_per_s, done):
            start = time.perf_counter()
            memory.state(points)
            took.append(1e3 * (time.perf_counter() - start))

    reader = threading.Thread(target=read)
    before = memory.view().seq
    reader.start()
    end = time.perf_counter() + seconds
    if writes:
        for _ in ticks(frames_per_s, done):
            memory.observe(next(endless))
            if time.perf_counter() > end:
                break
    else:
        time.sleep(seconds)
    done.set()
    reader.join()
    return np.array(took), memory.view().seq - before


if __name__ == "__main__":
    if not OFFICE_WALK.exists():
        sys.exit("the office walk is absent; set SPATIALMEM_DATA to the folder that holds office_walk/.")
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    walk = [x for x in open_episode(str(OFFICE_WALK)) if isinstance(x, RgbdFrame)]
    rows = []
    for title, reads_per_s, frames_per_s, writes in (
        ("500 reads/s, no writer", READS_PER_S, None, False),
        ("500 reads/s, 30 frames/s", READS_PER_S, FRAMES_PER_S, True),
        ("500 reads/s, frames flat out", READS_PER_S, None, True),
        ("reads flat out, no writer", None, None, False),
        ("reads flat out, 30 frames/s", None, FRAMES_PER_S, True),
        ("reads and frames flat out", None, None, True),
    ):
        took, count = waits_ms(walk, seconds, frames_per_s=frames_per_s, reads_per_s=reads_per_s, writes=writes)
        figures = [*np.percentile(took, (50, 99, 99.9)), took.max()]
        rows.append([title, f"{count / seconds:.0f}", f"{len(took):,}", *(f"{f:.2f}" for f in figures)])
    show(
        f"state() of {POINTS:,} points from a second thread, 2 cm, ms",
        ["", "frames/s", "reads", "p50", "p99", "p99.9", "longest"],
        rows,
    )

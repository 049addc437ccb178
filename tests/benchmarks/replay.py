"""Whole replays with decoding, and what importing costs: python tests/benchmarks/replay.py

A replay reads, decodes and admits every frame of the office walk and integrates it, as `spatialmem replay` does.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from measure import best_s, show, timed_ms
from recordings import OFFICE_WALK

from spatialmem import Config, OctreeConfig, SpatialMemory, open_episode
from spatialmem.episodes.prefetch import prefetch

HEAVY = ("numba", "scipy", "networkx", "cv2")


def replay(size: float) -> list[str]:
    """Frames per second of five replays, each into a new memory."""
    episode = open_episode(OFFICE_WALK)

    def once() -> None:
        memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=size)))
        for frame in prefetch(episode):
            memory.observe(frame)

    rates = [len(episode) / (timed_ms(once) / 1e3) for _ in range(5)]
    return [f"replay at {size * 100:.0f} cm, frames/s", f"{np.median(rates):.0f}", f"{min(rates):.0f}"]


def importing() -> list[str]:
    """Seconds that `import spatialmem` takes in a new process, beyond starting Python."""
    code = "import time; t = time.perf_counter(); import spatialmem, sys; print(time.perf_counter() - t);"
    code += f"print([m for m in {HEAVY} if m in sys.modules])"
    outputs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")
        for _ in range(10)
    ]
    assert all(o[1] == "[]" for o in outputs), outputs[0]
    seconds = [float(o[0]) for o in outputs]
    return ["import spatialmem, s", f"{np.median(seconds):.3f}", f"{max(seconds):.3f}"]


if __name__ == "__main__":
    best_s(lambda: SpatialMemory(), 1)  # compiles
    show("whole program", ["", "median", "worst"], [replay(0.05), replay(0.02), importing()])

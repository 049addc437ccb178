"""A control loop asks while frames arrive: a view never waits for a frame, and never mixes two of them."""

import threading
import time

import numpy as np

import spatialmem as sm

memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.02)))
done = threading.Event()


def camera() -> None:
    """Hand in a frame after the other, as fast as they are taken."""
    for frame in sm.open_episode("synthetic"):
        memory.observe(frame)
    done.set()


threading.Thread(target=camera).start()
ahead_W = np.random.default_rng(0).uniform([-3, -3, 0], [3, 3, 2], (1000, 3))
took_ms, seen = [], set()
while not done.is_set():  # 200 times a second
    start = time.perf_counter()
    view = memory.view()
    state = view.state(ahead_W)
    took_ms.append(1e3 * (time.perf_counter() - start))
    seen.add(view.seq)
    time.sleep(0.005)
print(f"{len(took_ms)} questions of {len(ahead_W)} points, answered from {len(seen)} different moments")
print(f"half within {np.median(took_ms):.2f} ms, the slowest took {max(took_ms):.2f} ms")
print(f"after frame {memory.view().seq}: {np.mean(state != sm.State.UNKNOWN):.0%} of the points are known")

"""What the map of the office walk takes of the machine, at rest, one view held: python tests/benchmarks/map_memory.py

The peer is the least that its leaves need: 512 bytes each. Resident is what the system counts of the pools' pages, in
steps of 2 MiB where it gives huge ones: with slots that are free again and wait for the next frame.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from measure import RANGE_MAX_M, office_walk, show

from spatialmem import DepthConfig, Octree, OctreeConfig


def resident_bytes(*arrays: np.ndarray) -> int:
    """Bytes of memory behind arrays that were reserved on their own, by /proc/self/smaps."""
    spans = [(array.ctypes.data, array.ctypes.data + array.nbytes) for array in arrays if array.size]
    total, holds = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if span := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            low, high = (int(edge, 16) for edge in span.groups())
            holds = any(low < stop and start < high for start, stop in spans)
        elif holds and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


def row(size_m: float, **layers: bool) -> list[str]:
    """Walk, hold a view, and look."""
    depths, camera, poses = office_walk()
    octree = Octree(OctreeConfig(voxel_size_m=size_m, budget_mib=2048, **layers))
    for depth, X_WC in zip(depths, poses, strict=True):
        octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=RANGE_MAX_M))
    view = octree.view()
    snapshot = view._snapshot()
    least = view.leaf_count * octree._storage.leaf_nbytes
    resident = resident_bytes(snapshot.children, snapshot.leaves, *snapshot.layers) + snapshot.table.nbytes
    return [
        f"{size_m * 100:.0f} cm{', ' if layers else ''}{', '.join(layers)}",
        f"{view.leaf_count:,}",
        *(f"{n / 2**20:.2f}" for n in (least, view.nbytes, resident)),
        f"{100 * (view.nbytes / least - 1):.1f} %",
        f"{100 * (resident / least - 1):.1f} %",
    ]


if __name__ == "__main__":
    show(
        "map of the office walk at rest with one view, MiB",
        ["", "leaves", "leaves x 512 B", "in use", "resident", "in use over", "resident over"],
        [row(size) for size in (0.05, 0.02, 0.01)] + [row(0.02, color=True), row(0.02, last_seen=True)],
    )

"""How many cells that were truly hit the map calls free, by exact ray casting: python tests/benchmarks/truth.py

Per frame: a fresh map of one frame. Whole walk: all frames into one map, against the exact integrator's map.
"""

from __future__ import annotations

from measure import RANGE_MAX_M, office_walk, show
from oracles import RayCastingMap

from spatialmem import DepthConfig, Octree, OctreeConfig

DEPTH = DepthConfig(range_max_m=RANGE_MAX_M)


def shares(size: float, every: int) -> list[str]:
    """Share of the oracle's occupied cells that the octree calls free: single frames, and the walk so far."""
    depths, camera, poses = office_walk(every)
    oracle, octree = RayCastingMap(size), Octree(OctreeConfig(voxel_size_m=size))
    free = hits = 0
    for depth, X_WC in zip(depths, poses, strict=True):
        alone_exact, alone = RayCastingMap(size), Octree(OctreeConfig(voxel_size_m=size, budget_mib=256))
        for exact, fast in ((oracle, octree), (alone_exact, alone)):
            exact.integrate(depth, 0.001, camera, X_WC, range_max_m=RANGE_MAX_M)
            fast.integrate_image(depth, 0.001, camera, X_WC, DEPTH)
        called = alone.log_odds((alone_exact.occupied() + 0.5) * size)
        free += int(((called <= 0) & (called != -128)).sum())
        hits += len(called)
    called = octree.log_odds((oracle.occupied() + 0.5) * size)
    walk = float(((called <= 0) & (called != -128)).mean())
    return [f"{size * 100:.0f} cm", str(len(depths)), f"{hits:,}", f"{100 * free / hits:.4f} %", f"{100 * walk:.4f} %"]


if __name__ == "__main__":
    show(
        "cells hit by exact ray casting that the map calls free",
        ["voxel", "frames", "hit cells", "free, frame by frame", "free, over the walk"],
        [shares(0.05, 4), shares(0.02, 8)],
    )

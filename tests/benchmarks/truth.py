"""How many cells that were truly hit the map calls free, by exact ray casting: python tests/benchmarks/truth.py

Per frame: a fresh map of one frame. Whole walk: all frames into one map, against the exact integrator's map.
"""

from __future__ import annotations

from measure import RANGE_MAX_M, office_walk, show
from oracles import RayCastingMap

from spatialmem import DepthConfig, Octree, OctreeConfig, State

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
    of_occupied = octree.state((oracle.occupied() + 0.5) * size)
    of_free = octree.state((oracle.free() + 0.5) * size)
    shares = [free / hits, (of_occupied == State.FREE).mean(), (of_free == State.UNKNOWN).mean()]
    return [f"{size * 100:.0f} cm", str(len(depths)), f"{hits:,}", *(f"{100 * share:.4f} %" for share in shares)]


if __name__ == "__main__":
    show(
        "the map against exact ray casting: hit cells it calls free, free cells it does not know",
        ["voxel", "frames", "hit cells", "free, frame by frame", "free, over the walk", "free cells left unknown"],
        [shares(0.05, 4), shares(0.02, 8)],
    )

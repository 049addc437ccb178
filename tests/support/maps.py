"""Small maps to ask questions of, and what is in them voxel by voxel."""

import numpy as np

from spatialmem import DepthConfig, Octree, OctreeConfig


def random_octree(seed: int, *, voxel_size_m: float = 0.1, scans: int = 3, points: int = 60) -> Octree:
    """A map of a few random scans from random places: clutter, free rays, and much unknown."""
    rng = np.random.default_rng(seed)
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=16, threads=1))
    for _ in range(scans):
        X_WS = np.eye(4)
        X_WS[:3, 3] = rng.uniform(-3, 3, 3)
        octree.integrate_scan(rng.normal(0, 2.5, (points, 3)), X_WS, DepthConfig(range_max_m=6.0))
    return octree


def voxels_of(octree: Octree) -> dict[tuple[int, int, int], int]:
    """Every known voxel and its log-odds, found by asking for each voxel of the bounds."""
    bounds = octree.bounds_m()
    if bounds is None:
        return {}
    low, high = (np.round(b / octree.voxel_size_m).astype(int) for b in bounds)
    grid = np.stack(np.meshgrid(*map(np.arange, low, high), indexing="ij"), axis=-1).reshape(-1, 3)
    values = octree.log_odds((grid + 0.5) * octree.voxel_size_m)
    known = values != -128
    return {tuple(key): int(value) for key, value in zip(grid[known].tolist(), values[known], strict=True)}

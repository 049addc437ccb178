"""The map and its answers are the same bytes for any number of threads and on any CPU."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import OFFICE_WALK, office_walk_frames

from spatialmem import DepthConfig, Octree, OctreeConfig, Pinhole, Spheres, State
from spatialmem.geometry import look_at


def map_digest(threads: int, voxel_size_m: float = 0.02) -> str:
    """Integrate a few frames and a scan, with every layer; hash the whole state, and answers with floats in them."""
    config = OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=256, threads=threads, color=True, last_seen=True)
    octree, rng = Octree(config), np.random.default_rng(2)
    for depth, camera, X_WC in frames():
        color = rng.integers(0, 256, (*depth.shape, 3), np.uint8)
        octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=5.0), color=color)
    points = np.random.default_rng(1).normal(0, 2, (500, 3)).astype(np.float32)
    octree.integrate_scan(points, look_at((1.0, 2.0, 0.3), (0.0, 0.0, 0.0)))
    ahead = X_WC[:3, 3] + np.array([[0.9], [1.1]]) * 0.001 * np.median(depth[depth > 0]) * X_WC[:3, 2]
    farther = np.where(depth > 0, depth.clip(0, 60000) + np.uint16(500), 0).astype(np.uint16)
    sizes, yaws = np.array([[1.5, 0.9, 1.6], [1.2, 1.7, 0.8]]), np.array([0.3, -0.6])
    assert octree.miss_seen_through(farther, 0.001, camera, X_WC, ahead, sizes, yaws) > 500
    digest = hashlib.blake2b(octree.state_hash().encode())
    low, high = (np.floor(b / voxel_size_m) * voxel_size_m for b in octree.bounds_m() or ())
    rng = np.random.default_rng(3)
    origins, directions = rng.uniform(low, high, (9000, 3)), rng.normal(size=(9000, 3))
    rays = octree.raycast(origins, directions, 4.0, unknown_is=State.FREE)
    seen = octree.depth_image(X_WC, Pinhole(320, 240, 280.0, 280.0, 159.5, 119.5))
    field = octree.clearance((low, np.minimum(high, low + 3)), unknown_is=State.FREE)
    places = rng.uniform(low, low + 2.9, (90_000, 3))
    free = octree.is_free(Spheres(places[:5000], 0.1), unknown_is=State.FREE)
    surface = octree.surface()
    for array in (
        rays.state, rays.distance_m, seen.depth_m, seen.state, field.clearance_m(places), field.gradient(places), free,
        surface.points_W, surface.normals_W, octree.boxes(level=1).center_W,
    ):  # fmt: skip
        digest.update(array.tobytes())
    assert octree.root_count >= 24  # else nothing is shared out among threads
    return digest.hexdigest()


def frames():
    """Every 40th frame of the office walk, or where it is absent a synthetic wall."""
    if OFFICE_WALK.exists():
        yield from office_walk_frames(slice(None, None, 40))
        return
    rng = np.random.default_rng(5)
    camera = Pinhole(320, 240, 280.0, 280.0, 159.5, 119.5)
    for i in range(6):
        depth = (2500 + rng.normal(0, 20, (240, 320)) + 3 * np.arange(320)).astype(np.uint16)
        depth[rng.random(depth.shape) < 0.2] = 0
        yield depth, camera, look_at((0.1 * i, 0.3, 1.0), (3.0, 0.2 * i, 0.8))


def test_any_number_of_threads():
    assert len({map_digest(threads) for threads in (1, 2, 4)}) == 1


def test_any_run():
    assert map_digest(2, 0.03) == map_digest(2, 0.03)


@pytest.mark.parametrize("cpu", [pytest.param("generic", marks=pytest.mark.slow), "host"])
def test_any_cpu(cpu, request):
    support = str(Path(__file__).parents[2] / "support")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [support, os.environ.get("PYTHONPATH")]))}
    if cpu == "generic":  # the host's kernels are in the cache that all tests use
        kept = request.config.cache.mkdir("kernels-of-any-cpu")  # compiling them takes minutes
        environment |= {"NUMBA_CACHE_DIR": str(kept), "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    there = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == map_digest(1)


if __name__ == "__main__":
    print(map_digest(1))

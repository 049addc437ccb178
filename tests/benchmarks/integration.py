"""Depth integration on the office walk against its peers, in the same run: python tests/benchmarks/integration.py

The shared prototype is timed frame by frame in turn with the octree; octomap-python, which takes far longer,
on every 10th frame (`pip install octomap-python`).
"""

from __future__ import annotations

import shutil
import sys
import tempfile

import numpy as np
from measure import RANGE_MAX_M, office_walk, prototype_folder, show, timed_ms

from spatialmem import DepthConfig, Octree, OctreeConfig
from spatialmem.geometry import back_project, transform

SIZES_M = (0.05, 0.02, 0.01)
DEPTH = DepthConfig(range_max_m=RANGE_MAX_M)


def against_prototype(threads: int) -> list[list[str]]:
    """Median ms per frame of both, frame by frame in turn."""
    folder = prototype_folder()
    if folder is None:
        return [[f"{threads} threads", "-", "-", "prototype absent: set SPATIALMEM_PROTOTYPE", "-", "-"]]
    with tempfile.TemporaryDirectory() as copy:  # it caches beside its sources
        shutil.copytree(folder, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        sys.path.insert(0, copy)
        import nbpool2  # pyright: ignore[reportMissingImports]

        depths, camera, poses = office_walk()
        K = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
        nbpool2.PMap(0.05).integrate(depths[0], K, poses[0], RANGE_MAX_M)  # compiles
        rows = []
        for size in SIZES_M:
            theirs = nbpool2.PMap(size)
            theirs.nth = threads
            ours = Octree(OctreeConfig(voxel_size_m=size, threads=threads))
            times = np.empty((len(depths), 2))
            for i, (depth, X_WC) in enumerate(zip(depths, poses, strict=True)):
                times[i, 0] = timed_ms(ours.integrate_image, depth, 0.001, camera, X_WC, DEPTH)
                times[i, 1] = timed_ms(theirs.integrate, depth, K, X_WC, RANGE_MAX_M)
            mine, its = np.median(times, axis=0)
            rows.append(
                [
                    f"{threads} threads, {size * 100:.0f} cm",
                    f"{mine:.2f}",
                    f"{np.percentile(times[:, 0], 95):.2f}",
                    f"{its:.2f}",
                    f"{mine / its:.2f}",
                    f"{ours.leaf_count:,}",
                ]
            )
        return rows


def against_octomap(sizes: tuple[float, ...] = (0.05, 0.02)) -> list[list[str]]:
    """Median ms per frame of octomap-python's insertPointCloud(discretize=True) and of the octree."""
    try:
        import octomap  # pyright: ignore[reportMissingImports]
    except ImportError:
        return [["octomap-python is not installed", "-", "-", "-"]]
    depths, camera, poses = office_walk(every=10)
    rows = []
    for size in sizes:
        ours, theirs = Octree(OctreeConfig(voxel_size_m=size)), octomap.OcTree(size)
        mine = [
            timed_ms(ours.integrate_image, depth, 0.001, camera, X_WC, DEPTH)
            for depth, X_WC in zip(depths, poses, strict=True)
        ]
        its = []  # after ours, not in turn: its OpenMP threads keep spinning for a while
        for depth, X_WC in zip(depths, poses, strict=True):
            points_W = transform(X_WC, back_project(depth, 0.001, camera).astype(np.float64))
            origin = X_WC[:3, 3].copy()
            its.append(timed_ms(theirs.insertPointCloud, points_W, origin, maxrange=RANGE_MAX_M, discretize=True))
        mine_ms, its_ms = np.median(mine), np.median(its)
        rows.append([f"2 threads, {size * 100:.0f} cm", f"{mine_ms:.2f}", f"{its_ms:.0f}", f"{its_ms / mine_ms:.0f} x"])
    return rows


if __name__ == "__main__":
    show(
        "office walk, 373 frames of 528x352, range 5 m, ms per frame",
        ["", "spatialmem median", "p95", "prototype median", "ratio", "leaves"],
        against_prototype(1) + against_prototype(2),
    )
    show(
        "office walk, every 10th frame, ms per frame",
        ["", "spatialmem median", "octomap-python median", "faster by"],
        against_octomap(),
    )

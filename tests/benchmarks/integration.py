"""Depth integration on the office walk against its peers, in the same run: python tests/benchmarks/integration.py

The shared prototype is timed frame by frame in turn with the octree, and the octree with colour in turn with itself
without. OctoMap: against_octomap.py.
"""

from __future__ import annotations

import shutil
import sys
import tempfile

import numpy as np
from measure import RANGE_MAX_M, office_walk, office_walk_colors, prototype_folder, show, timed_ms

from spatialmem import DepthConfig, Octree, OctreeConfig

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


def layers() -> list[list[str]]:
    """Median ms per frame without layers, with colour, with last-seen numbers, with both; in turn, two threads."""
    kinds = ({}, {"color": True}, {"last_seen": True}, {"color": True, "last_seen": True})
    depths, camera, poses = office_walk()
    rows = []
    for size in SIZES_M:
        octrees = [Octree(OctreeConfig(voxel_size_m=size, budget_mib=2048, **kind)) for kind in kinds]
        times = np.empty((len(depths), len(kinds)))
        for i, (depth, color, X_WC) in enumerate(zip(depths, office_walk_colors(), poses, strict=True)):
            for j, octree in enumerate(octrees):
                times[i, j] = timed_ms(octree.integrate_image, depth, 0.001, camera, X_WC, DEPTH, color=color)
        plain, *others = np.median(times, axis=0)
        rows.append(
            [
                f"{size * 100:.0f} cm",
                f"{plain:.2f}",
                *(f"{other:.2f} ({other / plain:.2f} x)" for other in others),
                *(f"{octree.nbytes / 2**20:.1f}" for octree in octrees),
            ]
        )
    return rows


if __name__ == "__main__":
    show(
        "office walk, 373 frames of 528x352, range 5 m, ms per frame",
        ["", "spatialmem median", "p95", "prototype median", "ratio", "leaves"],
        against_prototype(1) + against_prototype(2),
    )
    show(
        "the same with optional layers, decoded colour, ms per frame and MiB of map",
        ["", "plain", "colour", "last seen", "both", "MiB plain", "colour", "last seen", "both"],
        layers(),
    )

"""Side by side with OctoMap through octomap-python, in the same run: python tests/benchmarks/against_octomap.py

Both integrate the same frames of the office walk, every 10th, OctoMap with `insertPointCloud(discretize=True)`. For
the questions both hold the same map: ours of the whole walk, handed over as a `.bt` file. Ours answers on one thread;
octomap-python has no batch for rays, so it is called ray by ray, as its users do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import RANGE_MAX_M, best_s, office_walk, show, timed_ms
from recordings import DATA

import spatialmem as sm
from spatialmem.geometry import back_project, transform

try:
    import octomap  # pyright: ignore[reportMissingImports]
except ImportError:
    sys.exit("octomap-python is not installed; pip install -e .[dev] brings it.")

DEPTH = sm.DepthConfig(range_max_m=RANGE_MAX_M)
POINTS, RAYS = 500_000, 20_000
Row = list[str]


def walked(size_m: float) -> sm.Octree:
    """Our map of the whole walk."""
    depths, camera, poses = office_walk()
    octree = sm.Octree(sm.OctreeConfig(voxel_size_m=size_m, threads=1))
    for depth, X_WC in zip(depths, poses, strict=True):
        octree.integrate_image(depth, 0.001, camera, X_WC, DEPTH)
    return octree


def handed_over(octree: sm.Octree, folder: Path):
    """The same map as OctoMap's tree, and how long writing it and reading it there took [ms]."""
    path, theirs = folder / "map.bt", octomap.OcTree(octree.voxel_size_m)
    wrote_ms = timed_ms(sm.write_octomap, path, octree)
    read_ms = timed_ms(theirs.readBinary, str(path).encode())
    return theirs, wrote_ms, read_ms


def row(what: str, unit: str, ours: float, theirs: float, *, less_is_better: bool = True) -> Row:
    """One line of the table; the factor is how much better ours is."""
    factor = theirs / ours if less_is_better else ours / theirs
    return [what, f"{ours:.3g} {unit}", f"{theirs:.3g} {unit}", f"{factor:.3g} x"]


def integration(size_m: float) -> list[Row]:
    """Median ms per frame, and the bytes of the two maps afterwards."""
    depths, camera, poses = office_walk(every=10)
    ours, theirs = sm.Octree(sm.OctreeConfig(voxel_size_m=size_m)), octomap.OcTree(size_m)
    mine = [
        timed_ms(ours.integrate_image, depth, 0.001, camera, X_WC, DEPTH)
        for depth, X_WC in zip(depths, poses, strict=True)
    ]
    its = []  # after ours, not in turn: its OpenMP threads keep spinning for a while
    for depth, X_WC in zip(depths, poses, strict=True):
        points_W = transform(X_WC, back_project(depth, 0.001, camera).astype(np.float64))
        its.append(
            timed_ms(
                theirs.insertPointCloud, points_W, X_WC[:3, 3].copy(), maxrange=RANGE_MAX_M, discretize=True
            )
        )  # fmt: skip
    where = f"{size_m * 100:.0f} cm"
    return [
        row(f"integrate a frame, {where}, two threads", "ms", float(np.median(mine)), float(np.median(its))),
        row(f"the map in memory, {where}", "MiB", ours.nbytes / 2**20, theirs.memoryUsage() / 2**20),
    ]


def questions(size_m: float, folder: Path) -> list[Row]:
    """The same map, asked the same questions."""
    octree = walked(size_m)
    theirs, wrote_ms, _ = handed_over(octree, folder)
    where = f"{size_m * 100:.0f} cm"
    bounds, (_, _, poses) = octree.bounds_m(), office_walk()
    assert bounds is not None
    rng = np.random.default_rng(1)
    points = rng.uniform(*bounds, (POINTS, 3))
    labels = theirs.getLabels(points)  # -1 unknown, 0 free, 1 occupied
    assert ((labels + 1) == octree.state(points)).all(), "the maps differ"
    origins = np.array([X[:3, 3] for X in poses])[rng.integers(0, len(poses), RAYS)]
    directions = rng.normal(size=(RAYS, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    ends, found = np.zeros((RAYS, 3)), np.zeros(RAYS, bool)

    def cast() -> None:
        for i in range(RAYS):
            found[i] = theirs.castRay(origins[i], directions[i], ends[i], ignoreUnknownCells=True, maxRange=RANGE_MAX_M)

    cast_s = best_s(cast, 1)
    ours_s = best_s(lambda: octree.raycast(origins, directions, RANGE_MAX_M, unknown_is=sm.State.FREE), 3)
    hits = octree.raycast(origins, directions, RANGE_MAX_M, unknown_is=sm.State.FREE).state == sm.State.OCCUPIED
    agree = 100 * (found == hits).mean()
    point_s, label_s = best_s(lambda: octree.state(points)), best_s(lambda: theirs.getLabels(points), 2)
    written = timed_ms(theirs.writeBinary, str(folder / "theirs.bt").encode())
    return [
        row(f"points, {where}", "M/s", POINTS / point_s / 1e6, POINTS / label_s / 1e6, less_is_better=False),
        row(
            f"rays, {where} (same hit or miss {agree:.1f} %)", "M/s", RAYS / ours_s / 1e6, RAYS / cast_s / 1e6,
            less_is_better=False,
        ),
        row(f"write .bt, {where}", "ms", wrote_ms, written),
    ]  # fmt: skip


def freiburg() -> list[Row]:
    """OctoMap's own example map, read by both."""
    path = DATA / "octomap" / "geb079.bt"
    if not path.exists():
        return []
    theirs = octomap.OcTree(0.1)
    ours_s, its_s = best_s(lambda: sm.read_octomap(path)), best_s(lambda: theirs.readBinary(str(path).encode()), 3)
    ours = sm.read_octomap(path)
    return [
        row("read geb079.bt, 428,144 leaves", "ms", 1e3 * ours_s, 1e3 * its_s),
        row("geb079.bt in memory", "MiB", ours.nbytes / 2**20, theirs.memoryUsage() / 2**20),
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        rows = [line for size_m in (0.05, 0.02) for line in questions(size_m, Path(folder))] + freiburg()
    rows = [line for size_m in (0.05, 0.02) for line in integration(size_m)] + rows
    show("office walk, range 5 m", ["", "spatialmem", "OctoMap", "better by"], rows)

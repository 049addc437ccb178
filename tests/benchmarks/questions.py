"""Point queries and ray casts on the map of the office walk, one core: python tests/benchmarks/questions.py"""

from __future__ import annotations

import numpy as np
from measure import RANGE_MAX_M, best_s, office_walk, show

from spatialmem import DepthConfig, Octree, OctreeConfig, State
from spatialmem.geometry import back_project, transform

POINTS = 2_000_000
RAYS = 20_000


def walked(size: float) -> Octree:
    """The map of the walk, answering on one thread."""
    depths, camera, poses = office_walk()
    octree = Octree(OctreeConfig(voxel_size_m=size, threads=1))
    for depth, X_WC in zip(depths, poses, strict=True):
        octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=RANGE_MAX_M))
    return octree


def points(size: float) -> list[str]:
    """Million points a second: anywhere in the map's bounds, and on the surfaces that were seen."""
    octree = walked(size)
    bounds = octree.bounds_m()
    assert bounds is not None
    anywhere = np.random.default_rng(0).uniform(*bounds, (POINTS, 3))
    depths, camera, poses = office_walk(every=10)
    seen = np.concatenate(
        [transform(X, back_project(d, 0.001, camera))[::5] for d, X in zip(depths, poses, strict=True)]
    )
    row = [f"{size * 100:.0f} cm"]
    for where in (anywhere.astype(np.float32), anywhere, seen):
        for ask in (octree.log_odds, octree.state):
            row.append(f"{len(where) / best_s(lambda w=where, a=ask: a(w)) / 1e6:.0f}")
    return row


def rays(size: float) -> list[str]:
    """Thousand rays a second from the walk's camera places in random directions; against_octomap.py has OctoMap's."""
    octree = walked(size)
    _, _, poses = office_walk()
    rng = np.random.default_rng(1)
    origins = np.array([X[:3, 3] for X in poses])[rng.integers(0, len(poses), RAYS)]
    directions = rng.normal(size=(RAYS, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    ours_s = best_s(lambda: octree.raycast(origins, directions, RANGE_MAX_M, unknown_is=State.FREE), 3)
    return [f"{size * 100:.0f} cm", f"{RAYS / ours_s / 1e3:.0f}"]


if __name__ == "__main__":
    kinds = [
        f"{what}, {ask}" for what in ("uniform f32", "uniform f64", "on surfaces f32") for ask in ("log_odds", "state")
    ]
    show("point queries, million/s, one core", ["voxel", *kinds], [points(s) for s in (0.05, 0.02, 0.01)])
    show(
        "ray casts, thousand/s, one core, range 5 m",
        ["voxel", "rays"],
        [rays(s) for s in (0.05, 0.02)],
    )

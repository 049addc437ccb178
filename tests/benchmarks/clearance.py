"""Distance fields on the map of the office walk: python tests/benchmarks/clearance.py"""

from __future__ import annotations

import importlib.util
import sys
from unittest import mock

import numpy as np
from measure import RANGE_MAX_M, best_s, office_walk, show

from spatialmem import ClearanceField, DepthConfig, Octree, OctreeConfig, State

BOUNDS_M = (np.array([-5.0, -4.0, -2.0]), np.array([5.0, 6.0, 0.0]))
POINTS = 2_000_000


def walked(threads: int, voxel_size_m: float = 0.05) -> Octree:
    """The map of the walk."""
    depths, camera, poses = office_walk()
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, threads=threads))
    for depth, X_WC in zip(depths, poses, strict=True):
        octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=RANGE_MAX_M))
    return octree


def build_ms(octree: Octree, unknown_is: State, with_edt: bool) -> float:
    """Time to make one field of 10 x 10 x 2 m."""
    with mock.patch.dict(sys.modules, {} if with_edt else {"edt": None}):
        return 1e3 * best_s(lambda: octree.clearance(BOUNDS_M, unknown_is=unknown_is), 9 if with_edt else 3)


def builds() -> list[list[str]]:
    """How long a field takes, by library, threads and what unknown space is."""
    rows = []
    for threads in (1, 2):
        octree = walked(threads)
        for unknown_is in (State.FREE, State.OCCUPIED):
            by_edt = (
                f"{build_ms(octree, unknown_is, True):.0f} ms" if importlib.util.find_spec("edt") else "not installed"
            )
            rows.append([f"{threads}", unknown_is.name, by_edt, f"{build_ms(octree, unknown_is, False):.0f} ms"])
    return rows


def lookups(field: ClearanceField) -> list[list[str]]:
    """Million lookups a second on one core, ours and scipy's, and how far they differ."""
    from scipy.interpolate import RegularGridInterpolator
    from scipy.ndimage import map_coordinates

    axes = [o + field.voxel_size_m * np.arange(n) for o, n in zip(field.origin_W, field.distance_m.shape, strict=True)]
    points = np.random.default_rng(0).uniform(*BOUNDS_M, (POINTS, 3))
    single = points.astype(np.float32)
    some = points[: POINTS // 10]
    regular = RegularGridInterpolator(axes, field.distance_m)

    def mapped() -> np.ndarray:
        return map_coordinates(field.distance_m, ((some - field.origin_W) / field.voxel_size_m).T, order=1)

    ours = field.clearance_m(some)
    rows = []
    for name, ask, count, answer in (
        ("clearance_m, float64", lambda: field.clearance_m(points), POINTS, ours),
        ("clearance_m, float32", lambda: field.clearance_m(single), POINTS, None),
        ("gradient, float64", lambda: field.gradient(points), POINTS, None),
        ("scipy map_coordinates, order 1", mapped, len(some), mapped()),
        ("scipy RegularGridInterpolator, linear", lambda: regular(some), len(some), regular(some)),
    ):
        apart = "" if answer is None or answer is ours else f"{np.abs(answer - ours).max():.1e} m"
        rows.append([name, f"{count / best_s(ask) / 1e6:.1f}", apart])
    return rows


if __name__ == "__main__":
    field = walked(1).clearance(BOUNDS_M, unknown_is=State.FREE)
    shape = " x ".join(map(str, field.distance_m.shape))
    show(
        f"a field of 10 x 10 x 2 m at 5 cm ({shape} nodes), best of several",
        ["threads", "unknown is", "with edt", "with scipy"],
        builds(),
    )
    show("lookups in it at random points, one core", ["", "million/s", "greatest difference"], lookups(field))

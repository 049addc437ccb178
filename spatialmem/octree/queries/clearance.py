"""How far it is from anywhere in a box to the nearest obstacle: a Euclidean distance field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64, UInt8

from spatialmem.errors import QueryError
from spatialmem.kernels import clearance as kernels
from spatialmem.kernels.dense import mark_blocked
from spatialmem.kernels.layout import VOXEL_LIMIT
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.queries.arguments import Bounds, checked_bounds, checked_level, checked_points, checked_unknown
from spatialmem.octree.snapshot import Snapshot
from spatialmem.types import State

__all__ = ["ClearanceField", "clearance"]

_NODES_MAX = 1 << 26
_GRAIN = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class ClearanceField:
    """Distances to the nearest obstacle over a box of the map, to be asked at any number of points.

    It is a copy: it stays what it is, whatever becomes of the map or the view it was made from.
    """

    distance_m: Float32[np.ndarray, "x y z"]
    """From the centre of each node to the centre of the nearest that is an obstacle [m]; 0 in obstacles, inf everywhere
    where there is none at all. Read-only."""
    origin_W: Float64[np.ndarray, "3"]
    """Centre of the first node [m]."""
    voxel_size_m: float
    """Edge of a node [m]."""
    threads: int
    """How many threads answer."""

    def clearance_m(self, points_W: Float[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n"]:
        """Return the distance at each point [m], trilinear between the centres of nodes.

        NaN for a point that is not finite or outside: beyond the outermost centres, so never within the bounds.
        """
        points = checked_points(points_W)
        return self._answer(kernels.distances_at, points, np.empty(len(points), np.float32))

    def gradient(self, points_W: Float[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n 3"]:
        """Return how `clearance_m` grows along x, y and z [m/m] at each point: away from obstacles.

        Steps where one passes the centre of a node. 0 where there is no obstacle at all, NaN outside.
        """
        points = checked_points(points_W)
        return self._answer(kernels.gradients_at, points, np.empty((len(points), 3), np.float32))

    def _answer(self, kernel, points: np.ndarray, out: np.ndarray) -> np.ndarray:
        run_ranges(
            kernel, len(points), self.distance_m, self.origin_W, 1 / self.voxel_size_m, points, out,
            threads=self.threads, grain=_GRAIN,
        )  # fmt: skip
        return out


def clearance(snapshot: Snapshot, bounds_m: Bounds, level: int, unknown_is: State) -> ClearanceField:
    """Measure the distance to the nearest obstacle; see `Queryable.clearance`."""
    low_m, high_m = checked_bounds(bounds_m)
    level, unknown_blocks = checked_level(level), checked_unknown(unknown_is)
    size = snapshot.voxel_size_m * (1 << level)
    if max(np.abs(low_m).max(), np.abs(high_m).max()) >= (VOXEL_LIMIT - 128) * snapshot.voxel_size_m:
        raise QueryError(f"bounds_m are {[low_m.tolist(), high_m.tolist()]}; the map does not reach so far.")
    first = np.floor(low_m / size - 0.5).astype(np.int64)
    shape = np.ceil(high_m / size - 0.5).astype(np.int64) - first + 1
    shape = np.maximum(shape, 2)  # there is always a next one to blend with
    if shape.prod(dtype=np.float64) > _NODES_MAX:
        raise QueryError(
            f"bounds_m span {' x '.join(map(str, shape))} nodes, more than {_NODES_MAX}; make them smaller, or level "
            f"greater than {level}."
        )
    obstacle = _obstacles(snapshot, level, unknown_blocks, first, shape)
    distance_m = _distance(obstacle, snapshot.threads) * np.float32(size)
    distance_m.setflags(write=False)
    origin_W = (first + 0.5) * size
    origin_W.setflags(write=False)
    return ClearanceField(distance_m, origin_W, size, snapshot.threads)


def _obstacles(
    snapshot: Snapshot, level: int, unknown_blocks: bool, first: Int64[np.ndarray, "3"], shape: Int64[np.ndarray, "3"]
) -> UInt8[np.ndarray, "x y z"]:
    """Return 1 for the nodes of a box that are obstacles, 0 for the others."""
    obstacle = np.full(shape, unknown_blocks, np.uint8)
    roots, rows = snapshot.roots()
    edge = 64 >> level
    near = (((roots + 1) * edge > first) & (roots * edge < first + shape)).all(axis=1)
    run_ranges(
        mark_blocked, int(near.sum()), roots[near], rows[near], snapshot.children, snapshot.leaves.view(np.uint64),
        level, unknown_blocks, first, obstacle, threads=snapshot.threads, grain=8,
    )  # fmt: skip
    return obstacle


def _distance(obstacle: UInt8[np.ndarray, "x y z"], threads: int) -> Float32[np.ndarray, "x y z"]:
    """Return the distance to the nearest obstacle [nodes], by the library that is installed.

    edt (Felzenszwalb & Huttenlocher 2012) and scipy (Maurer et al. 2003) are both exact: the root of a whole number,
    and so the same float32 as long as that is below 2^24.
    """
    if not obstacle.any():
        return np.full(obstacle.shape, np.inf, np.float32)
    clear = obstacle ^ 1
    try:
        import edt
    except ImportError:
        from scipy.ndimage import distance_transform_edt

        return np.asarray(distance_transform_edt(clear)).astype(np.float32)
    return edt.edt(clear, black_border=False, parallel=threads)

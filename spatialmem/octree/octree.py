"""`Octree`: free, occupied and unknown space, updated by depth images and point scans, asked by points and rays."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int8, Int64, UInt8, UInt16

from spatialmem.config import DepthConfig, OctreeConfig, checked
from spatialmem.errors import InputError, QueryError
from spatialmem.kernels import ask, rays
from spatialmem.kernels.layout import VOXEL_LIMIT
from spatialmem.kernels.threads import run_ranges
from spatialmem.kernels.warmup import warm_up
from spatialmem.octree.batch import Scratch
from spatialmem.octree.columns import Columns, Extent, columns_of, extent_of
from spatialmem.octree.image import integrate_image
from spatialmem.octree.scan import integrate_points
from spatialmem.octree.storage import Storage
from spatialmem.types import Pinhole, RayHits, State

__all__ = ["Octree"]

LEVEL_MAX = 6
_POINT_GRAIN = 50_000
_RAY_GRAIN = 2_000


class Octree:
    """Hashed wide octree of log-odds: roots of 64^3 voxels, leaves of 8^3, constant tiles between.

    Values are int8 in quanta of 1/32 nat: a hit adds 27, a miss takes 13, kept in [-64, 112]; -128 is unknown,
    above 0 is occupied. Not for several threads at once: `SpatialMemory` is.
    """

    def __init__(self, config: OctreeConfig | None = None):
        self.config = checked(config or OctreeConfig(), OctreeConfig)
        warm_up()
        self._storage = Storage(self.config.budget_mib)
        self._scratch = Scratch()

    # what it is told

    def integrate_image(
        self,
        depth: UInt16[np.ndarray, "h w"],
        depth_unit_m: float,
        camera: Pinhole,
        X_WC: Float64[np.ndarray, "4 4"],
        config: DepthConfig | None = None,
    ) -> int:
        """Integrate a depth image: the voxels its pixels hit, and those they saw through.

        depth: 0 = no return; the gate has masked everything else that is not a distance. A voxel is hit at most
        once and missed at most once an image; hit wins. Returns how many leaves were looked at voxel by voxel.
        Raises MapFull, with nothing written.
        """
        if depth.shape != (camera.height, camera.width):
            raise InputError(
                f"the depth image is {depth.shape[1]}x{depth.shape[0]}, its camera {camera.width}x{camera.height} "
                f"(width x height); they must be equal."
            )
        settings = config or DepthConfig()
        self._refuse_far(X_WC[:3, 3], settings.range_max_m)
        depth, unit = np.ascontiguousarray(depth), float(depth_unit_m)
        return integrate_image(self._storage, self._scratch, self.config, depth, unit, camera, X_WC, settings)

    def integrate_scan(
        self, points_S: Float[np.ndarray, "n 3"], X_WS: Float64[np.ndarray, "4 4"], config: DepthConfig | None = None
    ) -> int:
        """Integrate a point scan: its end voxels are hit, the voxels on the way to them missed; hit wins.

        Ranges are along the ray; points beyond the greatest clear the space up to it. Returns how many leaves were
        passed. Raises MapFull, with nothing written.
        """
        if not np.isfinite(points_S).all():
            raise InputError("a scan's points must be finite; drop the rows that are not, as the gate does.")
        settings = config or DepthConfig()
        self._refuse_far(X_WS[:3, 3], settings.range_max_m)
        return integrate_points(self._storage, self._scratch, self.config, points_S, X_WS, settings)

    # what it answers

    def log_odds(self, points_W: Float[np.ndarray, "n 3"]) -> Int8[np.ndarray, "n"]:
        """Return the log-odds of the voxel at each point [m], in 1/32 nat; -128 where unknown.

        A point that is not finite, or beyond what can be addressed, is nowhere: unknown.
        """
        points = _query_points(points_W)
        out = np.empty(len(points), np.int8)
        self._run_points(ask.log_odds_at, points, (), out)
        return out

    def state(self, points_W: Float[np.ndarray, "n 3"], level: int = 0) -> UInt8[np.ndarray, "n"]:
        """Return the `State` of the node at each point [m]; a node of level k is a cube of 2^k voxels a side.

        A node is OCCUPIED if any of its voxels is, else UNKNOWN if any is, else FREE. level: 0..6.
        """
        if level not in range(LEVEL_MAX + 1):
            raise QueryError(
                f"level {level!r} does not exist; levels are 0 (a voxel) to {LEVEL_MAX} (64 voxels a side)."
            )
        if level == 0:
            return ask.states_of(self.log_odds(points_W))
        points = _query_points(points_W)
        out = np.empty(len(points), np.uint8)
        self._run_points(ask.states_at, points, (level,), out)
        return out

    def raycast(
        self,
        origins_W: Float[np.ndarray, "n 3"],
        directions_W: Float[np.ndarray, "n 3"],
        range_max_m: float,
        *,
        unknown_is: State = State.UNKNOWN,
    ) -> RayHits:
        """Follow rays to the first occupied voxel, or the first unknown one.

        origins_W [m], directions_W (any length but zero): shape (n, 3). unknown_is: what the caller takes unknown
        space for: UNKNOWN ends the ray there and says so, FREE passes through, OCCUPIED is a hit. The distance is to
        where the ray enters the voxel that ends it, so up to a voxel's diagonal short of the surface inside.
        """
        origins, directions = _query_points(origins_W), _query_points(directions_W)
        origins, directions = origins.astype(np.float64), directions.astype(np.float64)
        if origins.shape != directions.shape:
            raise QueryError(f"{len(origins)} origins but {len(directions)} directions; give one of each per ray.")
        length = np.sqrt(directions[:, 0] ** 2 + directions[:, 1] ** 2 + directions[:, 2] ** 2)
        if not (np.isfinite(origins).all() and np.isfinite(length).all() and (length > 0).all()):
            raise QueryError("origins must be finite, directions finite and not zero.")
        if not (isinstance(range_max_m, int | float | np.number) and range_max_m > 0):
            raise QueryError(f"range_max_m is {range_max_m!r}; it must be a number above 0.")
        if unknown_is not in list(State):
            raise QueryError(f"unknown_is is {unknown_is!r}; it must be State.UNKNOWN, FREE or OCCUPIED.")
        if np.abs(origins).max(initial=0.0) >= VOXEL_LIMIT * self.voxel_size_m:
            raise QueryError(f"origins must lie within {VOXEL_LIMIT * self.voxel_size_m:.0f} m of the world's origin.")
        states, distances = np.empty(len(origins), np.uint8), np.empty(len(origins), np.float32)
        run_ranges(
            rays.cast_rays, len(origins), *self._storage.arrays, self.voxel_size_m, origins,
            directions / length[:, None], float(range_max_m), int(unknown_is), states, distances,
            threads=self.config.threads, grain=_RAY_GRAIN,
        )  # fmt: skip
        return RayHits(states, distances)

    # what it is

    @property
    def voxel_size_m(self) -> float:
        """Edge of a voxel [m]."""
        return self.config.voxel_size_m

    def limit_m(self, range_max_m: float) -> float:
        """Return how far from the world's origin, along each axis, a sensor of this range may stand [m]."""
        return VOXEL_LIMIT * self.voxel_size_m - range_max_m * 20  # half of a very wide view, with room to spare

    @property
    def leaf_count(self) -> int:
        """How many leaves are allocated; each was written."""
        return self._storage.slots.taken

    @property
    def root_count(self) -> int:
        """How many roots hold something known."""
        return self._storage.rows.taken

    @property
    def nbytes(self) -> int:
        """Bytes in use."""
        return self._storage.nbytes

    def bounds_m(self) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]] | None:
        """Return the lower and upper corner of known space in W [m]; None where nothing is known."""
        extent = extent_of(self._storage)
        return None if extent is None else (extent.low * self.voxel_size_m, extent.high * self.voxel_size_m)

    def volumes_m3(self) -> dict[str, float]:
        """Return how much space is known to be free and occupied [m3]."""
        extent = extent_of(self._storage) or Extent(np.zeros(3, int), np.zeros(3, int), 0, 0, 0, np.zeros(0, int))
        cube = self.voxel_size_m**3
        return {"free": extent.free_count * cube, "occupied": extent.occupied_count * cube}

    def occupied_by_height(self) -> tuple[Float64[np.ndarray, "k"], Int64[np.ndarray, "k"]]:
        """Return the centre height [m] of every voxel layer, lowest first, and its number of occupied voxels."""
        extent = extent_of(self._storage)
        if extent is None:
            return np.zeros(0), np.zeros(0, np.int64)
        layers = extent.z_first + np.arange(len(extent.occupied_by_z))
        return (layers + 0.5) * self.voxel_size_m, extent.occupied_by_z

    def columns(self, z_min_m: float, z_max_m: float) -> Columns:
        """Return the map from above: the layers whose centres lie in [z_min_m, z_max_m), one column each."""
        if not z_min_m < z_max_m:
            raise QueryError(f"the band {z_min_m} m to {z_max_m} m is empty; give the lower height first.")
        return columns_of(self._storage, self.voxel_size_m, z_min_m, z_max_m)

    def _run_points(self, kernel, points, options, out) -> None:
        real = points.dtype.type
        run_ranges(
            kernel, len(points), *self._storage.arrays, real(1 / self.voxel_size_m), points, *options, out,
            threads=self.config.threads, grain=_POINT_GRAIN,
        )  # fmt: skip

    def _refuse_far(self, p_W: Float64[np.ndarray, "3"], range_max_m: float) -> None:
        limit_m = self.limit_m(range_max_m)
        if not np.abs(p_W).max() < limit_m:
            raise InputError(
                f"the sensor is at {p_W.round(1).tolist()} m; with voxels of {self.voxel_size_m} m it must be "
                f"within {limit_m:.0f} m of the world's origin."
            )


def _query_points(points: np.ndarray) -> np.ndarray:
    """Return points as a C-ordered float32 or float64 array of shape (n, 3), or say what is wrong with them."""
    try:
        points = np.asarray(points)
    except ValueError as error:
        raise QueryError(f"points must be numbers of shape (n, 3); these do not form an array: {error}.") from error
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in "fiu":
        raise QueryError(
            f"points must be numbers of shape (n, 3), [[x, y, z]] for one; these are {points.dtype} of shape "
            f"{points.shape}."
        )
    return np.ascontiguousarray(points, np.float32 if points.dtype == np.float32 else np.float64)

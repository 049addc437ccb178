"""`Octree`: free, occupied and unknown space, updated by depth images and point scans, asked by points and rays."""

from __future__ import annotations

import msgspec
import numpy as np
from jaxtyping import Float, Float64, UInt8, UInt16

from spatialmem.config import DepthConfig, OctreeConfig, checked
from spatialmem.errors import InputError
from spatialmem.kernels.layout import VOXEL_LIMIT
from spatialmem.kernels.warmup import warm_up
from spatialmem.octree import serialize
from spatialmem.octree.batch import Scratch
from spatialmem.octree.blocks import Blocks, checked_blocks
from spatialmem.octree.image import DepthImage, integrate_image
from spatialmem.octree.queryable import Queryable
from spatialmem.octree.scan import integrate_points
from spatialmem.octree.seen_through import Boxed, miss_seen_through
from spatialmem.octree.snapshot import Snapshot
from spatialmem.octree.storage import Storage
from spatialmem.types import Pinhole

__all__ = ["Octree", "OctreeView"]


class OctreeView(Queryable):
    """One state of an octree: all its answers are of the same moment, whatever is written meanwhile."""

    def __init__(self, snapshot: Snapshot):
        self._state = snapshot

    def view(self) -> OctreeView:
        """Return itself."""
        return self

    def _snapshot(self) -> Snapshot:
        return self._state


class Octree(Queryable):
    """Hashed wide octree of log-odds: roots of 64^3 voxels, leaves of 8^3, constant tiles between.

    Values are int8 in quanta of 1/32 nat: a hit adds 27, a miss takes 13, kept in [-64, 112]; -128 is unknown,
    above 0 is occupied. Not for several threads at once: `SpatialMemory` is.
    """

    def __init__(self, config: OctreeConfig | None = None):
        self.config = checked(OctreeConfig() if config is None else config, OctreeConfig)
        warm_up()
        self._storage = Storage(self.config)
        self._scratch = Scratch()

    # what it is told

    def integrate_image(
        self,
        depth: UInt16[np.ndarray, "h w"],
        depth_unit_m: float,
        camera: Pinhole,
        X_WC: Float64[np.ndarray, "4 4"],
        config: DepthConfig | None = None,
        *,
        color: UInt8[np.ndarray, "h w 3"] | None = None,
        seq: int | None = None,
    ) -> int:
        """Integrate a depth image: the voxels its pixels hit, and those they saw through.

        depth: 0 = no return; the gate has masked everything else that is not a distance. A voxel is hit at most
        once and missed at most once an image; hit wins. color: RGB, for the colour layer; without that layer it is
        ignored. seq: the number of this update for the last-seen layer, else one more than the last. Returns how many
        leaves were looked at voxel by voxel. Raises MapFull, with nothing written.
        """
        _refuse_unlike("depth", depth, np.uint16, (camera.height, camera.width))
        if color is not None:
            _refuse_unlike("colour", color, np.uint8, (camera.height, camera.width, 3))
        settings = config or DepthConfig()
        self._refuse_far(X_WC[:3, 3], settings.range_max_m)
        pixels = np.empty((0, 3), np.uint8)
        if color is not None and self.config.color:
            pixels = np.ascontiguousarray(color).reshape(-1, 3)
        image = DepthImage(np.ascontiguousarray(depth), float(depth_unit_m), camera, pixels)
        seq = self._next_seq(seq)
        return integrate_image(self._storage, self._scratch, self.config, image, X_WC, settings, seq)

    def integrate_scan(
        self,
        points_S: Float[np.ndarray, "n 3"],
        X_WS: Float64[np.ndarray, "4 4"],
        config: DepthConfig | None = None,
        *,
        seq: int | None = None,
    ) -> int:
        """Integrate a point scan: its end voxels are hit, the voxels on the way to them missed; hit wins.

        Ranges are along the ray; points beyond the greatest clear the space up to it. seq: as for an image. Returns
        how many leaves were passed. Raises MapFull, with nothing written.
        """
        if not np.isfinite(points_S).all():
            raise InputError("a scan's points must be finite; drop the rows that are not, as the gate does.")
        settings = config or DepthConfig()
        self._refuse_far(X_WS[:3, 3], settings.range_max_m)
        return integrate_points(self._storage, self.config, points_S, X_WS, settings, self._next_seq(seq))

    def miss_seen_through(
        self,
        depth: UInt16[np.ndarray, "h w"],
        depth_unit_m: float,
        camera: Pinhole,
        X_WC: Float64[np.ndarray, "4 4"],
        center_W: Float64[np.ndarray, "n 3"],
        size_m: Float64[np.ndarray, "n 3"],
        yaw_rad: Float64[np.ndarray, "n"],
        config: DepthConfig | None = None,
        *,
        seq: int | None = None,
    ) -> int:
        """Take out what is no longer there: in these boxes, what a depth image saw through is free at once.

        Every voxel that this image misses (see `integrate_image`), and whose centre lies in one of the yaw-aligned
        boxes grown by half a voxel, gets the value of one miss if it had more or was unknown. Nothing else changes,
        neither voxels that the image hits. Returns how many were set. Raises MapFull, with nothing written.
        """
        _refuse_unlike("depth", depth, np.uint16, (camera.height, camera.width))
        if not all(np.isfinite(values).all() for values in (center_W, size_m, yaw_rad)):
            raise InputError("the boxes' centres, sizes and yaws must be finite.")
        settings = config or DepthConfig()
        self._refuse_far(X_WC[:3, 3], settings.range_max_m)
        image = DepthImage(np.ascontiguousarray(depth), float(depth_unit_m), camera, np.empty((0, 3), np.uint8))
        boxes = Boxed(center_W, size_m, yaw_rad)
        seq = self._next_seq(seq)
        return miss_seen_through(self._storage, self._scratch, self.config, image, X_WC, settings, boxes, seq)

    # what it is

    def view(self) -> OctreeView:
        """Return the newest state, to be asked several questions of the same moment. Never waits."""
        return OctreeView(self._storage.published)

    def _snapshot(self) -> Snapshot:
        return self._storage.published

    @property
    def written_nbytes(self) -> int:
        """Bytes of the budget that were ever written: `nbytes`, what older views keep, what waits to be used again."""
        return self._storage.written_nbytes

    @property
    def pinned_nbytes(self) -> int:
        """Bytes that are kept for older views only, as of the last update."""
        return self._storage.pinned_nbytes

    @classmethod
    def load(cls, data: bytes, config: OctreeConfig | None = None) -> Octree:
        """Make an octree of the bytes of `dump`, as if it had never stopped.

        Voxel size and layers are those of the state, the budget and the threads as in `config`. Raises InputError
        for damaged bytes, MapFull where the budget does not hold the map.
        """
        header, blocks = serialize.load(data)
        octree = cls(
            msgspec.structs.replace(
                config or OctreeConfig(),
                voxel_size_m=header.voxel_size_m,
                color=header.color,
                last_seen=header.last_seen,
            )
        )
        octree._storage.adopt(checked_blocks(blocks, octree.config, header.seq), header.seq)
        return octree

    @classmethod
    def from_blocks(cls, blocks: Blocks, config: OctreeConfig | None = None, *, seq: int = 0) -> Octree:
        """Make an octree of plain arrays; layers that they do not have begin empty.

        seq: the number of the last update in it. Raises InputError for what is no map, or has layers that `config`
        does not keep; MapFull where it does not fit.
        """
        octree = cls(config)
        octree._storage.adopt(checked_blocks(blocks, octree.config, seq), seq)
        return octree

    @staticmethod
    def limit_of(voxel_size_m: float, range_max_m: float) -> float:
        """Return how far from the world's origin, along each axis, a sensor of this range may stand [m]."""
        return VOXEL_LIMIT * voxel_size_m - range_max_m * 20  # half of a very wide view, with room to spare

    def _next_seq(self, seq: int | None) -> int:
        """Return the number of the update that begins."""
        number = self._storage.published.seq + 1 if seq is None else seq
        if not 0 < number < 1 << 32:
            raise InputError(f"seq is {number}; updates are numbered from 1 to {(1 << 32) - 1}.")
        return number

    def _refuse_far(self, p_W: Float64[np.ndarray, "3"], range_max_m: float) -> None:
        limit_m = self.limit_of(self.voxel_size_m, range_max_m)
        if not np.abs(p_W).max() < limit_m:
            raise InputError(
                f"the sensor is at {p_W.round(1).tolist()} m; with voxels of {self.voxel_size_m} m it must be "
                f"within {limit_m:.0f} m of the world's origin."
            )


def _refuse_unlike(name: str, image: np.ndarray, dtype: type, shape: tuple[int, ...]) -> None:
    """Refuse an image that its camera cannot have taken."""
    if image.dtype != dtype or image.shape != shape:
        raise InputError(
            f"the {name} image is {image.dtype} of shape {image.shape}; of its camera it must be "
            f"{np.dtype(dtype)} of shape {shape}."
        )

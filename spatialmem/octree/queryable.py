"""`Queryable`: every question asked of the map, as a thin method; the answers are in queries/, one file each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Float64, Int8, Int64, UInt8, UInt32

from spatialmem.errors import ViewExpired
from spatialmem.octree import serialize
from spatialmem.octree.blocks import Blocks, blocks_of
from spatialmem.octree.queries import boxes, clearance, depth_image, extent, free_space, layers, points, rays, surface
from spatialmem.octree.queries import columns as columns_query
from spatialmem.octree.queries.arguments import Bounds
from spatialmem.octree.queries.clearance import ClearanceField
from spatialmem.octree.queries.columns import Columns
from spatialmem.octree.queries.free_space import Shape
from spatialmem.octree.snapshot import Snapshot
from spatialmem.sealed import content_hash
from spatialmem.types import Boxes, ExpectedDepth, Mesh, Pinhole, RayHits, State, Surface

__all__ = ["Queryable"]

_ASKED_MAX = 8
"""How often a question is asked of ever newer states, where each expires before it is answered."""

P = ParamSpec("P")
Answer = TypeVar("Answer")


class Queryable:
    """What can be asked about space. An octree or a memory answers from its newest state, a view from its own.

    Any number of threads may ask while another writes: a question never waits for an update, and its answer is
    that of one whole state. A question that cannot be asked so raises QueryError; a view that was held for too
    long raises ViewExpired, and so does a question that takes longer than its state can be kept.
    """

    def view(self) -> Queryable:
        """Return the state of this moment, to be asked several questions that belong together. Never waits."""
        raise NotImplementedError

    def _snapshot(self) -> Snapshot:
        """Return the state to answer from."""
        raise NotImplementedError

    def _ask(self, question: Callable[Concatenate[Snapshot, P], Answer], *args: P.args, **options: P.kwargs) -> Answer:
        for _ in range(_ASKED_MAX):
            snapshot = self._snapshot()
            try:
                answer = question(snapshot, *args, **options)
            except Exception:
                if not snapshot.expired:
                    raise
            else:
                if not snapshot.expired:
                    return answer
            if self._snapshot() is snapshot:  # what was read may have been written over; ask the newer one
                break
        raise ViewExpired

    # at points

    def log_odds(self, points_W: Float[np.ndarray, "n 3"]) -> Int8[np.ndarray, "n"]:
        """Return the log-odds of the voxel at each point [m], in 1/32 nat; -128 where unknown.

        A point that is not finite, or beyond what can be addressed, is nowhere: unknown.
        """
        return self._ask(points.log_odds, points_W)

    def state(self, points_W: Float[np.ndarray, "n 3"], level: int = 0) -> UInt8[np.ndarray, "n"]:
        """Return the `State` of the node at each point [m]; a node of level k is a cube of 2^k voxels a side.

        A node is OCCUPIED if any of its voxels is, else UNKNOWN if any is, else FREE. level: 0..6.
        """
        return self._ask(points.state, points_W, level)

    def colors(self, points_W: Float[np.ndarray, "n 3"]) -> UInt8[np.ndarray, "n 4"]:
        """Return red, green, blue and weight of the voxel at each point [m]; weight 0 is no colour yet.

        Needs `OctreeConfig(color=True)`. Only what was hit in a frame with colour has one; free space that is uniform
        has none.
        """
        return self._ask(layers.colors, points_W)

    def last_seen(self, points_W: Float[np.ndarray, "n 3"]) -> UInt32[np.ndarray, "n"]:
        """Return the number (`Receipt.seq`) of an input that saw the voxel at each point [m]; 0 where none did.

        Needs `OctreeConfig(last_seen=True)`. Within leaves it is the last one that did. In uniform space it is kept
        for 8^3 voxels together: each of them was seen by it or later.
        """
        return self._ask(layers.last_seen, points_W)

    # along rays

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
        return self._ask(rays.raycast, origins_W, directions_W, range_max_m, unknown_is)

    def depth_image(
        self,
        X_WC: Float64[np.ndarray, "*n 4 4"],
        camera: Pinhole,
        *,
        range_max_m: float = 5.0,
        level: int = 0,
        unknown_is: State = State.FREE,
    ) -> ExpectedDepth:
        """Return the depth image that the map expects a camera at X_WC to take; for poses (n, 4, 4) a batch of n.

        Every pixel's ray goes to the first node of `level` that is OCCUPIED, or UNKNOWN where `unknown_is` says that
        it ends there (UNKNOWN) or hits (OCCUPIED); it must enter it at a depth below range_max_m, along the optical
        axis. A surface fills its nodes only in part, so two things keep the image without bias. The depth of a hit is
        the middle of the occupied nodes that the ray passes in a row, of three edges at most. And a ray that comes out
        into a FREE node after less than 3/4 of an edge of occupied ones has only grazed them, and goes on. Raises
        QueryError for a pose that is not rigid or beyond the world, a camera without pixels, or too large a view.
        """
        return self._ask(depth_image.depth_image, X_WC, camera, range_max_m, level, unknown_is)

    # of shapes

    def is_free(self, shape: Shape, *, unknown_is: State, level: int = 0) -> Bool[np.ndarray, "n"]:
        """Return which of n shapes are free: no node of `level` that a shape touches is OCCUPIED.

        shape: `Box`, `Spheres` or `Capsule`. unknown_is: what the caller takes unknown space for, FREE or OCCUPIED;
        it must be said. To touch is to share some volume: distances are those of the shape itself to the node's cube,
        and less than a millionth of a voxel of overlap is rounding, so what is laid against a face does not touch.
        Raises QueryError for shapes that are empty, not finite, beyond the world, or over four million roots large.
        """
        return self._ask(free_space.is_free, shape, unknown_is, level)

    # of regions

    def boxes(self, bounds_m: Bounds | None = None, *, level: int = 0, state: State = State.OCCUPIED) -> Boxes:
        """Return the space whose nodes of `level` have a state, as the fewest octree nodes.

        Eight siblings that all belong to it are one box of twice the edge, up to a root of 64 voxels. With bounds,
        (low, high) [m], these are the boxes of the whole map that overlap them, each whole: bounds choose boxes, they
        neither cut nor divide them, so one may reach out by almost its edge. UNKNOWN needs bounds; where the map has
        no root, all 64 voxels a side are one box. In the order of roots by x, y, z, and of Morton codes in them.
        Raises QueryError for bounds that are empty, or for UNKNOWN in more than four million roots.
        """
        return self._ask(boxes.boxes, bounds_m, level, state)

    def surface(self, bounds_m: Bounds | None = None, *, level: int = 0) -> Surface:
        """Return the occupied nodes of `level` of which at least one of the six face neighbours is FREE.

        bounds_m: (low, high) [m]; nodes whose centres lie in them, upper faces excluded. A node's normal is the sum of
        the directions to its free neighbours, made length 1; zero where they cancel. In the order of `boxes`.
        """
        return self._ask(surface.surface, bounds_m, level)

    def surface_mesh(self, bounds_m: Bounds | None = None, *, level: int = 0) -> Mesh:
        """Return a mesh between the nodes of `level` that are OCCUPIED and those that are not.

        Its vertices lie at the centres of the faces between them, with corners cut (Lewiner et al. 2003, marching
        cubes). It is closed, and faces outwards; with bounds, (low, high) [m], it is cut open where it leaves them, at
        most one node beyond. Unknown space counts as not occupied. Needs scikit-image: the extra `mesh`.
        """
        return self._ask(surface.surface_mesh, bounds_m, level)

    def clearance(self, bounds_m: Bounds, *, level: int = 0, unknown_is: State) -> ClearanceField:
        """Return a field of distances to the nearest obstacle, over a box (low, high) [m] along the axes of W.

        From the centre of every node of `level` to the centre of the nearest OCCUPIED one (Euclidean), as far as it is
        in the box: obstacles outside are not seen, so make the box larger by the distance that matters. The nodes are
        those between whose centres the box lies. unknown_is: what the caller takes unknown space for, FREE or
        OCCUPIED; it must be said. The library `edt` does it, where the extra `plan` is installed, else scipy, several
        times slower; the values are the same. Raises QueryError for bounds that are empty, beyond the world, or of
        more than 2^26 nodes.
        """
        return self._ask(clearance.clearance, bounds_m, level, unknown_is)

    # as a whole

    def blocks(self) -> Blocks:
        """Return the state as plain arrays in canonical order, copied."""
        return self._ask(blocks_of)

    def dump_map(self) -> bytes:
        """Return the map as bytes, for `Octree.load`; the same map is the same bytes, whatever made it."""
        return self._ask(serialize.dump)

    def dump(self) -> bytes:
        """Return all there is to know as bytes, for `load`; the same state is the same bytes."""
        return self.dump_map()

    def state_hash(self) -> str:
        """Return the BLAKE2b of `dump`, 64 hexadecimal digits."""
        return content_hash(self.dump())

    @property
    def voxel_size_m(self) -> float:
        """Edge of a voxel [m]."""
        return self._snapshot().voxel_size_m

    @property
    def keeps_color(self) -> bool:
        """Whether the map has the colour layer."""
        return len(self._snapshot().layers.colors) > 0

    @property
    def leaf_count(self) -> int:
        """How many leaves the map has; each was written."""
        return self._snapshot().leaf_count

    @property
    def root_count(self) -> int:
        """How many roots hold something known."""
        return self._snapshot().root_count

    @property
    def nbytes(self) -> int:
        """Bytes that this state of the map takes."""
        return self._snapshot().nbytes

    def bounds_m(self) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]] | None:
        """Return the lower and upper corner of known space in W [m]; None where nothing is known."""
        return self._ask(extent.bounds_m)

    def volumes_m3(self) -> dict[str, float]:
        """Return how much space is known to be free and occupied [m3]."""
        return self._ask(extent.volumes_m3)

    def occupied_by_height(self) -> tuple[Float64[np.ndarray, "k"], Int64[np.ndarray, "k"]]:
        """Return the centre height [m] of every voxel layer, lowest first, and its number of occupied voxels."""
        return self._ask(extent.occupied_by_height)

    def columns(self, z_min_m: float, z_max_m: float) -> Columns:
        """Return the map from above: the layers whose centres lie in [z_min_m, z_max_m), one column each."""
        return self._ask(columns_query.columns, z_min_m, z_max_m)

"""A point scan into the octree: end points deduplicated per voxel, one integer ray walk per distinct end voxel."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int64

from spatialmem.config import DepthConfig, OctreeConfig
from spatialmem.geometry import transform
from spatialmem.kernels import leaves as leaf_kernels
from spatialmem.kernels import scan as kernels
from spatialmem.kernels import slots as slot_kernels
from spatialmem.octree.batch import Batch
from spatialmem.octree.storage import Storage

__all__ = ["integrate_points"]


class _Walk:
    """What the ray walk has collected so far; its arrays double when there is no room for the next ray."""

    def __init__(self) -> None:
        self.counts = np.zeros(2, np.int64)
        self._allocate(visit_room=128, item_room=4096)

    def _allocate(self, visit_room: int, item_room: int) -> None:
        self.table = np.full((2 * visit_room, 2), -1, np.int64)
        self.visits = np.empty((visit_room, 3), np.int64)
        self.item_of = np.empty((visit_room, 512), np.int32)
        self.item_visit = np.empty(item_room, np.int32)
        self.item_child = np.empty(item_room, np.int16)
        self.marks = np.zeros((item_room, 512), np.int8)

    def _grow(self) -> None:
        visit_count, item_count = self.counts
        old = self.table, self.visits, self.item_of, self.item_visit, self.item_child, self.marks
        self._allocate(2 * len(self.visits), 2 * len(self.item_visit))
        slot_kernels.rehash(old[0], self.table)
        for target, source, count in zip(
            (self.visits, self.item_of, self.item_visit, self.item_child, self.marks),
            old[1:],
            (visit_count, visit_count, item_count, item_count, item_count),
            strict=True,
        ):
            target[:count] = source[:count]

    def follow(self, origin: Int64[np.ndarray, "3"], ends: Int64[np.ndarray, "n 3"], mark_at_end: int) -> None:
        """Walk one ray to each of the ends."""
        done = 0
        while done < len(ends):
            done = kernels.walk_rays(
                done, origin, ends, mark_at_end, self.counts, self.table, self.visits,
                self.item_of, self.item_visit, self.item_child, self.marks,
            )  # fmt: skip
            if done < len(ends):
                self._grow()


def distinct_voxels(points_W: Float64[np.ndarray, "n 3"], voxel_size_m: float) -> Int64[np.ndarray, "m 3"]:
    """Return every voxel that holds a point, once, in the order of x, y, z."""
    voxels = np.floor(points_W * (1 / voxel_size_m)).astype(np.int64)
    if not len(voxels):
        return voxels
    voxels = voxels[np.lexsort(voxels.T[::-1])]
    first = np.ones(len(voxels), bool)
    first[1:] = (voxels[1:] != voxels[:-1]).any(axis=1)
    return np.ascontiguousarray(voxels[first])


def integrate_points(
    storage: Storage,
    octree: OctreeConfig,
    points_S: Float[np.ndarray, "n 3"],
    X_WS: Float64[np.ndarray, "4 4"],
    sensor: DepthConfig,
    seq: int,
) -> int:
    """Integrate one scan; returns how many leaves it passed. Points beyond the range clear up to it. Raises MapFull."""
    points = points_S.astype(np.float64)
    distance = np.sqrt(points[:, 0] ** 2 + points[:, 1] ** 2 + points[:, 2] ** 2)
    hit = (distance >= sensor.range_min_m) & (distance <= sensor.range_max_m)
    beyond = distance > sensor.range_max_m
    cut = points[beyond] * (sensor.range_max_m / distance[beyond])[:, None]

    origin = np.floor(X_WS[:3, 3] * (1 / octree.voxel_size_m)).astype(np.int64)
    walk = _Walk()
    walk.follow(origin, distinct_voxels(transform(X_WS, points[hit]), octree.voxel_size_m), kernels.MARK_HIT)
    walk.follow(origin, distinct_voxels(transform(X_WS, cut), octree.voxel_size_m), kernels.MARK_MISS)
    visit_count, item_count = (int(c) for c in walk.counts)
    roots, item_visit, item_child = (
        walk.visits[:visit_count],
        walk.item_visit[:item_count],
        walk.item_child[:item_count],
    )
    before = storage.rows_of(roots)
    with Batch.prepare(storage, seq, roots, before, item_visit, item_child) as batch:
        batch.run(
            leaf_kernels.update_by_marks, 0, item_count, batch.rows, item_visit, item_child, walk.marks,
            threads=octree.threads,
        )  # fmt: skip
    return item_count

"""What a depth image saw through in some boxes is taken out at once: things that are gone leave no ghosts.

One miss takes 13 from a voxel that may have 112: what stood there for long would stay in the map for many frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int16, Int32, Int64

from spatialmem.config import DepthConfig, OctreeConfig
from spatialmem.kernels import depth as depth_kernels
from spatialmem.kernels import seen_through as kernels
from spatialmem.kernels.layout import morton_reference
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.batch import Batch, Scratch
from spatialmem.octree.image import DepthImage, ImageView, leaf_offsets, view_image
from spatialmem.octree.storage import Storage

__all__ = ["Boxed", "miss_seen_through"]


@dataclass(frozen=True, slots=True)
class Boxed:
    """Yaw-aligned boxes in W: centre and size [m], yaw [rad]."""

    center_W: Float64[np.ndarray, "n 3"]
    size_m: Float64[np.ndarray, "n 3"]
    yaw_rad: Float64[np.ndarray, "n"]


@dataclass(frozen=True, slots=True)
class _Leaves:
    """The leaves that touch the boxes, each once, in a fixed order. Counted from the corner of the frame's box."""

    leaf: Int64[np.ndarray, "m 3"]
    visits: Int64[np.ndarray, "r 3"]
    """Their roots."""
    visit: Int32[np.ndarray, "m"]
    child: Int16[np.ndarray, "m"]
    first_box: Int64[np.ndarray, "m1"]
    box_of: Int64[np.ndarray, "k"]

    def of(self, kept: Bool[np.ndarray, "m"]) -> _Leaves:
        """Return some of them."""
        counts = np.diff(self.first_box)
        box_of = self.box_of[np.repeat(kept, counts)]
        return _leaves_of(np.repeat(self.leaf[kept], counts[kept], axis=0), box_of)


def miss_seen_through(
    storage: Storage,
    scratch: Scratch,
    octree: OctreeConfig,
    image: DepthImage,
    X_WC: Float64[np.ndarray, "4 4"],
    sensor: DepthConfig,
    boxes: Boxed,
    seq: int,
) -> int:
    """Set the voxels in the boxes that the image saw through to a miss; returns how many. Raises MapFull."""
    view = view_image(scratch, octree, image, X_WC, sensor)
    if view is None or not len(boxes.yaw_rad):
        return 0
    size = octree.voxel_size_m
    near = _leaves_of(*_touched(boxes, view, size))
    rows = storage.rows_of(near.visits + view.corner)
    camera = image.camera
    look = (view.vector, view.reach, camera.width, camera.height, size)
    grown = _grown(boxes, view, size)
    offsets = leaf_offsets(camera, X_WC, size)
    found = np.empty(len(near.leaf), np.uint8)
    run_ranges(
        kernels.find_ghosts, len(near.leaf), *look, near.leaf, offsets, *grown, near.first_box, near.box_of, rows,
        near.visit, near.child, storage.children, storage.leaves, found, threads=octree.threads, grain=150,
    )  # fmt: skip
    if not found.any():
        return 0
    mine = near.of(found != 0)
    hit, counts = _hits(view, octree, mine), np.zeros(len(mine.leaf), np.int64)
    roots = mine.visits + view.corner
    with Batch.prepare(storage, seq, roots, storage.rows_of(roots), mine.visit, mine.child) as batch:
        batch.run(
            kernels.miss_ghosts, 0, len(mine.leaf), *look, mine.leaf, offsets, *grown, mine.first_box, mine.box_of,
            batch.rows, mine.visit, mine.child, hit, counts, threads=octree.threads,
        )  # fmt: skip
    return int(counts.sum())


def _grown(boxes: Boxed, view: ImageView, size: float) -> tuple[Float64[np.ndarray, "n 6"], Float64[np.ndarray, "n 2"]]:
    """Return the boxes as the kernels take them."""
    from_corner = boxes.center_W - view.corner * (64 * size)
    halves = (boxes.size_m + size) / 2
    turns = np.stack([np.cos(boxes.yaw_rad), np.sin(boxes.yaw_rad)], axis=1)
    turns = turns.astype(np.float32).astype(np.float64)  # their last bit differs from CPU to CPU
    return np.concatenate([from_corner, halves], axis=1), turns


def _touched(boxes: Boxed, view: ImageView, size: float) -> tuple[Int64[np.ndarray, "k 3"], Int64[np.ndarray, "k"]]:
    """Return the leaves that each box may touch, within the view, and whose they are."""
    grown, turns = _grown(boxes, view, size)
    edge, leaves, owners = 8 * size, [np.empty((0, 3), np.int64)], [np.empty(0, np.int64)]
    for b, (box, (cos, sin)) in enumerate(zip(grown, turns, strict=True)):
        around = np.array([abs(cos) * box[3] + abs(sin) * box[4], abs(sin) * box[3] + abs(cos) * box[4], box[5]])
        low = np.maximum(np.floor((box[:3] - around).clip(-1e9, 1e9) / edge).astype(np.int64), 0)
        high = np.minimum(np.floor((box[:3] + around).clip(-1e9, 1e9) / edge).astype(np.int64) + 1, view.box * 8)
        grid = np.stack(np.meshgrid(*map(np.arange, low, high), indexing="ij"), axis=-1).reshape(-1, 3)
        dx, dy = ((grid[:, :2] + 0.5) * edge - box[:2]).T
        room = edge / 2 * (abs(cos) + abs(sin))
        own = (np.abs(cos * dx + sin * dy) <= box[3] + room) & (np.abs(cos * dy - sin * dx) <= box[4] + room)
        leaves.append(grid[own])
        owners.append(np.full(np.count_nonzero(own), b))
    return np.concatenate(leaves), np.concatenate(owners)


def _leaves_of(leaf: Int64[np.ndarray, "k 3"], owner: Int64[np.ndarray, "k"]) -> _Leaves:
    """Return each leaf once, with all its boxes; in the order of z, y, x."""
    order = np.argsort(_keys(leaf), kind="stable")  # the boxes of a leaf stay in their order
    leaf, owner = leaf[order], owner[order]
    begins = np.ones(len(leaf), bool)
    begins[1:] = (leaf[1:] != leaf[:-1]).any(axis=1)
    first_box = np.append(np.flatnonzero(begins), len(leaf))
    leaf = np.ascontiguousarray(leaf[begins])
    _, first, visit = np.unique(_keys(leaf >> 3), return_index=True, return_inverse=True)
    child = morton_reference(leaf).astype(np.int16)
    return _Leaves(leaf, leaf[first] >> 3, visit.astype(np.int32), child, first_box, owner)


def _keys(places: Int64[np.ndarray, "n 3"]) -> Int64[np.ndarray, "n"]:
    """Return one number for each place in the frame's box, which spans at most 2^22 roots."""
    return (places[:, 2] << 42) | (places[:, 1] << 21) | places[:, 0]


def _hits(view: ImageView, octree: OctreeConfig, leaves: _Leaves) -> Int8[np.ndarray, "m 512"]:
    """Return the voxels of the leaves that the image hit."""
    count, visits = len(leaves.leaf), leaves.visits
    visit_of = np.full(int(view.box.prod()), len(visits), np.int32)
    visit_of[(visits[:, 2] * view.box[1] + visits[:, 1]) * view.box[0] + visits[:, 0]] = np.arange(len(visits))
    item_of = np.full((len(visits) + 1, 512), count, np.int32)  # all that is no leaf of ours is the one after the last
    item_of[leaves.visit, leaves.child] = np.arange(count)
    marks, unused = np.zeros((count + 1, 512), np.int8), np.zeros(count + 1, np.uint8)
    none: Any = np.zeros((0, 512), np.uint8)
    scaled = view.vector[:12] * np.float32(1 / octree.voxel_size_m)
    run_ranges(
        depth_kernels.mark_hits, len(view.depth), view.depth, view.limits, view.vector, scaled, view.box, visit_of,
        item_of, marks, unused, none, np.zeros(0, np.uint8), threads=octree.threads, grain=60,
    )  # fmt: skip
    return marks[:count]

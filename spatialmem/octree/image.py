"""A depth image into the octree: reach, pyramid, classified cubes, hits, updated leaves.

The hybrid method of kernels/depth.py; the result is, voxel by voxel: hit if a valid pixel's point lies in it,
else missed if its centre lies more than the margin (a voxel, at least 1 cm) in front of its pixel's reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt16

from spatialmem.config import DepthConfig
from spatialmem.errors import MapFull
from spatialmem.kernels import depth as kernels
from spatialmem.kernels import leaves as leaf_kernels
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.batch import Batch, Scratch
from spatialmem.octree.storage import Storage
from spatialmem.types import Pinhole

__all__ = ["integrate_image"]

_MARGIN_MIN_M = 0.01


@dataclass(frozen=True, slots=True)
class _Pyramid:
    """The shape of a min/max pyramid: cells per level, where each level starts in the flat arrays. 0 is unused."""

    widths: Int64[np.ndarray, "levels"]
    heights: Int64[np.ndarray, "levels"]
    starts: Int64[np.ndarray, "levels"]

    @classmethod
    def of(cls, width: int, height: int) -> _Pyramid:
        """Halve down to at most two cells a side."""
        widths, heights, starts = [width], [height], [0]
        while len(widths) < 2 or max(widths[-1], heights[-1]) > 2:
            starts.append(starts[-1] + widths[-1] * heights[-1] if len(widths) > 1 else 0)
            widths.append((widths[-1] + 1) // 2)
            heights.append((heights[-1] + 1) // 2)
        return cls(np.array(widths), np.array(heights), np.array(starts))

    @property
    def size(self) -> int:
        """Cells of levels 1.. together."""
        return int(self.starts[-1] + self.widths[-1] * self.heights[-1])


def depth_limits(config: DepthConfig, depth_unit_m: float, margin_m: float) -> Float32[np.ndarray, "5"]:
    """Return what the kernels need to know of a sensor: unit, range, reach beyond the range and of no return [m]."""
    no_return = config.no_return_is_free_to_m
    return np.array(
        [
            depth_unit_m,
            config.range_min_m,
            config.range_max_m,
            config.range_max_m + margin_m,
            kernels.INVALID_REACH if no_return is None else min(no_return, config.range_max_m) + margin_m,
        ],
        np.float32,
    )


def frame_box(
    camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"], far_m: float, root_m: float
) -> tuple[Int64[np.ndarray, "3"], Int64[np.ndarray, "3"]]:
    """Return the lowest root and the count of roots, per axis, of the box around the view up to far_m."""
    u = np.array([-0.5, camera.width - 0.5, -0.5, camera.width - 0.5])
    v = np.array([-0.5, -0.5, camera.height - 0.5, camera.height - 0.5])
    x, y = (u - camera.cx) / camera.fx * far_m, (v - camera.cy) / camera.fy * far_m
    corners = [X_WC[i, 0] * x + X_WC[i, 1] * y + X_WC[i, 2] * far_m + X_WC[i, 3] for i in range(3)]
    low = np.array([min(c.min(), X_WC[i, 3]) for i, c in enumerate(corners)]) - 0.01
    high = np.array([max(c.max(), X_WC[i, 3]) for i, c in enumerate(corners)]) + 0.01
    first = np.floor(low / root_m).astype(np.int64)
    return first, np.floor(high / root_m).astype(np.int64) - first + 1


def camera_vector(
    camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"], corner_m: Float64[np.ndarray, "3"], margin_m: float, far_m: float
) -> Float32[np.ndarray, "18"]:
    """Return the camera as the kernels take it; see kernels/depth.py."""
    return np.array(
        [*X_WC[:3, :3].flat, *(X_WC[:3, 3] - corner_m), camera.fx, camera.fy, camera.cx, camera.cy, margin_m, far_m],
        np.float32,
    )


def leaf_offsets(
    camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"], voxel_size_m: float
) -> Float32[np.ndarray, "3 512"]:
    """Return the voxel centres of a leaf in C, x and y times the focal length, in Morton order."""
    x, y, z = ((m + 0.5) * voxel_size_m for m in (MORTON_X, MORTON_Y, MORTON_Z))
    in_C = [X_WC[0, i] * x + X_WC[1, i] * y + X_WC[2, i] * z for i in range(3)]
    return np.array([in_C[0] * camera.fx, in_C[1] * camera.fy, in_C[2]], np.float32)


def integrate_image(
    storage: Storage,
    scratch: Scratch,
    depth: UInt16[np.ndarray, "h w"],
    depth_unit_m: float,
    camera: Pinhole,
    X_WC: Float64[np.ndarray, "4 4"],
    config: DepthConfig,
    *,
    voxel_size_m: float,
    budget_mib: int,
    threads: int,
) -> int:
    """Integrate one image; returns how many leaves were looked at voxel by voxel. Raises MapFull."""
    height, width = depth.shape
    margin_m = max(voxel_size_m, _MARGIN_MIN_M)
    limits = depth_limits(config, depth_unit_m, margin_m)

    reach, lowest, highest, pyramid = _reach(scratch, depth, limits, threads)
    far_m = float(highest[pyramid.starts[-1] : pyramid.size].max())
    if far_m <= 0:
        return 0
    corner, box = frame_box(camera, X_WC, far_m, 64 * voxel_size_m)
    corner_m = corner * (64 * voxel_size_m)
    vector = camera_vector(camera, X_WC, corner_m, margin_m, far_m)
    view = (vector, lowest, highest, pyramid.starts, pyramid.widths, len(pyramid.starts), width, height, voxel_size_m)

    visit_of = scratch.array("visit_of", np.int32, int(box.prod()))
    visits = scratch.array("visits", np.int32, int(box.prod()), 3)
    visit_count = kernels.visible_roots(*view, box, visit_of, visits)
    octants = visit_count * 8
    mixed, free = scratch.array("mixed", np.int16, octants, 64), scratch.array("free", np.int16, octants, 64)
    mixed_count, free_count = scratch.array("mixed_count", np.int32, octants), scratch.array("fc", np.int32, octants)
    run_ranges(
        kernels.descend, octants, *view, visits, mixed, mixed_count, free, free_count, threads=threads, grain=200
    )

    item_of = scratch.array("item_of", np.int32, visit_count, 512)
    item_visit, item_child = scratch.array("iv", np.int32, octants * 64), scratch.array("ic", np.int16, octants * 64)
    item_count = kernels.collect_leaves(octants, mixed, mixed_count, item_of, item_visit, item_child)
    strays = scratch.array("strays", np.uint8, visit_count, 512)
    scaled = vector[:12] * np.float32(1 / voxel_size_m)
    stray_rows = np.zeros(height, np.uint8)
    marks = scratch.array("marks", np.int8, item_count, 512)
    hit_items = scratch.array("hit_items", np.uint8, item_count)
    hits = (depth, limits, vector, scaled, box, visit_of, item_of)
    run_ranges(kernels.mark_hits, height, *hits, marks, hit_items, strays, stray_rows, threads=threads, grain=60)
    if stray_rows.any():
        item_count = kernels.adopt_strays(visit_count, item_count, strays, item_of, item_visit, item_child)
        marks = scratch.array("marks", np.int8, item_count, 512, keep=True)
        hit_items = scratch.array("hit_items", np.uint8, item_count, keep=True)
        for row in np.flatnonzero(stray_rows):
            kernels.mark_hits(row, row + 1, *hits, marks, hit_items, strays, stray_rows)

    roots = visits[:visit_count] + corner
    try:
        batch = Batch.prepare(
            storage, scratch, roots, item_visit[:item_count], item_child[:item_count], budget_mib=budget_mib
        )
    except MapFull:
        marks[:item_count], hit_items[:item_count] = 0, 0  # the next frame relies on finding none
        raise
    run_ranges(
        leaf_kernels.update_by_image, item_count, vector, reach, width, height, voxel_size_m, visits, batch.rows,
        batch.item_visit, batch.item_child, leaf_offsets(camera, X_WC, voxel_size_m), marks, hit_items, storage.children, storage.leaves,
        batch.spares, threads=threads, grain=150,
    )  # fmt: skip
    freed, freed_count = scratch.array("freed", np.int32, octants, 64), scratch.array("freed_n", np.int32, octants)
    run_ranges(
        leaf_kernels.free_leaves, octants, batch.rows, free, free_count, item_of, storage.children, storage.leaves,
        freed, freed_count, threads=threads, grain=200,
    )  # fmt: skip
    batch.commit(storage)
    for octant in np.flatnonzero(freed_count[:octants]):
        storage.slots.give_back(freed[octant, : freed_count[octant]])
    return item_count


def _reach(scratch: Scratch, depth: np.ndarray, limits: np.ndarray, threads: int):
    """Return the flat reach with its extra sentinel, the pyramid's values, and its shape."""
    height, width = depth.shape
    pyramid = _Pyramid.of(width, height)
    reach = scratch.array("reach", np.float32, height * width + 1)
    lowest = scratch.array("lowest", np.float32, pyramid.size)
    highest = scratch.array("highest", np.float32, pyramid.size)
    w1, h1 = int(pyramid.widths[1]), int(pyramid.heights[1])
    run_ranges(
        kernels.reach_rows, h1, depth, limits, reach[: height * width].reshape(height, width),
        lowest[: w1 * h1].reshape(h1, w1), highest[: w1 * h1].reshape(h1, w1), threads=threads, grain=10_000,
    )  # fmt: skip
    reach[height * width] = kernels.INVALID_REACH
    kernels.pyramid_level(len(pyramid.starts), pyramid.widths, pyramid.heights, pyramid.starts, lowest, highest)
    return reach, lowest, highest, pyramid

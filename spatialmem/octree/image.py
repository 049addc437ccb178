"""A depth image into the octree: reach, pyramid, classified cubes, hits, updated leaves.

The hybrid method of kernels/depth.py; the result is, voxel by voxel: hit if a valid pixel's point lies in it, else
missed if its centre lies half a voxel or more in front of the reach of its pixel, or next to the camera itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16

from spatialmem.config import DepthConfig, OctreeConfig
from spatialmem.errors import MapFull
from spatialmem.kernels import depth as depth_kernels
from spatialmem.kernels import leaves as leaf_kernels
from spatialmem.kernels import reach as reach_kernels
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.batch import Batch, Scratch
from spatialmem.octree.storage import Storage
from spatialmem.types import Pinhole

__all__ = ["DepthImage", "ImageView", "integrate_image", "leaf_offsets", "view_image"]

_MARGIN_VOXELS = 0.49
"""Just under half: the voxel before a surface that lies on its face is free, whichever way that is rounded."""
_BOX_ROOTS_MAX = 1 << 22
"""More roots in the box around one view are refused: kernels count its leaves in 32 bits."""


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The shape of a pyramid over an image: cells per level, where each level starts in flat arrays. 0 is unused."""

    widths: Int64[np.ndarray, "levels"]
    heights: Int64[np.ndarray, "levels"]
    starts: Int64[np.ndarray, "levels"]

    @classmethod
    def of(cls, width: int, height: int) -> Pyramid:
        """Halve down to at most two cells a side."""
        widths, heights, starts = [width], [height], [0]
        while len(widths) < 3 or max(widths[-1], heights[-1]) > 2:
            starts.append(starts[-1] + widths[-1] * heights[-1] if len(widths) > 1 else 0)
            widths.append((widths[-1] + 1) // 2)
            heights.append((heights[-1] + 1) // 2)
        return cls(np.array(widths), np.array(heights), np.array(starts))

    def level(self, cells: Float32[np.ndarray, "n"], level: int) -> Float32[np.ndarray, "h w"]:
        """Return one level of flat cells as an image."""
        height, width, start = (int(n[level]) for n in (self.heights, self.widths, self.starts))
        return cells[start : start + height * width].reshape(height, width)

    @property
    def size(self) -> int:
        """Cells of levels 1.. together."""
        return int(self.starts[-1] + self.widths[-1] * self.heights[-1])


def depth_limits(
    config: DepthConfig, depth_unit_m: float, camera: Pinhole, level_count: int, voxel_size_m: float
) -> Float32[np.ndarray, "n"]:
    """Return what the kernels need to know of a sensor; see kernels/reach.py.

    A valid pixel of a cell of 2^level pixels is at most (2^level - 1) sqrt 2 pixels from any other of it. Its ray
    passes through the voxels on that one's ray that are twice as wide.
    """
    no_return, margin_m = config.no_return_is_free_to_m, _MARGIN_VOXELS * voxel_size_m
    apart_px = np.sqrt(2.0) * np.maximum(2.0 ** np.arange(level_count) - 1, 1)
    closes_to_m = min(camera.fx, camera.fy) * voxel_size_m / (2 * apart_px)
    return np.array(
        [
            depth_unit_m,
            config.range_min_m,
            config.range_max_m,
            config.range_max_m + margin_m,
            reach_kernels.INVALID_REACH if no_return is None else min(no_return, config.range_max_m) + margin_m,
            *closes_to_m,
        ],
        np.float32,
    )


def frame_box(
    camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"], far_m: float, voxel_size_m: float
) -> tuple[Int64[np.ndarray, "3"], Int64[np.ndarray, "3"]]:
    """Return the lowest root and the count of roots, per axis, of the box around the view up to far_m."""
    u = np.array([-0.5, camera.width - 0.5, -0.5, camera.width - 0.5])
    v = np.array([-0.5, -0.5, camera.height - 0.5, camera.height - 0.5])
    x, y = (u - camera.cx) / camera.fx * far_m, (v - camera.cy) / camera.fy * far_m
    corners = [X_WC[i, 0] * x + X_WC[i, 1] * y + X_WC[i, 2] * far_m + X_WC[i, 3] for i in range(3)]
    room = 2 * voxel_size_m  # what counts as around the camera, or beside the image
    low = np.array([min(c.min(), X_WC[i, 3]) for i, c in enumerate(corners)]) - room
    high = np.array([max(c.max(), X_WC[i, 3]) for i, c in enumerate(corners)]) + room
    first = np.floor(low / (64 * voxel_size_m)).astype(np.int64)
    return first, np.floor(high / (64 * voxel_size_m)).astype(np.int64) - first + 1


def camera_vector(
    camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"], corner: Int64[np.ndarray, "3"], far_m: float, voxel_size_m: float
) -> Float32[np.ndarray, "19"]:
    """Return the camera as the kernels take it, counted from a root's lower corner; see kernels/depth.py."""
    p_m = X_WC[:3, 3] - corner * (64 * voxel_size_m)
    intrinsics = camera.fx, camera.fy, camera.cx, camera.cy
    return np.array(
        [*X_WC[:3, :3].flat, *p_m, *intrinsics, _MARGIN_VOXELS * voxel_size_m, far_m, voxel_size_m], np.float32
    )


def leaf_offsets(
    camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"], voxel_size_m: float
) -> Float32[np.ndarray, "3 512"]:
    """Return the voxel centres of a leaf in C, x and y times the focal length, in Morton order."""
    x, y, z = ((m + 0.5) * voxel_size_m for m in (MORTON_X, MORTON_Y, MORTON_Z))
    in_C = [X_WC[0, i] * x + X_WC[1, i] * y + X_WC[2, i] * z for i in range(3)]
    return np.array([in_C[0] * camera.fx, in_C[1] * camera.fy, in_C[2]], np.float32)


@dataclass(frozen=True, slots=True)
class DepthImage:
    """What a camera measured. pixels: the colour image, flat, or without pixels where there is none."""

    depth: UInt16[np.ndarray, "h w"]
    depth_unit_m: float
    camera: Pinhole
    pixels: UInt8[np.ndarray, "n 3"]


@dataclass(frozen=True, slots=True)
class ImageView:
    """One image, ready to be held against the octree: see kernels/reach.py and kernels/depth.py."""

    depth: UInt16[np.ndarray, "h w"]
    limits: Float32[np.ndarray, "n"]
    reach: Float32[np.ndarray, "m"]
    vector: Float32[np.ndarray, "19"]
    corner: Int64[np.ndarray, "3"]
    box: Int64[np.ndarray, "3"]
    pyramid: tuple[Any, ...]
    """The arguments that every kernel that classifies cubes begins with."""


@dataclass(frozen=True, slots=True)
class _Cubes:
    """The roots that the view touches, and their leaves: mixed ones to look at closely, free ones. Per octant."""

    visits: Int32[np.ndarray, "r 3"]
    visit_of: Int32[np.ndarray, "b"]
    visit_count: int
    mixed: Int16[np.ndarray, "o 64"]
    mixed_count: Int32[np.ndarray, "o1"]
    free: Int16[np.ndarray, "o2 64"]
    free_count: Int32[np.ndarray, "o3"]

    @property
    def octant_count(self) -> int:
        """Eighths of roots."""
        return self.visit_count * 8


@dataclass(frozen=True, slots=True)
class _Items:
    """The mixed leaves, numbered, with the voxels hit in them marked. The arrays may be longer than `count`."""

    count: int
    item_of: Int32[np.ndarray, "v 512"]
    visit: Int32[np.ndarray, "n1"]
    child: Int16[np.ndarray, "n2"]
    marks: Int8[np.ndarray, "n3 512"]
    hit: UInt8[np.ndarray, "n4"]


def integrate_image(
    storage: Storage,
    scratch: Scratch,
    octree: OctreeConfig,
    image: DepthImage,
    X_WC: Float64[np.ndarray, "4 4"],
    sensor: DepthConfig,
    seq: int,
) -> int:
    """Integrate one image; returns how many leaves were looked at voxel by voxel. Raises MapFull."""
    view = view_image(scratch, octree, image, X_WC, sensor)
    if view is None:
        return 0
    try:
        cubes = _classify(storage, scratch, octree, view)
        items = _mark_hits(scratch, octree, view, cubes)
        _write(storage, scratch, octree, image, X_WC, view, cubes, items, seq)
    except BaseException:
        scratch.forget()  # the next image relies on finding no marks
        raise
    return items.count


def _write(
    storage: Storage,
    scratch: Scratch,
    octree: OctreeConfig,
    image: DepthImage,
    X_WC: Float64[np.ndarray, "4 4"],
    view: ImageView,
    cubes: _Cubes,
    items: _Items,
    seq: int,
) -> None:
    """Update the mixed leaves by what the image shows in them; miss the free ones, leaves and tiles."""
    kernels, threads, mixed = leaf_kernels, octree.threads, items.count
    roots = cubes.visits[: cubes.visit_count] + view.corner
    before, free = storage.rows_of(roots), (cubes.free, cubes.free_count, items.item_of)
    count = kernels.collect_free_leaves(
        cubes.octant_count, before, *free, storage.children, mixed, items.visit, items.child
    )
    with Batch.prepare(storage, seq, roots, before, items.visit[:count], items.child[:count]) as batch:
        rows_and_items = (batch.rows, batch.item_visit, batch.item_child)
        batch.run(
            kernels.update_by_image, 0, mixed, view.vector, view.reach, image.camera.width, image.camera.height,
            octree.voxel_size_m, cubes.visits, *rows_and_items, leaf_offsets(image.camera, X_WC, octree.voxel_size_m),
            image.pixels, items.marks, items.hit, threads=threads,
        )  # fmt: skip
        batch.run(kernels.miss_leaves, mixed, count, *rows_and_items, threads=threads)
        run_ranges(
            kernels.miss_tiles, cubes.octant_count, batch.rows, *free, storage.children, storage.layers.seen_tiles, seq,
            threads=threads, grain=200,
        )  # fmt: skip


def view_image(
    scratch: Scratch, octree: OctreeConfig, image: DepthImage, X_WC: Float64[np.ndarray, "4 4"], sensor: DepthConfig
) -> ImageView | None:
    """Find out how far each pixel saw, and where the image looks; None where no pixel says anything."""
    depth, camera = image.depth, image.camera
    height, width = depth.shape
    size, shape = octree.voxel_size_m, Pyramid.of(width, height)
    limits = depth_limits(sensor, image.depth_unit_m, camera, len(shape.starts), size)
    reach, lowest, highest = _reach(scratch, depth, limits, shape, octree.threads)
    far_m = float(highest[shape.starts[-1] : shape.size].max())
    if far_m <= 0:
        return None
    corner, box = frame_box(camera, X_WC, far_m, size)
    vector = camera_vector(camera, X_WC, corner, far_m, size)
    pyramid = (vector, lowest, highest, shape.starts, shape.widths, len(shape.starts), width, height, size)
    return ImageView(depth, limits, reach, vector, corner, box, pyramid)


def _reach(scratch: Scratch, depth: np.ndarray, limits: np.ndarray, shape: Pyramid, threads: int):
    """Return the closed reach, flat, with its extra sentinel, and the values of its pyramid."""
    height, width = depth.shape
    pixels, levels = height * width, (len(shape.starts), shape.widths, shape.heights, shape.starts)
    plain = scratch.array("plain", np.float32, pixels)[:pixels].reshape(height, width)
    reach = scratch.array("reach", np.float32, pixels + 1)
    nearest, lowest, highest = (scratch.array(n, np.float32, shape.size) for n in ("nearest", "lowest", "highest"))
    closed, half = reach[:pixels].reshape(height, width), int(shape.heights[1])
    kernels = reach_kernels
    run_ranges(kernels.reach_rows, half, depth, limits, plain, shape.level(nearest, 1), threads=threads, grain=400)
    kernels.fill_cells(*levels, limits, nearest)
    run_ranges(kernels.close_rows, height, plain, limits, shape.level(nearest, 2), closed, threads=threads, grain=60)
    kernels.pair_up_rows(0, half, closed, shape.level(lowest, 1), shape.level(highest, 1))
    reach[pixels] = kernels.INVALID_REACH
    kernels.pyramid_levels(*levels, lowest, highest)
    return reach, lowest, highest


def _classify(storage: Storage, scratch: Scratch, octree: OctreeConfig, view: ImageView) -> _Cubes:
    """List the roots in view and sort their leaves. Raises MapFull where the view alone is more than the budget."""
    root_count = int(view.box.prod())
    if root_count > _BOX_ROOTS_MAX:
        raise MapFull("roots", root_count, storage.rows.available, octree.budget_mib)
    visit_of = scratch.array("visit_of", np.int32, root_count)
    visits = scratch.array("visits", np.int32, root_count, 3)
    visit_count = depth_kernels.visible_roots(*view.pyramid, view.box, visit_of, visits)
    if visit_count > storage.rows.capacity:
        raise MapFull("roots", visit_count, storage.rows.available, octree.budget_mib)
    octants = visit_count * 8
    mixed, free = scratch.array("mixed", np.int16, octants, 64), scratch.array("free", np.int16, octants, 64)
    mixed_count = scratch.array("mixed_count", np.int32, octants)
    free_count = scratch.array("free_count", np.int32, octants)
    run_ranges(
        depth_kernels.descend, octants, *view.pyramid, visits, mixed, mixed_count, free, free_count,
        threads=octree.threads, grain=200,
    )  # fmt: skip
    return _Cubes(visits, visit_of, visit_count, mixed, mixed_count, free, free_count)


def _mark_hits(scratch: Scratch, octree: OctreeConfig, view: ImageView, cubes: _Cubes) -> _Items:
    """Number the mixed leaves and mark the voxels hit; leaves that were hit astray become items too."""
    height, leaf_count = len(view.depth), cubes.octant_count * 64
    item_of = scratch.array("item_of", np.int32, cubes.visit_count, 512)
    visit = scratch.array("item_visit", np.int32, leaf_count)
    child = scratch.array("item_child", np.int16, leaf_count)
    count = depth_kernels.collect_leaves(cubes.octant_count, cubes.mixed, cubes.mixed_count, item_of, visit, child)
    strays, stray_rows = scratch.array("strays", np.uint8, cubes.visit_count, 512), np.zeros(height, np.uint8)
    marks, hit = scratch.array("marks", np.int8, count, 512), scratch.array("hit_items", np.uint8, count)
    scaled = view.vector[:12] * np.float32(1 / octree.voxel_size_m)
    seen = (view.depth, view.limits, view.vector, scaled, view.box, cubes.visit_of, item_of)
    run_ranges(depth_kernels.mark_hits, height, *seen, marks, hit, strays, stray_rows, threads=octree.threads, grain=60)
    if stray_rows.any():
        count = depth_kernels.adopt_strays(cubes.visit_count, count, strays, item_of, visit, child)
        marks = scratch.array("marks", np.int8, count, 512, keep=True)
        hit = scratch.array("hit_items", np.uint8, count, keep=True)
        for row in np.flatnonzero(stray_rows):
            depth_kernels.mark_hits(row, row + 1, *seen, marks, hit, strays, stray_rows)
    return _Items(count, item_of, visit, child, marks, hit)

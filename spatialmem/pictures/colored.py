"""The colours that a camera saw, as points in the world, drawn from above like a doll's house without its roof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Integer, UInt8, UInt16

from spatialmem.geometry import lift, transform
from spatialmem.pictures.projection import Projection
from spatialmem.types import EncodedImage, Pinhole, RgbdFrame

__all__ = ["ColorSampler", "draw_colors"]

EDGE_SHARE = 0.04
"""A pixel whose depth differs by more than this share from a neighbour's hangs between two surfaces."""
SURFACE_M = 0.05
"""Points this far behind the foremost one of their pixel still show the same surface, and are averaged."""
NORMAL_PX = 9
"""Depth is smoothed over a square of so many pixels before its normals are taken."""
BACK_COSINE = 0.06
"""A surface whose normal leans this far along the gaze is seen from behind."""
TYPICAL_RANGE_M = 3.5
"""Neighbouring pixels are a point's width apart on a surface this far away; farther ones leave holes."""
HOLE_PX = 4
"""Gaps up to about this wide are filled from around them."""


@dataclass(frozen=True, eq=False)
class ColorSample:
    """One frame kept for a picture; its colour stays encoded until it is drawn."""

    color: EncodedImage | UInt8[np.ndarray, "h w 3"]
    depth: UInt16[np.ndarray, "h w"] | Float[np.ndarray, "h w"]
    depth_unit_m: float
    camera: Pinhole
    X_WC: Float64[np.ndarray, "4 4"]


class ColorSampler:
    """Keeps frames spread evenly over a recording of unknown length: whenever it is full, every other one goes."""

    def __init__(self, *, count_max: int = 256):
        self._count_max = count_max
        self._samples: list[ColorSample] = []
        self._stride = 1
        self._seen = 0

    @property
    def samples(self) -> Sequence[ColorSample]:
        """The frames kept so far, in order."""
        return tuple(self._samples)

    def offer(self, frame: RgbdFrame) -> None:
        """Keep this frame if it has colour and its turn has come."""
        if frame.color is None:
            return
        if self._seen % self._stride == 0:
            if len(self._samples) == self._count_max:
                del self._samples[1::2]
                self._stride *= 2
            if self._seen % self._stride == 0:
                # The frame's own EncodedImage holds on to its decoded pixels; a new one does not.
                color = EncodedImage(frame.color.data) if isinstance(frame.color, EncodedImage) else frame.color
                self._samples.append(ColorSample(color, frame.depth, frame.depth_unit_m, frame.camera, frame.X_WC))
        self._seen += 1


def _surface(depth_m: Float32[np.ndarray, "h w"], range_max_m: float) -> Bool[np.ndarray, "h w"]:
    """Mark the pixels that lie on a surface: near enough, and no jump to any of the four neighbours."""
    good = (depth_m > 0) & (depth_m <= range_max_m)
    for axis in (0, 1):
        jump = np.abs(np.diff(depth_m, axis=axis)) > EDGE_SHARE * np.take(depth_m, range(1, depth_m.shape[axis]), axis)
        pad = [(0, 0), (0, 0)]
        pad[axis] = (1, 0)
        good &= ~np.pad(jump, pad)
        pad[axis] = (0, 1)
        good &= ~np.pad(jump, pad)
    return good


def _facing(
    depth_m: Float32[np.ndarray, "h w"], camera: Pinhole, gaze_C: Float64[np.ndarray, "3"]
) -> Bool[np.ndarray, "h w"]:
    """Mark the pixels whose surface does not turn its back on an eye that looks along gaze_C.

    The normal of a depth image at (u, v) is (fx z_u, fy z_v, -(z + (u - cx) z_u + (v - cy) z_v)), towards the
    camera; the depth is smoothed first, or its noise would tilt it any way.
    """
    import cv2

    window = (NORMAL_PX, NORMAL_PX)
    smooth = cv2.blur(depth_m, window) / np.maximum(cv2.blur((depth_m > 0).astype(np.float32), window), 1e-6)
    z_u, z_v = cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8
    u, v = np.arange(camera.width, dtype=np.float32), np.arange(camera.height, dtype=np.float32)[:, None]
    n_x, n_y = np.float32(camera.fx) * z_u, np.float32(camera.fy) * z_v
    n_z = -(smooth + (u - np.float32(camera.cx)) * z_u + (v - np.float32(camera.cy)) * z_v)
    along = n_x * np.float32(gaze_C[0]) + n_y * np.float32(gaze_C[1]) + n_z * np.float32(gaze_C[2])
    facing = along <= BACK_COSINE * np.sqrt(n_x**2 + n_y**2 + n_z**2)
    rim = NORMAL_PX // 2 + 1  # where the window hangs over the image's edge, the depth looks level
    facing[:rim] = facing[-rim:] = facing[:, :rim] = facing[:, -rim:] = False
    return facing


def _points(
    sample: ColorSample, *, gaze_W: Float64[np.ndarray, "3"], range_max_m: float, z_max_m: float
) -> tuple[Float32[np.ndarray, "n 3"], UInt8[np.ndarray, "n 3"], Float32[np.ndarray, "n"]]:
    """Return points_W, their colours, and their weights: what was seen from nearby is sharper."""
    rgb = sample.color.pixels if isinstance(sample.color, EncodedImage) else sample.color
    if rgb is None or rgb.shape[:2] != sample.depth.shape:
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.uint8), np.empty(0, np.float32)
    depth_m, camera = sample.depth.astype(np.float32), sample.camera
    if sample.depth.dtype == np.uint16:
        depth_m *= np.float32(sample.depth_unit_m)
    depth_m[~np.isfinite(depth_m)] = 0
    good = _surface(depth_m, range_max_m) & _facing(depth_m, camera, sample.X_WC[:3, :3].T @ gaze_W)
    v, u = np.nonzero(good)
    z = depth_m[v, u]
    points_W = transform(sample.X_WC, lift(u, v, z, camera))
    keep = points_W[:, 2] <= z_max_m
    return points_W[keep], rgb[v[keep], u[keep]], 1.0 / z[keep] ** 2


def _cells(projection: Projection, points_W: Float32[np.ndarray, "n 3"]) -> Integer[np.ndarray, "n"]:
    """Return each point's place in the flattened image, -1 outside."""
    pixels = np.floor(projection.pixels(points_W)).astype(np.int64)
    inside = ((pixels >= 0) & (pixels < (projection.width_px, projection.height_px))).all(axis=1)
    return np.where(inside, pixels[:, 1] * projection.width_px + pixels[:, 0], -1)


def draw_colors(
    samples: Sequence[ColorSample],
    projection: Projection,
    *,
    range_max_m: float,
    z_max_m: float,
    ground: tuple[int, int, int],
) -> UInt8[np.ndarray, "h w 3"]:
    """Draw the coloured points below `z_max_m` [m] on a ground of one colour; surfaces seen from behind are left out.

    Two passes: the foremost surface of every pixel, closed over holes so that a floor does not shine through a
    table, then the mean colour of the points that lie on that surface.
    """
    import cv2

    raster = _raster(samples, projection)
    shape, size = (raster.height_px, raster.width_px), raster.height_px * raster.width_px
    front = np.full(size, -np.inf, np.float32)
    for sample in samples:
        points_W, _, _ = _points(sample, gaze_W=raster.gaze_W, range_max_m=range_max_m, z_max_m=z_max_m)
        cells = _cells(raster, points_W)
        np.maximum.at(front, cells[cells >= 0], raster.nearness(points_W)[cells >= 0])
    front = cv2.morphologyEx(front.reshape(shape), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).ravel()

    total = np.zeros((4, size), np.float32)
    for sample in samples:
        points_W, rgb, weight = _points(sample, gaze_W=raster.gaze_W, range_max_m=range_max_m, z_max_m=z_max_m)
        cells = _cells(raster, points_W)
        ahead = raster.nearness(points_W) >= front[cells] - np.float32(SURFACE_M)
        shown = (cells >= 0) & ahead
        cells, rgb, weight = cells[shown], rgb[shown], weight[shown]
        for channel in range(3):
            np.add.at(total[channel], cells, weight * rgb[:, channel])
        np.add.at(total[3], cells, weight)
    image, seen = _fill_holes(np.moveaxis(total.reshape(4, *shape), 0, 2))
    image[~seen] = ground
    shrinks = raster.width_px > projection.width_px
    return np.asarray(
        cv2.resize(image, projection.size_px, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    )


def _raster(samples: Sequence[ColorSample], projection: Projection) -> Projection:
    """Return the view in the pixels that points are gathered in: twice as fine, but no finer than the points lie."""
    focal_px = float(np.median([sample.camera.fx for sample in samples])) if samples else 1.0
    scale = min(2.0, max(0.25, focal_px / TYPICAL_RANGE_M / projection.px_per_m))
    return replace(
        projection,
        px_per_m=projection.px_per_m * scale,
        width_px=max(1, round(projection.width_px * scale)),
        height_px=max(1, round(projection.height_px * scale)),
    )


def _fill_holes(total: Float32[np.ndarray, "h w 4"]) -> tuple[UInt8[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
    """Divide the sums by their weights; give empty pixels among seen ones the mean of their neighbours."""
    import cv2

    seen = total[..., 3] > 0
    rgb = (total[..., :3] / np.where(seen, total[..., 3], np.float32(1))[..., None]).astype(np.float32)
    for _ in range(HOLE_PX):
        neighbors = cv2.boxFilter(seen.astype(np.float32), -1, (3, 3), normalize=False)
        mean = cv2.boxFilter(rgb * seen[..., None], -1, (3, 3), normalize=False) / np.maximum(neighbors, 1)[..., None]
        fill = ~seen & (neighbors > 3.5)
        rgb[fill] = mean[fill]
        seen = seen | fill
    return np.clip(np.round(rgb), 0, 255).astype(np.uint8), seen

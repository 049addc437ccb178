"""A furnished room seen by a moving depth camera: an episode that needs no files and whose truth is known.

Every ray is met with every box in closed form, face by face, each face only within the pixels it can cover. Nothing
here depends on the CPU: no BLAS, sines rounded to 12 decimals, noise made of whole random bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int16, UInt8, UInt16

from spatialmem.episodes.furnished_room import Box, furnished_room
from spatialmem.geometry import inverse, look_at, transform
from spatialmem.types import Pinhole, RgbdFrame

__all__ = ["SyntheticRoom"]

PERIOD_NS = 100_000_000
RANGE_MAX_M = 8.0
GRAZING_MIN = 0.1
"""A surface that is seen at a smaller cosine than this returns nothing."""
LIGHT_W = (0.30, 0.20, 0.93)
NEAR_M = 0.01


@dataclass(frozen=True, slots=True)
class _Face:
    """One face of a box: the plane across `axis`, from `low` to `high` along the other two axes."""

    axis: int
    outward: int
    offset_m: float
    others: tuple[int, int]
    low: tuple[float, float]
    high: tuple[float, float]
    shade: tuple[int, int, int]

    def corners_W(self) -> Float64[np.ndarray, "4 3"]:
        """Its corners [m]."""
        corners = np.full((4, 3), self.offset_m)
        corners[:, self.others[0]] = (self.low[0], self.low[0], self.high[0], self.high[0])
        corners[:, self.others[1]] = (self.low[1], self.high[1], self.low[1], self.high[1])
        return corners


class SyntheticRoom:
    """A Source: one closed walk around the table, 12 s at 10 Hz, 320 x 240, depth in mm with noise, raw colour.

    `boxes` is the ground truth, `pose(i)` the true X_WC, `depth_m(X_WC)` the true depth from anywhere inside.
    """

    def __init__(self, *, world: str = "world", frame_count: int = 120, seed: int = 0):
        self.name = "synthetic"
        self.world = world
        self.camera = Pinhole(320, 240, 240.0, 240.0, 159.5, 119.5)
        self.boxes: tuple[Box, ...] = furnished_room()
        self._frame_count = frame_count
        self._seed = seed
        self._faces = [face for box in self.boxes for face in _faces_of(box)]
        self._shades = np.array([(0, 0, 0), *(face.shade for face in self._faces)], np.uint8)
        self._axes = np.array([0, *(face.axis for face in self._faces)], np.int8)

    def __len__(self) -> int:
        return self._frame_count

    def __iter__(self) -> Iterator[RgbdFrame]:
        for index in range(self._frame_count):
            yield self.frame(index)

    def frame(self, index: int) -> RgbdFrame:
        """Return one frame; the same one every time, on every CPU."""
        X_WC = self.pose(index)
        rays_W = _rays(self.camera, X_WC)
        depth_m, face = self._cast(X_WC, rays_W)
        rng = np.random.default_rng((self._seed, index))
        return RgbdFrame(
            source="camera",
            stamp_ns=index * PERIOD_NS,
            received_ns=index * PERIOD_NS,
            world=self.world,
            depth=_measured(depth_m, self._cosine(face, rays_W), rng),
            camera=self.camera,
            X_WC=X_WC,
            depth_unit_m=0.001,
            color=self._shades[face],
        )

    def pose(self, index: int | float) -> Float64[np.ndarray, "4 4"]:
        """Return X_WC at a frame, or between two: once around the table, turning three times and nodding five times."""
        angle_rad = 2 * math.pi * index / self._frame_count
        p_WC = np.array([1.75 * _cos(angle_rad), 1.30 * _sin(angle_rad), 1.35 + 0.10 * _sin(2 * angle_rad)])
        gaze_W = np.array([-_cos(3 * angle_rad), -_sin(3 * angle_rad), -0.35 + 0.50 * _sin(5 * angle_rad)])
        return look_at(p_WC, p_WC + gaze_W)

    def depth_m(self, X_WC: Float64[np.ndarray, "4 4"]) -> Float32[np.ndarray, "h w"]:
        """Return the true depth along the optical axis [m], without noise; infinite where there is nothing."""
        return self._cast(X_WC, _rays(self.camera, X_WC))[0]

    def _cast(
        self, X_WC: Float64[np.ndarray, "4 4"], rays_W: Float32[np.ndarray, "3 h w"]
    ) -> tuple[Float32[np.ndarray, "h w"], Int16[np.ndarray, "h w"]]:
        """Return depth, and the number of the face that was hit, from 1; 0 is none."""
        depth_m = np.full(rays_W.shape[1:], np.inf, np.float32)
        face_hit = np.zeros(rays_W.shape[1:], np.int16)
        origin_W = [float(x) for x in X_WC[:3, 3]]
        X_CW = inverse(X_WC)
        for number, face in enumerate(self._faces, 1):
            away_m = face.offset_m - origin_W[face.axis]
            if away_m * face.outward >= 0:  # seen from behind
                continue
            window = _window(transform(X_CW, face.corners_W()), self.camera)
            if window is not None:
                _meet(
                    face, away_m, origin_W, rays_W[:, window[0], window[1]], depth_m[window], face_hit[window], number
                )
        return depth_m, face_hit

    def _cosine(
        self, face: Int16[np.ndarray, "h w"], rays_W: Float32[np.ndarray, "3 h w"]
    ) -> Float32[np.ndarray, "h w"]:
        """Return the cosine between each ray and the normal of the face it hit."""
        along = np.take_along_axis(rays_W, self._axes[face][None].astype(np.intp), axis=0)[0]
        length = np.sqrt(rays_W[0] * rays_W[0] + rays_W[1] * rays_W[1] + rays_W[2] * rays_W[2])
        return np.abs(along) / length


def _sin(angle_rad: float) -> float:
    return round(math.sin(angle_rad), 12)


def _cos(angle_rad: float) -> float:
    return round(math.cos(angle_rad), 12)


def _faces_of(box: Box) -> list[_Face]:
    """Return the six faces, each with its colour under ambient light and Lambert's cosine law."""
    faces = []
    for axis in range(3):
        i, j = (k for k in range(3) if k != axis)
        for outward, offset_m in ((-1, box.min_m[axis]), (1, box.max_m[axis])):
            light = 0.60 + 0.12 * (axis == 0) + 0.40 * max(0.0, outward * LIGHT_W[axis])
            r, g, b = (min(255, round(light * channel)) for channel in box.color)
            low, high = (box.min_m[i], box.min_m[j]), (box.max_m[i], box.max_m[j])
            faces.append(_Face(axis, outward, offset_m, (i, j), low, high, (r, g, b)))
    return faces


def _rays(camera: Pinhole, X_WC: Float64[np.ndarray, "4 4"]) -> Float32[np.ndarray, "3 h w"]:
    """Return directions in W of all pixels, of length 1 along the optical axis."""
    x = ((np.arange(camera.width) - camera.cx) / camera.fx)[None, :]
    y = ((np.arange(camera.height) - camera.cy) / camera.fy)[:, None]
    return np.stack([(X_WC[i, 0] * x + X_WC[i, 1] * y + X_WC[i, 2]).astype(np.float32) for i in range(3)])


def _window(corners_C: Float64[np.ndarray, "4 3"], camera: Pinhole) -> tuple[slice, slice] | None:
    """Return the rows and columns that a face with these corners can cover; None if it is out of view."""
    z = corners_C[:, 2]
    if z.max() < NEAR_M:
        return None
    if z.min() < NEAR_M:
        return slice(0, camera.height), slice(0, camera.width)
    u = corners_C[:, 0] / z * camera.fx + camera.cx
    v = corners_C[:, 1] / z * camera.fy + camera.cy
    u0, u1 = max(0, math.floor(u.min())), min(camera.width, math.ceil(u.max()) + 1)
    v0, v1 = max(0, math.floor(v.min())), min(camera.height, math.ceil(v.max()) + 1)
    return (slice(v0, v1), slice(u0, u1)) if u0 < u1 and v0 < v1 else None


def _meet(
    face: _Face,
    away_m: float,
    origin_W: list[float],
    rays_W: Float32[np.ndarray, "3 h w"],
    depth_m: Float32[np.ndarray, "h w"],
    face_hit: Int16[np.ndarray, "h w"],
    number: int,
) -> None:
    """Lower the depth of the rays that hit the face, and note its number; both arrays are written in place."""
    i, j = face.others
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        t = np.float32(away_m) / rays_W[face.axis]
        hit = (t > 0) & (t < depth_m)
        for axis, low, high in ((i, face.low[0], face.high[0]), (j, face.low[1], face.high[1])):
            across = t * rays_W[axis]
            hit &= (across >= np.float32(low - origin_W[axis])) & (across <= np.float32(high - origin_W[axis]))
    np.copyto(depth_m, t, where=hit)
    np.copyto(face_hit, np.int16(number), where=hit)


def _measured(
    depth_m: Float32[np.ndarray, "h w"], cosine: Float32[np.ndarray, "h w"], rng: np.random.Generator
) -> UInt16[np.ndarray, "h w"]:
    """Return what a structured-light camera would measure [mm].

    The axial noise grows with the square of the range, sigma = 1.2 mm + 1.9 mm (z - 0.4)^2 (Nguyen, Izadi, Lovell
    2012); it is drawn as the sum of four bytes, which is near enough to normal and the same everywhere.
    """
    drawn: UInt8[np.ndarray, "4 h w"] = np.frombuffer(rng.bytes(4 * depth_m.size), np.uint8).reshape(4, *depth_m.shape)
    total = drawn[0].astype(np.int16) + drawn[1] + drawn[2] + drawn[3]
    normal = (total - 510).astype(np.float32) / np.float32(147.8)
    returned = (depth_m < RANGE_MAX_M) & (cosine > GRAZING_MIN)
    z = np.where(returned, depth_m, np.float32(0))
    beyond = z - np.float32(0.4)
    sigma_m = np.float32(0.0012) + np.float32(0.0019) * beyond * beyond
    return np.where(returned, np.rint((z + sigma_m * normal) * np.float32(1000)), 0).astype(np.uint16)

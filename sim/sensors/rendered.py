"""A camera drawn by PyBullet's software renderer: the same on every machine, no graphics card or display needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8

from sim import bullet
from sim.sensors.cameras import AMBIENT, DIFFUSE, FAR_M, NEAR_M, SUN_W, Shot, rays_C
from sim.sensors.settings import CameraSettings
from sim.worlds.built.world import World
from spatialmem import inverse

__all__ = ["RenderedCamera"]

C_TO_GL = np.diag([1.0, -1.0, -1.0, 1.0])
"""OpenGL's cameras look along -z with y up."""


class RenderedCamera:
    """A camera whose pictures TinyRenderer draws. Shadows and shine are off; the sun stands as in `cameras`.

    Depth is that of a 32-bit z-buffer, good to 0.1 mm at 8 m.
    """

    def __init__(self, world: World, settings: CameraSettings):
        self.pinhole = settings.pinhole
        self._world = world
        self._projection = _projection(settings).T.ravel().tolist()
        self._rays_C = rays_C(self.pinhole)
        self._ray_length = np.sqrt((self._rays_C**2).sum(axis=0))

    def look(self, X_WC: Float64[np.ndarray, "4 4"]) -> Shot:
        """Return what is seen from X_WC at this moment."""
        color, depth_m, segments = self._draw(X_WC)
        body, link = _bodies(segments, self._world)
        cosine = estimated_cosine(depth_m, self._rays_C, self._ray_length)
        return Shot(depth_m, body, link, color, cosine, tuple(self._world.bodies))

    def close(self) -> None:
        """Nothing to let go of; the world belongs to whoever made it."""

    def _draw(
        self, X_WC: Float64[np.ndarray, "4 4"]
    ) -> tuple[UInt8[np.ndarray, "h w 3"], Float32[np.ndarray, "h w"], Int32[np.ndarray, "h w"]]:
        """Return colour, depth along the optical axis [m] and PyBullet's segmentation."""
        pb: Any = bullet.api()
        shape = self.pinhole.height, self.pinhole.width
        picture = pb.getCameraImage(
            shape[1],
            shape[0],
            viewMatrix=inverse(X_WC @ C_TO_GL).T.ravel().tolist(),
            projectionMatrix=self._projection,
            lightDirection=SUN_W,
            lightAmbientCoeff=AMBIENT,
            lightDiffuseCoeff=DIFFUSE,
            lightSpecularCoeff=0.0,
            shadow=0,
            flags=pb.ER_SEGMENTATION_MASK_OBJECT_AND_LINKINDEX,
            renderer=pb.ER_TINY_RENDERER,
            physicsClientId=self._world.client,
        )
        rgba, buffer, segments = (np.asarray(part) for part in picture[2:5])
        segments = segments.astype(np.int32).reshape(shape)
        depth_m = _metric(buffer.reshape(shape))
        depth_m[segments < 0] = 0
        return np.ascontiguousarray(rgba.reshape(*shape, 4)[..., :3].astype(np.uint8)), depth_m, segments


def estimated_cosine(
    depth_m: Float32[np.ndarray, "h w"], rays_C: Float32[np.ndarray, "3 h w"], ray_length: Float32[np.ndarray, "h w"]
) -> Float32[np.ndarray, "h w"]:
    """Return the cosine between each ray and the surface's normal, from the depth of the neighbours.

    Where n . P = 1 is the plane of a surface, 1/z = n . ray is linear in the pixel: its slopes give n. Of the slopes
    to either side the smaller is taken, so that an edge does not look like a grazing surface. Exact on planes.
    """
    w = np.divide(1, depth_m, out=np.zeros_like(depth_m), where=depth_m > 0)
    dx, dy = rays_C[0, 0, 1] - rays_C[0, 0, 0], rays_C[1, 1, 0] - rays_C[1, 0, 0]
    n_x, n_y = _lesser_slope(w.T).T / dx, _lesser_slope(w) / dy
    n_z = w - rays_C[0] * n_x - rays_C[1] * n_y
    length = np.sqrt(n_x * n_x + n_y * n_y + n_z * n_z) * ray_length
    return np.divide(w, length, out=np.zeros_like(w), where=w > 0)


def _lesser_slope(values: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Return, of the differences to the row before and the row after, the one nearer to 0."""
    step = np.diff(values, axis=0)
    before, after = np.concatenate([step[:1], step]), np.concatenate([step, step[-1:]])
    return np.where(np.abs(before) < np.abs(after), before, after)


def _bodies(
    segments: Int32[np.ndarray, "h w"], world: World
) -> tuple[Int32[np.ndarray, "h w"], Int32[np.ndarray, "h w"]]:
    """Return the index of each pixel's body among the world's, and its link; -1 for both where there is nothing."""
    unique_ids = [body.unique_id for body in world.bodies.values()]
    index = np.full(max([*unique_ids, int(segments.max() & 0xFFFFFF)]) + 2, -1, np.int32)
    index[unique_ids] = np.arange(len(unique_ids), dtype=np.int32)
    nothing = segments < 0
    body = index[np.where(nothing, -1, segments & 0xFFFFFF)]  # the last entry is nobody's
    return body, np.where(nothing, np.int32(-1), (segments >> 24) - np.int32(1))


def _projection(settings: CameraSettings) -> Float64[np.ndarray, "4 4"]:
    """Return OpenGL's projection for this camera.

    TinyRenderer samples pixel i at i / width of the way across, and row j, counted from the top, at (j + 1) / height of
    the way down; the offsets in the third column put those samples on our pixel centres.
    """
    camera, near, far = settings.pinhole, NEAR_M, FAR_M
    right, down = 2 / camera.width, 2 / camera.height
    return np.array(
        [
            [camera.fx * right, 0.0, 1 - camera.cx * right, 0.0],
            [0.0, camera.fy * down, (camera.cy + 1) * down - 1, 0.0],
            [0.0, 0.0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0.0, 0.0, -1.0, 0.0],
        ]
    )


def _metric(buffer: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Turn OpenGL's depth, 0 at the near plane and 1 at the far one, into metres along the optical axis."""
    return FAR_M * NEAR_M / (FAR_M - buffer.astype(np.float64) * (FAR_M - NEAR_M)).astype(np.float32)

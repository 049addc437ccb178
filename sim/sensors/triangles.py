"""Triangles that rays are cast against, with Embree, and where in a picture a box of them can be seen at all."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32, Int64

from sim.sensors.cameras import NEAR_M
from spatialmem import InputError, Pinhole

__all__ = ["TriangleScene", "Windows", "box_corners", "dot", "face_normals", "windows"]

SKIN_M = 1e-4
"""How far behind an inner side a ray goes on."""

_CORNERS = np.array(list(itertools.product((0, 1), repeat=3)))
_EDGES = np.array([(a, b) for a in range(8) for b in range(a, 8) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1])


class TriangleScene:
    """Triangles in one frame, built once into a tree by Embree; it never changes.

    Cracks between neighbours are closed (Embree's robust mode): no ray slips through an edge that two triangles share.
    Triangles are seen from outside only, as a renderer draws them: whoever is inside of something looks out.
    """

    def __init__(self, vertices: Float[np.ndarray, "n 3"], faces: Int32[np.ndarray, "m 3"]):
        scene, mesh, device = _embree()
        self._scene = scene(device=device, robust=True)
        mesh(self._scene, vertices.astype(np.float32), faces)
        normals = np.vstack([face_normals(vertices, faces), np.zeros((1, 3), np.float32)])
        self.normals = np.ascontiguousarray(normals.T)
        """Of every face, in columns; the last is zero and stands for no face."""

    def cast(
        self, origin: Float32[np.ndarray, "3"], rays: Float32[np.ndarray, "3 n"], limits: Float32[np.ndarray, "n"]
    ) -> tuple[Float32[np.ndarray, "n"], Int32[np.ndarray, "n"], Float32[np.ndarray, "n"]]:
        """Return, in lengths of each ray, where it hits first, which face, and its product with the face's normal.

        Where it hits nothing between NEAR_M and its limit these are the limit, -1 and 0.
        """
        ends, faces = self._first(origin, rays, np.full_like(limits, NEAR_M), limits)
        facing = dot(rays, self.normals[:, faces])
        inner = np.flatnonzero(facing > 0)
        while len(inner):
            some = np.ascontiguousarray(rays[:, inner])
            ends[inner], faces[inner] = self._first(origin, some, ends[inner] + SKIN_M, limits[inner])
            facing[inner] = dot(some, self.normals[:, faces[inner]])
            inner = inner[facing[inner] > 0]
        return ends, faces, facing

    def _first(
        self,
        origin: Float32[np.ndarray, "3"],
        rays: Float32[np.ndarray, "3 n"],
        starts: Float32[np.ndarray, "n"],
        limits: Float32[np.ndarray, "n"],
    ) -> tuple[Float32[np.ndarray, "n"], Int32[np.ndarray, "n"]]:
        """Return where each ray, from its start to its limit, hits first, and which face, whichever way it faces."""
        from_A = origin[:, None] + rays * starts
        hits = self._scene.run(from_A.T, rays.T, dists=np.maximum(limits - starts, np.float32(0)), output=True)
        faces = hits["primID"]
        return np.where(faces >= 0, hits["tfar"] + starts, limits), faces


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Where in the picture n boxes may be seen: pixels from low up to but not including high, none where they meet."""

    low: Int64[np.ndarray, "n 2"]
    high: Int64[np.ndarray, "n 2"]
    """(u, v)."""
    nearest_m: Float64[np.ndarray, "n"]
    """Their least depth."""
    seen: Bool[np.ndarray, "n"]


def windows(corners_C: Float64[np.ndarray, "n 8 3"], camera: Pinhole) -> Windows:
    """Return where in the picture boxes with these corners [m] may be seen.

    What is behind the camera is cut off: the part in front is the hull of the corners there and of where edges cross.
    """
    start, end = corners_C[:, _EDGES[:, 0]], corners_C[:, _EDGES[:, 1]]
    passing = (start[..., 2] < NEAR_M) != (end[..., 2] < NEAR_M)
    rise = end[..., 2] - start[..., 2]
    share = np.divide(NEAR_M - start[..., 2], rise, out=np.zeros(rise.shape), where=passing)
    crossings = start + share[..., None] * (end - start)
    points = np.concatenate([corners_C, crossings], axis=1)
    front = np.concatenate([corners_C[..., 2] >= NEAR_M, passing], axis=1)
    z = np.where(front, np.maximum(points[..., 2], NEAR_M), np.inf)
    size = np.array([camera.width, camera.height])
    pixels = points[..., :2] / z[..., None] * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    low = np.where(front[..., None], pixels, np.inf).min(axis=1)
    high = np.where(front[..., None], pixels, -np.inf).max(axis=1)
    low = np.floor(np.clip(low, 0, size)).astype(np.int64)
    high = np.floor(np.clip(high + 2, 0, size)).astype(np.int64)
    return Windows(low, high, z.min(axis=1), (high > low).all(axis=1))


@functools.cache
def _embree() -> tuple[Any, Any, Any]:
    """Return EmbreeScene, TriangleMesh and the one device of this process. Raises InputError without embreex."""
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore import EmbreeDevice
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise InputError(
            "casting rays needs embreex, which is not installed here (its wheels are for x86-64): "
            "pip install 'spatialmem[sim]', or take the rendered camera."
        ) from error
    return EmbreeScene, TriangleMesh, EmbreeDevice()


def face_normals(vertices: Float[np.ndarray, "n 3"], faces: Int32[np.ndarray, "m 3"]) -> Float32[np.ndarray, "m 3"]:
    """Return every triangle's normal, of length 1; zero for one without area."""
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    normal = np.cross(b - a, c - a)
    length = np.sqrt((normal * normal).sum(axis=1, keepdims=True))
    return np.divide(normal, length, out=np.zeros_like(normal), where=length > 0).astype(np.float32)


def box_corners(vertices: Float[np.ndarray, "n 3"]) -> Float64[np.ndarray, "8 3"]:
    """Return the corners of the box around points, along the axes of their frame."""
    low, high = vertices.min(axis=0).astype(np.float64), vertices.max(axis=0).astype(np.float64)
    return np.where(_CORNERS == 1, high, low)


def dot(
    a: Float32[np.ndarray, "3 n"], b: Float[np.ndarray, "3"] | Float32[np.ndarray, "3 n"]
) -> Float32[np.ndarray, "n"]:
    """Return the product of vectors that stand in columns with one vector, or each with its own."""
    b = b.astype(np.float32, copy=False)
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

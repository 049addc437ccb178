"""Measures of shapes: triangles, exact bounds, volume, centre of mass. Pure functions of the data; no physics.

Triangles stand for curved solids: 24 sides for a cylinder, 24 by 12 for a sphere, with their corners on the true
surface. Bounds are of the true solids.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int32

from sim import bullet
from sim.poses import compose, rpy_pose
from sim.worlds.shapes import Shape
from spatialmem import ConfigError, InputError, transform

__all__ = ["bounds", "center_of_mass", "convex_corners", "mesh_triangles", "shape_pose", "triangles_of"]

Pose = Float64[np.ndarray, "4 4"]
Points = Float64[np.ndarray, "_ 3"]
Faces = Int32[np.ndarray, "_ 3"]

SIDES = 24


def shape_pose(shape: Shape) -> Pose:
    """Return X_KS, where a shape's own frame S is in the frame of what it belongs to."""
    return rpy_pose(shape.center_m, shape.rpy_rad)


def triangles_of(shape: Shape) -> tuple[Points, Faces]:
    """Return the corners in K [m] and the triangles, outwards, of a shape."""
    vertices_S, faces = _in_own_frame(shape)
    return transform(shape_pose(shape), vertices_S), faces


def convex_corners(shape: Shape) -> tuple[Points, Faces]:
    """Return corners and triangles of a shape in its own frame; of a mesh, those of its convex hull."""
    if shape.kind != "mesh":
        return _in_own_frame(shape)
    _, _, vertices, faces = _hull(_mesh_file(shape))
    return vertices * shape.size_m, faces


def bounds(shapes: tuple[Shape, ...], X_WK: Pose) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]]:
    """Return the lowest and highest corner in W [m] of shapes in K."""
    lows, highs = zip(*(_bounds(shape, compose(X_WK, shape_pose(shape))) for shape in shapes), strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)


def center_of_mass(shapes: tuple[Shape, ...]) -> tuple[float, float, float]:
    """Return the centre [m] of shapes of one density, in K; of a mesh, of its convex hull. Overlaps count twice."""
    total, moment = 0.0, np.zeros(3)
    for shape in shapes:
        volume, center_S = _volume_and_center(shape)
        total += volume
        moment += volume * transform(shape_pose(shape), np.array(center_S))
    x, y, z = (moment / total).tolist()
    return x, y, z


def load_mesh(file: str) -> Any:
    """Return the trimesh of a file. Raises ConfigError where it cannot be read, InputError without trimesh."""
    try:
        import trimesh
    except ImportError as error:
        raise InputError("the simulation needs trimesh, install it: pip install 'spatialmem[sim]'.") from error
    try:
        # Materials and textures are not asked for: they are slow to load, and colour comes from the model.
        return trimesh.load(file, force="mesh", process=False, skip_materials=True)
    except Exception as error:  # trimesh raises what its many loaders raise
        raise ConfigError(f"the mesh {Path(file).name} cannot be read: {error}") from error


@functools.lru_cache(maxsize=512)
def mesh_triangles(file: str) -> tuple[Points, Faces]:
    """Return the corners [m] and triangles of a mesh file, read once; read-only."""
    mesh = load_mesh(file)
    vertices = np.array(mesh.vertices, float).reshape(-1, 3)
    faces = np.array(mesh.faces, np.int32).reshape(-1, 3)
    vertices.setflags(write=False)
    faces.setflags(write=False)
    return vertices, faces


@functools.lru_cache(maxsize=512)
def _hull(file: str) -> tuple[float, tuple[float, float, float], Points, Faces]:
    """Return volume, centre of mass, corners and triangles of the convex hull of a mesh file."""
    hull = load_mesh(file).convex_hull
    x, y, z = (float(c) for c in hull.center_mass)
    return float(hull.volume), (x, y, z), np.array(hull.vertices, float), np.array(hull.faces, np.int32)


def _mesh_file(shape: Shape) -> str:
    """Return the file of a mesh, in full."""
    return str(bullet.data_path() / shape.mesh)


def _volume_and_center(shape: Shape) -> tuple[float, tuple[float, float, float]]:
    """Return the volume [m3] of a shape, and its centre in its own frame."""
    size, center = shape.size_m, (0.0, 0.0, 0.0)
    if shape.kind == "box":
        return size[0] * size[1] * size[2], center
    if shape.kind == "cylinder":
        return math.pi * size[0] ** 2 * size[1], center
    if shape.kind == "sphere":
        return 4 / 3 * math.pi * size[0] ** 3, center
    volume, (x, y, z), _, _ = _hull(_mesh_file(shape))
    return volume * size[0] * size[1] * size[2], (x * size[0], y * size[1], z * size[2])


def _bounds(shape: Shape, X_WS: Pose) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]]:
    """Return the lowest and highest corner in W of one shape."""
    R, p, size = X_WS[:3, :3], X_WS[:3, 3], shape.size_m
    if shape.kind == "mesh":
        points = transform(X_WS, _hull(_mesh_file(shape))[2] * size)
        return points.min(axis=0), points.max(axis=0)
    if shape.kind == "box":
        reach = (np.abs(R) * (np.array(size) / 2)).sum(axis=1)
    elif shape.kind == "cylinder":
        flat = np.sqrt(np.maximum(0.0, 1.0 - R[:, 2] ** 2))
        reach = size[0] * flat + size[1] / 2 * np.abs(R[:, 2])
    else:
        reach = np.full(3, size[0])
    return p - reach, p + reach


def _in_own_frame(shape: Shape) -> tuple[Points, Faces]:
    """Return corners and triangles of a shape in its own frame."""
    if shape.kind == "box":
        vertices, faces = _box()
        return vertices * shape.size_m, faces
    if shape.kind == "cylinder":
        vertices, faces = _cylinder()
        radius, height = shape.size_m
        return vertices * (radius, radius, height), faces
    if shape.kind == "sphere":
        vertices, faces = _sphere()
        return vertices * shape.size_m[0], faces
    vertices, faces = mesh_triangles(_mesh_file(shape))
    return vertices * shape.size_m, faces


@functools.cache
def _box() -> tuple[Points, Faces]:
    """Return a box of size 1."""
    vertices = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return vertices, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)


def _ring(radius: float, z: float) -> Points:
    """Return the corners of a regular polygon at a height."""
    angles = [2 * math.pi * i / SIDES for i in range(SIDES)]
    return np.array([(radius * math.cos(a), radius * math.sin(a), z) for a in angles])


def _rings(rings: list[Points], bottom: float, top: float) -> tuple[Points, Faces]:
    """Return the solid between rings from the bottom up, closed by a point below and a point above."""
    vertices = np.concatenate([[[0.0, 0.0, bottom]], *rings, [[0.0, 0.0, top]]])
    last = len(vertices) - 1
    faces = []
    for i in range(SIDES):
        j = (i + 1) % SIDES
        faces.append((0, 1 + j, 1 + i))
        for k in range(len(rings) - 1):
            a, b, c, d = (1 + k * SIDES + i, 1 + k * SIDES + j, 1 + (k + 1) * SIDES + j, 1 + (k + 1) * SIDES + i)
            faces += [(a, b, c), (a, c, d)]
        faces.append((last, last - SIDES + i, last - SIDES + j))
    return vertices, np.array(faces, np.int32)


@functools.cache
def _cylinder() -> tuple[Points, Faces]:
    """Return a cylinder of radius 1 and height 1 about z."""
    return _rings([_ring(1.0, -0.5), _ring(1.0, 0.5)], -0.5, 0.5)


@functools.cache
def _sphere() -> tuple[Points, Faces]:
    """Return a sphere of radius 1."""
    levels = [math.pi * (k / (SIDES // 2) - 0.5) for k in range(1, SIDES // 2)]
    return _rings([_ring(math.cos(a), math.sin(a)) for a in levels], -1.0, 1.0)

"""Where solid parts stand on the floor: each part's exact outline from above, as far as it is within a height band."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from sim.poses import compose
from sim.worlds.built.meshes import link_poses, triangles
from sim.worlds.built.solids import convex_corners, shape_pose
from sim.worlds.built.world import World
from sim.worlds.shapes import Shape
from spatialmem import transform

__all__ = ["Disc", "Outline", "outlines_of", "polygon_of"]

Pose = Float64[np.ndarray, "4 4"]
Polygon = Float64[np.ndarray, "_ 2"]

UPRIGHT = 1.0 - 1e-9
DISC_SIDES = 24


@dataclass(frozen=True, slots=True)
class Disc:
    """A round outline: an upright cylinder or a ball."""

    center_m: tuple[float, float]
    radius_m: float


Outline = Polygon | Disc


def outlines_of(world: World, name: str, z_low_m: float, z_high_m: float) -> list[Outline]:
    """Return the outlines in W [m] of a body's convex parts between two heights; polygons turn left.

    Of a mesh, and of each link of a robot or person, it is the outline of the convex hull.
    """
    body = world.bodies[name]
    poses = link_poses(world, body)
    if body.kind in ("robot", "person"):
        parts = [(poses[link], v.astype(float), f) for link, (v, f, _) in triangles(world, body).items()]
        found = [_hull_in_band(transform(X_WL, v), f, z_low_m, z_high_m) for X_WL, v, f in parts]
        return [outline for outline in found if outline is not None]
    return list(_of_shapes(poses, world.geometry(name), z_low_m, z_high_m))


def polygon_of(outline: Outline) -> Polygon:
    """Return an outline as a polygon; a disc has 24 corners on its circle."""
    if not isinstance(outline, Disc):
        return outline
    angles = np.arange(DISC_SIDES) * (2 * math.pi / DISC_SIDES)
    return np.array(outline.center_m) + outline.radius_m * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _of_shapes(
    poses: dict[int, Pose], shapes: dict[int, tuple[Shape, ...]], low: float, high: float
) -> Iterable[Outline]:
    """Yield the outlines of shapes given by link."""
    for link, parts in shapes.items():
        for shape in parts:
            outline = _of_shape(shape, compose(poses[link], shape_pose(shape)), low, high)
            if outline is not None:
                yield outline


def _of_shape(shape: Shape, X_WS: Pose, low: float, high: float) -> Outline | None:
    """Return the outline of one shape; None where it is above or below the band."""
    x, y, z = X_WS[:3, 3].tolist()
    if shape.kind == "sphere":
        above = max(low - z, z - high, 0.0)  # how far the middle is outside the band
        radius = shape.size_m[0]
        return Disc((x, y), math.sqrt(radius * radius - above * above)) if above < radius else None
    if shape.kind in ("box", "cylinder") and abs(X_WS[2, 2]) > UPRIGHT:
        half = shape.size_m[-1] / 2
        if z + half <= low or z - half >= high:
            return None
        if shape.kind == "cylinder":
            return Disc((x, y), shape.size_m[0])
        a, b = X_WS[:2, 0] * (shape.size_m[0] / 2), X_WS[:2, 1] * (shape.size_m[1] / 2)
        corners = X_WS[:2, 3] + [-a - b, a - b, a + b, b - a]
        return corners if X_WS[2, 2] > 0 else corners[::-1]
    vertices_S, faces = convex_corners(shape)
    return _hull_in_band(transform(X_WS, vertices_S), faces, low, high)


def _hull_in_band(vertices_W: Float64[np.ndarray, "n 3"], faces: np.ndarray, low: float, high: float) -> Polygon | None:
    """Return the hull of what triangles have between two heights, seen from above."""
    z = vertices_W[:, 2]
    if len(z) == 0 or z.max() <= low or z.min() >= high:
        return None
    points = [vertices_W[(z >= low) & (z <= high), :2]]
    if z.min() < low or z.max() > high:
        ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        a, b = vertices_W[ends[:, 0]], vertices_W[ends[:, 1]]
        for level in (low, high):
            crosses = (a[:, 2] < level) != (b[:, 2] < level)
            p, q = a[crosses], b[crosses]
            share = ((level - p[:, 2]) / (q[:, 2] - p[:, 2]))[:, None]
            points.append(p[:, :2] + share * (q[:, :2] - p[:, :2]))
    return _hull(np.concatenate(points))


def _hull(points: Polygon) -> Polygon | None:
    """Return the convex hull, turning left (Andrew 1979, monotone chain); None for points on one line."""
    ordered = sorted(set(map(tuple, points.tolist())))
    chains = []
    for walk in (ordered, ordered[::-1]):
        chain: list[tuple[float, ...]] = []
        for p in walk:
            while len(chain) >= 2 and _turn(chain[-2], chain[-1], p) <= 1e-12:
                chain.pop()
            chain.append(p)
        chains += chain[:-1]
    return np.array(chains) if len(chains) >= 3 else None


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    """Return how much a, b, c turn left: twice the triangle's area."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

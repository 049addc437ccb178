"""Outlines on the floor: rectangles and other convex polygons in W, whether two of them meet, where furniture stands.

A polygon is float64 (corners, 2) [m], its corners in order, turning left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from jaxtyping import Float64

from sim.worlds.home import WALL_THICKNESS_M, Doorway, Furniture, Home, Room
from sim.worlds.kinds.doors import door_leaf, wall_axes

__all__ = [
    "Outlines",
    "Polygon",
    "doorway_lane",
    "front_zone",
    "inner",
    "inside",
    "meet",
    "piece_outline",
    "rectangle",
    "swing",
]

Polygon = Float64[np.ndarray, "_ 2"]

CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def rectangle(x_m: float, y_m: float, yaw_rad: float, length_m: float, width_m: float) -> Float64[np.ndarray, "4 2"]:
    """Return a rectangle round (x, y), its length along its own x axis."""
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    corners = CORNERS * (length_m, width_m)
    return np.stack([corners[:, 0] * c - corners[:, 1] * s + x_m, corners[:, 0] * s + corners[:, 1] * c + y_m], axis=1)


def meet(a: Polygon, b: Polygon, margin_m: float = 0.0) -> bool:
    """Whether two convex polygons come nearer to each other than the margin (separating axes; Gottschalk 1996).

    Near a corner the distance is judged along the sides' normals, so the margin is kept a little more than asked.
    """
    for polygon in (a, b):
        side = np.roll(polygon, -1, axis=0) - polygon
        normal = np.stack([side[:, 1], -side[:, 0]], axis=1) / np.hypot(side[:, :1], side[:, 1:])
        near = a[:, :1] * normal[:, 0] + a[:, 1:] * normal[:, 1]  # not @: BLAS rounds differently from CPU to CPU
        far = b[:, :1] * normal[:, 0] + b[:, 1:] * normal[:, 1]
        apart = np.maximum(far.min(axis=0) - near.max(axis=0), near.min(axis=0) - far.max(axis=0))
        if (apart >= margin_m - 1e-9).any():
            return False
    return True


class Outlines:
    """Many convex polygons, asked together whether one more meets any of them."""

    def __init__(self, polygons: Iterable[Polygon] = ()):
        self._polygons: list[Polygon] = []
        self._bounds = np.zeros((0, 4))
        self.add(polygons)

    def __len__(self) -> int:
        return len(self._polygons)

    def add(self, polygons: Iterable[Polygon]) -> None:
        """Add polygons."""
        new = list(polygons)
        if new:
            rows = np.stack([np.concatenate([p.min(axis=0), -p.max(axis=0)]) for p in new])
            self._polygons += new
            self._bounds = np.concatenate([self._bounds, rows])

    def meet(self, polygon: Polygon, margin_m: float = 0.0) -> bool:
        """Whether a polygon comes nearer to any of them than the margin."""
        x, y = polygon[:, 0].tolist(), polygon[:, 1].tolist()
        reach = np.array([max(x), max(y), -min(x), -min(y)]) + margin_m
        near = (self._bounds < reach).all(axis=1)
        return any(meet(polygon, self._polygons[i], margin_m) for i in np.flatnonzero(near))


def inner(room: Room) -> Float64[np.ndarray, "4 2"]:
    """Return the floor of a room between its walls."""
    half = WALL_THICKNESS_M / 2
    (x0, y0), (x1, y1) = room.low_m, room.high_m
    return rectangle((x0 + x1) / 2, (y0 + y1) / 2, 0.0, x1 - x0 - 2 * half, y1 - y0 - 2 * half)


def inside(polygon: Polygon, room: Room, margin_m: float = 0.0) -> bool:
    """Whether a polygon is on the floor of a room, so far from its walls."""
    edge = WALL_THICKNESS_M / 2 + margin_m - 1e-9
    x, y = polygon[:, 0].tolist(), polygon[:, 1].tolist()
    (x0, y0), (x1, y1) = room.low_m, room.high_m
    return min(x) >= x0 + edge and max(x) <= x1 - edge and min(y) >= y0 + edge and max(y) <= y1 - edge


def piece_outline(piece: Furniture) -> Float64[np.ndarray, "4 2"]:
    """Return the rectangle a piece of furniture stands in."""
    return rectangle(piece.x_m, piece.y_m, piece.yaw_rad, piece.size_m[0], piece.size_m[1])


def front_zone(piece: Furniture, depth_m: float, *, wider_m: float = 0.0) -> Float64[np.ndarray, "4 2"]:
    """Return the floor in front of a piece."""
    reach = piece.size_m[0] / 2 + depth_m / 2
    x = piece.x_m + math.cos(piece.yaw_rad) * reach
    y = piece.y_m + math.sin(piece.yaw_rad) * reach
    return rectangle(x, y, piece.yaw_rad, depth_m, max(piece.size_m[1], wider_m))


def doorway_lane(home: Home, doorway: Doorway, *, half_length_m: float, half_width_m: float) -> Polygon:
    """Return the straight lane through a doorway."""
    along, _ = wall_axes(home, doorway)
    yaw = 0.0 if along == (0, 1) else math.pi / 2
    return rectangle(*doorway.center_m, yaw, 2 * half_length_m, 2 * half_width_m)


def swing(home: Home, doorway: Doorway, angle_rad: float, *, reach_m: float = 0.03) -> list[Polygon]:
    """Return convex pieces of the floor that a door passes over, opened so far; a little longer than the leaf."""
    leaf = door_leaf(home, doorway)
    hinge = np.array(leaf.hinge_m[:2])
    towards = np.array(wall_axes(home, doorway)[0], float) * -doorway.hinge
    length = doorway.width_m + reach_m
    turn = 1.0 if leaf.high_rad > 0 else -1.0
    steps = max(1, math.ceil(angle_rad / (math.pi / 12)))
    angles = turn * np.linspace(0.0, angle_rad, steps + 1)
    outer = length / math.cos(angle_rad / steps / 2)
    x, y = towards
    turned = [(math.cos(a) * x - math.sin(a) * y, math.sin(a) * x + math.cos(a) * y) for a in angles.tolist()]
    arc = hinge + outer * np.array(turned)
    pieces = [np.stack([hinge, arc[i], arc[i + 1]]) for i in range(steps)]
    return pieces if turn > 0 else [piece[::-1] for piece in pieces]

"""Where a doorway's door hangs and how it turns, in W.

The hinge is on the face of the wall towards the second room, at one end of the gap; the closed leaf is flush with
that face, inside the gap. So it opens into the second room and, wide open, lies flat in front of the wall.

    room 1            |wall|
                      |    |o---        o  hinge        (seen from above; the leaf half open)
    ------------------+    + \\
                        gap   \\
    ------------------+    +
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from sim.worlds.home import WALL_THICKNESS_M, Doorway, Home
from sim.worlds.shapes import Leaf, Shape

__all__ = ["DOOR_GAP_M", "DOOR_THICKNESS_M", "door_leaf", "leaf_corners", "wall_axes"]

DOOR_THICKNESS_M = 0.04
DOOR_GAP_M = 0.01
"""Between the leaf and what is round it."""

FACE = (222, 205, 178)
METAL = (150, 152, 156)


def wall_axes(home: Home, doorway: Doorway) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the positive direction along the doorway's wall, and the normal into its second room."""
    first, second = (home.room(name) for name in doorway.rooms)
    if abs(first.high_m[0] - second.low_m[0]) < 1e-6:
        return (0, 1), (1, 0)
    if abs(second.high_m[0] - first.low_m[0]) < 1e-6:
        return (0, 1), (-1, 0)
    return (1, 0), (0, 1 if abs(first.high_m[1] - second.low_m[1]) < 1e-6 else -1)


def door_leaf(home: Home, doorway: Doorway) -> Leaf:
    """Return the door of a doorway: its hinge is in W, its shapes in the hinge's frame, which has W's axes when shut.

    It turns by `angle_rad` in the direction whose bound is not 0.
    """
    along, normal = (np.array(axis, float) for axis in wall_axes(home, doorway))
    outward = doorway.hinge * along
    hinge = np.array(doorway.center_m) + outward * (doorway.width_m / 2 - DOOR_GAP_M) + normal * WALL_THICKNESS_M / 2
    length = doorway.width_m - 2 * DOOR_GAP_M
    height = doorway.height_m - 2 * DOOR_GAP_M
    turns_left = -outward[0] * normal[1] + outward[1] * normal[0] > 0  # from the closed leaf to the normal

    def block(near: float, far: float, back: float, front: float, low: float, high: float, color) -> Shape:
        center = -outward * (near + far) / 2 + normal * (back + front) / 2
        extent = np.abs(along) * (far - near) + np.abs(normal) * (front - back)
        size = (float(extent[0]), float(extent[1]), high - low)
        return Shape("box", size, (float(center[0]), float(center[1]), (low + high) / 2), color=color)

    t = DOOR_THICKNESS_M
    return Leaf(
        "leaf",
        (float(hinge[0]), float(hinge[1]), DOOR_GAP_M),
        0.0 if turns_left else -math.pi,
        math.pi if turns_left else 0.0,
        (
            block(0.0, length, -t, 0.0, 0.0, height, FACE),
            block(length - 0.16, length - 0.05, -t - 0.03, -t, 1.0, 1.03, METAL),
            block(length - 0.16, length - 0.05, 0.0, 0.03, 1.0, 1.03, METAL),
        ),
    )


def leaf_corners(home: Home, doorway: Doorway, angle_rad: float) -> Float64[np.ndarray, "4 2"]:
    """Return the corners in W [m] of the floor that the door's leaf stands over when it is open so far."""
    leaf = door_leaf(home, doorway)
    panel = leaf.shapes[0]
    turn = angle_rad if leaf.high_rad > 0 else -angle_rad
    half = np.array(panel.size_m[:2]) / 2
    corners = np.array(panel.center_m[:2]) + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    c, s = math.cos(turn), math.sin(turn)
    x, y = corners[:, 0], corners[:, 1]
    return np.stack([c * x - s * y + leaf.hinge_m[0], s * x + c * y + leaf.hinge_m[1]], axis=1)

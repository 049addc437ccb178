"""The boxes of vision_msgs as boxes in a camera's picture, along its rows and columns and clipped to it."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from jaxtyping import Float64

from spatialmem.episodes.bags.ros_types import Undecodable
from spatialmem.episodes.trajectory import pose_matrix
from spatialmem.geometry import transform
from spatialmem.types import Pinhole

__all__ = ["BoxPx", "box_in_picture", "box_of_2d", "corners_of_3d"]

BoxPx = tuple[float, float, float, float]
NEAR_M = 0.01
"""What is nearer to the camera's plane is not projected; a box that reaches farther back is cut there."""
EDGES = [(a, b) for a, b in itertools.combinations(range(8), 2) if (a ^ b).bit_count() == 1]
"""Corner i of a box has the signs of the bits of i."""


def box_of_2d(bbox: Any, camera: Pinhole) -> BoxPx:
    """Return the box (u_min, v_min, u_max, v_max) about a BoundingBox2D [px]; one that is turned lies within it.

    Raises Undecodable where it is no box, or outside of the picture.
    """
    u, v = float(bbox.center.position.x), float(bbox.center.position.y)
    width, height, turn_rad = float(bbox.size_x), float(bbox.size_y), float(bbox.center.theta)
    _require_box((u, v, turn_rad), (width, height))
    cos, sin = abs(math.cos(turn_rad)), abs(math.sin(turn_rad))
    half_u, half_v = (width * cos + height * sin) / 2, (width * sin + height * cos) / 2
    return _clipped((u - half_u, v - half_v, u + half_u, v + half_v), camera)


def corners_of_3d(bbox: Any) -> Float64[np.ndarray, "8 3"]:
    """Return the corners of a BoundingBox3D in its frame [m]. Raises Undecodable where it is no box."""
    p, q, size = bbox.center.position, bbox.center.orientation, bbox.size
    numbers = [float(x) for x in (p.x, p.y, p.z, q.w, q.x, q.y, q.z)]
    half = [float(x) / 2 for x in (size.x, size.y, size.z)]
    _require_box(numbers, half)
    length = math.sqrt(math.fsum(x * x for x in numbers[3:]))
    if not 1e-6 < length < 1e6:
        raise Undecodable("detection_box", f"a box is turned by a quaternion of length {length:g}")
    w, x, y, z = (number / length for number in numbers[3:])
    signs = np.array([[1.0 if i >> axis & 1 else -1.0 for axis in range(3)] for i in range(8)])
    return transform(pose_matrix((numbers[0], numbers[1], numbers[2]), (w, x, y, z)), signs * np.array(half))


def box_in_picture(corners_C: Float64[np.ndarray, "8 3"], camera: Pinhole) -> BoxPx:
    """Return the box in the picture about what a camera has before it of a box [px]. Raises Undecodable: none of it."""
    ahead = corners_C[:, 2] >= NEAR_M
    if not ahead.any():
        raise Undecodable("box_behind_camera", "a box is behind the camera")
    seen = [corners_C[ahead]]
    for a, b in EDGES:
        if ahead[a] != ahead[b]:
            share = (NEAR_M - corners_C[a, 2]) / (corners_C[b, 2] - corners_C[a, 2])
            seen.append((corners_C[a] + share * (corners_C[b] - corners_C[a]))[None])
    x, y, z = np.concatenate(seen).T
    u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
    return _clipped((float(u.min()), float(v.min()), float(u.max()), float(v.max())), camera)


def _require_box(place: Any, sizes: Any) -> None:
    if not all(map(math.isfinite, (*place, *sizes))) or min(sizes) <= 0:
        raise Undecodable("detection_box", f"a box has the sizes {', '.join(f'{size:g}' for size in sizes)}")


def _clipped(box: BoxPx, camera: Pinhole) -> BoxPx:
    """Return what of a box is in the picture: pixels are squares about whole numbers."""
    u_min, v_min = max(box[0], -0.5), max(box[1], -0.5)
    u_max, v_max = min(box[2], camera.width - 0.5), min(box[3], camera.height - 0.5)
    if not (u_min < u_max and v_min < v_max):
        raise Undecodable("box_outside", f"a box is outside of the picture of {camera.width} x {camera.height}")
    return u_min, v_min, u_max, v_max

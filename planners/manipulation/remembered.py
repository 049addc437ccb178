"""A thing as it is remembered, before anybody looks at it again: its box, as points."""

from __future__ import annotations

import math

import numpy as np

from planners.manipulation.grasps import Thing
from spatialmem import ObjectState

__all__ = ["remembered"]

APART_M = 0.006


def remembered(one: ObjectState) -> Thing:
    """Return a remembered thing with points all over the sides and the top of its box."""
    x, y, z = (np.linspace(-half, half, max(int(2 * half / APART_M), 2)) for half in one.size_m / 2)
    shell = []
    for side in (x[0], x[-1]):
        shell.append(np.stack(np.meshgrid([side], y, z), axis=-1).reshape(-1, 3))
    for side in (y[0], y[-1]):
        shell.append(np.stack(np.meshgrid(x, [side], z), axis=-1).reshape(-1, 3))
    shell.append(np.stack(np.meshgrid(x, y, [z[-1]]), axis=-1).reshape(-1, 3))
    c, s = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
    points = np.concatenate(shell) @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return Thing(
        points_W=points + one.center_W, center_W=one.center_W.copy(), size_m=one.size_m.copy(), yaw_rad=one.yaw_rad
    )

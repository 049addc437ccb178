"""Floor that things lie on which its cells take for free: what is flat, but not to be driven over.

A shoe or a low box is in the map, but lower than `graph.step_m`, below which depth is too rough from afar to tell an
obstacle from the floor; the objects that are remembered say where such a thing is.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool

from spatialmem import Floor, ObjectState, View

__all__ = ["low_things"]

ON_FLOOR_M = 0.10
"""What begins no higher over the floor lies on it."""
DRIVEN_OVER_M = 0.03
"""What is lower is driven over."""
LOW_M = 0.35
"""What is higher is in the map."""


def low_things(view: View, floor: Floor) -> Bool[np.ndarray, "h w"]:
    """Return which cells of a floor hold a remembered thing that is low; what was looked for and is missing does not
    count."""
    covered = np.zeros(floor.state.shape, bool)
    for one in view.objects():
        bottom_m = float(one.center_W[2] - one.size_m[2] / 2.0) - floor.height_m
        top_m = bottom_m + float(one.size_m[2])
        if abs(bottom_m) <= ON_FLOOR_M and DRIVEN_OVER_M < top_m <= LOW_M and "held" not in one.attributes:
            _cover(covered, floor, one)
    return covered


def _cover(covered: Bool[np.ndarray, "h w"], floor: Floor, one: ObjectState) -> None:
    """Mark the cells whose middles are over the box of a thing, grown by half a cell."""
    half = one.size_m[:2] / 2.0 + floor.cell_m / 2.0
    reach_m = float(np.hypot(*half))
    height, width = covered.shape
    (x0, y0), (x1, y1) = floor.cells_of(np.stack([one.center_W[:2] - reach_m, one.center_W[:2] + reach_m])).tolist()
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1 + 1, width), min(y1 + 1, height)
    if x0 >= x1 or y0 >= y1:
        return
    y, x = np.mgrid[y0:y1, x0:x1]
    dx = floor.origin_m[0] + (x + 0.5) * floor.cell_m - one.center_W[0]
    dy = floor.origin_m[1] + (y + 0.5) * floor.cell_m - one.center_W[1]
    c, s = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
    covered[y0:y1, x0:x1] |= (np.abs(c * dx + s * dy) <= half[0]) & (np.abs(c * dy - s * dx) <= half[1])

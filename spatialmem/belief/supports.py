"""What an object stands on, or is in, by the boxes of the others; and whether anything holds it, by the map."""

from __future__ import annotations

import numpy as np

from spatialmem.belief.known import Objects, Space
from spatialmem.belief.table import How, Table
from spatialmem.columns import Shown
from spatialmem.types import ObjectState, Unknown

__all__ = ["hangs", "place_words", "rests_on"]

NEAR_M = 0.08
"""So far above or below the top of another it still stands on it."""
LARGER = 1.2
"""What carries or holds a thing has a footprint so many times larger at least."""
WIDER_M = 0.01
"""A footprint reaches so much beyond its box: where it ends is known no better."""
BESIDE_M, FOOT_M = 0.06, (-0.09, -0.06, -0.03, 0.0, 0.03)
"""What holds a thing is to be seen so far beside it, in one of these heights over its foot."""
FREE_SHARE = 0.75
"""At the edge of a table, half of what is beside a thing is free; in somebody's hand, nearly all of it."""
AROUND = np.array([[i, j, -1.0] for i, j in ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))]).T


def rests_on(shown: Shown, row: int) -> tuple[int, int]:
    """Return how the object in a row of the columns rests, and the id of what it rests on or in; 0 for nothing known.

    On the nearest top under it, else in the smallest box that its middle lies in.
    """
    center, size = shown.center_W[row], shown.size_m[row]
    apart, wide = np.abs(shown.center_W[:, :2] - center[:2]), shown.size_m[:, :2].sum(axis=1)
    near = (apart[:, 0] <= wide) & (apart[:, 1] <= wide) & (shown.ids > 0) & shown.confirmed & ~shown.missing
    near[row] = False
    rows = np.flatnonzero(near)
    c, s = np.cos(shown.yaw_rad[rows]), np.sin(shown.yaw_rad[rows])
    dx, dy = (center[:2] - shown.center_W[rows, :2]).T
    along = np.abs(np.stack([c * dx + s * dy, c * dy - s * dx], axis=1))
    over = (along <= shown.size_m[rows, :2] / 2 + WIDER_M).all(axis=1)
    over &= shown.size_m[rows, 0] * shown.size_m[rows, 1] >= LARGER * size[0] * size[1]
    rows = rows[over]
    if not len(rows):
        return How.UNKNOWN, 0
    top, bottom = (shown.center_W[rows, 2] + sign * shown.size_m[rows, 2] / 2 for sign in (1, -1))
    gap = np.abs(center[2] - size[2] / 2 - top)
    on = gap <= NEAR_M
    if on.any():
        best = rows[on][np.lexsort((shown.ids[rows[on]], gap[on]))[0]]
        return How.ON, int(shown.ids[best])
    inside = (center[2] < top) & (center[2] > bottom)
    if inside.any():
        volume = shown.size_m[rows[inside]].prod(axis=1)
        best = rows[inside][np.lexsort((shown.ids[rows[inside]], volume))[0]]
        return How.IN, int(shown.ids[best])
    return How.UNKNOWN, 0


def hangs(record: ObjectState, space: Space) -> bool:
    """Return whether nothing holds an object, by the map: around its foot it is free."""
    x, y, z = AROUND * (record.size_m / 2 + np.array([BESIDE_M, BESIDE_M, 0.0]))[:, None]
    c, s = np.cos(record.yaw_rad), np.sin(record.yaw_rad)
    ring_W = record.center_W + np.stack([c * x - s * y, s * x + c * y, z], axis=1)
    around_W = np.stack([ring_W + np.array([0.0, 0.0, dz]) for dz in FOOT_M]).reshape(-1, 3)
    return bool(space.is_free(around_W).reshape(len(FOOT_M), -1).all(axis=0).mean() >= FREE_SHARE)


def place_words(table: Table, row: int, objects: Objects) -> str:
    """Return how an object rests in words: "on table-4", "in fridge-2 (closed)", "held"; "" where it is not known."""
    how = table.how[row]
    if how == How.HELD:
        return "held"
    other = objects.object(int(table.support[row])) if how in (How.ON, How.IN) else None
    if other is None or isinstance(other, Unknown):
        return ""
    closed = " (closed)" if other.attributes.get("state") == "closed" else ""
    return f"{'on' if how == How.ON else 'in'} {other.name}{closed}"

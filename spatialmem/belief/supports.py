"""What an object stands on, or is in, by the boxes of the others; and whether anything holds it, by the map.

In a thing is what that encloses: it is covered, as on a shelf's board, in a drawer or a fridge, or surrounded, as in a
bathtub. On a thing is what stands on its top, and what lies in its box but open to the room: on a sofa between its
arms, on a bed below its headboard, beside the television on its stand. A box does not tell these apart; the map does.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from spatialmem.belief.known import Objects, Space
from spatialmem.belief.table import How, Table
from spatialmem.columns import Shown
from spatialmem.types import ObjectState, Unknown

__all__ = ["hangs", "is_enclosed", "place_words", "rests_on"]

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
OPEN_SHARE = 2 / 3
"""What sees so much of the room from where it is, is not enclosed. In 20 simulated homes what lies on a sofa, a bed or
a television's stand sees 0.7 and more of it, what stands in a shelf 0.65 at most, and nearly all of it below 0.3."""
CLEAR_M, OVER_M, STEP_M = 0.06, 0.25, 0.05
"""One looks from so far above a thing, out of what it is in and so far over that, in such steps: a roof that no camera
saw from below is not known to be open above."""
OUT_M = 0.05
"""To the sides one looks so far out of what it is in."""
AROUND = np.array([[i, j, -1.0] for i, j in ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))]).T
GRID = np.array([[i, j, 0.0] for i in (-0.35, 0.0, 0.35) for j in (-0.35, 0.0, 0.35)]).T
"""Points of a thing's top, in parts of its size."""


def _around(count: int, rise_rad: float) -> Float64[np.ndarray, "n 3"]:
    """Return directions all round that rise by an angle."""
    turn_rad = np.arange(count) * (2 * np.pi / count)
    flat = np.cos(rise_rad) * np.stack([np.cos(turn_rad), np.sin(turn_rad)], axis=1)
    return np.concatenate([flat, np.full((count, 1), np.sin(rise_rad))], axis=1)


SIGHT = _around(16, 0.0), _around(8, np.pi / 6), _around(8, np.pi / 3)
"""Which way one looks out of what a thing is in: level, and upwards."""


def rests_on(shown: Shown, row: int) -> tuple[int, int]:
    """Return how the object in a row of the columns rests, and the id of what it rests on or in; 0 for nothing known.

    By boxes: on the nearest top under it, else in the smallest box that its middle lies in. What is IN by its box may
    be ON by the map, see `is_enclosed`.
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


def is_enclosed(record: ObjectState, carrier: ObjectState, space: Space) -> bool:
    """Return whether a thing that lies in the box of another is covered or surrounded by it, by the map.

    It is not where it sees OPEN_SHARE of the room: straight up from nine points of its top, and from the middle of
    that around at 30 and 60 degrees, all in equal parts; and anything at all on its own level, or where it stands out
    of what it is in, on that of the rim. What is not known to be free is in the way.
    """
    points_W, within, count = _sight(record, carrier)
    blocked = np.zeros(within.shape, bool)
    blocked[within] = ~space.is_free(points_W[within])
    seen = ~blocked.any(axis=1)
    up, level, low, high = np.split(seen, np.cumsum([count, *(len(ways) for ways in SIGHT[:-1])]))
    return float(up.mean() + low.mean() + high.mean()) / 3 < OPEN_SHARE or not level.any()


def _sight(
    record: ObjectState, carrier: ObjectState
) -> tuple[Float64[np.ndarray, "n k 3"], Bool[np.ndarray, "n k"], int]:
    """Return points along n lines of sight out of what a thing is in, which of them count, and how many go up."""
    top_W = record.center_W + np.array([0.0, 0.0, record.size_m[2] / 2 + CLEAR_M])
    top_m = max(float(carrier.center_W[2] + carrier.size_m[2] / 2), float(top_W[2])) + OVER_M
    c, s = np.cos(record.yaw_rad), np.sin(record.yaw_rad)
    x, y, z = GRID * (record.size_m * np.array([1.0, 1.0, 0.0]))[:, None]
    up_W = top_W + np.stack([c * x - s * y, s * x + c * y, z], axis=1)
    aside = np.concatenate(SIGHT)
    origins_W = np.concatenate([up_W, np.broadcast_to(top_W, (len(aside), 3))])
    ways = np.concatenate([np.broadcast_to((0.0, 0.0, 1.0), (len(up_W), 3)), aside])
    reach_m = float(np.hypot(*carrier.size_m[:2])) + top_m - float(top_W[2]) + 2 * OUT_M
    along_m = np.arange(0.0, reach_m, STEP_M)
    points_W = origins_W[:, None] + ways[:, None] * along_m[:, None]
    c, s = np.cos(carrier.yaw_rad), np.sin(carrier.yaw_rad)
    dx, dy = np.moveaxis(points_W[..., :2] - carrier.center_W[:2], -1, 0)
    apart = np.abs(np.stack([c * dx + s * dy, c * dy - s * dx], axis=-1))
    within = (apart <= carrier.size_m[:2] / 2 + OUT_M).all(axis=-1) & (points_W[..., 2] <= top_m)
    within[: len(up_W)] = points_W[: len(up_W), :, 2] <= top_m
    rim_m = max(float(carrier.center_W[2] + carrier.size_m[2] / 2) - CLEAR_M, float(record.center_W[2]))
    level = slice(len(up_W), len(up_W) + len(SIGHT[0]))
    points_W[level, :, 2] = np.minimum(points_W[level, :, 2], rim_m)
    within[level] &= along_m > np.hypot(*record.size_m[:2]) / 2 + 2 * WIDER_M
    return points_W, within, len(up_W)


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

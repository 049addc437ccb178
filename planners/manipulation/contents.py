"""Whether what was let go over a container is in it, or lies beside it: by what is seen there that was not before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64

from planners.manipulation.carried import Carried
from planners.manipulation.glances import CELL_M, along, level_m
from spatialmem import ObjectState

__all__ = ["BESIDE_M", "Seen", "seen_after"]

Seen = Literal["in", "beside", "nowhere"]

NEW_M = 0.015
"""What is so far from all that was seen before is new."""
BESIDE_M = 0.25
"""Beside a container is what is no farther from its sides."""
WALL_M, ASIDE_M = 0.02, 0.03
"""A container's sides are so thick; and what is so near to them outside may be of them, if it was pushed."""
OVER_M, LOW_M = 0.015, 0.06
"""A thing reaches so far over what it lies on; beside a flat container it is looked at so far up."""
SEEN_MIN, CLEAR_MIN, CLEAR_SHARE, CLEAR_TIMES = 8, 24, 0.25, 2.0
"""In it is a thing of which so many points are seen there. It is clearly beside it by so many, by so large a share of
its smallest face, and by so many times as many as in it."""


def seen_after(
    container: ObjectState,
    carried: Carried,
    before_W: Float64[np.ndarray, "n 3"],
    now_W: Float64[np.ndarray, "m 3"],
    others: Sequence[ObjectState] = (),
) -> Seen:
    """Return where a thing is seen since it was let go over a container; "nowhere" also where its inside is hidden.

    before_W, now_W: points about the container, before and after. others: what stood about it before; what is seen
    there is theirs, unless they reach below it: then it stands on or in them. What is new within the sides and over the
    bottom is counted as in it, what is new on the level on which it stands, lower than its rim, as beside it.
    """
    new_W = _new(before_W, now_W)
    for one in others:
        if _low_m(one) >= _low_m(container) - LOW_M:
            new_W = new_W[~_is_of(one, new_W)]
    out = (np.abs(along(container, new_W)) - container.size_m[:2] / 2).max(axis=1)
    z, low_m = new_W[:, 2], level_m(container, now_W)
    rim_m, bottom_m = float(container.center_W[2] + container.size_m[2] / 2), _low_m(container)
    is_in = (out <= -WALL_M) & (z > bottom_m + WALL_M) & (z <= rim_m + float(carried.size_m.max()))
    is_low = (z > low_m + OVER_M) & (z <= max(rim_m, low_m + LOW_M))
    inside, beside = int(is_in.sum()), int((is_low & (out > ASIDE_M) & (out <= BESIDE_M)).sum())
    small_m, middle_m = np.sort(carried.size_m)[:2].tolist()
    if beside >= max(CLEAR_MIN, CLEAR_SHARE * small_m * middle_m / CELL_M**2) and beside > CLEAR_TIMES * inside:
        return "beside"
    return "in" if inside >= SEEN_MIN else "nowhere"


def _low_m(one: ObjectState) -> float:
    return float(one.center_W[2] - one.size_m[2] / 2)


def _new(before_W: Float64[np.ndarray, "n 3"], now_W: Float64[np.ndarray, "m 3"]) -> Float64[np.ndarray, "k 3"]:
    from scipy.spatial import KDTree

    if not len(before_W) or not len(now_W):
        return now_W
    far, _ = KDTree(before_W).query(now_W, distance_upper_bound=NEW_M)
    return now_W[~np.isfinite(far)]


def _is_of(one: ObjectState, points_W: Float64[np.ndarray, "n 3"]) -> Bool[np.ndarray, "n"]:
    """Return which points are in a thing's box, or hardly out of it."""
    away = np.column_stack([along(one, points_W), points_W[:, 2] - one.center_W[2]])
    return (np.abs(away) - one.size_m / 2).max(axis=1) <= ASIDE_M

"""How far the boxes of objects are apart: each along its own edges, turned about z."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.columns import Shown

__all__ = ["gaps_m", "near_pairs", "present"]

CORNERS = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
ROOMY_M = 0.5
"""What reaches farther than this from its middle is large: there are few such."""


def present(shown: Shown, rows: Int64[np.ndarray, "n"]) -> Bool[np.ndarray, "n"]:
    """Return which rows are objects that are confirmed and not missing."""
    return (shown.ids[rows] > 0) & shown.confirmed[rows] & ~shown.missing[rows]


def gaps_m(shown: Shown, a: Int64[np.ndarray, "n"], b: Int64[np.ndarray, "n"]) -> Float64[np.ndarray, "n"]:
    """Return the distances between the boxes in rows a and those in rows b, pair by pair [m]; 0 where they touch.

    Of two rectangles that do not meet, one of the two nearest points is a corner (Ericson 2005, "Real-Time Collision
    Detection", 5.1.9); whether they meet is told by their edges' directions (the same, 5.2.1, separating axes).
    """
    up_m = np.abs(shown.center_W[a, 2] - shown.center_W[b, 2]) - (shown.size_m[a, 2] + shown.size_m[b, 2]) / 2
    to_b, reach_b = _seen_from(shown, a, b)
    to_a, reach_a = _seen_from(shown, b, a)
    flat_m = np.sqrt(np.minimum(_nearest2(to_b, shown, a), _nearest2(to_a, shown, b)))
    flat_m = np.where(reach_a & reach_b, 0.0, flat_m)
    return np.hypot(flat_m, np.maximum(up_m, 0.0))


def near_pairs(shown: Shown, within_m: float) -> tuple[Int64[np.ndarray, "n 2"], Float64[np.ndarray, "n"]]:
    """Return the pairs of rows of confirmed, present objects that are no farther apart, and how far [m].

    By id: the smaller first in each pair, and the pairs in order.
    """
    from scipy.spatial import KDTree

    rows = np.arange(len(shown.ids))
    rows = rows[present(shown, rows)]
    rows = rows[np.argsort(shown.ids[rows], kind="stable")]
    middle, reach_m = shown.center_W[rows], np.sqrt((shown.size_m[rows] ** 2).sum(axis=1)) / 2
    small, large = np.flatnonzero(reach_m <= ROOMY_M), np.flatnonzero(reach_m > ROOMY_M)
    pairs = [np.zeros((0, 2), np.int64)]
    if len(small) > 1:
        tree = KDTree(middle[small])
        pairs.append(small[tree.query_pairs(2 * ROOMY_M + within_m, output_type="ndarray").astype(np.int64)])
    for i in large.tolist():
        away = middle - middle[i]
        about = np.sqrt((away * away).sum(axis=1)) <= reach_m + reach_m[i] + within_m
        about[i] = False
        about[large[large < i]] = False  # told already
        others = np.flatnonzero(about)
        pairs.append(np.stack([np.full(len(others), i), others], axis=1))
    found = np.sort(np.concatenate(pairs), axis=1)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    both = rows[found]
    gap_m = gaps_m(shown, both[:, 0], both[:, 1])
    kept = gap_m <= within_m
    return both[kept], gap_m[kept]


def _corners(shown: Shown, rows: Int64[np.ndarray, "n"]) -> Float64[np.ndarray, "n 4 2"]:
    """Return the corners of boxes seen from above [m]."""
    x, y = np.moveaxis(CORNERS * shown.size_m[rows, None, :2] / 2, -1, 0)
    c, s = np.cos(shown.yaw_rad[rows, None]), np.sin(shown.yaw_rad[rows, None])
    return shown.center_W[rows, None, :2] + np.stack([c * x - s * y, s * x + c * y], axis=-1)


def _seen_from(
    shown: Shown, a: Int64[np.ndarray, "n"], b: Int64[np.ndarray, "n"]
) -> tuple[Float64[np.ndarray, "n 4 2"], Bool[np.ndarray, "n"]]:
    """Return the corners of boxes b along the edges of boxes a, from their middles; and whether these tell no gap."""
    x, y = np.moveaxis(_corners(shown, b) - shown.center_W[a, None, :2], -1, 0)
    c, s = np.cos(shown.yaw_rad[a, None]), np.sin(shown.yaw_rad[a, None])
    corners = np.stack([c * x + s * y, c * y - s * x], axis=-1)
    half = shown.size_m[a, :2] / 2
    meets = ((corners.min(axis=1) <= half) & (corners.max(axis=1) >= -half)).all(axis=1)
    return corners, meets


def _nearest2(
    corners: Float64[np.ndarray, "n 4 2"], shown: Shown, rows: Int64[np.ndarray, "n"]
) -> Float64[np.ndarray, "n"]:
    """Return the squared distance of the nearest of four points to a rectangle around 0."""
    beyond = np.maximum(np.abs(corners) - shown.size_m[rows, None, :2] / 2, 0.0)
    return (beyond * beyond).sum(axis=-1).min(axis=1)

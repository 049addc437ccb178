"""Doors of furniture as points show them: where each leaf hangs, how far it is open, and where its handle is.

All is told in F, a frame of one front: z up from the floor, x out of the front, y along it, the origin in the middle of
the front's width at the foot of the piece. A leaf hangs at one end of the front. Angles are how far it is
open: 0 is shut.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

__all__ = ["Leaf", "front_frames", "fronts_seen", "leaves_seen"]

NEAR_M = 0.006
"""Points so far from a face are of it."""
ANGLES_RAD = np.arange(0.0, 1.95, math.radians(1.0))
FIRST_M, LAST_M = -0.05, 0.08
"""The hinge is so far behind, and before, where the front seems to be."""
POINTS_MIN, BAR_MIN = 150, 20
"""Of a leaf, and of a handle, so many points are to be seen."""
POINTS_MAX = 15000
"""So many points are enough."""
BAR_M = (0.010, 0.045)
"""A handle stands out so far from the face."""
BAR_WIDE_M, BAR_TALL_M = 0.045, 0.05
"""It is no wider, and no shorter."""
BEYOND = 0.1
"""A plane that goes on beyond a leaf's length with more than so much of its points is none."""
EDGE_M = 0.02
"""A handle is so far from every edge."""
STEP_M = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One leaf, in F."""

    hinge_m: tuple[float, float]
    """Where the outer face would meet the axis."""
    side: int
    """The sign of y at which it hangs: +1 or -1."""
    angle_rad: float
    length_m: float
    low_m: float
    high_m: float
    handle_m: float | None = None
    """So far from the hinge is the middle of the handle; None where none is seen."""
    handle_z_m: tuple[float, float] = (0.0, 0.0)
    """From where to where it reaches."""
    out_m: float = 0.0
    """So far it stands out of the face."""
    wide_m: float = 0.0

    def along(self, angle_rad: float) -> Float64[np.ndarray, "2"]:
        """Return the direction from the hinge to the free edge."""
        return np.array([math.sin(angle_rad), -self.side * math.cos(angle_rad)])

    def out(self, angle_rad: float) -> Float64[np.ndarray, "2"]:
        """Return the direction out of the face that is in front when it is shut."""
        return np.array([math.cos(angle_rad), self.side * math.sin(angle_rad)])

    def point_F(self, angle_rad: float, along_m: float, out_m: float, z_m: float) -> Float64[np.ndarray, "3"]:
        """Return a point of the leaf, or before its face, when it is open so far."""
        x, y = np.array(self.hinge_m) + along_m * self.along(angle_rad) + out_m * self.out(angle_rad)
        return np.array([x, y, z_m])


def front_frames(
    center_W: Float64[np.ndarray, "3"], size_m: Float64[np.ndarray, "3"], yaw_rad: float
) -> list[tuple[Float64[np.ndarray, "4 4"], float]]:
    """Return X_WF of the four upright faces of a box, and how wide each is [m]."""
    frames = []
    for turn in range(4):
        yaw = yaw_rad + turn * math.pi / 2
        deep, wide = size_m[:2] if turn % 2 == 0 else size_m[1::-1]
        c, s = math.cos(yaw), math.sin(yaw)
        X_WF = np.eye(4)
        X_WF[:2, :2] = [[c, -s], [s, c]]
        X_WF[:2, 3] = center_W[:2] + deep / 2 * np.array([c, s])
        X_WF[2, 3] = center_W[2] - size_m[2] / 2
        frames.append((X_WF, float(wide)))
    return frames


def fronts_seen(
    points_W: Float64[np.ndarray, "n 3"],
    center_W: Float64[np.ndarray, "3"],
    low_m: float,
    eye_W: Float64[np.ndarray, "3"],
) -> list[tuple[Float64[np.ndarray, "4 4"], float]]:
    """Return X_WF of the fronts of a piece that face the camera, and how wide each is [m], as points show it.

    The yaw of a remembered box may be wrong, by up to 45 degrees where it is about square. Upright faces, those of
    the room too, are where points seen from above lie in straight rows: the yaw is that with the most in few rows.
    """
    near = points_W[:: max(len(points_W) // POINTS_MAX, 1)]
    near = near[near[:, 2] > low_m + 0.15, :2] - center_W[:2]
    if len(near) < POINTS_MIN:
        return []
    yaws = np.radians(np.arange(0.0, 90.0, 0.5))
    yaw_rad = float(yaws[int(np.argmax([_in_rows(near, yaw) for yaw in yaws.tolist()]))])
    found = []
    for turn in range(4):
        yaw = yaw_rad + turn * math.pi / 2
        c, s = math.cos(yaw), math.sin(yaw)
        toward = float((eye_W[:2] - center_W[:2]) @ [c, s])
        local = near @ np.array([[c, -s], [s, c]])
        if toward < 0.3:
            continue
        for x, low, high in filter(None, (_extent(local), _of_leaf_alone(local))):
            X_WF = np.eye(4)
            X_WF[:2, :2] = [[c, -s], [s, c]]
            X_WF[:2, 3] = center_W[:2] + X_WF[:2, :2] @ [x, (low + high) / 2]
            X_WF[2, 3] = low_m
            found.append((toward, X_WF, high - low))
    return [(X_WF, width_m) for _, X_WF, width_m in sorted(found, key=lambda one: -one[0])]


def _in_rows(points_m: np.ndarray, yaw_rad: float) -> float:
    """Return how much of points lies in few straight rows along two axes."""
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    total = 0.0
    for axis in ((c, s), (-s, c)):
        counts = np.bincount(np.floor((points_m @ np.array(axis) + 3.0) / 0.01).astype(np.int64).clip(0, 600))
        total += float((counts.astype(float) ** 2).sum())
    return total


def _extent(local: np.ndarray) -> tuple[float, float, float] | None:
    """Return where the front is, and from where to where it reaches, of points about the middle of a piece."""
    about = local[(local[:, 0] > -0.1) & (local[:, 0] < 1.0)]
    counts = np.histogram(about[:, 1], bins=np.arange(-1.2, 1.21, 0.01))[0]
    full = counts >= 2
    start = stop = 120
    while stop < 239 and full[stop : stop + 3].any():
        stop += 1
    while start > 0 and full[max(start - 3, 0) : start].any():
        start -= 1
    low, high = -1.2 + 0.01 * start, -1.2 + 0.01 * stop
    if high - low < 0.25:
        return None
    inside = about[(about[:, 1] >= low) & (about[:, 1] <= high)]
    low, high = np.quantile(inside[:, 1], [0.002, 0.998]).tolist()
    ends = [inside[np.abs(inside[:, 1] - y) < 0.025, 0] for y in (low, high)]
    x = min((float(np.quantile(end, 0.9)) for end in ends if len(end) > 5), default=None)
    return None if x is None else (x, low, high)


def _of_leaf_alone(local: np.ndarray) -> tuple[float, float, float] | None:
    """Return the same where an open leaf hides the front: it begins at the leaf's inner end, and has the remembered
    middle."""
    near = local[(local[:, 0] > 0.0) & (np.hypot(*local.T) < 1.1)]
    best = (0, 0.0, 0.0, 1)
    for angle in np.radians(np.arange(10.0, 81.0, 2.0)).tolist():
        for side in (1, -1):
            off = near @ [math.cos(angle), side * math.sin(angle)]
            counts, edges = np.histogram(off, bins=np.arange(-0.5, 1.2, 0.01))
            if counts.max() > best[0]:
                best = (int(counts.max()), angle, float(edges[int(np.argmax(counts))]) + 0.005, side)
    count, angle, off_m, side = best
    if count < POINTS_MIN:
        return None
    out, along = (
        np.array([math.cos(angle), side * math.sin(angle)]),
        np.array([math.sin(angle), -side * math.cos(angle)]),
    )
    on = near[np.abs(near @ out - off_m) < 0.015] @ along
    x, y = off_m * out + float(np.quantile(on, 0.01)) * along
    return (float(x), -abs(float(y)), abs(float(y))) if abs(y) > 0.15 and x > 0.0 and side * y > 0.0 else None


def leaves_seen(points_F: Float64[np.ndarray, "n 3"], width_m: float) -> list[Leaf]:
    """Return the leaves that points show, the one with more points first; [] where they show none.

    For each end of the front it is looked for the line through the hinge, seen from above, that most points are on. A
    leaf that is shut looks like any front: it counts only with a handle on it, and the handle tells at which end it
    hangs, for a handle is at the free edge.
    """
    every = max(len(points_F) // POINTS_MAX, 1)
    found: list[tuple[int, Leaf]] = []
    whole = [one for side in (1, -1) if (one := _standing_out(points_F[::every], width_m, side)) is not None]
    taken = {leaf.side for _, leaf in whole if leaf.length_m > 0.6 * width_m}
    for count, leaf in whole:
        if not (taken and leaf.side not in taken):
            found.append((count, _with_handle(leaf, points_F)))
    if not taken:
        open_sides = {leaf.side for _, leaf in found}
        found += [one for one in _shut(points_F, width_m) if one[1].side not in open_sides]
    return [leaf for _, leaf in sorted(found, key=lambda one: -one[0])]


def _standing_out(points_F: Float64[np.ndarray, "n 3"], width_m: float, side: int) -> tuple[int, Leaf] | None:
    """Return the leaf at one end that stands open, by at least 6 degrees, and how many points it has."""
    best = (0, 0.0, 0.0)
    y = side * width_m / 2
    near = points_F[points_F[:, 2] > 0.12]
    for x in np.arange(FIRST_M, LAST_M, STEP_M).tolist():
        away = near[:, :2] - (x, y)
        for angle in ANGLES_RAD[6:].tolist():
            r = away @ [math.sin(angle), -side * math.cos(angle)]
            off = away @ [math.cos(angle), side * math.sin(angle)]
            before = r * math.sin(angle) > 0.03
            count = int(((np.abs(off) <= NEAR_M) & before & (r > 0.05) & (r < width_m + 0.05)).sum())
            if count > best[0]:
                best = (count, x, angle)
    count, x, angle = best
    if count < POINTS_MIN:
        return None
    leaf = Leaf(hinge_m=(x, y), side=side, angle_rad=angle, length_m=0.0, low_m=0.0, high_m=0.0)
    r, off = _of_leaf(leaf, near)
    on = (np.abs(off) <= NEAR_M) & (r > 0.02) & (r < width_m + 0.05)
    length, low, high = float(np.quantile(r[on], 0.99)), *np.quantile(near[on, 2], [0.02, 0.98]).tolist()
    if length < 0.15 or high - low < 0.25 or length * math.sin(angle) < 0.05:
        return None
    beyond = (np.abs(off) <= NEAR_M) & (r > width_m + 0.08) & (r < width_m + 0.38)
    if beyond.sum() > BEYOND * count:  # a wall goes on
        return None
    # What a line through the room is full of evenly, from its one end to the other, is a face.
    filled = np.histogram(r[on], bins=8, range=(0.1 * length, length))[0]
    if (filled < count / 40).sum() > 1:
        return None
    return count, Leaf(hinge_m=(x, y), side=side, angle_rad=angle, length_m=length, low_m=low, high_m=high)


def _shut(points_F: Float64[np.ndarray, "n 3"], width_m: float) -> list[tuple[int, Leaf]]:
    """Return the leaves that are shut, each by its handle."""
    across = np.abs(points_F[:, 1]) <= width_m / 2
    band = points_F[across & (points_F[:, 2] > 0.12) & (points_F[:, 0] > FIRST_M) & (points_F[:, 0] < LAST_M + 0.05)]
    if len(band) < POINTS_MIN:
        return []
    bins = np.arange(FIRST_M, LAST_M + 0.05, STEP_M)
    counts = np.convolve(np.histogram(band[:, 0], bins)[0], [1, 1, 1], "same")
    around = float(bins[int(np.argmax(counts))]) + STEP_M / 2
    face_m = float(np.median(band[np.abs(band[:, 0] - around) <= 1.5 * STEP_M, 0]))
    low, high = np.quantile(band[np.abs(band[:, 0] - face_m) <= NEAR_M, 2], [0.01, 0.99]).tolist()
    bars = _bars(band[:, 1], band[:, 0] - face_m, band[:, 2])
    found = []
    for middle, z_m, out_m, wide_m, count in bars:
        middle_share = abs(middle) / (width_m / 2)
        if abs(middle) > width_m / 2 - EDGE_M:
            continue
        side = (1 if middle > 0 else -1) if middle_share < 0.4 else (-1 if middle > 0 else 1)
        hinge_y = side * width_m / 2
        length = min(abs(middle - hinge_y) + 0.045, width_m)
        leaf = Leaf(
            hinge_m=(face_m, hinge_y), side=side, angle_rad=0.0, length_m=length, low_m=low, high_m=high,
            handle_m=abs(middle - hinge_y), handle_z_m=z_m, out_m=out_m, wide_m=wide_m,
        )  # fmt: skip
        found.append((count, leaf))
    return found


def _with_handle(leaf: Leaf, points_F: Float64[np.ndarray, "n 3"]) -> Leaf:
    """Return an open leaf with its handle, where one is seen on it."""
    r, off = _of_leaf(leaf, points_F)
    on = (r > 0.3 * leaf.length_m) & (r < leaf.length_m + 0.02) & (points_F[:, 2] > 0.12)
    bars = _bars(r[on], off[on], points_F[on, 2])
    if not bars:
        return leaf
    middle, z_m, out_m, wide_m, _ = max(bars, key=lambda one: one[0])
    return Leaf(
        hinge_m=leaf.hinge_m, side=leaf.side, angle_rad=leaf.angle_rad, length_m=leaf.length_m, low_m=leaf.low_m,
        high_m=leaf.high_m, handle_m=middle, handle_z_m=z_m, out_m=out_m, wide_m=wide_m,
    )  # fmt: skip


def _of_leaf(leaf: Leaf, points_F: Float64[np.ndarray, "n 3"]) -> tuple[np.ndarray, np.ndarray]:
    """Return how far along a leaf points are, and how far before its face."""
    away = points_F[:, :2] - leaf.hinge_m
    return away @ leaf.along(leaf.angle_rad), away @ leaf.out(leaf.angle_rad)


def _bars(
    along: np.ndarray, off: np.ndarray, z: np.ndarray
) -> list[tuple[float, tuple[float, float], float, float, int]]:
    """Return upright bars before a face: where, from which height to which, how far out, how wide, of how many
    points."""
    before = (off > BAR_M[0]) & (off < BAR_M[1])
    along, off, z = along[before], off[before], z[before]
    order = np.argsort(along)
    along, off, z = along[order], off[order], z[order]
    bars = []
    for part in np.split(np.arange(len(along)), np.flatnonzero(np.diff(along) > 0.012) + 1):
        if len(part) < BAR_MIN:
            continue
        a, b = np.quantile(along[part], [0.03, 0.97]).tolist()
        low, high = np.quantile(z[part], [0.03, 0.97]).tolist()
        if b - a <= BAR_WIDE_M and high - low >= BAR_TALL_M:
            out_m = float(np.quantile(off[part], 0.9))
            bars.append(((a + b) / 2, (low, high), out_m, b - a, len(part)))
    return bars

"""How a hand could take a thing: poses of a two-fingered gripper, from the thing's own points.

    name    approach            source
    top     straight down       antipodal on the points, all round
    tilted  down at 45 degrees  the same
    side    level               the same, for what is tall enough
    rim     down                one finger inside a hollow thing, at its highest points

The points of what was seen from one side are mirrored through the upright axis of the thing's box (Bohg et al. 2011:
things on tables are mostly symmetric). A pose is a grasp where the fingers close on points on both sides, and where
neither the open fingers nor the palm would be in any. G: z out of the hand, y along the fingers' way, the origin
between the tips.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float64

__all__ = ["Grasp", "Hand", "Thing", "grasps_of", "mirrored", "over_sides"]

Source = Literal["top", "tilted", "side", "rim"]

TURNS = 12
"""So many directions all round are tried."""
NOISE_M = 0.004
"""Points are so far from where they should be, about."""
PAD_M = 0.006
"""Points no farther from the outermost are under a finger."""
POINTS_MIN = 4
"""A finger closes on so many, at least."""
OPPOSITE_M = 0.012
"""What both fingers close on is as deep between them on one side as on the other, give or take so much: else they turn
the thing out of the hand."""
SPARE_M = 0.003
"""The hand opens wider than what it takes by so much on each side, at least."""
ROW_M, STEEP = 0.007, 0.6
"""Sides are looked at in rows so wide; what leans by more than so much is not taken."""
ROOM_M = 0.015
"""Round a rim it opens wider by so much on each side."""
DEEP_M, SHALLOW_M = 0.032, 0.018
"""The tips reach so far below the highest point of what stands between them."""
HIGHEST_M = 0.012
"""What is no lower than the highest point by this is the rim of a hollow thing."""
LEANS = (math.pi / 4, 0.0)
"""Down from the level, of what is not straight down."""
RIM_LEANS = (math.pi / 3,)
LEVELS = (0.35, 0.55, 0.75)
"""Heights at which a thing is taken from the side, as shares of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """The measures of a hand with two fingers. The defaults are those of Franka's (data sheet, 2020)."""

    width_max_m: float = 0.08
    finger_m: tuple[float, float] = (0.021, 0.016)
    """How wide a finger is, along x, and how thick, along y."""
    tip_m: float = 0.008
    """The tips end so far beyond the origin of G."""
    palm_m: float = 0.042
    """The palm is so far behind it."""
    body_m: tuple[float, float] = (0.064, 0.205)
    """Of what is behind the palm: along x and y."""

    def open_m(self, source: Source, width_m: float) -> float:
        """Return how wide it opens to take what is so thick: as wide as it can, but round a rim."""
        return min(self.width_max_m, width_m + 2 * ROOM_M) if source == "rim" else self.width_max_m


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """What is to be taken, as its points show it."""

    points_W: Float64[np.ndarray, "n 3"]
    center_W: Float64[np.ndarray, "3"]
    """Of its box."""
    size_m: Float64[np.ndarray, "3"]
    yaw_rad: float

    @property
    def low_m(self) -> float:
        """How high it stands."""
        return float(self.center_W[2] - self.size_m[2] / 2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grasp:
    """One way to take a thing."""

    X_WG: Float64[np.ndarray, "4 4"]
    width_m: float
    """How thick the thing is between the fingers."""
    open_m: float
    """How wide the hand opens for it."""
    score: float
    """0 to 1; the better, the more."""
    source: Source

    def backed(self, way_m: float) -> Float64[np.ndarray, "4 4"]:
        """Return X_WG of the hand so far back along its approach."""
        X_WG = self.X_WG.copy()
        X_WG[:3, 3] -= way_m * X_WG[:3, 2]
        return X_WG

    def turned(self) -> Grasp:
        """Return the same grasp with the fingers changed over."""
        X_WG = self.X_WG.copy()
        X_WG[:3, :2] *= -1.0
        return replace(self, X_WG=X_WG)


def grasps_of(thing: Thing, hand: Hand | None = None, *, level_m: float | None = None) -> tuple[Grasp, ...]:
    """Return the grasps of a thing, the best first; none where it is too thick everywhere, or shows too little.

    level_m: the height of what the thing stands on, which the fingers must not reach; by default its own lowest.
    """
    hand = hand or Hand()
    if len(thing.points_W) < 2 * POINTS_MIN:
        return ()
    level_m = thing.low_m if level_m is None else level_m
    points_W = mirrored(thing)
    found = []
    for source, X_WG in _tried(thing, points_W, hand, level_m):
        grasp = _closed(source, X_WG, points_W, thing, hand)
        if grasp is not None and _lowest_m(grasp.X_WG, source, hand) >= level_m + NOISE_M:
            found.append(grasp)
    found.sort(key=lambda one: -one.score)
    return tuple(found)


def over_sides(thing: Thing) -> tuple[Grasp, ...]:
    """Return what may be grasps of a thing of which only the box is known: straight down over each of its sides."""
    found = []
    for k, (axis, half_m) in enumerate(
        ((0, thing.size_m[0] / 2), (0, -thing.size_m[0] / 2), (1, thing.size_m[1] / 2), (1, -thing.size_m[1] / 2))
    ):
        to = thing.yaw_rad + axis * math.pi / 2
        p = thing.center_W[:2] + half_m * np.array([math.cos(to), math.sin(to)])
        z = thing.low_m + float(thing.size_m[2]) - SHALLOW_M
        X_WG = _hand_at((float(p[0]), float(p[1]), z), math.pi / 2, to - math.pi / 2)
        found.append(Grasp(X_WG=X_WG, width_m=0.01, open_m=0.04, score=0.3 - 0.001 * k, source="rim"))
    return tuple(found)


def mirrored(thing: Thing) -> Float64[np.ndarray, "m 3"]:
    """Return the points of a thing, and the same turned by half about the upright axis of its box, within its box."""
    turned = thing.points_W.copy()
    turned[:, :2] = 2.0 * thing.center_W[:2] - turned[:, :2]
    c, s = math.cos(thing.yaw_rad), math.sin(thing.yaw_rad)
    across = np.abs((turned[:, :2] - thing.center_W[:2]) @ np.array([[c, -s], [s, c]]))
    inside = (across <= thing.size_m[:2] / 2 + 2 * NOISE_M).all(axis=1)
    return np.concatenate([thing.points_W, turned[inside]])


def _tried(
    thing: Thing, points_W: Float64[np.ndarray, "m 3"], hand: Hand, level_m: float
) -> Iterator[tuple[Source, Float64[np.ndarray, "4 4"]]]:
    """Yield poses of the hand that may be grasps."""
    x, y, _ = thing.center_W.tolist()
    top_m = float(np.quantile(points_W[:, 2], 0.98))
    lowest_m = level_m + hand.tip_m + NOISE_M
    to_long, along_m = _along(thing)
    for turn in range(TURNS):
        close = thing.yaw_rad + math.pi * turn / TURNS
        for aside in along_m:
            p = x + aside * math.cos(to_long), y + aside * math.sin(to_long)
            here_m = _height(points_W, p, top_m)
            for deep_m in (DEEP_M, SHALLOW_M):
                yield "top", _hand_at((*p, max(here_m - deep_m, lowest_m)), math.pi / 2, close - math.pi / 2)
    for turn in range(TURNS):
        to = thing.yaw_rad + 2 * math.pi * turn / TURNS
        for share in LEVELS:
            z = max(level_m + share * (top_m - level_m), lowest_m)
            back_m = _back_m(points_W, np.array([x, y, z]), to)
            p = x - back_m * math.cos(to), y - back_m * math.sin(to), z
            for lean in LEANS:
                yield "tilted" if lean else "side", _hand_at(p, lean, to)
    for p_W, to in _rim(thing, points_W, top_m):
        for deep_m in (0.6 * DEEP_M, 0.6 * SHALLOW_M):
            at = float(p_W[0]), float(p_W[1]), max(top_m - deep_m, lowest_m)
            for down in (math.pi / 2, *RIM_LEANS):
                yield "rim", _hand_at(at, down, to - math.pi / 2)
                if down < math.pi / 2:
                    yield "rim", _hand_at(at, down, to + math.pi / 2)


def _along(thing: Thing) -> tuple[float, tuple[float, ...]]:
    """Return which way a thing's box is longer [rad], and how far from its middle that way it is tried to be taken."""
    x_m, y_m = thing.size_m[:2].tolist()
    length = max(x_m, y_m)
    to = thing.yaw_rad + (math.pi / 2 if y_m > x_m else 0.0)
    return to, (0.0,) if length < 0.08 else (0.0, length / 4, -length / 4)


def _back_m(points_W: Float64[np.ndarray, "m 3"], p_W: Float64[np.ndarray, "3"], to_rad: float) -> float:
    """Return how far before a point the tips end that come to it level: no deeper in the thing than they reach."""
    away = points_W - p_W
    c, s = math.cos(to_rad), math.sin(to_rad)
    along, across = c * away[:, 0] + s * away[:, 1], np.abs(c * away[:, 1] - s * away[:, 0])
    near = (across <= 0.02) & (np.abs(away[:, 2]) <= 0.015)
    return max(-float(np.quantile(along[near], 0.02)) - DEEP_M, 0.0) if near.sum() >= POINTS_MIN else 0.0


def _height(points_W: Float64[np.ndarray, "m 3"], p_m: tuple[float, float], otherwise_m: float) -> float:
    """Return how high the points reach about a spot."""
    near = np.hypot(*(points_W[:, :2] - p_m).T) <= 0.02
    return float(np.quantile(points_W[near, 2], 0.9)) if near.sum() >= POINTS_MIN else otherwise_m


def _rim(
    thing: Thing, points_W: Float64[np.ndarray, "m 3"], top_m: float
) -> Iterator[tuple[Float64[np.ndarray, "2"], float]]:
    """Yield points of a hollow thing's rim, and which way is outward there; none of a thing that is not hollow."""
    away = points_W[:, :2] - thing.center_W[:2]
    out_m = np.hypot(*away.T)
    rim = points_W[:, 2] >= top_m - HIGHEST_M
    reach_m = float(np.quantile(out_m[rim], 0.8)) if rim.sum() >= POINTS_MIN else 0.0
    middle = points_W[out_m <= 0.4 * reach_m, 2]
    if reach_m < 0.025 or (len(middle) and float(np.quantile(middle, 0.9)) > top_m - 0.02):
        return
    bearing = np.arctan2(away[:, 1], away[:, 0])
    for turn in range(TURNS):
        to = thing.yaw_rad + 2 * math.pi * turn / TURNS
        near = rim & (np.abs((bearing - to + math.pi) % math.tau - math.pi) <= math.pi / TURNS)
        if near.sum() >= POINTS_MIN:
            r = float(np.median(out_m[near]))
            yield thing.center_W[:2] + r * np.array([math.cos(to), math.sin(to)]), to


def _hand_at(p_W: tuple[float, float, float], down_rad: float, to_rad: float) -> Float64[np.ndarray, "4 4"]:
    """Return the hand that approaches towards a bearing, and down by an angle; its fingers move on a level.

    Straight down, they move across the bearing, too.
    """
    c, s = math.cos(to_rad), math.sin(to_rad)
    X_WG = np.eye(4)
    X_WG[:3, 2] = c * math.cos(down_rad), s * math.cos(down_rad), -math.sin(down_rad)
    X_WG[:3, 1] = -s, c, 0.0
    X_WG[:3, 0] = np.cross(X_WG[:3, 1], X_WG[:3, 2])
    X_WG[:3, 3] = p_W
    return X_WG


def _closed(
    source: Source, X_WG: Float64[np.ndarray, "4 4"], points_W: Float64[np.ndarray, "m 3"], thing: Thing, hand: Hand
) -> Grasp | None:
    """Return the grasp that the hand has when its fingers close; None where it does not take the thing so."""
    points_G = (points_W - X_WG[:3, 3]) @ X_WG[:3, :3]
    x, y, z = points_G.T
    before = (np.abs(x) <= hand.finger_m[0] / 2 + NOISE_M) & (z >= -hand.palm_m) & (z <= hand.tip_m)
    if source == "rim":
        before &= np.abs(y) <= 0.02
    if before.sum() < 2 * POINTS_MIN:
        return None
    low, high = np.quantile(y[before], (0.02, 0.98)).tolist()
    width_m, middle = high - low, (high + low) / 2
    if width_m > hand.width_max_m - 2 * SPARE_M:
        return None
    off = y - middle
    ends = (before & (y <= low + PAD_M), before & (y >= high - PAD_M))
    if min(int(end.sum()) for end in ends) < POINTS_MIN:
        return None
    if abs(float(np.median(z[ends[0]])) - float(np.median(z[ends[1]]))) > OPPOSITE_M:
        return None
    slope = max(
        _slope(side * y[end], along[end])
        for end, side in ((before & (off < 0.0), -1.0), (before & (off > 0.0), 1.0))
        for along in (x, z)
    )
    if slope > STEEP:
        return None
    if _runs_into(np.abs(x), np.abs(off), z, hand.open_m(source, width_m), hand):
        return None
    closed = X_WG.copy()
    closed[:3, 3] += middle * X_WG[:3, 1]
    pad_m = min(float(np.ptp(z[end])) for end in ends)
    return Grasp(
        X_WG=closed,
        width_m=width_m,
        open_m=hand.open_m(source, width_m),
        score=_score(closed, width_m, pad_m, slope, thing, source),
        source=source,
    )


def _slope(out: np.ndarray, along: np.ndarray) -> float:
    """Return how much a side leans along a finger or across it, by its outermost points; 0 where too little is seen.

    Fingers slide off what leans more than friction holds (Nguyen 1988: both contacts within the cone of friction): off
    a ball's upper half, or off a round side that is not taken by its middle.
    """
    row = np.floor(along / ROW_M).astype(int)
    rows = [k for k in np.unique(row) if (row == k).sum() >= 3]
    if len(rows) < 3:
        return 0.0
    outermost = [np.quantile(out[row == k], 0.9) for k in rows]
    return abs(float(np.polyfit(ROW_M * np.array(rows), outermost, 1)[0]))


def _runs_into(x: np.ndarray, off: np.ndarray, z: np.ndarray, open_m: float, hand: Hand) -> bool:
    """Return whether the open hand would be in the points: a finger on its way in, or the palm."""
    swept = (x <= hand.finger_m[0] / 2) & (z <= hand.tip_m)
    finger = swept & (off >= open_m / 2 + NOISE_M) & (off <= open_m / 2 + hand.finger_m[1])
    palm = (x <= hand.body_m[0] / 2) & (off <= hand.body_m[1] / 2) & (z <= -hand.palm_m)
    return int(finger.sum()) > 2 or int(palm.sum()) > 2


def _score(
    X_WG: Float64[np.ndarray, "4 4"], width_m: float, pad_m: float, slope: float, thing: Thing, source: Source
) -> float:
    """Return how good a grasp is: fingers deep over the thing, room to spare, near its middle."""
    spare = min((0.08 - width_m) / 0.03, 1.0)
    pad = min(pad_m / 0.02, 1.0)
    aside_m = float(np.linalg.norm((thing.center_W - X_WG[:3, 3])[:2]))
    middle = math.exp(-((aside_m / 0.06) ** 2))
    square = abs(math.cos(2.0 * (math.atan2(X_WG[1, 1], X_WG[0, 1]) - thing.yaw_rad)))
    kind = {"top": 1.0, "side": 0.9, "tilted": 0.85, "rim": 0.6}[source]
    return kind * (1.0 - 0.8 * slope) * (0.3 * spare + 0.3 * pad + 0.3 * middle + 0.1 * square)


def _lowest_m(X_WG: Float64[np.ndarray, "4 4"], source: Source, hand: Hand) -> float:
    """Return how low the hand reaches: its tips, and leaning or level its sides."""
    depth = hand.tip_m * max(-X_WG[2, 2], 0.0)
    side = abs(float(X_WG[2, 0])) * hand.finger_m[0] / 2
    body = -hand.palm_m * X_WG[2, 2] - abs(float(X_WG[2, 0])) * hand.body_m[0] / 2
    return float(X_WG[2, 3]) + min(-depth - side, body)

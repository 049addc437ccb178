"""Which spot to explore next: what the memory says is worth most, seen from where most of it is in sight.

The memory names the floor that is worth a look, and the way there (`View.explore_value`). From where to look is chosen
here: of the floor about it the stand from which most that nobody has seen is in sight for the way, with room to turn
(next best view: Gonzalez-Banos and Latombe 2002, "Navigation strategies for exploring indoor environments").
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64

from planners.navigation.config import NavigationConfig
from planners.navigation.course import wide_enough
from planners.navigation.surroundings import distance_m
from planners.navigation.visible import BEHIND_M, LOOK_M2, Vain, best_look, unseen_m2, worth_turning
from spatialmem import ExploreSpot, Floor, State, View

__all__ = [
    "EDGE_M2",
    "LEAST_M2_PER_M",
    "LEAST_P_PER_M",
    "Been",
    "behind_m2",
    "edge_spot",
    "gain_m2",
    "next_spot",
    "next_stand",
]

LEAST_M2_PER_M = 0.06
"""So little new floor for a metre of way is not worth it."""
LEAST_P_PER_M = 0.002
"""So little hope of finding something for a metre of way is not worth it."""
SPOTS = 64
"""So many spots are asked for: all of a home."""
TRIED = 8
"""For so many spots a stand is looked for, the best first."""
ABOUT_M, APART_M = 2.5, 0.25
"""A stand is looked for so far about what is to be seen and about where the memory would stand, in so large squares."""
STANDS = 80
"""So many are compared, the nearest first."""
LOOK_M = 1.0
"""To look about costs as much as so many metres of way: as in `View.explore_value`."""
APART_FROM_M, MISSED_M = 0.4, 0.7
"""So near to where it has looked about, and to what it did not get to, it is not sent again."""
START_M = 2.0
"""A way begins so near to the robot, perhaps over floor about it that nobody has seen: as those of `View.route`."""
GAIN_M2 = 0.2
"""Less than this is not worth a stand."""
STAND_M2 = 0.3
"""Less floor that it gets to is not worth a stand to an explorer, and less that has changed."""
EDGE_M2 = 0.5
"""Less than this behind an edge of what is known is not worth driving up to it."""
NARROW = 0.5
"""A stand without room to turn, from which less is seen than is about it, counts as worth so much of what it would."""
COARSE = 2
"""Ways to stands are measured over squares of so many cells."""
SAME_FLOOR_M = 0.5
"""Floors are this far apart at least."""
ROOM_M = 0.05
"""So much more room than it needs is enough to turn in a map that is a cell off. Less is for want of other stands."""


class Been:
    """Where the robot has looked about, or did not get to, and what it did not see there for all that."""

    def __init__(self, fits_m: float | None = None) -> None:
        """fits_m: as for `Vain`."""
        self.vain = Vain(fits_m)
        self.stands_m: list[Float64[np.ndarray, "2"]] = []
        self.missed_m: list[Float64[np.ndarray, "2"]] = []
        """What it did not get to."""
        self.edges_m: list[Float64[np.ndarray, "2"]] = []
        """Edges of what is known that it drove up to."""

    def apart(self, points_m: Float64[np.ndarray, "n 2"]) -> Int64[np.ndarray, "m"]:
        """Return the numbers of the points that are not near any of these stands."""
        kept = np.ones(len(points_m), bool)
        for stands_m, near_m in ((self.stands_m, APART_FROM_M), (self.missed_m, MISSED_M)):
            if stands_m:
                gaps = points_m[:, None] - np.array(stands_m)[None]
                kept &= ((gaps * gaps).sum(axis=2) > near_m**2).all(axis=1)
        return np.flatnonzero(kept)


def next_spot(
    view: View,
    start: Any = None,
    *,
    least: float | None = None,
    bounds_m: Any = None,
    sought: str | None = None,
    towards: Any = None,
    been: Been | None = None,
    config: NavigationConfig | None = None,
) -> ExploreSpot | None:
    """Return the spot that is worth most, with the stand to see it from; None where nothing is worth the way.

    least: a spot with a lower value is not worth the way; by default `LEAST_M2_PER_M` [m2/m], with `sought` (a label)
    `LEAST_P_PER_M` [1/m]. start, bounds_m: as for `explore_value`. towards: a point (x, y) [m]: then the best is the
    one with the shortest way over it and, from what is seen there, straight on to the point; only floor that nobody
    has seen counts, and `least` only if it is given. been: where the robot has been looking already; it is not
    sent there again. Raises what `explore_value` raises.
    """
    config, been = config or NavigationConfig(), been or Been()
    spots = view.explore_value(bounds_m, sought=sought, k=SPOTS, start=start)
    if towards is not None:
        x, y = float(towards[0]), float(towards[1])
        least = 0.0 if least is None else least
        spots = tuple(one for one in spots if one.unknown_m2 > 0 and one.value >= least)
        spots = tuple(sorted(spots, key=lambda one: one.route_m + math.dist(one.look_at_W[:2].tolist(), (x, y))))
    elif least is None:
        least = LEAST_M2_PER_M if sought is None else LEAST_P_PER_M
    return _first_worth(view, spots, start, least, been, config)


def next_stand(
    view: View, start: Any, *, least: float, bounds_m: Any, been: Been, config: NavigationConfig
) -> ExploreSpot | None:
    """Return the stand from which most floor that nobody has seen is in sight for the way; None where none is worth it.

    Where there is none on the floor that the robot is on, the best spot on another one, or to look at what may have
    changed. start: where the robot is [m]. The rest is as for `next_spot`.
    """
    floor = view.floor()
    best = _best_stand(floor, start, bounds_m, been, config)
    if best is not None and best.value >= least:
        return best
    spots = view.explore_value(bounds_m, k=SPOTS, start=start)
    others = [_news(one) if abs(float(one.p_W[2]) - floor.height_m) < SAME_FLOOR_M else one for one in spots]
    others = sorted((one for one in others if one.value >= least), key=lambda one: -one.value)
    return _first_worth(view, others, start, least, been, config)


def _news(spot: ExploreSpot) -> ExploreSpot:
    """Return a spot for what has changed there only."""
    news_m2 = spot.value * (spot.route_m + LOOK_M) - spot.unknown_m2
    value = news_m2 / (spot.route_m + LOOK_M) if news_m2 >= STAND_M2 else 0.0
    return dataclasses.replace(spot, unknown_m2=0.0, value=value)


def _best_stand(floor: Floor, start: Any, bounds_m: Any, been: Been, config: NavigationConfig) -> ExploreSpot | None:
    """Return the stand on one floor that is worth most."""
    ground = _ground(been.vain.left_out(floor), start, config)
    floor = ground.floor if bounds_m is None else _within(ground.floor, bounds_m)
    step = max(round(APART_M / floor.cell_m), 1)
    rows, columns = np.nonzero(ground.reached[::step, ::step])
    cells = np.stack([columns, rows], axis=1).astype(np.int64) * step
    way_m = _ways_m(ground, start)[cells[:, 1] // COARSE, cells[:, 0] // COARSE]
    kept = been.apart(floor.points_W(cells)[:, :2])
    kept = kept[np.isfinite(way_m[kept])]
    cells, way_m = cells[kept], way_m[kept]
    points_m = floor.points_W(cells)[:, :2]
    gain = gain_m2(floor, points_m, config)
    good = gain >= STAND_M2
    wide = floor.clearance_m[cells[:, 1], cells[:, 0]] >= config.turn_m + ROOM_M
    if not good.any():
        return None
    best = int(np.argmax(np.where(good, gain / (way_m + LOOK_M), 0.0) * np.where(wide, 1.0, NARROW)))
    p_W = np.array([*points_m[best], floor.height_m])
    spot = ExploreSpot(p_W=p_W, look_at_W=p_W, unknown_m2=0.0, unseen_s=0.0, p_holds=0.0, route_m=0.0, value=0.0)
    return _standing(spot, floor, points_m[best], gain[best], way_m[best], config)


def _within(floor: Floor, bounds_m: Any) -> Floor:
    """Return a floor on which what nobody has seen outside of bounds is not looked at."""
    low, high = (np.asarray(one, np.float64)[:2] for one in bounds_m)
    height, width = floor.state.shape
    x, y = (floor.origin_m[k] + (np.arange(n) + 0.5) * floor.cell_m for k, n in ((0, width), (1, height)))
    inside = ((y >= low[1]) & (y <= high[1]))[:, None] & (x >= low[0]) & (x <= high[0])
    state = np.where((floor.state == State.UNKNOWN) & ~inside, np.uint8(State.FREE), floor.state)
    return dataclasses.replace(floor, state=state)


def _ways_m(ground: _Ground, start: Any) -> Float64[np.ndarray, "h w"]:
    """Return how long the way is to each square of `COARSE` cells that the robot gets to [m]; infinite to others."""
    from planners.navigation.kernels import field

    height, width = (-(-n // COARSE) for n in ground.reached.shape)
    padded = np.zeros((height * COARSE, width * COARSE), bool)
    padded[: ground.reached.shape[0], : ground.reached.shape[1]] = ground.reached | ground.begins
    free = padded.reshape(height, COARSE, width, COARSE).any(axis=(1, 3))
    square_m = ground.floor.cell_m * COARSE
    cells = np.argwhere(free)[:, ::-1]
    lengths = np.full((height, width), np.inf, np.float32)
    if len(cells):
        gaps = (cells + 0.5) * square_m + ground.floor.origin_m - np.asarray(start, np.float64)[:2]
        nearest = int(np.argmin((gaps * gaps).sum(axis=1)))
        field.lengths_from(free, np.ascontiguousarray(cells[nearest : nearest + 1]), lengths)
    return lengths.astype(np.float64) * square_m


def _first_worth(
    view: View, spots: Sequence[ExploreSpot], start: Any, least: float, been: Been, config: NavigationConfig
) -> ExploreSpot | None:
    """Return the first of some spots that is worth the way from where it is seen well."""
    grounds: dict[float, _Ground] = {}
    for spot in spots[:TRIED]:
        found: ExploreSpot | None = spot
        if spot.unknown_m2 >= LOOK_M2:
            z_m = float(spot.p_W[2])
            if z_m not in grounds:
                grounds[z_m] = _ground(been.vain.left_out(view.floor(z_m=z_m)), start, config)
            found = _seen_well(grounds[z_m], spot, been, config)
        elif len(been.apart(spot.p_W[None, :2])) == 0:
            found = None
        if found is not None and found.value >= least:
            return found
    return None


def edge_spot(
    view: View, start: Any, *, least: float, bounds_m: Any, been: Been, config: NavigationConfig
) -> ExploreSpot | None:
    """Return a spot at the edge of what is known: the floor that the robot gets to nearest to what is to be seen.

    For what is not seen from where there is room to turn: who drives up to it along a passage faces it on the way. None
    where it was at all such places, or what is behind is not worth it. Of several it is the one with the shortest way.
    """
    floor = view.floor()
    ground = _ground(been.vain.left_out(floor), start, config)
    rows, columns = np.nonzero(ground.reached)
    if not len(rows):
        return None
    floor = ground.floor if bounds_m is None else _within(ground.floor, bounds_m)
    ways_m = _ways_m(ground, start)
    points_m = floor.points_W(np.stack([columns, rows], axis=1).astype(np.int64))[:, :2]
    found: list[ExploreSpot] = []
    for spot in view.explore_value(bounds_m, k=SPOTS, start=start):
        gaps = points_m - spot.look_at_W[:2]
        nearest = int(np.argmin((gaps * gaps).sum(axis=1)))
        unknown_m2 = behind_m2(floor, spot.look_at_W[:2])
        way_m = float(ways_m[rows[nearest] // COARSE, columns[nearest] // COARSE])
        worth = min(unknown_m2, spot.unknown_m2) / (way_m + LOOK_M)
        been_there = any(np.hypot(*(points_m[nearest] - one)) <= APART_FROM_M for one in been.edges_m)
        if unknown_m2 < EDGE_M2 or been_there or worth < least:
            continue
        p_W = np.array([*points_m[nearest], spot.p_W[2]])
        found.append(dataclasses.replace(spot, p_W=p_W, unknown_m2=unknown_m2, route_m=way_m, value=float(worth)))
    return min(found, key=lambda one: one.route_m) if found else None


def behind_m2(floor: Floor, p_m: Float64[np.ndarray, "2"]) -> float:
    """Return how much floor that nobody has seen is about a point at the edge of what is known [m2]."""
    rows, columns = np.nonzero(floor.state == State.UNKNOWN)
    x, y = ((k + 0.5) * floor.cell_m + o - p for k, o, p in zip((columns, rows), floor.origin_m, p_m, strict=True))
    return float(np.count_nonzero(np.hypot(x, y) <= BEHIND_M)) * floor.cell_m**2


def gain_m2(floor: Floor, points_m: Float64[np.ndarray, "n 2"], config: NavigationConfig) -> Float64[np.ndarray, "n"]:
    """Return how much floor that nobody has seen is seen from points by turning to it [m2]."""
    unseen = unseen_m2(floor, points_m)
    return (unseen * worth_turning(unseen, config)).sum(axis=1)


class _Ground(NamedTuple):
    """A floor, and where on it the robot gets to."""

    floor: Floor
    reached: Bool[np.ndarray, "h w"]
    begins: Bool[np.ndarray, "h w"]
    """Where else its way may begin: near it, where nothing is known to be in the way."""


def _ground(floor: Floor, start: Any, config: NavigationConfig) -> _Ground:
    """Return a floor with the pieces of it that are wide enough, and begin near the start; without one, all."""
    import cv2

    solid_m = distance_m(floor.state == State.OCCUPIED, floor.cell_m)
    wide = wide_enough(floor.clearance_m, solid_m, config)
    if start is None or not wide.size:
        return _Ground(floor, wide, np.zeros_like(wide))
    _, piece = cv2.connectedComponents(wide.astype(np.uint8), connectivity=8)
    height, width = wide.shape
    x, y = (floor.origin_m[k] + (np.arange(n) + 0.5) * floor.cell_m for k, n in ((0, width), (1, height)))
    near = np.hypot(x[None] - float(start[0]), y[:, None] - float(start[1])) <= START_M
    reached = np.isin(piece, np.unique(piece[wide & near]))
    return _Ground(floor, reached & wide, near & (solid_m >= config.beside_m))


def _seen_well(ground: _Ground, spot: ExploreSpot, been: Been, config: NavigationConfig) -> ExploreSpot | None:
    """Return a spot with the best stand for it; None where too little of it is seen from anywhere."""
    at_m, look_at_m = spot.p_W[:2], spot.look_at_W[:2]
    floor = ground.floor
    points_m, clear_m = _stands(ground, at_m, look_at_m)
    kept = been.apart(points_m)
    points_m, clear_m = points_m[kept], clear_m[kept]
    if not len(points_m):
        return None
    gain = gain_m2(floor, points_m, config)
    way_m = spot.route_m + np.hypot(*(points_m - at_m).T)
    wide = (clear_m >= config.turn_m + ROOM_M) & (gain >= GAIN_M2)
    good = wide if wide.any() else gain >= GAIN_M2
    if not good.any():
        return None
    value = np.where(good, gain / (way_m + LOOK_M), 0.0)
    best = int(np.argmax(value))
    return _standing(spot, floor, points_m[best], gain[best], way_m[best], config)


def _standing(
    spot: ExploreSpot, floor: Floor, p_m: Float64[np.ndarray, "2"], gain_m2: float, way_m: float, config: Any
) -> ExploreSpot:
    """Return a spot as it is seen from another stand."""
    z_m = float(spot.p_W[2])
    p_W, look_at_W = np.array([*p_m, z_m]), np.array([*best_look(floor, p_m, config), z_m])
    for one in (p_W, look_at_W):
        one.setflags(write=False)
    return dataclasses.replace(
        spot,
        p_W=p_W,
        look_at_W=look_at_W,
        unknown_m2=float(gain_m2),
        route_m=float(way_m),
        value=float(gain_m2 / (way_m + LOOK_M)),
    )


def _stands(
    ground: _Ground, at_m: Float64[np.ndarray, "2"], look_at_m: Float64[np.ndarray, "2"]
) -> tuple[Float64[np.ndarray, "n 2"], Float64[np.ndarray, "n"]]:
    """Return points to stand at about two others, and the room there: one in each square, the nearest first."""
    floor = ground.floor
    step = max(round(APART_M / floor.cell_m), 1)
    rows, columns = np.nonzero(ground.reached[::step, ::step])
    points_m = floor.points_W(np.stack([columns, rows], axis=1).astype(np.int64) * step)[:, :2]
    away_m = np.minimum(*(np.hypot(*(points_m - one).T) for one in (at_m, look_at_m)))
    order = np.argsort(away_m, kind="stable")[:STANDS]
    order = order[away_m[order] <= ABOUT_M]
    return points_m[order], floor.clearance_m[rows[order] * step, columns[order] * step].astype(np.float64)

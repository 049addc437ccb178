"""Which spot to explore next: what the memory says is worth most, seen from where most of it is in sight.

The memory names the floor that is worth a look, and the way there (`View.explore_value`). From where to look is chosen
here: of the floor about it the stand from which most that nobody has seen is in sight for the way, with room to turn
(next best view: Gonzalez-Banos and Latombe 2002, "Navigation strategies for exploring indoor environments").
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64

from planners.navigation.config import NavigationConfig
from planners.navigation.course import wide_enough
from planners.navigation.surroundings import distance_m
from planners.navigation.visible import LOOK_M2, Vain, best_look, unseen_m2, worth_turning
from spatialmem import ExploreSpot, Floor, State, View

__all__ = ["LEAST_M2_PER_M", "LEAST_P_PER_M", "Been", "edge_spot", "gain_m2", "next_spot"]

LEAST_M2_PER_M = 0.03
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
APART_FROM_M = 0.4
"""So near to where it has looked about, or did not get to, it is not sent again."""
START_M = 2.0
"""A way begins so near to the robot, perhaps over floor about it that nobody has seen: as those of `View.route`."""
GAIN_M2 = 0.2
"""Less than this is not worth a stand."""
ROOM_M = 0.05
"""So much more room than it needs is enough to turn in a map that is a cell off. Less is for want of other stands."""


class Been:
    """Where the robot has looked about, or did not get to, and what it did not see there for all that."""

    def __init__(self) -> None:
        self.vain = Vain()
        self.stands_m: list[Float64[np.ndarray, "2"]] = []
        self.edges_m: list[Float64[np.ndarray, "2"]] = []
        """Edges of what is known that it drove up to."""

    def apart(self, points_m: Float64[np.ndarray, "n 2"]) -> Int64[np.ndarray, "m"]:
        """Return the numbers of the points that are not near any of these stands."""
        if not self.stands_m:
            return np.arange(len(points_m))
        gaps = points_m[:, None] - np.array(self.stands_m)[None]
        return np.flatnonzero(((gaps * gaps).sum(axis=2) > APART_FROM_M**2).all(axis=1))


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


def edge_spot(view: View, start: Any, *, bounds_m: Any, been: Been, config: NavigationConfig) -> ExploreSpot | None:
    """Return a spot at the edge of what is known: the floor that the robot gets to nearest to what is to be seen.

    For what is not seen from where there is room to turn: who drives up to it along a passage faces it on the way. None
    where it was at all such places. Of several it is the one with the shortest way there, as the crow flies.
    """
    start_m = np.asarray(start, np.float64)[:2]
    ground = _ground(view.floor(), start, config)
    rows, columns = np.nonzero(ground.reached)
    if not len(rows):
        return None
    points_m = ground.floor.points_W(np.stack([columns, rows], axis=1).astype(np.int64))[:, :2]
    found: list[tuple[float, ExploreSpot]] = []
    for spot in view.explore_value(bounds_m, k=SPOTS, start=start):
        gaps = points_m - spot.look_at_W[:2]
        nearest_m = points_m[int(np.argmin((gaps * gaps).sum(axis=1)))]
        if spot.unknown_m2 < GAIN_M2 or any(np.hypot(*(nearest_m - one)) <= APART_FROM_M for one in been.edges_m):
            continue
        p_W = np.array([*nearest_m, spot.p_W[2]])
        found.append((float(np.hypot(*(nearest_m - start_m))), dataclasses.replace(spot, p_W=p_W)))
    return min(found, key=lambda one: one[0])[1] if found else None


def gain_m2(floor: Floor, points_m: Float64[np.ndarray, "n 2"], config: NavigationConfig) -> Float64[np.ndarray, "n"]:
    """Return how much floor that nobody has seen is seen from points by turning to it [m2]."""
    unseen = unseen_m2(floor, points_m)
    return (unseen * worth_turning(unseen, config)).sum(axis=1)


class _Ground(NamedTuple):
    """A floor, and where on it the robot gets to."""

    floor: Floor
    reached: Bool[np.ndarray, "h w"]


def _ground(floor: Floor, start: Any, config: NavigationConfig) -> _Ground:
    """Return a floor with the pieces of it that are wide enough, and begin near the start; without one, all."""
    import cv2

    solid_m = distance_m(floor.state == State.OCCUPIED, floor.cell_m)
    wide = wide_enough(floor.clearance_m, solid_m, config)
    if start is None:
        return _Ground(floor, wide)
    _, piece = cv2.connectedComponents(wide.astype(np.uint8), connectivity=8)
    rows, columns = np.nonzero(wide)
    away_m = floor.points_W(np.stack([columns, rows], axis=1).astype(np.int64))[:, :2] - np.asarray(start)[:2]
    near = (away_m * away_m).sum(axis=1) <= START_M**2
    return _Ground(floor, np.isin(piece, np.unique(piece[rows[near], columns[near]])))


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
    z_m = float(spot.p_W[2])
    p_W, look_at_W = np.array([*points_m[best], z_m]), np.array([*best_look(floor, points_m[best], config), z_m])
    for one in (p_W, look_at_W):
        one.setflags(write=False)
    return dataclasses.replace(
        spot,
        p_W=p_W,
        look_at_W=look_at_W,
        unknown_m2=float(gain[best]),
        route_m=float(way_m[best]),
        value=float(value[best]),
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

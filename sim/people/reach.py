"""Where to stand to reach something, and where on a support a thing can be put down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from sim.people.leaves import leaf_of
from sim.people.route import Ways
from sim.poses import compose, yaw_pose
from sim.worlds.built.resting import thing_bounds, touching
from sim.worlds.built.world import PlacedSupport, World
from sim.worlds.outlines import Polygon, meet, rectangle
from sim.worlds.truth.footprints import outlines_of, polygon_of
from sim.worlds.truth.truth import room_at
from spatialmem import inverse, transform

__all__ = ["REACH_M", "Stand", "allowed", "fits", "in_reach", "piece_of", "put_places", "stand_near"]

REACH_M = 1.05
"""From the middle of the body to what the hand takes, leaning forward."""
SURE_M = 0.85
BEST_M = 0.62
NEAR_M = 0.32
SIDE_M = 0.75
"""To the side of a case's front one may stand so far."""
OPEN_ABOVE_M = 0.9
"""A support with less room above it is inside of something: it is reached from the front."""
EDGE_M, APART_M, HEADROOM_M = 0.015, 0.02, 0.015
SPOT_STEP_M = 0.04
SPOTS_MAX = 400
"""So many spots of a support are looked at."""
SINK_M = 0.0015
"""Deeper in anything a thing does not stand."""

Point = Float64[np.ndarray, "3"]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where to stand, and which way to look."""

    x_m: float
    y_m: float
    yaw_rad: float


def piece_of(support: str) -> str:
    """Return the piece of furniture of a support: table-1 of table-1/top."""
    return support.split("/")[0]


def allowed(
    world: World,
    ways: Ways,
    start_m: tuple[float, float],
    support: PlacedSupport | None,
    *,
    hinge: str = "",
    swing_rad: tuple[float, float] | None = None,
) -> Bool[np.ndarray, "h w"]:
    """Return the cells that can be walked to and from which a support is open to the hand, clear of a leaf's way.

    Without a support it is a hinge alone that is to be reached, or the floor. hinge: a leaf that turns meanwhile;
    swing_rad: between which angles, by default as far as it goes.
    """
    cells = np.isfinite(ways.lengths_from(start_m)) & ways.open
    if support is not None:
        room = room_at(world.home, support.center_W[0], support.center_W[1])
        cells &= ways.grid.room == (ways.grid.rooms.index(room) if room else -1)
        if support.behind or support.headroom_m < OPEN_ABOVE_M:
            cells &= _before(world, piece_of(support.name), ways.middles_m)
    if hinge:
        leaf = leaf_of(world, hinge)
        cells &= leaf.clear_of_sweep(ways.middles_m, *(swing_rad or (0.0, leaf.high_rad)))
    return cells


def in_reach(
    world: World, ways: Ways, start_m: tuple[float, float], support: PlacedSupport, p_W: Point | None = None
) -> bool:
    """Whether somebody who can walk from start_m gets the hand well over a support, or over a point of it."""
    cells = allowed(world, ways, start_m, support, hinge=support.behind)
    if not cells.any():
        return False
    inner = rectangle(*support.center_W[:2], support.yaw_rad, *(0.6 * size for size in support.size_m))
    points_m = np.concatenate([inner, [support.center_W[:2]]]) if p_W is None else p_W[None, :2]
    away = np.hypot(*(ways.middles_m[cells][:, None] - points_m).transpose(2, 0, 1))
    return bool((away.min(axis=0) <= SURE_M).any())


def _before(world: World, piece: str, middles_m: Float64[np.ndarray, "h w 2"]) -> Bool[np.ndarray, "h w"]:
    """Return the cells in front of a piece of furniture."""
    depth, width, _ = next(p.size_m for p in world.home.furniture if p.name == piece)
    flat = np.concatenate([middles_m, np.zeros_like(middles_m[..., :1])], axis=-1).reshape(-1, 3)
    p_K = transform(inverse(world.X_WK(piece)), flat).reshape(*middles_m.shape[:2], 3)
    return (p_K[..., 0] > depth / 2) & (np.abs(p_K[..., 1]) < width / 2 + SIDE_M)


def stand_near(
    ways: Ways,
    cells: Bool[np.ndarray, "h w"],
    start_m: tuple[float, float],
    points_W: list[Point],
    *,
    reach_m: float = REACH_M,
) -> Stand | None:
    """Return the best of some cells from which all points can be reached, facing the first; None where there is none.

    Best is near an arm's length from the first point, and not far to walk.
    """
    away = [np.hypot(ways.middles_m[..., 0] - p[0], ways.middles_m[..., 1] - p[1]) for p in points_W]
    cells = cells & (away[0] >= NEAR_M) & (np.max(away, axis=0) <= reach_m)
    if not cells.any():
        return None
    cost = np.where(cells, 4.0 * np.abs(away[0] - BEST_M) + 0.1 * _finite(ways.lengths_from(start_m)), np.inf)
    x, y = ways.middles_m.reshape(-1, 2)[int(np.argmin(cost))].tolist()
    return Stand(x, y, math.atan2(float(points_W[0][1]) - y, float(points_W[0][0]) - x))


def _finite(lengths_m: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    return np.where(np.isfinite(lengths_m), lengths_m, 1e6)


def put_places(
    world: World, thing: str, support: PlacedSupport, near_m: Float64[np.ndarray, "n 2"], rng: np.random.Generator
) -> Iterator[Float64[np.ndarray, "4 4"]]:
    """Yield poses X_WK in which a thing would stand free on a support, within reach of one of some points.

    near_m: where one can stand. The order is by chance. The thing must be out of the way: it is put there to try.
    """
    from scipy.spatial import KDTree

    model = world.model(thing)
    if model.height_m + HEADROOM_M > support.headroom_m or not len(near_m):
        return
    reach = KDTree(near_m)
    taken = _taken(world, thing, support, model.height_m)
    X_WS = compose(yaw_pose(*support.center_W[:2], support.yaw_rad, support.center_W[2]), np.eye(4))
    spots = _spots(support, model.footprint_m)
    for number in rng.permutation(len(spots))[:SPOTS_MAX].tolist():
        x, y, turn = spots[number]
        X_WK = compose(X_WS, yaw_pose(x, y, turn))
        if reach.query(X_WK[:2, 3])[0] > REACH_M:
            continue
        outline = rectangle(X_WK[0, 3], X_WK[1, 3], support.yaw_rad + turn, *model.footprint_m)
        if not any(meet(outline, other, APART_M) for other in taken) and fits(world, thing, support, X_WK):
            yield X_WK


def _spots(support: PlacedSupport, footprint_m: tuple[float, float]) -> list[tuple[float, float, float]]:
    """Return x, y [m] and turn [rad] in the support's own axes, all over it, of a footprint that stays on it."""
    spots = []
    for turn, (length, width) in ((0.0, footprint_m), (math.pi / 2, footprint_m[::-1])):
        half = [size / 2 - EDGE_M - part / 2 for size, part in zip(support.size_m, (length, width), strict=True)]
        if min(half) < 0:
            continue
        x, y = (np.linspace(-h, h, 1 + int(2 * h / SPOT_STEP_M)) if h > SPOT_STEP_M else np.zeros(1) for h in half)
        spots += [(float(a), float(b), turn) for a in x for b in y]
    return spots


def _taken(world: World, thing: str, support: PlacedSupport, height_m: float) -> list[Polygon]:
    """Return the outlines of what stands on a support or over it, as far as a thing of this height would meet it."""
    low, high = support.center_W[2] + 0.003, support.center_W[2] + height_m + HEADROOM_M
    taken = [polygon_of(outline) for outline in outlines_of(world, piece_of(support.name), low, high)]
    around = rectangle(*support.center_W[:2], support.yaw_rad, *(size + 0.4 for size in support.size_m))
    for body in world.bodies.values():
        if body.kind != "thing" or body.name == thing or body.name in world.absent:
            continue
        box = thing_bounds(world, body.name)
        middle, size = (box[0] + box[1]) / 2, box[1] - box[0]
        if (
            box[0][2] < high
            and box[1][2] > low
            and meet(rectangle(middle[0], middle[1], 0.0, size[0], size[1]), around)
        ):
            taken += [polygon_of(outline) for outline in outlines_of(world, body.name, low, high)]
    return taken


def fits(world: World, thing: str, support: PlacedSupport, X_WK: Float64[np.ndarray, "4 4"]) -> bool:
    """Whether a thing put there is in nothing: the last word is the contact geometry's."""
    world.place(thing, X_WK)
    low, high = thing_bounds(world, thing)
    for body in world.bodies.values():
        if body.name == thing or body.name in world.absent or body.kind in ("room", "person"):
            continue
        if body.kind == "thing":
            other_low, other_high = thing_bounds(world, body.name)
            if (other_low > high + 0.05).any() or (other_high < low - 0.05).any():
                continue
        elif body.name != piece_of(support.name):
            continue
        distance = touching(world, thing, body.name)
        if distance is not None and distance < -SINK_M:
            return False
    return True

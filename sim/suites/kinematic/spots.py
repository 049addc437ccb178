"""Where a thing can truly be put: on a support, into an open thing, on the floor. The contact geometry has the say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Float64

from sim import bullet
from sim.people.reach import fits, put_places
from sim.poses import yaw_of, yaw_pose
from sim.worlds import World
from sim.worlds.built.resting import CLOSED_RAD, thing_bounds, touching
from sim.worlds.built.world import PlacedSupport
from sim.worlds.truth.truth import room_at

__all__ = ["away_m", "behind_wall", "floor_spot", "gap_m", "inside_spot", "is_open_thing", "support_spot"]

Pose = Float64[np.ndarray, "4 4"]
Point = Float[np.ndarray, "2"]

FREE_M = 0.004
"""Between what is put on the floor or into something and all else, but what it is put in."""
SIDES_M = (0.0, 0.04, -0.04, 0.08, -0.08, 0.12, -0.12)
"""So far beside where it should go a thing is tried."""
DEEPEST_M = 0.03
"""The bottom of a basket or a tray is no thicker."""
EYE_M = 1.2
"""From so high it is looked whether a wall is between."""
OPEN_THINGS = ("basket", "tray")
"""What has room for other things."""


def away_m(world: World, name: str, p_m: Point) -> float:
    """Return how far the bounds of a thing are from a point, over the floor."""
    return gap_m(*thing_bounds(world, name), p_m)


def gap_m(low_W: Float64[np.ndarray, "3"], high_W: Float64[np.ndarray, "3"], p_m: Point) -> float:
    """Return how far bounds are from a point, over the floor."""
    return float(np.hypot(*np.maximum(np.maximum(low_W[:2] - p_m, p_m - high_W[:2]), 0.0)))


def is_open_thing(world: World, name: str) -> bool:
    """Whether other things can be put into a thing."""
    return world.bodies[name].label in OPEN_THINGS


def support_spot(
    world: World,
    thing: str,
    supports: Sequence[PlacedSupport],
    at_m: Point,
    reach_m: float,
    *,
    wanted_W: Sequence[float] | None = None,
) -> Pose | None:
    """Return where a thing stands free on one of some supports, within reach of a point; None where nowhere.

    wanted_W: there, or near there, if that is free; else by chance, but always the same. The thing must be in the
    world; it is left wherever it was tried last.
    """
    high = [one for one in supports if not one.behind or world.hinge_rad(one.behind) >= CLOSED_RAD]
    high = [one for one in high if _off_m(one, at_m) <= reach_m]
    if wanted_W is not None:
        high.sort(key=lambda one: abs(one.center_W[2] - wanted_W[2]))
        for X_WK in _near(world, thing, high, wanted_W):
            if _in_reach(world, X_WK, at_m, reach_m):
                return X_WK
    rng = np.random.default_rng(0)
    for support in high:
        for X_WK in put_places(world, thing, support, at_m[None].astype(np.float64), rng):
            if _in_reach(world, X_WK, at_m, reach_m):
                return X_WK
    return None


def _in_reach(world: World, X_WK: Pose, at_m: Point, reach_m: float) -> bool:
    near = float(np.hypot(*(X_WK[:2, 3] - at_m))) <= reach_m
    return near and not behind_wall(world, at_m, X_WK[:3, 3].tolist())


def _near(world: World, thing: str, supports: Sequence[PlacedSupport], wanted_W: Sequence[float]) -> Iterator[Pose]:
    """Yield poses on supports at a point, or a little beside it, in which a thing stands free."""
    for support in supports:
        for dx, dy in sorted(((x, y) for x in SIDES_M for y in SIDES_M), key=lambda one: (math.hypot(*one), one)):
            X_WK = yaw_pose(wanted_W[0] + dx, wanted_W[1] + dy, support.yaw_rad, support.center_W[2])
            if _off_m(support, X_WK[:2, 3]) <= 0.0 and _is_free(world, thing, support, X_WK):
                yield X_WK


def _off_m(support: PlacedSupport, p_m: Point) -> float:
    """Return how far a point is from a support, over the floor."""
    dx, dy = p_m[0] - support.center_W[0], p_m[1] - support.center_W[1]
    c, s = math.cos(support.yaw_rad), math.sin(support.yaw_rad)
    along, across = abs(c * dx + s * dy) - support.size_m[0] / 2, abs(c * dy - s * dx) - support.size_m[1] / 2
    return math.hypot(max(along, 0.0), max(across, 0.0))


def _is_free(world: World, thing: str, support: PlacedSupport, X_WK: Pose) -> bool:
    return world.model(thing).height_m < support.headroom_m and fits(world, thing, support, X_WK)


def inside_spot(world: World, thing: str, holder: str) -> Pose | None:
    """Return where a thing lies in the middle of an open one; None where it is too large, or there is no room."""
    X_WH, model, room = world.X_WK(holder), world.model(thing), world.model(holder).footprint_m
    if max(model.footprint_m) > min(room) - 0.03:
        return None
    for dx, dy in ((0.0, 0.0), (0.06, 0.0), (-0.06, 0.0), (0.0, 0.05), (0.0, -0.05)):
        c, s = math.cos(yaw_of(X_WH)), math.sin(yaw_of(X_WH))
        for z in np.arange(0.004, DEEPEST_M, 0.004):
            X_WK = yaw_pose(
                float(X_WH[0, 3] + c * dx - s * dy),
                float(X_WH[1, 3] + s * dx + c * dy),
                yaw_of(X_WH),
                float(X_WH[2, 3] + z),
            )
            world.place(thing, X_WK)
            if _is_clear(world, thing, besides=()):
                return X_WK
    return None


def floor_spot(world: World, thing: str, at_m: Point, yaw_rad: float, *, besides: Sequence[str] = ()) -> Pose | None:
    """Return where on the floor a thing stands free, before who is at a point and looks along yaw; None: nowhere.

    besides: bodies that may be as near as they are.
    """
    half = max(world.model(thing).footprint_m) / 2
    for away in (0.36, 0.46, 0.56, 0.66):
        for turn in (0.0, 0.5, -0.5, 1.0, -1.0, 1.6, -1.6):
            direction = yaw_rad + turn
            x, y = at_m[0] + (away + half) * math.cos(direction), at_m[1] + (away + half) * math.sin(direction)
            world.place(thing, yaw_pose(float(x), float(y), direction, 0.001))
            clear = _is_clear(world, thing, besides=("floor", *besides))
            if clear and not behind_wall(world, at_m, (float(x), float(y), 0.1)):
                return world.X_WK(thing)
    return None


def _is_clear(world: World, thing: str, *, besides: Sequence[str]) -> bool:
    """Whether a thing is in nothing where it is, but for some bodies."""
    for body in world.bodies.values():
        if body.name != thing and body.name not in world.absent and body.name not in besides:
            gap_m = touching(world, thing, body.name, FREE_M)
            if gap_m is not None and gap_m < 0.0:
                return False
    return True


def behind_wall(world: World, at_m: Point, p_W: Sequence[float]) -> bool:
    """Whether a wall is between somebody at a point and what is to be reached at another."""
    home = world.home
    if room_at(home, float(at_m[0]), float(at_m[1])) == room_at(home, float(p_W[0]), float(p_W[1])):
        return False
    ends = [(float(at_m[0]), float(at_m[1]), EYE_M)], [(float(p_W[0]), float(p_W[1]), float(p_W[2]) + 0.05)]
    ((unique_id, *_),) = bullet.api().rayTestBatch(*ends, physicsClientId=world.client)
    hit = world.body_of(unique_id)
    return hit is not None and hit.kind in ("room", "door")

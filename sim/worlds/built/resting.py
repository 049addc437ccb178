"""What rests on what, from geometry and touch at this moment; never from the plan."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.worlds.built.solids import bounds
from sim.worlds.built.world import PlacedSupport, World

__all__ = ["CLOSED_RAD", "hidden_in", "load_of", "supports_of", "thing_bounds", "touching"]

Corner = Float64[np.ndarray, "3"]

TOUCH_M = 0.005
"""Nearer than this is touching."""
LEVEL_M = 0.012
"""So far from the height of a surface the lowest point of what rests on it may be."""
CLOSED_RAD = math.radians(5.0)
"""A door that is less open than this hides what is behind it."""


def thing_bounds(world: World, name: str) -> tuple[Corner, Corner]:
    """Return the lowest and highest corner of a thing in W [m]."""
    return bounds(world.geometry(name)[-1], world.X_WK(name))


def touching(world: World, first: str, second: str, distance_m: float = TOUCH_M) -> float | None:
    """Return the least distance [m] of two bodies if below distance_m, else None; negative where they overlap."""
    found = bullet.api().getClosestPoints(
        world.bodies[first].unique_id, world.bodies[second].unique_id, distance_m, physicsClientId=world.client
    )
    return min((float(point[8]) for point in found), default=None)


def load_of(world: World, thing: str) -> str:
    """Return another thing that rests on a thing; "" where none does."""
    low, high = thing_bounds(world, thing)
    for body in world.bodies.values():
        if body.kind == "thing" and body.name != thing and body.name not in world.absent:
            above = thing_bounds(world, body.name)[0][2] > (low[2] + high[2]) / 2 - 0.01
            if above and touching(world, body.name, thing) is not None:
                return body.name
    return ""


def supports_of(world: World) -> dict[str, str]:
    """Return for every thing in the world what carries it: a support, "floor", or "" for what nothing carries.

    What stands on another thing rests on what carries that one. Things are looked at from the lowest up.
    """
    names = [body.name for body in world.bodies.values() if body.kind == "thing" and body.name not in world.absent]
    box = {name: thing_bounds(world, name) for name in names}
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (float(box[name][0][2]), name)):
        low, high = box[name]
        found[name] = _on_furniture(world, name, low, high) or _on_floor(world, name, low)
        if not found[name]:
            found[name] = _on_thing(world, name, box, found)
    return found


def hidden_in(world: World, support: str) -> str:
    """Return the closed leaf that hides what is on a support; "" if none does."""
    placed = world.supports.get(support)
    if placed is None or not placed.behind or world.hinge_rad(placed.behind) >= CLOSED_RAD:
        return ""
    return placed.behind


def _on_furniture(world: World, name: str, low: Corner, high: Corner) -> str:
    """Return the support that a thing with these bounds rests on."""
    middle = (low + high) / 2
    for support in world.supports.values():
        if abs(low[2] - support.center_W[2]) > LEVEL_M or not _above(support, float(middle[0]), float(middle[1])):
            continue
        if touching(world, name, support.name.split("/")[0]) is not None:
            return support.name
    return ""


def _above(support: PlacedSupport, x: float, y: float) -> bool:
    """Whether a point of W is over a support, or over its edge."""
    dx, dy = x - support.center_W[0], y - support.center_W[1]
    c, s = math.cos(support.yaw_rad), math.sin(support.yaw_rad)
    along, across = c * dx + s * dy, c * dy - s * dx
    return abs(along) <= support.size_m[0] / 2 + TOUCH_M and abs(across) <= support.size_m[1] / 2 + TOUCH_M


def _on_floor(world: World, name: str, low: Corner) -> str:
    """Return "floor" for a thing that lies on the floor."""
    return "floor" if abs(low[2]) <= LEVEL_M and touching(world, name, "floor") is not None else ""


def _on_thing(world: World, name: str, box: dict[str, tuple[Corner, Corner]], found: dict[str, str]) -> str:
    """Return what carries the thing below, if one touches this one from below and is carried itself."""
    low, high = box[name]
    for other, support in found.items():
        if other == name or not support:
            continue
        other_low, other_high = box[other]
        if (low > other_high + TOUCH_M).any() or (high < other_low - TOUCH_M).any():
            continue
        if (low[2] + high[2]) > (other_low[2] + other_high[2]) and touching(world, name, other) is not None:
            return support
    return ""

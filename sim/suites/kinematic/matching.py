"""What truly is where the memory has something: of the same label, and near enough."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from sim.suites.kinematic.spots import away_m
from sim.worlds import World
from sim.worlds.built.resting import thing_bounds
from spatialmem import ObjectState

__all__ = ["NEAR_M", "true_body"]

NEAR_M = 0.5
"""What is remembered is what truly is within this of it."""


def true_body(world: World, one: ObjectState) -> str:
    """Return the name of the body that a remembered object is of: the nearest of its label whose bounds are within
    0.5 m of the middle of its box; "" where there is none. What is out of the world is none."""
    best, found = NEAR_M, ""
    for body in world.bodies.values():
        if body.label != one.label or body.kind not in ("thing", "furniture") or body.name in world.absent:
            continue
        gap = _gap_m(world, body.name, one.center_W)
        if gap < best or (gap == best and not found):
            best, found = gap, body.name
    return found


def _gap_m(world: World, name: str, p_W: Float64[np.ndarray, "3"]) -> float:
    """Return how far a point is from the middle of a small thing, or from the bounds of a large one."""
    low_W, high_W = thing_bounds(world, name)
    if world.bodies[name].kind == "thing":
        return float(np.linalg.norm(p_W - (low_W + high_W) / 2))
    return away_m(world, name, p_W[:2])

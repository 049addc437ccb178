"""Who asks, and which things they may ask for."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from sim.poses import yaw_pose
from sim.suites.kinematic.choosing import Chooser
from sim.suites.kinematic.spots import away_m
from sim.suites.kinematic.wishes import Wish
from sim.suites.sight import Spot
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from sim.worlds.built.resting import hidden_in, supports_of, thing_bounds

__all__ = ["asked_from", "is_hidden", "looks_at", "rests_in", "rests_on", "some_things", "wish_back"]

LOOK_M, LOOKS = (0.9, 1.8), 6
"""From so far away a thing is looked at by whoever is to know where it is, and from so many places about it."""
AWAY_M = 2.5
"""Nobody asks for what is so near."""


def asked_from(chooser: Chooser, rng: np.random.Generator) -> tuple[Spot, tuple[float, float]]:
    """Return where the robot is when it is asked, by somebody who is there, too."""
    p_m, yaw_rad = chooser.any_start(rng)
    x, y = float(p_m[0]), float(p_m[1])
    return Spot(x, y, yaw_rad), (x, y)


def some_things(
    chooser: Chooser, rng: np.random.Generator, count: int, *, off: str = "", far_from_m: tuple[float, float]
) -> list[str]:
    """Return some things that can be taken: none on the piece of furniture `off`, none where somebody asks for it."""
    on, found = supports_of(chooser.world), []
    for thing in chooser.things(rng):
        is_here = away_m(chooser.world, thing, np.array(far_from_m)) < AWAY_M
        if not is_here and (not off or on[thing].split("/")[0] != off):
            found.append(thing)
        if len(found) == count:
            break
    return found


def is_hidden(world: World, thing: str) -> bool:
    """Whether a thing is behind a closed door."""
    return bool(hidden_in(world, supports_of(world)[thing]))


def rests_in(world: World, thing: str) -> str:
    """Return the piece of furniture that a thing is on or in; "" for none."""
    support = supports_of(world)[thing]
    return support.split("/")[0] if support in world.supports else ""


def rests_on(world: World, thing: str) -> str:
    """Return the piece of furniture that a thing is on, if it can be put back there; else ""."""
    support = world.supports.get(supports_of(world)[thing])
    return "" if support is None or support.behind else support.name.split("/")[0]


def wish_back(world: World, thing: str, *, unnamed: int) -> Wish | None:
    """Return the wish that a thing goes back to where it is now; None where it is on nothing to which it can be put
    back."""
    piece = rests_on(world, thing)
    if not piece:
        return None
    low_W, high_W = thing_bounds(world, thing)
    x, y, z = ((low_W + high_W) / 2).tolist()
    return Wish(kind="back", thing=thing, piece=piece, p_W=(x, y, z), unnamed=unnamed)


def looks_at(world: World, floor: TrueFloor, name: str) -> list[Float64[np.ndarray, "4 4"]]:
    """Return X_WB about a body, facing it."""
    low_W, high_W = thing_bounds(world, name)
    middles, (x_m, y_m, _) = floor.middles_m(floor.spots), ((low_W + high_W) / 2).tolist()
    gaps = np.hypot(*np.maximum(np.maximum(low_W[:2] - middles, middles - high_W[:2]), 0.0).T)
    near = middles[(gaps >= LOOK_M[0]) & (gaps <= LOOK_M[1])]
    turns = np.argsort(np.arctan2(near[:, 1] - y_m, near[:, 0] - x_m), kind="stable")
    chosen = near[turns[:: max(1, len(near) // LOOKS)]]
    return [yaw_pose(x, y, math.atan2(y_m - y, x_m - x)) for x, y in chosen.tolist()]

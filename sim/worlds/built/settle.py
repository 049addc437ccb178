"""Lets the things of a freshly built home come to rest, and says what is wrong with where they end."""

from __future__ import annotations

import numpy as np

from sim import bullet
from sim.worlds.built.bodies import Body
from sim.worlds.built.resting import supports_of, thing_bounds, touching
from sim.worlds.built.world import World

__all__ = ["OVERLAP_MAX_M", "overlaps", "settle"]

SETTLE_S = 3.0
LOOK_EVERY_STEPS = 24
STILL_M_S = 0.002
STILL_RAD_S = 0.02
STILL_LOOKS = 3
"""So many looks in a row everything must be still."""
OVERLAP_MAX_M = 0.001
"""Contact of rigid bodies in PyBullet is this soft; more is one thing inside another."""


def settle(world: World) -> list[str]:
    """Run physics until every thing rests, or for SETTLE_S. Return what is wrong then, each in a few words."""
    things = [body for body in world.bodies.values() if body.kind == "thing"]
    before = {body.name: world.X_WK(body.name)[:3, 3] for body in things}
    still = 0
    for _ in range(round(SETTLE_S / world.STEP_S / LOOK_EVERY_STEPS)):
        world.step(LOOK_EVERY_STEPS)
        still = 0 if _moving(world, things) else still + 1
        if still >= STILL_LOOKS:
            break
    moving = _moving(world, things)
    _rest(world, things)
    found = supports_of(world)
    trouble = [f"{name} does not come to rest" for name in moving]
    for thing in world.home.things:
        if found[thing.name] != thing.support:
            distance = float(np.linalg.norm(world.X_WK(thing.name)[:3, 3] - before[thing.name]))
            where = found[thing.name] or "nothing"
            trouble.append(f"{thing.name} rests on {where}, not on {thing.support} ({distance:.2f} m from its place)")
    trouble += [f"{a} and {b} overlap by {1000 * depth:.1f} mm" for a, b, depth in overlaps(world)]
    return trouble


def _rest(world: World, things: list[Body]) -> None:
    """Take what speed is left and let the things sleep: until something touches them, physics does not look at them."""
    api = bullet.api()
    for body in things:
        api.resetBaseVelocity(body.unique_id, (0, 0, 0), (0, 0, 0), physicsClientId=world.client)
        api.changeDynamics(body.unique_id, -1, activationState=api.ACTIVATION_STATE_SLEEP, physicsClientId=world.client)


def _moving(world: World, things: list[Body]) -> list[str]:
    """Return the names of the things that are not at rest."""
    api, moving = bullet.api(), []
    for body in things:
        linear, angular = api.getBaseVelocity(body.unique_id, physicsClientId=world.client)
        if max(map(abs, linear)) > STILL_M_S or max(map(abs, angular)) > STILL_RAD_S:
            moving.append(body.name)
    return moving


def overlaps(world: World) -> list[tuple[str, str, float]]:
    """Return which things are inside one another or inside something fixed, and how deep [m]."""
    api = bullet.api()
    things = [b.name for b in world.bodies.values() if b.kind == "thing" and b.name not in world.absent]
    order = {name: number for number, name in enumerate(world.bodies)}
    found = []
    for name in things:
        low, high = thing_bounds(world, name)
        near = api.getOverlappingObjects(low.tolist(), high.tolist(), physicsClientId=world.client) or ()
        others = [world.body_of(unique_id) for unique_id in sorted({unique_id for unique_id, _ in near})]
        for other in others:
            if other is None or other.name == name or other.kind in ("robot", "person"):
                continue
            if other.kind == "thing" and order[other.name] < order[name]:
                continue  # a pair is looked at once
            distance = touching(world, name, other.name)
            if distance is not None and distance < -OVERLAP_MAX_M:
                found.append((name, other.name, -distance))
    return found

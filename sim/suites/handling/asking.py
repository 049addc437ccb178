"""The questions, as anybody asks a memory: by its public ones. What is right is what is true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.suites.handling.scenes import Scene
from sim.worlds import World
from sim.worlds.built.resting import thing_bounds
from spatialmem import ObjectState, QueryError, Unknown, View

__all__ = ["Answer", "asked"]

NEAR_M = 0.2
"""A place is right within this."""
Answer = tuple[bool, str]
"""Whether it is right, and what was answered."""


def asked(view: View, scene: Scene, world: World, was_W: Sequence[float] | None) -> Answer:
    """Ask what a scene is about. world: as it truly is; was_W: where the thing was before the robot took it."""
    try:
        if scene.kind == "count":
            return _count(view, scene)
        if scene.kind == "colour":
            return _colour(view, scene, world)
        if scene.kind == "put back":
            assert was_W is not None
            return _where_before(view, scene, was_W)
        return _where(view, scene, world)
    except QueryError as error:
        return False, str(error)


def _count(view: View, scene: Scene) -> Answer:
    """How many cans are there? The number is the answer, of what is known and not missing: a census.

    Not that of `where`, which gives the places worth going to: a thing that may have been moved has two.
    """
    there = view.objects(scene.label)
    left = sum(thing.label == scene.label for thing in scene.home.things) - len(scene.taken)
    return len(there) == left, f"{len(there)}, of {left}"


def _colour(view: View, scene: Scene, world: World) -> Answer:
    """Which is the red can?"""
    grounding = view.ground(f"the {scene.color} {scene.label}")
    if isinstance(grounding, Unknown):
        return False, grounding.reason
    (first, *others) = grounding.mentions
    one = view.object(first.id)
    if isinstance(one, Unknown) or others:
        return False, f"{[mention.name for mention in grounding.mentions]}"
    return _apart_m(one, world, scene.thing) <= NEAR_M, f"{one.name}, {dict(one.attributes)}"


def _where_before(view: View, scene: Scene, was_W: Sequence[float]) -> Answer:
    """Where was the orange before?"""
    found = view.objects(scene.label, confirmed=False, missing=True)
    if len(found) == 0:
        return False, "nothing of that label is known"
    history = view.history(found[0].id)
    if isinstance(history, Unknown):
        return False, history.reason
    from_W = next((one.from_W for one in reversed(history) if one.kind == "picked_up"), None)
    if from_W is None:
        return False, "it was never picked up"
    off_m = float(np.linalg.norm(np.asarray(from_W) - was_W))
    return off_m <= NEAR_M, f"{off_m:.2f} m off"


def _where(view: View, scene: Scene, world: World) -> Answer:
    """Where is the orange? In the right one of the containers; who does not know where it is has not answered."""
    found = view.where(scene.label, k=1)
    if isinstance(found, Unknown):
        return False, found.reason
    p_W, place = found[0].p_W, found[0].place or "somewhere"
    holders = [thing.name for thing in scene.home.things if thing.label in ("basket", "tray")]
    nearest = min(holders, key=lambda name: float(np.hypot(*(_middle(world, name) - p_W)[:2])))
    off_m = float(np.hypot(*(_middle(world, nearest) - p_W)[:2]))
    right = nearest == scene.holder and off_m <= NEAR_M
    return right, f"{place}, by {nearest}, {off_m:.2f} m off; truly {scene.holder}"


def _middle(world: World, name: str) -> np.ndarray:
    low_W, high_W = thing_bounds(world, name)
    return (low_W + high_W) / 2


def _apart_m(one: ObjectState, world: World, name: str) -> float:
    return float(np.linalg.norm(one.center_W - _middle(world, name)))

"""What somebody asks for, as it truly is: by the names of bodies, with what must be so in the end; and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from planners import tasks
from planners.tasks import Again, Before, Goal
from sim.suites.kinematic.matching import true_body
from sim.suites.kinematic.spots import away_m
from sim.worlds import World
from sim.worlds.built.resting import supports_of, thing_bounds
from spatialmem import View

__all__ = ["BROUGHT_M", "Wish", "goal_of", "holds", "label_of", "true_goal"]

BROUGHT_M = 1.5
"""What was brought is so near to who asked, over the floor."""
BACK_M = 0.6
"""What was put back is on what it was on before, and so near to where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One thing that is asked for.

    find   see `thing`
    fetch  bring `thing` to who asks, at `at_m`
    put    put `thing` on `piece`
    store  put `thing` into `piece`, which has a door
    back   put `thing` back to where it was: on `piece`, at `p_W`
    """

    kind: Literal["find", "fetch", "put", "store", "back"]
    thing: str
    """The name of a body."""
    piece: str = ""
    """The name of a piece of furniture."""
    at_m: tuple[float, float] = (0.0, 0.0)
    p_W: tuple[float, float, float] = (0.0, 0.0, 0.0)
    unnamed: int = 0
    """Asked for as the one that was meant so many things before; 0: by its label."""

    def words(self) -> str:
        """Return it in a few words, for a row."""
        what = f"the one before ({self.thing})" if self.unnamed else self.thing
        end = {
            "fetch": "",
            "find": "",
            "put": f" on {self.piece}",
            "store": f" in {self.piece}",
            "back": f" to {self.piece}",
        }
        return f"{self.kind} {what}{end[self.kind]}"


def label_of(name: str) -> str:
    """Return the label of a body: mug of mug-2."""
    return name.rsplit("-", 1)[0]


def goal_of(wish: Wish) -> Goal:
    """Return what a robot is told: labels, and of what is not named that it was meant before."""
    what = Again(back=wish.unnamed) if wish.unnamed else label_of(wish.thing)
    if wish.kind == "find":
        return tasks.Find(what)
    if wish.kind == "fetch":
        return tasks.Fetch(what, wish.at_m)
    if wish.kind == "store":
        return tasks.Put(what, label_of(wish.piece), "in")
    return tasks.Put(what, Before() if wish.kind == "back" else label_of(wish.piece))


def true_goal(wish: Wish, view: View, world: World) -> Goal:
    """Return a goal for who knows the truth: everything is named, by its id where the memory has it."""
    thing, piece = (_known(name, view, world) for name in (wish.thing, wish.piece))
    if wish.kind == "find":
        return tasks.Find(thing)
    if wish.kind == "fetch":
        return tasks.Fetch(thing, wish.at_m)
    return tasks.Put(thing, piece, "in" if wish.kind == "store" else "on", wish.p_W if wish.kind == "back" else None)


def _known(name: str, view: View, world: World) -> str | int:
    if not name:
        return name
    label = label_of(name)
    ids = [one.id for one in view.objects() if one.label == label and true_body(world, one) == name]
    return ids[0] if ids else label


def holds(wish: Wish, world: World, shown: frozenset[str], at_m: np.ndarray, see_m: float) -> bool:
    """Return whether a wish is truly fulfilled now. shown: what is in view; at_m: where the robot stands."""
    if wish.thing in world.absent:
        return False
    if wish.kind == "find":
        return wish.thing in shown and away_m(world, wish.thing, at_m) <= see_m
    if wish.kind == "fetch":
        return away_m(world, wish.thing, np.array(wish.at_m)) <= BROUGHT_M
    support = supports_of(world)[wish.thing]
    on = support.split("/")[0]
    if wish.kind in ("put", "store"):
        is_inside = support in world.supports and bool(world.supports[support].behind)
        return bool(on) and label_of(on) == label_of(wish.piece) and is_inside == (wish.kind == "store")
    low_W, high_W = thing_bounds(world, wish.thing)
    return on == wish.piece and float(np.hypot(*((low_W + high_W) / 2 - wish.p_W)[:2])) <= BACK_M

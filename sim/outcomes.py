"""What became of a task's goals, told by who knows the truth: for JSON, for a table, and for a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float64

from sim.loop import Drive
from sim.poses import position_quaternion
from sim.simulation import Simulation
from sim.worlds import ObjectTruth, truth_of
from spatialmem import Stop, Unknown, View, Way

__all__ = ["COLUMNS", "Outcomes", "rows_of", "where_words"]

SAME_M = 0.5
"""A true thing is taken for a remembered one of its label so far from it."""
BROUGHT_M = 0.1
"""What is farther from where it was when a goal began was brought there."""
COLUMNS = "goal", "status", "way", "time", "and truly"
"""Of a table of goals."""


class Outcomes:
    """What became of the goals, and what was true when each ended."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.moved: list[dict[str, str]] = []
        """What somebody moved before the task began: its name, from where, to where."""
        self.moved_m: dict[str, Float64[np.ndarray, "2 2"]] = {}
        """From where to where that was [m]."""
        self.brought_m: dict[str, Float64[np.ndarray, "2 2"]] = {}
        """From where to where the robot brought something [m]."""
        self._stops: list[Stop] = []
        self._places_m: dict[str, Float64[np.ndarray, "2"]] = {}

    def begin(self, before: dict[str, ObjectTruth], after: dict[str, ObjectTruth], moved: tuple[str, ...]) -> None:
        """Take down what is true as the task begins. moved: the names of things that were moved between two moments."""
        self._places_m = _places_m(after)
        for name in moved:
            self.moved.append({"name": name, "from": _place(before[name]), "to": _place(after[name])})
            self.moved_m[name] = np.stack([_middle_m(before[name]), self._places_m[name]])

    def note(self, simulation: Simulation, view: View, result: Any) -> None:
        """Take down what became of a goal, as it ends."""
        objects = truth_of(simulation.world).objects
        thing = None if result.thing_id is None else view.object(result.thing_id)
        known = None if thing is None or isinstance(thing, Unknown) else thing
        truly = None if known is None else _truly(simulation, objects, known.label, known.center_W)
        told = {
            "goal": result.words,
            "status": result.status,
            "reason": result.reason,
            "thing": None if known is None else known.name,
            "began_ns": result.began_ns,
            "ended_ns": result.ended_ns,
            "calls": [f"{one.call}: {one.status}" for one in result.calls],
            "truly": None if truly is None else {**truly, "moved": truly["name"] in self.moved_m},
        }
        self.all.append(told)
        if known is not None:
            p_W = np.append(simulation.robot.X_WB()[:2, 3], 0.0)
            self._stops.append(Stop(p_W, known.center_W, f"{len(self.all)}. {told['goal']}"))
        now_m = _places_m(objects)
        if truly is not None and result.status == "done":
            name = truly["name"]
            if math.dist(self._places_m[name], now_m[name]) > BROUGHT_M:
                self.brought_m[name] = np.stack([self._places_m[name], now_m[name]])
        self._places_m = now_m

    def figures(self, drive: Drive) -> dict[str, Any]:
        """Return it for JSON, with the metres and seconds that each goal took."""
        told = []
        for one in self.all:
            began_ns, ended_ns = one["began_ns"], one["ended_ns"]
            metres, seconds = drive.metres_between(began_ns, ended_ns), (ended_ns - began_ns) / 1e9
            spent = {"metres": round(metres, 3), "seconds": round(seconds, 3)}
            told.append({name: value for name, value in one.items() if not name.endswith("_ns")} | spent)
        return {"goals": told, "moved": self.moved}

    def way(self) -> Way:
        """Return where goals ended, for a picture."""
        return Way(np.empty((0, 3)), tuple(self._stops), planned=True, stop_words="where a goal ended")


def where_words(thing: ObjectTruth) -> str:
    """Return where a thing is, for a reader: on table-1/top in kitchen."""
    return f"on {_place(thing)}" if thing.support else _place(thing)


def _place(thing: ObjectTruth) -> str:
    place = thing.support or "in the hand"
    return f"{place} in {thing.room}" if thing.room else place


def rows_of(goals: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield a table's rows of what `Outcomes.figures` tells of goals, under `COLUMNS`."""
    for one in goals:
        yield (
            one["goal"],
            one["status"],
            f"{one['metres']:.1f} m",
            f"{one['seconds']:.0f} s",
            _truth_words(one["truly"]),
        )


def _truth_words(truly: dict[str, Any] | None) -> str:
    if truly is None:
        return ""
    moved = ", which had been moved," if truly["moved"] else ""
    return f"{truly['name']}{moved} is {truly['where']}, {truly['away_m']:.1f} m from the robot"


def _truly(
    simulation: Simulation, objects: dict[str, ObjectTruth], label: str, center_W: Float64[np.ndarray, "3"]
) -> dict[str, Any] | None:
    """Return what is true of the thing that a memory has there; None where none of its label is."""
    same = [one for one in objects.values() if one.label == label]
    far_m = {one.name: math.dist((one.low_W + one.high_W) / 2, center_W) for one in same}
    nearest = min(same, key=lambda one: (far_m[one.name], one.name), default=None)
    if nearest is None or far_m[nearest.name] > SAME_M:
        return None
    p_WB, _ = position_quaternion(simulation.robot.X_WB())
    return {
        "name": nearest.name,
        "on": nearest.support,
        "room": nearest.room,
        "where": where_words(nearest),
        "away_m": round(math.dist(_middle_m(nearest), p_WB[:2]), 3),
    }


def _places_m(objects: dict[str, ObjectTruth]) -> dict[str, Float64[np.ndarray, "2"]]:
    return {name: _middle_m(one) for name, one in objects.items()}


def _middle_m(thing: ObjectTruth) -> Float64[np.ndarray, "2"]:
    return (thing.low_W + thing.high_W)[:2] / 2

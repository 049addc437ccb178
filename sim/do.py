"""`spatialmem do`: a task in a simulated home, told live and at its end: what became of each goal, in truth too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.account import drive_facts, figures_of, file_facts
from sim.doing import Doing
from sim.drivers import load_planner
from sim.loop import Drive
from sim.people import rearrange
from sim.plan_picture import draw_run
from sim.poses import position_quaternion
from sim.session import Order, begun, finished, play
from sim.simulation import Simulation
from sim.worlds import truth_of
from spatialmem import InputError, Stop, Unknown, View, Way, cli

__all__ = ["DoOrder", "do_session"]

SAME_M = 0.5
"""A true thing is taken for a remembered one of its label so far from it."""
AWAY_NS = 3600 * 10**9
"""So long the robot is away while things are moved."""
PURPOSE = 5701


@dataclass(frozen=True, kw_only=True)
class DoOrder(Order):
    """What is wanted of a task."""

    text: str
    explore: bool = False
    moved: int = 0
    """So many things are moved before the task begins, while nobody looks."""


def do_session(order: DoOrder) -> int:
    """Do it, answer on stdout, and return the exit code. Raises SpatialMemError for what cannot be done."""
    say, outcomes = cli.asides(), _Outcomes()
    makers = {word: load_planner(word) for word in ("do", *(("explore",) if order.explore else ()))}

    def planner(simulation: Simulation) -> Doing:
        def make(word: str, *arguments: Any) -> Any:
            return makers[word](simulation, *arguments)

        def explored() -> None:
            moved = _meanwhile(simulation, order)
            outcomes.moved = moved
            if moved:
                say.print(f"Meanwhile somebody moves {len(moved)} things: {', '.join(moved)}", markup=False)

        def ended(view: View, result: Any) -> None:
            outcomes.note(simulation, view, result)
            say.print(f"{outcomes.all[-1]['status'].capitalize()}: {outcomes.all[-1]['goal']}", markup=False)

        return Doing(order.text, explore=order.explore, make=make, explored=explored, ended=ended)

    with begun(order, planner, say) as watcher:
        if not order.explore and not watcher.memory.view().seq:
            raise InputError(
                "this memory is new, so it knows of nothing; name one of an earlier run with --memory FILE, or let the "
                "robot look about first with --explore."
            )
        recorded = play(watcher, order.record)
        account = {**figures_of(watcher, recorded), **outcomes.figures(watcher.run.drive)}
        if order.picture is not None and watcher.frame_count:
            draw_run(order.picture, watcher, account, way=outcomes.way())
            account["picture"] = str(order.picture)
    finished(order, account, watcher.memory, _facts)
    return cli.INTERRUPTED if watcher.interrupted else cli.GOOD if account["status"] == "done" else cli.BAD


def _meanwhile(simulation: Simulation, order: DoOrder) -> tuple[str, ...]:
    """Let time pass in which somebody moves things and nobody looks; return their names."""
    if not order.moved:
        return ()
    simulation.skip(AWAY_NS)
    return rearrange(simulation.world, np.random.default_rng((order.seed, PURPOSE)), order.moved)


class _Outcomes:
    """What became of the goals, and what was true when each ended."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.moved: tuple[str, ...] = ()
        self._stops: list[Stop] = []

    def note(self, simulation: Simulation, view: View, result: Any) -> None:
        """Take down what became of a goal, as it ends."""
        thing = None if result.thing_id is None else view.object(result.thing_id)
        known = None if thing is None or isinstance(thing, Unknown) else thing
        told = {
            "goal": result.words,
            "status": result.status,
            "reason": result.reason,
            "thing": None if known is None else known.name,
            "began_ns": result.began_ns,
            "ended_ns": result.ended_ns,
            "calls": [f"{one.call}: {one.status}" for one in result.calls],
            "truly": None if known is None else _truly(simulation, known.label, known.center_W),
        }
        self.all.append(told)
        if known is not None:
            p_W = np.append(simulation.robot.X_WB()[:2, 3], 0.0)
            self._stops.append(Stop(p_W, known.center_W, f"{len(self.all)}. {told['goal']}"))

    def figures(self, drive: Drive) -> dict[str, Any]:
        """Return it for JSON, with the metres and seconds that each goal took."""
        told = []
        for one in self.all:
            began_ns, ended_ns = one["began_ns"], one["ended_ns"]
            metres, seconds = drive.metres_between(began_ns, ended_ns), (ended_ns - began_ns) / 1e9
            spent = {"metres": round(metres, 3), "seconds": round(seconds, 3)}
            told.append({name: value for name, value in one.items() if not name.endswith("_ns")} | spent)
        return {"goals": told, "moved": list(self.moved)}

    def way(self) -> Way:
        """Return where goals ended, for a picture."""
        return Way(np.empty((0, 3)), tuple(self._stops), planned=True, stop_words="where a goal ended")


def _truly(simulation: Simulation, label: str, center_W: np.ndarray) -> dict[str, Any] | None:
    """Return what is true of the thing that a memory has there; None where none of its label is."""
    same = [one for one in truth_of(simulation.world).objects.values() if one.label == label]
    far_m = {one.name: math.dist((one.low_W + one.high_W) / 2, center_W) for one in same}
    nearest = min(same, key=lambda one: (far_m[one.name], one.name), default=None)
    if nearest is None or far_m[nearest.name] > SAME_M:
        return None
    p_WB, _ = position_quaternion(simulation.robot.X_WB())
    middle_W = (nearest.low_W + nearest.high_W) / 2
    return {
        "name": nearest.name,
        "on": nearest.support,
        "room": nearest.room,
        "away_m": round(math.dist(middle_W[:2], p_WB[:2]), 3),
    }


def _facts(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if account["moved"]:
        yield "moved", f"while the robot was away: {', '.join(account['moved'])}"
    for one in account["goals"]:
        yield one["status"], f"{one['goal']}: {one['metres']:.1f} m, {one['seconds']:.0f} s{_truth_words(one['truly'])}"
        if one["status"] == "failed":
            yield "", one["reason"]
    yield from drive_facts(account)
    yield from file_facts(account)


def _truth_words(truly: dict[str, Any] | None) -> str:
    if truly is None:
        return ""
    where = f"on {truly['on']}" if truly["on"] else "in the hand"
    return f"; {truly['name']} is truly {where}, in {truly['room']}, {truly['away_m']:.1f} m from the robot"

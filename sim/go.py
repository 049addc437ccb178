"""`spatialmem go`: one drive to a goal, told live and at its end: how far, how long, how near, planned anew and why."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.account import drive_facts, figures_of, file_facts
from sim.drivers import load_planner
from sim.going import Going, meant
from sim.session import Order, begun, finished, play
from sim.simulation import Simulation
from sim.watcher import Watcher
from sim.worlds import truth_of
from spatialmem import InputError, ObjectState, Room, Stop, Unknown, View, Way, cli, draw_map, write_png

__all__ = ["GoOrder", "go_session"]

SAME_M = 0.5
"""A true thing is taken for a remembered one of its label so far from it."""


@dataclass(frozen=True, kw_only=True)
class GoOrder(Order):
    """What is wanted of a drive to a goal."""

    words: tuple[str, ...]
    to: Literal["see", "reach"] | None = None
    explore: bool = False


def go_session(order: GoOrder) -> int:
    """Drive there, answer on stdout, and return the exit code. Raises SpatialMemError for what cannot be done."""
    say, goal = cli.asides(), cli.goal_meant(order.words)
    makers = {word: load_planner(word) for word in ("go", *(("find",) if order.explore else ()))}

    def planner(simulation: Simulation) -> Going:
        def make(word: str, *arguments: Any, **options: Any) -> Any:
            return makers[word](simulation, *arguments, **options)

        make("go", (0.0, 0.0))  # what it compiles on first use is compiled now, not in a tick
        return Going(goal, to=order.to, explore=order.explore, make=make)

    with begun(order, planner, say) as watcher:
        if not order.explore:
            _refuse_unknown(watcher.memory.view(), goal)
        recorded = play(watcher, order.record)
        account = {**figures_of(watcher, recorded), "goal": _goal_of(watcher, cli.shown_end(goal))}
        if order.picture is not None and watcher.frame_count:
            _draw(order.picture, watcher, account)
            account["picture"] = str(order.picture)
    finished(order, account, watcher.memory, _facts)
    return cli.INTERRUPTED if watcher.interrupted else cli.GOOD if account["status"] == "done" else cli.BAD


def _refuse_unknown(view: View, goal: Any) -> None:
    """Raise InputError for a goal that the memory does not know, with what it does know."""
    found = meant(view, goal)
    if not isinstance(found, Unknown):
        return
    if not view.seq:
        raise InputError(
            f"this memory is new, so it does not know where {cli.shown_end(goal)} is; name one of an earlier run with "
            f"--memory FILE, or let the robot look for it with --explore."
        )
    look = "" if "say which" in found.reason else " --explore looks for what is not known."
    raise InputError(f"{found.reason.rstrip('.')}.{look}")


def _goal_of(watcher: Watcher, asked: str) -> dict[str, Any]:
    """Return what the goal was taken to be, and how far from it the robot truly is."""
    drive, view = watcher.run.drive, watcher.memory.view()
    here_m, target = drive.simulation.robot.X_WB()[:2, 3], _going(watcher).target
    told: dict[str, Any] = {"asked": asked, "kind": None, "name": None, "at_m": None, "away_m": None, "in_view": None}
    if isinstance(target, str):  # any of a label
        target = _going(watcher).object_id
    thing = view.object(target) if isinstance(target, int) else target
    if isinstance(thing, tuple):
        return told | {"kind": "point", "name": asked} | _away(np.array(thing[:2]), here_m)
    if isinstance(thing, Room):
        room = view.room_of(tuple(float(c) for c in here_m))
        inside = isinstance(room, Room) and room.id == thing.id
        told |= {"kind": "room", "name": thing.name} | _away(thing.p_W[:2], here_m)
        return told | {"away_m": 0.0} if inside else told
    if isinstance(thing, ObjectState):
        told |= {"kind": "object", "name": thing.name} | _away(thing.center_W[:2], here_m)
        told["in_view"] = _in_view(drive.simulation, thing)
    return told


def _going(watcher: Watcher) -> Going:
    planner = watcher.run.drive.planner
    assert isinstance(planner, Going)
    return planner


def _away(at_m: np.ndarray, here_m: np.ndarray) -> dict[str, Any]:
    return {"at_m": [round(float(c), 3) for c in at_m], "away_m": round(float(np.hypot(*(at_m - here_m))), 3)}


def _in_view(simulation: Simulation, thing: ObjectState) -> bool | None:
    """Return whether the last picture truly shows a remembered thing; None where no true one of its label is there."""
    same = [one for one in truth_of(simulation.world).objects.values() if one.label == thing.label]
    away_m = {one.name: math.dist((one.low_W + one.high_W) / 2, thing.center_W) for one in same}
    name = min(away_m, key=lambda name: (away_m[name], name), default=None)
    if name is None or away_m[name] > SAME_M:
        return None
    return name in simulation.sensor.in_view()


def _facts(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    goal = account["goal"]
    meant = goal["asked"] if goal["name"] in (None, goal["asked"]) else f"{goal['asked']}: {goal['name']}"
    away = "never found" if goal["away_m"] is None else f"{goal['away_m']:.2f} m from the robot"
    if goal["kind"] == "room" and goal["away_m"] == 0.0:
        away = "the robot is in it"
    seen = {True: ", in view", False: ", not in view", None: ""}[goal["in_view"]]
    yield "goal", f"{meant}, {away}{seen}"
    yield from drive_facts(account)
    for one in account["replans"]:
        yield (
            "planned anew",
            f"after {one['after_s']:.1f} s at {one['at_m'][0]:.2f} {one['at_m'][1]:.2f} m: {one['reason']}",
        )
    yield from file_facts(account)


def _draw(path: Path, watcher: Watcher, account: dict[str, Any]) -> None:
    """Draw the map with the way that was planned first, the one that was driven, and where it was planned anew."""
    going, view = _going(watcher), watcher.memory.view()
    floor = functools.partial(np.append, values=0.0)
    stops = []
    for number, one in enumerate(account["replans"], start=1):
        stops.append(Stop(floor(one["at_m"]), floor(one["at_m"]), str(number)))
    goal = account["goal"]
    if goal["at_m"] is not None:
        ends = going.planned_W[-1] if len(going.planned_W) else np.array(goal["at_m"])
        stops.append(Stop(floor(ends), floor(goal["at_m"]), goal["name"]))
    planned = np.pad(going.planned_W, ((0, 0), (0, 1)))
    image = draw_map(
        view,
        watcher.path_W,
        title=f"{account['home']}: to {goal['asked']}",
        notes=[
            f"{account['robot']}, {account['path_length_m']:.1f} m driven in {account['simulated_s']:.0f} s",
            f"{account['status']}: {account['reason']}",
        ],
        kind="plan",
        objects=view.objects(),
        beliefs=view.whereabouts(),
        graph=view,
        way=Way(planned, tuple(stops), planned=True, stop_words="the goal, and where it was planned anew"),
    )
    write_png(path, image)

"""One episode: a task planner drives and acts, and as each goal ends it is looked at what truly came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float64

from planners.tasks import TaskPlanner
from sim.loop import Drive
from sim.simulation import Simulation
from sim.suites.driving import Budget
from sim.suites.kinematic.hand import KinematicHand
from sim.suites.kinematic.matching import true_body
from sim.suites.kinematic.spots import gap_m
from sim.suites.kinematic.wishes import Wish, holds, label_of
from sim.suites.sight import SEE_M
from sim.worlds.built.resting import thing_bounds
from spatialmem import Recall, View

__all__ = ["ACT_S", "Referee", "budget_of"]

Corner = Float64[np.ndarray, "3"]

ACT_S = 10.0
"""So much more time a wish may take than the way alone."""


def budget_of(legs_m: Sequence[float]) -> Budget:
    """Return what a task may take: four times its shortest chain."""
    way = Budget.of(sum(legs_m))
    return Budget(way.metres, way.seconds + ACT_S * len(legs_m))


@dataclass(slots=True)
class _Turn:
    """One wish as it went."""

    fulfilled: bool = False
    status: str = ""
    reason: str = ""
    metres: float = 0.0
    """How far the robot had driven when it ended."""
    stop_m: float = float("nan")
    """From where the robot stopped to where the wish leads, in a straight line."""
    nearest_m: float = float("inf")
    """The same where it came nearest while it was this wish's turn."""
    is_taken: bool = False
    """The hand has held the thing while it was this wish's turn."""
    nearest_thing_m: float = float("inf")
    """Of what is to be fetched: to it, until it was taken; inf where it was held from the first."""
    nearest_at_m: float = float("inf")
    """To who asked for it, since then; inf where it was never taken."""
    stop_thing_m: float = float("nan")
    stop_at_m: float = float("nan")


class Referee:
    """Looks on, tick by tick. `turns` is what truly came of each wish."""

    def __init__(self, simulation: Simulation, hand: KinematicHand, planner: TaskPlanner, wishes: Sequence[Wish]):
        self.turns = [_Turn() for _ in wishes]
        self.recalled = self.recalled_right = 0
        """How many memories the planner said that it goes by, and how many of those were of the very thing."""
        self._simulation, self._hand, self._planner, self._wishes = simulation, hand, planner, wishes
        self._shown: dict[str, float] = {}
        self._known: dict[str, tuple[int, tuple[Corner, Corner]]] = {}

    def look(self, drive: Drive, view: View) -> None:
        """Look at what is so after a tick's command."""
        self._count(drive, view)
        now = min(len(self._planner.results), len(self._wishes))
        ended = [i for i, turn in enumerate(self.turns) if i < now and not turn.status]
        if now < len(self.turns):
            self._note(self._wishes[now], self.turns[now])
        for i in ended:
            self._judge(i, drive.metres)

    def see(self) -> None:
        """Take down what the newest picture shows."""
        self._shown.update(dict.fromkeys(self._simulation.sensor.in_view(), self._simulation.elapsed_s))

    def finish(self, metres: float) -> None:
        """Judge what did not come to its end: it is not fulfilled."""
        for i, turn in enumerate(self.turns):
            if not turn.status:
                turn.status, turn.metres = "unfinished", metres
                self._stop(self._wishes[i], turn)

    def _judge(self, number: int, metres: float) -> None:
        wish, turn, result = self._wishes[number], self.turns[number], self._planner.results[number]
        now_s, world = self._simulation.elapsed_s, self._simulation.world
        shown = frozenset(name for name, at_s in self._shown.items() if now_s - at_s <= 1.0)
        at_m = np.array(self._simulation.robot.X_WB()[:2, 3])
        truly = holds(wish, world, shown, at_m, SEE_M) and self._hand.thing != wish.thing
        turn.status, turn.reason, turn.metres = result.status, result.reason, metres
        turn.fulfilled = truly and (wish.kind != "find" or result.status == "done")
        self._stop(wish, turn)

    def _note(self, wish: Wish, turn: _Turn) -> None:
        """Take down how far the robot is from where a wish leads whose turn it is."""
        turn.is_taken = turn.is_taken or self._hand.thing == wish.thing
        turn.nearest_m = min(turn.nearest_m, self._away_m(wish, turn))
        if wish.kind == "fetch" and turn.is_taken:
            turn.nearest_at_m = min(turn.nearest_at_m, self._from_m(wish, "at"))
        elif wish.kind == "fetch":
            turn.nearest_thing_m = min(turn.nearest_thing_m, self._from_m(wish, "thing"))

    def _stop(self, wish: Wish, turn: _Turn) -> None:
        """Take down how far the robot is from where a wish leads that has ended."""
        turn.is_taken = turn.is_taken or self._hand.thing == wish.thing
        turn.stop_m = self._away_m(wish, turn)
        if wish.kind == "fetch":
            turn.stop_thing_m, turn.stop_at_m = self._from_m(wish, "thing"), self._from_m(wish, "at")

    def _away_m(self, wish: Wish, turn: _Turn) -> float:
        """Return how far the robot is from where a wish leads: to what is sought, to the furniture; of what is to be
        fetched to the thing until the hand has held it, then to who asked."""
        if wish.kind == "fetch":
            return self._from_m(wish, "at" if turn.is_taken else "thing")
        return self._from_m(wish, "thing" if wish.kind == "find" else "piece")

    def _from_m(self, wish: Wish, what: Literal["thing", "piece", "at"]) -> float:
        """Return how far the robot is from what a wish names [m]; nan from what is out of the world."""
        at_m, world = np.array(self._simulation.robot.X_WB()[:2, 3]), self._simulation.world
        if what == "at":
            return float(np.hypot(*(at_m - wish.at_m)))
        name = wish.thing if what == "thing" else wish.piece
        return float("nan") if name in world.absent else gap_m(*self._bounds(name), at_m)

    def _bounds(self, name: str) -> tuple[Corner, Corner]:
        """Return the bounds of a body in W [m], looked up anew only where something in the world was moved."""
        revision = self._simulation.world.revision
        known = self._known.get(name)
        if known is None or known[0] != revision:
            known = self._known[name] = revision, thing_bounds(self._simulation.world, name)
        return known[1]

    def _count(self, drive: Drive, view: View) -> None:
        """Count what the planner recalls, and what of it is of a thing of these wishes and truly where it is."""
        world = self._simulation.world
        wanted = {name for wish in self._wishes for name in (wish.thing, wish.piece) if name}
        labels = {label_of(name) for name in wanted}
        for x in drive.command.inputs:
            for object_id in x.object_ids if isinstance(x, Recall) else ():
                one = view.object(object_id)
                label = getattr(one, "label", "")
                if label in labels:
                    self.recalled += 1
                    held = getattr(one, "attributes", {}).get("held") == "yes"
                    self.recalled_right += held or true_body(world, one) in wanted  # type: ignore[arg-type]

    def rows(self) -> list[dict[str, Any]]:
        """Return what came of each wish, as plain values."""
        return [
            {
                "wish": wish.words(),
                "fulfilled": turn.fulfilled,
                "status": turn.status,
                "reason": turn.reason,
                "metres": round(turn.metres, 3),
                "stop_m": round(turn.stop_m, 3),
                "nearest_m": round(turn.nearest_m, 3),
                **(_fetched(turn) if wish.kind == "fetch" else {}),
            }
            for wish, turn in zip(self._wishes, self.turns, strict=True)
        ]


def _fetched(turn: _Turn) -> dict[str, Any]:
    """Return both ways that a fetch leads, for a row: to the thing, and to who asked; None where there was none."""
    told = {
        "nearest_thing_m": turn.nearest_thing_m,
        "nearest_at_m": turn.nearest_at_m,
        "stop_thing_m": turn.stop_thing_m,
        "stop_at_m": turn.stop_at_m,
    }
    return {"taken": turn.is_taken, **{name: round(m, 3) if math.isfinite(m) else None for name, m in told.items()}}

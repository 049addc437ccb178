"""`spatialmem do`: a task in a simulated home, told live and at its end: what became of each goal, in truth too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.account import drive_facts, figures_of, file_facts
from sim.doing import Doing
from sim.drivers import load_planner
from sim.outcomes import COLUMNS, Outcomes, rows_of
from sim.people import move_things, rearrange, wishes
from sim.plan_picture import draw_run
from sim.session import Order, begun, finished, play
from sim.simulation import Simulation
from sim.worlds import truth_of
from spatialmem import InputError, View, cli

__all__ = ["DoOrder", "do_session"]

AWAY_NS = 3600 * 10**9
"""So long the robot is away while things are moved."""
PURPOSE = 5701


@dataclass(frozen=True, kw_only=True)
class DoOrder(Order):
    """What is wanted of a task."""

    text: str
    explore: bool = False
    moved: str = "0"
    """So many things are moved before the task begins, while nobody looks; or what such a text asks for as
    "cup,book-2:table" (`sim.people.wishes`)."""


def do_session(order: DoOrder) -> int:
    """Do it, answer on stdout, and return the exit code. Raises SpatialMemError for what cannot be done."""
    say, outcomes = cli.asides(), Outcomes()
    makers = {word: load_planner(word) for word in ("do", *(("explore",) if order.explore else ()))}

    def planner(simulation: Simulation) -> Doing:
        def make(word: str, *arguments: Any) -> Any:
            return makers[word](simulation, *arguments)

        mover = _Mover(simulation, order)

        def explored() -> None:
            mover.move(outcomes)
            for one in outcomes.moved:
                say.print(f"Meanwhile somebody moves {one['name']} from {one['from']} to {one['to']}", markup=False)

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
            draw_run(
                order.picture, watcher, account,
                way=outcomes.way(), moved_m=outcomes.moved_m, brought_m=outcomes.brought_m,
            )  # fmt: skip
            account["picture"] = str(order.picture)
    if not order.as_json:
        _table(account["goals"])
    finished(order, account, watcher.memory, _facts)
    return cli.INTERRUPTED if watcher.interrupted else cli.GOOD if account["status"] == "done" else cli.BAD


class _Mover:
    """Who moves things while the robot is away."""

    def __init__(self, simulation: Simulation, order: DoOrder):
        """Raises InputError for things that nobody can move: before anything is driven."""
        self._simulation, self._rng = simulation, np.random.default_rng((order.seed, PURPOSE))
        is_number = order.moved.strip().isdecimal()
        self._count = int(order.moved) if is_number else 0
        self._wanted = () if is_number else wishes(simulation.world, self._rng, order.moved)

    def move(self, outcomes: Outcomes) -> None:
        """Let time pass in which somebody moves things and nobody looks."""
        world = self._simulation.world
        before, names = truth_of(world).objects, ()
        if self._count or self._wanted:
            self._simulation.skip(AWAY_NS)
            if self._wanted:
                names = move_things(world, self._rng, self._wanted)
            else:
                names = rearrange(world, self._rng, self._count)
        outcomes.begin(before, truth_of(world).objects, names)


def _table(goals: list[dict[str, Any]]) -> None:
    out = cli.answers()
    out.print()
    cli.print_table(out, COLUMNS, rows_of(goals), left=("goal", "status", "and truly"))


def _facts(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in account["moved"]:
        yield "moved", f"{one['name']}, while the robot was away: from {one['from']} to {one['to']}"
    for one in account["goals"]:
        if one["status"] != "done":
            yield one["status"], f"{one['goal']}: {one['reason']}"
    yield from drive_facts(account)
    yield from file_facts(account)

"""`spatialmem suite`: a task in many homes, with every arm, and how sure the figures are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spatialmem.cli import AsJson

__all__ = ["suite"]

if TYPE_CHECKING:
    from sim.suites.frame import Suite

suite = typer.Typer(
    help="Run a task in many seeded homes with and without a memory, and compare.", no_args_is_help=True
)

Seeds = Annotated[int, typer.Option("--seeds", metavar="N", min=1, help="How many homes.")]
First = Annotated[int, typer.Option("--first", metavar="N", min=0, help="The seed of the first one.")]
Arms = Annotated[
    str | None,
    typer.Option("--arms", metavar="A,B", help="Which of none, short, long, both, oracle. Default: all."),
]
Workers = Annotated[int, typer.Option("--workers", metavar="N", min=1, max=256, help="Processes to run in.")]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Keep rows, results.json and plot.png here. Default: suite-NAME."),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Drop the rows that the folder has, and begin anew.")]
RobotName = Annotated[str, typer.Option("--robot", help="husky-panda or differential.")]
Visits = Annotated[int, typer.Option("--visits", metavar="N", min=1, max=100, help="Visits to each home.")]
Things = Annotated[int, typer.Option("--things", metavar="N", min=1, max=20, help="Things sought on each visit.")]
Goals = Annotated[int, typer.Option("--goals", metavar="N", min=1, max=100, help="Goals in each home.")]


RecordFolder = Annotated[
    Path | None,
    typer.Option("--record", metavar="DIR", help="Record each episode here; `spatialmem suite replay` plays it again."),
]
Tasks = Annotated[int, typer.Option("--tasks", metavar="N", min=1, max=20, help="Tasks on each visit.")]
Rounds = Annotated[int, typer.Option("--rounds", metavar="N", min=1, max=50, help="Questions of each kind in a home.")]


def _ran(
    make: Callable[[], Suite], seeds: int, first: int, arms: str | None, workers: int, out: Path | None, fresh: bool,
    as_json: bool,
) -> typer.Exit:  # fmt: skip
    """Run a suite as its options say."""
    from sim.suites.runner import Order, arms_of, run_suite

    chosen = make()
    order = Order(
        seeds=seeds, first=first, arms=arms_of(chosen, arms), workers=workers,
        out=out or Path(f"suite-{chosen.name}"), fresh=fresh, as_json=as_json,
    )  # fmt: skip
    return typer.Exit(run_suite(chosen, order))


@suite.command()
def navigation(
    seeds: Seeds = 30,
    first: First = 0,
    arms: Arms = None,
    goals: Goals = 10,
    robot: RobotName = "husky-panda",
    workers: Workers = 1,
    out: OutFolder = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Go to points, rooms and things in homes that were explored, while a person walks about."""
    from sim.suites.navigation.suite import NavigationSuite
    from sim.suites.setup import Setup

    def made() -> Suite:
        return NavigationSuite(goals=goals, setup=Setup(robot=robot))

    raise _ran(made, seeds, first, arms, workers, out, fresh, as_json)


@suite.command()
def search(
    seeds: Seeds = 30,
    first: First = 0,
    arms: Arms = None,
    visits: Visits = 5,
    things: Things = 2,
    robot: RobotName = "husky-panda",
    workers: Workers = 1,
    out: OutFolder = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Look for things in homes that are visited several times; somebody moves things meanwhile."""
    from sim.suites.search.suite import SearchSuite
    from sim.suites.setup import Setup

    def made() -> Suite:
        return SearchSuite(visits=visits, things=things, setup=Setup(robot=robot))

    raise _ran(made, seeds, first, arms, workers, out, fresh, as_json)


@suite.command()
def household(
    seeds: Seeds = 30,
    first: First = 0,
    arms: Arms = None,
    visits: Visits = 2,
    record: RecordFolder = None,
    workers: Workers = 1,
    out: OutFolder = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Bring things and put them away: one, several that belong together, or what was meant before and is not named."""
    from sim.suites.household.suite import HouseholdSuite

    def made() -> Suite:
        return HouseholdSuite(visits=visits, record=record)

    raise _ran(made, seeds, first, arms, workers, out, fresh, as_json)


@suite.command()
def longhorizon(
    seeds: Seeds = 30,
    first: First = 0,
    arms: Arms = None,
    visits: Visits = 2,
    tasks: Tasks = 2,
    record: RecordFolder = None,
    workers: Workers = 1,
    out: OutFolder = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Do two to four things in a row, one after the other."""
    from sim.suites.longhorizon.suite import LonghorizonSuite

    def made() -> Suite:
        return LonghorizonSuite(visits=visits, tasks=tasks, record=record)

    raise _ran(made, seeds, first, arms, workers, out, fresh, as_json)


@suite.command()
def handling(
    seeds: Seeds = 30,
    first: First = 0,
    arms: Arms = None,
    rounds: Rounds = 2,
    record: RecordFolder = None,
    workers: Workers = 1,
    out: OutFolder = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Ask what became of things that were handled: which cup it is under, where it was, its colour, how many."""
    from sim.suites.handling.suite import HandlingSuite

    def made() -> Suite:
        return HandlingSuite(rounds=rounds, record=record)

    raise _ran(made, seeds, first, arms, workers, out, fresh, as_json)


@suite.command()
def replay(
    episode: Annotated[Path, typer.Argument(metavar="FILE", help="NAME.mcap of a folder that --record named.")],
    as_json: AsJson = False,
) -> None:
    """Play a recorded episode into the memory that it began with, and compare how that ends. Exit code 1: otherwise."""
    from sim.suites.recording import replayed
    from spatialmem import cli

    again, then = replayed(episode)
    if as_json:
        cli.print_json({"state_hash": again, "recorded": then, "equal": again == then})
    else:
        same = "the same as then" if again == then else f"then it was {then}"
        cli.answers().print(f"state hash {again}: {same}", markup=False, highlight=False)
    raise typer.Exit(cli.GOOD if again == then else cli.BAD)

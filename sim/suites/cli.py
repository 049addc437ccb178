"""`spatialmem suite`: a task in many homes, with every arm, and how sure the figures are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import AsJson

__all__ = ["suite"]

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
    from sim.suites.runner import Order, arms_of, run_suite
    from sim.suites.setup import Setup

    chosen = NavigationSuite(goals=goals, setup=Setup(robot=robot))
    order = Order(
        seeds=seeds, first=first, arms=arms_of(chosen, arms), workers=workers, out=out or Path("suite-navigation"),
        fresh=fresh, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(run_suite(chosen, order))


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
    from sim.suites.runner import Order, arms_of, run_suite
    from sim.suites.search.suite import SearchSuite
    from sim.suites.setup import Setup

    chosen = SearchSuite(visits=visits, things=things, setup=Setup(robot=robot))
    order = Order(
        seeds=seeds, first=first, arms=arms_of(chosen, arms), workers=workers, out=out or Path("suite-search"),
        fresh=fresh, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(run_suite(chosen, order))

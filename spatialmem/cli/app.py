"""Puts the command line together: our own commands, and those of other packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from spatialmem._version import __version__
from spatialmem.cli import console
from spatialmem.cli.as_of import as_of
from spatialmem.cli.attach import attach
from spatialmem.cli.brief import brief
from spatialmem.cli.changed import changed
from spatialmem.cli.check import check
from spatialmem.cli.compact import compact
from spatialmem.cli.copy_ import copy_file
from spatialmem.cli.ends import WithPoints
from spatialmem.cli.explain import explain
from spatialmem.cli.export import export
from spatialmem.cli.ground import ground
from spatialmem.cli.hash_ import hash_file
from spatialmem.cli.history import history
from spatialmem.cli.import_ import import_map
from spatialmem.cli.info import info
from spatialmem.cli.objects import list_objects
from spatialmem.cli.picture import picture
from spatialmem.cli.plugins import mount
from spatialmem.cli.record import record
from spatialmem.cli.recover import recover
from spatialmem.cli.replay import replay
from spatialmem.cli.rooms import rooms
from spatialmem.cli.route import route
from spatialmem.cli.search import search
from spatialmem.cli.track import track
from spatialmem.cli.verify import verify
from spatialmem.cli.warmup import warmup
from spatialmem.cli.where import where

__all__ = ["COMMANDS", "build_app"]

COMMANDS = {
    "replay": replay,
    "picture": picture,
    "objects": list_objects,
    "track": track,
    "where": where,
    "changed": changed,
    "history": history,
    "as-of": as_of,
    "explain": explain,
    "rooms": rooms,
    "route": route,
    "search": search,
    "brief": brief,
    "ground": ground,
    "check": check,
    "attach": attach,
    "record": record,
    "export": export,
    "import": import_map,
    "verify": verify,
    "recover": recover,
    "compact": compact,
    "copy": copy_file,
    "info": info,
    "hash": hash_file,
    "warmup": warmup,
}
OF_POINTS = {"route", "search"}
"""Commands that take places which may be points."""
HELP = "The SQLite of robot memory: posed camera frames go in, a map of what is where comes out."


def _show_version(wanted: bool) -> bool:
    if wanted:
        print(f"spatialmem {__version__}")
        raise typer.Exit
    return wanted


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None: ...


def build_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the command line. Other packages' commands are loaded only where one of ours is not asked for."""
    codes = "\n".join(f"{code:>3}  {meaning}." for code, meaning in console.EXIT_CODES.items())
    app = typer.Typer(
        name="spatialmem",
        help=HELP,
        epilog=f"Exit codes:\n{codes}",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    for name, command in COMMANDS.items():
        app.command(name, cls=WithPoints if name in OF_POINTS else None)(command)
    if not arguments or arguments[0] not in COMMANDS:
        mount(app, frozenset(COMMANDS), console.asides())
    return app

"""The `spatialmem` command: one file per subcommand.

replay.py, picture.py   an episode into a map and a picture; mapping.py, walk.py and summary.py do the work
check.py                is an episode any good
warmup.py               compiles the kernels
options.py, console.py  what all commands share: options, streams, exit codes
plugins.py              commands of other packages

Nothing else imports this room, and only this room imports typer and rich.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from spatialmem._version import __version__
from spatialmem.cli import console
from spatialmem.cli.check import check
from spatialmem.cli.picture import picture
from spatialmem.cli.plugins import mount
from spatialmem.cli.replay import replay
from spatialmem.cli.warmup import warmup
from spatialmem.errors import SpatialMemError

__all__ = ["build_app", "main"]

COMMANDS = {"replay": replay, "picture": picture, "check": check, "warmup": warmup}
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
        app.command(name)(command)
    if not arguments or arguments[0] not in COMMANDS:
        mount(app, frozenset(COMMANDS), console.asides())
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Bad usage and bad input are one sentence on stderr."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return build_app(arguments)(arguments, standalone_mode=False) or console.GOOD
    except SpatialMemError as error:
        return _refuse(str(error), arguments, console.BAD_INPUT)
    except MemoryError as error:
        sentence = f"out of memory: {error}. Lower octree.budget_mib, or take larger voxels."
        return _refuse(sentence, arguments, console.BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _refuse("Interrupted.", arguments, console.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our answer has gone, as `| head` does. Keep the interpreter from complaining at its exit.
        sys.stdout = None  # type: ignore[assignment]
        return console.GOOD
    except Exception as error:
        if (sentence := _usage_error(error)) is None:
            raise
        return _refuse(sentence, arguments, console.BAD_INPUT)


def _usage_error(error: Any) -> str | None:
    """Return what typer says about wrong usage. Its versions disagree on the classes, but not on the method."""
    if not hasattr(error, "format_message"):
        return None
    context = getattr(error, "ctx", None)
    asked = getattr(context, "command_path", None) or "spatialmem"
    words = error.format_message().rstrip(".")
    return f"{words}{'' if words.endswith('?') else '.'} `{asked} --help` shows what is allowed."


def _refuse(sentence: str, arguments: Sequence[str], code: int) -> int:
    print(f"spatialmem: {sentence}", file=sys.stderr)
    if "--json" in arguments:
        console.print_json({"error": sentence, "exit_code": code})
    return code

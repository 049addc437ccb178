"""Commands that other packages announce by the entry point `spatialmem.commands`."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer
from rich.console import Console

from spatialmem.cli.ends import WithPoints

__all__ = ["mount"]

GROUP = "spatialmem.commands"


def mount(app: typer.Typer, taken: frozenset[str], say: Console) -> None:
    """Add every announced typer app or function under its entry point's name; name those that do not load."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if entry.name in taken:
            say.print(f"The command '{entry.name}' of {entry.value} is left out: spatialmem has one of that name.")
            continue
        try:
            command = entry.load()
        except Exception as error:  # whatever a foreign package does on import
            say.print(
                f"The command '{entry.name}' could not be loaded from {entry.value}: "
                f"{type(error).__name__}: {' '.join(str(error).split())}",
                markup=False,
            )
            continue
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name, cls=WithPoints if getattr(command, "takes_points", False) else None)(command)

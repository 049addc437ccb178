"""`spatialmem verify`: is a memory file whole, and if not, what of it is damaged."""

from __future__ import annotations

import typer
from rich.text import Text

from spatialmem.cli import console, options

__all__ = ["verify"]


def verify(file: options.MemoryFile, as_json: options.AsJson = False) -> None:
    """Check every row of a memory file, also while it is in use, and list what is damaged. Writes nothing."""
    from spatialmem.store.checking import verify as check_all

    with console.asides().status(f"Reading {file.name} ..."):
        found = check_all(file)
    if as_json:
        console.print_json(
            {
                "file": str(file),
                "whole": found.ok,
                "problems": list(found.problems),
                "inputs": found.seq,
                "last_stamp_ns": found.last_stamp_ns,
                "rows_read": found.rows,
            }
        )
        raise typer.Exit(console.GOOD if found.ok else console.BAD)
    out = console.answers()
    if found.ok:
        words = f" is whole: {found.seq} inputs; {found.rows} rows of all tables were read."
        out.print(Text.assemble((str(file), "bold"), words), soft_wrap=True)
        raise typer.Exit(console.GOOD)
    out.print(Text.assemble((str(file), "bold"), " is ", ("damaged", "bold red"), ":"), soft_wrap=True)
    for problem in found.problems:
        console.print_hanging(out, Text("  "), f"{problem}.")
    console.asides().print(
        f"`spatialmem recover {file} OUT` copies what is whole into a new file.", markup=False, soft_wrap=True
    )
    raise typer.Exit(console.BAD)

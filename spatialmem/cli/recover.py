"""`spatialmem recover`: what is whole of a damaged memory file, as a new one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from spatialmem.cli import console, options

__all__ = ["recover"]


def recover(
    file: options.MemoryFile,
    out: options.Out,
    world: Annotated[
        str | None, typer.Option("--world", help="The world's name, where the file no longer says it.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Copy what is whole of a memory file into a new one, and say what was lost. The old one is only read."""
    from spatialmem.store.recovery import recover as copy_whole

    with console.asides().status(f"Reading {file.name} ..."):
        found = copy_whole(file, out, world=world)
    code = console.GOOD if found.everything else console.LOSSES if found.written else console.BAD
    if as_json:
        console.print_json(
            {
                "file": str(file),
                "written": str(out) if found.written else None,
                "inputs": found.seq,
                "last_stamp_ns": found.last_stamp_ns,
                "checkpoint": found.checkpoint_seq,
                "losses": list(found.losses),
            }
        )
        raise typer.Exit(code)
    answers = console.answers()
    if not found.written:
        answers.print(f"Nothing of {file} could be recovered; {out} was not written.", markup=False, soft_wrap=True)
    else:
        share = "everything" if found.everything else "what is whole"
        words = f"{out} has {share} of {file}: inputs 1 to {found.seq}." if found.seq else f"{out} has no inputs."
        answers.print(words, markup=False, soft_wrap=True)
    if found.losses:
        answers.print(Text("Lost", style="bold red"))
    for loss in found.losses:
        console.print_hanging(answers, Text("  "), f"{loss}.")
    raise typer.Exit(code)

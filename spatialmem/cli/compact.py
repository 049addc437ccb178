"""`spatialmem compact`: a memory file as small as it can be."""

from __future__ import annotations

import typer

from spatialmem.cli import console, options

__all__ = ["compact"]


def compact(file: options.MemoryFile, as_json: options.AsJson = False) -> None:
    """Make a memory file as small as it can be. Nobody may have it open; there must be room for a second one."""
    from spatialmem.cli.memory_files import shown_bytes
    from spatialmem.store.upkeep import compact as rewrite

    with console.asides().status(f"Writing {file.name} anew ..."):
        before, after = rewrite(file)
    if as_json:
        console.print_json({"file": str(file), "bytes_before": before, "bytes": after})
    else:
        words = f"{file} has {shown_bytes(after)}, it had {shown_bytes(before)}."
        console.answers().print(words, markup=False, soft_wrap=True)
    raise typer.Exit(console.GOOD)

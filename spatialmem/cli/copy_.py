"""`spatialmem copy`: one moment of a memory file that may be in use, as a new file."""

from __future__ import annotations

import typer

from spatialmem.cli import console, options

__all__ = ["copy_file"]


def copy_file(file: options.MemoryFile, out: options.Out, as_json: options.AsJson = False) -> None:
    """Copy one moment of a memory file into a new file. A writer may go on meanwhile."""
    from spatialmem.cli.memory_files import shown_bytes, size_of
    from spatialmem.store.upkeep import copy

    with console.asides().status(f"Copying {file.name} ..."):
        seq = copy(file, out)
    size = size_of(out)
    if as_json:
        console.print_json({"file": str(file), "written": str(out), "inputs": seq, "bytes": size})
    else:
        words = f"{out} is {file} as it was after input {seq}, {shown_bytes(size)}."
        console.answers().print(words, markup=False, soft_wrap=True)
    raise typer.Exit(console.GOOD)

"""`spatialmem hash`: the state hash of a memory file, or of a prefix of its journal."""

from __future__ import annotations

import typer

from spatialmem.cli import console, options

__all__ = ["hash_file"]


def hash_file(
    file: options.MemoryFile, until: options.Until = None, threads: options.Threads = None,
    as_json: options.AsJson = False,
) -> None:  # fmt: skip
    """Print the state hash of a memory file, or with --until, that of its journal replayed up to there."""
    from spatialmem.cli.memory_files import file_settings
    from spatialmem.cli.replaying import hash_of

    settings = file_settings(file, None, threads, {})
    seq, found = hash_of(file, settings, until, console.asides())
    if as_json:
        console.print_json({"file": str(file), "inputs": seq, "state_hash": found})
    else:
        print(found)
    raise typer.Exit(console.GOOD)

"""`spatialmem track`: what became of one object, sighting by sighting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["track"]


def track(
    file: options.MemoryFile,
    name: Annotated[str, typer.Argument(metavar="ID", help="The object's name, such as mug-3, or its number.")],
    crops: Annotated[
        Path | None, typer.Option("--crops", metavar="DIR", help="Write the pictures of it into this new folder.")
    ] = None,
    until: options.Until = None,
    as_json: options.AsJson = False,
) -> None:
    """Replay a memory file's journal and say what was known of one object after each sighting of it.

    It takes a whole journal: a file whose first inputs were dropped to stay within its budget is refused.
    """
    from spatialmem.cli.tracking import track_object

    raise typer.Exit(track_object(file, name, crops=crops, until=until, as_json=as_json))

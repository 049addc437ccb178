"""`spatialmem import`: what a map file holds, kept as a state of the octree, or drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["import_map"]


def import_map(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A map file: .bt or .ot (OctoMap), or .octree.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="MAP", help="Keep it in this file, NAME.octree, for `export`.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the map into this file.")] = None,
    config: options.ConfigFile = None,
    threads: options.Threads = None,
    as_json: options.AsJson = False,
) -> None:
    """Read a map file, and say what it holds."""
    from spatialmem.cli.importing import import_file

    settings = options.settings(config, voxel_size_m=None, range_max_m=None, threads=threads)
    raise typer.Exit(import_file(file, settings, out=out, picture=picture, as_json=as_json))

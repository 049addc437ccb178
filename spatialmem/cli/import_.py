"""`spatialmem import`: what a map file holds, kept as a state of the octree, or drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["import_map"]


def import_map(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A map file: .bt or .ot (OctoMap), .octree; a scene graph: .json.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="MAP", help="Keep it in this file, NAME.octree, for `export`.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the map into this file.")] = None,
    config: options.ConfigFile = None,
    threads: options.Threads = None,
    as_json: options.AsJson = False,
) -> None:
    """Read a map file or a scene graph (ours, or Spark-DSG's), and say what it holds."""
    if Path(file).suffix.lower() == ".json":
        from spatialmem.cli.scene_graphs import import_scene_graph
        from spatialmem.errors import InputError

        if out is not None or picture is not None:
            raise InputError(
                f"'{file}' is a scene graph: there is no map in it to keep or draw; leave --out and --picture out."
            )
        raise typer.Exit(import_scene_graph(file, as_json=as_json))
    from spatialmem.cli.importing import import_file

    settings = options.settings(config, voxel_size_m=None, range_max_m=None, threads=threads)
    raise typer.Exit(import_file(file, settings, out=out, picture=picture, as_json=as_json))

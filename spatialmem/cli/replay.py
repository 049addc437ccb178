"""`spatialmem replay`: a recorded walk becomes a map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["replay"]


def replay(
    episode: options.Episode,
    voxel_size_m: options.VoxelSize = None,
    range_max_m: options.RangeMax = None,
    config: options.ConfigFile = None,
    picture: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the map into this file.")] = None,
    threads: options.Threads = None,
    limit: options.Limit = None,
    as_json: options.AsJson = False,
) -> None:
    """Play a recorded episode into a map, and say what came of it."""
    from spatialmem.cli.mapping import PictureOrder, map_episode

    settings = options.settings(config, voxel_size_m=voxel_size_m, range_max_m=range_max_m, threads=threads)
    order = None if picture is None else PictureOrder(picture)
    raise typer.Exit(map_episode(episode, settings, limit=limit, order=order, as_json=as_json))

"""`spatialmem picture`: the map of an episode, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["picture"]


def picture(
    episode: options.EpisodeOrFile,
    out: Annotated[Path, typer.Option("--out", metavar="PNG", help="The file to draw into.")] = Path("map.png"),
    kind: options.Kind = "both",
    plain: Annotated[
        bool, typer.Option("--plain", help="Without rooms, places to stand and edges between them.")
    ] = False,
    band_min_m: options.BandMin = None,
    band_max_m: options.BandMax = None,
    floor_z_m: options.FloorZ = None,
    voxel_size_m: options.VoxelSize = None,
    range_max_m: options.RangeMax = None,
    config: options.ConfigFile = None,
    detector: options.Detectors = None,
    threads: options.Threads = None,
    limit: options.Limit = None,
    as_json: options.AsJson = False,
) -> None:
    """Draw the map of an episode or a memory file from above: occupancy, height and colour, with the path walked, the
    rooms and the objects seen."""
    from spatialmem.cli.detecting import open_lookouts
    from spatialmem.cli.mapping import PictureOrder, map_episode
    from spatialmem.cli.memory_files import file_settings, is_memory_file
    from spatialmem.cli.replaying import replay_file

    order = PictureOrder(out, kind, band_min_m=band_min_m, band_max_m=band_max_m, floor_z_m=floor_z_m, plain=plain)
    if is_memory_file(episode):
        of_episodes = {
            "--limit": limit,
            "--voxel-size-m": voxel_size_m,
            "--range-max-m": range_max_m,
            "--detector": detector or None,
        }
        settings = file_settings(episode, config, threads, of_episodes)
        raise typer.Exit(replay_file(Path(episode), settings, until=None, order=order, as_json=as_json))
    settings = options.settings(config, voxel_size_m=voxel_size_m, range_max_m=range_max_m, threads=threads)
    lookouts = open_lookouts(detector or (), None)
    raise typer.Exit(map_episode(episode, settings, limit=limit, order=order, as_json=as_json, lookouts=lookouts))

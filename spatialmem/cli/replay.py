"""`spatialmem replay`: a recorded walk becomes a map, or a memory file; a memory file is made anew of its journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["replay"]


def replay(
    episode: options.EpisodeOrFile,
    memory: Annotated[
        Path | None,
        typer.Option("--memory", metavar="FILE", help="Play into this memory file, NAME.smem: a new one, or go on."),
    ] = None,
    until: options.Until = None,
    voxel_size_m: options.VoxelSize = None,
    range_max_m: options.RangeMax = None,
    config: options.ConfigFile = None,
    picture: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the map into this file.")] = None,
    detector: options.Detectors = None,
    embedder: options.Embedder = None,
    threads: options.Threads = None,
    limit: options.Limit = None,
    as_json: options.AsJson = False,
) -> None:
    """Play a recorded episode into a map, or a memory file's own journal, and say what came of it."""
    from spatialmem.cli.detecting import open_lookouts
    from spatialmem.cli.mapping import PictureOrder, map_episode
    from spatialmem.cli.memory_files import file_settings, is_memory_file, refuse_options
    from spatialmem.cli.replaying import replay_file
    from spatialmem.memory_file import kept_config

    order = None if picture is None else PictureOrder(picture)
    if is_memory_file(episode):
        of_episodes = {
            "--limit": limit,
            "--voxel-size-m": voxel_size_m,
            "--range-max-m": range_max_m,
            "--detector": detector or None,
            "--embedder": embedder,
        }
        settings = file_settings(episode, config, threads, {"--memory": memory, **of_episodes})
        raise typer.Exit(replay_file(Path(episode), settings, until=until, order=order, as_json=as_json))
    refuse_options(f"a memory file, not for the episode '{episode}'", {"--until": until})
    kept = None if memory is None or not memory.exists() else kept_config(memory)
    settings = options.settings(config, voxel_size_m=voxel_size_m, range_max_m=range_max_m, threads=threads, kept=kept)
    lookouts = open_lookouts(detector or (), embedder)
    raise typer.Exit(
        map_episode(
            episode,
            settings,
            limit=limit,
            order=order,
            as_json=as_json,
            file=memory,
            own_world=config is None,
            lookouts=lookouts,
        )
    )

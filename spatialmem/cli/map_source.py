"""Where a command takes its map from: a recorded episode, which is played, or a map or memory file, which is read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from spatialmem.cli.walk import Walk, play
from spatialmem.config import Config
from spatialmem.episodes import open_episode
from spatialmem.errors import InputError
from spatialmem.formats import read_dump, read_octomap
from spatialmem.memory import SpatialMemory
from spatialmem.octree import Queryable

__all__ = ["FILE_SUFFIXES", "OpenedMap", "is_map_file", "open_episode_map", "open_map_file", "open_memory_map"]

FILE_SUFFIXES = (".bt", ".ot", ".octree")


@dataclass(frozen=True)
class OpenedMap:
    """A map, what it is called, and how it was played where it comes from an episode."""

    name: str
    octree: Queryable
    walk: Walk | None = None


def is_map_file(source: str) -> bool:
    """Return whether a source is meant as a map file, by its ending; a folder is an episode whatever its name."""
    path = Path(source)
    return path.suffix.lower() in FILE_SUFFIXES and not path.is_dir()


def open_map_file(
    source: str | Path, settings: Config, say: Console, *, voxel_size_m: float | None = None
) -> OpenedMap:
    """Read a map file. Its voxel size is the file's; one that was asked for has to be the same."""
    path = Path(source)
    if path.suffix.lower() not in FILE_SUFFIXES:
        raise InputError(f"'{path}' does not end in {', '.join(FILE_SUFFIXES)}; the ending says how a map is read.")
    read = read_dump if path.suffix.lower() == ".octree" else read_octomap
    with say.status(f"Reading {path.name} ..."):
        octree = read(path, settings.octree)
    if voxel_size_m is not None and not math.isclose(voxel_size_m, octree.voxel_size_m, rel_tol=1e-6):
        raise InputError(
            f"--voxel-size-m is {voxel_size_m:g}, the voxels of {path} are {octree.voxel_size_m:g} m; a map file "
            f"keeps its own, leave the option out."
        )
    return OpenedMap(path.name, octree)


def open_memory_map(source: str | Path, settings: Config, say: Console) -> OpenedMap:
    """Read the map of a memory file as it is at this moment, beside a writer too. Raises as `SpatialMemory.open`."""
    path = Path(source)
    with say.status(f"Reading {path.name} ..."), SpatialMemory.open(path, settings, read_only=True) as memory:
        return OpenedMap(path.name, memory.view())


def open_episode_map(source: str, settings: Config, say: Console, *, limit: int | None) -> OpenedMap:
    """Play an episode into a new map. An interrupt ends it early; the walk says so."""
    episode = open_episode(source, world=settings.world)
    memory = SpatialMemory(settings)
    walk = play(episode, memory, limit=limit, sampler=None, say=say)
    return OpenedMap(walk.episode, memory.view(), walk)

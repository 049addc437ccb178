"""The options that several commands share, and the configuration that they make."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from spatialmem.config import Config, load_config, parse_config
from spatialmem.errors import InputError

__all__ = [
    "AsJson",
    "BandMax",
    "BandMin",
    "ConfigFile",
    "Detectors",
    "Embedder",
    "Episode",
    "EpisodeOrFile",
    "FloorZ",
    "Kind",
    "Limit",
    "MemoryFile",
    "Out",
    "RangeMax",
    "RobotRadius",
    "Threads",
    "Until",
    "VoxelSize",
    "WayPicture",
    "refuse_bad_band",
    "settings",
]

Episode = Annotated[
    str,
    typer.Argument(
        metavar="EPISODE", help="Folder of a recording, an MCAP file, a ROS bag, or 'synthetic' for the built-in room."
    ),
]
EpisodeOrFile = Annotated[
    str,
    typer.Argument(
        metavar="EPISODE",
        help="Folder of a recording, an MCAP file, a ROS bag, 'synthetic' for the built-in room, or a memory file.",
    ),
]
VoxelSize = Annotated[float | None, typer.Option("--voxel-size-m", help="Edge of a voxel. Default: 0.05.")]
RangeMax = Annotated[
    float | None,
    typer.Option("--range-max-m", help="Believe depth up to here; farther returns only clear. Default: 5."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="YAML", help="File of settings; options given here win over it."),
]
Threads = Annotated[int | None, typer.Option("--threads", help="Threads that integrate. Default: 2.")]
Detectors = Annotated[
    list[str] | None,
    typer.Option(
        "--detector",
        metavar="WORD[:TEXT]",
        help="Look for objects in each frame: onnx:PATH, fiducial:FAMILY, tabletop. May be given several times.",
    ),
]
Embedder = Annotated[
    str | None,
    typer.Option("--embedder", metavar="WORD", help="Describe the look of each detection as a vector: appearance."),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Stop after N frames.")]
Until = Annotated[
    int | None,
    typer.Option("--until", metavar="SEQ", min=1, help="Of a memory file: replay its journal up to this input."),
]
BandMin = Annotated[
    float | None,
    typer.Option("--band-min-m", help="Obstacles begin here, above the floor. Default: 0.2, or 2.5 voxels."),
]
BandMax = Annotated[
    float | None,
    typer.Option("--band-max-m", help="Obstacles end here, above the floor. Default: 1.9."),
]
FloorZ = Annotated[
    float | None,
    typer.Option("--floor-z-m", help="Height of the floor in the world. Default: found in the map."),
]
Kind = Annotated[
    Literal["map", "color", "both"],
    typer.Option("--kind", help="Occupancy and height, the colours that the camera saw, or both."),
]
RobotRadius = Annotated[
    float | None,
    typer.Option("--robot-radius-m", help="Of the robot's footprint. Default: the memory's, graph.robot_radius_m."),
]
WayPicture = Annotated[
    Path | None, typer.Option("--picture", metavar="PNG", help="Draw the way over the map into this.")
]
MemoryFile = Annotated[Path, typer.Argument(metavar="FILE", help="A memory file, NAME.smem.")]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="The new file; it must not exist yet.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document on stdout.")]


def refuse_bad_band(band_min_m: float | None, band_max_m: float | None, floor_z_m: float | None) -> None:
    """Raise InputError for heights that are none, or a band that is empty."""
    for option, value in (("--band-min-m", band_min_m), ("--band-max-m", band_max_m), ("--floor-z-m", floor_z_m)):
        if value is not None and not math.isfinite(value):
            raise InputError(f"{option} is {value}; it must be a finite number of metres.")
    if band_min_m is not None and band_max_m is not None and not band_min_m < band_max_m:
        raise InputError(
            f"the obstacle band from {band_min_m} m to {band_max_m} m is empty; --band-min-m must be the lower one."
        )


def settings(
    config: Path | None,
    *,
    voxel_size_m: float | None,
    range_max_m: float | None,
    threads: int | None,
    robot_radius_m: float | None = None,
    kept: Config | None = None,
) -> Config:
    """Return the file's settings, or the defaults, with what was given on the command line put over them.

    A range given on the command line holds for every source. kept: in place of the defaults, what a memory file was
    made with. Raises ConfigError.
    """
    import msgspec

    given = (kept or Config()) if config is None else load_config(config)
    for option, value, paths in (
        ("--voxel-size-m", voxel_size_m, [("octree", "voxel_size_m")]),
        ("--threads", threads, [("octree", "threads")]),
        ("--robot-radius-m", robot_radius_m, [("graph", "robot_radius_m")]),
        (
            "--range-max-m",
            range_max_m,
            [("depth", "range_max_m"), *(("sensors", s, "range_max_m") for s in given.sensors)],
        ),
    ):
        if value is None:
            continue
        table: dict[str, Any] = msgspec.to_builtins(given)
        for *rooms, name in paths:
            room = table
            for step in rooms:
                room = room[step]
            room[name] = value
        given = parse_config(table, origin=f"{option} {value:g}")
    return given

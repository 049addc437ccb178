"""`spatialmem export`: a map, as a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["export"]


def export(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of a recording, 'synthetic', a memory file, or a map file: .bt, .ot, .octree.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="File to write: .bt or .ot (OctoMap), .ply, .yaml (Nav2, with its .pgm), or .octree."
        ),
    ],
    mesh: Annotated[bool, typer.Option("--mesh", help=".ply: the hull as triangles, not points with normals.")] = False,
    robot_radius_m: Annotated[
        float | None, typer.Option("--robot-radius-m", help=".yaml: widen obstacles by this. Default: 0.")
    ] = None,
    band_min_m: options.BandMin = None,
    band_max_m: options.BandMax = None,
    floor_z_m: options.FloorZ = None,
    voxel_size_m: options.VoxelSize = None,
    range_max_m: options.RangeMax = None,
    config: options.ConfigFile = None,
    threads: options.Threads = None,
    limit: options.Limit = None,
    as_json: options.AsJson = False,
) -> None:
    """Write the map of an episode, a memory file or a map file for OctoMap, Nav2 or a viewer of PLY."""
    from spatialmem.cli.exporting import ExportOrder, export_map
    from spatialmem.cli.memory_files import is_memory_file
    from spatialmem.memory_file import kept_config

    kept = kept_config(source) if is_memory_file(source) else None
    settings = options.settings(config, voxel_size_m=voxel_size_m, range_max_m=range_max_m, threads=threads, kept=kept)
    order = ExportOrder(out, band_min_m, band_max_m, floor_z_m, robot_radius_m, mesh)
    code = export_map(
        source, order, settings, limit=limit, voxel_size_m=voxel_size_m, range_max_m=range_max_m, as_json=as_json
    )
    raise typer.Exit(code)

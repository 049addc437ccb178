"""From an episode, a map file or a memory file to a file for others: what `export` does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from spatialmem.cli import console, options
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.map_source import OpenedMap, is_map_file, open_episode_map, open_map_file, open_memory_map
from spatialmem.cli.map_words import map_facts, map_figures
from spatialmem.cli.memory_files import is_memory_file, refuse_options
from spatialmem.cli.summary import exit_code, tell_outcome
from spatialmem.config import Config
from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable
from spatialmem.formats import write_dump, write_nav2_map, write_octomap, write_ply
from spatialmem.pictures import height_band

__all__ = ["ExportOrder", "export_map"]

SUFFIXES = (".bt", ".ot", ".ply", ".yaml", ".octree")


@dataclass(frozen=True)
class ExportOrder:
    """Which file is wanted, and how. Heights are above the floor [m]; None is chosen from the map."""

    path: Path
    band_min_m: float | None = None
    band_max_m: float | None = None
    floor_z_m: float | None = None
    robot_radius_m: float | None = None
    mesh: bool = False

    @property
    def suffix(self) -> str:
        """The ending, which decides what is written."""
        return self.path.suffix.lower()

    def refuse_impossible(self) -> None:
        """Raise InputError for what cannot be written: before a long replay, not after it."""
        refuse_unwritable(self.path, SUFFIXES)
        if self.suffix == ".yaml":
            refuse_unwritable(self.path.with_suffix(".pgm"), (".pgm",))
        if self.mesh and self.suffix != ".ply":
            raise InputError(f"--mesh is for .ply, not for '{self.path}'; leave it out.")
        for option, value in (
            ("--band-min-m", self.band_min_m),
            ("--band-max-m", self.band_max_m),
            ("--floor-z-m", self.floor_z_m),
            ("--robot-radius-m", self.robot_radius_m),
        ):
            if value is None:
                continue
            if self.suffix != ".yaml":
                raise InputError(f"{option} is for .yaml, not for '{self.path}'; leave it out.")
        options.refuse_bad_band(self.band_min_m, self.band_max_m, self.floor_z_m)
        radius_m = self.robot_radius_m
        if radius_m is not None and not 0 <= radius_m < math.inf:
            raise InputError(f"--robot-radius-m is {radius_m}; it must be 0 m or more.")


def export_map(
    source: str,
    order: ExportOrder,
    settings: Config,
    *,
    limit: int | None,
    voxel_size_m: float | None,
    range_max_m: float | None,
    as_json: bool,
) -> int:
    """Read or play the source, write the file, answer on stdout, and return the exit code."""
    say = console.asides()
    order.refuse_impossible()
    of_episodes = {"--limit": limit, "--range-max-m": range_max_m}
    if is_map_file(source):
        refuse_options(f"an episode, not for the map file '{source}'", of_episodes)
        prepare_kernels(say)
        opened = open_map_file(source, settings, say, voxel_size_m=voxel_size_m)
    elif is_memory_file(source):
        refuse_options(f"an episode, not for the memory file '{source}'", of_episodes)
        prepare_kernels(say)
        opened = open_memory_map(source, settings, say)
    else:
        prepare_kernels(say)
        opened = open_episode_map(source, settings, say, limit=limit)
    code = console.GOOD if opened.walk is None else exit_code(opened.walk)
    contents, written = "", []
    if code in (console.GOOD, console.LOSSES):
        with say.status(f"Writing {order.path.name} ..."):
            contents, written = _write(order, opened)
    with interrupt_asked():  # a whole answer, then
        _answer(opened, contents, written, as_json=as_json)
        if opened.walk is not None:
            tell_outcome(say, opened.walk, code)
        if not written:
            _tell_unwritten(say, order)
    return code


def _write(order: ExportOrder, opened: OpenedMap) -> tuple[str, list[Path]]:
    """Write what the ending asks for; return what it is, in words, and the files."""
    octree, path = opened.octree, order.path
    if order.suffix == ".octree":
        return f"state of {write_dump(path, octree)} bytes", [path]
    if order.suffix in (".bt", ".ot"):
        return f"OctoMap tree of {write_octomap(path, octree)} nodes", [path]
    if order.suffix == ".ply":
        count = write_ply(path, octree, mesh=order.mesh)
        return f"{'mesh' if order.mesh else 'surface'} of {count} {'vertices' if order.mesh else 'points'}", [path]
    path_W = np.zeros((0, 3)) if opened.walk is None else opened.walk.path_W
    band = height_band(octree, path_W, floor_m=order.floor_z_m, min_m=order.band_min_m, max_m=order.band_max_m)
    radius_m = order.robot_radius_m or 0.0
    files = write_nav2_map(path, octree, z_min_m=band.min_m, z_max_m=band.max_m, robot_radius_m=radius_m)
    above = (
        f"{band.min_m - band.floor_m:.2g} to {band.max_m - band.floor_m:.2g} m above the floor at {band.floor_m:.2f} m"
    )
    return f"Nav2 map, {above}", list(files)


def _answer(opened: OpenedMap, contents: str, written: list[Path], *, as_json: bool) -> None:
    walk = opened.walk
    answer: dict[str, Any] = {
        "source": opened.name,
        "frames": None if walk is None else {
            "played": walk.read_count, "admitted": walk.admitted_count, "rejected": dict(sorted(walk.rejected.items())),
        },
        "map": map_figures(opened.octree),
        "contents": contents or None,
        "written": [{"path": str(path), "bytes": path.stat().st_size} for path in written],
        "interrupted": walk is not None and walk.interrupted,
    }  # fmt: skip
    if as_json:
        console.print_json(answer)
        return
    facts = [] if walk is None else [("frames admitted", f"{walk.admitted_count} of {walk.read_count} played")]
    facts += map_facts(answer["map"])
    if written:
        facts += [("contents", contents), ("written", ", ".join(str(path) for path in written))]
    out = console.answers()
    out.print()
    console.print_facts(out, opened.name, facts)


def _tell_unwritten(say: Console, order: ExportOrder) -> None:
    say.print(f"'{order.path}' was not written.", markup=False, soft_wrap=True)

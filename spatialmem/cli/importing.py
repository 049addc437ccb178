"""From a map file to what it holds, a state that is kept, and a picture: what `import` does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spatialmem.cli import console
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.map_source import OpenedMap, open_map_file
from spatialmem.cli.map_words import map_facts, map_figures
from spatialmem.config import Config
from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable
from spatialmem.formats import write_dump
from spatialmem.formats.dump import SUFFIX
from spatialmem.formats.nav2 import refuse_vast
from spatialmem.pictures import PNG, draw_map, height_band, write_png

__all__ = ["import_file"]


def import_file(file: str, settings: Config, *, out: Path | None, picture: Path | None, as_json: bool) -> int:
    """Read a map file, keep and draw it where that is asked for, answer on stdout, and return the exit code."""
    say = console.asides()
    if out is not None:
        refuse_unwritable(out, (SUFFIX,))
    if picture is not None:
        refuse_unwritable(picture, PNG)
    prepare_kernels(say)
    opened = open_map_file(file, settings, say)
    if picture is not None and opened.octree.root_count == 0:
        raise InputError(f"nothing is known in {opened.name}, so there is nothing to draw; leave --picture out.")
    if out is not None:
        with say.status(f"Writing {out.name} ..."):
            write_dump(out, opened.octree)
    if picture is not None:
        _draw(opened, picture)
    with interrupt_asked():  # a whole answer, then
        figures = map_figures(opened.octree)
        kept, drawn = (None if path is None else str(path) for path in (out, picture))
        if as_json:
            console.print_json({"source": opened.name, "map": figures, "kept": kept, "picture": drawn})
        else:
            facts = [*map_facts(figures), *((n, p) for n, p in (("kept", kept), ("picture", drawn)) if p)]
            console.answers().print()
            console.print_facts(console.answers(), opened.name, facts)
    return console.GOOD


def _draw(opened: OpenedMap, path: Path) -> None:
    octree = opened.octree
    refuse_vast(octree)
    nowhere = np.zeros((0, 3))
    band = height_band(octree, nowhere)
    notes = [f"voxels of {octree.voxel_size_m:g} m", f"{octree.leaf_count} leaves"]
    write_png(path, draw_map(octree, nowhere, band, title=opened.name, notes=notes, kind="map"))

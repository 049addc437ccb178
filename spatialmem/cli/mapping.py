"""From an episode to a map, its summary and its picture: what `replay` and `picture` do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from spatialmem.cli import console, options
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.detecting import tell_failures
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.memory_files import size_of
from spatialmem.cli.resuming import KnownInputs, kept_whole
from spatialmem.cli.summary import exit_code, picture_notes, print_summary, summary_of, tell_outcome
from spatialmem.cli.walk import Walk, play
from spatialmem.config import Config
from spatialmem.episodes import open_episode
from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable
from spatialmem.lookout import Lookout
from spatialmem.memory import SpatialMemory
from spatialmem.pictures import PNG, ColorSampler, draw_map, height_band, write_png
from spatialmem.protocols import Source
from spatialmem.view import View

__all__ = ["PictureOrder", "draw_picture", "map_episode"]


@dataclass(frozen=True)
class PictureOrder:
    """Which picture is wanted, and where. Heights are above the floor [m]; None is chosen from the map."""

    path: Path
    kind: Literal["map", "color", "both"] = "both"
    band_min_m: float | None = None
    band_max_m: float | None = None
    floor_z_m: float | None = None
    plain: bool = False
    """Without rooms, places and edges."""

    def refuse_impossible(self) -> None:
        """Raise InputError for what cannot be drawn: before a long replay, not after it."""
        refuse_unwritable(self.path, PNG)
        options.refuse_bad_band(self.band_min_m, self.band_max_m, self.floor_z_m)


def map_episode(
    episode: str,
    settings: Config,
    *,
    limit: int | None,
    order: PictureOrder | None,
    as_json: bool,
    file: Path | None = None,
    own_world: bool = True,
    lookouts: Sequence[Lookout] = (),
) -> int:
    """Play an episode into a new map, or into a memory file, answer on stdout, and return the exit code.

    own_world: whether the world is the one that the recording names, where it names one; else it is that of the
    settings, whatever the recording says. lookouts: detectors that look at its frames.
    """
    say = console.asides()
    if order is not None:
        order.refuse_impossible()
    source, settings = _opened(episode, settings, own_world=own_world)
    compiled, _ = prepare_kernels(say)
    known = None
    if file is not None and file.exists():
        with say.status(f"Reading {file.name} ..."):
            known = KnownInputs.of(file, settings)
    memory = SpatialMemory(settings) if file is None else SpatialMemory.open(file, settings)
    wants_color = order is not None and order.kind != "map"
    sampler = ColorSampler() if wants_color else None
    with kept_whole(memory, file):
        seq_before = memory.view().seq
        walk = play(source, memory, limit=limit, sampler=sampler, say=say, known=known, lookouts=lookouts)
        durable_s = walk.elapsed_s - walk.passed_over_s + _flushed_s(memory)
    kept = None if file is None else _kept(file, memory, seq_before, durable_s)
    drawn = undrawn = None
    if order is not None and walk.mapped_count > 0:
        try:
            draw_picture(order, memory.view(), walk, sampler, range_max_m=settings.depth.range_max_m)
            drawn = str(order.path)
        except KeyboardInterrupt:  # the picture is given up for the answer
            walk.interrupted, undrawn = True, order.path
    code = exit_code(walk, lookouts)
    with interrupt_asked():  # a whole answer, then
        summary = {
            **summary_of(walk, memory, source, drawn),
            "detectors": [lookout.figures() for lookout in lookouts],
            "memory": kept,
            "kernels_compiled": compiled,
        }
        if as_json:
            console.print_json(summary)
        else:
            print_summary(console.answers(), summary)
        tell_failures(say, lookouts, file)
        tell_outcome(say, walk, code, undrawn=undrawn, kept=file)
    return code


def _opened(episode: str, settings: Config, *, own_world: bool) -> tuple[Source, Config]:
    """Return an episode, and the settings with its world. Raises InputError where a memory is of another world."""
    source, unnamed = open_episode(episode, world=None if own_world else settings.world), Config().world
    if settings.world == unnamed:
        return source, msgspec.structs.replace(settings, world=source.world)
    if source.world not in (unnamed, settings.world):
        raise InputError(
            f"the recording {episode} is of the world '{source.world}', the memory of '{settings.world}', and worlds "
            f"are never mixed. Name another memory, or the world in a --config if they are the same place."
        )
    return source if source.world == settings.world else open_episode(episode, world=settings.world), settings


def _flushed_s(memory: SpatialMemory) -> float:
    """Wait until all that was played is durable; return how long that took [s]."""
    started = time.perf_counter()
    memory.flush()
    return time.perf_counter() - started


def _kept(file: Path, memory: SpatialMemory, seq_before: int, durable_s: float) -> dict[str, Any]:
    """Return what there is to say about the memory's file, which is closed."""
    view = memory.view()
    return {
        "file": str(file),
        "bytes": size_of(file),
        "inputs_before": seq_before,
        "inputs": view.seq,
        "durable": memory.durable_seq,
        "last_stamp_ns": view.stamp_ns,
        "durable_per_s": round((view.seq - seq_before) / durable_s, 1) if durable_s > 0 else 0.0,
    }


def draw_picture(
    order: PictureOrder, view: View, walk: Walk, sampler: ColorSampler | None, *, range_max_m: float
) -> None:
    """Draw a map and the path that was walked. Raises InputError where colours are wanted and there are none."""
    samples = () if sampler is None else sampler.samples
    if order.kind == "color" and not samples:
        raise InputError(f"the episode {walk.episode} has no colour images; ask for --kind map.")
    path_W = walk.path_W
    band = height_band(view, path_W, floor_m=order.floor_z_m, min_m=order.band_min_m, max_m=order.band_max_m)
    image = draw_map(
        view,
        path_W,
        band,
        title=walk.episode,
        notes=picture_notes(walk, view),
        samples=samples,
        range_max_m=range_max_m,
        kind=order.kind,
        objects=view.objects(),
        beliefs=view.whereabouts(),
        graph=None if order.plain else view,
    )
    write_png(order.path, image)

"""From an episode to a map, its summary and its picture: what `replay` and `picture` do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spatialmem.cli import console
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.summary import exit_code, picture_notes, print_summary, summary_of, tell_outcome
from spatialmem.cli.walk import Walk, play
from spatialmem.config import Config
from spatialmem.episodes import open_episode
from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable
from spatialmem.memory import SpatialMemory
from spatialmem.pictures import PNG, ColorSampler, draw_map, height_band, write_png

__all__ = ["PictureOrder", "map_episode"]


@dataclass(frozen=True)
class PictureOrder:
    """Which picture is wanted, and where. Heights are above the floor [m]; None is chosen from the map."""

    path: Path
    kind: Literal["map", "color", "both"] = "both"
    band_min_m: float | None = None
    band_max_m: float | None = None
    floor_z_m: float | None = None

    def refuse_impossible(self) -> None:
        """Raise InputError for what cannot be drawn: before a long replay, not after it."""
        refuse_unwritable(self.path, PNG)
        for option, value in (
            ("--band-min-m", self.band_min_m),
            ("--band-max-m", self.band_max_m),
            ("--floor-z-m", self.floor_z_m),
        ):
            if value is not None and not math.isfinite(value):
                raise InputError(f"{option} is {value}; it must be a finite number of metres.")
        low, high = self.band_min_m, self.band_max_m
        if low is not None and high is not None and not low < high:
            raise InputError(
                f"the obstacle band from {low} m to {high} m is empty; --band-min-m must be the lower one."
            )


def map_episode(episode: str, settings: Config, *, limit: int | None, order: PictureOrder | None, as_json: bool) -> int:
    """Play an episode into a new map, answer on stdout, and return the exit code."""
    say = console.asides()
    if order is not None:
        order.refuse_impossible()
    source = open_episode(episode, world=settings.world)
    compiled, _ = prepare_kernels(say)
    memory = SpatialMemory(settings)
    wants_color = order is not None and order.kind != "map"
    sampler = ColorSampler() if wants_color else None
    walk = play(source, memory, limit=limit, sampler=sampler, say=say)
    drawn = undrawn = None
    if order is not None and walk.admitted_count > 0:
        try:
            _draw(order, memory, walk, sampler)
            drawn = str(order.path)
        except KeyboardInterrupt:  # the picture is given up for the answer
            walk.interrupted, undrawn = True, order.path
    code = exit_code(walk)
    with interrupt_asked():  # a whole answer, then
        summary = {**summary_of(walk, memory, source, drawn), "kernels_compiled": compiled}
        if as_json:
            console.print_json(summary)
        else:
            print_summary(console.answers(), summary)
        tell_outcome(say, walk, code, undrawn=undrawn)
    return code


def _draw(order: PictureOrder, memory: SpatialMemory, walk: Walk, sampler: ColorSampler | None) -> None:
    samples = () if sampler is None else sampler.samples
    if order.kind == "color" and not samples:
        raise InputError(f"the episode {walk.episode} has no colour images; ask for --kind map.")
    view, path_W = memory.view(), walk.path_W
    band = height_band(view, path_W, floor_m=order.floor_z_m, min_m=order.band_min_m, max_m=order.band_max_m)
    image = draw_map(
        view,
        path_W,
        band,
        title=walk.episode,
        notes=picture_notes(walk, memory),
        samples=samples,
        range_max_m=memory.config.depth.range_max_m,
        kind=order.kind,
    )
    write_png(order.path, image)

"""The picture of a way over the map: what `route --picture` and `search --picture` draw."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spatialmem.cli.ends import End
from spatialmem.cli.map_words import shown_length
from spatialmem.files import refuse_unwritable
from spatialmem.pictures import PNG, Stop, Way, draw_map, write_png
from spatialmem.types import Room, Route, SearchPlan, Unknown
from spatialmem.view import View

__all__ = ["draw_route", "draw_search", "refuse_undrawable"]

NOWHERE = np.zeros((0, 3))


def refuse_undrawable(path: Path | None) -> None:
    """Raise InputError for a picture that cannot be written: before the work, not after it."""
    if path is not None:
        refuse_unwritable(path, PNG)


def draw_route(path: Path, view: View, way: Route, title: str) -> None:
    """Draw a way over the map."""
    notes = [f"{way.length_m:.2f} m", f"{way.clearance_m:.2f} m from the robot's middle at its narrowest"]
    _draw(path, view, Way(way.waypoints_W), title, notes)


def draw_search(path: Path, view: View, plan: SearchPlan, start: Room | End | None, title: str) -> None:
    """Draw the stops of a search, and the ways from each to the next; no line where no way is known."""
    pieces, here = [NOWHERE], start
    for step in plan.steps:
        way = view.route(here, step.p_W)
        pieces += [] if isinstance(way, Unknown) else [way.waypoints_W, np.full((1, 3), np.nan)]
        here = step.p_W
    stops = [Stop(step.p_W, step.look_at_W, f"{n}: {step.p:.2f}") for n, step in enumerate(plan.steps, start=1)]
    notes = [f"{plan.expected_m:.1f} m expected", f"P(found) {plan.p_found:.2f}"]
    _draw(path, view, Way(np.concatenate(pieces), tuple(stops)), title, notes)


def _draw(path: Path, view: View, way: Way, title: str, notes: list[str]) -> None:
    image = draw_map(
        view,
        NOWHERE,
        title=title,
        notes=[*notes, f"voxels of {shown_length(view.voxel_size_m)}"],
        kind="plan",
        objects=view.objects(),
        beliefs=view.whereabouts(),
        graph=view,
        way=way,
    )
    write_png(path, image)

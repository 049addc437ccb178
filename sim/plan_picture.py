"""The picture of a run: the home's true plan, and beside it the map that the robot made."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from sim.watcher import Watcher
from sim.worlds import World, truth_of
from sim.worlds.truth.footprints import outlines_of, polygon_of
from spatialmem import FloorPlan, Way, draw_map, write_png

__all__ = ["draw_run", "floor_plan"]


def floor_plan(world: World) -> FloorPlan:
    """Return the plan of a home as it stands now: rooms, doorways, furniture, doors, and the things that are in it."""
    truth = truth_of(world)
    doors = [body.name for body in world.bodies.values() if body.kind == "door"]
    leaves = [polygon_of(o) for name in doors for o in outlines_of(world, name, 0.0, world.home.wall_height_m)]
    return FloorPlan(
        rooms=truth.rooms,
        doorways=tuple(truth.doorways.values()),
        furniture=(*(outline for outlines in truth.furniture.values() for outline in outlines), *leaves),
        objects={name: (float(o.X_WK[0, 3]), float(o.X_WK[1, 3])) for name, o in truth.objects.items()},
    )


def draw_run(
    path: Path,
    watcher: Watcher,
    account: dict[str, Any],
    *,
    way: Way | None = None,
    moved_m: Mapping[str, Float64[np.ndarray, "2 2"]] | None = None,
    brought_m: Mapping[str, Float64[np.ndarray, "2 2"]] | None = None,
) -> None:
    """Draw the truth, the map and what the camera saw, with the way driven. way: drawn on the map, too.

    moved_m, brought_m: from where to where somebody or the robot carried things, by their names; drawn on the plan.
    May raise InputError.
    """
    plan = dataclasses.replace(
        floor_plan(watcher.run.simulation.world),
        path_W=watcher.run.drive.true_path_W,
        moved=moved_m or {},
        brought=brought_m or {},
    )
    notes = [
        f"{account['robot']}, {account['path_length_m']:.1f} m",
        f"{account['frames']} frames",
        f"voxels of {100 * watcher.memory.voxel_size_m:g} cm",
    ]
    if goals := account.get("goals"):
        notes.insert(0, f"{sum(one['status'] == 'done' for one in goals)} of {len(goals)} goals reached")
    image = draw_map(
        watcher.memory.view(),
        watcher.path_W,
        title=account["home"],
        notes=notes,
        samples=watcher.sampler.samples,
        objects=watcher.memory.objects(),
        beliefs=watcher.memory.whereabouts(),
        graph=watcher.memory.view(),
        beside=plan,
        way=way,
    )
    write_png(path, image)

"""How true the rooms are after a tour: python tests/benchmarks/rooms_in_sim.py [--seeds 0-9] [--duration-s 900]

Every home is toured in fast mode, and its map divided into rooms. What counts are the cells of 5 cm in true rooms, with
no wall over them (between 2.1 and 2.4 m), of which something is known. True rooms are those of which 2 m2 or more were
seen, rooms found are of 2 m2 or more; they are matched one to one, by the most cells in common.

found       rooms found; "of" true ones
right       share of the seen cells in the room that matches: "as drawn" what is no room's is wrong, such as the cells
            that the walls' surfaces are in, and shelves; "nearest" it is of the nearest room
named       matched rooms whose label, by the remembered objects in them, is what the room is for; the others are
            "room", or wrong
ms          to divide the map, the best of ten

With --noisy the poses are off by 1 cm and 0.5 degrees, and the detector misses 20 %, invents 5 %, swaps 5 % of labels.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int32
from measure import best_s, show
from object_tours import CAMERA, DETECTOR

import spatialmem as sm
from sim import CameraSettings, DetectorSettings, Simulation, TourRun, floor_grid, generate_home
from spatialmem.graph.rooms import segment
from spatialmem.queries.room_names import ROOM, room_label

LEAST_M2 = 2.0
GRAPH = sm.GraphConfig()


class Found(NamedTuple):
    """The map's rooms."""

    room: Int32[np.ndarray, "h w"]
    """-1 where none of LEAST_M2 or more is."""
    known: Bool[np.ndarray, "h w"]
    origin_m: np.ndarray
    cell_m: float
    took_ms: float

    def cells_of(self, points_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return row and column of points within the map."""
        x, y = np.floor((points_m - self.origin_m) / self.cell_m + 1e-6).astype(int).T
        return np.clip(y, 0, len(self.room) - 1), np.clip(x, 0, self.room.shape[1] - 1)


@dataclass
class Score:
    """How one home's rooms are, or all homes'."""

    homes_right: int = 0
    true: int = 0
    found: int = 0
    cells: int = 0
    right: int = 0
    right_nearest: int = 0
    named: int = 0
    unnamed: int = 0
    misnamed: int = 0
    worst: float = 1.0


def toured(seed: int, duration_s: float, noisy: bool) -> tuple[sm.SpatialMemory, Simulation, TourRun]:
    """Drive one tour with a memory along."""
    home = generate_home(seed)
    camera, detector = (CAMERA, DETECTOR) if noisy else (CameraSettings(), DetectorSettings())
    run = TourRun(
        lambda: Simulation(home, mode="fast", seed=seed, camera=camera, detector=detector),
        name=home.name,
        duration_max_s=duration_s,
    )
    memory = sm.SpatialMemory(sm.Config(world=home.name))
    for x in run:
        memory.observe(x)
    return memory, run.simulation, run


def divided(memory: sm.SpatialMemory) -> Found:
    """Divide the map of a home whose floor is at z = 0."""
    walls = memory.columns(GRAPH.wall_low_m, GRAPH.wall_high_m)
    known = memory.columns(-0.1, GRAPH.wall_high_m).state != sm.State.UNKNOWN
    wall, cell_m = walls.state == sm.State.OCCUPIED, walls.voxel_size_m
    ys, xs = np.nonzero(known)
    window = slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1)
    wall, known = wall[window], known[window]
    room = segment(wall, known, cell_m, GRAPH.doorway_m)
    took_s = best_s(lambda: segment(wall, known, cell_m, GRAPH.doorway_m), 10)
    areas_m2 = np.bincount(room[room >= 0]) * cell_m**2
    number = np.append(np.where(areas_m2 >= LEAST_M2, np.cumsum(areas_m2 >= LEAST_M2) - 1, -1), -1)
    origin_m = walls.origin_m + cell_m * np.array([xs.min(), ys.min()])
    return Found(number[room].astype(np.int32), known, origin_m, cell_m, 1e3 * took_s)


def scored(memory: sm.SpatialMemory, simulation: Simulation, found: Found) -> Score:
    """Compare the rooms found with the true ones."""
    from scipy.ndimage import distance_transform_edt
    from scipy.optimize import linear_sum_assignment

    truth = floor_grid(simulation.world, z_min_m=2.1, z_max_m=2.4)
    points_m = np.stack(np.meshgrid(truth.x_m, truth.y_m), axis=-1)[(truth.room >= 0) & truth.free]
    true = truth.room[(truth.room >= 0) & truth.free]
    inside = (points_m > found.origin_m) & (points_m < found.origin_m + np.array(found.room.shape[::-1]) * found.cell_m)
    seen = inside.all(axis=1) & found.known[found.cells_of(points_m)]
    true, at = true[seen], found.cells_of(points_m[seen])
    nearest = distance_transform_edt(found.room < 0, return_distances=False, return_indices=True)
    assert isinstance(nearest, np.ndarray)
    count = int(found.room.max()) + 1
    common = np.zeros((count, len(truth.rooms)), int)
    drawn = found.room[at] >= 0
    np.add.at(common, (found.room[at][drawn], true[drawn]), 1)
    pairs = list(zip(*linear_sum_assignment(-common), strict=True))
    match = np.full(count, -1)
    for i, j in pairs:
        match[i] = j
    score = Score(true=int((np.bincount(true) * truth.cell_m**2 >= LEAST_M2).sum()), found=count, cells=len(true))
    score.right = int((match[found.room[at][drawn]] == true[drawn]).sum())
    score.right_nearest = int((match[found.room[nearest[0], nearest[1]][at]] == true).sum())
    score.homes_right, score.worst = int(score.true == score.found), score.right / score.cells
    for label, kind in names(
        memory, found, {int(i): simulation.world.home.room(truth.rooms[j]).kind for i, j in pairs}
    ):
        score.named += label.startswith(kind)
        score.unnamed += label == ROOM
        score.misnamed += label != ROOM and not label.startswith(kind)
    return score


def names(memory: sm.SpatialMemory, found: Found, kinds: dict[int, str]) -> list[tuple[str, str]]:
    """Return for each matched room what it is called, and what it is for."""
    objects = memory.objects()
    within = found.room[found.cells_of(np.array([one.center_W[:2] for one in objects]).reshape(-1, 2))]
    return [
        (room_label(one.label for one, where in zip(objects, within, strict=True) if where == room)[0], kind)
        for room, kind in sorted(kinds.items())
    ]


def told(score: Score, homes: int = 1) -> list[str]:
    """A score in words."""
    return [
        f"{score.found} of {score.true}", "" if homes == 1 else f"{score.homes_right} of {homes}",
        f"{score.right / score.cells:.4f}", f"{score.right_nearest / score.cells:.4f}",
        f"{score.named}, {score.unnamed} room, {score.misnamed} wrong",
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="0-9", help="FIRST-LAST")
    parser.add_argument("--duration-s", type=float, default=900.0, help="the tours end at the latest then")
    parser.add_argument("--noisy", action="store_true")
    given = parser.parse_args()
    first, last = (int(word) for word in given.seeds.split("-"))
    rows, total = [], Score()
    for seed in range(first, last + 1):
        memory, simulation, run = toured(seed, given.duration_s, given.noisy)
        found = divided(memory)
        score = scored(memory, simulation, found)
        run.close()
        rows.append([str(seed), *told(score), f"{found.room.shape[1]} x {found.room.shape[0]}", f"{found.took_ms:.1f}"])
        worst = min(total.worst, score.worst)
        for name in vars(total):
            setattr(total, name, getattr(total, name) + getattr(score, name))
        total.worst = worst
    rows.append(["all", *told(total, last + 1 - first), f"worst as drawn {total.worst:.4f}", ""])
    columns = ["home", "found", "count right", "right, as drawn", "nearest", "named", "cells", "ms"]
    show(f"rooms after tours of at most {given.duration_s:g} s", columns, rows)


if __name__ == "__main__":
    main()

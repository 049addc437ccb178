"""How true places and ways are after a tour: python tests/benchmarks/places_in_sim.py [--seeds 0-19] [--voxel-m 0.05]

Every home is toured in fast mode with a map and the graph of its floor along, for a robot as wide as the one that
drives needs (0.4 m). What is true is the home's floor in cells of 5 cm, free from 5 cm to 1.6 m over it. A point has as
much true room as there is from it to the middle of the nearest cell that is not free.

parts       connected parts of the graph with five places or more
joined      pairs of rooms that are joined in truth, by floor with room for the robot, and by a route; each from its
            most open point
longer      by how much routes are longer than the true shortest way: between those points, and between 20 pairs of
            places. The true way is Dijkstra's over the true cells with 16 neighbours each, from scipy, shortened here
            wherever a straight line has room: so it is itself up to a percent or so too long
room        the least true room anywhere on these routes
update      what the graph took after a frame [ms of one processor]: to follow the map, and to note what the frame
            showed. It is processor time, of all threads, so that what else the machine does counts little

At the end the graph has to be what it is from scratch. With --noisy poses are off by 1 cm and 0.5 degrees.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64
from measure import show
from object_tours import CAMERA

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from asked_floor import asked_floor

import spatialmem as sm
from sim import CameraSettings, Simulation, TourRun, floor_grid, generate_home
from spatialmem.graph import Graph
from spatialmem.octree import Octree
from spatialmem.queries.asked import Asked
from spatialmem.queries.route import route

RADIUS_M, PLACES_LEAST, PAIRS = 0.4, 5, 20
STEPS = [(0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)]
"""With those the other way, 16 neighbours (row, column)."""
SNAP_M = 0.3


@dataclass
class Score:
    """How one home's graph is, or all homes'."""

    places: int = 0
    parts: list[int] = field(default_factory=list)
    pairs: int = 0
    joined: int = 0
    longer: list[float] = field(default_factory=list)
    room_m: list[float] = field(default_factory=list)
    unknown: int = 0
    update_ms: list[float] = field(default_factory=list)
    same: int = 0

    def add(self, other: Score) -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Truth:
    """The true floor, and ways over it that the library has no part in."""

    def __init__(self, simulation: Simulation):
        from scipy.ndimage import distance_transform_edt, label

        grid = floor_grid(simulation.world)
        self.origin_m, self.cell_m = np.array(grid.origin_m), grid.cell_m
        self.room, self.names = grid.room, grid.rooms
        away = distance_transform_edt(np.pad(grid.free, 1))
        assert isinstance(away, np.ndarray)
        self.room_m = away[1:-1, 1:-1] * grid.cell_m
        self.wide: Bool[np.ndarray, "h w"] = self.room_m >= RADIUS_M - 1e-9
        self.part = label(self.wide)[0]  # pyright: ignore[reportIndexIssue]
        self._network, self._number = self._joined()

    def _joined(self):
        """Every wide cell with its 16 neighbours, where what is between is wide, too."""
        from scipy.sparse import csr_array

        number = np.full(self.wide.shape, -1)
        number[self.wide] = np.arange(self.wide.sum())
        height, width = self.wide.shape
        ends, lengths = [], []
        for dy, dx in STEPS:
            rows, columns = slice(0, height - dy), slice(max(-dx, 0), width - max(dx, 0))
            a = number[rows, columns]
            b = number[dy:, max(dx, 0) : width + min(dx, 0)]
            open_to = (a >= 0) & (b >= 0)
            for by, bx in between(dy, dx):
                open_to &= self.wide[by : height - dy + by, max(-dx, 0) + bx : width - max(dx, 0) + bx]
            ends.append(np.stack([a[open_to], b[open_to]]))
            lengths.append(np.full(int(open_to.sum()), np.hypot(dy, dx) * self.cell_m))
        (a, b), length = np.concatenate(ends, axis=1), np.concatenate(lengths)
        count = int(number.max()) + 1
        both = np.concatenate([a, b]), np.concatenate([b, a])
        return csr_array((np.concatenate([length, length]), both), shape=(count, count)), number

    def cell_near(self, p_m: Float64[np.ndarray, "_"]) -> tuple[int, int] | None:
        """The nearest wide cell (row, column); None where none is within SNAP_M."""
        rows, columns = np.nonzero(self.wide)
        points = self.origin_m + (np.stack([columns, rows], axis=1) + 0.5) * self.cell_m
        away = np.hypot(*(points - p_m[:2]).T)
        nearest = int(np.argmin(away))
        return (int(rows[nearest]), int(columns[nearest])) if away[nearest] <= SNAP_M else None

    def point(self, cell: tuple[int, int]) -> Float64[np.ndarray, "2"]:
        """The middle of a cell (row, column)."""
        return self.origin_m + (np.array([cell[1], cell[0]]) + 0.5) * self.cell_m

    def shortest_m(self, a: tuple[int, int], b: tuple[int, int]) -> float:
        """The length of the shortest way between two wide cells; infinite where there is none."""
        from scipy.sparse.csgraph import dijkstra

        start, goal = int(self._number[a]), int(self._number[b])
        length, before = dijkstra(self._network, indices=start, return_predecessors=True)
        if not np.isfinite(length[goal]):
            return float("inf")
        rows, columns = np.nonzero(self.wide)
        way = [goal]
        while way[-1] != start:
            way.append(int(before[way[-1]]))
        cells = np.stack([rows[way], columns[way]], axis=1)
        kept = [0]
        while kept[-1] < len(cells) - 1:
            ahead = next(i for i in range(len(cells) - 1, kept[-1], -1)
                         if i == kept[-1] + 1 or self.sees(cells[kept[-1]], cells[i]))  # fmt: skip
            kept.append(ahead)
        return float(np.hypot(*np.diff(cells[kept], axis=0).T).sum()) * self.cell_m

    def sees(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Whether a straight line passes wide cells only, looked at every quarter of a cell."""
        steps = np.linspace(0, 1, 4 * int(np.abs(b - a).max()) + 2)[:, None]
        rows, columns = np.rint(a + (b - a) * steps).astype(int).T
        return bool(self.wide[rows, columns].all())

    def least_room_m(self, points_W: Float64[np.ndarray, "n 3"]) -> float:
        """The least true room along a route, looked at every centimetre or so."""
        from scipy.spatial import KDTree

        at = np.concatenate([a + (b - a) * np.linspace(0, 1, max(int(np.hypot(*(b - a)[:2]) / 0.01), 1) + 1)[:, None]
                             for a, b in itertools.pairwise(points_W)])  # fmt: skip
        rows, columns = np.nonzero(self.room_m == 0)
        taken = self.origin_m + (np.stack([columns, rows], axis=1) + 0.5) * self.cell_m
        return float(KDTree(taken).query(at[:, :2])[0].min())


def between(dy: int, dx: int) -> list[tuple[int, int]]:
    """The cells that a step to a neighbour passes besides."""
    if abs(dx) + abs(dy) == 1:
        return []
    sign = 1 if dx > 0 else -1
    if abs(dx) == abs(dy):
        return [(0, sign), (1, 0)]
    return [(1, sign), (0, sign)] if abs(dx) == 2 else [(1, sign), (1, 0)]


def toured(seed: int, voxel_m: float, noisy: bool, duration_s: float) -> tuple[TourRun, Octree, Graph, list[float]]:
    """Drive one tour with a map and a graph along; return how long the graph took after each frame [ms], too."""
    home = generate_home(seed)
    camera = CAMERA if noisy else CameraSettings()
    run = TourRun(
        lambda: Simulation(home, mode="fast", seed=seed, camera=camera), name=home.name, duration_max_s=duration_s
    )
    octree = Octree(sm.OctreeConfig(voxel_size_m=voxel_m, budget_mib=2048))
    graph, sensor, times = Graph(sm.GraphConfig(robot_radius_m=RADIUS_M), voxel_m), sm.DepthConfig(), []
    for x in run:
        if isinstance(x, sm.RobotState):
            graph.stand(x, octree)
        elif isinstance(x, sm.RgbdFrame):
            octree.integrate_image(x.depth, x.depth_unit_m, x.camera, x.X_WC, sensor)
            start = time.process_time()
            graph.follow(octree)
            graph.look(x, sensor)
            times.append(1e3 * (time.process_time() - start))
    return run, octree, graph, times


def is_as_from_scratch(graph: Graph, octree: Octree) -> bool:
    """Whether the graph is what it would be, made of the map at once."""
    again = Graph.load(graph.dump(), octree)
    names = ("flags", "driven", "seen_ns", "state", "clearance_m", "piece", "found", "ids", "ends", "measures")
    return again._tiles.keys() == graph._tiles.keys() and all(
        np.array_equal(getattr(again._tiles[key], name), getattr(tile, name))
        for key, tile in graph._tiles.items()
        for name in names
    )


def scored(truth: Truth, asked: Asked, seed: int) -> Score:
    """Compare the ways that are answered with the true ones."""
    view, score, rng = asked.graph, Score(), np.random.default_rng(seed)
    sizes = np.bincount(view.component, minlength=1)
    score.places, score.parts = len(view.places), [int((sizes >= PLACES_LEAST).sum())]
    middles = []
    for number in range(len(truth.names)):
        own = np.where(truth.room == number, truth.room_m, 0)
        best = np.unravel_index(int(np.argmax(own)), own.shape)
        middles.append((int(best[0]), int(best[1])))
    for i, a in enumerate(middles):
        for b in middles[i + 1 :]:
            if truth.part[a] == truth.part[b] > 0:
                score.pairs += 1
                found = measure(score, truth, asked, truth.point(a), truth.point(b))
                score.joined += found
    own = np.flatnonzero(view.component == sizes.argmax()) if len(view.places) else np.zeros(0, int)
    for a, b in view.places.p_W[rng.choice(own, (PAIRS, 2))] if len(own) else ():
        if np.hypot(*(a - b)[:2]) > 1.0:
            score.unknown += not measure(score, truth, asked, a, b)
    return score


def measure(score: Score, truth: Truth, asked: Asked, start: np.ndarray, goal: np.ndarray) -> bool:
    """Ask for a way; return whether there is one."""
    found = route(asked, start, goal, None)
    if not isinstance(found, sm.Route):
        return False
    score.room_m.append(truth.least_room_m(found.waypoints_W))
    ends = [truth.cell_near(p[:2]) for p in found.waypoints_W[[0, -1]]]
    if ends[0] is not None and ends[1] is not None:
        least_m = truth.shortest_m(ends[0], ends[1])
        if least_m > 0.5:
            score.longer.append(found.length_m / least_m if np.isfinite(least_m) else np.nan)
    return True


def told(score: Score) -> list[str]:
    """A score in words."""
    longer = np.array(score.longer)
    known = longer[np.isfinite(longer)]
    update = np.array(score.update_ms)
    return [
        str(score.places), ", ".join(map(str, score.parts)) if len(score.parts) < 2 else
        f"{sum(n == 1 for n in score.parts)} of {len(score.parts)} with one", f"{score.joined} of {score.pairs}",
        f"{len(longer)}", f"{np.median(known):.3f}", f"{known.max():.3f}", f"{100 * (known <= 1.1).mean():.1f} %",
        str(int(np.isnan(longer).sum()) + score.unknown), f"{min(score.room_m):.2f}",
        f"{np.median(update):.1f}", f"{np.quantile(update, 0.99):.1f}", f"{update.max():.1f}", str(score.same),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="0-19")
    parser.add_argument("--voxel-m", type=float, default=0.05)
    parser.add_argument("--duration-s", type=float, default=900.0)
    parser.add_argument("--noisy", action="store_true")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    rows, total = [], Score()
    for seed in range(int(first), int(last or first) + 1):
        run, octree, graph, times = toured(seed, given.voxel_m, given.noisy, given.duration_s)
        score = scored(Truth(run.simulation), asked_floor(graph.view(), octree), seed)
        score.update_ms, score.same = times, int(is_as_from_scratch(graph, octree))
        run.close()
        rows.append([str(seed), *told(score)])
        print(*rows[-1], sep=" | ", flush=True)
        total.add(score)
    columns = ["home", "places", "parts", "joined", "ways", "longer: median", "most", "<= 1.1", "no way",
               "least room, m", "update, ms: median", "p99", "most", "as from scratch"]  # fmt: skip
    show(f"voxels of {given.voxel_m} m", columns, [*rows, ["all", *told(total)]])


if __name__ == "__main__":
    main()

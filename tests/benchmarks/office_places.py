"""Places on a real floor: python tests/benchmarks/office_places.py [--picture office.png]

The office walk (373 posed pictures of other people's, held by hand: no robot says where floor is) goes into a memory
with the settings that it has anyhow. Asked is what it says of the floor at the end:

near        share of the places of the camera, from the first of which it is true, that have a place of the graph's
            largest part within 0.75 m over the floor. What lies under the first metres of the walk no picture shows
edges       how many lead straight from place to place, and how many of them pass over anything that the map itself,
            asked voxel by voxel, says is occupied between 0.15 m and 1.5 m over the floor: a table, a wall, the sofa.
            For edges that lead round a corner within two squares the routes between their ends are looked at
time        what the graph took after each picture, of one run; processor time of all threads, so that what else the
            machine does counts little

With --picture the memory is drawn with its rooms, places and edges, to be looked at.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from measure import show
from recordings import DATA, OFFICE_WALK

import spatialmem as sm
from spatialmem.graph import Graph, GraphView

NEAR_M, LOW_M, HIGH_M = 0.75, 0.15, 1.5


class Clocked:
    """A memory, and how long its graph took for each input [ms]."""

    def __init__(self) -> None:
        self.memory = sm.SpatialMemory()
        self.times: list[float] = []
        self.path_W: list[np.ndarray] = []

    def walk(self) -> None:
        """Take in the walk."""
        follow, look = Graph.follow, Graph.look
        spent = 0.0

        def timed(call):
            def clocked(*arguments):
                nonlocal spent
                start = time.process_time()
                call(*arguments)
                spent += 1e3 * (time.process_time() - start)

            return clocked

        setattr(Graph, "follow", timed(follow))  # noqa: B010 - a checker takes the plain form for a mistake
        setattr(Graph, "look", timed(look))  # noqa: B010
        try:
            for x in sm.open_episode(OFFICE_WALK):
                spent = 0.0
                self.memory.observe(x)
                if isinstance(x, sm.RgbdFrame):
                    self.times.append(spent)
                    self.path_W.append(x.X_WC[:3, 3].copy())
        finally:
            Graph.follow, Graph.look = follow, look


def distances(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How far the nearest of places is from points, over the floor [m]."""
    from scipy.spatial import KDTree

    return KDTree(places[:, :2]).query(points[:, :2])[0]


def bad_edges(memory: sm.SpatialMemory, view: GraphView) -> tuple[int, int, int]:
    """How many edges lead straight, how many round a corner, and how many of either pass over something."""
    places, edges = view.places, view.edges
    a, b = (places.p_W[rows] for rows in edges.ends.T)
    straight = edges.length_m <= np.hypot(*(a - b)[:, :2].T) + 1e-6
    bad = 0
    for i in range(len(edges)):
        line = np.array([a[i], b[i]])
        if not straight[i]:
            found = memory.route(*line)
            if not isinstance(found, sm.Route):
                bad += 1
                continue
            line = found.waypoints_W
        bad += passes_over_something(memory, line)
    return int(straight.sum()), int((~straight).sum()), bad


def passes_over_something(memory: sm.SpatialMemory, line_W: Float64[np.ndarray, "n 3"]) -> bool:
    """Whether the map has anything over a line, looked at every two centimetres and in every voxel above."""
    along = [a + (b - a) * np.linspace(0, 1, max(int(np.hypot(*(b - a)[:2]) / 0.02), 1) + 1)[:, None]
             for a, b in itertools.pairwise(line_W)]  # fmt: skip
    points = np.concatenate(along)
    heights = points[0, 2] + np.arange(LOW_M, HIGH_M, memory.voxel_size_m / 2)
    columns = np.repeat(points, len(heights), axis=0)
    columns[:, 2] = np.tile(heights, len(points))
    return bool((memory.state(columns) == sm.State.OCCUPIED).any())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    if not OFFICE_WALK.exists():
        sys.exit(f"office_walk/ is not under {DATA}; set SPATIALMEM_DATA to the folder that holds it.")
    clocked = Clocked()
    clocked.walk()
    memory, path_W = clocked.memory, np.array(clocked.path_W)
    view = memory.view()._graph()
    sizes = np.bincount(view.component)
    largest = view.places.p_W[view.component == sizes.argmax()]
    away = distances(path_W, largest)
    first = int(np.argmax(away <= NEAR_M))
    away = away[first:]
    straight, round_corners, bad = bad_edges(memory, view)
    times = np.array(clocked.times)
    rows = [
        ["places, in parts of", f"{len(view.places)}, {', '.join(map(str, sorted(sizes.tolist())[::-1]))}"],
        ["floor at, m", ", ".join(f"{level:.3f}" for level in view.levels)],
        ["camera's places", f"{len(path_W)}; the first that is near is number {first}"],
        ["near", f"{100 * (away <= NEAR_M).mean():.1f} %, the farthest {away.max():.2f} m"],
        ["edges straight, round a corner", f"{straight}, {round_corners}"],
        ["that pass over something", str(bad)],
        ["rooms", str(len(memory.rooms()))],
        ["time, ms: median, p99, most", ", ".join(f"{ms:.1f}" for ms in np.quantile(times, (0.5, 0.99, 1)))],
    ]
    show("the office walk", ["", ""], rows)
    if given.picture:
        sheet = sm.draw_map(memory, path_W, title="office walk", kind="plan", graph=memory)
        sm.write_png(given.picture, sheet)


if __name__ == "__main__":
    main()

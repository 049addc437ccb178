"""How fast ways over a large floor are found: python tests/benchmarks/routes_speed.py [--rooms 24]

The floor is a made building, drawn into the octree as a map is loaded from a file (`Octree.from_blocks`): square rooms
of 6.4 m with walls between them and doors of 1 m in three of five walls, and a table in every third room. `route` is
asked end to end, between random points: right after a scan that has changed a little of the map, and again while
nothing changes. The same searches over the same places are done with scipy and rustworkx. Every figure is of one run;
what is repeated says its median and the slowest.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from measure import show, timed_ms

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from asked_floor import asked_floor
from floors import FLOOR, TABLE, WALL, drawn_map

import spatialmem as sm
from spatialmem.graph import Graph, GraphView
from spatialmem.octree import Octree
from spatialmem.queries.route import route

ROOM, WALL_WIDTH, DOOR = 128, 4, 20
"""Cells."""
CELL_M = 0.05


def building(rooms: int) -> np.ndarray:
    """The plan of so many rooms on a side."""
    rng, side = np.random.default_rng(0), rooms * ROOM
    plan = np.full((side, side), FLOOR, np.uint8)
    for i in range(rooms):
        for j in range(rooms):
            y, x = i * ROOM, j * ROOM
            plan[y : y + WALL_WIDTH, x : x + ROOM] = plan[y : y + ROOM, x : x + WALL_WIDTH] = WALL
            at = int(rng.integers(10, 90))
            if i and rng.random() < 0.6:
                plan[y : y + WALL_WIDTH, x + at : x + at + DOOR] = FLOOR
            if j and rng.random() < 0.6:
                plan[y + at : y + at + DOOR, x : x + WALL_WIDTH] = FLOOR
            if (i + j) % 3 == 0:
                plan[y + 50 : y + 66, x + 40 : x + 80] = TABLE
    plan[-WALL_WIDTH:] = plan[:, -WALL_WIDTH:] = WALL
    return plan


def at(x_m: float, y_m: float) -> sm.RobotState:
    """The robot there."""
    X_WB = np.eye(4)
    X_WB[:2, 3] = x_m, y_m
    return sm.RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)


def change(graph: Graph, octree: Octree, rng: np.random.Generator, p_W: np.ndarray) -> list[float]:
    """Let a scan change the map about a point; return how long the map took, and the graph [ms]."""
    X_WS = np.eye(4)
    X_WS[:3, 3] = *p_W[:2], 0.8
    points = rng.normal(0, 1, (200, 3)) * [1.0, 1.0, 0.3]
    for _ in range(2):
        octree.integrate_scan(points, X_WS)
    times = [timed_ms(octree.integrate_scan, points, X_WS)]
    before = graph.view().facts
    times.append(timed_ms(graph.follow, octree))
    assert graph.view().facts is not before  # there are things in the way that were not
    return times


def parts(view: GraphView) -> list[list[str]]:
    """What is worked out once for a moment, one row each."""
    facts = view.facts
    rows = []
    for name, of in (
        ("places and edges, flat", lambda: facts.flat),
        ("the network", lambda: facts.network),
        ("connected parts", lambda: facts.component),
        ("rows by id", lambda: facts.row_of),
        ("rooms", lambda: facts.rooms),
    ):
        rows.append([name, f"{timed_ms(of):.1f}"])
    return rows


def told(name: str, times: list[float]) -> list[str]:
    """Times in words."""
    return [name, f"{np.median(times):.1f}", f"{max(times):.1f}", str(len(times))]


def libraries(view: GraphView, pairs: np.ndarray) -> list[list[str]]:
    """The same searches over places with scipy and rustworkx, one row each."""
    import rustworkx as rx
    from scipy.sparse.csgraph import dijkstra

    network, p_W = view.network, view.places.p_W
    start = time.perf_counter()
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(p_W)))
    (a, b), length = view.edges.ends.T.tolist(), view.edges.length_m.tolist()
    graph.add_edges_from(list(zip(a, b, length, strict=True)))
    rows = [["rustworkx: the graph", f"{1e3 * (time.perf_counter() - start):.1f}", "", "1"]]
    times: dict[str, list[float]] = {}
    for a, b in pairs.tolist():
        left = np.hypot(*(p_W[:, :2] - p_W[b, :2]).T).tolist()
        for name, search in (
            ("scipy dijkstra", lambda a=a: dijkstra(network, indices=a, return_predecessors=True)),
            ("rustworkx dijkstra", lambda a=a, b=b: rx.dijkstra_shortest_paths(graph, a, target=b, weight_fn=float)),
            (
                "rustworkx a* (straight lines given)",
                lambda a=a, b=b, left=left: rx.astar_shortest_path(graph, a, b.__eq__, float, left.__getitem__),
            ),
        ):
            times.setdefault(name, []).append(timed_ms(search))
    return rows + [told(name, each) for name, each in times.items()]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rooms", type=int, default=24)
    parser.add_argument("--ways", type=int, default=40)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    octree = drawn_map(building(given.rooms), budget_mib=1024)
    graph = Graph(sm.GraphConfig(), octree.voxel_size_m)
    graph.stand(at(1.0, 1.0), octree)
    made_ms = timed_ms(graph.follow, octree)
    start = time.perf_counter()
    graph = Graph.load(graph.dump(), octree)
    loaded_ms = 1e3 * (time.perf_counter() - start)
    view = graph.view()
    rows = [["the graph, of the whole map", f"{made_ms:.0f}"], ["read again", f"{loaded_ms:.0f}"], *parts(view)]
    size = f"{len(view.places)} places, {len(view.edges)} edges, {len(np.unique(view.rooms.ids))} rooms"
    show(f"{size}: what a moment costs once [ms]", ["", "ms"], rows)
    largest = np.bincount(view.component).argmax()
    own = np.flatnonzero(view.component == largest)
    pairs = own[rng.integers(0, len(own), (given.ways, 2))]
    asked = asked_floor(view, octree)
    warm, found = [], []
    for a, b in view.places.p_W[pairs]:
        start = time.perf_counter()
        found.append(route(asked, a, b, None))
        warm.append(1e3 * (time.perf_counter() - start))
    assert all(isinstance(one, sm.Route) for one in found)
    rows = [told("warm", warm)]
    cold, map_ms, graph_ms = [], [], []
    for (a, b), (_, elsewhere) in zip(view.places.p_W[pairs[:6]], view.places.p_W[pairs[6:12]], strict=True):
        times = change(graph, octree, rng, elsewhere)
        map_ms.append(times[0])
        graph_ms.append(times[1])
        cold.append(timed_ms(route, asked_floor(graph.view(), octree), a, b, None))
    rows += [told("first after a change", cold), told("the change: the map", map_ms), told("the graph", graph_ms)]
    wide = [timed_ms(route, asked, a, b, 0.4) for a, b in view.places.p_W[pairs[:6]]]
    rows += [told("first of a wider robot", wide[:1]), told("warm, of a wider robot", wide[1:])]
    far = np.median([one.length_m for one in found if isinstance(one, sm.Route)])
    show(f"route, median {far:.0f} m [ms]", ["", "median", "slowest", "of"], rows)
    show("the search over places alone [ms]", ["", "median", "slowest", "of"], libraries(view, pairs[:10]))


if __name__ == "__main__":
    main()

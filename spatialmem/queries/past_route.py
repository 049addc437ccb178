"""The way over the places of the past: from middle to middle, for the cells between them are not written down."""

from __future__ import annotations

import itertools

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.graph import PastFloor
from spatialmem.types import Route, Unknown

__all__ = ["past_route"]

START_WITHIN_M, GOAL_WITHIN_M = 1.0, 1.0
"""A way begins and ends at the nearest place, over at most so much floor of which nothing is written down."""


def past_route(
    floor: PastFloor, start_W: Float64[np.ndarray, "_"], goal_W: Float64[np.ndarray, "_"], radius_m: float
) -> Route | Unknown:
    """Return the shortest way over places and edges that are wide enough; Unknown where none was known.

    Dijkstra 1959, from scipy. What lies between the points and the first and last place counts as straight.
    """
    from scipy.sparse.csgraph import dijkstra

    rows = []
    for point_W, within_m, what in ((start_W, START_WITHIN_M, "begins"), (goal_W, GOAL_WITHIN_M, "ends")):
        row = floor.nearest(point_W, within_m, radius_m)
        if row < 0:
            x, y = (float(c) for c in point_W[:2])
            return Unknown(
                f"no place for a robot of {radius_m:g} m was known then within {within_m:g} m of "
                f"({x:.2f}, {y:.2f}) m, where the way {what}"
            )
        rows.append(row)
    begin, end = rows
    lengths_m, before = dijkstra(floor.network(radius_m), directed=False, indices=begin, return_predecessors=True)
    if not np.isfinite(lengths_m[end]):
        return Unknown(
            f"no way for a robot of {radius_m:g} m was known then: what was known of it did not hang together"
        )
    over = [end]
    while over[-1] != begin:
        over.append(int(before[over[-1]]))
    return _route(floor, np.array(over[::-1], np.int64), float(lengths_m[end]), start_W, goal_W)


def _route(
    floor: PastFloor,
    rows: Int64[np.ndarray, "k"],
    length_m: float,
    start_W: Float64[np.ndarray, "_"],
    goal_W: Float64[np.ndarray, "_"],
) -> Route:
    middles_W = floor.p_W[rows]
    first_W, last_W = (
        np.array([float(point[0]), float(point[1]), float(z_m)])
        for point, z_m in ((start_W, middles_W[0, 2]), (goal_W, middles_W[-1, 2]))
    )
    points_W = np.concatenate([first_W[None], middles_W, last_W[None]])
    points_W.setflags(write=False)
    ends_m = np.linalg.norm(middles_W[0] - first_W) + np.linalg.norm(last_W - middles_W[-1])
    pairs = itertools.pairwise(rows.tolist())
    between = [floor.clearance_between[min(a, b), max(a, b)] for a, b in pairs]
    return Route(
        waypoints_W=points_W,
        length_m=length_m + float(ends_m),
        clearance_m=float(min([*floor.clearance_m[rows].tolist(), *between])),
        unseen_m=0.0,
        arrival="there",
        place_ids=tuple(floor.ids[rows].tolist()),
        rooms_passed=tuple,
    )

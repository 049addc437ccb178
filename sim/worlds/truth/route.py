"""Shortest routes over the free floor of a home whose truth is known: for scripted tours and for people."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32, Integer

from sim.worlds.truth.floor_grid import FloorGrid

__all__ = ["RouteFinder"]

STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Half of the eight neighbours (row, column); the graph is undirected."""
SAMPLE_SHARE = 0.5
"""A line is tested every half cell."""
CROWDED_COST = 4.0
"""How many times as long a step counts that is as near to an obstacle as the radius allows."""


class RouteFinder:
    """Routes of a disc over one floor grid. Floor with more room than `prefer_m` costs its length, narrower floor more.

    Shortest paths are Dijkstra's (1959), from scipy; then corners are cut where a straight line keeps as clear.
    """

    def __init__(self, grid: FloorGrid, clearance_m: Float32[np.ndarray, "h w"], *, radius_m: float, prefer_m: float):
        self._grid, self.clearance_m, self._prefer_m = grid, clearance_m, prefer_m
        self.open: Bool[np.ndarray, "h w"] = clearance_m >= radius_m
        self._cost = 1.0 + CROWDED_COST * np.clip((prefer_m - clearance_m) / max(prefer_m - radius_m, 1e-6), 0.0, 1.0)
        self._graph = self._edges()

    def _edges(self):
        from scipy.sparse import coo_matrix

        number = np.arange(self.open.size).reshape(self.open.shape)
        rows, cols, costs = [], [], []
        for dy, dx in STEPS:
            here = (slice(0, self.open.shape[0] - dy), slice(max(0, -dx), self.open.shape[1] - max(0, dx)))
            there = (slice(dy, None), slice(max(0, dx), self.open.shape[1] - max(0, -dx)))
            both = self.open[here] & self.open[there]
            rows.append(number[here][both])
            cols.append(number[there][both])
            length_m = self._grid.cell_m * float(np.hypot(dy, dx))
            costs.append(length_m * (self._cost[here][both] + self._cost[there][both]) / 2)
        data, (i, j) = np.concatenate(costs), (np.concatenate(rows), np.concatenate(cols))
        return coo_matrix((data, (i, j)), shape=(self.open.size, self.open.size)).tocsr()

    def lengths_from(self, start_m: Float[np.ndarray, "2"]) -> Float[np.ndarray, "h w"]:
        """Return the cost of the cheapest route to every cell; infinite where none leads there."""
        from scipy.sparse.csgraph import dijkstra

        length = dijkstra(self._graph, directed=False, indices=self._nearest_open(start_m))
        return np.asarray(length).reshape(self.open.shape)

    def length_m(self, start_m: Float[np.ndarray, "2"], goal_m: Float[np.ndarray, "2"]) -> float:
        """Return how long the way is that `route` gives [m]; infinite where none leads there."""
        path = self.route(start_m, goal_m)
        return float("inf") if path is None else float(np.hypot(*np.diff(path, axis=0).T).sum())

    def route(self, start_m: Float[np.ndarray, "2"], goal_m: Float[np.ndarray, "2"]) -> Float[np.ndarray, "n 2"] | None:
        """Return corner points (x, y) [m] from start to goal, both included; None where no route leads there.

        A start or goal on floor too narrow for the disc is left or reached from the nearest floor that is not.
        """
        from scipy.sparse.csgraph import dijkstra

        start, goal = self._nearest_open(start_m), self._nearest_open(goal_m)
        length, before = dijkstra(self._graph, directed=False, indices=start, return_predecessors=True)
        if not np.isfinite(length[goal]):
            return None
        cells = [goal]
        while cells[-1] != start:
            cells.append(int(before[cells[-1]]))
        path = self._straightened(self._middles(np.array(cells[::-1])))
        return np.concatenate([start_m[None], path[1:-1], goal_m[None]])

    def _nearest_open(self, p_m: Float[np.ndarray, "2"]) -> int:
        """Return the number of the open cell that is nearest to a point."""
        rows, cols = np.nonzero(self.open)
        middles = self._middles(np.ravel_multi_index((rows, cols), self.open.shape))
        nearest = int(np.argmin(((middles - p_m) ** 2).sum(axis=1)))
        return int(rows[nearest] * self.open.shape[1] + cols[nearest])

    def _middles(self, cells: Integer[np.ndarray, "n"]) -> Float[np.ndarray, "n 2"]:
        row, col = np.divmod(cells, self.open.shape[1])
        return np.asarray(self._grid.origin_m) + (np.stack([col, row], axis=1) + 0.5) * self._grid.cell_m

    def _straightened(self, path: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "m 2"]:
        """Leave out corners where the straight line keeps as clear as the piece that it replaces, or as preferred."""
        clear = self._clear(path)
        kept, at = [0], 0
        while at < len(path) - 1:
            end = len(path) - 1
            while end > at + 1:
                needed_m = min(float(clear[at : end + 1].min()), self._prefer_m)
                if self._line_clear_m(path[at], path[end]) >= needed_m - 1e-6:
                    break
                end = at + max(1, (end - at) // 2) if end - at > 8 else end - 1
            kept.append(end)
            at = end
        return path[kept]

    def _line_clear_m(self, a_m: Float[np.ndarray, "2"], b_m: Float[np.ndarray, "2"]) -> float:
        count = int(np.ceil(np.hypot(*(b_m - a_m)) / (SAMPLE_SHARE * self._grid.cell_m))) + 1
        return float(self._clear(a_m + np.linspace(0, 1, count)[:, None] * (b_m - a_m)).min())

    def _clear(self, points_m: Float[np.ndarray, "n 2"]) -> Float32[np.ndarray, "n"]:
        cell = np.floor((points_m - np.asarray(self._grid.origin_m)) / self._grid.cell_m).astype(int)
        col, row = (np.clip(cell[:, k], 0, n - 1) for k, n in zip((0, 1), self.open.shape[::-1], strict=True))
        return self.clearance_m[row, col]

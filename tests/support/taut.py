"""The shortest ways that there are, found another way than the library does: a graph of what sees what.

A shortest way turns at corners of what is in the way, so the cells about those, and both ends, are joined wherever the
straight line between them is clear (Lozano-Perez and Wesley 1979, over cells).
"""

from __future__ import annotations

import numpy as np

__all__ = ["lines_clear", "taut_length"]


def lines_clear(standable: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return which straight lines between middles of cells (x, y), shapes (n, 2), pass over standable cells only.

    Looked at are the cells nearest to each point where a line crosses the middle or the edge of a column or row,
    whichever it crosses more of; where two are as near, both.
    """
    steps = 2 * np.abs(b - a).max(axis=1)
    clear = np.ones(len(a), bool)
    for i in range(int(steps.max(initial=0)) + 1):
        own = np.flatnonzero(clear & (i <= steps))
        n = np.maximum(steps[own], 1)[:, None]
        at = 2 * (a[own] * n + (b[own] - a[own]) * i)  # in units of 1 / (2 n) cells
        low, high = (at + n - 1) // (2 * n), (at + n) // (2 * n)
        for x in (low[:, 0], high[:, 0]):
            for y in (low[:, 1], high[:, 1]):
                clear[own] &= standable[y, x]
    return clear


def taut_length(standable: np.ndarray, start: tuple[int, int], goal: tuple[int, int]) -> float:
    """Return the length of the shortest way between two cells (x, y) [cells]; infinite where there is none."""
    import networkx as nx

    padded, (h, w) = np.pad(standable, 1), standable.shape
    corner = np.zeros(standable.shape, bool)
    for dy in (0, 2):
        for dx in (0, 2):
            across = padded[dy : dy + h, dx : dx + w]
            corner |= ~across & padded[dy : dy + h, 1 : 1 + w] & padded[1 : 1 + h, dx : dx + w]
    y, x = np.nonzero(standable & corner)
    corners = np.concatenate([[start, goal], np.stack([x, y], axis=1)])
    i, j = np.triu_indices(len(corners), 1)
    sees = lines_clear(standable, corners[i], corners[j])
    apart = np.hypot(*(corners[i] - corners[j])[sees].T)
    graph = nx.Graph()
    graph.add_nodes_from((0, 1))
    graph.add_weighted_edges_from(zip(i[sees].tolist(), j[sees].tolist(), apart.tolist(), strict=True))
    try:
        return float(nx.shortest_path_length(graph, 0, 1, weight="weight"))
    except nx.NetworkXNoPath:
        return float("inf")

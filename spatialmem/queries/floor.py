"""The floor cell by cell, for whoever plans on it."""

from __future__ import annotations

import numpy as np

from spatialmem.errors import QueryError
from spatialmem.graph.tiles import Window
from spatialmem.queries.asked import Asked
from spatialmem.queries.ends import where_robot_is
from spatialmem.queries.points import FAR_M, corners_meant
from spatialmem.types import Floor, Unknown

__all__ = ["floor"]

CELLS_MAX = 1 << 26


def floor(asked: Asked, bounds_m: object, z_m: object) -> Floor:
    """Return a floor; see `GraphQuestions.floor`."""
    graph = asked.graph
    level = _level(asked, z_m)
    if bounds_m is None:
        return graph.floor(level)
    low, high = corners_meant(bounds_m)
    x0, y0 = (int(c) for c in np.floor(low / graph.cell_m + 1e-9))
    x1, y1 = (int(c) for c in np.ceil(high / graph.cell_m - 1e-9))
    if (x1 - x0) * (y1 - y0) > CELLS_MAX:
        raise QueryError(f"bounds_m span {x1 - x0} x {y1 - y0} cells, more than {CELLS_MAX}; make them smaller.")
    return graph.cells(level, Window(y0, x0, max(y1 - y0, 1), max(x1 - x0, 1)))


def _level(asked: Asked, z_m: object) -> int:
    """Return the floor that is meant by a height; by none that of the robot, or else the lowest."""
    if z_m is None:
        robot_W = where_robot_is(asked)
        point = np.zeros(2) if isinstance(robot_W, Unknown) else robot_W
    elif isinstance(z_m, (int, float, np.integer, np.floating)) and not isinstance(z_m, bool) and abs(z_m) <= FAR_M:  # pyright: ignore[reportArgumentType]
        point = np.array([0.0, 0.0, float(z_m)])  # pyright: ignore[reportArgumentType]
    else:
        raise QueryError(f"z_m is {z_m!r}; a height [m] is needed, or None for the floor that the robot is on.")
    return asked.graph.level_of(point) or 0

"""How far it is over the floor from one point to many: over the places, to within the width of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.queries.asked import Asked
from spatialmem.queries.ends import spot_meant, starts_at, where_robot_is
from spatialmem.types import Unknown

__all__ = ["Ways", "between", "ways_from"]


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """How far it is from where one is."""

    p_W: Float64[np.ndarray, "3"]
    length_m: Float64[np.ndarray, "n"]
    """To the middle of each place; infinite where no way leads."""

    def to(self, points_W: Float64[np.ndarray, "k 3"], rows: Int64[np.ndarray, "k"]) -> Float64[np.ndarray, "k"]:
        """Return how far it is to points in places, given by their rows [m]."""
        return np.maximum(self.length_m[rows], _straight_m(points_W, self.p_W[None])[:, 0])


def ways_from(asked: Asked, start: object, name: str = "start") -> Ways | Unknown:
    """Return how far it is from a point, a place, a room or a stand; of None, from where the robot is.

    Unknown where the robot never said where it is, or nobody can stand there. Raises QueryError for what is no point.
    """
    point = where_robot_is(asked) if start is None else spot_meant(asked, start, name)
    if isinstance(point, Unknown):
        return point
    begins = starts_at(asked.graph, point)
    if isinstance(begins, Unknown):
        return begins
    height_m = float(asked.graph.places.p_W[begins[0].row, 2])
    from_W = np.array([float(point[0]), float(point[1]), height_m])
    lengths_m = asked.graph.lengths(np.array([one.row for one in begins], np.int64))
    return Ways(from_W, (lengths_m + np.array([[one.away_m] for one in begins])).min(axis=0))


def between(
    asked: Asked, ways: Ways, points_W: Float64[np.ndarray, "k 3"], rows: Int64[np.ndarray, "k"]
) -> Float64[np.ndarray, "k+1 k+1"]:
    """Return how far it is between points in places, by their rows, and from where one is, which is row 0 [m]."""
    metres = np.zeros((len(rows) + 1, len(rows) + 1))
    metres[0, 1:] = metres[1:, 0] = ways.to(points_W, rows)
    lengths_m = np.maximum(asked.graph.lengths(rows)[:, rows], _straight_m(points_W, points_W))
    there = np.maximum(lengths_m, lengths_m.T)  # the same both ways, but for rounding
    # where one is may be between parts of the floor that do not hang together: then the way leads back through there
    metres[1:, 1:] = np.where(np.isfinite(there), there, metres[0, 1:, None] + metres[None, 0, 1:])
    np.fill_diagonal(metres, 0.0)
    return metres


def _straight_m(
    points_W: Float64[np.ndarray, "k 3"], others_W: Float64[np.ndarray, "j 3"]
) -> Float64[np.ndarray, "k j"]:
    gaps = points_W[:, None, :2] - others_W[None, :, :2]
    return np.sqrt((gaps * gaps).sum(axis=2))

"""What is known at points: log-odds of voxels, states of nodes of any level."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int8, UInt8

from spatialmem.kernels import ask
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.queries.arguments import checked_level, checked_points
from spatialmem.octree.snapshot import Snapshot

__all__ = ["log_odds", "state"]

_GRAIN = 50_000


def log_odds(snapshot: Snapshot, points_W: Float[np.ndarray, "n 3"]) -> Int8[np.ndarray, "n"]:
    """Return the log-odds of the voxel at each point; see `Queryable.log_odds`."""
    points = checked_points(points_W)
    out = np.empty(len(points), np.int8)
    _run(ask.log_odds_at, snapshot, points, (), out)
    return out


def state(snapshot: Snapshot, points_W: Float[np.ndarray, "n 3"], level: int = 0) -> UInt8[np.ndarray, "n"]:
    """Return the state of the node at each point; see `Queryable.state`."""
    level = checked_level(level)
    if level == 0:
        return ask.states_of(log_odds(snapshot, points_W))
    points = checked_points(points_W)
    out = np.empty(len(points), np.uint8)
    _run(ask.states_at, snapshot, points, (level,), out)
    return out


def _run(kernel, snapshot: Snapshot, points: np.ndarray, options: tuple, out: np.ndarray) -> None:
    real = points.dtype.type
    run_ranges(
        kernel, len(points), *snapshot.arrays, real(1 / snapshot.voxel_size_m), points, *options, out,
        threads=snapshot.threads, grain=_GRAIN,
    )  # fmt: skip

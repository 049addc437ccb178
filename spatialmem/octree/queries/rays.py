"""Where rays end."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from spatialmem.errors import QueryError
from spatialmem.kernels import rays as kernels
from spatialmem.kernels.layout import VOXEL_LIMIT
from spatialmem.kernels.threads import run_ranges
from spatialmem.octree.queries.arguments import checked_points, checked_range, checked_state
from spatialmem.octree.snapshot import Snapshot
from spatialmem.types import RayHits, State

__all__ = ["raycast"]

_GRAIN = 2_000


def raycast(
    snapshot: Snapshot,
    origins_W: Float[np.ndarray, "n 3"],
    directions_W: Float[np.ndarray, "n 3"],
    range_max_m: float,
    unknown_is: State,
) -> RayHits:
    """Follow rays to the first voxel that ends them; see `Queryable.raycast`."""
    size = snapshot.voxel_size_m
    origins = checked_points(origins_W).astype(np.float64)
    directions = checked_points(directions_W).astype(np.float64)
    if origins.shape != directions.shape:
        raise QueryError(f"{len(origins)} origins but {len(directions)} directions; give one of each per ray.")
    length = np.sqrt(directions[:, 0] ** 2 + directions[:, 1] ** 2 + directions[:, 2] ** 2)
    if not (np.isfinite(origins).all() and np.isfinite(length).all() and (length > 0).all()):
        raise QueryError("origins must be finite, directions finite and not zero.")
    range_max_m, unknown_is = checked_range(range_max_m), checked_state(unknown_is)
    if np.abs(origins).max(initial=0.0) >= VOXEL_LIMIT * size:
        raise QueryError(f"origins must lie within {VOXEL_LIMIT * size:.0f} m of the world's origin.")
    states, distances = np.empty(len(origins), np.uint8), np.empty(len(origins), np.float32)
    run_ranges(
        kernels.cast_rays, len(origins), *snapshot.arrays, size, origins, directions / length[:, None], range_max_m,
        int(unknown_is), states, distances, threads=snapshot.threads, grain=_GRAIN,
    )  # fmt: skip
    return RayHits(states, distances)

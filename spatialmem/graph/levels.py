"""Which heights are floors: those the robot stood on; without a robot, the lowest level surface that the map shows."""

from __future__ import annotations

import numpy as np

from spatialmem.octree import Snapshot
from spatialmem.octree.queries.extent import occupied_by_height

__all__ = ["APART_M", "level_of", "lowest_surface_m"]

APART_M = 0.5
"""Floors that are nearer to each other than this are one floor."""
AREA_M2 = 2.0
"""So much of a surface is enough to be a floor ..."""
SHARE = 0.3
"""... if it is this share of the height at which most is occupied, too."""
AROUND = 3
"""A noisy surface fills so many layers of voxels."""


def level_of(z_m: float, levels: tuple[float, ...]) -> int | None:
    """Return the number of the floor that a height belongs to; None where it is another floor's."""
    if not levels:
        return None
    nearest = int(np.argmin(np.abs(np.array(levels) - z_m)))
    return nearest if abs(levels[nearest] - z_m) < APART_M else None


def lowest_surface_m(snapshot: Snapshot) -> float | None:
    """Return the height of the lowest level surface of a map [m]; None where it shows none.

    What is level fills a few layers of voxels, what is upright fills all of them a little: a floor is the lowest peak
    of the occupied layers that is high enough.
    """
    height_m, occupied = occupied_by_height(snapshot)
    if not len(height_m):
        return None
    padded = np.pad(occupied.astype(np.float64), AROUND // 2)
    wide = np.convolve(padded, np.ones(AROUND), "valid")
    enough = max(AREA_M2 / snapshot.voxel_size_m**2, SHARE * float(wide.max()))
    much = np.flatnonzero(wide >= enough)
    if not len(much):
        return None
    first = much[much < much[0] + AROUND]
    peak = int(first[np.argmax(wide[first])])
    near = slice(max(peak - AROUND // 2, 0), peak + AROUND // 2 + 1)
    return round(float((height_m[near] * occupied[near]).sum() / occupied[near].sum()), 3)

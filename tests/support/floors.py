"""Floors that are drawn cell by cell, as maps: for whoever asks for ways over them and must know what is right."""

from __future__ import annotations

import textwrap

import numpy as np

from spatialmem import Octree, OctreeConfig
from spatialmem.kernels.layout import LOG_ODDS_MAX, MORTON_X, MORTON_Y, MORTON_Z, UNKNOWN, UNKNOWN_TILE
from spatialmem.octree.blocks import Blocks

__all__ = ["FLOOR", "RAISED", "TABLE", "UNSEEN", "WALL", "drawn_map", "plan_of"]

UNSEEN, FLOOR, WALL, TABLE, RAISED = 0, 1, 2, 3, 4
SIGNS = {" ": UNSEEN, ".": FLOOR, "#": WALL, "t": TABLE, "-": RAISED}
HEIGHT_M = 1.6
"""Walls are so high, and floor is seen to be free up to here."""
TABLE_M = (0.7, 0.8)
FREE, OCCUPIED = -32, LOG_ODDS_MAX


def plan_of(text: str, scale: int = 1) -> np.ndarray:
    """Return the plan that a drawing is, each sign `scale` cells wide; the last line is at the lowest y."""
    rows = [line for line in textwrap.dedent(text).splitlines() if line.strip()]
    width = max(map(len, rows))
    plan = np.array([[SIGNS[sign] for sign in row.ljust(width)] for row in rows[::-1]], np.uint8)
    return plan.repeat(scale, axis=0).repeat(scale, axis=1)


def drawn_map(
    plan: np.ndarray,
    *,
    voxel_size_m: float = 0.05,
    corner: tuple[int, int] = (0, 0),
    seen_m: float = HEIGHT_M,
    raised_m: float = 0.2,
    budget_mib: int = 64,
) -> Octree:
    """Return a map with a plan for floor, indexed [y, x], a cell for each column of voxels; the floor is at z = 0.

    corner: the voxel (x, y) of its lowest cell. seen_m: up to here over the floor the map knows anything. raised_m: so
    much higher is floor that is raised.
    """
    x, y = corner
    before = (y % 64, x % 64)
    plan = np.pad(plan, [(n, -(n + size) % 64) for n, size in zip(before, plan.shape, strict=True)])
    first = (x // 64, y // 64)
    layers = _layers(voxel_size_m, seen_m, raised_m)
    known: dict[tuple[int, bytes], tuple[np.ndarray, np.ndarray]] = {}
    roots, children, leaves, count = [], [], [], 0
    for rx in range(plan.shape[1] // 64):
        for ry in range(plan.shape[0] // 64):
            part = plan[ry * 64 : ry * 64 + 64, rx * 64 : rx * 64 + 64]
            if not part.any():
                continue
            for rz in range(-1, -(-(layers.shape[1] - 8) // 64)):
                seen = rz, part.tobytes()
                if seen not in known:
                    known[seen] = _root(part, layers, rz)
                entries, own = known[seen]
                if (entries == UNKNOWN_TILE).all():
                    continue
                roots.append((first[0] + rx, first[1] + ry, rz))
                children.append(np.where(entries >= 0, entries + count, entries))
                leaves.append(own)
                count += len(own)
    made = Blocks(
        np.array(roots, np.int32).reshape(-1, 3),
        np.array(children, np.int32).reshape(-1, 512),
        np.concatenate([np.zeros((0, 512), np.int8), *leaves]),
    )
    config = OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=budget_mib, threads=1)
    return Octree.from_blocks(made, config, seq=1)


def _layers(voxel_size_m: float, seen_m: float, raised_m: float) -> np.ndarray:
    """Return the log-odds of columns by their sign, eight layers below the floor first: only the last is ground."""
    count = int(np.ceil(HEIGHT_M / voxel_size_m))
    made = np.full((5, 8 + -(-count // 8) * 8), UNKNOWN, np.int8)
    made[FLOOR:, 7] = OCCUPIED
    made[FLOOR:, 8 : 8 + count] = FREE
    made[WALL, 8 : 8 + count] = OCCUPIED
    made[TABLE, 8 + round(TABLE_M[0] / voxel_size_m) : 8 + round(TABLE_M[1] / voxel_size_m)] = OCCUPIED
    made[RAISED, 8 : 8 + round(raised_m / voxel_size_m)] = OCCUPIED
    made[:, 8 + round(seen_m / voxel_size_m) :] = UNKNOWN
    return made


def _root(part: np.ndarray, layers: np.ndarray, rz: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the children of a root and its leaves, which are numbered from 0."""
    blocks = part.reshape(8, 8, 8, 8).swapaxes(1, 2)[MORTON_Y, MORTON_X][:, MORTON_Y, MORTON_X]
    first = rz * 64 + MORTON_Z * 8 + 8
    wanted = np.flatnonzero((first >= 0) & (first < layers.shape[1]))
    values = layers[blocks[wanted], first[wanted, None] + MORTON_Z]
    even = (values == values[:, :1]).all(axis=1)
    entries = np.full(512, UNKNOWN_TILE, np.int32)
    entries[wanted] = np.where(even, -1 - (values[:, 0].astype(np.int32) + 128), np.cumsum(~even) - 1)
    return entries, values[~even]

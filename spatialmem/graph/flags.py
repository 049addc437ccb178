"""The flags of the cells of floor, out of the octree: of those columns only in which something has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt8

from spatialmem.config import GraphConfig
from spatialmem.kernels import floor as kernels
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, root_coordinates
from spatialmem.octree import Snapshot

__all__ = ["Band", "blocks_of", "cell_level", "changed_blocks"]

CELL_M = 0.05
"""Cells are about so wide: finer floor helps no robot, and costs."""
LEVEL_MAX = 3
GROUND_BELOW_M = 0.1
"""Floor is seen so far below where it is: depth and poses are noisy."""


def cell_level(voxel_size_m: float) -> int:
    """Return k where a cell of floor is 2^k voxels wide."""
    return min(max(round(float(np.log2(CELL_M / voxel_size_m))), 0), LEVEL_MAX)


@dataclass(frozen=True, slots=True)
class Band:
    """The heights over one floor that matter, in layers of voxels."""

    layers: Int64[np.ndarray, "3 2"]
    """The first layer of ground, body and wall, and the one after the last."""
    level: int
    """A cell is 2^level voxels wide."""
    share: float

    @classmethod
    def over(cls, floor_m: float, config: GraphConfig, voxel_size_m: float) -> Band:
        """Return those over a floor at this height [m]."""

        def layer(height_m: float) -> int:
            """Return the first layer whose middle is not below a height over the floor."""
            return int(np.ceil((floor_m + height_m) / voxel_size_m - 0.5 - 1e-9))

        step = max(layer(config.step_m), layer(0.0) + 1)
        bands = (
            (min(layer(-GROUND_BELOW_M), layer(0.0) - 1), step),  # the layer that the floor itself is in, at least
            (step, max(layer(config.robot_height_m), step + 1)),  # a robot no higher than a step needs room, too
            (layer(config.wall_low_m), layer(config.wall_high_m)),
        )
        return cls(np.array(bands, np.int64), cell_level(voxel_size_m), config.known_share)

    def flags(self, snapshot: Snapshot, blocks: Int64[np.ndarray, "n 2"]) -> UInt8[np.ndarray, "n b b"]:
        """Return the flags of the cells of blocks of 8x8 columns, (x, y) each; see `kernels.floor`."""
        width = 8 >> self.level
        flags = np.empty((len(blocks), width, width), np.uint8)
        kernels.floor_flags(*snapshot.arrays, blocks, self.layers, self.level, float(self.share), flags)
        return flags


def changed_blocks(snapshot: Snapshot, before: Snapshot | None) -> Int64[np.ndarray, "n 2"]:
    """Return the blocks of 8x8 columns, (x, y) each, in which anything has changed since a former state."""
    if before is None or before.expired:
        return blocks_of(snapshot)
    entries = snapshot.table[snapshot.table[:, 1] >= 0]
    fresh = np.sort(entries[snapshot.row_generations[entries[:, 1]] > before.generation, 0])
    roots = np.ascontiguousarray(root_coordinates(fresh))
    changed = np.empty((len(roots), 512), np.uint8)
    kernels.changed_children(snapshot.table, snapshot.children, before.table, before.children, roots, changed)
    root, child = np.nonzero(changed)
    return _unique(np.stack([roots[root, 0] * 8 + MORTON_X[child], roots[root, 1] * 8 + MORTON_Y[child]], axis=1))


def blocks_of(snapshot: Snapshot) -> Int64[np.ndarray, "n 2"]:
    """Return all blocks of 8x8 columns that the map reaches."""
    roots, _ = snapshot.roots()
    grid = np.stack(np.meshgrid(np.arange(8), np.arange(8), indexing="ij"), axis=-1).reshape(-1, 2)
    return _unique((roots[:, None, :2] * 8 + grid).reshape(-1, 2))


def _unique(blocks: Int64[np.ndarray, "n 2"]) -> Int64[np.ndarray, "m 2"]:
    """Return blocks once each, by y and x."""
    if not len(blocks):
        return np.zeros((0, 2), np.int64)
    order = np.lexsort((blocks[:, 0], blocks[:, 1]))
    blocks = blocks[order]
    first = np.ones(len(blocks), bool)
    first[1:] = (np.diff(blocks, axis=0) != 0).any(axis=1)
    return np.ascontiguousarray(blocks[first])

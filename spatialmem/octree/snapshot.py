"""`Snapshot`: one published state of the octree, as flat arrays. What every query reads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Int8, Int32, Int64, UInt8, UInt32

from spatialmem.kernels.layout import root_coordinates

__all__ = ["Layers", "Snapshot"]


class Layers(NamedTuple):
    """Optional layers beside the leaves, without slots where they are off; see kernels/layers.py."""

    colors: UInt8[np.ndarray, "slots 512 4"]
    seen: UInt32[np.ndarray, "slots 512"]
    seen_tiles: UInt32[np.ndarray, "rows 512"]


class Snapshot:
    """The octree after one update, the one numbered `seq`. See kernels/layout.py for the arrays.

    The table is its own; rows and slots that it reaches are not written again while it lives, unless it has
    `expired`. A query reads first and looks at that afterwards: what it read until then was whole.
    """

    __slots__ = (
        "__weakref__", "children", "expired", "generation", "layers", "leaf_count", "leaves", "nbytes", "root_count",
        "row_generations", "seq", "table", "threads", "voxel_size_m",
    )  # fmt: skip

    def __init__(
        self,
        *,
        table: Int64[np.ndarray, "k 2"],
        children: Int32[np.ndarray, "rows 512"],
        leaves: Int8[np.ndarray, "slots 512"],
        layers: Layers,
        row_generations: Int32[np.ndarray, "rows"],
        voxel_size_m: float,
        threads: int,
        generation: int,
        seq: int,
        leaf_count: int,
        root_count: int,
        nbytes: int,
    ):
        self.table, self.children, self.leaves, self.layers = table, children, leaves, layers
        self.row_generations = row_generations
        self.voxel_size_m, self.threads, self.generation, self.seq = voxel_size_m, threads, generation, seq
        self.leaf_count, self.root_count, self.nbytes = leaf_count, root_count, nbytes
        self.expired = False

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three arrays every query kernel takes: table, children, leaves."""
        return self.table, self.children, self.leaves

    def roots(self) -> tuple[Int64[np.ndarray, "n 3"], Int64[np.ndarray, "n"]]:
        """Return the coordinates of all roots and their rows of `children`, in the order of x, y, z."""
        entries = self.table[self.table[:, 1] >= 0]
        coordinates = root_coordinates(entries[:, 0])
        order = np.lexsort(coordinates.T[::-1])
        return np.ascontiguousarray(coordinates[order]), np.ascontiguousarray(entries[order, 1])

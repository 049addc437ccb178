"""What follows from the tiles of one moment: flat places and edges, networks, connected parts, rooms.

Each is worked out when it is asked for first. Moments between which no tile has changed share them.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from jaxtyping import Int32

from spatialmem.config import GraphConfig
from spatialmem.graph.network import Edges, Places, flat
from spatialmem.graph.room_table import Divided, Rooms, rooms_of
from spatialmem.graph.tiles import TileKey, Tiles, Window, extent
from spatialmem.kernels.lattice import network_of

__all__ = ["Facts"]


class Facts:
    """What follows from tiles. Any thread may read it; two that ask for the same first may both work it out."""

    def __init__(
        self,
        config: GraphConfig,
        levels: tuple[float, ...],
        tiles: Tiles,
        cell_m: float,
        divided: Divided | None = None,
    ):
        """divided: that of another moment, where no wall has changed since."""
        self._levels, self._tiles, self._cell_m = levels, tiles, cell_m
        self.divided = divided or Divided(tiles, len(levels), cell_m, config.doorway_m)
        self.wider: dict[float, Any] = {}
        """The same floor for the wider robots that were asked for last."""

    @functools.cached_property
    def flat(self) -> tuple[Places, Edges, dict[TileKey, int]]:
        """All places and edges, and which tile is which; see `network.flat`."""
        return flat(self._tiles, self._levels, self._cell_m)

    @functools.cached_property
    def row_of(self) -> dict[int, int]:
        """The rows of places by their ids."""
        return {number: row for row, number in enumerate(self.flat[0].ids.tolist())}

    @functools.cached_property
    def component(self) -> Int32[np.ndarray, "n"]:
        """Which connected part of the graph each place belongs to."""
        from scipy.sparse.csgraph import connected_components

        return connected_components(self.network, directed=False)[1].astype(np.int32)

    @functools.cached_property
    def network(self) -> Any:
        """The lengths of the edges as a scipy CSR matrix [m], both ways."""
        from scipy.sparse import csr_array

        places, edges, _ = self.flat
        count, filled = len(places), 2 * len(edges)
        starts, others, lengths = np.empty(count + 1, np.int32), np.empty(filled, np.int32), np.empty(filled)
        network_of(edges.ends, edges.length_m, starts, others, lengths)
        return csr_array((lengths, others, starts), shape=(count, count))

    @functools.cached_property
    def rooms(self) -> Rooms:
        """Which room every place and every cell is in."""
        return rooms_of(self.flat[0], self.divided)

    def extent(self, level: int) -> Window:
        """Return the rectangle of all tiles of a floor."""
        return extent(self._tiles, level)

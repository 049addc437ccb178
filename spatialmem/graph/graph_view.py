"""`GraphView`: the floor at one moment: places, edges, rooms, cells. Immutable; made by `Graph` only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from jaxtyping import Float, Float64, Int32, Int64

from spatialmem.config import GraphConfig
from spatialmem.graph.derive import Deriving
from spatialmem.graph.facts import Facts
from spatialmem.graph.levels import level_of
from spatialmem.graph.network import Edges, Places
from spatialmem.graph.past_floor import TilePlaces, every_place
from spatialmem.graph.room_table import Divided, Rooms
from spatialmem.graph.state import Kept
from spatialmem.graph.tiles import SQUARE, TILE, TileKey, Window, gather
from spatialmem.kernels.floor import KNOWN, WALL
from spatialmem.kernels.places import PIECES_MAX
from spatialmem.types import Floor

__all__ = ["GraphView"]

WIDER_MAX = 2
"""A moment keeps its floor for so many wider robots."""
NEAR_M = 1.0
"""A point belongs to the nearest place, if there is one so near."""


class GraphView:
    """What was known of the floor after one input. What follows from it is worked out when it is asked for first."""

    def __init__(self, kept: Kept, cell_m: float, facts: Facts | None = None, *, divided: Divided | None = None):
        """facts: those of another moment, where no tile has changed since, but for when it was seen.

        divided: its floors in rooms, where no wall has changed.
        """
        self.kept, self.cell_m = kept, cell_m
        self.facts = facts or Facts(kept.config, kept.levels, kept.tiles, cell_m, divided)

    @property
    def config(self) -> GraphConfig:
        """The settings of the graph."""
        return self.kept.config

    @property
    def levels(self) -> tuple[float, ...]:
        """The heights of the floors that are known [m]."""
        return self.kept.levels

    def dump(self) -> bytes:
        """Return what does not follow from the map as bytes, for `Graph.load`; the same graph is the same bytes."""
        return self.kept.dump()

    # places

    @property
    def places(self) -> Places:
        """All places, one row each."""
        return self.facts.flat[0]

    @property
    def edges(self) -> Edges:
        """All edges, one row each."""
        return self.facts.flat[1]

    @property
    def row_of(self) -> dict[int, int]:
        """The rows of places by their ids."""
        return self.facts.row_of

    @property
    def component(self) -> Int32[np.ndarray, "n"]:
        """Which connected part of the graph each place belongs to: 0, 1, ..."""
        return self.facts.component

    def tile_places(self) -> tuple[TilePlaces, ...]:
        """Return all places and edges tile by tile, as they are written down."""
        return every_place(self.kept.tiles, self.levels, self.cell_m)

    @property
    def network(self) -> Any:
        """The lengths of the edges as a scipy CSR matrix [m], both ways."""
        return self.facts.network

    def for_robot(self, radius_m: float) -> GraphView:
        """Return the same floor for a wider robot; itself for one that is as wide as graph.robot_radius_m.

        Its places are parts of the ones here, and have their ids: several may have one.
        """
        if radius_m <= self.config.robot_radius_m:
            return self
        wider = self.facts.wider
        if radius_m not in wider:
            config = msgspec.structs.replace(self.config, robot_radius_m=radius_m)
            tiles = Deriving(config, self.cell_m).places_in(self.kept.tiles)
            made = GraphView(replace(self.kept, config=config, tiles=tiles), self.cell_m)
            for other in list(wider)[: -(WIDER_MAX - 1)]:
                wider.pop(other, None)
            wider[radius_m] = made
            return made
        return wider[radius_m]

    def lengths(self, rows: Int64[np.ndarray, "k"]) -> Float64[np.ndarray, "k n"]:
        """Return how far it is from each of some places to every place, over edges [m]; infinite where no way leads."""
        return self.searched(rows)[0]

    def searched(self, rows: Int64[np.ndarray, "k"]) -> tuple[Float64[np.ndarray, "k n"], Int32[np.ndarray, "k n"]]:
        """Return the same, and the place before each on the shortest way to it, below 0 where there is none.

        Dijkstra 1959, from scipy.
        """
        from scipy.sparse.csgraph import dijkstra

        shape = len(rows), len(self.places)
        if not all(shape):
            return np.full(shape, np.inf), np.full(shape, -1, np.int32)
        lengths_m, before = dijkstra(self.network, indices=rows, return_predecessors=True)
        return lengths_m.reshape(shape), before.reshape(shape).astype(np.int32)

    def place_at(self, p_W: Float[np.ndarray, "_"]) -> int:
        """Return the row of the place that a point (x, y, z or x, y) belongs to; -1 where there is none near."""
        level = self.level_of(p_W)
        if level is None or not len(self.places):
            return -1
        x, y = (int(np.floor(float(c) / self.cell_m)) for c in p_W[:2])
        tile = self.kept.tiles.get(TileKey(level, y // TILE, x // TILE))
        if tile is not None:
            piece = int(tile.piece[y % TILE, x % TILE])
            if piece >= 0:
                square = (y % TILE // SQUARE) * SQUARE + x % TILE // SQUARE
                code = (self.facts.flat[2][TileKey(level, y // TILE, x // TILE)] * 64 + square) * PIECES_MAX + piece
                return int(np.searchsorted(self.places.codes, code))
        away = np.hypot(*(self.places.p_W[:, :2] - np.asarray(p_W[:2], np.float64)).T)
        away = np.where(self.places.level == level, away, np.inf)
        nearest = int(np.argmin(away))
        return nearest if away[nearest] <= NEAR_M else -1

    # rooms

    @property
    def rooms(self) -> Rooms:
        """Which room every place and every cell is in."""
        return self.facts.rooms

    def room_ids(self, points_W: Float[np.ndarray, "n _"]) -> Int64[np.ndarray, "n"]:
        """Return the ids of the rooms that points [m] are in; 0 for none."""
        found = np.zeros(len(points_W), np.int64)
        if not self.levels or not len(points_W):
            return found
        cells = np.floor(points_W[:, :2] / self.cell_m).astype(np.int64)
        if len(self.levels) == 1:
            return self.rooms.at(0, cells)
        level = np.array([self.level_of(p_W) for p_W in points_W])
        for own in range(len(self.levels)):
            found[level == own] = self.rooms.at(own, cells[level == own])
        return found

    # cells

    def level_of(self, p_W: Float[np.ndarray, "_"]) -> int | None:
        """Return the highest floor that is not above a point, but for half a metre; the lowest for a point (x, y).

        None where no floor is known.
        """
        if not self.levels:
            return None
        if len(p_W) < 3:
            return int(np.argmin(self.levels))
        own = level_of(float(p_W[2]), self.levels)
        below = [(z, level) for level, z in enumerate(self.levels) if z <= float(p_W[2])]
        return own if own is not None else max(below)[1] if below else int(np.argmin(self.levels))

    def floor(
        self,
        level: int = 0,
        low_m: Float[np.ndarray, "2"] | None = None,
        high_m: Float[np.ndarray, "2"] | None = None,
    ) -> Floor:
        """Return a floor cell by cell: all of it, or a rectangle (x, y) [m]."""
        window = self.facts.extent(level)
        if low_m is not None and high_m is not None:
            x0, y0 = (int(np.floor(float(c) / self.cell_m)) for c in low_m[:2])
            x1, y1 = (int(np.ceil(float(c) / self.cell_m)) for c in high_m[:2])
            window = Window(y0, x0, max(y1 - y0, 1), max(x1 - x0, 1))
        return self.cells(level, window)

    def cells(self, level: int, window: Window) -> Floor:
        """Return a rectangle of a floor cell by cell."""
        tiles = self.kept.tiles
        flags = gather(tiles, level, window, "flags")
        return Floor(
            level=level,
            height_m=float(self.levels[level]) if level < len(self.levels) else 0.0,
            first_cell=(window.x, window.y),
            cell_m=self.cell_m,
            state=gather(tiles, level, window, "state"),
            clearance_m=gather(tiles, level, window, "clearance_m"),
            wall=(flags & WALL) != 0,
            known=(flags & KNOWN) != 0,
        )

    def place_rows(self, level: int, window: Window) -> Int64[np.ndarray, "h w"]:
        """Return the row of the place that each cell of a rectangle belongs to; -1 where one cannot stand."""
        piece = gather(self.kept.tiles, level, window, "piece", -1).astype(np.int64)
        y = window.y + np.arange(window.height)[:, None]
        x = window.x + np.arange(window.width)[None, :]
        rows, columns = window.y // TILE, window.x // TILE
        count = (window.y + window.height - 1) // TILE - rows + 1, (window.x + window.width - 1) // TILE - columns + 1
        tile = np.array(
            [
                [self.facts.flat[2].get(TileKey(level, rows + i, columns + j), -1) for j in range(count[1])]
                for i in range(count[0])
            ]
        )[y // TILE - rows, x // TILE - columns]
        square = (y % TILE // SQUARE) * SQUARE + x % TILE // SQUARE
        codes = (tile * 64 + square) * PIECES_MAX + piece
        found = np.searchsorted(self.places.codes, codes)
        return np.where((piece >= 0) & (tile >= 0), found, -1)

    def seen_ns(self, level: int, squares: Window) -> Int64[np.ndarray, "h w"]:
        """Return when a camera saw what is in each square of 8x8 cells last; 0 for never. squares: counts in them."""
        return gather(self.kept.tiles, level, squares, "seen_ns", 0, side=TILE // SQUARE)

"""Tiles of floor, 64x64 cells each: what the map says of each cell, and what follows from that.

A square is 8x8 cells, so a tile has 8x8 squares. Arrays are indexed [y, x]. Cell (x, y) of a level covers
[x, x + 1) * cell_m in W, so a tile's corner is a multiple of 64 cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int64, UInt8

__all__ = ["SQUARE", "TILE", "Tile", "TileKey", "Tiles", "Window", "empty_tile", "extent", "gather", "tiles_over"]

TILE, SQUARE = 64, 8
"""Cells on a side."""
NO_PLACES = np.zeros((0, 4), np.int64)


class TileKey(NamedTuple):
    """Which tile: the number of its floor, and its place there."""

    level: int
    y: int
    x: int


class Window(NamedTuple):
    """A rectangle of cells: the first row and column, and how many of each."""

    y: int
    x: int
    height: int
    width: int

    def grown(self, by: int) -> Window:
        """Return it with so many cells more on every side."""
        return Window(self.y - by, self.x - by, self.height + 2 * by, self.width + 2 * by)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One tile at one moment; nothing in it changes any more."""

    flags: UInt8[np.ndarray, "64 64"]
    """What the map says, see `kernels.floor`."""
    driven: Bool[np.ndarray, "64 64"]
    """Where the robot has stood."""
    seen_ns: Int64[np.ndarray, "8 8"]
    """When a camera saw what is in each square last; 0 for never."""
    numbers: Mapping[int, int]
    """The ids of places that are, or were, by PIECES_MAX * square + piece."""

    state: UInt8[np.ndarray, "64 64"]
    """0 unknown, 1 free, 2 blocked."""
    clearance_m: Float32[np.ndarray, "64 64"]
    piece: Int8[np.ndarray, "64 64"]
    """The number of each cell's piece within its square, -1 where the robot cannot stand."""
    found: Int64[np.ndarray, "n 4"] = field(default_factory=lambda: NO_PLACES)
    """Places: square, piece, cell of the middle, number of cells."""
    ids: Int64[np.ndarray, "n"] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Of these places."""
    middles_m: Float32[np.ndarray, "n"] = field(default_factory=lambda: np.zeros(0, np.float32))
    """The clearances of the middles."""
    ends: Int64[np.ndarray, "m 4"] = field(default_factory=lambda: NO_PLACES)
    """Edges: square, piece, direction, piece there."""
    measures: Float64[np.ndarray, "m 2"] = field(default_factory=lambda: np.zeros((0, 2)))
    """Of each edge the length in cells, and the clearance [m]."""


Tiles = Mapping[TileKey, Tile]


def empty_tile() -> Tile:
    """Return a tile of which nothing is known."""
    cells = (TILE, TILE)
    squares = TILE // SQUARE
    return Tile(
        flags=np.zeros(cells, np.uint8),
        driven=np.zeros(cells, bool),
        seen_ns=np.zeros((squares, squares), np.int64),
        numbers={},
        state=np.zeros(cells, np.uint8),
        clearance_m=np.zeros(cells, np.float32),
        piece=np.full(cells, -1, np.int8),
    )


def tiles_over(tiles: Tiles, level: int, window: Window) -> list[TileKey]:
    """Return the keys of the tiles that a rectangle of cells touches, by row and column."""
    y, x, height, width = window
    rows, columns = range(y // TILE, (y + height - 1) // TILE + 1), range(x // TILE, (x + width - 1) // TILE + 1)
    if len(rows) * len(columns) > len(tiles):  # far apart, with little between them
        return sorted(key for key in tiles if key.level == level and key.y in rows and key.x in columns)
    return [key for ty in rows for tx in columns if (key := TileKey(level, ty, tx)) in tiles]


def extent(tiles: Tiles, level: int) -> Window:
    """Return the rectangle of all tiles of a floor."""
    keys = [key for key in tiles if key.level == level]
    if not keys:
        return Window(0, 0, 0, 0)
    low = [min(key[axis] for key in keys) * TILE for axis in (1, 2)]
    high = [(max(key[axis] for key in keys) + 1) * TILE for axis in (1, 2)]
    return Window(low[0], low[1], high[0] - low[0], high[1] - low[1])


def gather(tiles: Tiles, level: int, window: Window, name: str, fill: int = 0, *, side: int = TILE) -> np.ndarray:
    """Return one array of the tiles over a rectangle; `fill` where there is no tile.

    side: how many entries a tile's array has along each axis; the window counts in them.
    """
    y, x, height, width = window
    out: np.ndarray | None = None
    for ty in range(y // side, (y + height - 1) // side + 1):
        for tx in range(x // side, (x + width - 1) // side + 1):
            tile = tiles.get(TileKey(level, ty, tx))
            if tile is None:
                continue
            part = getattr(tile, name)
            if out is None:
                out = np.full((height, width), fill, part.dtype)
            y0, y1 = max(y, ty * side), min(y + height, (ty + 1) * side)
            x0, x1 = max(x, tx * side), min(x + width, (tx + 1) * side)
            out[y0 - y : y1 - y, x0 - x : x1 - x] = part[
                y0 - ty * side : y1 - ty * side, x0 - tx * side : x1 - tx * side
            ]
    if out is None:
        out = np.full((height, width), fill, getattr(empty_tile(), name).dtype)
    return out

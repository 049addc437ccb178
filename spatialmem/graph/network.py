"""Places and edges as flat arrays, one row each: what routes and questions read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from spatialmem.graph.tiles import SQUARE, TILE, TileKey, Tiles
from spatialmem.kernels.places import DIRECTIONS, PIECES_MAX

__all__ = ["Edges", "Places", "flat"]

SQUARES = TILE // SQUARE
SHIFT = 24
"""Coordinates of tiles have fewer bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Columns of places: the tiles by floor, row and column, and in a tile square by square."""

    ids: Int64[np.ndarray, "n"]
    level: Int64[np.ndarray, "n"]
    cells: Int64[np.ndarray, "n 2"]
    """The cell (x, y) of each middle."""
    p_W: Float64[np.ndarray, "n 3"]
    clearance_m: Float32[np.ndarray, "n"]
    area_m2: Float64[np.ndarray, "n"]
    """Of the cells that one can stand on."""
    codes: Int64[np.ndarray, "n"]
    """Rising: which place of which square of which tile; see `flat`."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Columns of edges, each once."""

    ends: Int64[np.ndarray, "m 2"]
    """Rows of places."""
    length_m: Float64[np.ndarray, "m"]
    clearance_m: Float64[np.ndarray, "m"]
    """At the narrowest."""

    def __len__(self) -> int:
        return len(self.length_m)


def flat(tiles: Tiles, levels: tuple[float, ...], cell_m: float) -> tuple[Places, Edges, dict[TileKey, int]]:
    """Return all places and edges, and which tile is which: a code is (tile * 64 + square) * PIECES_MAX + piece."""
    keys = sorted(key for key in tiles if len(tiles[key].found))
    own = np.repeat(np.arange(len(keys)), [len(tiles[key].found) for key in keys]).astype(np.int64)
    found = np.concatenate([np.zeros((0, 4), np.int64), *(tiles[key].found for key in keys)])
    at = np.array(keys, np.int64).reshape(-1, 3)
    level = at[own, 0]
    cells = at[own][:, [2, 1]] * TILE + np.stack([found[:, 2] & 63, found[:, 2] >> 6], axis=1)
    squares = own * 64 + found[:, 0]
    z_m = np.array(levels, np.float64)[level] if len(levels) else np.zeros(0)
    places = Places(
        ids=np.concatenate([np.zeros(0, np.int64), *(tiles[key].ids for key in keys)]),
        level=level,
        cells=cells,
        p_W=np.column_stack([(cells + 0.5) * cell_m, z_m]).reshape(-1, 3),
        clearance_m=np.concatenate([np.zeros(0, np.float32), *(tiles[key].middles_m for key in keys)]),
        area_m2=found[:, 3] * cell_m**2,
        codes=squares * PIECES_MAX + found[:, 1],
    )
    count = np.bincount(squares, minlength=64 * len(keys))
    first = np.cumsum(count) - count  # by square: the row of its first piece
    return places, _edges(tiles, keys, at, first, cell_m), {key: i for i, key in enumerate(keys)}


def _edges(
    tiles: Tiles, keys: list[TileKey], at: Int64[np.ndarray, "t 3"], first: Int64[np.ndarray, "s"], cell_m: float
) -> Edges:
    """Return the edges of tiles, by the rows of places that they join."""
    ends = np.concatenate([np.zeros((0, 4), np.int64), *(tiles[key].ends for key in keys)])
    measures = np.concatenate([np.zeros((0, 2)), *(tiles[key].measures for key in keys)])
    own = np.repeat(np.arange(len(keys)), [len(tiles[key].ends) for key in keys]).astype(np.int64)
    step = DIRECTIONS[ends[:, 2]]
    x, y = (ends[:, 0] & 7) + step[:, 0], (ends[:, 0] >> 3) + step[:, 1]
    tile = _around(at)[own, y // SQUARES + 1, x // SQUARES + 1]
    here = first[own * 64 + ends[:, 0]] + ends[:, 1]
    there = first[tile * 64 + (y % SQUARES) * SQUARES + x % SQUARES] + ends[:, 3]
    return Edges(np.stack([here, there], axis=1), measures[:, 0] * cell_m, measures[:, 1].copy())


def _around(at: Int64[np.ndarray, "t 3"]) -> Int64[np.ndarray, "t 3 3"]:
    """Return the numbers of the tiles about each tile (level, y, x), by row and column; -1 for none."""
    numbers = ((at[:, 0] << SHIFT) + at[:, 1] << SHIFT) + at[:, 2]  # rising, as the tiles are
    around = np.full((len(at), 3, 3), -1, np.int64)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            wanted = numbers + (dy << SHIFT) + dx
            found = np.searchsorted(numbers, wanted).clip(max=max(len(at) - 1, 0))
            around[:, dy + 1, dx + 1] = np.where(numbers[found] == wanted, found, -1)
    return around

"""What follows from a tile's flags: free floor, clearance, places, edges. Of the tiles about a change only.

All of it is local: a cell's state follows from the flags within twice `gap_m`, its clearance from the states within
`clearance_max_m`, the places of a square from its own clearance, its edges from it and the squares about it. So tiles
that are derived where something changed are those that would be derived from scratch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int32, Int64, UInt8

from spatialmem.config import GraphConfig
from spatialmem.graph.tiles import SQUARE, TILE, Tile, TileKey, Tiles, Window, gather, tiles_over
from spatialmem.kernels import places as kernels
from spatialmem.kernels.floor import BODY, GROUND, OPEN

__all__ = ["BLOCKED", "FREE", "UNKNOWN", "Deriving", "frontier"]

UNKNOWN, FREE, BLOCKED = 0, 1, 2
EDGES_MAX = 64 * 4 * 16
SQUARES = TILE // SQUARE
PART = 8
"""So many tiles on a side are derived at a time: distances are exact where no coordinate squared leaves 24 bits."""
FROM = ((0, 0), (-1, 0), (0, -1), (-1, -1), (1, -1), (1, 0))
"""A tile (y, x) has a part in the edges of the tiles that are so far from it."""


def frontier(state: UInt8[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the unknown cells beside one that is free: what is behind walls is not meant."""
    free = np.pad(state == FREE, 1)
    beside = free[:-2, 1:-1] | free[2:, 1:-1] | free[1:-1, :-2] | free[1:-1, 2:]
    return (state == UNKNOWN) & beside


@dataclass(frozen=True, slots=True)
class Deriving:
    """For which robot, and in cells of which size."""

    config: GraphConfig
    cell_m: float

    @property
    def gap(self) -> int:
        """How many cells from floor that was seen a hole counts as floor."""
        return int(self.config.gap_m / self.cell_m + 1e-6)

    @property
    def reach(self) -> int:
        """How far a change reaches, in cells."""
        return 2 * self.gap + int(np.ceil(self.config.clearance_max_m / self.cell_m)) + 1

    def derive(self, tiles: dict[TileKey, Tile], level: int, changed: Window) -> set[TileKey]:
        """Derive the tiles anew that a change of flags within a rectangle reaches; return those that are others now.

        tiles: those that are others are replaced in it.
        """
        reached = tiles_over(tiles, level, changed.grown(self.reach))
        others: set[TileKey] = set()
        for part in _parts(reached):
            others |= self._cells_and_places(tiles, level, part)
        others |= self._edges(tiles, others)
        return others

    def places_in(self, tiles: Tiles) -> dict[TileKey, Tile]:
        """Return tiles of a robot that is not as wide with the places and edges of this one.

        A place has the number of the one that it is a part of; several may be parts of one.
        """
        made = {}
        for key, tile in tiles.items():
            piece, found = self._places(tile.clearance_m)
            whole = found[:, 0] * kernels.PIECES_MAX + tile.piece.ravel()[found[:, 2]]
            ids = np.array([tile.numbers[code] for code in whole.tolist()], np.int64)
            middles_m = tile.clearance_m.ravel()[found[:, 2]]
            made[key] = replace(tile, piece=piece, found=found, ids=ids, middles_m=middles_m)
        self._edges(made, made)
        return made

    def _cells_and_places(self, tiles: dict[TileKey, Tile], level: int, keys: list[TileKey]) -> set[TileKey]:
        """Derive the cells and the places of some tiles; return those that are others now."""
        y0, x0 = (min(key[axis] for key in keys) * TILE for axis in (1, 2))
        y1, x1 = ((max(key[axis] for key in keys) + 1) * TILE for axis in (1, 2))
        state, clearance_m = self._cells(tiles, level, Window(y0, x0, y1 - y0, x1 - x0))
        others = set()
        for key in keys:
            at = slice(key.y * TILE - y0, (key.y + 1) * TILE - y0), slice(key.x * TILE - x0, (key.x + 1) * TILE - x0)
            old = tiles[key]
            clear = np.ascontiguousarray(clearance_m[at])
            if np.array_equal(old.clearance_m, clear) and np.array_equal(old.state, state[at]):
                continue
            piece, found = self._places(clear)
            tiles[key] = replace(
                old,
                state=np.ascontiguousarray(state[at]),
                clearance_m=clear,
                piece=piece,
                found=found,
                ids=np.zeros(len(found), np.int64),  # the graph gives them
                middles_m=clear.ravel()[found[:, 2]],
            )
            others.add(key)
        return others

    def _cells(
        self, tiles: Tiles, level: int, inner: Window
    ) -> tuple[UInt8[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
        """Return the states and clearances within a rectangle."""
        import cv2

        outer = inner.grown(self.reach)
        flags = gather(tiles, level, outer, "flags")
        driven = gather(tiles, level, outer, "driven")
        blocked = (flags & BODY) != 0
        free = ~blocked & (driven | ((flags & (GROUND | OPEN)) == (GROUND | OPEN)))
        if self.gap:
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * self.gap + 1, 2 * self.gap + 1))
            free |= (cv2.morphologyEx(free.view(np.uint8), cv2.MORPH_CLOSE, disc) != 0) & ~blocked
        squared = cv2.distanceTransform(free.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float64) ** 2
        away_m = np.sqrt(np.rint(squared)) * self.cell_m  # of whole squares: the same on any CPU
        clearance_m = np.minimum(away_m, self.config.clearance_max_m).astype(np.float32)
        kept = slice(self.reach, -self.reach), slice(self.reach, -self.reach)
        return np.where(blocked, BLOCKED, free).astype(np.uint8)[kept], clearance_m[kept]

    def _places(
        self, clearance_m: Float32[np.ndarray, "64 64"]
    ) -> tuple[Int8[np.ndarray, "64 64"], Int64[np.ndarray, "n 4"]]:
        """Return the piece of each cell, and the places."""
        piece, found, count = (
            np.empty((TILE, TILE), np.int8),
            np.empty((TILE * TILE // 2, 4), np.int64),
            np.zeros(1, int),
        )
        kernels.pieces_of_tile(clearance_m, np.float32(self.config.robot_radius_m), piece, found, count)
        return piece, found[: count[0]].copy()

    def _edges(self, tiles: dict[TileKey, Tile], changed: Iterable[TileKey]) -> set[TileKey]:
        """Find the edges of all tiles anew that these have a part in; return those that have others now."""
        owners = {TileKey(key.level, key.y + dy, key.x + dx) for key in changed for dy, dx in FROM}
        others = set()
        for key in sorted(owners & tiles.keys()):
            ends, measures = self._edges_of(tiles, key)
            tile = tiles[key]
            if not (np.array_equal(tile.ends, ends) and np.array_equal(tile.measures, measures)):
                tiles[key] = replace(tile, ends=ends, measures=measures)
                others.add(key)
        return others

    def _edges_of(self, tiles: Tiles, key: TileKey) -> tuple[Int64[np.ndarray, "m 4"], Float64[np.ndarray, "m 2"]]:
        """Return the ends and the measures of a tile's edges."""
        around = Window(key.y * TILE, key.x * TILE, TILE, TILE).grown(SQUARE)
        clearance_m = gather(tiles, key.level, around, "clearance_m")
        piece = gather(tiles, key.level, around, "piece", -1)
        ends, measures = np.empty((EDGES_MAX, 4), np.int64), np.empty((EDGES_MAX, 2))
        count = np.zeros(1, int)
        kernels.edges_of_tile(
            clearance_m, piece, _middles(tiles, key), np.float32(self.config.robot_radius_m), ends, measures, count
        )
        return ends[: count[0]].copy(), measures[: count[0]].copy()


def _parts(keys: Iterable[TileKey]) -> list[list[TileKey]]:
    """Return tiles in groups that lie together: a large floor is derived in parts, for memory and for exactness."""
    parts: dict[tuple[int, int], list[TileKey]] = {}
    for key in keys:
        parts.setdefault((key.y // PART, key.x // PART), []).append(key)
    return list(parts.values())


def _middles(tiles: Tiles, key: TileKey) -> Int32[np.ndarray, "10 10 32"]:
    """Return the middles of the places of a tile, and of a square more on each side, as `edges_of_tile` takes them."""
    middles = np.full((SQUARES + 2, SQUARES + 2, kernels.PIECES_MAX), -1, np.int32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            tile = tiles.get(TileKey(key.level, key.y + dy, key.x + dx))
            if tile is None or not len(tile.found):
                continue
            square, number, cell = tile.found[:, 0], tile.found[:, 1], tile.found[:, 2]
            sy, sx = (square >> 3) + 8 * dy + 1, (square & 7) + 8 * dx + 1
            here = (sy >= 0) & (sy < SQUARES + 2) & (sx >= 0) & (sx < SQUARES + 2)
            y, x = (cell >> 6) + TILE * dy + SQUARE, (cell & 63) + TILE * dx + SQUARE
            middles[sy[here], sx[here], number[here]] = (80 * y + x)[here]
    return middles

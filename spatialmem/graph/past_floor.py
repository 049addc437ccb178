"""Places and edges of one tile as they are written down, and a floor put together of such tiles."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np
from jaxtyping import Float, Float32, Float64, Int64
from msgspec import Meta

from spatialmem.errors import InputError
from spatialmem.graph.tiles import SQUARE, TILE, TileKey, Tiles, empty_tile
from spatialmem.kernels.places import DIRECTIONS, PIECES_MAX

__all__ = ["PastFloor", "TilePlaces", "every_place", "places_of"]

SQUARES = TILE // SQUARE
CELLS = TILE * TILE
Metres = Annotated[float, Meta(ge=-1e6, le=1e6)]
Id = Annotated[int, Meta(ge=1)]
_END = np.dtype([("row", "<u2"), ("length", "<f4"), ("clearance_m", "<f4")])
_PLACE = np.dtype([("cell", "<u2"), ("cells", "u1"), ("clearance_m", "<f4")])


class TilePlaces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The places of one tile, and the edges that begin there."""

    level: Annotated[int, Meta(ge=0)]
    y: int
    x: int
    height_m: Metres
    """Of its floor, in W."""
    cell_m: Annotated[float, Meta(gt=0, le=1e3)]
    ids: tuple[Id, ...]
    places: bytes
    """Of each the cell of its middle (64 y + x), how many cells it has, and its clearance [m]."""
    others: tuple[Id, ...]
    """Of each edge the id of the place that it leads to; here or in a tile beside."""
    ends: bytes
    """And the row of that from which it leads, its length in cells, and its clearance [m]."""

    @property
    def key(self) -> TileKey:
        """Which tile it is of."""
        return TileKey(self.level, self.y, self.x)

    def columns(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns of its places and of its edges. Raises InputError where they are none."""
        if len(self.places) != len(self.ids) * _PLACE.itemsize or len(self.ends) != len(self.others) * _END.itemsize:
            raise InputError("it has more or fewer places or edges than it says.")
        places, ends = np.frombuffer(self.places, _PLACE), np.frombuffer(self.ends, _END)
        sound = (places["cell"] < CELLS).all() and (ends["row"] < len(self.ids)).all() and (ends["length"] >= 0).all()
        if not sound or not (np.isfinite(places["clearance_m"]).all() and np.isfinite(ends["clearance_m"]).all()):
            raise InputError("its places or edges cannot be.")
        return places, ends


def places_of(tiles: Tiles, key: TileKey, height_m: float, cell_m: float) -> TilePlaces:
    """Return what is written down of a tile."""
    tile = tiles.get(key) or empty_tile()  # what was a floor may be none
    places = np.zeros(len(tile.found), _PLACE)
    places["cell"], places["cells"] = tile.found[:, 2], tile.found[:, 3]
    places["clearance_m"] = tile.clearance_m.ravel()[tile.found[:, 2]]
    codes = tile.found[:, 0] * PIECES_MAX + tile.found[:, 1]
    ends = np.zeros(len(tile.ends), _END)
    ends["row"] = np.searchsorted(codes, tile.ends[:, 0] * PIECES_MAX + tile.ends[:, 1])
    ends["length"], ends["clearance_m"] = tile.measures.T
    return TilePlaces(
        *key,
        height_m=float(height_m),
        cell_m=float(cell_m),
        ids=tuple(tile.numbers[code] for code in codes.tolist()),
        places=places.tobytes(),
        others=_others(tiles, key),
        ends=ends.tobytes(),
    )


def every_place(tiles: Tiles, levels: Sequence[float], cell_m: float) -> tuple[TilePlaces, ...]:
    """Return what there is to be written down of all tiles that have places."""
    keys = [key for key in sorted(tiles) if len(tiles[key].found)]
    return tuple(places_of(tiles, key, levels[key.level], cell_m) for key in keys)


def _others(tiles: Tiles, key: TileKey) -> tuple[int, ...]:
    """Return the ids of the places that a tile's edges lead to."""
    ends = (tiles.get(key) or empty_tile()).ends
    step = DIRECTIONS[ends[:, 2]]
    x, y = (ends[:, 0] % SQUARES) + step[:, 0], (ends[:, 0] // SQUARES) + step[:, 1]
    code = ((y % SQUARES) * SQUARES + x % SQUARES) * PIECES_MAX + ends[:, 3]
    beside = zip((y // SQUARES).tolist(), (x // SQUARES).tolist(), code.tolist(), strict=True)
    return tuple(tiles[TileKey(key.level, key.y + dy, key.x + dx)].numbers[number] for dy, dx, number in beside)


@dataclass(frozen=True, eq=False)
class PastFloor:
    """Places and edges at one moment, without the cells between them."""

    ids: Int64[np.ndarray, "n"]
    """Rising."""
    p_W: Float64[np.ndarray, "n 3"]
    clearance_m: Float32[np.ndarray, "n"]
    area_m2: Float64[np.ndarray, "n"]
    ends: Int64[np.ndarray, "m 2"]
    """Rows of places."""
    length_m: Float64[np.ndarray, "m"]
    edge_clearance_m: Float32[np.ndarray, "m"]

    @classmethod
    def of(cls, tiles: Iterable[TilePlaces]) -> PastFloor:
        """Put tiles together, each given once. Raises InputError for tiles that nobody wrote."""
        parts = [_part(tile) for tile in tiles]
        ids, p_W, clearance_m, area_m2, ends, length_m, wide_m = (
            np.concatenate([blank, *(part[i] for part in parts)]) for i, blank in enumerate(_BLANK)
        )
        order = np.argsort(ids, kind="stable")
        ids = ids[order]
        if (np.diff(ids) == 0).any():
            raise InputError("two of its places have one number.")
        rows = np.minimum(np.searchsorted(ids, ends), max(len(ids) - 1, 0))
        known = (ids[rows] == ends).all(axis=1) if len(ids) else np.zeros(0, bool)
        own = rows[known], length_m[known], wide_m[known]
        return cls(ids, p_W[order], clearance_m[order], area_m2[order], *own)

    def __len__(self) -> int:
        return len(self.ids)

    def network(self, radius_m: float) -> Any:
        """Return the lengths of the edges that are wide enough as a scipy CSR matrix [m], both ways."""
        from scipy.sparse import csr_array

        wide = self.edge_clearance_m >= radius_m - 1e-6
        (a, b), length = self.ends[wide].T, self.length_m[wide]
        both = np.concatenate([a, b]), np.concatenate([b, a])
        return csr_array((np.concatenate([length, length]), both), shape=(len(self), len(self)))

    @functools.cached_property
    def clearance_between(self) -> Mapping[tuple[int, int], float]:
        """The clearance of each edge [m], by its rows, the smaller first."""
        pairs = np.sort(self.ends, axis=1).tolist()
        return dict(zip(map(tuple, pairs), self.edge_clearance_m.tolist(), strict=True))

    def nearest(self, p_W: Float[np.ndarray, "_"], within_m: float, radius_m: float) -> int:
        """Return the row of the place nearest to a point (x, y, z or x, y), over the floor; -1 for none so near."""
        if not len(self):
            return -1
        away = np.hypot(*(self.p_W[:, :2] - np.asarray(p_W[:2], np.float64)).T)
        away[self.clearance_m < radius_m - 1e-6] = np.inf
        if len(p_W) == 3:  # on the highest floor that is not above it, but for half a metre
            below = self.p_W[:, 2] <= float(p_W[2]) + 0.5
            if below.any():
                away[self.p_W[:, 2] != self.p_W[below, 2].max()] = np.inf
        found = int(np.argmin(away))
        return found if away[found] <= within_m else -1


_BLANK = (
    np.zeros(0, np.int64),
    np.zeros((0, 3)),
    np.zeros(0, np.float32),
    np.zeros(0),
    np.zeros((0, 2), np.int64),
    np.zeros(0),
    np.zeros(0, np.float32),
)


def _part(tile: TilePlaces) -> tuple[np.ndarray, ...]:
    """Return the columns of one tile; the ends of edges as ids."""
    places, ends = tile.columns()
    ids = np.array(tile.ids, np.int64)
    cell = places["cell"].astype(np.int64)
    xy = np.stack([tile.x * TILE + cell % TILE, tile.y * TILE + cell // TILE], axis=1)
    p_W = np.column_stack([(xy + 0.5) * tile.cell_m, np.full(len(ids), tile.height_m)]).reshape(-1, 3)
    pairs = np.stack([ids[ends["row"].astype(np.int64)], np.array(tile.others, np.int64)], axis=1)
    return (
        ids,
        p_W,
        places["clearance_m"].astype(np.float32),
        places["cells"].astype(np.float64) * tile.cell_m**2,
        pairs.reshape(-1, 2),
        ends["length"].astype(np.float64) * tile.cell_m,
        ends["clearance_m"].astype(np.float32),
    )

"""The floor as bytes: what does not follow from the map; and back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from spatialmem.config import GraphConfig
from spatialmem.errors import InputError
from spatialmem.graph.history import DIGEST_BYTES, NUMBER, History
from spatialmem.graph.tiles import TILE, Tile, TileKey, empty_tile
from spatialmem.kernels.places import PIECES_MAX
from spatialmem.sealed import seal, unseal

__all__ = ["Kept", "kept_of"]

_MAGIC = b"smgraph_"
_FORMAT = 1
FAR_MM = 10**12
Count = Annotated[int, Meta(ge=0)]
Metres = Annotated[float, Meta(ge=-1e6, le=1e6)]
TileNumber = Annotated[int, Meta(ge=-(1 << 20), le=1 << 20)]


class _Tile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of a tile."""

    level: Count
    y: TileNumber
    x: TileNumber
    driven: bytes
    """A bit for each cell; nothing where the robot was not there."""
    seen_ns: bytes
    """Nothing where no camera looked."""
    numbers: tuple[tuple[Annotated[int, Meta(ge=0, lt=64 * PIECES_MAX)], Annotated[int, Meta(ge=1)]], ...]


class _History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was written down, see `history.History`."""

    newest_ns: Count
    written_ns: Count
    place_rows: Count
    rest_rows: Count
    digests: tuple[tuple[Count, int, int, bytes], ...]
    waiting: tuple[tuple[Count, int, int], ...]
    rests: bytes
    spots: bytes
    spotted_ns: Count
    places_since_ns: Count
    rests_since_ns: Count


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the floor that does not follow from the map."""

    format: int
    config: GraphConfig
    levels: tuple[Metres, ...]
    next_id: Annotated[int, Meta(ge=1)]
    leaves_looked: Count
    guessed: bool
    stood: tuple[Metres, Metres, Metres] | None
    tiles: tuple[_Tile, ...]
    history: _History


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The floor at one moment. Nothing in it changes any more."""

    config: GraphConfig
    levels: tuple[float, ...]
    next_id: int
    leaves_looked: int
    guessed: bool
    stood: tuple[float, float, float] | None
    tiles: Mapping[TileKey, Tile]
    history: History

    def dump(self) -> bytes:
        """Return it as sealed bytes; the same floor is the same bytes."""
        state = _State(
            format=_FORMAT,
            config=self.config,
            levels=self.levels,
            next_id=self.next_id,
            leaves_looked=self.leaves_looked,
            guessed=self.guessed,
            stood=self.stood,
            tiles=tuple(one for key in sorted(self.tiles) if (one := _written(key, self.tiles[key])) is not None),
            history=_plain(self.history),
        )
        return seal(_MAGIC, msgspec.msgpack.encode(state))


def kept_of(data: bytes) -> Kept:
    """Read what `Kept.dump` wrote; what follows from the map is not in its tiles. Raises InputError otherwise."""
    content = unseal(_MAGIC, data, "a graph's state", "Graph.dump()")
    try:
        state = msgspec.msgpack.decode(content, type=_State)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"this graph was not written by this version of spatialmem: {error}.") from error
    if state.format != _FORMAT:
        raise InputError(f"this graph has format {state.format}, {_FORMAT} is what this version reads.")
    tiles = {TileKey(one.level, one.y, one.x): _read(one, len(state.levels)) for one in state.tiles}
    ids = [number for tile in tiles.values() for number in tile.numbers.values()]
    once = len(tiles) == len(state.tiles) and len(set(ids)) == len(ids)
    if not once or list(tiles) != sorted(tiles) or max(ids, default=0) >= state.next_id:
        raise InputError("the places of this graph have no numbers of their own: it is damaged.")
    history = _history(state.history, len(state.levels))
    looked = state.leaves_looked, state.guessed
    return Kept(state.config, state.levels, state.next_id, *looked, state.stood, tiles, history)


def _written(key: TileKey, tile: Tile) -> _Tile | None:
    """Return what is kept of a tile; None where that is nothing."""
    driven = np.packbits(tile.driven).tobytes() if tile.driven.any() else b""
    seen_ns = tile.seen_ns.astype("<i8").tobytes() if tile.seen_ns.any() else b""
    if not (driven or seen_ns or tile.numbers):
        return None
    return _Tile(*key, driven, seen_ns, tuple(sorted(tile.numbers.items())))


def _read(one: _Tile, level_count: int) -> Tile:
    cells, blank = TILE * TILE, empty_tile()
    if len(one.driven) not in (0, cells // 8) or len(one.seen_ns) not in (0, blank.seen_ns.nbytes):
        raise InputError(f"tile {one.y}, {one.x} of this graph has another size than was written: it is damaged.")
    if one.level >= level_count:
        raise InputError(f"tile {one.y}, {one.x} of this graph is of floor {one.level}, which is not known.")
    tile = replace(blank, numbers=dict(one.numbers))
    if one.driven:
        driven = np.unpackbits(np.frombuffer(one.driven, np.uint8)).reshape(TILE, TILE).astype(bool)
        tile = replace(tile, driven=driven)
    if one.seen_ns:
        tile = replace(tile, seen_ns=np.frombuffer(one.seen_ns, "<i8").astype(np.int64).reshape(blank.seen_ns.shape))
    return tile


def _plain(history: History) -> _History:
    """Return what was written down as it is dumped."""
    return _History(
        newest_ns=history.newest_ns,
        written_ns=history.written_ns,
        place_rows=history.place_rows,
        rest_rows=history.rest_rows,
        digests=tuple((key.level, key.y, key.x, history.digests[key]) for key in sorted(history.digests)),
        waiting=tuple((key.level, key.y, key.x) for key in sorted(history.waiting)),
        rests=history.rests.astype("<i8").tobytes(),
        spots=history.spots.astype("<i8").tobytes(),
        spotted_ns=history.spotted_ns,
        places_since_ns=history.places_since_ns,
        rests_since_ns=history.rests_since_ns,
    )


def _history(plain: _History, level_count: int) -> History:
    """Return what was written down. Raises InputError for what nobody wrote."""
    if len(plain.rests) % (7 * 8) or len(plain.spots) % (4 * 8):
        raise InputError("how things rest by this graph has another size than was written: it is damaged.")
    spots = np.frombuffer(plain.spots, "<i8").astype(np.int64).reshape(-1, 4)
    rests = np.frombuffer(plain.rests, "<i8").astype(np.int64).reshape(-1, 7)
    digests = {TileKey(*key): digest for *key, digest in plain.digests}
    waiting = [TileKey(*key) for key in plain.waiting]
    numbers, largest = rests[:, NUMBER], np.iinfo(np.int64).max
    sound = [
        _rise(list(digests)) and len(digests) == len(plain.digests),
        all(len(digest) == DIGEST_BYTES for digest in digests.values()),
        _rise(waiting),
        _rise(rests[:, 0].tolist()),
        _rise([0, *spots[:, 0].tolist()]) and bool((np.abs(spots[:, 1:]) <= FAR_MM).all()),
        bool((rests >= [1, 1, 1, 0, 1, 0, 0]).all()),
        bool((rests[:, :5] <= [largest, 2, largest, 1, plain.rest_rows]).all()),
        len(set(numbers.tolist())) == len(rests),
    ]
    if not all(sound) or any(key.level >= level_count for key in (*digests, *waiting)):
        raise InputError("what this graph says was written of it cannot be: it is damaged.")
    counts = plain.newest_ns, plain.written_ns, plain.place_rows, plain.rest_rows
    since = plain.places_since_ns, plain.rests_since_ns
    return History(*counts, digests, frozenset(waiting), rests, spots, plain.spotted_ns, *since)


def _rise(keys: Sequence[Any]) -> bool:
    return all(a < b for a, b in itertools.pairwise(keys))

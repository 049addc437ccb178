"""What a memory's file has of the past of its floor, and of how things rested: rows of `node` and of `edge`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from spatialmem.errors import InputError, MemoryCorrupt
from spatialmem.graph import GraphView, PastFloor, PlacesNote, RestNote, SpotNote, TilePlaces
from spatialmem.store import Store
from spatialmem.store.rows import Value
from spatialmem.store.schema import TABLES
from spatialmem.types import Unknown

__all__ = [
    "floor_of",
    "mended_places",
    "mended_rests",
    "rests_of",
    "row_of_places",
    "row_of_rest",
    "row_of_spot",
    "spots_of",
]

PLACES, FLOOR, OBJECT = "places", "floor", "object"
"""Kinds of nodes: the places of one tile; those of all tiles, in place of rows that are lost; where a thing is."""
KINDS = ("on", "in")
"""How a thing rests: 1, 2."""
LOST = "of then are lost to damage, or not durable yet, in the memory's file"
EARLIER = "of then were not written down: nothing had been told yet, or the file was of an older format"
SPREAD = 1 << 23
"""A tile's row and column are less than this from 0."""


class _Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a row of `edge` holds besides its columns."""

    hidden: bool


class _Gap(NamedTuple):
    """Rows that are lost."""

    from_ns: int
    from_seq: int
    """Of the last whole row before it."""
    to_ns: float
    """From then on they say nothing any more."""


# into the file


def row_of_places(note: PlacesNote) -> tuple[Value, ...]:
    """Return the places of a tile as a row of `node`. It holds until the next row of that tile: it is never rewritten.

    node: the tile, as one number.
    """
    return note.number, _node_of(note.tile), PLACES, note.stamp_ns, None, note.seq, None, note.payload


def row_of_spot(note: SpotNote) -> tuple[Value, ...]:
    """Return where a thing was as a row of `node`. It holds until the next row of it, or until it is moved.

    node: its id.
    """
    return (
        note.number, note.object_id, OBJECT, note.stamp_ns, None, note.seq, None, msgspec.msgpack.encode(note.p_W_mm),
    )  # fmt: skip


def row_of_rest(note: RestNote) -> tuple[Value, ...]:
    """Return how a thing rested as a row of `edge`. Its end holds from known_to_seq on; until then it has none."""
    times = note.from_ns, note.to_ns if note.to_seq else None, note.from_seq, note.to_seq
    ends = KINDS[note.how - 1], note.object_id, note.support_id
    return note.number, *ends, *times, msgspec.msgpack.encode(_Rest(note.hidden))


def mended_places(view: GraphView, first: int, seq: int) -> list[tuple[Value, ...]]:
    """Return rows of `node` in place of those from number `first` on that a file has lost.

    What they held is gone; the last one holds all places as they are after input `seq`.
    """
    history = view.kept.history
    rows: list[tuple[Value, ...]] = [(number, *(None,) * 7) for number in range(first, history.place_rows)]
    if first <= history.place_rows:
        payload = msgspec.msgpack.encode(view.tile_places())
        rows.append((history.place_rows, 0, FLOOR, history.newest_ns, None, seq, None, payload))
    return rows


def mended_rests(view: GraphView, first: int) -> list[tuple[Value, ...]]:
    """Return rows of `edge` in place of those from number `first` on that a file has lost: what holds still is known.

    Of the others only that they have ended by now.
    """
    history = view.kept.history
    resting = {note.number: note for note in history.resting}
    return [
        row_of_rest(resting[number]) if number in resting else (number, *(None,) * 4, history.newest_ns, *(None,) * 3)
        for number in range(first, history.rest_rows + 1)
    ]


# out of the file


def floor_of(
    path: str | Path, stamp_ns: int, known_seq: int, *, last_number: int, since_ns: int
) -> PastFloor | Unknown:
    """Return the places and edges of a stamp, as they were known by an input; Unknown where rows of them are lost.

    They were written once a second at most: what changed within it is told of its end. last_number: the row that is
    the last. since_ns: before that none were kept. Raises as `Store.open`.
    """
    with Store.open(path, read_only=True) as store:
        rows, gaps = _read(store, "node", last_number)
        if stamp_ns < since_ns:
            return Unknown(f"places {EARLIER}")
        if any(gap.from_seq <= known_seq and gap.from_ns <= stamp_ns < gap.to_ns for gap in gaps):
            return Unknown(f"places {LOST}")
        newest: dict[int, TilePlaces | tuple[Any, ...]] = {}
        for row in rows:
            if row[3] > stamp_ns or row[5] > known_seq or row[2] == OBJECT:
                continue
            if row[2] == FLOOR:
                newest = {_node_of(tile): tile for tile in _tiles_of(store.path, row)}
            else:
                newest[row[1]] = row
        tiles = [one if isinstance(one, TilePlaces) else _tile_of(store.path, one) for one in newest.values()]
        try:
            return PastFloor.of(tiles)
        except InputError as error:
            raise MemoryCorrupt(store.path, "table node", str(error)) from error


def spots_of(path: str | Path, stamp_ns: int, known_seq: int, *, last_number: int) -> dict[int, SpotNote]:
    """Return where things were at a stamp, as it was known by an input, by id.

    What is lost or was not kept is left out. As for `floor_of`. Raises as `Store.open`.
    """
    found = {}
    with Store.open(path, read_only=True) as store:
        rows, gaps = _read(store, "node", last_number)
        lost = any(gap.from_seq <= known_seq and gap.from_ns <= stamp_ns < gap.to_ns for gap in gaps)
        for row in () if lost else rows:
            if row[2] == OBJECT and row[3] <= stamp_ns and row[5] <= known_seq:
                found[row[1]] = row
        return {own: _spot_of(store.path, row) for own, row in found.items()}


def rests_of(
    path: str | Path, stamp_ns: int, known_seq: int, *, last_number: int, since_ns: int
) -> tuple[RestNote, ...] | Unknown:
    """Return how things rested at a stamp, as it was known by an input; Unknown where rows of that are lost.

    As for `floor_of`. An end that was known only later is left out.
    """
    with Store.open(path, read_only=True) as store:
        rows, gaps = _read(store, "edge", last_number)
        if stamp_ns < since_ns:
            return Unknown(f"relations {EARLIER}")
        if any(gap.from_seq <= known_seq and stamp_ns < gap.to_ns for gap in gaps):  # a row may tell of long before it
            return Unknown(f"relations {LOST}")
        found = [_rest_of(store.path, row) for row in rows]
    seen = (_as_known(one, known_seq) for one in found if one.from_seq <= known_seq)
    return tuple(one for one in seen if one.from_ns <= stamp_ns and not (one.to_seq and one.to_ns <= stamp_ns))


def _read(store: Store, table: str, last_number: int) -> tuple[list[tuple[Any, ...]], list[_Gap]]:
    """Return the rows up to a number, and where others are lost. Raises MemoryCorrupt for rows that nobody wrote."""
    columns = TABLES[table].columns
    from_ns, to_ns, from_seq = (columns.index(name) for name in ("valid_from_ns", "valid_to_ns", "known_from_seq"))
    rows: list[tuple[Any, ...]] = []
    gaps: list[_Gap] = []
    newest_ns, newest_seq, number = -1, -1, 0
    for row in store.rows(table):
        if row[0] > last_number:
            break
        number = row[0]
        if row[-1] is None:
            gaps.append(_Gap(newest_ns, newest_seq, math.inf if row[to_ns] is None else row[to_ns]))
            continue
        if None in row[:to_ns] or row[from_seq] is None:
            raise MemoryCorrupt(store.path, f"row {number} of {table}", "it does not say of what, or of when, it is")
        newest_ns, newest_seq = max(newest_ns, row[from_ns]), max(newest_seq, row[from_seq])
        if row[2] == FLOOR:
            gaps = [gap._replace(to_ns=min(gap.to_ns, row[from_ns])) for gap in gaps]
        rows.append(row)
    if number < last_number:
        gaps.append(_Gap(newest_ns, newest_seq, math.inf))
    return rows, gaps


def _node_of(tile: TilePlaces) -> int:
    """Return a tile as one number."""
    return ((tile.level * 2 * SPREAD) + tile.y + SPREAD) * 2 * SPREAD + tile.x + SPREAD


def _tile_of(path: Path, row: tuple[Any, ...]) -> TilePlaces:
    try:
        tile = msgspec.msgpack.decode(row[7], type=TilePlaces)
        tile.columns()
    except (msgspec.MsgspecError, InputError) as error:
        raise MemoryCorrupt(path, f"row {row[0]} of node", str(error)) from error
    if row[2] != PLACES or _node_of(tile) != row[1]:
        raise MemoryCorrupt(path, f"row {row[0]} of node", "it holds the places of another tile")
    return tile


def _tiles_of(path: Path, row: tuple[Any, ...]) -> tuple[TilePlaces, ...]:
    """Return the tiles of a row of all places."""
    try:
        tiles = msgspec.msgpack.decode(row[7], type=tuple[TilePlaces, ...])
        for tile in tiles:
            tile.columns()
    except (msgspec.MsgspecError, InputError) as error:
        raise MemoryCorrupt(path, f"row {row[0]} of node", str(error)) from error
    return tiles


def _spot_of(path: Path, row: tuple[Any, ...]) -> SpotNote:
    try:
        p_W_mm = msgspec.msgpack.decode(row[7], type=tuple[int, int, int])
    except msgspec.MsgspecError as error:
        raise MemoryCorrupt(path, f"row {row[0]} of node", str(error)) from error
    return SpotNote(row[0], row[1], row[3], row[5], p_W_mm)


def _rest_of(path: Path, row: tuple[Any, ...]) -> RestNote:
    number, kind, object_id, support_id, from_ns, to_ns, from_seq, to_seq, payload = row
    try:
        hidden = msgspec.msgpack.decode(payload, type=_Rest).hidden
        how = KINDS.index(kind) + 1
    except (msgspec.MsgspecError, ValueError) as error:
        raise MemoryCorrupt(path, f"row {number} of edge", str(error)) from error
    return RestNote(number, object_id, how, support_id, hidden, from_ns, from_seq, to_ns or 0, to_seq or 0)


def _as_known(one: RestNote, known_seq: int) -> RestNote:
    """Return it as it was known by an input: without an end that came out later."""
    return one if one.to_seq <= known_seq else one._replace(to_ns=0, to_seq=0)

"""What of the floor, and of how things rest, is written down as rows, and when.

Places are written tile by tile, with the next input once a second has passed: as they were after the input before it.
So a row says what was true and known then, also where nobody looked for a day afterwards. Where a thing is, is written
once a second at most, too, when it is another place than was written, or known to be. A relation is written when
it is known, and again, under the same number, when its end is. What was written is kept by digest and number only, so
the rows that a crash has lost are made again, to the same bytes, by the inputs that made them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec
import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.graph.past_floor import TilePlaces, places_of
from spatialmem.graph.tiles import TileKey, Tiles

__all__ = ["DIGEST_BYTES", "NO_RESTS", "NUMBER", "History", "PlacesNote", "RestNote", "SpotNote"]

WRITE_EVERY_NS = 1_000_000_000
"""Nearly every frame changes the tiles about it while a room is seen for the first time; whoever asks for the past
asks for seconds, not for frames."""
SPOT_MM = 50
"""Where a thing is, is known to some centimetres: it is written again when it is farther from what was written."""
DIGEST_BYTES = 8
HOW, SUPPORT, _, NUMBER, FROM_NS, _ = range(1, 7)
"""Columns of how things rest: thing, how (1 on, 2 in), on or in what, whether hidden; the row in the file, since when,
and by which input it was known."""
NO_RESTS = np.zeros((0, 7), np.int64)


class PlacesNote(NamedTuple):
    """A row of places: as they were at a stamp, after an input."""

    number: int
    stamp_ns: int
    seq: int
    tile: TilePlaces
    payload: bytes
    """The tile as msgpack."""


class SpotNote(NamedTuple):
    """A row of where a thing was, at a stamp, after an input."""

    number: int
    object_id: int
    stamp_ns: int
    seq: int
    p_W_mm: tuple[int, int, int]


class RestNote(NamedTuple):
    """A row of how a thing rests."""

    number: int
    object_id: int
    how: int
    """1 on, 2 in."""
    support_id: int
    hidden: bool
    """It cannot be looked for: it is in something closed, or goes with what is held."""
    from_ns: int
    from_seq: int
    to_ns: int = 0
    """Equal to from_ns: it was never so."""
    to_seq: int = 0
    """The input that showed that it ended; 0 while it holds."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What was written by one moment, and what waits to be. Nothing in it changes any more."""

    newest_ns: int = 0
    """The largest stamp of an input."""
    written_ns: int = 0
    """That when places were written last."""
    place_rows: int = 0
    """How many rows there are of places, and of where things were."""
    rest_rows: int = 0
    digests: Mapping[TileKey, bytes] = field(default_factory=dict)
    """Of what was written of each tile last."""
    waiting: frozenset[TileKey] = frozenset()
    """Tiles that may be others than was written."""
    rests: Int64[np.ndarray, "n 7"] = field(default_factory=lambda: NO_RESTS)
    """How things rest now, by id."""
    spots: Int64[np.ndarray, "k 4"] = field(default_factory=lambda: NO_RESTS[:, :4])
    """Where things were when that was written last, by id: thing, x, y, z [mm]."""
    spotted_ns: int = 0
    """When that was."""
    places_since_ns: int = 0
    rests_since_ns: int = 0
    """From then on rows were kept: what was before is of a file of an older format."""

    def changed(self, keys: Collection[TileKey]) -> History:
        """Return it with tiles that may be others now."""
        return self if self.waiting.issuperset(keys) else replace(self, waiting=self.waiting.union(keys))

    @property
    def resting(self) -> tuple[RestNote, ...]:
        """How things rest now, as it is written."""
        return tuple(_note(row) for row in self.rests)

    def told(
        self, tiles: Tiles, levels: tuple[float, ...], cell_m: float, stamp_ns: int, seq: int
    ) -> tuple[History, tuple[PlacesNote, ...]]:
        """Return it with input number `seq`, of a stamp, and what is to be written of what was before that input."""
        newer = stamp_ns > self.newest_ns or stamp_ns < self.newest_ns - WRITE_EVERY_NS  # else it comes a little late
        now = replace(self, newest_ns=stamp_ns) if newer else self
        if not self.waiting or abs(stamp_ns - self.written_ns) < WRITE_EVERY_NS:
            return now, ()
        digests, notes = dict(self.digests), []
        for key in sorted(self.waiting):
            tile = places_of(tiles, key, levels[key.level], cell_m)
            payload = msgspec.msgpack.encode(tile)
            digest = hashlib.blake2b(payload, digest_size=DIGEST_BYTES).digest()
            if digests.get(key) == digest or (key not in digests and not tile.ids):
                continue
            digests[key] = digest
            number = self.place_rows + len(notes) + 1
            notes.append(PlacesNote(number, self.newest_ns, seq - 1, tile, payload))
        written = {"digests": digests, "waiting": frozenset(), "place_rows": self.place_rows + len(notes)}
        return replace(now, written_ns=self.newest_ns, **written), tuple(notes)

    def spotted(
        self, ids: Int64[np.ndarray, "n"], center_W: Float64[np.ndarray, "n 3"], stamp_ns: int, seq: int
    ) -> tuple[History, tuple[SpotNote, ...]]:
        """Return it with where things are after input `seq`, of a stamp, and what is to be written of that."""
        if abs(stamp_ns - self.spotted_ns) < WRITE_EVERY_NS or not len(ids):
            return self, ()
        order = np.argsort(ids)
        now = np.column_stack([ids[order], np.rint(center_W[order] * 1000).astype(np.int64)])
        fresh = np.ones(len(now), bool)
        if len(self.spots):
            at = np.minimum(np.searchsorted(self.spots[:, 0], now[:, 0]), len(self.spots) - 1)
            apart = now[:, 1:] - self.spots[at, 1:]
            fresh = (self.spots[at, 0] != now[:, 0]) | ((apart * apart).sum(axis=1) > SPOT_MM**2)
            now[~fresh] = self.spots[at[~fresh]]
        notes = tuple(
            SpotNote(number, own, stamp_ns, seq, (x, y, z))
            for number, (own, x, y, z) in enumerate(now[fresh].tolist(), self.place_rows + 1)
        )
        now.setflags(write=False)
        return replace(self, spots=now, spotted_ns=stamp_ns, place_rows=self.place_rows + len(notes)), notes

    def rested(
        self, now: Int64[np.ndarray, "n 4"], moved: Collection[int], never: Collection[int], stamp_ns: int, seq: int
    ) -> tuple[History, tuple[RestNote, ...]]:
        """Return it with how things rest after input `seq`, of a stamp, and what is to be written of that.

        now: by id: thing, how, on or in what, whether hidden. moved: the things of which it is known that they were
        moved; of others it is known better by now how they rested all the time. never: those that were others.
        """
        before = self.rests
        if np.array_equal(before[:, :4], now):
            return self, ()
        rests, same = _continued(before, now)
        fresh = {int(now[i, 0]): i for i in np.flatnonzero(~same)}
        ended = {int(row[0]): row for row in before[~np.isin(before[:, NUMBER], rests[same, NUMBER])]}
        better = {own for own, i in fresh.items() if own in ended and _is_better(ended[own], now[i], own in moved)}
        for number, (own, i) in enumerate(fresh.items(), self.rest_rows + 1):
            rests[i, NUMBER:] = number, int(ended[own][FROM_NS]) if own in better else stamp_ns, seq
        notes = [_note(rests[i]) for i in fresh.values()]
        for own, row in ended.items():
            was_ns = int(row[FROM_NS])
            wrong = own in better or own in never
            notes.append(_note(row)._replace(to_ns=was_ns if wrong else max(stamp_ns, was_ns), to_seq=seq))
        notes.sort(key=lambda note: note.number)
        rests.setflags(write=False)
        return replace(self, rests=rests, rest_rows=self.rest_rows + len(fresh)), tuple(notes)


def _continued(
    before: Int64[np.ndarray, "n 7"], now: Int64[np.ndarray, "m 4"]
) -> tuple[Int64[np.ndarray, "m 7"], Bool[np.ndarray, "m"]]:
    """Return how things rest, with what is known of those that rest as before; and which do."""
    rests = np.zeros((len(now), 7), np.int64)
    rests[:, :4] = now
    same = np.zeros(len(now), bool)
    if len(before):
        at = np.minimum(np.searchsorted(before[:, 0], now[:, 0]), len(before) - 1)
        same = (before[at, :4] == now).all(axis=1)
        rests[same] = before[at[same]]
    return rests, same


def _is_better(was: Int64[np.ndarray, "7"], now: Int64[np.ndarray, "4"], moved: bool) -> bool:
    """Return whether a thing rested so all the time, and that is known better now: it was not moved, opened or shut."""
    return not moved and not (was[HOW] == now[HOW] and was[SUPPORT] == now[SUPPORT])


def _note(row: Int64[np.ndarray, "7"]) -> RestNote:
    object_id, how, support_id, hidden, number, from_ns, from_seq = row.tolist()
    return RestNote(number, object_id, how, support_id, bool(hidden), from_ns, from_seq)

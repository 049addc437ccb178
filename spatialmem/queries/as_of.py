"""What was so at a stamp, as it was known by an input."""

from __future__ import annotations

from collections.abc import Iterable

from spatialmem.belief import Entry
from spatialmem.graph import PastFloor, RestNote, SpotNote
from spatialmem.octree import Queryable
from spatialmem.queries.asked import Asked, checked_seq, checked_stamp
from spatialmem.queries.past_view import PastRows, PastView
from spatialmem.types import Unknown

__all__ = ["as_of"]

NO_FILE = "of the past are in a memory's file: ask the memory that was opened on one, not a view of it"


def as_of(
    asked: Asked,
    stamp_ns: object,
    known_by: object | None,
    older: Iterable[Entry] | None = None,
    rows: PastRows | None = None,
) -> PastView | Unknown:
    """Return what was so at a stamp; see `GraphQuestions.as_of`.

    older: all changes that are no longer kept here; None where they are not known. rows: the file's, if there is one.
    """
    stamp_ns = checked_stamp(stamp_ns, "stamp_ns")
    known_seq = asked.seq if known_by is None else min(checked_seq(known_by, "known_by"), asked.seq)
    if known_seq == 0:
        return Unknown("nothing was known yet: no input had come")
    if stamp_ns > asked.stamp_ns:
        return Unknown(
            f"stamp_ns is {(stamp_ns - asked.stamp_ns) * 1e-9:.1f} s after the newest that was told; where(at_ns=...) "
            f"says what is to be expected by then"
        )
    kept = asked.belief.kept
    if older is None and len(kept.entries) < kept.last_number:
        return Unknown(
            f"only the last {len(kept.entries)} changes are kept here; belief.changes_max says how many, and a memory "
            f"with a file reads the others from it"
        )
    return PastView(asked, (*(older or ()), *kept.entries), _with_now(asked, rows), stamp_ns, known_seq)


def _with_now(asked: Asked, rows: PastRows | None) -> PastRows:
    """Return where the past is read from, but for what is so now: that is known here."""

    def is_now(stamp_ns: int, known_seq: int) -> bool:
        return stamp_ns >= asked.stamp_ns and known_seq >= asked.seq

    def floor(stamp_ns: int, known_seq: int) -> PastFloor | Unknown:
        if is_now(stamp_ns, known_seq):
            return PastFloor.of(asked.graph.tile_places())
        return rows.floor(stamp_ns, known_seq) if rows else Unknown(f"places {NO_FILE}")

    def spots(stamp_ns: int, known_seq: int) -> dict[int, SpotNote]:
        if is_now(stamp_ns, known_seq) or rows is None:
            return {}  # it is known better now
        return rows.spots(stamp_ns, known_seq)

    def rests(stamp_ns: int, known_seq: int) -> tuple[RestNote, ...] | Unknown:
        if is_now(stamp_ns, known_seq):
            return asked.graph.kept.history.resting
        return rows.rests(stamp_ns, known_seq) if rows else Unknown(f"relations {NO_FILE}")

    def map_of(stamp_ns: int, known_seq: int) -> Queryable | Unknown:
        if is_now(stamp_ns, known_seq):
            return asked.space
        return rows.map(stamp_ns, known_seq) if rows else Unknown(f"maps {NO_FILE}")

    return PastRows(floor, spots, rests, map_of)

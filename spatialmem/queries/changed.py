"""What changed since a stamp: of every object the difference that its log makes, not every step of it.

Of what is missing, and is all but certainly one of the things that turned up elsewhere, it is told that it was moved,
with the probability that it was there; not that one thing is gone and another has come.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec
import numpy as np

from spatialmem.belief import FORGOTTEN, STATES, Entry, change_of, place_words
from spatialmem.errors import InputError
from spatialmem.queries.asked import Asked, checked_seq, checked_stamp
from spatialmem.types import Change, ObjectState, Unknown

__all__ = ["changed"]

STATE, PLACE = "state", "place"
"""What a change is of, besides `FORGOTTEN`."""


def changed(
    asked: Asked,
    since_ns: object | None,
    until_ns: object | None,
    since_seq: object | None = None,
    older: Iterable[Entry] | None = None,
) -> tuple[Change, ...] | Unknown:
    """Return the changes of the world that were noticed within a time; see `BeliefQuestions.changed`.

    older: all those that are no longer kept here; None where they are not known.
    """
    within = _Within.checked(since_ns, until_ns, since_seq)
    kept = asked.belief.kept
    if older is None and len(kept.entries) < kept.last_number and within.is_before(kept.entries[0]):
        first = kept.entries[0]
        return Unknown(
            f"only the last {len(kept.entries)} changes are kept here, from input {first.seq}, {first.stamp_ns} ns, "
            f"on; belief.changes_max says how many, and a memory with a file reads the others from it"
        )
    entries = (*(older or ()), *kept.entries[within.first(kept.entries) :])
    steps: dict[tuple[int, str], list[Entry]] = {}
    newest: dict[tuple[int, str], int] = {}
    for one in entries:
        key = _own_id(asked, one.object_id), _about(one)
        if not one.undone_seq:
            newest[key] = one.number
            if within.has(one):
                steps.setdefault(key, []).append(one)
    found = []
    for (object_id, about), ones in steps.items():
        last = _last_of(about, ones) if about != PLACE else _place_of(_of_one(object_id, ones), kept.config.moved_m)
        if last is not None:
            last = msgspec.structs.replace(last, object_id=object_id)
            last = _now(asked, last) if about == PLACE and last.number == newest[object_id, about] else last
            if not _is_none(last, kept.config.moved_m):
                found.append(last)
    told = [change_of(one) for one in sorted(found, key=lambda one: one.number)]
    return tuple(_with_guesses(asked, told))


class _Within(NamedTuple):
    """Which changes are asked for: by the stamps of what showed them, and by the numbers of the inputs."""

    since_ns: int | None
    until_ns: int | None
    since_seq: int | None

    @classmethod
    def checked(cls, since_ns: object | None, until_ns: object | None, since_seq: object | None) -> _Within:
        """Make one of what was asked. Raises InputError where it has no beginning, or is no time."""
        if since_ns is None and since_seq is None:
            raise InputError(
                "since_ns and since_seq are both None; give one at least: since_seq=view.seq of the last time you "
                "asked, or since_ns=0 for all that is known."
            )
        return cls(
            None if since_ns is None else checked_stamp(since_ns, "since_ns"),
            None if until_ns is None else checked_stamp(until_ns, "until_ns"),
            None if since_seq is None else checked_seq(since_seq, "since_seq"),
        )

    def has(self, one: Entry) -> bool:
        """Return whether a change is asked for."""
        return (
            (self.since_ns is None or self.since_ns <= one.stamp_ns)
            and (self.until_ns is None or one.stamp_ns <= self.until_ns)
            and (self.since_seq is None or self.since_seq < one.seq)
        )

    def first(self, entries: Sequence[Entry]) -> int:
        """Return how many changes come before the first that may be asked for: their inputs' numbers never fall."""
        return 0 if self.since_seq is None else bisect.bisect_right(entries, self.since_seq, key=lambda one: one.seq)

    def is_before(self, first: Entry) -> bool:
        """Return whether changes older than this one are asked for."""
        return (self.since_ns is None or self.since_ns < first.stamp_ns) and (
            self.since_seq is None or self.since_seq < first.seq
        )


def _own_id(asked: Asked, object_id: int) -> int:
    """Return the id of the object that goes by an id now; that id where it is not remembered."""
    record = asked.objects.object(object_id)
    return object_id if isinstance(record, Unknown) else record.id


def _of_one(object_id: int, steps: Sequence[Entry]) -> list[Entry]:
    """Return the steps of an object's place, that was two for a while: what its own say from where to where it went.

    Where it was moved under another id counts only after the last of them.
    """
    own = max((one.number for one in steps if one.object_id == object_id), default=0)
    return [one for one in steps if one.object_id == object_id or one.number > own]


def _about(one: Entry) -> str:
    """Return what a change is of: whether a thing is open, that it was forgotten, or where it is."""
    return STATE if one.kind in STATES else FORGOTTEN if one.kind == FORGOTTEN else PLACE


def _last_of(about: str, steps: Sequence[Entry]) -> Entry | None:
    """Return that something was opened, closed or forgotten; None where it is again as it was."""
    return steps[-1] if about == FORGOTTEN or steps[0].kind == steps[-1].kind else None


def _place_of(steps: Sequence[Entry], moved_m: float) -> Entry | None:
    """Return what all steps of an object come to: from where it was first to where it is last; None for nothing.

    What came and went again is nothing, nor what was missed and found, or moved and brought back.
    """
    first, last = steps[0], steps[-1]
    if first.kind == "first_seen" and len(steps) == 1:
        return None
    since_ns = (steps[1] if first.kind == "first_seen" else first).since_ns
    if first.kind == "appeared":
        if last.kind == "missing":
            return None
        kind, start = "appeared" if last.kind in ("missing", "found", "moved") else last.kind, None
    else:
        kind, start = last.kind, first.to_W if first.kind == "first_seen" else first.from_W
        if kind in ("found", "moved") and len(steps) > 1 and start is not None:
            kind = "moved"
    whole = msgspec.structs.replace(last, kind=kind, from_W=start, since_ns=since_ns)
    return None if _is_none(whole, moved_m) else whole


def _is_none(change: Entry, moved_m: float) -> bool:
    """Return whether something that was moved is where it was, as it is known by now."""
    if change.kind != "moved" or change.from_W is None or change.to_W is None:
        return False
    return bool(np.linalg.norm(np.subtract(change.to_W, change.from_W)) <= moved_m)


def _now(asked: Asked, change: Entry) -> Entry:
    """Return the newest change of an object with the place as it is known by now.

    At first a thing may be seen in part, or on its way.
    """
    record, row = asked.objects.object(change.object_id), asked.row(change.object_id)
    if isinstance(record, Unknown) or record.missing or row < 0 or change.to_W is None:
        return change
    p_W = tuple(float(x) for x in record.center_W)
    return msgspec.structs.replace(change, to_W=p_W, place=place_words(asked.belief.table, row, asked.objects))


def _with_guesses(asked: Asked, changes: list[Change]) -> list[Change]:
    """Return changes, with what is one of the things that turned up told as moved there."""
    weights = asked.belief.link_weights(asked.objects, asked.stamp_ns)
    gone = {one.object_id for one in changes if one.kind == "missing"}
    of_old: dict[int, float] = {}
    of_new: dict[int, float] = {}
    for (old, new), weight in weights.items():
        of_old[old] = of_old.get(old, 0.0) + weight
        of_new[new] = of_new.get(new, 0.0) + (weight if old in gone else 0.0)  # who is told so hears that it was moved
    least = asked.belief.kept.config.same_p
    moved = {old for old, total in of_old.items() if total >= least}
    came = {new for new, total in of_new.items() if total >= least}
    places, taken = {}, set()
    for (old, new), weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        if old in moved and old not in places and new not in taken:
            places[old] = weight, asked.objects.object(new)
            taken.add(new)
    told = []
    for one in changes:
        weight, there = places.get(one.object_id, (0.0, None))
        if one.kind == "missing" and isinstance(there, ObjectState):
            told.append(replace(one, kind="moved", to_W=there.center_W, p=weight))
        elif one.kind != "appeared" or one.object_id not in came:
            told.append(one)
    return told

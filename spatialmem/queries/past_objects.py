"""Where objects were at a stamp, as it was known by an input: from what became known of them, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from spatialmem.belief import ARRIVALS, FORGOTTEN, STATES, Entry, How
from spatialmem.graph import RestNote, SpotNote
from spatialmem.queries.asked import Asked
from spatialmem.types import ObjectState, PastObject, Presence

__all__ = ["past_objects"]

HELD, MISSING = "picked_up", "missing"


class _Steps(NamedTuple):
    """What became known of one object's place: the last that was so at the stamp, and the next one."""

    last: Entry
    next: Entry | None


def past_objects(
    asked: Asked,
    entries: Iterable[Entry],
    spots: Mapping[int, SpotNote],
    rests: Sequence[RestNote],
    stamp_ns: int,
    known_seq: int,
) -> dict[int, PastObject]:
    """Return the objects of a stamp as they were known by an input, by id; also the missing ones.

    entries: all changes, by number. spots, rests: where things were, and how they rested, as far as it is written down.
    """
    known = [one for one in entries if one.seq <= known_seq]
    never = {one.object_id for one in known if one.kind in ARRIVALS and 0 < one.undone_seq <= known_seq}
    held_true = [one for one in known if not 0 < one.undone_seq <= known_seq and one.object_id not in never]
    words = {one.object_id: one.kind for one in held_true if one.kind in STATES and one.stamp_ns <= stamp_ns}
    steps: dict[int, list[Entry]] = {}
    for one in held_true:
        if one.kind not in STATES:
            steps.setdefault(one.object_id, []).append(one)
    found = {object_id: told for object_id, ones in steps.items() if (told := _at(ones, stamp_ns)) is not None}
    is_now = known_seq >= asked.seq
    records = {one.id: one for one in asked.objects.objects(missing=True)} if is_now else {}
    logged = {one.object_id for one in known}
    objects = {own: _object(told, records.get(own)) for own, told in found.items()}
    for own, record in records.items():  # remembered from before there was a log
        if own not in logged and record.first_ns <= stamp_ns:
            objects[own] = _adopted(record, known_seq)
    placed = _Placed(objects, found, records, spots, {one.object_id: one for one in rests}, _closed(words, records))
    return {own: placed.of(own) for own in sorted(objects)}


def _at(steps: Sequence[Entry], stamp_ns: int) -> _Steps | None:
    """Return where an object was by its steps; None where it was not known, or is forgotten."""
    before = [one for one in steps if one.stamp_ns <= stamp_ns]
    if not before or before[-1].kind == FORGOTTEN:
        return None
    later = (one for one in steps if one.stamp_ns > stamp_ns)
    return _Steps(before[-1], next(later, None))


def _object(told: _Steps, record: ObjectState | None) -> PastObject:
    """Return an object by its steps. record: of what is remembered now, if that is what is asked for."""
    last, then = told
    p_W = last.from_W if last.to_W is None else last.to_W
    presence = {HELD: Presence.HELD, MISSING: Presence.MISSING}.get(last.kind, Presence.THERE)
    next_ns, sure_ns = (None, None) if then is None or then.kind == FORGOTTEN else (then.stamp_ns, then.since_ns)
    return PastObject(
        id=last.object_id,
        label=last.label if record is None else record.label,
        p_W=_point(p_W if p_W is not None else (np.nan,) * 3),
        presence=presence,
        place=last.place,
        since_ns=last.stamp_ns,
        seq=last.seq,
        next_ns=next_ns,
        sure_until_ns=sure_ns,
    )


def _adopted(record: ObjectState, seq: int) -> PastObject:
    """Return an object that nothing became known of since there is a log."""
    presence = Presence.MISSING if record.missing else Presence.HELD if "held" in record.attributes else Presence.THERE
    known = {"since_ns": record.first_ns, "seq": seq, "next_ns": None, "sure_until_ns": None}
    return PastObject(
        id=record.id, label=record.label, p_W=_point(record.center_W), presence=presence, place="", **known
    )


def _closed(words: Mapping[int, str], records: Mapping[int, ObjectState]) -> set[int]:
    """Return what was closed. That it was so from the first, only the object itself says."""
    told = {own for own, word in words.items() if word == "closed"}
    return told | {own for own, one in records.items() if own not in words and one.attributes.get("state") == "closed"}


class _Placed:
    """Objects, with what they rested on: what it goes with, and in which words that is told."""

    def __init__(
        self,
        objects: Mapping[int, PastObject],
        steps: Mapping[int, _Steps],
        records: Mapping[int, ObjectState],
        spots: Mapping[int, SpotNote],
        rests: Mapping[int, RestNote],
        closed: set[int],
    ):
        """records: the objects as they are now, if that is what is asked for."""
        self._objects, self._steps, self._records = objects, steps, records
        self._spots, self._rests, self._closed = spots, rests, closed

    def of(self, object_id: int) -> PastObject:
        """Return an object as it was, with what carried it."""
        one, rest = self._objects[object_id], self._rests.get(object_id)
        if one.presence is not Presence.MISSING:
            one = replace(one, p_W=self._p_W(object_id))
        if rest is None or one.presence is not Presence.THERE or rest.support_id not in self._objects:
            if one.presence is Presence.HELD:
                return replace(one, place="held")
            inside = one.presence is Presence.THERE and one.place.endswith("(closed)")
            return replace(one, presence=Presence.INSIDE) if inside else one
        under = self._objects[rest.support_id]
        shut = " (closed)" if rest.support_id in self._closed else ""
        place = f"{'on' if rest.how == How.ON else 'in'} {under.name}{shut}"
        return replace(one, place=place, presence=self._presence(object_id))

    def _carriers(self, object_id: int) -> list[int]:
        """Return what an object was on or in, what that was on or in, and so on; the nearest first."""
        found = [object_id]
        while (rest := self._rests.get(found[-1])) is not None:
            if rest.support_id in found or rest.support_id not in self._objects:
                break
            found.append(rest.support_id)
        return found[1:]

    def _presence(self, object_id: int) -> Presence:
        """Return what was believed of what rested in something closed, or went with what was held."""
        if not self._rests[object_id].hidden:
            return Presence.THERE
        along = {self._objects[one].presence for one in self._carriers(object_id)}
        kinds = (Presence.MISSING, Presence.HELD)
        return next((kind for kind in kinds if kind in along), Presence.INSIDE)

    def _p_W(self, object_id: int) -> Float64[np.ndarray, "3"]:
        """Return where an object was.

        When it was taken away it was known better than when it was seen there first, unless it had gone along with
        what carries it. Else it is as it was written down since; or it went along with what was put down elsewhere.
        """
        one, told, spot = self._objects[object_id], self._steps.get(object_id), self._spots.get(object_id)
        if told is None:
            return one.p_W
        carriers = [self._steps[other] for other in self._carriers(object_id) if other in self._steps]
        better_W = self._better_W(told, self._records.get(object_id))
        if better_W is not None and one.presence is Presence.THERE and all(other.next is None for other in carriers):
            return _point(better_W)
        if spot is not None and spot.seq >= told.last.seq and spot.stamp_ns >= told.last.stamp_ns:
            return _point(np.array(spot.p_W_mm) / 1000)
        known_seq = max(told.last.seq, self._rests[object_id].from_seq) if carriers else 0
        for last in (other.last for other in carriers if other.last.seq > known_seq):
            if last.to_W is not None and last.from_W is not None:
                return _point(one.p_W + np.subtract(last.to_W, last.from_W))
        return one.p_W

    def _better_W(self, told: _Steps, record: ObjectState | None) -> Sequence[float] | np.ndarray | None:
        """Return where an object was as it was known later; None where it is no better."""
        if told.next is not None:
            return told.next.from_W
        return None if record is None or record.missing else record.center_W


def _point(p_W: Sequence[float] | np.ndarray) -> Float64[np.ndarray, "3"]:
    point = np.array(p_W, np.float64)
    point.setflags(write=False)
    return point

"""What a goal's words mean now: which things, and where a thing was before. Nothing is guessed.

A label means any of its things; one that nobody ever saw means a thing that is to be looked for. Everything else means
one thing, or it is Unknown, with what may be meant: words are for `View.ground` to settle.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from planners.tasks.goals import Again, Spot, Thing
from planners.tasks.meant import Meant
from spatialmem import Change, ObjectState, PastObject, PastView, QueryError, Unknown, UnknownLabel, View

__all__ = ["Choice", "Home", "home_of", "spot_meant", "thing_meant"]

NAMED_MAX = 64
"""Of so many things of a label one is chosen."""
WORD = re.compile(r"(?:(?:the|a|an|some|any|my|your)\s+)?([^\W\d]\w*(?:-[^\W\d]\w*)*)", re.IGNORECASE)
"""A word alone, with an article or without: what nobody ever saw may be called so."""
DETERMINED = re.compile(r"(the|a|an|my|your|his|her|its|this|that|these|those|some|any|all|both|every|each)\s", re.I)
NOTHING = "names nothing"
"""So `View.ground` says of a word that no label is like, and of words such as "can" and "watch", which name a thing
only where one is known."""
REFERRING = frozenset(("it", "them", "they", "one", "ones", "other", "others", "this", "that", "these", "those"))
"""These words mean what was spoken of: they are no labels."""
UNDER_M = 0.12
"""The top of what carries a thing is so near to the thing's bottom."""
LIFT_NS, LIFT_M = 10 * 10**9, 1.0
"""What was seen to move so shortly before the robot said that it took it, and no farther, was moved by its hand."""
PLACE = re.compile(r"(on|in) .+-(\d+)(?: \(closed\))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a goal's words mean: any one of some things, the best first."""

    ids: tuple[int, ...]
    """Empty where none is known: it is to be looked for."""
    label: str | None
    """What to look for besides: any other of this label is as good. None where one thing is meant, and no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a thing was before it was taken or moved."""

    relation: Literal["on", "in"]
    carrier_id: int
    p_W: tuple[float, float, float]
    """Where the middle of the thing was [m]."""


def thing_meant(view: View, what: Thing, meant: Meant) -> Choice | Unknown:
    """Return what is meant by a label, a name, an id, words, or `Again`; Unknown where that is not settled."""
    if isinstance(what, Again):
        meaning = meant.again(what)
        if isinstance(meaning, Unknown):
            return meaning
        return thing_meant(view, meaning.thing, meant)
    if isinstance(what, int):
        return _of_id(view, what)
    what = what.strip()
    try:
        view.objects(what, missing=True)
    except UnknownLabel:
        return _of_words(view, what)
    return _of_label(view, what)


def _of_id(view: View, object_id: int) -> Choice | Unknown:
    record = view.object(object_id)
    return record if isinstance(record, Unknown) else Choice(ids=(record.id,), label=None)


def _of_label(view: View, label: str) -> Choice:
    """Return all of a label: those that are believed somewhere by their worth, then those that are missing."""
    found = view.where(label, k=NAMED_MAX)
    first = [] if isinstance(found, Unknown) else [one.object.id for one in found]
    rest = [one.id for one in view.objects(label, missing=True) if one.id not in first]
    return Choice(ids=tuple([*first, *rest][:NAMED_MAX]), label=label)


def _of_words(view: View, text: str) -> Choice | Unknown:
    """Return the one thing that words mean. A word that names nothing is a label that nobody has seen yet."""
    told = text if DETERMINED.match(text) or re.fullmatch(r".+-\d+", text) else f"the {text}"
    grounding = view.ground(told)
    if isinstance(grounding, Unknown):
        word = WORD.fullmatch(text)
        if word and word[1].lower() not in REFERRING and NOTHING in grounding.reason:
            return Choice(ids=(), label=word[1])
        return grounding
    first = [one for one in grounding.mentions if one.text == grounding.mentions[0].text]
    if any(one.kind == "room" for one in first):
        return Unknown(f"{text!r} is a room, {first[0].name}; a thing is needed")
    if len(first) > 1:
        return Unknown(f"{text!r} means {', '.join(one.name for one in first)}: say which; one thing is needed")
    return Choice(ids=(first[0].id,), label=None)


def spot_meant(view: View, to: Spot, meant: Meant) -> tuple[float, float] | str | int | Unknown:
    """Return where to bring a thing: a point, a room by its name or label, or a thing's id.

    A word that is neither a room nor a thing yet is taken for a room that nobody has seen.
    """
    if isinstance(to, tuple):
        return to
    if to is None:
        return Unknown("nobody said where to bring it, and it is not known where the robot was when it was asked")
    if isinstance(to, str):
        named = [room for room in view.rooms() if to.strip() in (room.name, room.label)]
        if named:
            return to.strip()
        room = _room_meant(view, to)
        if room:
            return room
    choice = thing_meant(view, to, meant)
    if isinstance(choice, Unknown):
        return choice
    return choice.ids[0] if choice.ids else str(choice.label)


def _room_meant(view: View, text: str) -> str:
    """Return the name of the one room that words mean; "" for none."""
    grounding = view.ground(text)
    if isinstance(grounding, Unknown) or grounding.mentions[0].kind != "room":
        return ""
    return grounding.mentions[0].name if len({one.id for one in grounding.mentions}) == 1 else ""


def home_of(view: View, object_id: int, since_ns: int | None = None) -> Home | Unknown:
    """Return where a thing was before the robot took it last, or else before it was moved or went missing last.

    since_ns: when the last goal began that meant it. What was taken more often for that, as it was put aside or slipped
    out of the hand, was where the robot took it from first.
    """
    record = view.object(object_id)
    if isinstance(record, Unknown):
        return record
    history = view.history(record.id)
    steps = () if isinstance(history, Unknown) else history
    for kinds in (("picked_up",), ("moved", "missing", "found")):
        found = [i for i, one in enumerate(steps) if one.kind in kinds and one.from_W is not None]
        since = [i for i in found if since_ns is not None and "picked_up" in kinds and steps[i].stamp_ns >= since_ns]
        if found:
            return _home(view, record, steps, _lifted(steps, since[0] if since else found[-1]))
    return Unknown(f"{record.name} was never taken or moved, as far as is known: there is no place to put it back to")


def _lifted(steps: tuple[Change, ...], at: int) -> int:
    """Return the step with which a thing left its place: a hand is seen to lift it before it says that it took it.

    What was found farther away than an arm reaches just before that was put there by somebody.
    """
    first = at
    while first and _is_lift(steps[first - 1], steps[at].stamp_ns):
        first -= 1
    return first


def _is_lift(step: Change, taken_ns: int) -> bool:
    if step.kind != "moved" or step.from_W is None or step.to_W is None or taken_ns - step.stamp_ns > LIFT_NS:
        return False
    return math.dist(step.from_W[:2], step.to_W[:2]) <= LIFT_M


def _home(view: View, record: ObjectState, steps: tuple[Change, ...], at: int) -> Home | Unknown:
    from_W = steps[at].from_W
    assert from_W is not None
    p_W = float(from_W[0]), float(from_W[1]), float(from_W[2])
    past = view.as_of(steps[at].stamp_ns - 1)
    before = past if isinstance(past, Unknown) else _where_then(past, record.id)
    place = "" if isinstance(before, Unknown) else before[0].place
    place = place or (steps[at - 1].place if at else "")
    named = PLACE.fullmatch(place)
    carrier = view.object(int(named[2])) if named else _carrier_at(view, record, from_W)
    if isinstance(carrier, Unknown):
        x, y, z = p_W
        return Unknown(f"{record.name} was at ({x:.2f}, {y:.2f}, {z:.2f}) m before, and on nothing that is known")
    relation = "in" if named and named[1] == "in" else "on"
    return Home(relation=relation, carrier_id=carrier.id, p_W=p_W)


def _where_then(past: PastView, object_id: int) -> tuple[PastObject, ...] | Unknown:
    try:
        return past.where(object_id)
    except QueryError as error:
        return Unknown(str(error))


def _carrier_at(view: View, thing: ObjectState, p_W: Float64[np.ndarray, "3"]) -> ObjectState | Unknown:
    """Return what stands under a point where a thing was, the highest of it; Unknown for nothing."""
    bottom_m = float(p_W[2] - thing.size_m[2] / 2)
    under = [
        one
        for one in view.objects()
        if one.id != thing.id
        and _covers(one, p_W)
        and abs(float(one.center_W[2] + one.size_m[2] / 2) - bottom_m) <= UNDER_M
    ]
    if not under:
        return Unknown("nothing is known under it")
    return max(under, key=lambda one: (float(one.center_W[2] + one.size_m[2] / 2), -one.id))


def _covers(one: ObjectState, p_W: Float64[np.ndarray, "3"]) -> bool:
    """Return whether a point is over, in or under a thing's box."""
    c, s = np.cos(one.yaw_rad), np.sin(one.yaw_rad)
    dx, dy = (p_W - one.center_W)[:2]
    return abs(c * dx + s * dy) <= one.size_m[0] / 2 and abs(c * dy - s * dx) <= one.size_m[1] / 2

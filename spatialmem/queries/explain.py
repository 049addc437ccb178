"""Why a memory believes what it does of one object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spatialmem.belief import How, place_label
from spatialmem.queries.asked import Asked, id_of, object_of, why_gone
from spatialmem.queries.history import history
from spatialmem.queries.where import whereabouts
from spatialmem.spans import shown_span
from spatialmem.types import Change, Explanation, Presence, Unknown, Whereabouts

__all__ = ["explain"]


def explain(asked: Asked, what: object) -> Explanation | Unknown:
    """Return what an answer about an object rests on; see `BeliefQuestions.explain`."""
    record = object_of(what, asked.objects)
    if isinstance(record, Unknown):
        return why_gone(asked, id_of(what))
    found = whereabouts(asked, (record,), None)
    if not found:
        return Unknown(f"{record.name} was never seen here")
    row, table, rates = asked.row(record.id), asked.belief.table, asked.belief.rates
    place = place_label(table, row, asked.objects)
    half_life_s, moves = rates.half_life_s(record.label, place), rates.moves_seen(record.label, place)
    known = history(asked, record.id)
    changes = () if isinstance(known, Unknown) else known
    return Explanation(
        whereabouts=found[0],
        changes=changes,
        sightings=record.sightings,
        looks=int(table.looks[row]),
        seen_through=int(table.through[row]),
        half_life_s=half_life_s,
        moves=moves,
        miss_rate=rates.miss_rate(record.label),
        sentences=(
            *_seen(asked, found[0], changes),
            *_looked_for(asked, found[0]),
            _goes_with(asked, row) or _rate(half_life_s, moves),
            *_elsewhere(asked, found[0]),
        ),
    )


def _seen(asked: Asked, answer: Whereabouts, changes: Sequence[Change]) -> Iterator[str]:
    """Tell what is believed, and what that comes from: it was seen, or the robot said what it did with it."""
    one, row, table = answer.object, asked.row(answer.object.id), asked.belief.table
    seen = f"It was seen {one.sightings} times" if one.sightings != 1 else "It was seen once"
    if answer.presence is Presence.HELD and table.how[row] == How.HELD:
        taken = [change.stamp_ns for change in changes if change.kind == "picked_up"]
        yield f"{one.name} is held by the robot: P = {answer.p_there:.2f}."
        since_s = asked.passed_s((taken or [answer.last_seen_ns])[-1])
        yield f"{seen}. The robot has it in hand since {shown_span(since_s)}."
        return
    words = {
        Presence.THERE: "believed to be where it was seen",
        Presence.MISSING: "missing",
        Presence.HELD: "in something that the robot holds",
        Presence.INSIDE: "inside something closed",
    }
    last = "; the robot had it in hand" if table.by_hand[row] else ", last"
    where = f", {answer.place}." if answer.place not in ("", "held") else "."
    yield f"{one.name} is {words[answer.presence]}: P(still there) = {answer.p_there:.2f}."
    yield f"{seen}{last} {_ago(asked, answer.last_seen_ns)}{where}"


def _looked_for(asked: Asked, answer: Whereabouts) -> Iterator[str]:
    if answer.last_looked_ns > answer.last_seen_ns:
        yield f"Its place was looked at last {_ago(asked, answer.last_looked_ns)}{_from(answer)}."
    if answer.missing_since_ns is not None:
        yield f"It was looked for and not there {_ago(asked, answer.missing_since_ns)}."


def _goes_with(asked: Asked, row: int) -> str:
    """Tell what an object goes with, where it does not move by itself; "" where it does."""
    table = asked.belief.table
    if table.how[row] == How.HELD:
        return "It goes where the gripper goes."
    return "It goes with what it is in or on." if table.hidden[row] else ""


def _rate(half_life_s: float, moves: float) -> str:
    """Tell how fast things of a label move, and what that rests on."""
    count = max(round(moves), 1)
    by = f"by {count} move{'s' if count > 1 else ''} that {'were' if count > 1 else 'was'} seen"
    by = by if moves > 0 else "as far as is assumed; no move of its kind was seen"
    return f"Half of all things like it are moved within {shown_span(half_life_s)}, {by}."


def _elsewhere(asked: Asked, answer: Whereabouts) -> Iterator[str]:
    for candidate in answer.candidates:
        other = asked.objects.object(candidate.object_id)
        name = f"object {candidate.object_id}" if isinstance(other, Unknown) else other.name
        yield f"It may be what was seen as {name}, with P = {candidate.p:.2f}."


def _from(answer: Whereabouts) -> str:
    if answer.looked_from_W is None:
        return ""
    x, y, z = answer.looked_from_W
    return f" from ({x:.2f}, {y:.2f}, {z:.2f}) m"


def _ago(asked: Asked, stamp_ns: int) -> str:
    return f"{shown_span(asked.passed_s(stamp_ns))} ago"

"""How things lie to each other: on, in, near.

On and in are what is believed: what the robot said it did, else what is seen of both (`belief.supports`). In a thing
is what that encloses: on a board of a shelf, in a drawer or a fridge, in a bathtub; on it what it carries open to the
room. Near is what is no farther than a hand is long and its grip wide: who reaches for the one may touch the other.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from spatialmem.belief import How
from spatialmem.belief.table import Table
from spatialmem.queries.asked import Asked, object_of
from spatialmem.queries.gaps import gaps_m, present
from spatialmem.types import ObjectState, Relation, Unknown
from spatialmem.types.topology import RelationKind

__all__ = ["KINDS", "NEAR_M", "carried_by", "in_hand", "relations"]

NEAR_M = 0.3
"""A hand is about 0.2 m long, and a grip about 0.1 m wide; a gripper is no smaller."""
KINDS: dict[int, RelationKind] = {How.ON: "on", How.IN: "in"}


def relations(asked: Asked, what: object) -> tuple[Relation, ...] | Unknown:
    """Return how an object lies to others; see `GraphQuestions.relations`."""
    record = object_of(what, asked.objects)
    if isinstance(record, Unknown):
        return record
    if record.missing:
        return ()
    table, found = asked.belief.table, []
    own = np.flatnonzero(table.ids == record.id)
    if len(own) and table.how[own[0]] in KINDS:
        found.append((KINDS[int(table.how[own[0]])], record, asked.objects.object(int(table.support[own[0]]))))
    for row in _on(table, np.array([record.id])).tolist():
        found.append((KINDS[int(table.how[row])], asked.objects.object(int(table.ids[row])), record))
    found += [("near", record, other) for other in _near(asked, record)]
    return tuple(_told(asked, [one for one in found if _is_there(one[1]) and _is_there(one[2])]))


def carried_by(table: Table, ids: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "m"]:
    """Return what is on or in some objects, and on or in that, and so on, by id; they themselves are left out."""
    found, newest = np.unique(ids), ids
    while len(newest):
        newest = np.setdiff1d(table.ids[_on(table, newest)], found)
        found = np.union1d(found, newest)
    return np.setdiff1d(found, ids)


def in_hand(table: Table) -> Int64[np.ndarray, "n"]:
    """Return what the robot holds, and what goes with that, by id: it is near nothing for long."""
    held = table.ids[(table.how == How.HELD) & (table.ids > 0)]
    return np.union1d(held, carried_by(table, held)) if len(held) else held


def _on(table: Table, ids: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "m"]:
    """Return the rows of what is on or in some objects, and was not missed there, by id."""
    rows = np.flatnonzero(table.support == ids[0] if len(ids) == 1 else np.isin(table.support, ids))
    rows = rows[(table.missing_ns[rows] == 0) & np.isin(table.how[rows], list(KINDS)) & (table.ids[rows] > 0)]
    return rows[np.argsort(table.ids[rows], kind="stable")]


def _is_there(one: ObjectState | Unknown) -> bool:
    return not isinstance(one, Unknown) and one.confirmed and not one.missing


def _near(asked: Asked, record: ObjectState) -> list[ObjectState]:
    """Return what is near an object, the nearest first: but nothing that it carries, or that carries it."""
    shown, held = asked.objects.shown, in_hand(asked.belief.table)
    at = np.flatnonzero(shown.ids == record.id)
    if not len(at) or record.id in held.tolist():
        return []
    wide_m = (shown.size_m[:, 0] + shown.size_m[:, 1]) / 2  # half a diagonal is never more
    wide_m += wide_m[at[0]] + NEAR_M
    about = np.abs(shown.center_W[:, 0] - record.center_W[0]) <= wide_m
    about &= np.abs(shown.center_W[:, 1] - record.center_W[1]) <= wide_m
    about[at[0]] = False
    rows = np.flatnonzero(about)
    rows = rows[present(shown, rows)]
    gap_m = gaps_m(shown, np.full(len(rows), at[0]), rows)
    rows, gap_m = rows[gap_m <= NEAR_M], gap_m[gap_m <= NEAR_M]
    ids = shown.ids[rows]
    if not len(ids):
        return []
    apart = ~np.isin(ids, carried_by(asked.belief.table, np.array([record.id])))
    own = np.flatnonzero(asked.belief.table.ids == record.id)
    under = asked.belief.table.ids[asked.belief.table.carriers(int(own[0]))] if len(own) else ids[:0]
    apart &= ~np.isin(ids, under) & ~np.isin(ids, held)
    order = np.lexsort((ids[apart], gap_m[apart]))
    others = [asked.objects.object(other) for other in ids[apart][order].tolist()]
    return [one for one in others if isinstance(one, ObjectState)]


def _told(asked: Asked, found: list[tuple[RelationKind, ObjectState, ObjectState]]) -> list[Relation]:
    """Return relations with the gaps between their boxes."""
    shown = asked.objects.shown
    if not found:
        return []
    rows = [[int(np.flatnonzero(shown.ids == one.id)[0]) for one in pair] for _, *pair in found]
    a, b = np.array(rows, np.int64).T
    gap_m = gaps_m(shown, a, b).tolist()
    return [
        Relation(kind=kind, subject=subject, object=other, gap_m=gap)
        for (kind, subject, other), gap in zip(found, gap_m, strict=True)
    ]

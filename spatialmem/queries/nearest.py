"""Which of several things is the nearest for a robot: by the way over the floor, not by the straight line."""

from __future__ import annotations

import bisect

import numpy as np
from jaxtyping import Float64

from spatialmem.belief import How
from spatialmem.queries.asked import Asked, checked_count
from spatialmem.queries.faced import what_to_face
from spatialmem.queries.meant import meant
from spatialmem.queries.standing import Purpose, purpose_of, stands_for
from spatialmem.queries.ways import Ways, ways_from
from spatialmem.queries.where import where
from spatialmem.types import Nearby, ObjectState, Stand, Unknown

__all__ = ["nearest"]

REACH_M = 0.8
"""As far as `where_to_stand` reaches."""


def nearest(asked: Asked, what: object, *, start: object = None, k: int = 3) -> tuple[Nearby, ...] | Unknown:
    """Return the k things that are meant with the shortest way to where they can be reached from, the shortest first.

    what: a label, an object's id or a name that it has or had, or attributes, as for `where`. Of what is missing, held,
    or hardly there any more (belief.answer_p_min), none is meant. start: a point, a place, a room or a stand; None for
    where the robot is. Where a thing is reached from, and how far that is, is as `where_to_stand(to="reach")` says.

    Unknown where nothing that is meant is believed to be anywhere, or none of it can be reached. Raises as `where` and
    `where_to_stand` do. One search over all places; then things are looked at in the order of their straight lines,
    until none that is left can be nearer than the k-th.
    """
    count = checked_count(k)
    records = meant(asked, what)
    if isinstance(records, Unknown):
        return records
    there = _there(asked, records)
    if not there:
        elsewhere = where(asked, what, from_W=None)
        reason = f"{records[0].name} is not where it was; ask `where` for where it may be"
        return elsewhere if isinstance(elsewhere, Unknown) else Unknown(reason, _point(elsewhere[0].p_W))
    ways = ways_from(asked, start)
    if isinstance(ways, Unknown):
        return ways
    purpose = purpose_of(asked, "reach", 0.0, REACH_M)
    found: list[tuple[float, int, ObjectState, Stand]] = []
    why: Unknown | None = None
    for least_m, one in _in_order(there, ways, purpose):
        if len(found) == count and found[-1][0] <= least_m:
            break
        stand = _stand(asked, one, purpose, ways)
        if isinstance(stand, Unknown):
            why = why or stand
            continue
        bisect.insort(found, (stand.route_m, one.id, one, stand), key=lambda known: known[:2])
        del found[count:]
    if not found and why is not None:
        more = f"; nor is any of the {len(there) - 1} others reached" if len(there) > 1 else ""
        return Unknown(why.reason + more, why.look_next)
    return tuple(Nearby(object=one, route_m=route_m, stand=stand) for route_m, _, one, stand in found)


def _there(asked: Asked, records: tuple[ObjectState, ...]) -> list[ObjectState]:
    """Return those that are believed to be where they were."""
    belief = asked.belief
    rows = belief.rows([one.id for one in records])
    known = rows >= 0
    there_p = np.zeros(len(records))
    there_p[known] = belief.p_there(rows[known], asked.objects, asked.stamp_ns)
    there_p[known & (belief.table.how[rows] == How.HELD)] = 0.0
    least_p = belief.kept.config.answer_p_min
    return [one for one, p in zip(records, there_p.tolist(), strict=True) if p >= least_p and not one.missing]


def _in_order(there: list[ObjectState], ways: Ways, purpose: Purpose) -> list[tuple[float, ObjectState]]:
    """Return things with the least that the way to each may be, the least first."""
    centers = np.array([one.center_W[:2] for one in there])
    half_m = np.array([np.hypot(*one.size_m[:2]) / 2 for one in there])
    away_m = np.hypot(*(centers - ways.p_W[:2]).T)
    least_m = np.maximum(away_m - half_m - purpose.high_m, 0.0)
    order = np.lexsort(([one.id for one in there], least_m)).tolist()
    return [(float(least_m[i]), there[i]) for i in order]


def _stand(asked: Asked, one: ObjectState, purpose: Purpose, ways: Ways) -> Stand | Unknown:
    """Return where one stands to reach a thing with the shortest way."""
    faced = what_to_face(asked, one.id)
    stands = faced if isinstance(faced, Unknown) else stands_for(asked, faced, purpose, ways, 1)
    return stands if isinstance(stands, Unknown) else stands[0]


def _point(numbers: Float64[np.ndarray, "3"]) -> tuple[float, float, float]:
    return float(numbers[0]), float(numbers[1]), float(numbers[2])

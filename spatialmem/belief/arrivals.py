"""Something is known for the first time: whether it has come or was never looked at before, and what it may be.

Or it was remembered before there was a belief.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int64

from spatialmem.belief.boxes import gap_m
from spatialmem.belief.chances import left_before, put_filter
from spatialmem.belief.glance import Instant
from spatialmem.belief.known import Objects, Space
from spatialmem.belief.mind import Mind
from spatialmem.belief.misses import never_reported_p
from spatialmem.belief.persistence import fresh
from spatialmem.belief.settling import row_in, settle
from spatialmem.belief.supports import hangs, rests_on
from spatialmem.belief.table import How
from spatialmem.types import ObjectState, Unknown

__all__ = ["adopt", "confirm", "link_missing"]

AS_LARGE, MOST = 1.5, 0.25
"""What is so many times larger or smaller at most is reported from about as far; three of four are from farther."""
LEFT_LEAST = 0.005
"""What is elsewhere with a lower probability is linked when it is missing, not before."""
SAME_PLACE_M = 0.15
"""What was seen so near to where something is known now may have been it."""


def confirm(
    mind: Mind, row: int, record: ObjectState, objects: Objects, at: Instant, space: Space, *, moves: bool
) -> None:
    """Log that something is known now, and link it to what it may be.

    moves: somebody has it. Then it has appeared; or if it would have been reported before, had it been there; else
    nobody knows for how long it has been there, as of what is in something that has a door.
    """
    table = mind.table
    table.known[row] = True
    settle(table, row, record, objects, anew=True, by_sight=False, space=space)
    looks_ns = _looks_in_vain(mind, row, record, objects, space)
    there_p = never_reported_p(mind.rates.miss_rate(record.label), len(looks_ns))
    in_vain = there_p < mind.config.missing_p
    behind_a_door = table.how[row] == How.IN and int(table.support[row]) in mind.words
    stands = rests_on(objects.shown, row_in(objects.shown, record.id))[0] != How.UNKNOWN
    if in_vain and not moves and not stands and hangs(record, space):
        table.hung_ns[row], table.rested_ns[row], table.on_its_way[row] = at.stamp_ns, 0, True
    came = moves or bool(in_vain and not behind_a_door and not _is_part(mind, record, objects))
    since_ns = int(looks_ns[-1]) if came and len(looks_ns) else record.first_ns
    table.came[row] = came
    kind, p = ("appeared", 1.0 if moves else 1.0 - there_p) if came else ("first_seen", 1.0)
    mind.write(record, kind, at, objects, from_W=None, to_W=record.center_W, since_ns=since_ns, p=p)
    _link_new(mind, record, objects, at, appeared=came)


def _link_new(mind: Mind, record: ObjectState, objects: Objects, at: Instant, *, appeared: bool) -> None:
    """Link what turned up to what was seen last before it came, and may have left by then."""
    table = mind.table
    olds = [old for old in _may_be(mind, record, objects) if old.id != record.id and old.id in table.row_of]
    rows = table.rows([old.id for old in olds])
    before = table.known[rows] & (table.seen_ns[rows] < record.first_ns)
    olds, rows = [old for old, kept in zip(olds, before.tolist(), strict=True) if kept], rows[before]

    def likely(at_of: Int64[np.ndarray, "n"]) -> Bool[np.ndarray, "n"]:
        first_ns = np.full(len(at_of), record.first_ns)
        return left_before(table, rows[at_of], first_ns, objects, mind.rates, at.stamp_ns) >= LEFT_LEAST

    mind.links.add(record, olds, appeared=appeared, carried=mind.carried, likely=likely)


def adopt(mind: Mind, record: ObjectState, objects: Objects, seq: int) -> None:
    """Believe in what was remembered before there was a belief, as if it had just been seen when it was seen last."""
    table = mind.table
    row = table.add(record.id)
    table.known[row], table.first_ns[row] = True, record.first_ns
    table.seen_ns[row] = table.last_ns[row] = table.rested_ns[row] = record.stamp_ns
    table.seen_seq[row] = seq
    put_filter(table, np.array([row]), fresh(1))
    settle(table, row, record, objects, anew=True, by_sight=False)


def link_missing(mind: Mind, row: int, record: ObjectState, objects: Objects) -> None:
    """Link what is missing by now to what turned up after it was seen last."""
    table, seen_ns = mind.table, int(mind.table.seen_ns[row])
    news: dict[ObjectState, bool] = {}
    for new in objects.objects(record.label):
        other = table.row_of.get(new.id, -1)
        if other >= 0 and new.id != record.id and seen_ns < new.first_ns and table.known[other]:
            news[new] = bool(table.came[other])
    mind.links.add_gone(record, news, carried=mind.carried)


def _looks_in_vain(mind: Mind, row: int, record: ObjectState, objects: Objects, space: Space) -> Int64[np.ndarray, "k"]:
    """Return when its detector looked at where an object is, before anything was seen there; the oldest first.

    From no farther than it was reported from by now, or than what is like it usually is.
    """
    table = mind.table
    near = [
        stamp_ns
        for stamp_ns, *p_W in mind.glimpses
        if np.linalg.norm(np.subtract(p_W, record.center_W)) <= SAME_PLACE_M
    ]
    return mind.views.looks_at(
        record.center_W,
        record.size_m,
        record.yaw_rad,
        source=record.source,
        before_ns=min([record.first_ns, int(table.first_ns[row]), *near]),
        reach_m=max(float(table.reach_m[row]), _usual_reach_m(mind, record, objects)),
        space=space,
    )


def _usual_reach_m(mind: Mind, record: ObjectState, objects: Objects) -> float:
    """Return from how far things of a label are reported: half of them are, from there.

    Where there are none, most things of about its size; 0 where there are none either.
    """
    table, rows = mind.table, mind.table.row_of
    known = {object_id for object_id in table.ids[table.known & (table.ids > 0)].tolist() if object_id != record.id}
    alike = [one.id for one in objects.objects(record.label, missing=True) if one.id in known]
    if alike:
        return float(np.median(table.reach_m[[rows[object_id] for object_id in sorted(alike)]]))
    others = {object_id: objects.object(object_id) for object_id in sorted(known)}
    sizes = {object_id: one.size_m for object_id, one in others.items() if not isinstance(one, Unknown)}
    size_m = np.concatenate([np.zeros(0), *sizes.values()]).reshape(-1, 3)
    large_m = np.sqrt((size_m**2).sum(axis=1)) / np.sqrt((record.size_m**2).sum())
    like = (large_m <= AS_LARGE) & (large_m >= 1 / AS_LARGE)
    reach_m = table.reach_m[[rows[object_id] for object_id, so in zip(sizes, like.tolist(), strict=True) if so]]
    return float(np.quantile(reach_m, MOST)) if len(reach_m) else 0.0


def _is_part(mind: Mind, record: ObjectState, objects: Objects) -> bool:
    """Return whether an object may be a part of another of its label that has long been known: their boxes overlap."""
    table = mind.table
    for other in objects.objects(record.label):
        row = table.row_of.get(other.id, -1)
        there = other.id != record.id and row >= 0 and table.known[row] and table.missing_ns[row] == 0
        if there and gap_m(record, other) < 0:
            return True
    return False


def _may_be(mind: Mind, record: ObjectState, objects: Objects) -> list[ObjectState]:
    """Return what a new object may be: what has one of its names, and whatever is missing or in the gripper."""
    table = mind.table
    found = {old.id: old for label in record.label_p for old in objects.objects(label, missing=True)}
    for object_id in table.ids[(table.ids > 0) & ((table.missing_ns > 0) | (table.how == How.HELD))].tolist():
        old = objects.object(object_id)
        if not isinstance(old, Unknown):
            found[old.id] = old
    return [found[object_id] for object_id in sorted(found)]

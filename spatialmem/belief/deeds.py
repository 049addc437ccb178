"""What the robot did to an object, and what that says of where it is."""

from __future__ import annotations

import numpy as np

from spatialmem.belief.chances import LET_GO_P, put_filter
from spatialmem.belief.glance import Instant
from spatialmem.belief.hiding import hide, is_hidden
from spatialmem.belief.known import Objects
from spatialmem.belief.links import Carried
from spatialmem.belief.mind import Mind
from spatialmem.belief.persistence import doubted
from spatialmem.belief.settling import settle
from spatialmem.belief.sightings import hear_state
from spatialmem.belief.table import How
from spatialmem.belief.verdict import Verdict
from spatialmem.types import Action, ObjectState, Unknown

__all__ = ["act", "move_contents"]

DEED_S = 60.0
"""What went missing no longer before the robot told of a deed was taken by the robot: it tells when it is done."""


def act(mind: Mind, action: Action, objects: Objects, seq: int) -> Verdict:
    """Follow what the robot did to an object. objects: as they are after it."""
    record = objects.object(action.object_id)
    at = Instant(action.stamp_ns, seq)
    if isinstance(record, Unknown) or not action.succeeded or record.id not in mind.table.row_of:
        return Verdict()
    row, displaced = mind.table.row_of[record.id], ()
    mind.alight(record.id)
    before_W = mind.table.center[row].copy()
    if action.verb in ("opened", "closed"):
        missed_ns, p = int(mind.table.missing_ns[row]), mind.config.action_p
        if missed_ns and not _renew(mind, row, record, objects, at):
            mind.write(record, "found", at, objects, from_W=None, to_W=record.center_W, since_ns=missed_ns, p=p)
        hear_state(mind, record, "open" if action.verb == "opened" else "closed", objects, at)
        return Verdict()
    if action.verb == "picked_up":
        displaced, mind.carried = let_go(mind, record.id, objects, at), Carried()
        mind.carried.go(before_W)  # if it was never lifted, it is there
    _renew(mind, row, record, objects, at)
    mind.table.hidden[row] = is_hidden(mind, row)
    move_contents(mind, record.id, objects, at)
    to_W = None if action.verb == "picked_up" else record.center_W
    mind.write(record, action.verb, at, objects, from_W=before_W, to_W=to_W, p=mind.config.action_p)
    return Verdict(displaced=displaced)


def _renew(mind: Mind, row: int, record: ObjectState, objects: Objects, at: Instant) -> bool:
    """Let an object be where the robot had it just now; return whether it was the robot by which it went missing."""
    table, by_robot = mind.table, _own(mind, row, record.id, at)
    put_filter(table, np.array([row]), doubted(1, mind.config.action_p))
    table.seen_ns[row] = table.last_ns[row] = max(at.stamp_ns, int(table.last_ns[row]))
    table.rested_ns[row] = table.seen_ns[row]
    table.on_its_way[row], table.by_hand[row] = False, True
    table.seen_seq[row], table.missing_ns[row] = at.seq, 0
    mind.links.forget(record.id, as_old_only=True)
    settle(table, row, record, objects, anew=True, by_sight=False)
    return by_robot


def _own(mind: Mind, row: int, object_id: int, at: Instant) -> bool:
    """Take back that something went missing, and what that taught, where it was by the robot; return whether it was."""
    missing_ns, move = int(mind.table.missing_ns[row]), mind.moves.pop(object_id, None)
    by_robot = bool(missing_ns and at.stamp_ns - missing_ns <= DEED_S * 1e9)
    if by_robot and move is not None:
        mind.rates.take_back(move)
    if by_robot:
        mind.log.undo(object_id, ("missing",), at.seq)
    return by_robot


def let_go(mind: Mind, object_id: int, objects: Objects, at: Instant) -> tuple[int, ...]:
    """Doubt whatever else is in the gripper when something is picked up: there is room for one."""
    table = mind.table
    rows = np.flatnonzero((table.how == How.HELD) & (table.ids > 0) & (table.ids != object_id))
    table.how[rows] = How.UNKNOWN
    table.by_hand[rows] = True
    put_filter(table, rows, doubted(len(rows), LET_GO_P))
    table.last_ns[rows] = np.maximum(table.last_ns[rows], at.stamp_ns)
    gone = sorted(table.ids[rows].tolist())
    for one in gone:
        move_contents(mind, one, objects, at)
    return tuple(sorted({*gone, *(other for one in gone for other in table.resting_on(one))}))


def move_contents(mind: Mind, object_id: int, objects: Objects, at: Instant) -> None:
    """Let what is on or in an object, and on or in that, go with it."""
    table = mind.table
    hide(mind, object_id, objects, at)
    for other in table.resting_on(object_id):
        row, record = table.row_of[other], objects.object(other)
        if not isinstance(record, Unknown):
            settle(table, row, record, objects, anew=True, by_sight=False)

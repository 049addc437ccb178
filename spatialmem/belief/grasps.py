"""What the robot says that it holds, against what is seen of it: whether it stands somewhere all the time."""

from __future__ import annotations

import numpy as np

from spatialmem.belief.glance import Instant
from spatialmem.belief.known import Objects, Space
from spatialmem.belief.mind import Mind
from spatialmem.belief.settling import SETTLING, is_displaced, row_in
from spatialmem.belief.supports import hangs, rests_on
from spatialmem.belief.table import How
from spatialmem.types import ObjectState

__all__ = ["is_let_go"]

STANDS_S = 5.0
"""What is seen on one spot on something for so long is in no gripper."""


def is_let_go(mind: Mind, row: int, record: ObjectState, objects: Objects, at: Instant, space: Space) -> bool:
    """Return whether something held is not in the gripper after all: it is seen standing somewhere, again and again.

    Then that is logged, or that it was picked up is taken back. Where it is known where the gripper goes, what is held
    goes with it, and what stands elsewhere is seen under another id: that is for the links.
    """
    table, shown = mind.table, objects.shown
    where = row_in(shown, record.id)
    if at.stamp_ns <= table.rested_ns[row]:
        return False  # from before it was picked up
    if record.velocity_W_m_s.any() or is_displaced(table, row, shown, where, mind.config.moved_m):
        table.rested_ns[row], table.settling[row] = at.stamp_ns, 0
        return False
    if table.settling[row] < SETTLING or at.stamp_ns - table.rested_ns[row] < STANDS_S * 1e9:
        return False
    if len(mind.carried.cells) > 1 or (rests_on(shown, where)[0] == How.UNKNOWN and hangs(record, space)):
        return False
    table.how[row], table.support[row] = How.UNKNOWN, 0
    _undo(mind, row, record, objects, at)
    return True


def _undo(mind: Mind, row: int, record: ObjectState, objects: Objects, at: Instant) -> None:
    """Take back that something was picked up where it stands; log that it was moved where it stands elsewhere."""
    own = (one for one in reversed(mind.log.entries) if one.object_id == record.id and not one.undone_seq)
    last = next(own, None)
    if last is not None and last.kind == "picked_up" and last.from_W is not None:
        apart_m = float(np.linalg.norm(record.center_W - np.array(last.from_W)))
        if apart_m <= mind.config.moved_m:
            mind.log.undo(record.id, ("picked_up",), at.seq)
            return
    from_W, since_ns = mind.table.center[row].copy(), int(mind.table.seen_ns[row])
    mind.write(record, "moved", at, objects, from_W=from_W, to_W=record.center_W, since_ns=since_ns)

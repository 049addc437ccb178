"""What cannot be looked for, for what it is on or in: that is closed, in the gripper, or on its way."""

from __future__ import annotations

import numpy as np

from spatialmem.belief.chances import observe
from spatialmem.belief.glance import Instant
from spatialmem.belief.known import Objects
from spatialmem.belief.mind import Mind
from spatialmem.belief.settling import SETTLING
from spatialmem.belief.table import How

__all__ = ["hide", "is_hidden"]


def is_hidden(mind: Mind, row: int) -> bool:
    """Return whether an object is in something closed, or goes with what is held or moves, or is on or in such."""
    table, ride = mind.table, mind.rides.get(int(mind.table.ids[row]))
    if ride is not None and ride.carrier in table.row_of:
        under = table.row_of[ride.carrier]
        if table.on_its_way[under] or table.settling[under] < SETTLING:
            return True
    for carrier in table.carriers(row):
        shut = table.how[row] == How.IN and mind.words.get(int(table.ids[carrier])) == "closed"
        if shut or table.how[carrier] == How.HELD:
            return True
        row = carrier
    return False


def hide(mind: Mind, object_id: int, objects: Objects, at: Instant) -> None:
    """Follow whether what is on or in an object can be seen. Until now it could have left as it could before."""
    table = mind.table
    rows = table.rows(list(table.resting_on(object_id)))
    hidden = np.array([is_hidden(mind, row) for row in rows.tolist()], bool)
    anew = rows[table.hidden[rows] != hidden]
    if len(anew):
        observe(table, anew, objects, mind.rates, at.stamp_ns, np.ones((len(anew), 2)), np.zeros(len(anew)))
    table.hidden[rows] = hidden

"""What a call goes by: the lease that is checked while it is carried out."""

from __future__ import annotations

import numpy as np

from planners.tasks.facts import SAME_M, Facts
from planners.tasks.skills import Call
from spatialmem import Held, Lease, Premise, StaysAt

__all__ = ["lease_of"]


def lease_of(call: Call, facts: Facts) -> Lease:
    """Return what must stay so for a call to be gone on with: what is carried is held, what is gone to is where it was.

    facts: as of when it began. Searches look for themselves. It is asked often, so of each thing its record is enough.
    """
    if call.skill == "find":
        return Lease(())
    ids = dict.fromkeys([*facts.held, *(one for one in (call.thing, call.to) if isinstance(one, int))])
    known = [one for one in map(facts.get, ids) if one is not None and not one.missing]
    premises: list[Premise] = [
        Held(object_id=one.id)
        if one.held
        else StaysAt(object_id=one.id, p_W=np.array(one.p_W), within_m=SAME_M, or_held=True)
        for one in known
    ]
    return Lease(premises)

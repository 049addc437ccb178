"""Whether what a call goes by still holds while it is carried out."""

from __future__ import annotations

from planners.tasks.config import TaskConfig
from planners.tasks.facts import Facts, facts_of
from planners.tasks.skills import Call
from spatialmem import View

__all__ = ["broken_premise"]


def broken_premise(view: View, call: Call, facts: Facts, config: TaskConfig) -> str:
    """Return why a call is not to be gone on with, by what the memory knows now; "" as long as it is.

    facts: as of when it began. What is gone to may have gone, or be elsewhere; what was carried may have been lost.
    Searches look for themselves.
    """
    if call.skill == "find":
        return ""
    ids = [*facts.held, *(one for one in (call.thing, call.to) if isinstance(one, int))]
    now = facts_of(view, ids, config)
    for object_id in ids:
        then, one = facts.get(object_id), now.get(object_id)
        if then is None or one is None or one.held:
            continue
        if then.held:
            return f"{one.name} is not in the gripper any more"
        if one.missing and not then.missing:
            return f"{one.name} is missing: it was looked for and is not there"
        if not then.is_same_place(one):
            return f"{one.name} is not where it was"
    return ""

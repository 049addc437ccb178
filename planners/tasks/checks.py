"""What the memory says to a call: before it, that it can be carried out; after it, that it has been."""

from __future__ import annotations

import math

from planners.tasks.facts import held_id
from planners.tasks.skills import Call
from spatialmem import ObjectState, Presence, RobotState, Unknown, View

__all__ = ["unmet", "unproven"]

ARRIVED_M = 1.0
"""Who was sent to a point and is farther from it has not arrived."""


def unmet(view: View, call: Call) -> str:
    """Return what is not as a call needs it, by the memory; "" where all is."""
    if call.skill == "go_to":
        return _unknown(view, call.to)
    if call.skill == "find":
        return _unfindable(view, call.thing)
    one = _known(view, call.thing)
    if isinstance(one, Unknown):
        return one.reason
    held = held_id(view)
    if call.skill in ("place", "hand_over"):
        if held != one.id:
            return f"{one.name} is not in the gripper"
        return _unplaceable(view, call, one) if call.skill == "place" else ""
    if held is not None:
        return f"the gripper holds {_name(view, held)}"
    return _out_of_reach(view, one) if call.skill == "pick" else ""


def _unknown(view: View, what: object) -> str:
    """Return why an id is none; "" for what is no id."""
    found = view.object(what) if isinstance(what, int) else what
    return found.reason if isinstance(found, Unknown) else ""


def _unfindable(view: View, what: object) -> str:
    one = _known(view, what) if isinstance(what, int) else None
    if isinstance(one, Unknown):
        return one.reason
    return f"the robot holds {one.name}" if one is not None and held_id(view) == one.id else ""


def _unplaceable(view: View, call: Call, one: ObjectState) -> str:
    target = _known(view, call.to)
    if isinstance(target, Unknown):
        return target.reason
    if target.id == one.id:
        return f"{one.name} cannot be put {call.relation} itself"
    is_closed = call.relation == "in" and target.attributes.get("state") == "closed"
    return f"{target.name} is closed" if is_closed else ""


def _out_of_reach(view: View, one: ObjectState) -> str:
    found = view.where(one.id, k=1)
    if isinstance(found, Unknown):
        return found.reason
    if found[0].presence is Presence.INSIDE:
        return f"{one.name} is {found[0].place or 'in something closed'}"
    return f"{one.name} is missing" if found[0].presence is Presence.MISSING else ""


def unproven(view: View, call: Call, state: RobotState, *, since_ns: int, found_id: int | None = None) -> str:
    """Return what speaks against it that a call was carried out, by the memory; "" where it was.

    since_ns: when it began. found_id: of a find, what was found.
    """
    if call.skill == "go_to":
        return _elsewhere(call, state)
    thing = found_id if call.skill == "find" else call.thing
    one = _known(view, thing)
    if isinstance(one, Unknown):
        return f"it is not known what was found: {one.reason}"
    if call.skill == "find":
        is_seen = not one.missing and one.stamp_ns >= since_ns
        return "" if is_seen else f"the memory has not seen {one.name} since the search began"
    held = held_id(view)
    if call.skill == "pick":
        return "" if held == one.id else f"by the memory the gripper does not hold {one.name}"
    if call.skill in ("open", "close"):
        wanted, state_now = {"open": "open", "close": "closed"}[call.skill], one.attributes.get("state", "")
        return "" if state_now == wanted else f"by the memory {one.name} is {state_now or 'in no known state'}"
    if held == one.id:
        return f"by the memory the gripper holds {one.name} still"
    return _misplaced(view, call, one) if call.skill == "place" else ""


def _elsewhere(call: Call, state: RobotState) -> str:
    if not isinstance(call.to, tuple):
        return ""
    away_m = math.hypot(call.to[0] - state.X_WB[0, 3], call.to[1] - state.X_WB[1, 3])
    return "" if away_m <= ARRIVED_M else f"the robot is {away_m:.1f} m from there"


def _misplaced(view: View, call: Call, one: ObjectState) -> str:
    """Return where a thing lies that was put elsewhere; "" where it was put."""
    target = _known(view, call.to)
    if isinstance(target, Unknown):
        return target.reason
    for relation in ("on", "in"):
        told = one.attributes.get(relation, "")
        if told.isdigit() and relation == call.relation and _is(view, int(told), target.id):
            return ""
    relations = view.relations(one.id)
    for rest in () if isinstance(relations, Unknown) else relations:
        if rest.subject.id == one.id and rest.kind == call.relation and rest.object.id == target.id:
            return ""
    return f"by the memory {one.name} is not {call.relation} {target.name}"


def _is(view: View, object_id: int, other_id: int) -> bool:
    """Return whether an id, which may be an old one, is that of an object."""
    one = view.object(object_id)
    return not isinstance(one, Unknown) and one.id == other_id


def _known(view: View, what: object) -> ObjectState | Unknown:
    return view.object(what) if isinstance(what, int) else Unknown(f"{what!r} is no thing that is known")


def _name(view: View, object_id: int) -> str:
    one = view.object(object_id)
    return f"object {object_id}" if isinstance(one, Unknown) else one.name

"""What the memory knows of the things that a goal concerns, as facts: of these alone a plan is made.

Only those things are asked about, what they are on or in, what the gripper holds, and a few things to put that on: so
facts cost the same in a flat and in a warehouse.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from planners.held import held_things
from planners.tasks.config import TaskConfig
from spatialmem import ObjectState, Presence, Unknown, UnknownLabel, View, Whereabouts

__all__ = ["SAME_M", "Fact", "Facts", "facts_of", "held_id"]

CARRIERS_MAX = 8
"""Nothing is on something that is on something ... more often."""
SAME_M = 0.5
"""What is believed so near to where it was believed to be is in the same place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What is known of one thing. Equal where a plan would be; where it is exactly, `is_same_place` compares."""

    id: int
    label: str
    held: bool = False
    rests: Literal["on", "in", ""] = ""
    """How it lies on or in `carrier_id`; "" where that is not known."""
    carrier_id: int = 0
    located: bool = False
    """It is believed where it was seen or put, surely enough to go there without a search."""
    missing: bool = False
    hinged: bool = False
    """It has a door."""
    shut: bool = False
    """Its door is closed; or nobody knows it to be open, and nothing was seen in it."""
    known_state: bool = False
    """Somebody saw, or did, that it is open or closed."""
    p_there: float = field(default=0.0, compare=False)
    p_W: tuple[float, float, float] = field(default=(0.0, 0.0, 0.0), compare=False)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.label}-{self.id}"

    def is_same_place(self, other: Fact) -> bool:
        """Return whether it is believed about where another fact has it; what is held goes anywhere."""
        return self.held or float(np.hypot(*np.subtract(self.p_W, other.p_W)[:2])) <= SAME_M


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a plan is made of."""

    things: tuple[Fact, ...]
    """By id: those that the goal concerns, and what carries them."""
    aside: tuple[Fact, ...] = field(default=(), compare=False)
    """On these something may be put aside. Which they are goes by where the robot is: they make no facts different."""

    def get(self, object_id: int) -> Fact | None:
        """Return what is known of a thing; None where that is nothing."""
        return next((one for one in (*self.things, *self.aside) if one.id == object_id), None)

    def changed(self, *, doubted: Set[int], astray: Set[int], refused: Set[int]) -> Facts:
        """Return the same, but that it is not known where some things are, or how they rest, and without some of what
        things may be put aside on."""
        return Facts(
            things=tuple(
                replace(
                    one,
                    located=one.located and one.id not in doubted,
                    rests="" if one.id in astray else one.rests,
                    carrier_id=0 if one.id in astray else one.carrier_id,
                )
                for one in self.things
            ),
            aside=tuple(one for one in self.aside if one.id not in refused),
        )

    @property
    def held(self) -> tuple[int, ...]:
        """What the gripper holds."""
        return tuple(one.id for one in self.things if one.held)

    def is_same(self, other: Facts) -> bool:
        """Return whether the same is known, and everything is believed to be in the same place."""
        pairs = zip(self.things, other.things, strict=False)
        return self.things == other.things and all(a.is_same_place(b) for a, b in pairs)


def facts_of(view: View, ids: Iterable[int], config: TaskConfig) -> Facts:
    """Return what is known of some things, of all that carries them, and of what is held."""
    held = held_id(view)
    facts: dict[int, Fact] = {}
    for object_id in [*ids, *(() if held is None else (held,))]:
        _add(view, object_id, facts, config)
    aside = _aside(view, config) if held is not None or any(one.hinged for one in facts.values()) else ()
    return Facts(
        things=tuple(facts[i] for i in sorted(facts)),
        aside=tuple(facts.get(one.id) or _fact(view, one, config) for one in aside),
    )


def held_id(view: View) -> int | None:
    """Return what the gripper holds, by the memory; None for nothing."""
    held = held_things(view)
    return held[0].id if held else None


def _add(view: View, object_id: int, facts: dict[int, Fact], config: TaskConfig) -> None:
    """Add what is known of a thing, and of all that carries it."""
    for _ in range(CARRIERS_MAX):
        record = view.object(object_id)
        if isinstance(record, Unknown) or record.id in facts:
            return
        facts[record.id] = fact = _fact(view, record, config)
        object_id = fact.carrier_id


def _fact(view: View, record: ObjectState, config: TaskConfig) -> Fact:
    where = _whereabouts(view, record.id)
    rests, carrier_id, has_in = _resting(view, record)
    held = record.attributes.get("held") == "yes"
    p_there = 0.0 if where is None else where.p_there
    believed = where is not None and where.presence in (Presence.THERE, Presence.INSIDE)
    state = record.attributes.get("state", "")
    hinged = state in ("open", "closed") or record.label in config.hinged
    x, y, z = (float(c) for c in record.center_W)
    return Fact(
        id=record.id,
        label=record.label,
        held=held,
        rests="" if held else rests,
        carrier_id=0 if held else carrier_id,
        located=held or (believed and p_there >= config.sure_p),
        missing=record.missing,
        hinged=hinged,
        shut=state == "closed" or (hinged and state != "open" and not has_in),
        known_state=state in ("open", "closed"),
        p_there=p_there,
        p_W=(x, y, z),
    )


def _whereabouts(view: View, object_id: int) -> Whereabouts | None:
    found = view.where(object_id, k=1)
    if isinstance(found, Unknown) or found[0].object.id != object_id:
        return None
    return found[0]


def _resting(view: View, record: ObjectState) -> tuple[Literal["on", "in", ""], int, bool]:
    """Return how a thing rests on what, and whether anything is known to be in it."""
    relations = view.relations(record.id)
    told = () if isinstance(relations, Unknown) else relations
    has_in = any(one.kind == "in" and one.object.id == record.id for one in told)
    for one in told:
        if one.subject.id == record.id and one.kind != "near":
            return one.kind, one.object.id, has_in
    return "", 0, has_in


def _aside(view: View, config: TaskConfig) -> list[ObjectState]:
    """Return the things of known kinds to put something aside on, the nearest to the robot first."""
    found: list[tuple[float, int, ObjectState]] = []
    for label in config.surfaces:
        for one in _of_label(view, label):
            away = view.relative(one.id)
            found.append((0.0 if isinstance(away, Unknown) else away.distance_m, one.id, one))
    return [one for _, _, one in sorted(found, key=lambda told: told[:2])[: config.aside_max]]


def _of_label(view: View, label: str) -> tuple[ObjectState, ...]:
    try:
        return view.objects(label)
    except UnknownLabel:
        return ()

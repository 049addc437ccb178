"""Which objects a label, a number, a name or attributes mean; and why they mean none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spatialmem.belief import How
from spatialmem.errors import InputError, UnknownLabel
from spatialmem.queries.asked import Asked, id_of, is_id, number_of, object_of, split_name, why_gone
from spatialmem.types import ObjectState, Unknown

__all__ = ["meant"]

NAMED = "id", "label"
"""Words that are no attributes."""
CARRIED = {"on": How.ON, "in": How.IN}
"""Attributes that are told by the robot, or seen: how a thing rests on another."""
CALLED_P_MIN = 0.1
"""What is called so with a lower probability is not worth a look."""


def meant(asked: Asked, what: object) -> tuple[ObjectState, ...] | Unknown:
    """Return the objects that are meant, the missing ones, too; Unknown, with the reason, where there are none.

    Raises UnknownLabel, QueryError or InputError for what means nothing.
    """
    if is_id(what):
        record = object_of(what, asked.objects)
        return why_gone(asked, id_of(what)) if isinstance(record, Unknown) else (record,)
    if isinstance(what, str):
        return _called(asked, what)
    if not isinstance(what, Mapping) or not what or not all(isinstance(name, str) for name in what):
        raise InputError(
            f"what to find is {what!r}; give a label, an object's number or name, or attributes such as "
            f'{{"label": "mug", "state": "open"}}.'
        )
    return _like(asked, what)


def _called(asked: Asked, text: str) -> tuple[ObjectState, ...] | Unknown:
    """Return what goes by a name or a label. A label that was ever given is meant before a name that was had once."""
    name = split_name(text)
    record = None if name is None else asked.objects.object(name.number)
    if isinstance(record, ObjectState) and record.name == text:
        return (record,)
    try:
        return asked.objects.objects(text, missing=True) or _hardly(asked, text)
    except UnknownLabel:
        if name is None or (isinstance(record, Unknown) and name.label not in asked.objects.kept.labels):
            raise
    record = object_of(text, asked.objects)
    return why_gone(asked, id_of(text)) if isinstance(record, Unknown) else (record,)


def _hardly(asked: Asked, label: str) -> Unknown:
    """Say that nothing is mostly called so, and what was called so now and then."""
    others = [one for one in asked.objects.objects() if one.label_p.get(label, 0.0) >= CALLED_P_MIN]
    if not others:
        return Unknown(f"nothing labelled {label!r} is remembered")
    one = max(others, key=lambda other: (other.label_p[label], -other.id))
    x, y, z = (float(c) for c in one.center_W)
    reason = f"nothing is mostly called {label!r}; {one.name} was called so with P = {one.label_p[label]:.2f}"
    return Unknown(reason, (x, y, z))


def _like(asked: Asked, what: Mapping[str, object]) -> tuple[ObjectState, ...] | Unknown:
    """Return what has attributes."""
    label = what.get("label")
    if label is not None and not isinstance(label, str):
        raise InputError(f"the label is {label!r}; a text is needed.")
    found = asked.objects.objects(label, missing=True)
    every = asked.objects.objects(missing=True)
    known = {*NAMED, *CARRIED, *(name for one in every for name in one.attributes)}
    for name in what:
        if name not in known:
            return Unknown(f"no object has an attribute {name!r}; known: {', '.join(sorted(known))}")
    if label is not None and not found:
        return _hardly(asked, label)
    if "id" in what:
        found = [one for one in found if str(one.id) == str(what["id"])]
    for name, value in what.items():
        if name not in NAMED:
            found = _with(asked, found, name, str(value))
    wanted = ", ".join(f"{name} = {value}" for name, value in what.items())
    return tuple(found) or Unknown(f"nothing with {wanted} is remembered")


def _with(asked: Asked, records: Sequence[ObjectState], name: str, value: str) -> list[ObjectState]:
    """Return those with an attribute; of "on" and "in" also those whose place is so, by any name of what carries them.

    What the robot said is an attribute; what was seen is not.
    """
    if name not in CARRIED or not records:
        return [one for one in records if one.attributes.get(name) == value]
    carriers = _carriers(asked, value)
    words = {value, *(str(object_id) for object_id in carriers)}
    rows = asked.belief.rows([one.id for one in records])
    table = asked.belief.table
    rests = (rows >= 0) & (table.how[rows] == CARRIED[name])
    under = [int(support) if so else 0 for support, so in zip(table.support[rows], rests, strict=True)]
    return [
        one
        for one, support in zip(records, under, strict=True)
        if one.attributes.get(name) in words or support in carriers
    ]


def _carriers(asked: Asked, value: str) -> set[int]:
    """Return the objects that are meant by a number, a name or a label, by every id that they had."""
    number, name = number_of(value), split_name(value)
    if number is not None:
        return set(asked.objects.known_as(number))
    every = asked.objects.objects(confirmed=False, missing=True)
    named = () if name is None else asked.objects.known_as(name.number)
    return {
        object_id
        for one in every
        if one.label == value or (one.id in named and name is not None and name.label in one.label_p)
        for object_id in asked.objects.known_as(one.id)
    }

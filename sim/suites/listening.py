"""What a robot did, told to a memory that was not asked: that one calls the same things by other ids."""

from __future__ import annotations

import dataclasses

import numpy as np

from spatialmem import Action, Input, ObjectState, Recall, Unknown, View

__all__ = ["for_other"]

SAME_M = 1.0
"""What is of the same label and so near is the same thing."""


def for_other(x: Input, asked: View, other: View) -> Input | None:
    """Return an input with the ids of another memory; None where it does not know the thing, and for recalls."""
    if isinstance(x, Recall):
        return None
    if not isinstance(x, Action):
        return x
    object_id = _id_in(other, asked, x.object_id)
    if object_id is None:
        return None
    target_id = None if x.target_id is None else _id_in(other, asked, x.target_id)
    return dataclasses.replace(x, object_id=object_id, target_id=target_id)


def _id_in(other: View, asked: View, object_id: int) -> int | None:
    """Return the id that another memory has for a thing."""
    one = asked.object(object_id)
    if isinstance(one, Unknown):
        return None
    same = [two for two in other.objects(confirmed=False, missing=True) if two.label == one.label]
    held = [two for two in same if "held" in two.attributes and "held" in one.attributes]
    near = held or [two for two in same if _apart_m(one, two) <= SAME_M]
    return min(near, key=lambda two: (_apart_m(one, two), two.id)).id if near else None


def _apart_m(one: ObjectState, two: ObjectState) -> float:
    return float(np.linalg.norm(one.center_W - two.center_W))

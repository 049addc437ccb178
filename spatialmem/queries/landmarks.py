"""By what one knows where one is: tags, and things that stay and stand out."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Bool

from spatialmem.belief import How
from spatialmem.queries.asked import Asked
from spatialmem.types import ObjectState

__all__ = ["is_tag", "landmarks"]

TAG = re.compile(r"(tag|aruco)[0-9a-z_]*:[0-9]+")
"""What `perception.FiducialDetector` calls tags: tag36h11:17, aruco4x4_50:3, aruco:3."""
STAYS_S = 86_400.0
"""Half of a kind that stands still are where they were after a day at least. What nobody was seen to move counts as
belief.prior_dwell_s says: a week."""
LARGE_M, SEEN_M = 1.0, 0.3
"""What is so long is seen across a room; what is shorter than the second is easily overlooked."""
ALIKE = 0.8
"""Two of a label look alike if the cosine between their embeddings is no less."""


def landmarks(asked: Asked) -> tuple[ObjectState, ...]:
    """Return the confirmed objects by which one knows where one is, by id: those that are there, and not held.

    A tag is one. So is what is of a kind that hardly ever moves, as far as was observed (half of them stay for a day at
    least), and is large (1 m or longer) or stands out: 0.3 m or longer, and in its room no other of its label, or none
    that looks like it.
    """
    every = asked.objects.objects()
    if not every:
        return ()
    held = _held(asked, [one.id for one in every])
    rooms, rates = asked.object_rooms, asked.belief.rates
    stays = {label: rates.half_life_s(label) >= STAYS_S for label in {one.label for one in every}}
    alike: dict[tuple[int, str], list[ObjectState]] = {}
    for one in every:
        alike.setdefault((rooms.get(one.id, 0), one.label), []).append(one)
    found = []
    for one, in_hand in zip(every, held.tolist(), strict=True):
        long_m = float(one.size_m.max())
        others = alike[rooms.get(one.id, 0), one.label]
        salient = stays[one.label] and (long_m >= LARGE_M or (long_m >= SEEN_M and _stands_out(one, others)))
        if not in_hand and (is_tag(one.label) or salient):
            found.append(one)
    return tuple(found)


def is_tag(label: str) -> bool:
    """Return whether a label is that of a printed tag."""
    return TAG.fullmatch(label) is not None


def _held(asked: Asked, ids: list[int]) -> Bool[np.ndarray, "n"]:
    """Return which objects are in the gripper."""
    rows = asked.belief.rows(ids)
    return (rows >= 0) & (asked.belief.table.how[rows] == How.HELD)


def _stands_out(one: ObjectState, others: list[ObjectState]) -> bool:
    """Return whether nothing else in its room is of its label and looks like it; who has no look is like all."""
    return not any(other.id != one.id and _like(one, other) for other in others)


def _like(one: ObjectState, other: ObjectState) -> bool:
    a, b = one.embedding, other.embedding
    if a is None or b is None or a.shape != b.shape:
        return True
    return float((a.astype(np.float64) * b.astype(np.float64)).sum()) >= ALIKE

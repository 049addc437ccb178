"""How things rest, for the questions in words: on or in what, directly or through others, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int8, Int64

from spatialmem.belief import How
from spatialmem.queries.asked import Asked
from spatialmem.types import ObjectState

__all__ = ["HOW_WORDS", "carried_by", "supports"]

HOW_WORDS = {How.ON: "on", How.IN: "in"}
STEPS_MAX = 8
"""Nothing is on something that is on something ... more often."""


def supports(asked: Asked, ids: Int64[np.ndarray, "n"]) -> tuple[Int8[np.ndarray, "n"], Int64[np.ndarray, "n"]]:
    """Return how objects rest, and the id of what each is on or in; `How.UNKNOWN` and 0 where it is not known."""
    table, rows = asked.belief.table, asked.belief.rows(ids.tolist())
    how = np.where(rows >= 0, table.how[rows], How.UNKNOWN)
    under = np.where((how == How.ON) | (how == How.IN), table.support[rows], 0)
    return how.astype(np.int8), under.astype(np.int64)


def carried_by(
    asked: Asked, records: Sequence[ObjectState], carrier: ObjectState, how: int | None
) -> Bool[np.ndarray, "n"]:
    """Return which objects are on or in another, or on or in what is.

    how: only those that are so directly, `How.ON` or `How.IN`; None for any.
    """
    own = np.array(asked.objects.known_as(carrier.id), np.int64)
    ids = np.array([one.id for one in records], np.int64)
    found = np.zeros(len(ids), bool)
    for _ in range(STEPS_MAX):
        rests, ids = supports(asked, ids)
        on_it = np.isin(ids, own)
        if how is not None:
            return on_it & (rests == how)
        found |= on_it
        if not ids.any():
            break
    return found

"""What is answered about how things were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from spatialmem.types.beliefs import Presence

__all__ = ["PastObject", "PastRelation"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PastObject:
    """Where something was at a stamp, as it was known by an input."""

    id: int
    label: str
    p_W: Float64[np.ndarray, "3"]
    """The middle of its box [m]; of what was missing, where it was before."""
    presence: Presence
    place: str
    """What it stood on or was in, as in `Whereabouts`; of what was missing, before that."""
    since_ns: int
    """Of the frame or the action that showed it there, missing or held."""
    seq: int
    """The input that showed it."""
    next_ns: int | None
    """When the next change of its place was noticed; None where none was, by that input."""
    sure_until_ns: int | None
    """That change happened after this stamp: from then until next_ns nobody knows which of the two was so."""

    @property
    def name(self) -> str:
        """What people called it: mug-3."""
        return f"{self.label}-{self.id}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PastRelation:
    """What rested on or in something at a stamp: the subject on or in the object."""

    kind: Literal["on", "in"]
    subject: PastObject
    object: PastObject
    since_ns: int
    """When it was known, or came about."""
    until_ns: int | None
    """When it was over; None where it was not, by that input."""

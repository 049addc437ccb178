"""What every memory of objects here can be told and asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from baselines.text import text_vector
from spatialmem import Input, Unknown

__all__ = ["ObjectMemory", "Place", "most_alike"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Place:
    """Where something is, as a memory has it."""

    label: str
    p_W: np.ndarray
    """[m], shape (3,)."""
    stamp_ns: int
    """When it was last seen there."""
    score: float


class ObjectMemory(Protocol):
    """Told inputs in order; asked at any time. Asking changes nothing."""

    name: str

    def observe(self, x: Input) -> None:
        """Take in an input; what a memory has no use for, it leaves out."""
        ...

    def objects(self) -> tuple[Place, ...]:
        """Return all that it would say is there, each thing once."""
        ...

    def where(self, label: str) -> Place | Unknown:
        """Return where something of this label is."""
        ...

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the k places that suit the words best, the best first."""
        ...

    @property
    def stored_bytes(self) -> int:
        """What would have to be stored to go on answering."""
        ...


def most_alike(text: str, places: Iterable[Place], k: int) -> tuple[Place, ...]:
    """Return the k places whose label is most like a text (cosine of `text_vector`), then those seen last."""
    asked = text_vector(text)
    likeness: dict[str, float] = {}
    ranked = []
    for i, place in enumerate(places):
        if place.label not in likeness:
            likeness[place.label] = float(text_vector(place.label) @ asked)
        ranked.append((-likeness[place.label], -place.stamp_ns, i, place))
    return tuple(place for *_, place in sorted(ranked, key=lambda one: one[:3])[:k])

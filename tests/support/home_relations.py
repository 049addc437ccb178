"""What truly is on and in what in a simulated home, and how a memory's relations compare.

The rule: a thing is in what encloses it - it has a part of it over it, as on a board of a shelf, in a cabinet, in a
fridge, in the compartment of a nightstand or under a bench's seat - and on what it stands on under the open room: the
top of a table or a cabinet, the seat of a sofa, a bed. What lies on the floor has no relation. Of the homes' supports
those called "top" and "seat" are open, all others are within a piece of furniture.

Confirmed objects are matched with what is there one to one, by label within 0.5 m (EVALUATION.md, "Truth of the map");
of those that are matched with nothing nobody can say what would be right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

import spatialmem as sm

__all__ = ["OPEN", "Scored", "Stays", "matched", "said_by", "score", "true_relations", "true_things"]

MATCH_M = 0.5
OPEN = ("top", "seat")
"""Supports under the open room."""


class Stays(NamedTuple):
    """How a thing truly rests."""

    kind: str
    carrier: str


@dataclass
class Scored:
    """How the relations of one memory, or of several, compare."""

    said: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    """What was said instead, in words."""
    objects: int = 0
    unmatched: int = 0

    def add(self, other: Scored) -> None:
        """Count the other's, too."""
        for name in ("said", "true", "right", "wrong"):
            getattr(self, name).update(getattr(other, name))
        self.objects += other.objects
        self.unmatched += other.unmatched

    def precision(self, kind: str) -> float:
        """The share of what was said that is true; 1 where nothing was said."""
        return self.right[kind] / self.said[kind] if self.said[kind] else 1.0

    def recall(self, kind: str) -> float:
        """The share of what is true of matched objects that was said; 1 where nothing is."""
        return self.right[kind] / self.true[kind] if self.true[kind] else 1.0


def true_relations(truth) -> dict[str, Stays | None]:
    """How every thing of a home rests; None for what lies on the floor, or in somebody's hand."""
    found: dict[str, Stays | None] = {}
    for name, one in truth.objects.items():
        carrier, _, support = one.support.partition("/")
        found[name] = Stays("on" if support in OPEN else "in", carrier) if support else None
    return found


def true_things(home, truth) -> dict[str, tuple[str, np.ndarray]]:
    """Label and middle [m] of every thing and piece of furniture."""
    found = {name: (one.label, (one.low_W + one.high_W) / 2) for name, one in truth.objects.items()}
    for piece in home.furniture:
        found[piece.name] = piece.kind, np.array([piece.x_m, piece.y_m, piece.size_m[2] / 2])
    return found


def matched(objects, things: dict[str, tuple[str, np.ndarray]]) -> dict[int, str]:
    """Which object is which thing, by id."""
    from scipy.optimize import linear_sum_assignment

    names = sorted(things)
    apart = np.full((len(objects), len(names)), 1e3)
    for i, one in enumerate(objects):
        for j, name in enumerate(names):
            label, middle_W = things[name]
            away_m = float(np.linalg.norm(one.center_W - middle_W))
            if label == one.label and away_m <= MATCH_M:
                apart[i, j] = away_m
    i, j = linear_sum_assignment(apart)
    good = apart[i, j] <= MATCH_M
    return {objects[a].id: names[b] for a, b in zip(i[good], j[good], strict=True)}


def score(said: dict[int, tuple[str, int]], objects, home, truth) -> Scored:
    """Compare relations with the truth. said: of each object on or in what it is, (kind, id); none where it is not."""
    stays, names = true_relations(truth), matched(objects, true_things(home, truth))
    found = Scored(objects=len(objects), unmatched=len(objects) - len(names))
    for object_id, name in sorted(names.items()):
        right = stays.get(name)
        kind, carrier_id = said.get(object_id, ("", 0))
        ours = Stays(kind, names.get(carrier_id, f"object {carrier_id}")) if kind else None
        found.said.update([kind] if kind else [])
        found.true.update([right.kind] if right else [])
        if ours == right:
            found.right.update([kind] if kind else [])
        else:
            found.wrong[f"{_words(right)}, said {_words(ours)}"] += 1
    return found


def _words(one: Stays | None) -> str:
    return f"{one.kind} {one.carrier.rsplit('-', 1)[0]}" if one else "nothing"


def said_by(view: sm.View | sm.SpatialMemory) -> dict[int, tuple[str, int]]:
    """What a memory says of each confirmed object, by `relations`."""
    found = {}
    for one in view.objects():
        told = view.relations(one.id)
        for relation in () if isinstance(told, sm.Unknown) else told:
            if relation.subject.id == one.id and relation.kind in ("on", "in"):
                found[one.id] = relation.kind, relation.object.id
    return found

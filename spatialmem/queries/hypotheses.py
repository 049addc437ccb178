"""Where something may be, and how probably: of each thing that would do, the places that anything speaks for.

A remembered thing is where it was seen with P(still there), and where something turned up that may be it. What is left
is that it is gone, and somewhere else:

    nowhere that is looked at  `ELSEWHERE_P` of it: carried out of the house, or where no camera looks
    in space nobody has seen   the share of the floor that is unknown, by the area behind each frontier
    on or in other things      by where things like it were seen: twice as often is twice as probable, and where they
                               stay twice as long, too (a renewal process is in a state for a share of the time that
                               goes with visits times stay: Ross 1996, "Stochastic processes", 4.8)
    on the floor               likewise, by area

What was seen is told by a hierarchy, each level worth one sighting to the level below (Teh et al. 2006, "Hierarchical
Dirichlet processes", of which this is the predictive rule with known counts): all things on each kind of support; this
label on each kind; this label on each support of the kind.
A place that was looked at since the thing went speaks against itself: it is there only if it came after the look, or
was overlooked. What all of them say is scaled so that it sums to what is gone: a thing is in one place.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from spatialmem.belief import How
from spatialmem.queries.asked import Asked, split_name
from spatialmem.queries.unseen import Unseen
from spatialmem.queries.where import whereabouts
from spatialmem.spans import shown_ago, shown_span
from spatialmem.types import ObjectState, Presence, Unknown, Whereabouts

__all__ = ["FLOOR", "Hypotheses", "Target", "hypotheses"]

ELSEWHERE_P = 0.1
"""Of what is gone, this share is nowhere that can be looked at."""
EXISTS_P = 0.5
"""Something of which nothing is remembered is about with this probability."""
CALLED_P_MIN = 0.1
"""What is called so with a lower probability is not worth a look."""
THINGS_MAX = 64
"""So many things that would do are gone into, the most probable to be where they were first."""
FLOOR = "floor"
"""The kind of support that the floor is."""
FLOOR_M = 0.15
"""What is no higher over the floor stands on it."""
CARRIED_M = 0.5
"""What is longer is not carried about."""
LARGER = 1.2
"""What carries or holds a thing has a footprint so many times larger at least."""
PRIOR_SIGHTINGS = 1.0
"""What is known of all labels is worth so many sightings of one; what is known of a kind, so many on one of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Something to look at: an object, or floor."""

    why: str
    object: ObjectState | None
    floor: Unseen | None


@dataclass(frozen=True, slots=True, eq=False)
class Hypotheses:
    """P(it is there) of each thing that would do, a row, at each target, a column. A row sums to 1 at most."""

    targets: list[Target]
    p: Float64[np.ndarray, "things n"]


def hypotheses(asked: Asked, label: str, floor: Sequence[Unseen], *, floor_m2: float) -> Hypotheses | Unknown:
    """Return where something of a label may be; Unknown where the robot holds one.

    floor: what of the floor is worth a look; floor_m2: how much of it is known. Raises UnknownLabel for a label that
    no detector ever gave.
    """
    found = whereabouts(asked, _called(asked, label), None)
    held = next((one for one in found if one.presence is Presence.HELD), None)
    if held is not None:
        return Unknown(f"the robot holds {held.object.name}: there is nothing to look for")
    found.sort(key=lambda one: (-_there_p(one, label), one.object.id))
    found = found[:THINGS_MAX]
    others = _Others(asked, label, floor, floor_m2)
    own = {one.object.id for one in found}
    targets: dict[tuple[str, int], Target] = {}
    rows: list[dict[tuple[str, int], float]] = []
    for one in found:
        row = _own_places(asked, one, label, own, targets)
        called_p = one.object.label_p.get(label, 0.0) if one.object.label != label else 1.0
        gone_p = max(called_p - math.fsum(row.values()) - _taken_p(one, own), 0.0)
        _add(row, others.places(one, gone_p, targets))
        rows.append(row)
    if not found:
        rows.append(others.places(None, EXISTS_P, targets))
    keys = list(targets)
    p = np.array([[row.get(key, 0.0) for key in keys] for row in rows]).reshape(len(rows), len(keys))
    return Hypotheses([targets[key] for key in keys], p / np.maximum(p.sum(axis=1, keepdims=True), 1.0))


def _called(asked: Asked, label: str) -> tuple[ObjectState, ...]:
    """Return what is called so, mostly or now and then."""
    mostly = asked.objects.objects(label, missing=True)
    hardly = (
        one
        for one in asked.objects.objects(missing=True)
        if one.label != label and one.label_p.get(label, 0.0) >= CALLED_P_MIN
    )
    return (*mostly, *hardly)


def _there_p(one: Whereabouts, label: str) -> float:
    """Return how probable it is that something of a label is where this one was seen."""
    if one.missing_since_ns is not None:
        return 0.0
    return one.p_there * (1.0 if one.object.label == label else one.object.label_p.get(label, 0.0))


def _taken_p(one: Whereabouts, own: set[int]) -> float:
    """Return how probable it is that a thing is what another of those that are looked for is: it counts there."""
    return math.fsum(other.p for other in one.candidates if other.object_id in own)


def _add(row: dict[tuple[str, int], float], more: dict[tuple[str, int], float]) -> None:
    for key, p in more.items():
        row[key] = row.get(key, 0.0) + p


def _own_places(
    asked: Asked, one: Whereabouts, label: str, own: set[int], targets: dict[tuple[str, int], Target]
) -> dict[tuple[str, int], float]:
    """Return where a thing was seen, and where it may have turned up."""
    row: dict[tuple[str, int], float] = {}
    there_p = _there_p(one, label)
    if there_p > 0:
        key = "object", one.object.id
        place = f", {one.place}" if one.place else ""
        why = f"{one.object.name} was seen here {shown_ago(one.last_seen_ns, asked.stamp_ns)}{place}"
        targets[key] = Target(why, one.object, None)
        row[key] = there_p
    for other in one.candidates:
        record = asked.objects.object(other.object_id)
        if other.object_id not in own and isinstance(record, ObjectState):
            key = "object", record.id
            targets.setdefault(key, Target(f"{record.name}, seen here, may be {one.object.name}", record, None))
            row[key] = row.get(key, 0.0) + other.p
    return row


def _fits_on(one: ObjectState, support: ObjectState) -> bool:
    """Return whether a thing may be on or in another: what carries something has the larger footprint."""
    return one.id != support.id and float(one.size_m[:2].prod()) * LARGER <= float(support.size_m[:2].prod())


class _Others:
    """Where a thing is that is not where it was seen."""

    def __init__(self, asked: Asked, label: str, floor: Sequence[Unseen], floor_m2: float):
        self.asked, self.label, self.floor, self.floor_m2 = asked, label, floor, floor_m2
        self.unknown_m2 = math.fsum(one.unknown_m2 for one in floor)
        self.seen_on = _Seen(asked, label)
        self.support_p = self.seen_on.support_p()

    def places(
        self, gone: Whereabouts | None, p: float, targets: dict[tuple[str, int], Target]
    ) -> dict[tuple[str, int], float]:
        """Return where a thing is, by target, that is gone with p; of None, one of which nothing is remembered."""
        if p <= 0:
            return {}
        weights: dict[tuple[str, int], float] = {}
        unknown_share = self.unknown_m2 / max(self.unknown_m2 + self.floor_m2, 1e-9)
        for i, one in enumerate(self.floor):
            behind = unknown_share * one.unknown_m2 / max(self.unknown_m2, 1e-9)
            looked_ns = self.asked.stamp_ns - round(one.unseen_s * 1e9)
            on_it = self.support_p.get((FLOOR, 0), 0.0) * one.seen_m2 / max(self.floor_m2, 1e-9)
            weights["floor", i] = behind + (1.0 - unknown_share) * on_it * self._left(gone, looked_ns)
        table = self.asked.belief.table
        for (kind, support), share in self.support_p.items():
            row = self.asked.row(support) if kind != FLOOR else -1
            if row >= 0 and (gone is None or _fits_on(gone.object, self.seen_on.records[support])):
                weights["object", support] = (1.0 - unknown_share) * share * self._left(gone, int(table.looked_ns[row]))
        return self._posterior(weights, p, targets)

    def _posterior(
        self, weights: dict[tuple[str, int], float], p: float, targets: dict[tuple[str, int], Target]
    ) -> dict[tuple[str, int], float]:
        """Return probabilities that sum to p, with the share that is nowhere."""
        total = ELSEWHERE_P + (1.0 - ELSEWHERE_P) * math.fsum(weights.values())
        for kind, number in weights:
            if (kind, number) not in targets:
                targets[kind, number] = self._target(kind, number)
        return {key: p * (1.0 - ELSEWHERE_P) * weight / total for key, weight in weights.items()}

    def _target(self, kind: str, number: int) -> Target:
        if kind == "floor":
            one = self.floor[number]
            if one.unknown_m2 > 0:
                return Target(f"{one.unknown_m2:.1f} m2 of floor behind this were never seen", None, one)
            return Target(f"nobody looked here for {shown_span(one.unseen_s)}", None, one)
        record = self.seen_on.records[number]
        return Target(self.seen_on.why(record), record, None)

    def _left(self, gone: Whereabouts | None, looked_ns: int) -> float:
        """Return how much of the chance of a place is left after a look there that did not show the thing.

        The thing went some time between when it was last seen and when it was missed; it goes on moving.
        """
        if looked_ns <= 0:
            return 1.0
        rates, now_ns = self.asked.belief.rates, self.asked.stamp_ns
        came_p = 0.0
        if gone is not None:
            until_ns = gone.missing_since_ns or now_ns
            span_ns = max(until_ns - gone.last_seen_ns, 1)
            came_p = min(max((until_ns - looked_ns) / span_ns, 0.0), 1.0)
        alpha, beta_s = rates.rate(self.label)
        stays_p = (beta_s / (beta_s + max(now_ns - looked_ns, 0) * 1e-9)) ** alpha
        missed_p = rates.miss_rate(self.label)
        return came_p + (1.0 - came_p) * (missed_p + (1.0 - missed_p) * (1.0 - stays_p))


class _Seen:
    """On and in what things were seen: stays that are remembered, and those that the log of changes still has."""

    def __init__(self, asked: Asked, label: str):
        self.asked, self.label = asked, label
        self.of_all: Counter[str] = Counter()
        """By the kind of support."""
        self.of_label: Counter[str] = Counter()
        self.on: Counter[int] = Counter()
        """Of the label, by support."""
        self.words: dict[int, str] = {}
        """How, by support: on, or in."""
        self.kinds: dict[str, list[ObjectState]] = {}
        """What carries something or did, by its label: all of its kind that are there."""
        self._count()
        for one in asked.objects.objects():
            if one.label in self.of_all:
                self.kinds.setdefault(one.label, []).append(one)
        self.records = {one.id: one for ones in self.kinds.values() for one in ones}

    def support_p(self) -> dict[tuple[str, int], float]:
        """Return how probable each support is for a thing of the label that is on a known one, by kind and id.

        They sum to 1, the floor's (FLOOR, 0) included, if anything was seen to rest on anything.
        """
        every = sum(self.of_all.values())
        if not every:
            return {}
        mine = sum(self.of_label.values())
        found: dict[tuple[str, int], float] = {}
        for kind in sorted(self.of_all):
            general_p = self.of_all[kind] / every
            kind_p = (self.of_label[kind] + PRIOR_SIGHTINGS * general_p) / (mine + PRIOR_SIGHTINGS)
            kind_p *= self.asked.belief.rates.half_life_s(self.label, kind)
            ones = self.kinds.get(kind, [])
            on_these = sum(self.on[one.id] for one in ones) + PRIOR_SIGHTINGS
            for one in ones:
                found[kind, one.id] = kind_p * (self.on[one.id] + PRIOR_SIGHTINGS / len(ones)) / on_these
            if kind == FLOOR:
                found[FLOOR, 0] = kind_p
        total = math.fsum(found.values())
        return {key: weight / total for key, weight in found.items()} if total > 0 else {}

    def why(self, support: ObjectState) -> str:
        """Return what speaks for a support."""
        word = self.words.get(support.id, "on")
        if self.on[support.id]:
            return f"{self.label} was seen {word} {support.name} before"
        if self.of_label[support.label]:
            return f"{self.label} was seen {word} another {support.label}; this is {support.name}"
        return f"things are kept {word} {support.name}"

    def _count(self) -> None:
        """Count every stay of everything, once for each thing and support."""
        table = self.asked.belief.table
        stays: dict[tuple[int, int], tuple[str, str]] = {}
        names: dict[int, str] = {one.id: one.label for one in self.asked.objects.objects(missing=True)}
        rests = np.flatnonzero((table.ids > 0) & np.isin(table.how, (How.ON, How.IN)) & (table.support > 0))
        for row in rests.tolist():
            object_id, support = int(table.ids[row]), int(table.support[row])
            if object_id in names and support in names:
                stays[object_id, support] = names[object_id], names[support]
                self.words.setdefault(support, "on" if table.how[row] == How.ON else "in")
        for entry in self.asked.belief.kept.entries:
            how, _, name = entry.place.removesuffix(" (closed)").partition(" ")
            support = split_name(name) if how in ("on", "in") and not entry.undone_seq else None
            if support is not None:
                stays.setdefault((entry.object_id, support.number), (entry.label, support.label))
                self.words.setdefault(support.number, how)
        for (_, support), (label, kind) in stays.items():
            self.of_all[kind] += 1
            if label == self.label:
                self.of_label[kind] += 1
                self.on[support] += 1
        self._count_on_floor({object_id for object_id, _ in stays})

    def _count_on_floor(self, elsewhere: set[int]) -> None:
        """Count what stands on a floor, and on nothing else; for other labels, what somebody would carry about."""
        levels = np.array(self.asked.graph.levels)
        if not len(levels):
            return
        for one in self.asked.objects.objects():
            bottom_m = float(one.center_W[2] - one.size_m[2] / 2.0)
            if one.id not in elsewhere and float(np.abs(levels - bottom_m).min()) <= FLOOR_M:
                self.of_label[FLOOR] += one.label == self.label
                self.of_all[FLOOR] += one.label == self.label or float(one.size_m.max()) <= CARRIED_M

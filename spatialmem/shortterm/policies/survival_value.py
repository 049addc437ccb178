"""Survival value: what goes is what will least likely be asked for again before it has moved away.

Time t is counted in turnovers of the buffer: each unit that enters moves it on by one part in as many as are held.
So a robot that stands still forgets nothing, and nothing needs to be set for how busy it is. The reasoning, for a
unit i of kind k, with h = HALF_LIFE and tau = h / ln 2:

    n_i     = sum of 2^(-(t - t_j) / h) over its entry and its recalls at t_j
    asked   = (1 + units that were recalled) / (tau + time until their first recall, or until now)
    gone    = (1 + units that went by themselves) / (tau + time that units were held)
    asked_k = (1 + those of kind k that were recalled) / (1 / asked + that time of those of kind k); gone_k alike
    asked_i = (1 + n_i) / (1 / asked_k + tau)
    value_i = asked_i / (asked_i + gone_k)

Being asked for and going are taken as independent exponential events: value_i is the probability that the first comes
first (competing risks; Cox, Oakes 1984, chapter 9). Each rate is events by time at risk, units that left without the
event included up to then (the same, chapter 3), as the mean of a Gamma posterior with a prior worth one event: all
units' rate for a kind, the kind's rate for a unit (empirical Bayes). A kind counts units, not recalls: one mug that is
wanted all day says little of mugs. A unit's evidence fades by half in every h, so that n_i is the "combined recency
and frequency" of LRFU (Lee et al. 2001): within a kind the order of units does not change while nothing happens to
them, and heaps can keep it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float32

from spatialmem.errors import InputError
from spatialmem.shortterm.policies.ranking import Ranking
from spatialmem.shortterm.policies.replacement import Replacement

__all__ = ["SurvivalValue"]

TICKS = 1 << 32
"""In a turnover. Whole numbers, so that sums are exact in any order."""
HALF_LIFE = 1.0
"""Turnovers. Longer is better where what is asked for stays the same, shorter where it changes; 1 was chosen between
0.5 and 16 on the Zipf and drifting streams of tests/benchmarks/replacement.py, so its figures there are no test."""
TAU = HALF_LIFE / math.log(2)
KINDS_MAX = 1024
"""Kinds beyond so many are taken as one, "": labels come from outside."""


@dataclass(slots=True)
class _Hazard:
    """How soon an event comes: events, and the time at risk of those that are over and of those that run."""

    events: int = 0
    over_ticks: int = 0
    count: int = 0
    """Of those that run, and the sum of the times at which they began."""
    began_ticks: int = 0

    def begin(self, at: int) -> None:
        """Put one more at risk."""
        self.count, self.began_ticks = self.count + 1, self.began_ticks + at

    def withdraw(self, at: int) -> None:
        """Undo `begin`."""
        self.count, self.began_ticks = self.count - 1, self.began_ticks - at

    def end(self, began: int, now: int, *, event: bool) -> None:
        """Take one out that was at risk, by the event or without it."""
        self.withdraw(began)
        self.over_ticks += now - began
        self.events += event

    def rate(self, now: int, prior: float) -> float:
        """Return events in a turnover, with a prior rate that counts as one event."""
        return (1 + self.events) / (1 / prior + (self.over_ticks + self.count * now - self.began_ticks) / TICKS)


@dataclass(slots=True)
class _Kind:
    """What was seen of one kind."""

    asked: _Hazard = field(default_factory=_Hazard)
    """Of a first recall: at risk from entry."""
    gone: _Hazard = field(default_factory=_Hazard)
    """Of going by itself: at risk from entry."""
    ranking: Ranking = field(default_factory=Ranking)
    """Units held now, by the logarithm of n_i, brought to time 0."""


@dataclass(slots=True)
class _Unit:
    kind: str
    weight: float
    """n_i at `last`."""
    last: int
    entered: int
    asked: bool = False


class SurvivalValue(Replacement):
    """Learns by kind how often things are asked for and go. O(log n), for a victim plus the count of kinds."""

    name = "survival-value"
    _form = tuple[
        int,
        tuple[tuple[str, int, int, int, int], ...],
        tuple[tuple[int, str, float, int, int, bool], ...],
        int | None,
    ]

    def __init__(self) -> None:
        self._now = 0
        self._units: dict[int, _Unit] = {}
        self._kinds: dict[str, _Kind] = {}
        self._all = _Kind()  # the sums over all kinds; nothing is ranked in it
        self._newest: int | None = None

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Take in a new unit. One that is held was seen again: it is worth as much as a new one, or more.

        Where its kind is another than before, it has been held as the new one all the time.
        """
        unit = self._units.get(unit_id)
        if unit is None:
            self._now += TICKS // max(1, len(self._units))
            self._newest = unit_id
            self._enter(unit_id, _Unit(self._known(kind), 1.0, self._now, self._now))
            return
        weight = max(1.0, self._weight(unit))
        kind = self._known(kind) if kind else unit.kind
        self._withdraw(unit_id)
        self._enter(unit_id, _Unit(kind, weight, self._now, unit.entered, unit.asked))

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Count a recall of a unit that is held; the first also for its kind."""
        unit = self._units.get(unit_id)
        if unit is not None:
            unit.weight, unit.last = 1.0 + self._weight(unit), self._now
            self._kinds[unit.kind].ranking.put(unit_id, _key(unit))
            for kind in () if unit.asked else (self._kinds[unit.kind], self._all):
                kind.asked.end(unit.entered, self._now, event=True)
            unit.asked = True

    def on_remove(self, unit_id: int, stamp_ns: int) -> None:
        """Forget a unit, and count for its kind that it went."""
        if unit_id in self._units:
            self._forget(unit_id, gone=True)

    def victim(self, stamp_ns: int) -> int:
        """Return the unit of the least value, of equals the one heard of first, and forget it."""
        candidates = []
        for kind in self._kinds.values():
            unit_id = kind.ranking.least(but=self._newest) if len(kind.ranking) else None
            if unit_id is not None:
                candidates.append((self._odds(unit_id), self._units[unit_id].last, unit_id))
        unit_id = min(candidates)[2] if candidates else self._newest
        if unit_id is None:
            raise self._nothing_held()
        self._forget(unit_id, gone=False)
        return unit_id

    def value(self, unit_id: int) -> float:
        """Return a unit's value, 0 to 1. Raises InputError where it is not held."""
        if unit_id not in self._units:
            raise InputError(f"unit {unit_id} is not held; ask for one that is.")
        odds = self._odds(unit_id)
        return odds / (1 + odds)

    def _odds(self, unit_id: int) -> float:
        """Return asked_i / gone_k: in the order of the value, and finer where that is nearly 1."""
        unit, now = self._units[unit_id], self._now
        kind = self._kinds[unit.kind]
        asked = kind.asked.rate(now, self._all.asked.rate(now, 1 / TAU))
        gone = kind.gone.rate(now, self._all.gone.rate(now, 1 / TAU))
        return (1 + self._weight(unit)) / (1 / asked + TAU) / gone

    def _weight(self, unit: _Unit) -> float:
        """Return n_i now."""
        return unit.weight * 2.0 ** ((unit.last - self._now) / (TICKS * HALF_LIFE))

    def _known(self, kind: str) -> str:
        return kind if kind in self._kinds or len(self._kinds) < KINDS_MAX else ""

    def _enter(self, unit_id: int, unit: _Unit) -> None:
        kind = self._kinds.setdefault(unit.kind, _Kind())
        self._units[unit_id] = unit
        kind.ranking.put(unit_id, _key(unit))
        for counted in (kind, self._all):
            counted.gone.begin(unit.entered)
            if not unit.asked:
                counted.asked.begin(unit.entered)

    def _withdraw(self, unit_id: int) -> None:
        """Undo `_enter`."""
        unit = self._units.pop(unit_id)
        kind = self._kinds[unit.kind]
        kind.ranking.drop(unit_id)
        for counted in (kind, self._all):
            counted.gone.withdraw(unit.entered)
            if not unit.asked:
                counted.asked.withdraw(unit.entered)

    def _forget(self, unit_id: int, *, gone: bool) -> None:
        """Let a unit go; for how long it was at risk stays known of its kind."""
        unit = self._units.pop(unit_id)
        kind = self._kinds[unit.kind]
        kind.ranking.drop(unit_id)
        for counted in (kind, self._all):
            counted.gone.end(unit.entered, self._now, event=gone)
            if not unit.asked:
                counted.asked.end(unit.entered, self._now, event=False)
        if unit_id == self._newest:
            self._newest = None

    def _written(self) -> Any:
        kinds = tuple(
            (name, k.asked.events, k.asked.over_ticks, k.gone.events, k.gone.over_ticks)
            for name, k in sorted(self._kinds.items())
        )
        units = tuple((i, u.kind, u.weight, u.last, u.entered, u.asked) for i, u in sorted(self._units.items()))
        return self._now, kinds, units, self._newest

    def _take(self, written: Any) -> None:
        now, kinds, units, newest = written
        self._distinct([unit[0] for unit in units])
        known = {name: _Kind(_Hazard(*counts[:2]), _Hazard(*counts[2:])) for name, *counts in kinds}
        sound = all(k in known and 1 <= w < math.inf and 0 <= start <= last <= now for _, k, w, last, start, _ in units)
        if not sound or len(known) != len(kinds) or min((n for kind in kinds for n in kind[1:]), default=0) < 0:
            raise InputError("the state of the survival-value policy has a unit or kind that cannot be; it is damaged.")
        self._now, self._units, self._kinds = now, {}, known
        sums = [sum(kind[i] for kind in kinds) for i in (1, 2, 3, 4)]
        self._all = _Kind(_Hazard(*sums[:2]), _Hazard(*sums[2:]))
        for unit_id, *fields in units:
            self._enter(unit_id, _Unit(*fields))
        self._newest = newest if newest in self._units else None


def _key(unit: _Unit) -> float:
    return math.log2(unit.weight) + unit.last / (TICKS * HALF_LIFE)

"""A memory of where things are, told what a robot sees in a drawn world: persistence and rates, as rooms drive them."""

from __future__ import annotations

import numpy as np
from belief_worlds import World

from spatialmem.belief.persistence import Filter, departure, fresh, observed, p_there
from spatialmem.belief.rates import Move, Rates

__all__ = ["ANSWER", "answers"]

MISSING_P = 0.1
MOVES_FIRST = 20
"""A class is asked about once so many of its moves were seen."""
ANSWER = np.dtype(
    [("p", "f8"), ("there", "?"), ("age_s", "f8"), ("looked", "?"), ("newest", "?"), ("dwell_s", "f8"), ("thing", "i4")]
)
"""P(still there); whether it is; since when it was not seen; whether the last look saw it; whether it is the one of its
class that was seen last; the mean stay of its class; which thing."""


def answers(world: World, *, by_place: bool = True) -> np.ndarray:
    """Return what is answered to every question, of every thing of a class that has shown enough moves."""
    memory, told, v = _Memory(world, by_place), [], 0
    for asked_s in world.asked_s:
        while v < len(world.visits_s) and world.visits_s[v] <= asked_s:
            memory.look(v)
            v += 1
        told.append(memory.answer(float(asked_s)))
    return np.concatenate(told)


class _Memory:
    def __init__(self, world: World, by_place: bool):
        n = len(world.things)
        self._world, self._by_place = world, by_place
        self._labels = [thing.label for thing in world.things]
        self._rates = Rates(
            prior_moves=1.0, prior_dwell_s=7 * 86400.0, classes={}, place_moves_min=5, miss_prior=(1.0, 4.0)
        )
        self._belief = fresh(n)
        self._spot, self._place = np.full(n, -1), np.full(n, -1)
        self._seen_s, self._looked_s = np.zeros(n), np.zeros(n)
        self._missing: dict[int, Move] = {}
        self._moves: dict[str, int] = dict.fromkeys(self._labels, 0)

    def look(self, v: int) -> None:
        """Come to a place: what is reported is there, what was believed there and is not reported may be gone."""
        now_s, place = float(self._world.visits_s[v]), int(self._world.visited[v])
        reported = self._world.reported[:, v]
        for thing in np.flatnonzero(reported):
            self._see(int(thing), int(self._world.spots[thing, v]), place, now_s)
        not_there = np.flatnonzero((self._place == place) & (self._spot >= 0) & ~reported)
        if len(not_there):
            self._miss(not_there, now_s)

    def _see(self, thing: int, spot: int, place: int, now_s: float) -> None:
        label = self._labels[thing]
        move = self._missing.pop(thing, None)
        if self._spot[thing] == spot:
            if move is not None:
                self._rates.take_back(move)
                self._moves[label] -= 1
            self._rates.stayed(label, self._named(self._place[thing]), now_s - float(self._seen_s[thing]))
            self._rates.missed(label, float(self._belief.missed[thing]))
            self._rates.reported(label)
        elif self._spot[thing] >= 0 and move is None:
            self._left(thing, now_s)
        self._spot[thing], self._place[thing] = spot, place
        self._seen_s[thing] = self._looked_s[thing] = now_s
        self._put(np.array([thing]), fresh(1))

    def _miss(self, rows: np.ndarray, now_s: float) -> None:
        ones = np.ones(len(rows))
        rate = np.array([self._rates.miss_rate(self._labels[i]) for i in rows])
        after = observed(self._of(rows), **self._times(rows, now_s), q_there=rate, q_gone=ones, missed=ones)
        self._put(rows, after)
        self._looked_s[rows] = now_s
        for i in rows[p_there(after, **self._times(rows, now_s)) < MISSING_P]:
            if int(i) not in self._missing:
                self._missing[int(i)] = self._left(int(i), now_s)

    def _left(self, thing: int, now_s: float) -> Move:
        """Learn from a thing that is not where it was."""
        rows, label = np.array([thing]), self._labels[thing]
        after, before, missed = (float(x[0]) for x in departure(self._of(rows), **self._times(rows, now_s)))
        self._moves[label] += 1
        return self._rates.moved(label, self._named(self._place[thing]), before - after, after_s=after, missed=missed)

    def answer(self, now_s: float) -> np.ndarray:
        """What is believed now, beside the truth."""
        known = [i for i, label in enumerate(self._labels) if self._spot[i] >= 0 and self._moves[label] >= MOVES_FIRST]
        rows = np.array(known, dtype=np.int64)
        found = np.zeros(len(rows), ANSWER)
        if not len(rows):
            return found
        found["p"] = p_there(self._of(rows), **self._times(rows, now_s))
        things, at = self._world.things, np.array([now_s])
        found["there"] = [things[i].spot(at)[0] == self._spot[i] for i in rows]
        found["age_s"], found["looked"] = now_s - self._seen_s[rows], self._belief.missed[rows] == 0
        found["thing"] = rows
        found["dwell_s"] = [things[i].dwell_s for i in rows]
        newest: dict[str, int] = {}
        for i in np.argsort(self._seen_s, kind="stable"):
            newest[self._labels[i]] = int(i)
        found["newest"] = [newest[self._labels[i]] == i for i in rows]
        return found

    def _of(self, rows: np.ndarray) -> Filter:
        return Filter(*(column[rows] for column in self._belief))

    def _put(self, rows: np.ndarray, belief: Filter) -> None:
        for column, new in zip(self._belief, belief, strict=True):
            column[rows] = new

    def _times(self, rows: np.ndarray, now_s: float) -> dict[str, np.ndarray]:
        """What the filter asks for, by its names."""
        rates = [self._rates.rate(self._labels[i], self._named(self._place[i])) for i in rows]
        alpha, beta_s = np.array(rates, dtype=float).T.copy()
        seen_s = self._seen_s[rows]
        return {"from_s": self._looked_s[rows] - seen_s, "to_s": now_s - seen_s, "alpha": alpha, "beta_s": beta_s}

    def _named(self, place) -> str:
        return f"place {place}" if self._by_place else ""

"""Worlds in which things are moved about, with their truth at any time, to ask what a belief about them is worth.

A world has places, classes of things that stay for their own mean time in one spot, and a robot that comes by at
irregular times with a detector that misses but invents nothing. A spot is never taken twice: a thing that is put back
on the table lies in another spot. Half of the moves end in a place that the robot comes to, half out of its sight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["ARMS", "Thing", "World", "drawn_world"]

ARMS = "exponential", "Weibull", "daily", "by place", "out of sight"
"""How long things stay: exponential; Weibull with k = 2, so that those moved lately stay; exponential, by day only,
between 8 and 20 o'clock; exponential, with another mean time for each place of each class; exponential, and nine of ten
moves end out of sight."""
HOUR_S, DAY_S = 3600.0, 86400.0
CLASSES, PLACES = 6, 10
DWELL_S = 5 * 60.0, 21 * DAY_S
"""The mean stays of classes are log-uniform between these."""
MISSES = 0.05, 0.3
"""How often a detector misses a class in clear view: uniform between these."""
THINGS = 3, 6
HIDDEN_P, HIDDEN_OFTEN_P = 0.5, 0.9
NOWHERE = -1
MOVES = 45
"""The slowest class has about so many moves in the time of a world: of those seen, some come after the twentieth."""
DAY_FROM_H, DAY_TO_H = 8.0, 20.0
PLACE_SPREAD = 8.0
"""In worlds by place, a place is up to so many times as fast or as slow as its class."""


@dataclass(frozen=True, eq=False)
class Thing:
    """One thing: when it leaves each of its spots, and in which places those are."""

    label: str
    miss_p: float
    dwell_s: float
    leaves_s: np.ndarray
    places: np.ndarray

    def spot(self, times_s: np.ndarray) -> np.ndarray:
        """The number of the spot in which it is at these times."""
        return np.searchsorted(self.leaves_s, times_s, side="right")


@dataclass(frozen=True, eq=False)
class World:
    """Things; when the robot comes where, and which of what is there its detector reports; when somebody asks."""

    things: tuple[Thing, ...]
    visits_s: np.ndarray
    visited: np.ndarray
    spots: np.ndarray
    """Of each thing at each visit."""
    reported: np.ndarray
    """Whether it is in the place that is visited, and reported."""
    asked_s: np.ndarray


def drawn_world(
    seed: int, arm: str, *, questions: int = 200, stays_s: tuple[float, float] = DWELL_S, moves: float = MOVES
) -> World:
    """Draw a world, with mean stays in `stays_s`. Classes, places and visits of a seed are the same in every arm."""
    rng = np.random.default_rng((seed, 7))
    dwell_s = np.exp(rng.uniform(np.log(stays_s[0]), np.log(stays_s[1]), CLASSES))
    counts = rng.integers(THINGS[0], THINGS[1] + 1, CLASSES)
    miss_p = rng.uniform(*MISSES, CLASSES)
    slower = np.exp(rng.uniform(-np.log(PLACE_SPREAD), np.log(PLACE_SPREAD), (CLASSES, PLACES + 1)))
    if arm != "by place":
        slower = np.ones_like(slower)
    end_s = max(moves * float(np.max(dwell_s * slower.mean(axis=1) / counts)), 4 * DAY_S)
    visits_s, visited = _visits(rng, end_s)
    moving = np.random.default_rng((seed, 11, ARMS.index(arm)))
    things = tuple(
        _thing(moving, f"class {c}", float(miss_p[c]), float(dwell_s[c]), slower[c], end_s, arm)
        for c in range(CLASSES)
        for _ in range(counts[c])
    )
    spots = np.stack([thing.spot(visits_s) for thing in things])
    there = np.stack([thing.places[row] for thing, row in zip(things, spots, strict=True)]) == visited
    missed = moving.random(there.shape) < np.array([[thing.miss_p] for thing in things])
    return World(things, visits_s, visited, spots, there & ~missed, _asked(moving, visits_s, end_s, questions))


def _visits(rng: np.random.Generator, end_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Rounds with minutes between two places, and hours between two rounds; some places are passed more often."""
    count = int(3 * end_s / HOUR_S) + 100
    minutes = 60.0 * np.exp(rng.normal(np.log(3.0), 1.0, count))
    gaps_s = np.where(rng.random(count) < 0.85, minutes, rng.exponential(5 * HOUR_S, count))
    times_s = np.cumsum(gaps_s)
    share = rng.dirichlet(np.full(PLACES, 3.0))
    visited = rng.choice(PLACES, count, p=share)
    return times_s[times_s < end_s], visited[times_s < end_s]


def _thing(rng, label: str, miss_p: float, dwell_s: float, slower: np.ndarray, end_s: float, arm: str) -> Thing:
    count = int(2 * end_s / (dwell_s * float(slower.min()))) + 50
    hidden_p = HIDDEN_OFTEN_P if arm == "out of sight" else HIDDEN_P
    places = np.where(rng.random(count + 1) < hidden_p, NOWHERE, rng.integers(0, PLACES, count + 1))
    if arm == "Weibull":
        stays_s = rng.weibull(2.0, count) * dwell_s / 0.886226925452758  # Gamma(1.5), the mean of Weibull(2)
    else:
        stays_s = rng.exponential(dwell_s * slower[places[:-1]])
    leaves_s = np.cumsum(stays_s)
    if arm == "daily":
        leaves_s = _by_day(leaves_s, rng)
    return Thing(label, miss_p, dwell_s, leaves_s, places)


def _by_day(leaves_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let time pass in the hours of the day only, and so much faster that the mean is the same; time 0 is midnight."""
    share = (DAY_TO_H - DAY_FROM_H) / 24.0
    days, rest = np.divmod(leaves_s * share, share * DAY_S)
    return days * DAY_S + DAY_FROM_H * HOUR_S + rest


def _asked(rng: np.random.Generator, visits_s: np.ndarray, end_s: float, questions: int) -> np.ndarray:
    """Half at any time, half from 10 s to a day after a visit (log-uniform)."""
    half = questions // 2
    after_s = rng.choice(visits_s, half) + np.exp(rng.uniform(np.log(10.0), np.log(DAY_S), half))
    times_s = np.concatenate([rng.uniform(0.0, end_s, questions - half), after_s])
    return np.sort(times_s[times_s < end_s])

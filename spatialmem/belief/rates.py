"""`Rates`: how fast things of each class move, in each place, and how often a detector misses them; learned.

Per class, and per class and place (the label of what it stands on or in), the rate is what `hazard` keeps: it begins as
the settings say, and every stay and every move that was seen counts. A place goes by its class until it has shown
`place_moves_min` moves of its own, or the class should have moved there so often in the time that things were seen to
stay. It began, with its first event, with what was known of the class, worth one move.

A class that was there and in clear view is reported or missed: its miss rate is Beta, misses and reports counted.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping

import msgspec

from spatialmem.belief.hazard import DWELL_S, Gamma, Hazard, difference, hazard_of, matched, moved, plus, stayed
from spatialmem.config import BeliefConfig
from spatialmem.errors import InputError

__all__ = ["HALF_LIFE_MAX_S", "Learned", "Move", "Rates", "rates_of_config", "refuse_unsound_move"]

PLACE_MOVES = 1.0
"""What is known of a class is worth so many moves to one of its places."""
MISS_VIEWS = 5.0
"""What is assumed of a detector counts as much as so many reports and misses."""
PLACES_MAX = 10_000
"""So many pairs of a class and a place are kept; others go by their class."""
CLASSES_MAX = 4096
"""So many classes have rates of their own; the others go by one that they share."""
OTHERS = ""
LEAST = 1e-6
"""A move that was taken back leaves less than this of itself, by rounding."""
HALF_LIFE_MAX_S = 3.2e9
"""A century: a longer stay is told as this."""


class Move(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What one move added, to be taken back should the thing be found where it was."""

    label: str
    place: str
    of_class: Hazard
    of_place: Hazard | None
    stayed_s: float
    missed: float


class _InPlace(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One class in one place: what is known, and how much of it was seen there."""

    hazard: Hazard
    moves: int
    stayed_s: float


class Learned(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All that was learned, in the order of the keys, for msgspec to write."""

    classes: tuple[tuple[str, Hazard], ...]
    places: tuple[tuple[tuple[str, str], _InPlace], ...]
    misses: tuple[tuple[str, tuple[float, float]], ...]
    """By label: how many misses are expected to have been, and reports."""


class Rates:
    """What is known of classes. The place "" is none: such events count for the class only."""

    def __init__(
        self,
        *,
        prior_moves: float,
        prior_dwell_s: float,
        classes: Mapping[str, tuple[float, float]],
        place_moves_min: int,
        miss_prior: tuple[float, float],
    ):
        """Begin with what the settings say.

        prior_moves, prior_dwell_s: a thing of any class stays for so long [s], as sure as if so many moves were seen;
        `classes` has its own for some labels. place_moves_min: so many moves make a place's own rate. miss_prior:
        misses and reports that count before the first, both > 0. Raises InputError for numbers that are not positive.
        """
        priors = {"": (prior_moves, prior_dwell_s), **classes}
        wrong = [f"{label!r}: {numbers}" for label, numbers in priors.items() if not _positive(*numbers)]
        if wrong or not _positive(*miss_prior):
            raise InputError(
                f"what is expected before anything is seen must be positive and finite, not {', '.join(wrong)} "
                f"(moves, dwell_s) with miss_prior {miss_prior}; correct the settings."
            )
        self._prior, self._priors = (prior_moves, prior_dwell_s), dict(classes)
        self._place_moves_min, self._miss_prior = place_moves_min, miss_prior
        self._classes: dict[str, Hazard] = {}
        self._places: dict[tuple[str, str], _InPlace] = {}
        self._misses: dict[str, tuple[float, float]] = {}
        self._rates: dict[str, dict[str, Gamma]] = {}
        """By label and place, matched when somebody asked and left behind when something was learned of the label."""
        self._still: Rates | None = None

    def still(self) -> Rates:
        """Return all of it as it is now, for readers on any thread: nobody teaches that one. It waits for nothing."""
        if self._still is None:
            self._still = self.copy()
        return self._still

    def copy(self) -> Rates:
        """Return another that knows the same, and learns apart. What no one changes is shared."""
        made = copy.copy(self)
        made._classes, made._places, made._misses = dict(self._classes), dict(self._places), dict(self._misses)
        made._rates, made._still = dict(self._rates), None
        return made

    def stayed(self, label: str, place: str, dwell_s: float) -> None:
        """Learn that a thing was seen where it was seen so long ago [s]. Each stretch of time counts once."""
        label = self._class(label)
        there = self._kept(label, place)
        self._classes[label] = stayed(self._known(label), dwell_s)
        if there is not None:
            longer_s = there.stayed_s + max(dwell_s, 0.0)
            self._places[label, place] = _InPlace(stayed(there.hazard, dwell_s), there.moves, longer_s)
        self._learned(label)

    def moved(self, label: str, place: str, within_s: float, *, after_s: float = 0.0, missed: float = 0.0) -> Move:
        """Learn that a thing went from this place; return what that added, for `take_back`.

        It was there for `after_s` since it was last seen there, and gone `within_s` after that [s]; `missed`: so many
        looks before it went missed it. `persistence.departure` has all three.
        """
        label = self._class(label)
        there, before, of_place = self._kept(label, place), self._known(label), None
        after = self._classes[label] = moved(stayed(before, after_s), within_s)
        if there is not None:
            left = moved(stayed(there.hazard, after_s), within_s)
            of_place = difference(left, there.hazard)
            self._places[label, place] = _InPlace(left, there.moves + 1, there.stayed_s + max(after_s, 0.0))
        self.missed(label, missed)
        self._learned(label)
        return Move(label, place, difference(after, before), of_place, max(after_s, 0.0), max(missed, 0.0))

    def take_back(self, move: Move) -> None:
        """Unlearn a move that was none; what was learned since stays. Then it has `stayed` all the time."""
        label, key = move.label, (move.label, move.place)
        self._classes[label] = plus(self._known(label), move.of_class, -1.0)
        there = self._places.get(key)
        if there is not None and move.of_place is not None:
            hazard = plus(there.hazard, move.of_place, -1.0)
            self._places[key] = _InPlace(hazard, max(there.moves - 1, 0), max(there.stayed_s - move.stayed_s, 0.0))
        misses, reports = self._misses.get(label, (0.0, 0.0))
        self._misses[label] = max(misses - move.missed, 0.0), reports
        self._learned(label)

    def rate(self, label: str, place: str = "") -> Gamma:
        """Return alpha and beta [s] of how often such a thing moves away: of this place, or else of the class."""
        label = self._class(label)
        known = self._rates.setdefault(label, {})
        if place not in known:
            known[place] = self._rate(label, place)
        return known[place]

    def moves_seen(self, label: str, place: str = "") -> float:
        """Return how many moves `rate` rests on; of a class, one of which nobody knows when it was counts less."""
        label = self._class(label)
        there, known = self._telling(label, place), self._classes.get(label)
        if there is not None:
            return float(there.moves)
        seen = 0.0 if known is None else known.alpha[0] - self._priors.get(label, self._prior)[0]
        return seen if seen > LEAST else 0.0

    def _telling(self, label: str, place: str) -> _InPlace | None:
        """Return what is known of a class in one place, where that is enough to go by."""
        there = self._places.get((label, place)) if place else None
        if there is None:
            return None
        of_class = self.rate(label)
        expected = there.stayed_s * of_class.alpha / of_class.beta_s
        return there if max(there.moves, expected) >= self._place_moves_min else None

    def _rate(self, label: str, place: str) -> Gamma:
        if place:
            there = self._telling(label, place)
            return self.rate(label) if there is None else matched(there.hazard)
        known = self._classes.get(label)
        if known is None:
            moves, dwell_s = self._priors.get(label, self._prior)
            return Gamma(moves, moves * dwell_s)
        return matched(known)

    def half_life_s(self, label: str, place: str = "") -> float:
        """Return how long half of such things stay [s], at most `HALF_LIFE_MAX_S`."""
        alpha, beta_s = self.rate(label, place)
        exponent = math.log(2.0) / alpha
        return min(beta_s * math.expm1(exponent), HALF_LIFE_MAX_S) if exponent < 50.0 else HALF_LIFE_MAX_S

    def reported(self, label: str) -> None:
        """Learn that a thing that was there and in clear view was reported."""
        label = self._class(label)
        misses, reports = self._misses.get(label, (0.0, 0.0))
        self._misses[label], self._still = (misses, reports + 1.0), None

    def missed(self, label: str, count: float = 1.0) -> None:
        """Learn that a thing that was there and in clear view was not reported in so many looks.

        Call it when the thing is seen there again, for the looks since it was seen last (`Filter.missed`). `moved` has
        its own: misses before a thing left count too, or things that leave soon would seem to be missed less.
        """
        label = self._class(label)
        misses, reports = self._misses.get(label, (0.0, 0.0))
        self._misses[label], self._still = (misses + max(count, 0.0), reports), None

    def miss_rate(self, label: str) -> float:
        """Return how probable it is that such a thing in clear view is not reported, in (0, 1)."""
        told = self._misses.get(self._class(label), (0.0, 0.0))
        misses, reports = (x + n for x, n in zip(self._miss_prior, told, strict=True))
        return misses / (misses + reports)

    def to_plain(self) -> Learned:
        """Return all that was learned; the same events in the same order are the same values."""
        return Learned(
            classes=tuple(sorted(self._classes.items())),
            places=tuple(sorted(self._places.items(), key=lambda item: item[0])),
            misses=tuple(sorted(self._misses.items())),
        )

    def of_plain(self, learned: Learned) -> None:
        """Take what `to_plain` returned in place of what was learned here. Raises InputError for what it cannot be."""
        hazards = [hazard for _, hazard in learned.classes] + [there.hazard for _, there in learned.places]
        wrong = [hazard for hazard in hazards if not _sound(hazard)]
        if wrong or any(not (min(counts) >= 0 and math.isfinite(sum(counts))) for _, counts in learned.misses):
            raise InputError("what was learned of rates is damaged: Gammas and counts must be positive and finite.")
        self._classes, self._places = dict(learned.classes), dict(learned.places)
        self._misses, self._rates, self._still = dict(learned.misses), {}, None

    def _learned(self, label: str) -> None:
        """Leave behind what was matched of a label: those who read what was known before may go on with that."""
        self._rates.pop(label, None)
        self._still = None

    def _class(self, label: str) -> str:
        """Return under which name a label's rates are kept."""
        known = label in self._classes or label in self._misses
        return label if known or max(len(self._classes), len(self._misses)) < CLASSES_MAX else OTHERS

    def _known(self, label: str) -> Hazard:
        known = self._classes.get(label)
        return hazard_of(*self._priors.get(label, self._prior)) if known is None else known

    def _kept(self, label: str, place: str) -> _InPlace | None:
        """A class in one place; one that is new begins with what is known of the class, worth little."""
        there = self._places.get((label, place))
        if there is not None or not place or len(self._places) >= PLACES_MAX:
            return there
        alpha, beta_s = self.rate(label)
        return _InPlace(hazard_of(min(alpha, PLACE_MOVES), beta_s / alpha), 0, 0.0)


def rates_of_config(config: BeliefConfig) -> Rates:
    """Return what is expected before anything was learned."""
    return Rates(
        prior_moves=config.prior_moves,
        prior_dwell_s=config.prior_dwell_s,
        classes={label: (config.prior_moves, dwell_s) for label, dwell_s in config.dwell_s.items()},
        place_moves_min=config.place_moves_min,
        miss_prior=(MISS_VIEWS * config.miss_rate, MISS_VIEWS * (1 - config.miss_rate)),
    )


def refuse_unsound_move(move: Move) -> None:
    """Raise InputError for what no move can have added."""
    differences = [one for one in (move.of_class, move.of_place) if one is not None]
    numbers = [x for one in differences for column in one for x in column] + [move.stayed_s, move.missed]
    if not (all(_whole(one) for one in differences) and all(math.isfinite(x) for x in numbers)):
        raise InputError("what a move taught is damaged: its Gammas must be all there, and finite.")


def _positive(*numbers: float) -> bool:
    return all(math.isfinite(x) and x > 0 for x in numbers)


def _whole(hazard: Hazard) -> bool:
    return {len(column) for column in hazard} == {len(DWELL_S) + 1}


def _sound(hazard: Hazard) -> bool:
    return (
        _whole(hazard) and _positive(*hazard.alpha, *hazard.beta_s) and all(math.isfinite(w) for w in hazard.log_weight)
    )

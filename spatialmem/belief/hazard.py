"""How fast things of one kind move, as far as it is known: a mixture of Gammas over the rate, and the one nearest.

A thing stays for an exponential time with rate l [1/s], and l ~ Gamma(alpha, beta), density ~ l^(alpha-1) e^(-beta l):

    it stayed for D        likelihood e^(-l D):      beta += D, and the chance of that was (beta / (beta + D))^alpha
    it went within D       likelihood 1 - e^(-l D):  the posterior, matched to a Gamma by its first two moments

One Gamma that says "a week, worth one move" excludes that a thing moves every ten minutes: exp(-1000), and twenty moves
later it still says eight hours. So the settings are believed up to `DOUBT` only (contamination of a prior by another,
Berger 1985, Statistical Decision Theory, 4.7): the rest is spread evenly over Gammas worth one move of `DWELL_S` each,
and the chance of what is seen, in closed form above, says which of them go on. `matched` is one Gamma with the mean and
the variance of ln l of all of them: of l itself, the unlikely fast ones would be all that counts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = [
    "DOUBT",
    "DWELL_S",
    "Gamma",
    "Hazard",
    "difference",
    "hazard_of",
    "matched",
    "moved",
    "moved_gamma",
    "plus",
    "stayed",
]

DOUBT = 0.01
"""How probable it is that the settings are of no use for a kind of thing."""
DWELL_S = tuple(900.0 * 4.0**k for k in range(9))
"""From a quarter of an hour to two years, so near to each other that a Gamma worth one move reaches from one to the
next. With a minute among them, one move of a few seconds' would say that its kind moves every minute."""
ALPHA_MIN, ALPHA_MAX = 0.01, 1e6
BETA_MIN_S, BETA_MAX_S = 1e-3, 1e12
LONG_S = 1e10
"""Times are cut here, at 300 years: beyond it lies no time, but a wrong stamp."""
NEGLIGIBLE = -30.0
"""A Gamma with e^this of the greatest weight changes no answer."""


class Gamma(NamedTuple):
    """A rate [1/s] is Gamma(alpha, beta): mean alpha / beta; worth so many moves, seen in so much time [s]."""

    alpha: float
    beta_s: float


class Hazard(NamedTuple):
    """Gammas and the logarithms of their weights, the greatest 0; of two, the difference from one to the other."""

    alpha: tuple[float, ...]
    beta_s: tuple[float, ...]
    log_weight: tuple[float, ...]


def hazard_of(moves: float, dwell_s: float) -> Hazard:
    """Return what is known at first: it stays for so long [s], which is as sure as if so many moves were seen."""
    doubted = math.log(DOUBT / (1.0 - DOUBT) / len(DWELL_S))
    first = _bounded(moves, moves * dwell_s)
    return Hazard(
        alpha=(first.alpha, *(1.0 for _ in DWELL_S)),
        beta_s=(first.beta_s, *DWELL_S),
        log_weight=(0.0, *(doubted for _ in DWELL_S)),
    )


def stayed(known: Hazard, dwell_s: float) -> Hazard:
    """Return what is known once a thing was seen to have stayed for so long [s]."""
    dwell_s = _cut(dwell_s)
    return _of(
        [_bounded(a, b + dwell_s) for a, b in zip(known.alpha, known.beta_s, strict=True)],
        [w + _log_stay(a, b, dwell_s) for a, b, w in zip(*known, strict=True)],
    )


def moved(known: Hazard, within_s: float) -> Hazard:
    """Return what is known once a thing was seen to have gone some time within so long [s]."""
    within_s = _cut(within_s)
    return _of(
        [moved_gamma(a, b, within_s) for a, b in zip(known.alpha, known.beta_s, strict=True)],
        [w + _log_go(a, b, within_s) for a, b, w in zip(*known, strict=True)],
    )


def plus(known: Hazard, difference: Hazard, sign: float = 1.0) -> Hazard:
    """Return one that differs from `known` by so much; `sign` -1 takes the difference away."""
    alpha, beta_s, log_weight = (
        [x + sign * d for x, d in zip(*pair, strict=True)] for pair in zip(known, difference, strict=True)
    )
    return _of([_bounded(a, b) for a, b in zip(alpha, beta_s, strict=True)], log_weight)


def difference(after: Hazard, before: Hazard) -> Hazard:
    """Return what has to be added to `before`."""
    return Hazard(*(tuple(x - y for x, y in zip(*pair, strict=True)) for pair in zip(after, before, strict=True)))


def moved_gamma(alpha: float, beta_s: float, within_s: float) -> Gamma:
    """Return the Gamma with the mean and the variance of l^(alpha-1) e^(-beta l) (1 - e^(-l D)), D = `within_s`.

    With r = beta / (beta + D) and e_k = 1 - r^(alpha + k), the k-th moments are
    E l = alpha / beta * e_1 / e_0, E l^2 = alpha (alpha + 1) / beta^2 * e_2 / e_0; so
    Var l / (E l)^2 = e_0 e_2 / (alpha e_1^2) - r^alpha (1 - r)^2 / e_1^2,
    which is 1 / (alpha + 1) for D = 0, the limit, where the move itself was seen, and 1 / alpha for a long time.
    """
    log_r = -math.log1p(within_s / beta_s)
    e_0, e_1, e_2 = (-math.expm1((alpha + k) * log_r) for k in range(3))
    if e_0 <= 1e-290:
        return _bounded(alpha + 1.0, beta_s)
    gap = within_s / (beta_s + within_s) / e_1
    spread = (e_0 / e_1) * (e_2 / e_1) / alpha - math.exp(alpha * log_r) * gap * gap
    shape = min(max(1.0 / spread, alpha), alpha + 1.0)
    return _bounded(shape, shape * beta_s / alpha * (e_0 / e_1))


def matched(known: Hazard) -> Gamma:
    """Return the Gamma with the mean and the variance of ln l."""
    kept = [(a, b, math.exp(w)) for a, b, w in zip(*known, strict=True) if w > NEGLIGIBLE]
    total = math.fsum(w for _, _, w in kept)
    logs = [(w / total, _digamma(a) - math.log(b), _trigamma(a)) for a, b, w in kept]
    mean = math.fsum(w * log for w, log, _ in logs)
    variance = math.fsum(w * (spread + (log - mean) ** 2) for w, log, spread in logs)
    alpha = _inverse_trigamma(variance)
    return _bounded(alpha, math.exp(_digamma(alpha) - mean))


def _log_stay(alpha: float, beta_s: float, dwell_s: float) -> float:
    return -alpha * math.log1p(dwell_s / beta_s)


def _log_go(alpha: float, beta_s: float, within_s: float) -> float:
    """ln of the chance to go within D; at D = 0 of its density, up to a factor that all have."""
    return math.log(max(-math.expm1(_log_stay(alpha, beta_s, max(within_s, BETA_MIN_S))), 1e-300))


def _cut(duration_s: float) -> float:
    """Inputs that come late make a time negative: nothing has passed then."""
    return min(max(duration_s, 0.0), LONG_S)


def _bounded(alpha: float, beta_s: float) -> Gamma:
    """Keep the mean where there are more moves than can be counted, and both within what the filter is sound for."""
    if ALPHA_MIN <= alpha <= ALPHA_MAX and BETA_MIN_S <= beta_s <= BETA_MAX_S:
        return Gamma(alpha, beta_s)
    scale = min(1.0, ALPHA_MAX / alpha, BETA_MAX_S / beta_s) if alpha > 0 and beta_s > 0 else 1.0
    return Gamma(max(alpha * scale, ALPHA_MIN), max(beta_s * scale, BETA_MIN_S))


def _of(gammas: list[Gamma], log_weight: list[float]) -> Hazard:
    greatest = max(log_weight)
    alpha, beta_s = zip(*gammas, strict=True)
    return Hazard(alpha, beta_s, tuple(w - greatest for w in log_weight))


def _digamma(x: float) -> float:
    """d/dx ln Gamma(x), x > 0: by recurrence to x >= 8, then the asymptotic series (Abramowitz and Stegun 6.3.18)."""
    below = 0.0
    while x < 8.0:
        below += 1.0 / x
        x += 1.0
    y = 1.0 / (x * x)
    return math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132)))) - below


def _trigamma(x: float) -> float:
    """The derivative of `_digamma` (Abramowitz and Stegun 6.4.12)."""
    below = 0.0
    while x < 8.0:
        below += 1.0 / (x * x)
        x += 1.0
    y = 1.0 / (x * x)
    return (1.0 + 0.5 / x + y * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y * (1 / 30 - y * 5 / 66))))) / x + below


def _inverse_trigamma(value: float) -> float:
    """Return x with `_trigamma(x)` = value > 0, by Newton's method on ln x, which is nearly straight in ln value."""
    x = 0.5 + 1.0 / value if value < 4.0 else 1.0 / math.sqrt(value)
    for _ in range(12):
        error = math.log(_trigamma(x) / value)
        slope = x * (_trigamma(x * 1.000001) - _trigamma(x * 0.999999)) / (2e-6 * x) / _trigamma(x)
        x *= math.exp(-error / slope)
        if abs(error) < 1e-12:
            break
    return x

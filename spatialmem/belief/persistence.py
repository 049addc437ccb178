"""Is it still there: the persistence filter of Rosen, Mason and Leonard, on columns, one row an object.

Rosen, Mason and Leonard (2016), "Towards lifelong feature-based mapping in semi-static environments", ICRA. A thing
that was seen stays for a time T and then is gone. Looking at time t says "there" or "not there" with one likelihood
where T >= t and with another where T < t, and all looks are independent given T. So after the looks y_1 .. y_N

    P(T >= t | y_1 .. y_N) = p(y_1 .. y_N | T >= t) P(T >= t) / p(y_1 .. y_N)      for t >= t_N,

and their recursion keeps the evidence p(y_1 .. y_N) as a running sum over the gaps between looks in which T may lie.
Two numbers an object carry all of it, up to a common factor:

    there = p(y_1 .. y_N, T >= t_N)        gone = p(y_1 .. y_N, T < t_N).

Between looks mass goes from `there` to `gone` by the survival S(t) / S(t_N); a look multiplies both by its likelihoods.
(With l the likelihood of the looks if it is still there, `there` is l S(t_N). Kept as one product, what goes over is
l S(t_N) (1 - S(t) / S(t_N)) without a difference of two nearly equal numbers.)

T given a rate is exponential, and the rate is Gamma(alpha, beta): S(t) = (beta / (beta + t))^alpha, the Lomax
distribution. Times run from the last sighting, at which `fresh` begins anew. Rates may change between looks: what is
yet to come follows the new one, what was concluded stays.

When a thing turns out to be gone, it went in one of the gaps, and the looks before that missed it. Means over the gaps,
weighted by what went over in each, say between which times it went and how many looks missed it: `departure`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

__all__ = [
    "FALSE_P",
    "Column",
    "Departure",
    "Filter",
    "departure",
    "doubted",
    "fresh",
    "observed",
    "p_left",
    "p_there",
    "survival",
]

FALSE_P = 0.02
"""So often a detection is of something else, or of nothing: a thing just seen is there with the rest."""

Column = Float64[np.ndarray, " n"]


class Filter(NamedTuple):
    """What is believed of things since each was seen last, as of the last look at it. Columns."""

    there: Column
    """Evidence that it is still there, up to a factor common to these three."""
    gone: Column
    """Evidence that it is not there: `left`, and that it never was."""
    left: Column
    """Evidence that it was there and left since."""
    after_s: Column
    """If it left: mean of the last look before that [s since the last sighting]."""
    before_s: Column
    """If it left: mean of the first look after that [s since the last sighting]."""
    missed_before: Column
    """If it left: mean number of looks before that in which the detector missed it."""
    missed: Column
    """If it is still there: number of looks in which the detector missed it."""


class Departure(NamedTuple):
    """Of things that are known to have left: between which times [s since the last sighting], and misses before."""

    after_s: Column
    before_s: Column
    missed: Column


def survival(to_s: Column, *, from_s: Column, alpha: Column, beta_s: Column) -> Column:
    """Return P(T >= to | T >= from), elementwise: S(to) / S(from); 1 where `to_s` is not later.

    Times since the last sighting [s], >= 0; alpha > 0, beta_s > 0 [s].
    """
    return np.exp(_log_survival(to_s, from_s, alpha, beta_s))


def _log_survival(to_s: Column, from_s: Column, alpha: Column, beta_s: Column) -> Column:
    return -alpha * np.log1p(np.maximum(to_s - from_s, 0.0) / (beta_s + from_s))


def fresh(count: int, *, false_p: float = FALSE_P) -> Filter:
    """Return what is believed of things that were seen just now. false_p in [0, 1): it was something else."""
    there, gone = np.full(count, 1.0 - false_p), np.full(count, false_p)
    return Filter(there, gone, *(np.zeros(count) for _ in Filter._fields[2:]))


def doubted(count: int, p: float) -> Filter:
    """Return what is believed of things that are where they were said to be with probability p, else elsewhere."""
    belief = fresh(count, false_p=1.0 - p)
    return belief._replace(left=belief.gone.copy())


def observed(
    belief: Filter,
    *,
    from_s: Column,
    to_s: Column,
    alpha: Column,
    beta_s: Column,
    q_there: Column,
    q_gone: Column,
    missed: Column,
) -> Filter:
    """Return what is believed after a look at `to_s`, where `belief` was of `from_s` [s since the last sighting].

    q_there, q_gone > 0: how likely what was seen is if it is still there, and if it is gone; only their ratio counts.
    missed: 1 where the detector did not report it though nothing hid it, else 0. A look that comes late, with `to_s`
    before `from_s`, counts as of `from_s`. The three kinds of evidence are scaled by a power of two, which is exact:
    the greatest is in [0.5, 1), so that any number of looks neither overflows nor becomes nothing.
    """
    kept = _carried(belief, from_s, to_s, alpha, beta_s)
    there, gone, left = kept.there * q_there, kept.gone * q_gone, kept.left * q_gone
    _, exponent = np.frexp(np.maximum(there, gone))
    there, gone, left = (np.ldexp(x, -exponent) for x in (there, gone, left))
    return kept._replace(there=there, gone=gone, left=left, missed=kept.missed + missed)


def p_there(belief: Filter, *, from_s: Column, to_s: Column, alpha: Column, beta_s: Column) -> Column:
    """Return P(still there at `to_s`) after looks up to `from_s` [s since the last sighting], in [0, 1]."""
    log_survival = _log_survival(to_s, from_s, alpha, beta_s)
    there, gone = belief.there * np.exp(log_survival), belief.gone - belief.there * np.expm1(log_survival)
    return there / (there + gone)


def p_left(belief: Filter, *, from_s: Column, to_s: Column, alpha: Column, beta_s: Column) -> Column:
    """Return P(was there and left by `to_s`), in [0, 1]: the rest of `p_there` is that it never was."""
    kept = _carried(belief, from_s, to_s, alpha, beta_s)
    return kept.left / (kept.there + kept.gone)


def departure(belief: Filter, *, from_s: Column, to_s: Column, alpha: Column, beta_s: Column) -> Departure:
    """Return when things left that are known at `to_s` to have left, after looks up to `from_s`.

    The expectations that EM takes (Dempster, Laird and Rubin 1977): who learns from them how fast things leave and how
    often they are missed learns neither that what was missed had left, nor that what had left was missed.
    """
    kept = _carried(belief, from_s, to_s, alpha, beta_s)
    return Departure(kept.after_s, kept.before_s, kept.missed_before)


def _carried(belief: Filter, from_s: Column, to_s: Column, alpha: Column, beta_s: Column) -> Filter:
    """Let the time go on: what leaves meanwhile has left after the last look."""
    to_s = np.maximum(to_s, from_s)
    log_survival = _log_survival(to_s, from_s, alpha, beta_s)
    leaving = -belief.there * np.expm1(log_survival)
    left = belief.left + leaving
    share = np.divide(leaving, left, out=np.ones_like(left), where=left > 0)
    return Filter(
        there=belief.there * np.exp(log_survival),
        gone=belief.gone + leaving,
        left=left,
        after_s=belief.after_s + share * (from_s - belief.after_s),
        before_s=belief.before_s + share * (to_s - belief.before_s),
        missed_before=belief.missed_before + share * (belief.missed - belief.missed_before),
        missed=belief.missed,
    )

"""What a thing is called, from a detector's votes: the mean of a Dirichlet posterior.

A vote counts as much as its score. Before the first, `PRIOR` votes are spread evenly over `LABELS` labels; so
p(l) = (n_l + PRIOR / LABELS) / (N + PRIOR), with n_l the votes for l and N all of them. How many labels a detector
really has is not asked: what it learns to tell apart later must not change what is known.
"""

from __future__ import annotations

import math

__all__ = [
    "COST_MAX",
    "LABELS",
    "LABELS_MAX",
    "PRIOR",
    "SCORE_LEAST",
    "VOTED_MAX",
    "entropy_nat",
    "label_cost",
    "most_probable",
    "posterior",
    "vote",
]

PRIOR, LABELS = 0.5, 50
LABELS_MAX = 4096
"""So many labels are known to have been given, about: more are no labels, and any may have been."""
VOTED_MAX = 64
"""So many labels of one object are counted."""
SCORE_LEAST = 0.05
"""A vote counts at least so much: a detector that gives no scores still votes."""
COST_MAX = 6.0
"""Any detector takes anything for anything now and then: one time in exp(6) = 400 for each wrong label."""


def vote(votes: dict[str, float], label: str, score: float) -> None:
    """Add one vote, in place. Of too many labels the one with the fewest votes is given up."""
    votes[label] = votes.get(label, 0.0) + max(score, SCORE_LEAST)
    while len(votes) > VOTED_MAX:
        del votes[min(votes, key=lambda label: (votes[label], label))]


def posterior(votes: dict[str, float]) -> dict[str, float]:
    """Return p of every label voted for, the most probable first, by the alphabet where they are equal."""
    total = math.fsum(votes.values()) + PRIOR
    ranked = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    return {label: (count + PRIOR / LABELS) / total for label, count in ranked}


def most_probable(votes: dict[str, float]) -> str:
    """Return the label with most votes; of equal ones the first in the alphabet."""
    return min(votes, key=lambda label: (-votes[label], label))


def entropy_nat(label_p: dict[str, float]) -> float:
    """Return the entropy of a `posterior` [nat]; labels never voted for count as one."""
    p = label_p.values()
    rest = max(1.0 - math.fsum(p), 0.0)
    return math.fsum(-q * math.log(q) for q in (*p, rest) if q > 0)


def label_cost(votes: dict[str, float], label: str, score: float = 1.0) -> float:
    """Return -ln p(label) / p(most probable) [nat], at most `COST_MAX`: 0 for what it is called.

    A detection with score s is right with probability s, and else says nothing: p = s p(label) + (1 - s) / LABELS.
    """
    share = PRIOR / LABELS
    total = math.fsum(votes.values()) + PRIOR
    blind = (1.0 - score) / LABELS
    own, most = (score * (count + share) / total + blind for count in (votes.get(label, 0.0), max(votes.values())))
    return min(math.log(most / own), COST_MAX)

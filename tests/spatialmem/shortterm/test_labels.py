"""Votes for labels become probabilities."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.shortterm.labels import COST_MAX, entropy_nat, label_cost, most_probable, posterior, vote

votes = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.05, 100.0), min_size=1)


@given(votes)
def test_probabilities_are_ranked_and_leave_something_for_the_others(given_votes):
    p = posterior(given_votes)
    assert list(p.values()) == sorted(p.values(), reverse=True)
    assert 0 < sum(p.values()) < 1
    assert next(iter(p)) == most_probable(given_votes)
    assert label_cost(given_votes, most_probable(given_votes)) == 0
    assert all(0 <= label_cost(given_votes, label) <= COST_MAX for label in "abcdefg")


@given(votes)
def test_the_order_of_votes_does_not_matter(given_votes):
    turned = dict(reversed(given_votes.items()))
    assert posterior(turned) == posterior(given_votes)
    assert list(posterior(turned)) == list(posterior(given_votes))
    assert entropy_nat(posterior(turned)) == entropy_nat(posterior(given_votes))


def test_agreement_takes_the_doubt_away():
    one, many, torn = {"mug": 1.0}, {"mug": 50.0}, {"mug": 25.0, "bowl": 25.0}
    assert entropy_nat(posterior(many)) < entropy_nat(posterior(one))
    assert math.log(2) < entropy_nat(posterior(torn)) < math.log(2) + 0.1
    assert posterior(many)["mug"] > 0.99


def test_a_vote_counts_as_its_score_but_never_nothing():
    told: dict[str, float] = {}
    vote(told, "mug", 0.6)
    vote(told, "mug", 0.3)
    vote(told, "bowl", 0.0)
    assert told == {"mug": pytest.approx(0.9), "bowl": 0.05}
    assert most_probable({"mug": 1.0, "bowl": 1.0}) == "bowl"

"""Marginals of matchings: against all matchings written out, and as probabilities where there are too many of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.belief import matchings as module
from spatialmem.belief.matchings import marginals


def written_out(odds):
    """The probability of every pair, all matchings weighed."""
    found, total = dict.fromkeys(odds, 0.0), 0.0
    for taken in itertools.product((False, True), repeat=len(odds)):
        chosen = [pair for pair, yes in zip(odds, taken, strict=True) if yes]
        if all(len({pair[side] for pair in chosen}) == len(chosen) for side in (0, 1)):
            weight = float(np.prod([odds[pair] for pair in chosen]))
            total += weight
            for pair in chosen:
                found[pair] += weight
    return [weight / total for weight in found.values()]


def told(odds):
    return marginals(np.array(list(odds.values())), *(np.array([pair[side] for pair in odds]) for side in (0, 1)))


SIDE, ODDS = st.integers(0, 5), st.floats(0.0, 1000.0)


@given(st.dictionaries(st.tuples(SIDE, SIDE), ODDS, min_size=1, max_size=9))
def test_they_are_those_of_all_matchings(odds):
    assert told(odds).tolist() == pytest.approx(written_out(odds), abs=1e-9)


def pairs(olds, news, odds):
    return {(old, new): odds for old in range(olds) for new in range(news)}


@pytest.mark.parametrize(
    ("odds", "off"),
    [
        ({(0, 0): 1.5, (0, 1): 0.5, (0, 2): 0.1}, 1e-9),  # without loops they are exact
        ({(0, 0): 1.5, (1, 0): 0.7, (1, 1): 1.1}, 1e-6),
        ({(0, 0): 1.5, (1, 0): 0.7, (1, 1): 1.1, (0, 1): 0.3}, 0.03),
        (pairs(3, 3, 1.0), 0.03),
    ],
)
def test_messages_come_near_where_there_are_too_many(odds, off, monkeypatch):
    monkeypatch.setattr(module, "EXACT_MAX", 0)
    assert told(odds).tolist() == pytest.approx(written_out(odds), abs=off)


@pytest.mark.parametrize(("olds", "news"), [(8, 20), (20, 8), (9, 9), (12, 30)])
def test_many_that_fit_as_well_share(olds, news):
    weights = told(pairs(olds, news, 100.0)).reshape(olds, news)
    assert weights == pytest.approx(np.full((olds, news), weights[0, 0]))
    assert 0.9 < weights[0, 0] * max(olds, news) <= 1.0


def test_what_hangs_together_is_weighed_alone():
    apart = {(0, 0): 2.0, (3, 1): 0.5, (3, 2): 0.5, (1, 7): 9.0, (5, 7): 1.0}
    alone = [told({pair: apart[pair] for pair in some}) for some in (((0, 0),), ((3, 1), (3, 2)), ((1, 7), (5, 7)))]
    assert told(apart).tolist() == np.concatenate(alone).tolist()

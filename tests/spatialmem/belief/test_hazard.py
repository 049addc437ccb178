"""What is known of a rate: the exact posteriors by numerical integration, and what a mixture is for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma, polygamma

from spatialmem.belief import hazard
from spatialmem.belief.hazard import difference, hazard_of, matched, moved, moved_gamma, plus, stayed

DAY_S = 86400.0
EVENTS = st.lists(st.tuples(st.booleans(), st.floats(0, 1e7)), max_size=30)


def grid(alpha, beta_s, within_s):
    """Rates at equal steps of ln l, and the density of ln l once a thing went within D; D = 0 in the limit."""
    log_l = np.linspace(-60 / min(alpha, 1) - math.log(beta_s), math.log(alpha + 60) + 5 - math.log(beta_s), 400_001)
    rate = np.exp(log_l)
    log_density = alpha * log_l - beta_s * rate
    density = np.exp(log_density - log_density.max())
    return rate, density * -np.expm1(-rate * within_s) if within_s > 0 else density * rate


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 300), st.floats(-2, 9), st.floats(-6, 6))
def test_a_move_is_the_exact_posterior_matched_by_its_moments(alpha, ten_beta, ten_share):
    beta_s = 10.0**ten_beta
    within_s = beta_s * 10.0**ten_share
    rate, density = grid(alpha, beta_s, within_s)
    mean = np.sum(density * rate) / np.sum(density)
    variance = np.sum(density * (rate - mean) ** 2) / np.sum(density)
    found = moved_gamma(alpha, beta_s, within_s)
    assert found.alpha / found.beta_s == pytest.approx(mean, rel=1e-6)
    assert found.alpha / found.beta_s**2 == pytest.approx(variance, rel=1e-5)


@given(st.floats(0.1, 1e5), st.floats(1e-3, 1e10))
def test_a_move_that_was_seen_is_one_more_and_one_in_endless_time_is_none(alpha, beta_s):
    assert moved_gamma(alpha, beta_s, 0.0) == pytest.approx((alpha + 1, beta_s))
    assert moved_gamma(alpha, beta_s, 1e-300) == pytest.approx((alpha + 1, beta_s))
    assert moved_gamma(alpha, beta_s, beta_s * 1e-9) == pytest.approx((alpha + 1, beta_s), rel=1e-6)
    assert moved_gamma(alpha, beta_s, 1e290) == pytest.approx((alpha, beta_s), rel=1e-6)


def log_weights(known):
    weight = np.exp(known.log_weight)
    return weight / weight.sum()


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 20), st.floats(3600, 1e7), st.floats(1, 1e7), st.booleans())
def test_the_weights_are_those_of_bayes(moves, dwell_s, time_s, went):
    before = hazard_of(moves, dwell_s)
    after = (moved if went else stayed)(before, time_s)
    chance = []
    for alpha, beta_s in zip(before.alpha, before.beta_s, strict=True):
        rate, density = grid(alpha, beta_s, 0.0)
        density = density / rate
        likelihood = -np.expm1(-rate * time_s) if went else np.exp(-rate * time_s)
        chance.append(np.sum(density * likelihood) / np.sum(density))
    expected = log_weights(before) * chance
    np.testing.assert_allclose(log_weights(after), expected / expected.sum(), rtol=1e-5)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_two_stays_are_one_long_one(first_s, second_s):
    known = moved(hazard_of(1.0, DAY_S), 100.0)
    two, one = stayed(stayed(known, first_s), second_s), stayed(known, first_s + second_s)
    for a, b in zip(two, one, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@given(EVENTS, st.floats(0, 1e7), EVENTS)
def test_what_a_move_added_can_be_taken_away(before, within_s, later):
    known = hazard_of(1.0, 7 * DAY_S)
    for went, time_s in before:
        known = (moved if went else stayed)(known, time_s)
    after = moved(known, within_s)
    back = plus(after, difference(after, known), -1.0)
    for a, b in zip(back, known, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    for went, time_s in later:
        after = (moved if went else stayed)(after, time_s)
    sound(plus(after, difference(moved(known, within_s), known), -1.0))


def sound(known):
    assert all(math.isfinite(x) and x > 0 for x in (*known.alpha, *known.beta_s))
    assert max(known.log_weight) == 0
    assert all(math.isfinite(x) for x in known.log_weight)
    alpha, beta_s = matched(known)
    assert math.isfinite(alpha / beta_s)
    assert alpha > 0
    assert beta_s > 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(-1e12, 1e300)), max_size=60), st.floats(1e-3, 1e3), st.floats(1, 1e9)
)
def test_nothing_breaks_it(events, moves, dwell_s):
    known = hazard_of(moves, dwell_s)
    for went, time_s in events:
        known = (moved if went else stayed)(known, time_s)
    sound(known)


def test_more_moves_than_can_be_counted_keep_their_mean():
    known = hazard_of(9e5, 600.0)
    count = len(known.alpha)
    for _ in range(300):
        known = plus(known, hazard.Hazard((1e4,) * count, (1e4 * 600.0,) * count, (0.0,) * count))
    alpha, beta_s = matched(known)
    assert 0.1 * hazard.ALPHA_MAX < alpha < 1.01 * hazard.ALPHA_MAX
    assert beta_s / alpha == pytest.approx(600.0, rel=1e-3)


def test_one_quick_move_is_no_rule_and_two_are():
    """What was moved within seconds of being seen may have been moved for once."""

    def half_life_s(known):
        alpha, beta_s = matched(known)
        return beta_s * math.expm1(math.log(2.0) / alpha)

    once = moved(hazard_of(1.0, 7 * DAY_S), 5.0)
    assert 3600.0 < half_life_s(once) < DAY_S
    assert half_life_s(moved(once, 5.0)) < 600.0


@pytest.mark.parametrize("dwell_s", [180.0, 3600.0, 2 * DAY_S, 60 * DAY_S])
@pytest.mark.parametrize("prior_s", [3600.0, 7 * DAY_S, 365 * DAY_S])
def test_twenty_moves_outweigh_a_wrong_prior(dwell_s, prior_s):
    """The mean stay is known to 10 % more than twenty moves leave open, if the settings are wrong by 1000."""
    rng, errors = np.random.default_rng(5), []
    for _ in range(40):
        known = hazard_of(1.0, prior_s)
        for stay_s in rng.exponential(dwell_s, 20):
            known = moved(stayed(known, float(stay_s)), 0.0)
        alpha, beta_s = matched(known)
        errors.append(math.log(beta_s / alpha / dwell_s))
    assert abs(np.mean(errors)) < 0.1 + 2 * 0.22 / math.sqrt(40)
    assert np.std(errors) < 1.3 * 0.22


def test_settings_count_as_long_as_nothing_speaks_against_them():
    alpha, beta_s = matched(hazard_of(1.0, 7 * DAY_S))
    half_s = beta_s * math.expm1(math.log(2) / alpha)
    assert 0.6 < half_s / (7 * DAY_S) < 1.1
    alpha, beta_s = matched(stayed(hazard_of(1.0, 7 * DAY_S), 60.0))
    assert 0.6 < beta_s * math.expm1(math.log(2) / alpha) / (7 * DAY_S) < 1.2


def test_one_gamma_stays_as_it_is():
    for alpha, beta_s in ((0.02, 1.0), (1.0, 1e-3), (7.3, 5e5), (9e5, 1e11)):
        alone = hazard.Hazard((alpha,), (beta_s,), (0.0,))
        assert matched(alone) == pytest.approx((alpha, beta_s), rel=1e-7)


def test_special_functions_are_scipys():
    for x in np.geomspace(0.005, 2e6, 300):
        assert hazard._digamma(x) == pytest.approx(float(digamma(x)), rel=1e-10, abs=1e-10)
        assert hazard._trigamma(x) == pytest.approx(float(polygamma(1, x)), rel=1e-10)
        assert hazard._inverse_trigamma(float(polygamma(1, x))) == pytest.approx(x, rel=1e-8)

"""The persistence filter is Bayes over the time that a thing stays: by quadrature, and in 60 digits at the extremes."""

from decimal import Decimal, getcontext, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.belief.persistence import FALSE_P, departure, fresh, observed, p_there, survival

TEN_YEARS_S = 3.2e8
LIKELIHOODS = st.floats(1e-6, 1.0)
LOOKS = st.lists(st.tuples(st.floats(1e-3, 1e7), LIKELIHOODS, LIKELIHOODS, st.booleans()), max_size=8)


def column(*values):
    return np.array(values, dtype=float)


def after(looks, alpha, beta_s, false_p=FALSE_P):
    """The filter's belief after looks (gap, q_there, q_gone, missed), and when the last one was."""
    belief, at_s = fresh(1, false_p=false_p), 0.0
    for gap_s, q_there, q_gone, missed in looks:
        belief = observed(
            belief,
            from_s=column(at_s),
            to_s=column(at_s + gap_s),
            alpha=column(alpha),
            beta_s=column(beta_s),
            q_there=column(q_there),
            q_gone=column(q_gone),
            missed=column(float(missed)),
        )
        at_s += gap_s
    return belief, at_s


def times(looks):
    """When the looks were, as the floats that the filter was given."""
    found = [0.0]
    for look in looks:
        found.append(found[-1] + look[0])
    return found


def asked(belief, at_s, later_s, alpha, beta_s):
    return {"from_s": column(at_s), "to_s": column(at_s + later_s), "alpha": column(alpha), "beta_s": column(beta_s)}


def mass(from_s, to_s, alpha, beta_s):
    """P(from <= T < to) by quadrature over the density of T."""
    node, weight = np.polynomial.legendre.leggauss(60)
    width = 60 / alpha if np.isinf(to_s) else np.log1p((to_s - from_s) / (beta_s + from_s))
    edge = np.linspace(0, width, int(np.ceil(max(alpha * width / 4, 1))) + 1)
    u = edge[:-1, None] + np.diff(edge)[:, None] * (node + 1) / 2
    T_s = from_s + (beta_s + from_s) * np.expm1(u)
    density = alpha / beta_s * (1 + T_s / beta_s) ** (-alpha - 1)
    return float(np.sum(density * (beta_s + T_s) * weight * np.diff(edge)[:, None] / 2))


def brute(looks, later_s, alpha, beta_s):
    """P(there), and the means over gaps if it left, by summing over when it left."""
    at = times(looks)
    end_s = at[-1] + later_s
    edges = [*at, end_s]
    in_gap = []
    for k in range(len(edges) - 1):
        said = np.prod([look[1] if i < k else look[2] for i, look in enumerate(looks)])
        in_gap.append((1 - FALSE_P) * said * mass(edges[k], edges[k + 1], alpha, beta_s))
    stays = (1 - FALSE_P) * np.prod([look[1] for look in looks])
    stays *= mass(end_s, np.inf, alpha, beta_s)
    never = FALSE_P * np.prod([look[2] for look in looks])
    p = stays / (stays + sum(in_gap) + never)
    misses = np.cumsum([0, *(look[3] for look in looks)])
    means = [float(np.average(x, weights=in_gap)) for x in (edges[:-1], edges[1:], misses)]
    return p, means


@settings(max_examples=60, deadline=None)
@given(LOOKS, st.floats(1e-3, 1e7), st.floats(0.1, 20.0), st.floats(100.0, 1e9))
def test_it_is_bayes_over_when_it_left(looks, later_s, alpha, beta_s):
    belief, at_s = after(looks, alpha, beta_s)
    p, means = brute(looks, later_s, alpha, beta_s)
    question = asked(belief, at_s, later_s, alpha, beta_s)
    assert p_there(belief, **question)[0] == pytest.approx(p, rel=1e-7, abs=1e-12)
    assert [x[0] for x in departure(belief, **question)] == pytest.approx(means, rel=1e-7)


def exact_survival(t_s, alpha, beta_s):
    return ((beta_s / (beta_s + t_s)).ln() * alpha).exp()


def exact(looks, later_s, alpha, beta_s):
    """The sum in closed form, in 60 digits."""
    with localcontext() as context:
        context.prec = 60
        alpha, beta_s = Decimal(alpha), Decimal(beta_s)
        at = times(looks)
        edges = [Decimal(x) for x in (*at, at[-1] + later_s)]
        there = [exact_survival(x, alpha, beta_s) for x in edges]
        likely, unlikely = [Decimal(1)], [Decimal(1)]
        for look in looks:
            likely.append(likely[-1] * Decimal(look[1]))
        for look in reversed(looks):
            unlikely.append(unlikely[-1] * Decimal(look[2]))
        unlikely.reverse()
        believed = 1 - Decimal(FALSE_P)
        left = [believed * likely[k] * unlikely[k] * (there[k] - there[k + 1]) for k in range(len(edges) - 1)]
        stays = believed * likely[-1] * there[-1]
        return float(stays / (stays + sum(left) + Decimal(FALSE_P) * unlikely[0]))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, TEN_YEARS_S / 8), LIKELIHOODS, LIKELIHOODS, st.just(False)), max_size=7),
    st.floats(0, TEN_YEARS_S),
    st.floats(-1, 6).map(lambda x: 10.0**x),
    st.floats(-3, 12).map(lambda x: 10.0**x),
)
def test_it_is_as_true_at_the_extremes(looks, later_s, alpha, beta_s):
    belief, at_s = after(looks, alpha, beta_s)
    p = p_there(belief, **asked(belief, at_s, later_s, alpha, beta_s))[0]
    assert p == pytest.approx(exact(looks, later_s, alpha, beta_s), rel=1e-9, abs=1e-250)


@settings(max_examples=100, deadline=None)
@given(st.floats(0, TEN_YEARS_S), st.floats(-1, 6), st.floats(-3, 12))
def test_survival_is_a_gamma_over_the_rate(t_s, ten_alpha, ten_beta):
    alpha, beta_s = 10.0**ten_alpha, 10.0**ten_beta
    getcontext().prec = 50
    one = survival(column(t_s), from_s=column(0.0), alpha=column(alpha), beta_s=column(beta_s))[0]
    expected = float(exact_survival(Decimal(t_s), Decimal(alpha), Decimal(beta_s)))
    assert one == pytest.approx(expected, rel=1e-9, abs=1e-250)


def test_survival_integrates_the_rate_out():
    alpha, beta_s, t_s = 2.5, 300.0, 1000.0
    rate = np.exp(np.linspace(-40, 0, 20_001))
    share = rate**alpha * np.exp(-beta_s * rate)  # of d ln rate
    expected = np.sum(share * np.exp(-rate * t_s)) / np.sum(share)
    one = survival(column(t_s), from_s=column(0.0), alpha=column(alpha), beta_s=column(beta_s))
    assert one[0] == pytest.approx(expected, rel=1e-9)


def test_it_is_1_where_no_time_has_passed_and_falls():
    at = np.array([0.0, 1.0, 60.0, 3600.0, 1e9])
    ones = np.ones_like(at)
    fallen = survival(at, from_s=0 * ones, alpha=ones, beta_s=60 * ones)
    assert fallen[0] == 1
    assert (np.diff(fallen) < 0).all()
    np.testing.assert_array_equal(survival(at, from_s=at, alpha=ones, beta_s=60 * ones), ones)
    np.testing.assert_array_equal(survival(at - 5, from_s=at, alpha=ones, beta_s=60 * ones), ones)


@given(LOOKS, st.floats(0.1, 50), st.floats(1, 1e9), st.floats(0.0, 0.5))
def test_what_was_just_seen_is_there_but_for_false_detections(looks, alpha, beta_s, false_p):
    belief = fresh(3, false_p=false_p)
    zero, ones = np.zeros(3), np.ones(3)
    p = p_there(belief, from_s=zero, to_s=zero, alpha=alpha * ones, beta_s=beta_s * ones)
    np.testing.assert_allclose(p, 1 - false_p, rtol=1e-15)
    belief, at_s = after(looks, alpha, beta_s, false_p)
    assert 0 <= p_there(belief, **asked(belief, at_s, 0.0, alpha, beta_s))[0] <= 1
    assert belief.missed[0] == sum(look[3] for look in looks)


@given(LOOKS, st.floats(1e-3, 1.0), st.floats(0.1, 50), st.floats(1, 1e9))
def test_a_look_that_says_nothing_changes_nothing(looks, q, alpha, beta_s):
    belief, at_s = after(looks, alpha, beta_s)
    again, at_2_s = after([*looks, (1000.0, q, q, False)], alpha, beta_s)
    later = p_there(belief, **asked(belief, at_s, at_2_s + 50.0 - at_s, alpha, beta_s))
    same = p_there(again, **asked(again, at_2_s, 50.0, alpha, beta_s))
    np.testing.assert_allclose(same, later, rtol=1e-9, atol=1e-300)


def test_any_number_of_looks_stays_sound():
    """A day of misses at 10 Hz and then of reports: neither overflows, and evidence is not forgotten."""
    belief, at_s = after([(0.1, 0.5, 1.0, True)] * 900, 1.0, 3600.0)
    hopeless = p_there(belief, **asked(belief, at_s, 0.0, 1.0, 3600.0))[0]
    assert 0 < hopeless < 1e-250
    belief, at_s = after([(0.1, 0.5, 1.0, True)] * 900 + [(0.1, 1.0, 0.5, False)] * 930, 1.0, 3600.0)
    assert p_there(belief, **asked(belief, at_s, 0.0, 1.0, 3600.0))[0] > 0.999
    belief, at_s = after([(0.1, 0.01, 1.0, True)] * 5000, 1e6, 1e-3)
    assert np.isfinite(np.array(belief)).all()
    assert belief.missed[0] == 5000


def test_rows_do_not_know_each_other():
    rng = np.random.default_rng(3)
    n, looks = 50, []
    alpha, beta_s = rng.uniform(0.5, 20, n), rng.uniform(10, 1e6, n)
    belief, at_s = fresh(n), np.zeros(n)
    for _ in range(6):
        gap_s, q_there, q_gone = rng.exponential(1000, n), rng.uniform(0.01, 1, n), rng.uniform(0.01, 1, n)
        looks.append((gap_s, q_there, q_gone))
        belief = observed(
            belief,
            from_s=at_s,
            to_s=at_s + gap_s,
            alpha=alpha,
            beta_s=beta_s,
            q_there=q_there,
            q_gone=q_gone,
            missed=np.ones(n),
        )
        at_s = at_s + gap_s
    for i in range(n):
        one, _ = after([(g[i], t[i], q[i], True) for g, t, q in looks], alpha[i], beta_s[i])
        assert [float(x[0]) for x in one] == [float(x[i]) for x in belief]


def test_a_thing_left_before_the_first_look_that_missed_it_unless_it_is_missed_often():
    for q_there, first, misses in ((1e-9, 100.0, 0.0), (0.999, 1900.0, 9.0)):
        looks = [(100.0, q_there, 1.0, True)] * 20
        belief, at_s = after(looks, 1.0, 1e7)
        found = departure(belief, **asked(belief, at_s, 0.0, 1.0, 1e7))
        if misses:
            assert 900 < found.before_s[0] < first
            assert 8 < found.missed[0] < 10.5
        else:
            assert found.before_s[0] == pytest.approx(first, rel=1e-6)
            assert found.missed[0] == pytest.approx(0, abs=1e-6)
        assert found.before_s[0] - found.after_s[0] == pytest.approx(100, rel=1e-6)

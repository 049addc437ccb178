"""Intervals hold what they say, and are of seeds, not of episodes."""

import numpy as np
import pytest

from sim.suites.intervals import clustered, clustered_mean, clustered_ratio, mean_interval, ratio_interval


def test_an_interval_holds_the_mean_as_often_as_it_says():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(200):
        mean, low, high = mean_interval(rng.normal(3.0, 1.0, 30).tolist(), resamples=2000)
        assert low < mean < high
        inside += low <= 3.0 <= high
    assert 0.90 <= inside / 200 <= 0.98  # percentile intervals of 30 values are a little narrow


def test_intervals_of_little():
    assert mean_interval([0.5] * 8) == (0.5, 0.5, 0.5)
    assert mean_interval([0.25, float("nan"), 0.75]) == mean_interval([0.25, 0.75])
    assert np.isnan(mean_interval([float("nan")])).all()
    assert np.isnan(ratio_interval([], [])).all()


def test_a_ratio_is_of_sums():
    value, low, high = ratio_interval([1.0, 9.0], [2.0, 10.0])
    assert value == pytest.approx(10 / 12)
    assert (low, high) == (pytest.approx(0.5), pytest.approx(0.9))  # of two seeds one can be drawn twice


def test_clusters_are_summed_in_their_order():
    assert clustered([1.0, 2.0, 3.0, 4.0], ["b", "a", "b", "a"]) == [4.0, 6.0]


def test_a_mean_counts_every_episode_the_same():
    value, _, _ = clustered_mean([1.0, 1.0, 1.0, 0.0], [0, 0, 0, 1])
    assert value == 0.75


def test_episodes_of_one_seed_are_no_evidence_of_their_own():
    rng = np.random.default_rng(2)
    homes = rng.normal(0.0, 1.0, 20)
    copied = np.repeat(homes, 50).tolist()
    _, low, high = clustered_mean(copied, np.repeat(np.arange(20), 50).tolist())
    _, low_each, high_each = mean_interval(homes.tolist())
    assert high - low == pytest.approx(high_each - low_each, rel=0.1)


def test_what_is_no_number_is_left_out():
    assert clustered_ratio([1.0, float("nan"), 3.0], [2.0, 5.0, float("nan")], [0, 0, 1])[0] == 0.5


def test_the_same_values_give_the_same_interval():
    values = np.random.default_rng(3).random(12).tolist()
    assert mean_interval(values) == mean_interval(list(values))

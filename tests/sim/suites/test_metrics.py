"""Every measure against values that were worked out by hand."""

import math

import numpy as np
import pytest

from sim.suites import metrics


def test_success_rate():
    assert metrics.success_rate([True, False, True, True]) == 0.75
    assert math.isnan(metrics.success_rate([]))


def test_spl_weighs_success_by_the_way():
    # twice the shortest way: 5/10; the shortest: 1; a failure: 0
    assert metrics.spl([True, True, False], [5.0, 4.0, 3.0], [10.0, 4.0, 3.0]) == pytest.approx((0.5 + 1.0 + 0.0) / 3)


def test_spl_is_never_more_than_one():
    assert metrics.spl_each(True, 4.2, 4.0) == 1.0  # corners were cut within what counts as there


def test_spl_where_there_is_no_way_to_go():
    assert metrics.spl_each(True, 0.0, 0.0) == 1.0
    assert metrics.spl_each(True, 0.0, 0.5) == 0.0


def test_navigation_error_is_a_mean_distance():
    assert metrics.navigation_error([0.0, 3.0, 1.5]) == 1.5


def test_oracle_success_is_at_the_nearest_point():
    assert metrics.oracle_success_rate([0.2, 0.9, 3.0, 0.25], [0.25, 1.0, 1.0, 0.25]) == 0.75


def test_completion_is_within_three_metres():
    assert metrics.completion([3.0, 3.01, 0.0, math.inf]) == 0.5


def test_an_unreachable_goal_is_the_homes_diameter_away():
    assert metrics.geodesic_error([1.0, math.inf, 3.0], [12.0, 14.0, 12.0]) == 6.0


def test_spaced_points_keep_the_ends():
    path = metrics.spaced(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.6]]), 0.5)
    assert path == pytest.approx(np.array([[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [1.0, 0.5], [1.0, 0.6]]))


def test_spaced_points_of_standing_still():
    assert metrics.spaced(np.array([[1.0, 2.0], [1.0, 2.0]])).tolist() == [[1.0, 2.0]]
    assert metrics.spaced(np.array([[1.0, 2.0]])).tolist() == [[1.0, 2.0]]


def test_ndtw_of_the_same_way_is_one():
    path = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert metrics.ndtw(path, path) == 1.0


def test_ndtw_of_a_way_beside_the_reference():
    reference = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    # every point is matched 1 m away: DTW 3, of 3 points at 3 m
    assert metrics.ndtw(reference + np.array([0.0, 1.0]), reference) == pytest.approx(math.exp(-3 / 9))


def test_ndtw_matches_in_order_and_several_to_one():
    reference = np.array([[0.0, 0.0], [2.0, 0.0]])
    path = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    # the point between is 1 m from either end: DTW 1, of 2 points at 3 m
    assert metrics.ndtw(path, reference) == pytest.approx(math.exp(-1 / 6))
    # backwards: both ends are matched 2 m away, and the middle one 1 m
    assert metrics.ndtw(path[::-1], reference) == pytest.approx(math.exp(-5 / 6))


def test_relative_effort_is_of_sums():
    assert metrics.relative_effort([10.0, 30.0], [5.0, 5.0]) == 0.75
    assert metrics.relative_effort([10.0], [12.0]) == pytest.approx(-0.2)
    assert math.isnan(metrics.relative_effort([0.0], [0.0]))


def test_harm_is_below_zero_where_a_memory_does_worse():
    assert metrics.harm([True, False, False, True], [True, True, False, True]) == -0.25


def test_isr_is_a_share_of_all_sub_tasks():
    assert metrics.isr([[True, False], [True, True, False]]) == 3 / 5
    assert math.isnan(metrics.isr([]))


def test_csr_counts_a_success_after_a_success_as_many_times_as_there_are_sub_tasks():
    assert metrics.csr_each([True, True, True]) == 1.0
    assert metrics.csr_each([True, False, True]) == (3 + 0 + 1) / 9
    assert metrics.csr_each([False, True, True]) == (0 + 1 + 3) / 9
    assert metrics.csr_each([False, False]) == 0.0


@pytest.mark.parametrize("done", [True, False])
def test_of_one_sub_task_csr_and_cgt_are_its_success(done):
    assert metrics.csr_each([done]) == metrics.cgt_each([done], [3.0]) == float(done)


def test_cgt_weighs_by_the_true_way():
    assert metrics.cgt_each([True, True], [1.0, 3.0]) == pytest.approx(1.0)
    assert metrics.cgt_each([True, False], [1.0, 3.0]) == pytest.approx(0.25 * 2 / 2)
    assert metrics.cgt_each([False, True], [1.0, 3.0]) == pytest.approx(0.75 * 1 / 2)
    assert metrics.cgt_each([True, False], [0.0, 0.0]) == pytest.approx(0.5)

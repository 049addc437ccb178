"""The filters: prediction is consistent, what rests has no velocity, what moves has its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.shortterm.track import (
    GAIN_MAX,
    START_EVIDENCE,
    correct,
    is_manoeuvre,
    predict,
    rest_predict,
    settle_motion,
    squared_distance,
    surprise,
)

times = st.floats(0.0, 5.0)


def some_state(seed=0, count=4):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(count, 6, 6))
    return rng.normal(size=(count, 6)), root @ root.transpose(0, 2, 1) + np.eye(6)


@given(times, times, st.floats(0.0, 10.0))
def test_two_predictions_are_one(first, second, noise_m2_s3):
    mean, cov = some_state()
    t, s = np.full(4, first), np.full(4, second)
    once = predict(mean, cov, t + s, noise_m2_s3)
    twice = predict(*predict(mean, cov, t, noise_m2_s3), s, noise_m2_s3)
    assert np.allclose(once[0], twice[0])
    assert np.allclose(once[1], twice[1])
    at_rest = cov[:, :3, :3]
    assert np.allclose(rest_predict(at_rest, t + s), rest_predict(rest_predict(at_rest, t), s))


steps = st.tuples(st.floats(0.0, 100.0), st.floats(1e-3, 1.0), st.tuples(*[st.floats(-10.0, 10.0)] * 3))


@given(st.lists(steps, max_size=25), st.floats(1e-6, 100.0))
def test_a_covariance_stays_symmetric_and_positive_definite(seen, noise_m2_s3):
    """However long nobody looks, however sure the sensor is, and wherever the next sighting lies."""
    moving, moving_cov = np.zeros((1, 6)), np.diag([1e-4] * 3 + [0.25] * 3)[None]
    rest, rest_cov = np.zeros((1, 3)), np.eye(3)[None] * 1e-4
    for dt_s, sigma_m, place in seen:
        moving, moving_cov = predict(moving, moving_cov, np.array([dt_s]), noise_m2_s3)
        rest_cov = rest_predict(rest_cov, np.array([dt_s]))
        z, noise = np.array([place]), np.eye(3)[None] * sigma_m**2
        assert np.isfinite(surprise(moving, moving_cov, z, noise)).all()
        moving, moving_cov = correct(moving, moving_cov, z, noise)
        rest, rest_cov = correct(rest, rest_cov, z, noise)
        for cov in (moving_cov[0], rest_cov[0]):
            assert (cov == cov.T).all()
            scale = np.sqrt(np.diag(cov))  # positions and velocities have different units
            assert np.linalg.eigvalsh(cov / np.outer(scale, scale)).min() > 0
    assert np.isfinite(moving).all()
    assert np.isfinite(rest).all()


def test_a_prediction_is_that_of_the_book():
    mean, cov = some_state(count=1)
    dt, q = 0.7, 0.2
    F = np.eye(6)
    F[:3, 3:] = dt * np.eye(3)
    Q = np.kron(np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]]), np.eye(3)) * q
    later, later_cov = predict(mean, cov, np.array([dt]), q)
    assert np.allclose(later[0], F @ mean[0])
    assert np.allclose(later_cov[0], F @ cov[0] @ F.T + Q)


@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_a_measurement_leaves_less_doubt_and_a_proper_covariance(seed):
    mean, cov = some_state(seed)
    after, after_cov = correct(mean, cov, mean[:, :3] + 0.1, np.broadcast_to(np.eye(3) * 0.5, (4, 3, 3)))
    assert (np.linalg.eigvalsh(after_cov) > 0).all()
    assert (np.trace(after_cov, axis1=1, axis2=2) < np.trace(cov, axis1=1, axis2=2)).all()
    H = np.eye(6)[:3]
    gain = cov[0] @ H.T @ np.linalg.inv(H @ cov[0] @ H.T + np.eye(3) * 0.5)
    assert np.allclose(after[0], mean[0] + gain @ np.full(3, 0.1))


def followed(places, sigma_m=0.01, dt_s=0.2):
    """Run both filters over measured places; return where and how fast, and from which on it moves."""
    noise = np.eye(3)[None] * sigma_m**2
    rest, rest_cov = places[0][None], noise
    mean = np.concatenate([places[0], np.zeros(3)])[None]
    cov = np.zeros((1, 6, 6))
    cov[0, :3, :3], cov[0, 3:, 3:] = noise[0], np.eye(3) * 0.25
    moving, evidence, since, moved_at = np.array([False]), np.zeros(1), places[0], []
    for number, place in enumerate(places[1:], 1):
        rest_cov = rest_predict(rest_cov, np.array([dt_s]))
        before = mean, cov
        mean, cov = predict(*before, np.array([dt_s]), 0.0225)
        refuted = is_manoeuvre(mean, cov, place[None], noise)
        if refuted[0]:
            before[1][0, 3:, 3:] += np.eye(3) * 0.25
            mean, cov = predict(*before, np.array([dt_s]), 0.0225)
        gained = surprise(rest, rest_cov, place[None], noise) - surprise(mean, cov, place[None], noise)
        rest, rest_cov = correct(rest, rest_cov, place[None], noise)
        mean, cov = correct(mean, cov, place[None], noise)
        moving, elsewhere, evidence = settle_motion(
            moving,
            evidence,
            gained,
            refuted=refuted,
            way_chi2=squared_distance((place - since)[None], 2 * noise),
            velocity_m_s=mean[:, 3:],
            velocity_cov=cov[:, 3:, 3:],
        )
        since = place if evidence[0] == 0 else since
        if moving[0] or elsewhere[0]:
            rest, rest_cov = mean[:, :3], cov[:, :3, :3]
        if moving[0]:
            moved_at.append(number)
    return mean[0], moved_at, rest[0]


@pytest.mark.parametrize("seed", range(5))
def test_what_rests_is_never_said_to_move(seed):
    places = np.random.default_rng(seed).normal(0, 0.01, (200, 3))
    assert followed(places)[1] == []


@pytest.mark.parametrize("seed", range(5))
def test_what_moves_is_seen_to_and_what_stops_as_well(seed):
    rng = np.random.default_rng(seed)
    way = np.concatenate([np.zeros(10), np.arange(1, 16) * 0.06, np.full(25, 0.9)])
    places = np.stack([way, 0 * way, 0 * way], axis=1) + rng.normal(0, 0.01, (50, 3))
    mean, moved_at, _ = followed(places[:20])
    assert 10 <= moved_at[0] <= 14
    assert np.linalg.norm(mean[3:] - [0.3, 0, 0]) < 0.1
    assert followed(places)[1][-1] < 45


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("times", [1, 2, 7])
def test_what_is_elsewhere_all_at_once_is_not_moving(seed, times):
    """It was moved, or another part of it was seen: there, or there and back again. It rests where it is now."""
    rng = np.random.default_rng(seed)
    places = rng.normal(0, 0.01, (60, 3))
    for turn in range(times):
        places[15 + 4 * turn :, 0] += 0.4 * (-1) ** turn
    _, moved_at, rest = followed(places)
    assert moved_at == []
    assert rest == pytest.approx([0.4 * (times % 2), 0, 0], abs=0.02)


def settled(gained, *, way_chi2=100.0, refuted=False, speed_m_s=0.3, sigma_m_s=0.05):
    moving, evidence = np.array([False]), np.zeros(1)
    for gain in gained:
        moving, _, evidence = settle_motion(
            moving,
            evidence,
            np.array([gain]),
            refuted=np.array([refuted]),
            way_chi2=np.array([way_chi2]),
            velocity_m_s=np.array([[speed_m_s, 0.0, 0.0]]),
            velocity_cov=np.eye(3)[None] * sigma_m_s**2,
        )
    return bool(moving[0])


def test_no_single_sighting_says_that_a_thing_moves():
    assert START_EVIDENCE / 2 < GAIN_MAX < START_EVIDENCE
    assert not settled([1e9])
    assert settled([1e9, 1e9])


def test_it_takes_a_way_and_one_velocity():
    gained = [GAIN_MAX] * 3
    assert settled(gained)
    assert not settled(gained, way_chi2=7.0)
    assert not settled(gained, refuted=True)
    assert not settled(gained, speed_m_s=0.04)


def test_it_rests_where_the_velocity_may_be_none():
    gained = [GAIN_MAX, GAIN_MAX, 0.0]
    assert settled(gained)
    assert not settled(gained, sigma_m_s=0.2)


def test_a_sudden_turn_is_a_manoeuvre():
    mean, cov = np.zeros((1, 6)), np.eye(6)[None] * 1e-4
    noise = np.eye(3)[None] * 1e-4
    assert not is_manoeuvre(mean, cov, np.full((1, 3), 0.01), noise)[0]
    assert is_manoeuvre(mean, cov, np.full((1, 3), 0.05), noise)[0]

"""Reported poses: exact without noise, drifting with the way driven, and as uncertain as their covariance says."""

import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim.poses import compose, pose, yaw_of, yaw_pose
from sim.sensors import CameraSettings, PoseNoise
from spatialmem import inverse

QUIET = CameraSettings().without_noise()
DRIFT = dataclasses.replace(QUIET, drift_m_per_m=0.01, drift_rad_per_m=0.005)
X_BC = np.array([[0.0, 0, 1, 0.3], [-1, 0, 0, 0.1], [0, -1, 0, 1.2], [0, 0, 0, 1]])


def way(count=60):
    """Bases along a bend of 6 m, 10 cm apart."""
    x, y, yaw, bases = 2.0, 1.0, 0.3, []
    for _ in range(count + 1):
        bases.append(yaw_pose(x, y, yaw))
        x, y, yaw = x + 0.1 * math.cos(yaw), y + 0.1 * math.sin(yaw), yaw + 0.02
    return bases


def driven(settings, seed, bases):
    noise = PoseNoise(settings, seed)
    for X_WB in bases:
        noise.follow(X_WB)
    return noise


def covariance(noise, X_WC) -> np.ndarray:
    cov = noise.covariance(X_WC)
    assert cov is not None
    return cov


def camera_error(noise, X_WC, frame=0):
    """(rotation, translation) from the true camera to the reported one, in C, to first order."""
    X_CR = compose(inverse(X_WC), noise.camera(X_WC, frame))
    skew = (X_CR[:3, :3] - X_CR[:3, :3].T) / 2
    return np.array([skew[2, 1], skew[0, 2], skew[1, 0], *X_CR[:3, 3]])


def test_without_noise_poses_are_exact_and_have_no_covariance():
    noise = driven(QUIET, 0, way())
    X_WC = compose(way()[-1], X_BC)
    np.testing.assert_array_equal(noise.camera(X_WC, 3), X_WC)
    np.testing.assert_array_equal(noise.base(X_WC), X_WC)
    assert noise.covariance(X_WC) is None
    assert noise.driven_m == pytest.approx(6.0)


def test_nothing_drifts_before_it_is_driven():
    noise = driven(DRIFT, 0, [way()[0]] * 50)
    X_WC = compose(way()[0], X_BC)
    np.testing.assert_array_equal(noise.camera(X_WC, 0), X_WC)
    np.testing.assert_array_equal(covariance(noise, X_WC), np.zeros((6, 6)))


def test_base_and_camera_drift_together():
    bases = way()
    noise = driven(DRIFT, 4, bases)
    reported_WB, reported_WC = noise.base(bases[-1]), noise.camera(compose(bases[-1], X_BC), 0)
    np.testing.assert_allclose(compose(inverse(reported_WB), reported_WC), X_BC, atol=1e-12)
    assert np.abs(reported_WB - bases[-1]).max() > 1e-3
    np.testing.assert_allclose(reported_WB[2], [0, 0, 1, 0], atol=1e-12)  # it stays on the floor, upright


def test_drift_does_not_depend_on_how_often_it_is_asked_for():
    X_WA, X_WZ = yaw_pose(1.0, 2.0, 0.4), yaw_pose(6.0, -1.0, 0.4)
    between = [X_WA + (X_WZ - X_WA) * share for share in np.linspace(0, 1, 237)]
    seldom, often = driven(DRIFT, 5, [X_WA, X_WZ]), driven(DRIFT, 5, between)
    np.testing.assert_allclose(seldom.base(X_WZ), often.base(X_WZ), atol=1e-9)
    np.testing.assert_allclose(covariance(seldom, X_WZ), covariance(often, X_WZ), atol=1e-12)


def test_drift_grows_with_the_root_of_the_way_and_is_as_large_as_its_knobs_say():
    """Heading is a plain random walk: after s metres its deviation is the knob times sqrt(s)."""
    count, turns = 150, {1.0: [], 4.0: []}
    for seed in range(count):
        noise = driven(DRIFT, seed, [np.eye(4)])
        for way_m, angles in turns.items():
            X_WB = yaw_pose(way_m, 0.0, 0.0)
            noise.follow(X_WB)
            angles.append(yaw_of(noise.base(X_WB)))
    for way_m, angles in turns.items():
        expected = 0.005 * math.sqrt(way_m)
        assert np.std(angles) == pytest.approx(expected, rel=4 / math.sqrt(2 * count))
        assert abs(np.mean(angles)) < 4 * expected / math.sqrt(count)


def test_errors_are_as_large_as_their_covariance_says():
    """The normalised squared error of 6 dimensions is 6 on average."""
    settings = dataclasses.replace(DRIFT, pose_noise_m=0.004, pose_noise_rad=0.002)
    bases, count, total = way(30), 150, 0.0
    X_WC = compose(compose(bases[-1], pose((3.0, 2.0, 0.0))), X_BC)  # far off, so that the heading's error moves it
    for seed in range(count):
        noise = driven(settings, seed, bases)
        error, cov = camera_error(noise, X_WC), covariance(noise, X_WC)
        total += error @ np.linalg.solve(cov, error)
    # chi-square of 6 dimensions has variance 12
    assert total / count == pytest.approx(6.0, abs=4 * math.sqrt(12 / count))


def test_white_noise_is_each_frame_s_own():
    settings = dataclasses.replace(QUIET, pose_noise_m=0.01, pose_noise_rad=0.002)
    X_WC = compose(way()[0], X_BC)
    noise, count = driven(settings, 1, way()[:1]), 500
    errors = np.stack([camera_error(noise, X_WC, frame) for frame in range(count)])
    np.testing.assert_allclose(errors.std(axis=0), [0.002] * 3 + [0.01] * 3, rtol=5 / math.sqrt(2 * count))
    near = np.corrcoef(errors[:-1].ravel(), errors[1:].ravel())[0, 1]
    assert abs(near) < 5 / math.sqrt(errors.size)
    np.testing.assert_allclose(covariance(noise, X_WC), np.diag([4e-6] * 3 + [1e-4] * 3), atol=1e-15)
    np.testing.assert_array_equal(noise.camera(X_WC, 7), noise.camera(X_WC, 7))
    np.testing.assert_array_equal(noise.base(X_WC), X_WC)  # the base's state has drift only


def test_a_reported_pose_is_rigid():
    settings = dataclasses.replace(DRIFT, pose_noise_m=0.1, pose_noise_rad=0.5, drift_rad_per_m=0.5)
    X = driven(settings, 2, way()).camera(compose(way()[-1], X_BC), 9)
    np.testing.assert_allclose(X[:3, :3] @ X[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(X[:3, :3]) == pytest.approx(1.0)


def test_covariances_are_symmetric_and_grow():
    noise, before = PoseNoise(DRIFT, 3), 0.0
    for X_WB in way():
        noise.follow(X_WB)
        X_WC = compose(X_WB, X_BC)
        cov = covariance(noise, X_WC)
        np.testing.assert_array_equal(cov, cov.T)
        assert np.linalg.eigvalsh(cov).min() > -1e-12
        assert np.trace(cov) >= before
        before = np.trace(cov)
    assert before > 1e-4

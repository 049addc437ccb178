"""Stamps without loss, quaternions, and poses in between."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem import EpisodeError
from spatialmem.episodes.trajectory import StampedPose, between, interpolate, parse_pose, parse_stamp_ns, pose_matrix
from spatialmem.geometry import is_rigid

coordinates = st.floats(-100, 100)
quaternions = (
    st.tuples(*[st.floats(-1, 1)] * 4)
    .filter(lambda q: sum(i * i for i in q) > 0.01)
    .map(lambda q: tuple(i / math.sqrt(sum(j * j for j in q)) for i in q))
)
poses = st.builds(StampedPose, st.just(0), st.tuples(coordinates, coordinates, coordinates), quaternions)


@given(st.integers(0, 4 * 10**18))
def test_stamps_are_exact_to_the_nanosecond(stamp_ns):
    text = f"{stamp_ns // 10**9}.{stamp_ns % 10**9:09d}"
    assert parse_stamp_ns(text, "here") == stamp_ns
    assert parse_stamp_ns(f"{stamp_ns}e-9", "here") == stamp_ns


@given(st.integers(0, 10**10), st.integers(0, 10**6 - 1))
def test_stamps_may_have_fewer_digits(whole, micro):
    assert parse_stamp_ns(f"{whole}.{micro:06d}", "here") == whole * 10**9 + micro * 1000
    assert parse_stamp_ns(f"{whole}", "here") == whole * 10**9


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "1e99", "1e999999", "12:30", "--1", "1,5"])
def test_stamps_that_are_none(text):
    with pytest.raises(EpisodeError, match="line 7: the stamp"):
        parse_stamp_ns(text, "line 7")


@given(quaternions, st.floats(0.01, 100))
def test_a_quaternion_of_any_length_is_a_rotation(q_WC, scale):
    w, x, y, z = (i * scale for i in q_WC)
    X_WC = pose_matrix(*parse_pose([repr(i) for i in (1.0, 2.0, 3.0, x, y, z, w)], "here"))
    assert is_rigid(X_WC, 1e-12)
    assert X_WC[:3, 3].tolist() == [1.0, 2.0, 3.0]


def test_a_known_quaternion():
    half = math.sqrt(0.5)
    X_WC = pose_matrix((0.0, 0.0, 0.0), (half, 0.0, 0.0, half))  # a quarter turn about z takes x to y
    np.testing.assert_allclose(X_WC[:3, 0], (0, 1, 0), atol=1e-15)


@pytest.mark.parametrize("words", ["1 2 3", "1 2 3 0 0 0 x", "1 2 3 0 0 0 1 1"])
def test_a_pose_that_is_none(words):
    with pytest.raises(EpisodeError, match=f"line 3: '{words}' is not a pose"):
        parse_pose(words.split(), "line 3")


def test_a_quaternion_of_length_zero():
    with pytest.raises(EpisodeError, match="line 3: the quaternion"):
        parse_pose(list("1230000"), "line 3")


@given(poses, poses)
def test_the_way_between_two_poses_begins_and_ends_at_them(a, b):
    np.testing.assert_allclose(between(a, b, 0.0), pose_matrix(a.p_WC, a.q_WC), atol=1e-9)
    np.testing.assert_allclose(between(a, b, 1.0), pose_matrix(b.p_WC, b.q_WC), atol=1e-9)


@given(poses, poses, st.floats(0, 1))
def test_everything_between_is_rigid_and_the_same_both_ways(a, b, fraction):
    X_WC = between(a, b, fraction)
    assert is_rigid(X_WC, 1e-9)
    dot = sum(i * j for i, j in zip(a.q_WC, b.q_WC, strict=True))
    if abs(dot) > 1e-3:  # of two ways of the same length either is right
        np.testing.assert_allclose(X_WC, between(b, a, 1 - fraction), atol=1e-6)


@given(st.floats(0.01, 3.0), st.floats(0, 1))
def test_rotation_is_at_constant_speed(angle_rad, fraction):
    a = StampedPose(0, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))
    b = StampedPose(1, (1.0, 2.0, 4.0), (math.cos(angle_rad / 2), 0.0, 0.0, math.sin(angle_rad / 2)))
    X_WC = between(a, b, fraction)
    assert math.atan2(X_WC[1, 0], X_WC[0, 0]) == pytest.approx(angle_rad * fraction, abs=1e-8)
    np.testing.assert_allclose(X_WC[:3, 3], (fraction, 2 * fraction, 4 * fraction), atol=1e-12)


def test_poses_are_interpolated_only_where_there_are_some_on_both_sides():
    trajectory = [StampedPose(t, (float(t), 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)) for t in (100, 200, 1000)]

    def x_at(stamp_ns):
        X_WC = interpolate(trajectory, stamp_ns, gap_max_ns=150)
        return None if X_WC is None else X_WC[0, 3]

    assert x_at(150) == 150
    assert x_at(100) == 100
    assert x_at(1000) == 1000
    assert x_at(99) is None
    assert x_at(1001) is None
    assert x_at(300) is None, "the next pose is too far"
    assert x_at(950) is None, "the last pose is too far"
    assert interpolate([], 5, gap_max_ns=150) is None

"""Poses: quaternions, angles and matrices agree with each other, with SciPy and with PyBullet."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sim.poses import compose, from_bullet, pose, position_quaternion, rpy_pose, to_bullet, yaw_of, yaw_pose
from spatialmem import inverse

number = st.floats(-1.0, 1.0)
point = st.tuples(number, number, number)
quaternion = st.tuples(number, number, number, number).filter(lambda q: sum(c * c for c in q) > 1e-2)
angle = st.floats(-math.pi, math.pi)


@given(point, quaternion)
def test_a_pose_and_its_quaternion_are_one(p, q):
    X = pose(p, q)
    back_p, back_q = position_quaternion(X)
    assert back_p == p
    assert math.isclose(sum(c * c for c in back_q), 1.0, abs_tol=1e-12)
    assert back_q[0] >= 0
    np.testing.assert_allclose(pose(back_p, back_q), X, atol=1e-14)
    np.testing.assert_allclose(X[:3, :3], Rotation.from_quat([*q[1:], q[0]]).as_matrix(), atol=1e-14)


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 1, 1)])
def test_half_turns_have_a_quaternion(axis):
    R = Rotation.from_rotvec(np.pi * np.array(axis) / np.linalg.norm(axis)).as_matrix()
    X = np.eye(4)
    X[:3, :3] = R
    np.testing.assert_allclose(pose(*position_quaternion(X)), X, atol=1e-12)


@given(point, quaternion, point, quaternion)
def test_poses_compose_as_matrices(p, q, r, s):
    X_AB, X_BC = pose(p, q), pose(r, s)
    np.testing.assert_allclose(compose(X_AB, X_BC), X_AB @ X_BC, atol=1e-14)
    np.testing.assert_allclose(compose(X_AB, inverse(X_AB)), np.eye(4), atol=1e-14)


@given(point, quaternion)
def test_there_and_back_through_pybullets_order(p, q):
    X = pose(p, q)
    position, xyzw = to_bullet(X)
    np.testing.assert_allclose(from_bullet(position, xyzw), X, atol=1e-14)
    np.testing.assert_allclose(Rotation.from_quat(xyzw).as_matrix(), X[:3, :3], atol=1e-14)


@given(point, angle, angle, angle)
def test_roll_pitch_yaw_is_that_of_a_urdf(p, roll, pitch, yaw):
    X = rpy_pose(p, (roll, pitch, yaw))
    np.testing.assert_allclose(X[:3, :3], Rotation.from_euler("xyz", (roll, pitch, yaw)).as_matrix(), atol=1e-14)
    assert tuple(X[:3, 3]) == p


@given(angle)
def test_yaw_is_read_as_it_was_set(yaw):
    X = yaw_pose(1, -2, yaw, 0.5)
    assert math.isclose(yaw_of(X), yaw, abs_tol=1e-12)
    np.testing.assert_allclose(X, rpy_pose((1, -2, 0.5), (0, 0, yaw)), atol=1e-15)

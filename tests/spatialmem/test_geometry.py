"""The axioms of rigid transforms and of the pinhole."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spatialmem import Pinhole, geometry

NUMBER = st.floats(-50, 50)


@st.composite
def poses(draw):
    """A rotation from a random quaternion, and a translation."""
    w, x, y, z = (draw(st.floats(-1, 1)) for _ in range(4))
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    assume(norm > 0.1)
    w, x, y, z = w / norm, x / norm, y / norm, z / norm
    X = np.eye(4)
    X[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    X[:3, 3] = [draw(NUMBER) for _ in range(3)]
    return X


@given(poses())
def test_an_inverse_undoes(X_AB):
    np.testing.assert_allclose(X_AB @ geometry.inverse(X_AB), np.eye(4), atol=1e-12)
    np.testing.assert_allclose(geometry.inverse(geometry.inverse(X_AB)), X_AB, atol=1e-12)
    assert geometry.is_rigid(X_AB)


@given(poses(), poses())
def test_transforms_compose(X_AB, X_BC):
    points_C = np.arange(12.0).reshape(4, 3)
    by_two = geometry.transform(X_AB, geometry.transform(X_BC, points_C))
    np.testing.assert_allclose(by_two, geometry.transform(X_AB @ X_BC, points_C), atol=1e-9)


@given(poses(), st.lists(st.floats(-4e-4, 4e-4), min_size=9, max_size=9))
def test_the_nearest_rotation_is_one_and_near(X, noise):
    R = X[:3, :3] + np.array(noise).reshape(3, 3)
    nearest = geometry.nearest_rotation(R)
    assert geometry.rotation_error(nearest) < 1e-11
    U, _, Vt = np.linalg.svd(R)
    np.testing.assert_allclose(nearest, U @ Vt, atol=1e-6)


def test_what_is_not_rigid():
    assert not geometry.is_rigid(np.diag([1.0, 1, -1, 1]))
    assert not geometry.is_rigid(np.diag([1.01, 1.01, 1.01, 1]))
    assert not geometry.is_rigid(np.full((4, 4), np.nan))
    assert geometry.determinant(np.diag([1.0, 1, -1])) == -1


@given(st.integers(0, 2**32 - 1))
def test_back_projection_lands_on_its_pixels(seed):
    rng = np.random.default_rng(seed)
    camera = Pinhole(8, 6, 7.0, 7.5, 3.4, 2.6)
    depth = rng.integers(0, 3000, (6, 8)).astype(np.uint16)
    points_C = geometry.back_project(depth, 0.001, camera)
    v, u = np.nonzero(depth)
    np.testing.assert_allclose(points_C[:, 2], depth[v, u] * 0.001, rtol=1e-6)
    np.testing.assert_allclose(camera.fx * points_C[:, 0] / points_C[:, 2] + camera.cx, u, atol=1e-4)
    np.testing.assert_allclose(camera.fy * points_C[:, 1] / points_C[:, 2] + camera.cy, v, atol=1e-4)


@pytest.mark.parametrize("target", [(3.0, 1.0, 0.5), (1.0, 2.0, -4.0), (1.0, 2.0, 9.0)])
def test_a_camera_looks_at_its_target_upright(target):
    X_WC = geometry.look_at((1.0, 2.0, 3.0), target)
    assert geometry.is_rigid(X_WC)
    target_C = geometry.transform(geometry.inverse(X_WC), np.array([target]))[0]
    np.testing.assert_allclose(target_C[:2], 0, atol=1e-9)
    assert target_C[2] > 0
    assert X_WC[2, 1] <= 1e-9  # its y axis does not point up

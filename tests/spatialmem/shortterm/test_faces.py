"""The box that is made of faces is the one that has them."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.shortterm.faces import AXES_W, boxes_of, folded

lengths = st.floats(0.02, 3.0)
angles = st.floats(-math.pi, math.pi)


def faces_of(points_W):
    along = points_W @ AXES_W.T
    return np.stack([along.min(axis=0), along.max(axis=0)], axis=1)


def corners(center, size, yaw):
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2
    turn = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
    return center + (signs * size) @ turn.T


@given(lengths, lengths, lengths, angles, st.floats(-5, 5), st.floats(-5, 5))
def test_a_box_comes_back_as_it_is(length, width, height, yaw, x, y):
    center, size = np.array([x, y, 0.7]), np.array([length, width, height])
    found, extent = boxes_of(faces_of(corners(center, size, yaw))[None], np.array([yaw]))
    assert np.allclose(found[0], center, atol=1e-6)
    assert np.allclose(extent[0], size, atol=1e-6)


@given(lengths, angles)
def test_what_is_round_is_shown_a_little_too_small_at_worst(width, yaw):
    turns = np.linspace(0, 2 * math.pi, 720, endpoint=False)
    rim = np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1) * width / 2 + [1.0, 2.0, 0.0]
    center, extent = boxes_of(faces_of(rim)[None], np.array([yaw]))
    assert np.allclose(center[0], [1.0, 2.0, 0.0], atol=1e-6)
    assert (extent[0, :2] <= width + 1e-6).all()
    assert (extent[0, :2] >= 0.765 * width).all()


@given(angles)
def test_a_quarter_turn_makes_the_same_box(yaw):
    one = folded(yaw)
    assert -math.pi / 4 - 1e-9 <= one < math.pi / 4 + 1e-9
    assert math.isclose(math.cos(4 * one), math.cos(4 * yaw), abs_tol=1e-6)
    assert math.isclose(math.sin(4 * one), math.sin(4 * yaw), abs_tol=1e-6)

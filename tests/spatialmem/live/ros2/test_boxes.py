"""Boxes of vision_msgs in a camera's picture, against what pixels a box covers when every point of it is projected."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ros2_robot import CAMERA, Robot
from scipy.spatial.transform import Rotation

from spatialmem.episodes.bags.ros_types import Undecodable
from spatialmem.live.ros2.boxes import box_in_picture, box_of_2d, corners_of_3d

ROBOT = Robot()
lengths = st.floats(0.05, 3.0)
places = st.tuples(st.floats(-4, 4), st.floats(-4, 4), st.floats(-4, 4))
turns = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: math.hypot(*q) > 0.1)


def reason_of(call, *arguments):
    with pytest.raises(Undecodable) as caught:
        call(*arguments)
    return caught.value.reason


@given(places, st.tuples(lengths, lengths, lengths), turns)
def test_a_box_in_space_covers_what_its_points_do(p, size, q):
    corners_C = corners_of_3d(ROBOT.box_3d(p, size, q))
    w, x, y, z = q
    R = Rotation.from_quat([x, y, z, w]).as_matrix()
    steps = np.linspace(-0.5, 0.5, 25)
    inside = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3) * size
    points_C = inside @ R.T + p
    assert np.abs(corners_C.min(axis=0) - points_C.min(axis=0)).max() < 1e-9
    ahead = points_C[points_C[:, 2] > 0.05]
    assume(len(ahead))
    u, v = (CAMERA.fx * ahead[:, 0] / ahead[:, 2] + CAMERA.cx), (CAMERA.fy * ahead[:, 1] / ahead[:, 2] + CAMERA.cy)
    seen = (u > -0.5) & (u < 31.5) & (v > -0.5) & (v < 23.5)
    assume(seen.any())
    u_min, v_min, u_max, v_max = box_in_picture(corners_C, CAMERA)
    assert -0.5 <= u_min < u_max <= 31.5
    assert -0.5 <= v_min < v_max <= 23.5
    assert u[seen].min() >= u_min - 1e-6
    assert u[seen].max() <= u_max + 1e-6
    assert v[seen].min() >= v_min - 1e-6
    assert v[seen].max() <= v_max + 1e-6
    if corners_C[:, 2].min() > 0.05:  # all of it is before the camera: then it is no larger than it must be
        assert u_min <= max(u.min(), -0.5) + 1e-6
        assert u_min >= max(u.min(), -0.5) - 1e-6
        assert u_max == pytest.approx(min(u.max(), 31.5))
        assert v_min == pytest.approx(max(v.min(), -0.5))
        assert v_max == pytest.approx(min(v.max(), 23.5))


def test_what_is_behind_the_camera_or_beside_the_picture_is_none():
    size = (0.2, 0.2, 0.2)
    assert reason_of(box_in_picture, corners_of_3d(ROBOT.box_3d((0.0, 0.0, -1.0), size)), CAMERA) == "box_behind_camera"
    assert reason_of(box_in_picture, corners_of_3d(ROBOT.box_3d((9.0, 0.0, 1.0), size)), CAMERA) == "box_outside"
    through = box_in_picture(corners_of_3d(ROBOT.box_3d((0.0, 0.0, 0.0), (0.2, 0.2, 2.0))), CAMERA)
    assert through == (-0.5, -0.5, 31.5, 23.5)  # the camera is within it


@pytest.mark.parametrize("size", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, math.nan), (math.inf, 1.0, 1.0)])
def test_a_box_without_an_inside_is_none(size):
    assert reason_of(corners_of_3d, ROBOT.box_3d((0.0, 0.0, 1.0), size)) == "detection_box"
    assert reason_of(box_of_2d, ROBOT.box_2d(5.0, 5.0, size[0], size[1] * size[2]), CAMERA) == "detection_box"


def test_a_box_that_is_turned_by_nothing_is_none():
    assert (
        reason_of(corners_of_3d, ROBOT.box_3d((0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)))
        == "detection_box"
    )


@given(st.floats(-50, 80), st.floats(-50, 80), st.floats(0.5, 40), st.floats(0.5, 40), st.floats(-7, 7))
def test_a_turned_box_in_the_picture_is_within_its_own(u, v, width, height, theta):
    cos, sin = math.cos(theta), math.sin(theta)
    corners = np.array([(su * width / 2, sv * height / 2) for su in (-1, 1) for sv in (-1, 1)]) @ [
        [cos, sin],
        [-sin, cos],
    ]
    low, high = np.array([u, v]) + corners.min(axis=0), np.array([u, v]) + corners.max(axis=0)
    wanted = max(low[0], -0.5), max(low[1], -0.5), min(high[0], 31.5), min(high[1], 23.5)
    assume(abs(wanted[2] - wanted[0]) > 1e-6)
    assume(abs(wanted[3] - wanted[1]) > 1e-6)
    told = ROBOT.box_2d(u, v, width, height, theta)
    if wanted[0] < wanted[2] and wanted[1] < wanted[3]:
        assert box_of_2d(told, CAMERA) == pytest.approx(wanted, abs=1e-9)
    else:
        assert reason_of(box_of_2d, told, CAMERA) == "box_outside"

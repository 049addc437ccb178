"""Agreement between frames: full where depth and poses are true, none where they are not."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem import Pinhole, RgbdFrame
from spatialmem.episodes.reprojection import DepthView, choose_pairs, compare, relative_pose, sample_points, view_of
from spatialmem.episodes.synthetic import SyntheticRoom
from spatialmem.geometry import inverse, look_at

ROOM = SyntheticRoom()
CAMERA = Pinhole(32, 24, 20.0, 20.0, 15.5, 11.5)


def true_view(X_WC):
    return DepthView(ROOM.depth_m(X_WC), ROOM.camera)


@settings(max_examples=15)
@given(st.integers(0, 119), st.integers(1, 3))
def test_true_depth_agrees(index, step):
    X_WA, X_WB = ROOM.pose(index), ROOM.pose(index + step)
    found = compare(sample_points(true_view(X_WA)), relative_pose(X_WA, X_WB), true_view(X_WB))
    assert found.share > 0.8  # what is hidden from B is the rest
    assert found.error_m < 0.01


def test_depth_in_another_unit_is_a_translation_in_the_inverse_unit():
    X_WA, X_WB = ROOM.pose(3), ROOM.pose(5)
    X_BA = relative_pose(X_WA, X_WB)
    view_a, view_b = true_view(X_WA), true_view(X_WB)
    milli_a = sample_points(DepthView(view_a.depth_m * np.float32(1024), ROOM.camera))
    milli_b = DepthView(view_b.depth_m * np.float32(1024), ROOM.camera)
    X_BA_milli = X_BA.copy()
    X_BA_milli[:3, 3] *= 1024
    assert compare(milli_a, X_BA_milli, milli_b).share == compare(sample_points(view_a), X_BA, view_b).share


def test_relative_poses_compose():
    X_WA, X_WB = ROOM.pose(3), ROOM.pose(40)
    np.testing.assert_allclose(X_WB @ relative_pose(X_WA, X_WB), X_WA, atol=1e-12)
    np.testing.assert_allclose(relative_pose(X_WA, X_WA), np.eye(4), atol=1e-12)


def test_points_that_miss_do_not_agree():
    view = DepthView(np.full((24, 32), 2.0, np.float32), CAMERA)
    behind = np.eye(4)
    behind[2, 3] = -10.0
    aside = np.eye(4)
    aside[0, 3] = 1e30
    for X_BA in (behind, aside):
        found = compare(sample_points(view), X_BA, view)
        assert found.share == 0
        assert np.isnan(found.error_m)
    assert compare(sample_points(view), np.eye(4), view).share == 1


def test_a_wild_pose_does_not_win_by_missing():
    """Two of many points that land, and agree by chance, are no agreement."""
    view = DepthView(np.full((24, 32), 2.0, np.float32), CAMERA)
    points_A = np.array([[0.0, 0.0, 2.0]] * 2 + [[50.0, 0.0, 2.0]] * 98, np.float32)
    assert compare(points_A, np.eye(4), view).share == pytest.approx(0.2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -1.0, 0.0])
def test_what_is_no_distance_is_left_out(bad):
    depth = np.full((24, 32), 1.5, np.float32)
    depth[3, 4] = bad
    view = view_of(frame_with(depth))
    assert view.depth_m[3, 4] == 0
    assert len(sample_points(view)) == 24 * 32 - 1


def test_saturated_depth_is_left_out():
    depth = np.full((24, 32), 1500, np.uint16)
    depth[3, 4] = 65535
    view = view_of(frame_with(depth))
    assert view.depth_m[3, 4] == 0
    assert view.depth_m.max() == pytest.approx(1.5)


def frame_with(depth):
    return RgbdFrame(source="camera", stamp_ns=0, received_ns=0, depth=depth, camera=CAMERA, X_WC=np.eye(4))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_poses_are_no_pair(count):
    assert choose_pairs(np.tile(np.eye(4), (count, 1, 1)), pairs_max=5) == []


def test_a_camera_that_stands_still_makes_no_pairs():
    assert choose_pairs(np.tile(np.eye(4), (50, 1, 1)), pairs_max=5) == []


@given(st.integers(2, 200), st.integers(1, 40), st.floats(0.001, 2.0))
def test_pairs_have_motion_between_them_and_are_not_too_many(count, pairs_max, step_m):
    poses = np.stack([look_at((step_m * i, 0.0, 1.0), (step_m * i, 5.0, 1.0)) for i in range(count)])
    pairs = choose_pairs(poses, pairs_max=pairs_max)
    assert len(pairs) <= pairs_max
    for a, b in pairs:
        assert a < b
        assert step_m * (b - a) > 0.3 - 1e-9
    assert pairs or step_m * (count - 1) < 0.3 + 1e-9


def test_pairs_are_the_same_sort_for_inverted_poses(room_frames):
    frames = [ROOM.pose(index) for index in range(120)]
    straight = choose_pairs(np.stack(frames), pairs_max=40)
    inverted = choose_pairs(np.stack([inverse(X_WC) for X_WC in frames]), pairs_max=40)
    assert min(len(straight), len(inverted)) >= 20


def test_views_do_not_share_memory_with_frames(room_frames):
    frame = dataclasses.replace(room_frames[0])
    view_of(frame).depth_m[:] = 0
    assert frame.depth.any()

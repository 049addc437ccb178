"""A detection in space: frames of boxes whose truth is known, cast ray by ray."""

import dataclasses
import math

import numpy as np
import pytest
from cast_boxes import MUG, SETTINGS, WALL, boxed, frame_of, masked

import spatialmem as sm
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import lift
from spatialmem.shortterm.faces import AXES_W


def middle(box):
    return (np.array(box[0]) + np.array(box[1])) / 2


@pytest.mark.parametrize("detection", [masked, boxed])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_a_box_before_a_wall_is_where_it_is(detection, noise):
    frame, shows = frame_of(MUG, WALL, noise=noise)
    found = lift(detection(shows), frame, settings=SETTINGS)
    assert found is not None
    assert np.abs(found.center_W - middle(MUG)).max() < 0.012
    assert np.abs(found.size_m - [0.1, 0.1, 0.12]).max() < 0.025
    assert abs(found.yaw_rad) < 0.1
    # of the surface: the front and the top, not the middle of the thing
    assert found.centroid_W[0] < middle(MUG)[0]
    reach = found.points_W @ AXES_W.T
    assert (reach.min(axis=0) >= found.faces_m[:, 0] - 0.05).all()
    assert (reach.max(axis=0) <= found.faces_m[:, 1] + 0.05).all()


def test_background_in_a_box_moves_nothing():
    """The box is a third larger than the mug on every side; the wall shows in all of it."""
    frame, shows = frame_of(MUG, WALL)
    tight = boxed(shows).box_px
    assert tight is not None
    grown = tight[2] - tight[0], tight[3] - tight[1]
    wide = (tight[0] - grown[0] / 3, tight[1] - grown[1] / 3, tight[2] + grown[0] / 3, tight[3] + grown[1] / 3)
    one = lift(boxed(shows), frame, settings=SETTINGS)
    other = lift(sm.Detection(label="mug", score=0.9, box_px=wide), frame, settings=SETTINGS)
    assert one is not None
    assert other is not None
    assert np.abs(one.centroid_W - other.centroid_W).max() < 0.01


def test_pixels_that_slipped_past_the_outline_of_a_mask_are_left_out():
    import cv2

    frame, shows = frame_of(MUG, WALL)
    mask = cv2.dilate((shows == 0).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    found = lift(sm.Detection(label="mug", score=0.9, mask=mask), frame, settings=SETTINGS)
    assert found is not None
    assert np.abs(found.center_W - middle(MUG)).max() < 0.015


def test_a_turned_box_has_its_yaw():
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(0.4), -math.sin(0.4)], [math.sin(0.4), math.cos(0.4)]]
    low, high = (-0.2, -0.1, 0.0), (0.2, 0.1, 0.15)
    X_WC = turn @ sm.look_at((-1.2, 0.3, 1.0), (0.0, 0.0, 0.1))  # the box and the camera are turned together
    frame, shows = frame_of((low, high), X_WC=sm.look_at((-1.2, 0.3, 1.0), (0.0, 0.0, 0.1)))
    found = lift(masked(shows), dataclasses.replace(frame, X_WC=X_WC), settings=SETTINGS)
    assert found is not None
    assert found.yaw_rad == pytest.approx(0.4, abs=0.05)
    assert np.abs(found.size_m - [0.4, 0.2, 0.15]).max() < 0.04
    assert np.abs(found.center_W - [0.0, 0.0, 0.075]).max() < 0.03  # a far corner has few pixels


def test_the_covariance_is_that_of_the_errors():
    """Poses that are wrong by their covariance, and noise, move the centroid by its covariance."""
    sigma = np.array([0.004, 0.006, 0.005, 0.01, 0.008, 0.012])
    frame, shows = frame_of(MUG, WALL, noise=1.0, pose_cov=np.diag(sigma**2))
    told = lift(masked(shows), frame, settings=SETTINGS)
    assert told is not None
    rng, found = np.random.default_rng(1), []
    for seed in range(300):
        noisy, _ = frame_of(MUG, WALL, noise=1.0, seed=seed)
        d = sigma * rng.normal(size=6)
        exp = np.eye(4)
        exp[:3, :3] += np.array([[0, -d[2], d[1]], [d[2], 0, -d[0]], [-d[1], d[0], 0]])
        exp[:3, 3] = d[3:]
        wrong = lift(masked(shows), dataclasses.replace(noisy, X_WC=frame.X_WC @ exp), settings=SETTINGS)
        assert wrong is not None
        found.append(wrong.centroid_W)
    seen = np.cov(np.array(found).T)
    # the told one has, besides, what a sensor's depth is wrong by everywhere: 0.3 % of 1.5 m
    assert np.abs(told.covariance_W - seen).max() < 0.25 * np.abs(seen).max() + 0.0045**2
    assert (np.linalg.eigvalsh(told.covariance_W) > 0).all()


def test_without_a_pose_covariance_the_settings_have_one():
    frame, shows = frame_of(MUG)
    vague = ShortTermConfig(pose_sigma_m=0.1)
    one, other = (lift(masked(shows), frame, settings=s) for s in (SETTINGS, vague))
    assert one is not None
    assert other is not None
    assert np.trace(other.covariance_W) == pytest.approx(np.trace(one.covariance_W) + 3 * (0.1**2 - 0.01**2))


def test_faces_that_are_cut_off_or_hidden_are_not_seen():
    table = ((1.2, -0.6, 0.0), (1.8, 0.6, 0.7))
    frame, shows = frame_of(table, X_WC=sm.look_at((0.0, 0.0, 1.2), (1.5, 0.9, 0.5)))
    cut = lift(masked(shows), frame, settings=SETTINGS)
    assert cut is not None
    assert not cut.seen[2, 0]  # the right end is out of the picture
    assert cut.seen[2, 1]
    assert cut.faces_m[2, 1] == pytest.approx(0.6, abs=0.05)  # it narrows to a corner there, and 1 % are trimmed
    screen = ((0.9, -0.8, 0.0), (0.95, -0.2, 2.0))
    frame, shows = frame_of(table, screen, X_WC=sm.look_at((-1.0, 0.0, 1.2), (1.5, 0.0, 0.5)))
    hidden = lift(masked(shows), frame, settings=SETTINGS)
    assert hidden is not None
    assert not hidden.seen[2, 0]
    assert hidden.seen[2, 1]
    assert hidden.seen[4, 1]


def test_the_far_side_is_seen_from_above_only():
    crate = ((1.0, -0.2, 0.0), (1.4, 0.2, 0.4))
    for height, far in ((1.5, True), (0.2, False)):
        frame, shows = frame_of(crate, X_WC=sm.look_at((-0.5, 0.0, height), (1.2, 0.0, 0.2)))
        found = lift(masked(shows), frame, settings=SETTINGS)
        assert found is not None
        assert found.seen[0].tolist() == [True, far]
        assert found.seen[2].all()


def test_float_depth_is_the_same():
    frame, shows = frame_of(MUG, WALL)
    metres = dataclasses.replace(frame, depth=frame.depth.astype(np.float32) * np.float32(0.001))
    one, other = (lift(masked(shows), f, settings=SETTINGS) for f in (frame, metres))
    assert one is not None
    assert other is not None
    assert np.allclose(one.center_W, other.center_W)


@pytest.mark.parametrize(
    "detection",
    [
        sm.Detection(label="mug", score=0.5),
        sm.Detection(label="mug", score=0.5, mask=np.zeros((120, 160), bool)),
        sm.Detection(label="mug", score=0.5, box_px=(-50.0, -50.0, -10.0, -10.0)),
        sm.Detection(label="mug", score=0.5, box_px=(200.0, 10.0, 300.0, 50.0)),
        sm.Detection(label="mug", score=0.5, box_px=(40.0, 30.0, 20.0, 10.0)),
        sm.Detection(label="mug", score=0.5, box_px=(math.nan, 30.0, 50.0, 60.0)),
        sm.Detection(label="mug", score=0.5, box_px=(70.0, 50.0, 71.0, 51.0)),
    ],
    ids=["nothing", "empty mask", "left of it", "right of it", "turned", "nan", "four pixels"],
)
def test_what_shows_nothing_is_nowhere(detection):
    frame, _ = frame_of(MUG, WALL)
    assert lift(detection, frame, settings=SETTINGS) is None


def test_without_depth_within_the_range_it_is_nowhere():
    frame, shows = frame_of(MUG, WALL)
    assert lift(masked(shows), frame, settings=SETTINGS, range_max_m=1.0) is None
    empty = dataclasses.replace(frame, depth=np.zeros_like(frame.depth))
    assert lift(boxed(shows), empty, settings=SETTINGS) is None


def test_a_mask_of_another_size_is_refused_in_a_sentence():
    frame, _ = frame_of(MUG)
    with pytest.raises(sm.InputError, match=r"mask has shape \(10, 10\), the frame's depth \(120, 160\)"):
        lift(sm.Detection(label="mug", score=0.5, mask=np.ones((10, 10), bool)), frame, settings=SETTINGS)


def test_nothing_is_changed_and_twice_is_the_same():
    frame, shows = frame_of(MUG, WALL, noise=1.0)
    before, item = frame.depth.copy(), boxed(shows)
    one, other = (lift(item, frame, settings=SETTINGS) for _ in range(2))
    assert one is not None
    assert other is not None
    assert (frame.depth == before).all()
    assert all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name))
        for f in dataclasses.fields(one)
        if f.name != "embedding"
    )

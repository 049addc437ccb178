"""What a thing stands on, and where a thing without depth stands: rooms cast ray by ray."""

import dataclasses

import numpy as np
import pytest
from cast_boxes import SETTINGS, boxed, frame_of

import spatialmem as sm
from spatialmem.shortterm import lift
from spatialmem.shortterm.standing import stand
from spatialmem.shortterm.support import floor_m

FLOOR = ((-5.0, -5.0, -0.1), (8.0, 5.0, 0.0))
TABLE = ((1.2, -0.6, 0.68), (2.2, 0.6, 0.7))
CUP = ((1.5, -0.05, 0.7), (1.6, 0.05, 0.85))
CRATE = ((1.5, -0.2, 0.0), (1.9, 0.2, 0.5))
EYE = sm.look_at((0.0, 0.0, 1.5), (1.6, 0.0, 0.5))


def grown(box_px, share):
    """A box that is larger on every side, as detectors' boxes are."""
    u, v, wide, high = box_px[0], box_px[1], box_px[2] - box_px[0], box_px[3] - box_px[1]
    return (u - share * wide, v - share * high, u + (1 + share) * wide, v + (1 + share) * high)


@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.25])
def test_a_table_top_is_not_the_cup_on_it(noise, share):
    frame, shows = frame_of(CUP, TABLE, FLOOR, X_WC=EYE, noise=noise)
    item = sm.Detection(label="cup", score=0.6, box_px=grown(boxed(shows).box_px, share))
    found = lift(item, frame, settings=SETTINGS)
    assert found is not None
    assert np.abs(found.center_W - [1.55, 0.0, 0.775]).max() < 0.03
    assert np.abs(found.size_m - [0.1, 0.1, 0.15]).max() < 0.05


def test_the_floor_is_found_and_is_no_thing():
    frame, shows = frame_of(CRATE, FLOOR, X_WC=EYE, noise=1.0)
    ground_m = floor_m(frame)
    assert ground_m is not None
    assert abs(ground_m) < 0.02
    carpet = sm.Detection(label="bed", score=0.6, box_px=(10.0, 80.0, 60.0, 110.0))
    assert lift(carpet, frame, settings=SETTINGS) is None
    found = lift(boxed(shows), frame, settings=SETTINGS)
    assert found is not None
    assert found.faces_m[4] == pytest.approx([0.0, 0.5], abs=0.04)  # it reaches down to the floor it stands on


def test_a_table_is_its_own_top():
    frame, shows = frame_of(TABLE, CUP, FLOOR, X_WC=sm.look_at((-0.6, 0.0, 1.7), (1.7, 0.0, 0.6)))
    found = lift(boxed(shows), frame, settings=SETTINGS)
    assert found is not None
    assert np.abs(found.center_W[:2] - [1.7, 0.0]).max() < 0.1
    assert found.size_m[:2] == pytest.approx([1.0, 1.2], abs=0.2)


def test_without_depth_there_is_no_floor():
    frame, _ = frame_of(FLOOR, X_WC=sm.look_at((0.0, 0.0, 1.5), (1.0, 0.0, 3.0)))
    assert floor_m(frame) is None


def black(frame, shows, number=0):
    """The same frame with no return from one box."""
    depth = frame.depth.copy()
    depth[shows == number] = 0
    return dataclasses.replace(frame, depth=depth)


def test_a_black_thing_stands_where_its_box_ends():
    for eye in ((0.0, 0.0, 1.5), (0.3, 1.2, 1.4), (0.2, -1.0, 1.7)):
        frame, shows = frame_of(CRATE, FLOOR, X_WC=sm.look_at(eye, (1.7, 0.0, 0.2)), noise=1.0)
        found = lift(boxed(shows), black(frame, shows), settings=SETTINGS)
        assert found is not None
        error = found.center_W - [1.7, 0.0, 0.25]
        assert np.abs(error).max() < 0.15
        assert float(error @ np.linalg.solve(found.covariance_W, error)) < 16.27  # 99.9 % of chi-square, 3 degrees
        assert found.seen.all()
        assert found.coarse


def test_what_is_cut_off_or_stands_on_a_table_is_not_put_on_the_floor():
    frame, shows = frame_of(CRATE, FLOOR, X_WC=sm.look_at((0.0, 0.0, 1.5), (1.7, 0.95, 0.2)), noise=1.0)
    assert (shows[:, 0] == 0).any() or (shows[:, -1] == 0).any()
    assert lift(boxed(shows), black(frame, shows), settings=SETTINGS) is None
    frame, shows = frame_of(CUP, TABLE, FLOOR, X_WC=EYE)
    assert lift(boxed(shows), black(frame, shows), settings=SETTINGS) is None


def test_at_a_flat_angle_nothing_is_said():
    frame, _ = frame_of(FLOOR, X_WC=sm.look_at((0.0, 0.0, 0.1), (3.0, 0.0, 0.05)))
    assert stand((60.0, 40.0, 90.0, 62.0), 0.0, frame, SETTINGS) is None

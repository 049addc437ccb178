import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.pictures.projection import MARGIN_M, Projection, known_extent, plan, slanted

corner = st.tuples(st.floats(-50, 50), st.floats(-50, 50))
size = st.tuples(st.floats(0.5, 80), st.floats(0.5, 80))


@given(corner=corner, size=size)
def test_a_plan_shows_its_rectangle_and_fills_one_side(corner, size):
    lower = np.array(corner)
    upper = lower + size
    view = plan(lower, upper, width_px=700, height_px=500)
    assert view.width_px <= 700
    assert view.height_px <= 500
    assert view.width_px == 700 or view.height_px == 500
    corners = np.array([[lower[0], lower[1], 3.0], [upper[0], upper[1], -2.0]])
    assert view.pixels(corners) == pytest.approx(np.array([[0, view.height_px], [view.width_px, 0]], float), abs=1.0)


def test_on_a_plan_x_is_right_y_is_up_and_the_higher_hides_the_lower():
    view = plan(np.zeros(2), np.full(2, 10.0), width_px=100, height_px=100)
    here, right, up, above = view.pixels(np.array([[5.0, 5, 0], [6, 5, 0], [5, 6, 0], [5, 5, 1]]))
    assert right[0] == pytest.approx(here[0] + 10)
    assert up[1] == pytest.approx(here[1] - 10)
    assert above == pytest.approx(here)
    assert view.nearness(np.array([[5.0, 5, 1]])) > view.nearness(np.array([[5.0, 5, 0]]))


@given(corner=corner, size=size, elevation=st.floats(20, 90), z0=st.floats(-5, 5), rise=st.floats(0.1, 4))
def test_a_slanted_view_shows_everything_of_its_plan(corner, size, elevation, z0, rise):
    lower = np.array(corner)
    upper = lower + size
    above = plan(lower, upper, width_px=700, height_px=500)
    view = slanted(above, elevation_rad=math.radians(elevation), z_min_m=z0, z_max_m=z0 + rise)
    assert view.size_px == above.size_px
    box = np.array([[x, y, z] for x in (lower[0], upper[0]) for y in (lower[1], upper[1]) for z in (z0, z0 + rise)])
    pixels = view.pixels(box)
    assert (pixels > -1.5).all()
    assert (pixels < np.array(view.size_px) + 1.5).all()


@given(elevation=st.floats(5, 90), point=st.tuples(*[st.floats(-9, 9)] * 3), step_m=st.floats(0.01, 5))
def test_a_step_towards_the_eye_stays_on_its_pixel_and_comes_nearer(elevation, point, step_m):
    view = Projection(0.0, 0.0, 50.0, 100, 100, math.radians(elevation))
    here = np.array([point])
    nearer = here - step_m * view.gaze_W
    assert view.pixels(nearer) == pytest.approx(view.pixels(here), abs=1e-6)
    assert view.nearness(nearer)[0] == pytest.approx(view.nearness(here)[0] + step_m)


def test_stray_columns_do_not_stretch_the_picture_but_the_path_does():
    known = np.zeros((400, 400), bool)
    known[100:200, 100:200] = True
    known[100, 399] = True  # one ray through a far door
    nowhere = np.zeros((0, 3))
    lower, upper = known_extent(known, np.array([-1.0, 2.0]), 0.1, nowhere)
    assert lower == pytest.approx([9.0 - MARGIN_M, 12.0 - MARGIN_M], abs=0.11)
    assert upper == pytest.approx([19.0 + MARGIN_M, 22.0 + MARGIN_M], abs=0.11)
    walked = np.array([[30.0, 15.0, 0.0], [np.nan] * 3])
    _, upper = known_extent(known, np.array([-1.0, 2.0]), 0.1, walked)
    assert upper[0] == pytest.approx(30.0 + MARGIN_M)


def test_an_empty_map_has_an_extent():
    lower, upper = known_extent(np.zeros((0, 0), bool), np.zeros(2), 0.05, np.zeros((0, 3)))
    assert (upper - lower > 1.0).all()

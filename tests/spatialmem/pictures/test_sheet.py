import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.pictures import canvas, style
from spatialmem.pictures.keys import height_key, occupancy_key
from spatialmem.pictures.map_picture import MIN_WIDTH_PX
from spatialmem.pictures.projection import plan
from spatialmem.pictures.sheet import Panel, compose, draw_path, round_length_m


def panel(width, height, color, key=None):
    return Panel("Obstacles", "0.2 to 1.9 m above the floor", canvas.blank(height, width, color), 50.0, key)


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_panel_is_on_the_sheet_whole(count, stacked):
    colors = [(250, 10, 10), (10, 250, 10), (10, 10, 250)][:count]
    sheet = compose("title", ["one", "two"], [panel(640, 300, color) for color in colors], stacked=stacked)
    for color in colors:
        rows, cols = np.nonzero((sheet == color).all(axis=2))
        assert len(rows) == 640 * 300
        assert (rows.max() - rows.min() + 1, cols.max() - cols.min() + 1) == (300, 640)


@given(st.floats(1e-4, 1e5))
def test_a_scale_bar_is_round_and_nearly_as_long_as_may_be(longest_m):
    length_m = round_length_m(longest_m)
    assert longest_m / 2.5 * (1 - 1e-9) <= length_m <= longest_m * (1 + 1e-9)
    mantissa = length_m / 10 ** np.floor(np.log10(length_m * (1 + 1e-9)))
    assert mantissa == pytest.approx(round(mantissa))
    assert round(mantissa) in (1, 2, 5)


@pytest.mark.parametrize("width", [30, 200, 640, 2288])
@pytest.mark.parametrize("px_per_m", [0.3, 40.0, 900.0])
def test_any_width_and_scale_can_be_headed(width, px_per_m):
    image = canvas.blank(100, width, style.FREE)
    assert compose("t", [], [Panel("Obstacles", "detail", image, px_per_m)]).shape[1] == width + 2 * style.MARGIN_PX


def test_a_path_shows_its_start_and_its_end():
    view = plan(np.zeros(2), np.full(2, 10.0), width_px=200, height_px=200)
    image = canvas.blank(200, 200, style.FREE)
    draw_path(image, view, np.array([[2.0, 2, 0], [5, 5, 1], [np.nan] * 3, [8, 2, 1], [8, 8, 0]]))
    for point, color in (((2, 2), style.START), ((8, 8), style.END), ((8, 5), style.PATH), ((6.5, 3.5), style.FREE)):
        x, y = view.pixels(np.array([[*point, 0.0]]))[0]
        assert tuple(image[int(y), int(x)]) == color


def test_both_ends_of_a_round_trip_stay_visible():
    view = plan(np.zeros(2), np.full(2, 10.0), width_px=200, height_px=200)
    image = canvas.blank(200, 200, style.FREE)
    draw_path(image, view, np.array([[5.0, 5, 0], [5, 5, 0]]))
    for color in (style.START, style.END):
        assert (image == color).all(axis=2).sum() > 50


def test_a_path_without_a_point_is_nothing():
    view = plan(np.zeros(2), np.full(2, 10.0), width_px=20, height_px=20)
    image = canvas.blank(20, 20, style.FREE)
    draw_path(image, view, np.full((3, 3), np.nan))
    draw_path(image, view, np.zeros((0, 3)))
    assert (image == style.FREE).all()


@pytest.mark.parametrize("width", [MIN_WIDTH_PX, 2288])
def test_keys_fit_their_strip(width):
    for key in (
        lambda strip: occupancy_key(strip, has_path=True),
        lambda strip: occupancy_key(strip, has_path=False),
        lambda strip: height_key(strip, low_m=0.0, high_m=1.9),
    ):
        strip = canvas.blank(86, width, style.PAPER)
        key(strip)
        assert (strip != 255).any()


def test_the_height_key_runs_from_low_to_high():
    from spatialmem.pictures.plan import ramp

    strip = canvas.blank(86, 640, style.PAPER)
    height_key(strip, low_m=0.0, high_m=2.0)
    for color in ramp()[[0, 255]]:
        assert (strip == color).all(axis=2).any()

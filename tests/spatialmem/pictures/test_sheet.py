import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.pictures import canvas, style
from spatialmem.pictures.keys import Mark, Marks, color_key, height_key, height_px, map_key, occupancy_key
from spatialmem.pictures.map_picture import MIN_WIDTH_PX
from spatialmem.pictures.projection import plan
from spatialmem.pictures.sheet import KEY_PX, Panel, compose, draw_path, round_length_m


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


OBJECT_MARKS: Marks = (
    ("box", "object, coloured by label"),
    ("dashed box", "not confirmed yet"),
    ("arrow", "goes so far in 1 s"),
    ("", "small ones enlarged"),
    ("", "1000 of 10000 named"),
)


@pytest.mark.parametrize("width", [MIN_WIDTH_PX, 720, 2288])
@pytest.mark.parametrize("count", range(len(OBJECT_MARKS) + 1))
def test_a_key_of_objects_is_as_high_as_it_needs(width, count):
    """All of it is in the strip: one of twice the size has nothing more on it."""
    marks = OBJECT_MARKS[:count]
    strips = [
        canvas.blank(height, size, style.PAPER)
        for height, size in ((height_px(width, marks), width), (2 * height_px(width, marks), width))
    ]
    for strip in strips:
        color_key(strip, words="", marks=marks)
    inked = [np.argwhere((strip != 255).any(axis=2)) for strip in strips]
    assert len(inked[0]) == len(inked[1])
    assert (len(inked[0]) > 0) == (count > 0)
    if count:
        assert inked[0][:, 1].max() < width - 1
    rows = {baseline for baseline in range(strips[0].shape[0]) if (strips[0][baseline] != 255).any()}
    assert len(rows) >= min(count, 1) * 10


@pytest.mark.parametrize("mark", ["box", "empty box", "dashed box", "arrow"])
def test_each_mark_of_the_key_looks_different(mark):
    shown: tuple[Mark, ...] = ("box", "empty box", "dashed box", "arrow")
    strips = {}
    for name in shown:
        strips[name] = canvas.blank(200, 300, style.PAPER)
        map_key(strips[name], has_path=True, marks=((name, ""),))
    assert all((strips[mark] != strip).any() for name, strip in strips.items() if name != mark)
    assert (strips[mark][50:] == style.LABELS[0]).all(axis=2).any()


def test_a_panel_with_a_high_key_makes_the_sheet_higher():
    marks = OBJECT_MARKS
    low = panel(640, 300, style.FREE)
    high = Panel("Obstacles", "", low.image, 50.0, None, height_px(640, marks))
    added = compose("t", [], [low, high]).shape[0] - compose("t", [], [low, low]).shape[0]
    assert added == height_px(640, marks) - KEY_PX > 0


def test_the_height_key_runs_from_low_to_high():
    from spatialmem.pictures.plan import ramp

    strip = canvas.blank(86, 640, style.PAPER)
    height_key(strip, low_m=0.0, high_m=2.0)
    for color in ramp()[[0, 255]]:
        assert (strip == color).all(axis=2).any()

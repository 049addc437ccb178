import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.pictures import canvas

PAPER, INK = (255, 255, 255), (0, 0, 0)


@pytest.fixture(params=["outline", "strokes"])
def font(request, monkeypatch):
    """Both fonts: OpenCV 5's, and the strokes that are all there is before it."""
    if request.param == "strokes" and hasattr(cv2, "FontFace"):
        monkeypatch.delattr(cv2, "FontFace")
    elif request.param == "outline" and not hasattr(cv2, "FontFace"):
        pytest.skip("OpenCV before 5 has no outline font")
    canvas._font.cache_clear()
    yield request.param
    canvas._font.cache_clear()


def inked(image):
    return np.argwhere((image < 200).any(axis=2))


@pytest.mark.parametrize("align", ["left", "center", "right"])
@pytest.mark.parametrize("bold", [False, True])
def test_text_lies_where_its_alignment_says(font, align, bold):
    image = canvas.blank(100, 1000, PAPER)
    words = "Height 0.2 to 1.9 m · 62°"
    canvas.text(image, words, (500, 60), 28, INK, bold=bold, align=align)
    width = canvas.text_width(words, 28, bold=bold)
    left = {"left": 500, "center": 500 - width / 2, "right": 500 - width}[align]
    rows, cols = inked(image).T
    assert cols.min() >= left - 6
    assert cols.max() <= left + width + 6
    assert cols.max() - cols.min() > 0.8 * width
    assert rows.min() >= 60 - 36
    assert rows.max() <= 60 + 12


def test_longer_and_larger_text_is_wider(font):
    assert canvas.text_width("mm", 20) > canvas.text_width("m", 20)
    assert canvas.text_width("m", 40) > canvas.text_width("m", 20)


def test_a_line_breaks_at_nan():
    image = canvas.blank(50, 100, PAPER)
    canvas.polyline(image, np.array([[10.0, 25], [40, 25], [np.nan, np.nan], [60, 25], [90, 25]]), INK, 3)
    assert (image[25, 15:36] < 60).all()
    assert (image[25, 65:86] < 60).all()
    assert (image[25, 46:55] == 255).all()


@given(st.lists(st.one_of(st.none(), st.tuples(st.floats(-40, 90), st.floats(-40, 90))), max_size=6))
def test_any_line_can_be_drawn(points):
    image = canvas.blank(50, 50, PAPER)
    rows = [(np.nan, np.nan) if point is None else point for point in points]
    canvas.polyline(image, np.array(rows, float).reshape(-1, 2), INK, 2)


@given(x=st.integers(-30, 60), y=st.integers(-30, 60), width=st.integers(0, 40), height=st.integers(0, 40))
def test_a_box_is_cut_at_the_edge(x, y, width, height):
    image = canvas.blank(40, 50, PAPER)
    canvas.box(image, x, y, width, height, INK)
    rows, cols = np.mgrid[:40, :50]
    expected = (rows >= y) & (rows < y + height) & (cols >= x) & (cols < x + width)
    assert ((image == 0).all(axis=2) == expected).all()


def test_a_disc_has_its_radius():
    image = canvas.blank(61, 61, PAPER)
    canvas.disc(image, (30.0, 30.0), 10.0, INK)
    assert (255 - image[..., 0].astype(float)).sum() / 255 == pytest.approx(np.pi * 100, rel=0.15)


def test_a_hatch_repeats_along_both_axes():
    field = canvas.hatch(40, 60, (200, 200, 200), (100, 100, 100), period_px=10)
    assert (field[10:] == field[:-10]).all()
    assert (field[:, 10:] == field[:, :-10]).all()
    assert len(np.unique(field)) > 2


def test_dashes_leave_gaps_and_keep_both_ends():
    image = canvas.blank(30, 140, PAPER)
    canvas.dashes(image, np.array([[20.0, 15.0], [120.0, 15.0]]), INK, 3, dash_px=6)
    line = image[15, 20:121, 0]
    assert line[0] < 100
    assert line[-1] < 100
    runs = int((np.diff((line < 100).astype(int)) == 1).sum()) + 1
    assert 7 <= runs <= 10
    assert (line == 255).sum() > 20
    assert (image[:, :16] == 255).all()
    assert (image[:, 125:] == 255).all()


@pytest.mark.parametrize("length", [2.0, 9.0, 14.0, 60.0])
@pytest.mark.parametrize("turn", [0.0, 0.7, 2.0, 4.0])
def test_an_arrow_ends_where_it_points(length, turn):
    """Nothing but its rim is beyond its tip, and short ones are no longer than they say."""
    image, casing = canvas.blank(200, 200, PAPER), (250, 240, 10)
    ahead = np.array([np.cos(turn), np.sin(turn)])
    canvas.arrow(image, np.array([[100.0, 100.0], [100.0, 100.0] + length * ahead]), INK, 3, casing)
    rows, columns = np.nonzero((image < 100).all(axis=2))
    along = (np.stack([columns, rows], axis=1) - 100.0) @ ahead
    assert along.max() == pytest.approx(length, abs=2.0)
    assert along.min() > -4.0
    assert (image == casing).all(axis=2).any()


def test_an_arrow_of_no_length_is_nothing():
    image = canvas.blank(20, 20, PAPER)
    canvas.arrow(image, np.full((2, 2), 10.0), INK, 3, INK)
    assert (image == 255).all()


@given(
    corners=st.lists(st.tuples(st.floats(-40, 90), st.floats(-40, 90)), min_size=3, max_size=3),
    opacity=st.floats(0, 1),
)
def test_what_is_below_a_polygon_shines_through(corners, opacity):
    solid, image = canvas.blank(50, 60, PAPER), canvas.blank(50, 60, PAPER)
    canvas.polygon(solid, np.array(corners), INK)
    canvas.polygon(image, np.array(corners), INK, opacity)
    assert np.abs(image - (255 - opacity * (255.0 - solid))).max() <= 1

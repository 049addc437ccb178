"""Charts show every line where its figures are, and nothing where there are none."""

import numpy as np

from sim.suites import charts
from sim.suites.charts import draw_charts
from sim.suites.frame import Chart, Series

NAN = float("nan")


def drawn(*series: Series, x=("1", "2", "3")):
    return draw_charts([Chart("a title", "visit", x, series)])


def pixels(image, number: int) -> np.ndarray:
    """Where a line's colour is in the field of the chart: rows."""
    field = image[:, : charts.WIDTH_PX - charts.RIGHT_PX]
    return np.argwhere((field == np.array(charts.COLORS[number], np.uint8)).all(axis=2))


def test_a_line_rises_with_its_figures():
    rows = pixels(drawn(Series("none", (0.0, 0.5, 1.0), (0.0, 0.4, 0.9), (0.1, 0.6, 1.0))), 0)
    left, right = rows[rows[:, 1] < 200], rows[rows[:, 1] > 400]
    assert right[:, 0].mean() < left[:, 0].mean() - 100


def test_what_is_no_figure_is_left_out():
    rows = pixels(drawn(Series("none", (0.5, NAN, 0.5), (0.5, NAN, 0.5), (0.5, NAN, 0.5))), 0)
    middle = charts.LEFT_PX + (charts.WIDTH_PX - charts.LEFT_PX - charts.RIGHT_PX) // 2
    assert not (np.abs(rows[:, 1] - middle) < 60).any()


def test_charts_of_nothing_and_below_each_other():
    assert drawn().shape == (charts.HEIGHT_PX, charts.WIDTH_PX, 3)
    empty = Chart("none", "x", (), ())
    assert draw_charts([empty, empty]).shape[0] == 2 * charts.HEIGHT_PX


def test_figures_below_zero_and_large_ones_fit():
    image = drawn(Series("none", (-3.0, 250.0), (-8.0, 200.0), (1.0, 300.0)), x=("a", "b"))
    rows = pixels(image, 0)
    assert rows[:, 0].min() >= charts.TOP_PX - 5
    assert rows[:, 0].max() <= charts.HEIGHT_PX - charts.BOTTOM_PX + 5

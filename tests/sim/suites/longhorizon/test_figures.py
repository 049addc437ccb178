"""Measures of sub-tasks in a row, of a few tasks worked out by hand."""

import pytest

from sim.suites.longhorizon.figures import report_of


def row(seed, arm, episode, done, legs_m, *, metres=4.0, stop_m=0.5):
    turns = [{"fulfilled": one, "stop_m": stop_m, "nearest_m": stop_m} for one in done]
    return {
        "seed": seed, "arm": arm, "episode": episode, "error": "", "visit": 1, "kind": str(len(done)),
        "success": all(done), "turns": turns, "legs_m": legs_m, "metres": metres, "seconds": 10.0,
        "shortest_m": sum(legs_m), "budget_m": 4 * sum(legs_m), "budget_s": 60.0, "bumps": [], "wall": {},
    }  # fmt: skip


ROWS = [
    row(0, "both", 0, [True, True], [1.0, 3.0]),
    row(1, "both", 0, [True, False, True], [2.0, 1.0, 1.0], stop_m=2.0),
    row(0, "none", 0, [False, False], [1.0, 3.0], stop_m=2.0),
]


def test_measures():
    both, none = (report_of(ROWS).figures[arm] for arm in ("both", "none"))
    assert both["isr"]["value"] == 4 / 5
    assert both["sr"]["value"] == 0.5
    # the second task: 1 x 3 of the first (after a success by definition), 0, 1 x 1 of the third; over 9
    assert both["csr"]["value"] == pytest.approx((1.0 + 4 / 9) / 2, abs=1e-4)
    assert both["cgt"]["value"] == pytest.approx((1.0 + (0.5 * 3 + 0.25 * 1) / 3) / 2, abs=1e-4)
    assert both["osr"]["value"] == 0.5
    assert both["ne_m"]["value"] == 1.25
    assert both["spl"]["value"] == 0.5  # 4 m of way, 4 m driven; and a failure
    assert (none["isr"]["value"], none["csr"]["value"], none["cgt"]["value"], none["osr"]["value"]) == (0, 0, 0, 0)


def test_who_came_near_would_have_done_it():
    assert report_of([row(0, "none", 0, [False, True], [1.0, 1.0])]).figures["none"]["osr"]["value"] == 1.0


def test_a_report_of_nothing_and_of_an_episode_that_broke_off():
    assert report_of([]).tables[0].rows == ()
    broken = {"seed": 0, "arm": "both", "episode": 0, "error": "it died", "legs_m": [1.0, 1.0], "wall": {}}
    figures = report_of([broken]).figures["both"]
    assert (figures["isr"]["value"], figures["errors"]) == (0.0, 1)

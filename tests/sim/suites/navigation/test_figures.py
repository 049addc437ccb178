"""Figures of a few episodes, worked out by hand."""

import math

import pytest

from sim.suites.navigation.figures import report_of


def row(seed, arm, episode, success, metres, *, kind="point", **more):
    return {
        "seed": seed, "arm": arm, "episode": episode, "error": "", "kind": kind, "success": success, "passed": success,
        "metres": metres, "seconds": 10.0, "shortest_m": 2.0, "budget_m": 8.0, "budget_s": 100.0, "diameter_m": 12.0,
        "error_m": 0.0 if success else 4.0, "geodesic_m": 0.0 if success else 5.0, "ndtw": 0.9, "reason": "why",
        "bumps": [], "replans": [], "wall": {"step_p50_ms": 1.0, "step_p99_ms": 4.0, "step_max_ms": 9.0}, **more,
    }  # fmt: skip


ROWS = [
    row(0, "none", 0, False, 1.0), row(0, "none", 1, True, 4.0, kind="room"),
    row(0, "both", 0, True, 2.0), row(0, "both", 1, True, 2.5, kind="room"),
    row(1, "both", 0, False, 9.0, passed=True, geodesic_m=math.inf, reason="stuck", replans=["a door", "a chair"]),
    row(1, "both", 1, False, 0.0, kind="room", error="it broke off", ndtw=None, wall={"episode_s": 0.1}),
]  # fmt: skip


def test_figures_of_each_arm():
    both = report_of(ROWS).figures["both"]
    assert both["sr"]["value"] == 0.5
    assert both["osr"]["value"] == 0.75
    assert both["spl"]["value"] == pytest.approx((1.0 + 0.8 + 0 + 0) / 4)
    assert both["ne_m"]["value"] == 2.0
    assert both["spd_m"]["value"] == (0 + 0 + 12 + 5) / 4  # no way led there: the home's diameter
    assert both["tc"]["value"] == 0.5
    assert both["ndtw"]["value"] == pytest.approx(0.9)
    assert both["metres"]["value"] == (2 + 2.5 + 8 + 8) / 4
    assert both["metres_to_shortest"]["value"] == pytest.approx(20.5 / 8, abs=1e-4)
    assert both["sr_more_than_none"]["value"] == 0.5  # only of seed 0, which both have
    assert (both["replans"], both["errors"], both["failures"]) == (2, 1, ["stuck", "why"])
    assert both["wall"] == {
        "step_p50_ms": 1.0, "step_p99_ms_median": 4.0, "step_p99_ms_most": 4.0, "step_max_ms": 9.0,
    }  # fmt: skip


def test_bumps_are_told_by_what_they_were_into():
    bumps = [
        {"kind": "person", "seen": True, "mapped": False},
        {"kind": "furniture", "seen": True, "mapped": True},
        {"kind": "", "seen": False, "mapped": False},
    ]
    report = report_of([row(0, "both", 0, True, 2.0, bumps=bumps)])
    figures = report.figures["both"]
    assert (figures["bumps"], figures["bumps_into_seen"], figures["bumps_into_mapped"]) == (3, 2, 1)
    (table,) = [one for one in report.tables if one.title == "what was in the way"]
    assert table.rows == (("both", "3", "2", "1", "furniture 1, nothing near 1, person 1", "0"),)


def test_tables_and_charts_are_by_kind():
    report = report_of(ROWS)
    (table,) = [one for one in report.tables if "kind" in one.title]
    assert [cell.split(", n ")[-1] for cell in table.rows[1]] == ["both", "2", "2", "-", "-"]
    assert report.charts[0].x == ("point", "room", "see", "reach")
    assert report.charts[0].series[1].middle[:2] == (0.5, 0.5)
    assert math.isnan(report.charts[0].series[1].middle[2])


def test_a_report_of_nothing():
    assert report_of([]).figures == {}

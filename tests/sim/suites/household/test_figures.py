"""Figures of a few tasks, worked out by hand."""

import pytest

from sim.suites.household.figures import PARTS, report_of


def row(seed, arm, episode, success, metres, kind, *, back=False, **more):
    return {
        "seed": seed, "arm": arm, "episode": episode, "error": "", "visit": 1, "kind": kind, "goes_back": back,
        "success": success, "metres": metres, "seconds": 2 * metres, "shortest_m": 2.0, "budget_m": 8.0,
        "budget_s": 60.0, "recalled": 4, "recalled_right": 3, "bumps": [], "wall": {"episode_s": 2.0}, **more,
    }  # fmt: skip


ROWS = [
    row(0, "none", 0, True, 4.0, "simple"), row(0, "none", 1, False, 1.0, "composite"),
    row(0, "none", 2, False, 0.0, "complex", back=True), row(1, "none", 0, True, 4.0, "complex"),
    row(0, "both", 0, True, 2.0, "simple"), row(0, "both", 1, True, 4.0, "composite"),
    row(0, "both", 2, True, 4.0, "complex", back=True), row(1, "both", 0, True, 2.0, "complex"),
    row(0, "oracle", 0, True, 2.0, "simple"), row(0, "oracle", 1, True, 2.0, "composite"),
]  # fmt: skip


def test_figures_by_kind():
    figures = report_of(ROWS).figures
    assert (figures["none"]["sr"]["value"], figures["both"]["sr"]["value"]) == (0.5, 1.0)
    kinds = figures["both"]["by_kind"]
    assert set(kinds) == set(PARTS)
    assert kinds["composite"]["sr_more_than_none"]["value"] == 1.0
    assert kinds["complex"]["sr_more_than_none"]["value"] == 0.5
    assert kinds["complex, of before"]["sr_more_than_none"]["value"] == 1.0
    assert kinds["complex, all said"]["sr_more_than_none"]["value"] == 0.0
    assert kinds["simple"]["metres_more_than_none"]["value"] == -2.0
    assert figures["both"]["metres_to_oracle"]["value"] == 6.0 / 4.0
    assert figures["both"]["mra"]["value"] == 0.75
    assert figures["none"]["metres"]["value"] == (4 + 8 + 8 + 4) / 4
    assert figures["both"]["re"]["value"] == pytest.approx((24 - 12) / 24)


def test_tables_explain_their_terms():
    report = report_of(ROWS)
    notes = [note for table in report.tables for note in table.notes]
    for term in ("SR", "SPL", "RE", "MRA", "simple"):
        assert any(note.startswith(term) for note in notes), term
    assert [chart.x for chart in report.charts] == [("simple", "composite", "complex")] * 2


def test_a_report_of_nothing_and_of_an_episode_that_broke_off():
    assert report_of([]).tables[0].rows == ()
    broken = {"seed": 0, "arm": "both", "episode": 0, "error": "it died", "wall": {}}
    assert report_of([broken]).figures["both"]["errors"] == 1

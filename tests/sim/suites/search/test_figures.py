"""Figures of a few episodes, worked out by hand."""

import math

import pytest

from sim.suites.search.figures import STALE, effort_m, effort_s, report_of, stale_kind


def row(seed, arm, episode, success, metres, *, visit=1, shortest=2.0, **more):
    return {
        "seed": seed, "arm": arm, "episode": episode, "error": "", "visit": visit, "success": success,
        "metres": metres, "seconds": 2 * metres, "shortest_m": shortest, "budget_m": 4 * shortest, "budget_s": 60.0,
        "bumps": [], "visits_since_seen": None, "moved_since": False, "wall": {}, **more,
    }  # fmt: skip


ROWS = [
    row(0, "none", 0, False, 3.0), row(0, "none", 1, True, 6.0, visit=2),
    row(1, "none", 0, True, 4.0), row(1, "none", 1, False, 1.0, visit=2),
    row(0, "both", 0, True, 4.0), row(0, "both", 1, True, 2.0, visit=2, visits_since_seen=1),
    row(1, "both", 0, False, 5.0), row(1, "both", 1, True, 4.0, visit=2, visits_since_seen=1, moved_since=True),
    row(0, "oracle", 0, True, 2.0), row(0, "oracle", 1, True, 2.0, visit=2),
    row(1, "oracle", 0, True, 2.0), row(1, "oracle", 1, True, 2.0, visit=2),
]  # fmt: skip


def test_a_failure_counts_its_whole_budget():
    assert (effort_m(ROWS[0]), effort_s(ROWS[0])) == (8.0, 60.0)
    assert (effort_m(ROWS[1]), effort_s(ROWS[1])) == (6.0, 12.0)
    assert math.isnan(effort_m({"seed": 0, "arm": "none", "episode": 0, "error": "died"}))


def test_figures_of_each_arm():
    figures = report_of(ROWS).figures
    none, both = figures["none"], figures["both"]
    assert (none["sr"]["value"], both["sr"]["value"]) == (0.5, 0.75)
    assert none["metres"]["value"] == (8 + 6 + 4 + 8) / 4
    assert both["metres"]["value"] == (4 + 2 + 8 + 4) / 4
    assert both["spl"]["value"] == pytest.approx((2 / 4 + 2 / 2 + 0 + 2 / 4) / 4)
    assert both["metres_to_shortest"]["value"] == 18 / 8
    assert both["metres_to_oracle"]["value"] == 18 / 8
    assert both["metres_to_oracle_from_second_visit"]["value"] == 6 / 4
    assert both["sr_to_oracle"]["value"] == 0.75


def test_figures_against_no_memory_are_of_the_same_episodes():
    both = report_of(ROWS).figures["both"]
    assert both["sr_more_than_none"] == {"value": 0.25, "low": 0.0, "high": 0.5}  # seed 0: +1 and 0; seed 1: -1 and +1
    assert both["sr_more_than_none_first_visit"]["value"] == 0.0
    assert both["metres_more_than_none"]["value"] == (18 - 26) / 4
    assert both["re"]["value"] == pytest.approx((26 - 18) / 26, abs=1e-4)
    assert both["rt"]["value"] == pytest.approx(((60 + 12 + 8 + 60) - (8 + 4 + 60 + 8)) / (60 + 12 + 8 + 60), abs=1e-4)


def test_an_episode_that_only_one_arm_has_is_in_no_pair():
    figures = report_of([one for one in ROWS if one is not ROWS[0]]).figures
    assert figures["both"]["sr_more_than_none"]["value"] == pytest.approx((0 - 1 + 1) / 3)


def test_harm_is_by_how_stale_the_memory_was():
    assert [stale_kind(one) for one in ROWS[4:8]] == [STALE[0], STALE[2], STALE[0], STALE[3]]
    assert stale_kind(row(0, "both", 0, True, 1.0, visits_since_seen=0)) == STALE[1]
    (harm,) = [table for table in report_of(ROWS).tables if "what the memory knew" in table.title]
    ((arm, never, here, still, moved),) = harm.rows
    assert (arm, here) == ("both", "-")
    assert never.startswith("+0 [")
    assert never.endswith("n 2")
    assert (still, moved) == ("+0 [+0, +0], n 1", "+100 [+100, +100], n 1")


def test_bumps_are_counted():
    bump = {"body": "bed-1", "seen": True, "mapped": True}
    rows = [row(0, "none", 0, True, 1.0, bumps=[bump, {**bump, "seen": False}])]
    assert (report_of(rows).figures["none"]["bumps"], report_of(rows).figures["none"]["bumps_into_seen"]) == (2, 1)


def test_a_report_of_nothing_and_of_one_arm():
    assert report_of([]).tables[0].rows == ()
    assert [table.title for table in report_of(ROWS[4:8]).tables][1:] == ["by visit"]
    charts = report_of(ROWS).charts
    assert charts[0].x == ("1", "2")
    assert [(s.name, s.middle) for s in charts[0].series] == [
        ("none", (0.5, 0.5)), ("both", (0.5, 1.0)), ("oracle", (1.0, 1.0)),
    ]  # fmt: skip

"""Whoever finds a thing, and shows it, has found it; all else is a failure."""

import json

import pytest
from true_drivers import Follower, Stander

from planners import navigation
from sim.suites.reporting import rows_hash
from sim.suites.search.plan import visits_of
from sim.suites.search.suite import SearchSuite
from sim.suites.setup import Setup
from sim.suites.true_floor import TrueFloor
from sim.suites.workers import rows_here
from sim.worlds import World

SEED = 6
SMALL = Setup(width=160, height=120, rate_hz=4.0, min_pixels=8)
"""A camera that takes a third of the time."""
ONCE, TWICE = (SearchSuite(visits=visits, things=1, setup=SMALL) for visits in (1, 2))


class Named:
    name = "ring-9"


def knowing(sought_by_label, *, yaw=True):
    """A searcher that knows the truth, on each visit anew: it is asked for the things in the order of the plan."""
    asked = []

    def make(label, *, config=None):
        visit, one = sought_by_label[len(asked) % len(sought_by_label)]
        asked.append(label)
        assert label == one.label
        with World(visit.home) as world:
            way = TrueFloor(world, ONCE.setup.kind).way(one.start.p_m, one.goal.p_m)
        assert way is not None
        return Follower(way, one.goal.yaw_rad + (0.0 if yaw else 3.1), found=Named())

    return make


@pytest.fixture
def plan():
    return [(visit, one) for visit in visits_of(SEED, ONCE.setup, 2, 1) for one in visit.sought]


def rows(arm="none", suite=ONCE):
    return [told for told in rows_here(suite, [(SEED, arm)]) if isinstance(told, dict)]


def test_who_shows_the_thing_has_found_it(monkeypatch, plan):
    monkeypatch.setattr(navigation, "Searcher", knowing(plan), raising=False)
    for row in rows():
        assert row["error"] == ""
        assert row["success"], row
        assert (row["end"], row["in_view"], row["found"], row["rejected"]) == ("done", True, "ring-9", 0)
        assert row["metres"] == pytest.approx(row["shortest_m"], abs=0.4)
        assert row["budget_m"] == pytest.approx(max(4 * row["shortest_m"], 4.0), abs=0.01)
        assert len(row["state_hash"]) >= 32
        json.dumps(row)


def test_who_looks_away_has_not(monkeypatch, plan):
    monkeypatch.setattr(navigation, "Searcher", knowing(plan, yaw=False), raising=False)
    row = rows()[0]
    assert (row["success"], row["end"], row["in_view"]) == (False, "done", False)


def test_who_says_nothing_uses_the_budget_up(monkeypatch):
    monkeypatch.setattr(navigation, "Searcher", lambda label, config=None: Stander((0.0, 0.0, 0.1)), raising=False)
    monkeypatch.setattr("sim.suites.driving.Budget.START_S", 0.5)
    monkeypatch.setattr("sim.suites.driving.Budget.PACE_M_S", 10.0)
    row = rows()[0]
    assert (row["success"], row["end"]) == (False, "seconds")


def test_who_breaks_down_is_a_row(monkeypatch):
    def make(label, config=None):
        raise RuntimeError("no searcher")

    monkeypatch.setattr(navigation, "Searcher", make, raising=False)
    found = rows()
    assert [row["error"].partition(" (")[0] for row in found] == ["RuntimeError: no searcher"]
    assert all(row["budget_m"] > 0 and not row["success"] for row in found)
    assert ONCE.report(found).figures["none"]["errors"] == 1


def test_the_same_seed_gives_the_same_rows(monkeypatch, plan):
    hashes = []
    for _ in range(2):
        monkeypatch.setattr(navigation, "Searcher", knowing(plan), raising=False)
        hashes.append(rows_hash(rows("both")))
    assert hashes[0] == hashes[1]


def test_how_stale_a_memory_is_is_told(monkeypatch, plan):
    monkeypatch.setattr(navigation, "Searcher", knowing(plan), raising=False)
    first, second = rows("both", TWICE)
    assert (first["success"], second["success"]) == (True, True)
    assert (first["visits_since_seen"], first["moved_since"]) == (None, False)
    thing, moved = plan[1][1].thing, plan[1][0].moved
    assert second["visits_since_seen"] in (None, 1)
    assert second["moved_since"] == (second["visits_since_seen"] is not None and thing in moved)


def test_settings_say_all_that_rows_depend_on():
    settings = TWICE.settings()
    assert settings["visits"] == 2
    assert settings["setup"]["width"] == 160
    assert settings["setup"]["navigation"]["turn_m"] == 0.65
    json.dumps(settings)
    assert TWICE.episode_count == 2

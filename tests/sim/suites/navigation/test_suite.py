"""Goals one after the other: who drives there has reached them, and what came of it is told."""

import dataclasses
import json

import numpy as np
import pytest
from true_drivers import Follower, Stander

from planners import navigation
from sim.suites.navigation.goals import Goal
from sim.suites.navigation.plan import course_of
from sim.suites.navigation.suite import NavigationSuite
from sim.suites.reporting import rows_hash
from sim.suites.setup import Setup
from sim.suites.true_floor import TrueFloor
from sim.suites.workers import rows_here
from sim.worlds import World

SEED = 1
SUITE = NavigationSuite(goals=2, setup=Setup(width=160, height=120, rate_hz=4.0, min_pixels=8))


@pytest.fixture(scope="module")
def course():
    return course_of(SEED, SUITE.setup, 10)


def rows(arm="none"):
    return [told for told in rows_here(SUITE, [(SEED, arm)]) if isinstance(told, dict)]


def test_goals_are_of_every_kind_and_nobody_moves_them(course):
    kinds = {goal.kind for goal in course.goals}
    assert kinds == {"point", "room", "see", "reach"}
    handled = {task.object for task in course.schedule.tasks}
    assert not handled & {goal.name for goal in course.goals if goal.kind in ("see", "reach")}
    assert len(course.goals) == 10
    assert course_of.__wrapped__(SEED, SUITE.setup, 10) == course


def test_who_drives_there_has_reached_it(monkeypatch):
    course = course_of(SEED, SUITE.setup, 2)
    with World(course.home) as world:
        floor = TrueFloor(world, SUITE.setup.kind)
    at = [course.start.p_m]
    points = [(2.675, 1.875), (2.475, 1.625)]

    def make(goal, **options):
        way = floor.way(at[-1], np.array(goal))
        assert way is not None
        at.append(way[-1])
        return Follower(way)

    monkeypatch.setattr(navigation, "Navigator", make)
    monkeypatch.setattr("sim.suites.navigation.suite.course_of", lambda *of: with_points(course, points))
    found = rows()
    for row, point in zip(found, points, strict=True):
        assert row["error"] == ""
        assert (row["success"], row["reached"], row["passed"], row["end"]) == (True, True, True, "done"), row
        assert row["p_m"] == list(point)
        assert row["error_m"] < 0.25
        assert row["geodesic_m"] == 0.0
        assert row["ndtw"] > 0.9
        assert abs(row["metres"] - row["shortest_m"]) < 0.4
        json.dumps(row)
    figures = SUITE.report(found).figures["none"]
    assert (figures["sr"]["value"], figures["tc"]["value"]) == (1.0, 1.0)


def with_points(course, points):
    return dataclasses.replace(course, goals=tuple(Goal("point", "", "", point) for point in points))


def test_who_gives_up_has_not_and_the_next_goal_follows(monkeypatch):
    monkeypatch.setattr(navigation, "Navigator", lambda goal, **options: Stander(status="failed"))
    found = rows()
    assert [(row["success"], row["end"], row["reason"]) for row in found] == [(False, "failed", "as I am told")] * 2
    assert all(row["geodesic_m"] > 0 or row["reached"] for row in found)
    assert rows_hash(rows()) == rows_hash(found)


def test_arms_that_knew_the_home_have_explored_it(monkeypatch):
    monkeypatch.setattr(navigation, "Navigator", lambda goal, **options: Stander(status="failed"))
    monkeypatch.setattr(navigation, "Explorer", lambda config=None: Stander(status="done"), raising=False)
    found = rows("both")
    assert found[0]["explored"]["end"] == "done"
    assert found[1]["explored"] == {}
    assert rows("none")[0]["explored"] == {}

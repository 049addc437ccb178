"""What is asked for is the same for all arms, can be done, and is of every kind."""

import pytest

from sim.suites.household.plan import KINDS, household_visits
from sim.suites.household.suite import HouseholdSuite
from sim.suites.kinematic.camera import kinematic_setup
from sim.suites.kinematic.wishes import holds
from sim.worlds import World
from sim.worlds.built.resting import hidden_in, supports_of

SETUP, SEED = kinematic_setup(), 0


@pytest.fixture(scope="module")
def visits():
    return household_visits(SEED, SETUP, 2)


@pytest.mark.slow
def test_the_same_seed_asks_for_the_same(visits):
    assert household_visits.__wrapped__(SEED, SETUP, 2) == visits


def test_every_kind_is_asked_for_and_the_home_goes_on(visits):
    tasks = [task for visit in visits for task in visit.tasks]
    assert {task.kind for task in tasks} == set(KINDS)
    for visit in visits:
        for before, after in zip(visit.tasks, visit.tasks[1:], strict=False):
            assert after.home == before.after


def is_so(wish, world):
    return holds(wish, world, frozenset(), world.X_WK(wish.thing)[:2, 3], 3.0)


def test_what_is_asked_for_is_not_so_yet_and_is_so_afterwards(visits):
    for task in (task for visit in visits for task in visit.tasks):
        last = {wish.thing: wish for wish in task.wishes}
        with World(task.home) as world:
            on = supports_of(world)
            assert not all(
                holds(wish, world, frozenset(), world.X_WK(wish.thing)[:2, 3], 3.0) for wish in last.values()
            )
            assert task.kind == "composite" or not any(hidden_in(world, on[thing]) for thing in last)
        with World(task.after) as world:
            for wish in last.values():
                assert is_so(wish, world), wish


def test_a_task_of_what_was_meant_before_is_of_the_simple_one(visits):
    (back,) = [task for visit in visits for task in visit.tasks if task.goes_back]
    simple = next(task for task in visits[1].tasks if task.kind == "simple")
    assert (back.wishes[0].kind, back.wishes[0].unnamed) == ("back", 1)
    assert back.wishes[0].thing == simple.wishes[0].thing


def test_its_settings_are_plain():
    import json

    suite = HouseholdSuite()
    assert json.loads(json.dumps(suite.settings()))["kinds"] == list(KINDS)
    assert suite.episode_count == 2 * 3

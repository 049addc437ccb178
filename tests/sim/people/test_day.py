"""Days made up by chance: plausible, the same for a seed, and at their end every thing is accounted for."""

import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

from sim.people import day_schedule
from sim.worlds import World, generate_home, truth_of
from spatialmem import ConfigError

TASKS = 20
HOME_TASKS = 14


def assert_accounted_for(world, events):
    """Every thing is where the log's last word says: on a support, or away."""
    truth = truth_of(world)
    last = {}
    for event in events:
        if event.verb in ("take", "put", "take_away", "bring_back") and not event.failed:
            last[event.object] = event
    for thing in world.home.things:
        event = last.get(thing.name)
        if event is None:
            assert truth.objects[thing.name].support == thing.support
        elif event.verb == "take_away":
            assert thing.name in truth.absent
        else:
            assert event.verb == "put"
            assert truth.objects[thing.name].support == event.to_support


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_day_in_a_small_home(world, living):
    day = living(world, day_schedule(world, 4, TASKS))
    events = day.play()
    assert not day.person.is_home
    assert sum(event.verb == "put" and not event.failed for event in events) >= 8
    assert_accounted_for(world, events)
    assert all(world.hinge_rad(hinge) == 0 for hinge in ("fridge-1/door",))


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("seed", [1, 4])
def test_a_day_in_a_home_by_chance(seed, living):
    with World(generate_home(seed)) as world:
        day = living(world, day_schedule(world, seed, HOME_TASKS))
        events = day.play()
        assert_accounted_for(world, events)
        tasks_failed = [event.words for event in events if event.failed]
        assert len(tasks_failed) <= HOME_TASKS // 4, tasks_failed
        world.step(240)  # what was put down with care stays
        assert_accounted_for(world, events)


def test_a_schedule_is_that_of_its_seed(world):
    assert day_schedule(world, 7, 12) == day_schedule(world, 7, 12)
    assert day_schedule(world, 7, 12) != day_schedule(world, 8, 12)


def test_its_length_times_and_condition_are_those_asked_for(world):
    day = day_schedule(world, 1, 9, first_s=3.0, every_s=20.0, when="unseen")
    assert [task.at_s for task in day.tasks] == [3.0 + 20.0 * k for k in range(10)]
    assert day.tasks[-1].verb == "leave"
    assert {task.when for task in day.tasks if task.verb in ("move", "take_away")} == {"unseen"}
    assert [task.verb for task in day_schedule(world, 1, 0).tasks] == ["leave"]
    with pytest.raises(ConfigError, match="a day has -1 tasks"):
        day_schedule(world, 1, -1)


def test_a_home_without_things_still_has_walks():
    import dataclasses

    with World(dataclasses.replace(two_rooms(), things=())) as world:
        assert {task.verb for task in day_schedule(world, 0, 12).tasks} <= {"walk_to", "open", "close", "leave"}

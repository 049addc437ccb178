"""A task is played to its end, judged by what is true, and recorded so that it can be played again."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from homes import two_rooms
from task_world import Truth
from task_world import World as Known

pytest.importorskip("unified_planning")

from planners.tasks import Put
from sim.sensors import camera_of
from sim.suites.kinematic.camera import kinematic_setup
from sim.suites.kinematic.choosing import Chooser, chain_m, fulfil
from sim.suites.kinematic.trials import TaskTrial, _emptied
from sim.suites.kinematic.visits import Task, Visit
from sim.suites.kinematic.wishes import Wish, holds, true_goal
from sim.suites.recording import replayed
from sim.suites.sight import Spot
from sim.worlds import World
from sim.worlds.built.resting import supports_of
from spatialmem import Action, InputError, SpatialMemory

SETUP = kinematic_setup()
START = Spot(4.8, 3.3, -0.6)


@pytest.fixture
def chooser():
    with World(two_rooms()) as world:
        camera = camera_of(world, SETUP.camera, "fast")
        yield Chooser(world, SETUP.kind, camera, min_pixels=SETUP.min_pixels)


def task(chooser, *wishes, kind="simple"):
    legs_m = chain_m(chooser, np.array(START.p_m), wishes)
    home = chooser.world.settled
    assert all(fulfil(chooser, wish) for wish in wishes)
    return Task(kind=kind, start=START, wishes=wishes, legs_m=legs_m, home=home, after=chooser.world.settled)


def fetch(thing):
    return Wish(kind="fetch", thing=thing, at_m=(START.x_m, START.y_m))


def test_a_task_of_two_wishes_is_done_recorded_and_remembered(chooser, tmp_path):
    first = task(chooser, fetch("mug-1"))
    second = task(chooser, Wish(kind="put", thing="mug-1", piece="table-1"))
    trial = TaskTrial([Visit(1, 0, (first, second))], 0, "both", SETUP, goes_on=False, record=tmp_path)
    rows = [trial.run(number) for number in (0, 1)]
    for row in rows:
        assert row["success"], row
        assert (row["end"], row["rejected"]) == ("done", 0)
    assert rows[1]["recalled"] == rows[1]["recalled_right"] > 0
    for number, row in enumerate(rows):
        again, then = replayed(tmp_path / f"000-both-{number:02d}.mcap")
        assert again == then == row["state_hash"]
    assert (tmp_path / "000-both-01.state").stat().st_size > (tmp_path / "000-both-00.state").stat().st_size


@pytest.mark.slow
def test_what_was_put_behind_a_door_is_got_out_again(chooser):
    away = task(chooser, Wish(kind="store", thing="bottle-1", piece="fridge-1"))
    again = task(chooser, fetch("bottle-1"))
    trial = TaskTrial([Visit(1, 0, (away, again))], 0, "both", SETUP, goes_on=False, record=None)
    for number in (0, 1):
        row = trial.run(number)
        assert row["success"], row
    assert row["metres"] < 3 * sum(again.legs_m)  # straight to the fridge, and back to close it


def test_who_is_told_the_truth_is_told_where_a_thing_goes_back_to(chooser):
    """Elsewhere on the same piece is not back: whoever knows all must not fail for not being told."""
    wish = Wish(kind="back", thing="mug-1", piece="table-1", p_W=(1.0, 2.0, 0.8))
    goal = true_goal(wish, SpatialMemory().view(), chooser.world)
    assert goal == Put("mug", "table", at=(1.0, 2.0, 0.8))


def test_without_a_memory_an_episode_begins_with_an_empty_one_and_is_recorded_too(chooser, tmp_path):
    one = task(chooser, fetch("mug-1"))
    trial = TaskTrial([Visit(1, 0, (one,))], 0, "none", SETUP, goes_on=False, record=tmp_path)
    row = trial.run(0)
    assert row["success"], row
    again, then = replayed(tmp_path / "000-none-00.mcap")
    assert again == then == row["state_hash"]


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("thing", "why", "told"),
    [("mug-1", "", [1]), ("mug-1", "there is no free place within reach", []), ("", "the hand is empty", [1])],
)
def test_at_the_end_it_is_told_that_a_thing_is_put_down_only_where_it_is_not_in_the_hand(thing, why, told):
    known = Known({1: Truth("mug")})
    known.tell(Action(source="hand", stamp_ns=1, received_ns=1, verb="picked_up", object_id=1))
    simulation = SimpleNamespace(
        clock=SimpleNamespace(now_ns=lambda: 5), world=SimpleNamespace(home=SimpleNamespace(name="flat"))
    )
    hand = SimpleNamespace(thing=thing, put_down=lambda: why)
    assert [one.object_id for one in _emptied(simulation, hand, known.view())] == told  # pyright: ignore


def test_what_nobody_meant_cannot_be_meant_again(chooser):
    wish = dataclasses.replace(fetch("mug-1"), unnamed=1)
    trial = TaskTrial([Visit(1, 0, (task(chooser, wish),))], 0, "none", SETUP, goes_on=False, record=None)
    row = trial.run(0)
    assert not row["success"]
    assert "meant before" in row["turns"][0]["reason"]


def test_an_incomplete_record_is_refused(tmp_path):
    with pytest.raises(InputError, match="is missing"):
        replayed(tmp_path / "000-none-00.mcap")


def test_truth_decides_what_is_fulfilled(chooser):
    world, nowhere = chooser.world, np.array([0.0, 0.0])
    put = Wish(kind="put", thing="mug-1", piece="counter-1")
    store = Wish(kind="store", thing="bottle-1", piece="fridge-1")
    assert not holds(put, world, frozenset(), nowhere, 3.0)
    assert fulfil(chooser, put)
    assert holds(put, world, frozenset(), nowhere, 3.0)
    assert supports_of(world)["mug-1"] == "counter-1/top"
    assert not holds(store, world, frozenset(), nowhere, 3.0)
    assert fulfil(chooser, store)
    assert holds(store, world, frozenset(), nowhere, 3.0)
    assert world.hinge_rad("fridge-1/door") == 0.0  # closed again
    world.remove("mug-1")
    assert not holds(put, world, frozenset(), nowhere, 3.0)


def test_the_chain_goes_on_from_where_a_thing_was_left(chooser):
    there, back = fetch("bottle-1"), Wish(kind="put", thing="bottle-1", piece="counter-1")
    first, second = chain_m(chooser, np.array(START.p_m), (there, back))
    assert first > second > 0.5  # to the counter and back; then there once more
    assert first == pytest.approx(2 * second, rel=0.25)

"""Things are moved while nobody looks: those that were asked for, to where was asked, and what cannot be is said."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim.people import Wish, move_things, rearrange, wishes
from sim.worlds import World, generate_home, truth_of
from spatialmem import InputError


@pytest.fixture
def world():
    with World(generate_home(0)) as world:
        yield world


def moved_to(before, after):
    """Return what each thing stands on that does not stand where it did."""
    return {
        name: one.support
        for name, one in after.items()
        if np.abs(one.X_WK[:2, 3] - before[name].X_WK[:2, 3]).max() > 0.01
    }


def test_what_was_asked_for_is_moved_and_nothing_else(world):
    before = truth_of(world).objects
    wanted = wishes(world, np.random.default_rng(1), "clock:table-3, remote-2 ,duck:table")
    assert [(one.thing, one.to) for one in wanted] == [("clock-1", "table-3"), ("remote-2", ""), ("duck-1", "table")]
    assert move_things(world, np.random.default_rng(1), wanted) == ("clock-1", "remote-2", "duck-1")
    moved = moved_to(before, truth_of(world).objects)
    assert set(moved) == {"clock-1", "remote-2", "duck-1"}
    assert moved["clock-1"] == "table-3/top"
    assert moved["duck-1"].startswith("table-")
    assert moved["remote-2"] != before["remote-2"].support


def test_a_label_means_any_thing_of_it_and_each_once(world):
    wanted = wishes(world, np.random.default_rng(1), "remote,remote")
    assert {one.thing for one in wanted} == {"remote-1", "remote-2"}
    with pytest.raises(InputError, match="nobody in home-0 can move 'remote' once more"):
        wishes(world, np.random.default_rng(1), "remote,remote,remote")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("duk", r"nobody in home-0 can move 'duk': what is moved there is called .*duck.*\. Did you mean 'duck'\?"),
        ("", "nobody in home-0 can move ''"),
        ("duck,,clock", "nobody in home-0 can move ''"),
        ("-1", "nobody in home-0 can move '-1'"),
        ("duck:tabel", r"'duck' cannot be moved to 'tabel': there is room for it on or in .*table-1"),
    ],
)
def test_what_nobody_can_move_is_refused(world, text, words):
    before = truth_of(world).objects
    with pytest.raises(InputError, match=words):
        wishes(world, np.random.default_rng(1), text)
    assert not moved_to(before, truth_of(world).objects)


def test_where_there_is_no_room_a_thing_stays(world):
    name = next(iter(truth_of(world).objects))
    assert move_things(world, np.random.default_rng(1), [Wish(name, "no such thing")]) == ()


def test_so_many_things_are_moved_by_chance(world):
    before = truth_of(world).objects
    names = rearrange(world, np.random.default_rng(3), 3)
    assert len(names) == 3
    assert set(moved_to(before, truth_of(world).objects)) == set(names)

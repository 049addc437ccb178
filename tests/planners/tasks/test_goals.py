"""Goals: what is none is refused where it is made, with what is allowed."""

import dataclasses
import re
from typing import Any

import pytest

import spatialmem as sm
from planners.tasks import Again, Before, Close, Fetch, Find, Open, Put
from planners.tasks.goals import GOALS_MAX, checked_goals, shown


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        (Find("mug"), "find mug"),
        (Find(12), "find object 12"),
        (Fetch("the red mug", to="kitchen"), "fetch the red mug to kitchen"),
        (Fetch("mug", to=(1.0, 2.5)), "fetch mug to (1.00, 2.50) m"),
        (Fetch("mug"), "fetch mug"),
        (Put("mug", "fridge", "in"), "put mug in fridge"),
        (Put(Again(), Before()), "put the one meant before back to where it was"),
        (Put(Again("mug", 2), 4), "put the mug meant 2 before on object 4"),
        (Put("mug", "table-4", at=(1.0, 2.5, 0.8)), "put mug on table-4 at (1.00, 2.50, 0.80) m"),
        (Open("fridge"), "open fridge"),
        (Close(3), "close object 3"),
    ],
)
def test_a_goal_says_what_it_is(goal, words):
    assert shown(goal) == words
    assert hash(goal) == hash(dataclasses.replace(goal))
    assert checked_goals(goal) == (goal,)


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_point_is_kept_as_two_numbers():
    point: Any = [1, 2.5]
    assert Fetch("mug", to=point).to == (1.0, 2.5)


BAD: tuple[tuple[Any, tuple[Any, ...], str], ...] = (
    (Find, ("",), "Find: what is ''"),
    (Find, ("  ",), "label"),
    (Find, (None,), "Find: what is None"),
    (Find, (True,), "Find: what is True"),
    (Find, ("x" * 401,), "401 characters long"),
    (Fetch, ("mug", (1.0,)), "two finite numbers"),
    (Fetch, ("mug", (1.0, float("nan"))), "two finite numbers"),
    (Fetch, ("mug", (1.0, True)), "two finite numbers"),
    (Fetch, ("mug", 2.5), "Fetch: to is 2.5"),
    (Put, ("mug", "table", "under"), "'on' or 'in' is needed"),
    (Put, ("mug", None), "Put: target is None"),
    (Put, ("mug", "table", "on", (1.0, 2.0)), "Put: at is (1.0, 2.0); a point is three finite numbers (x, y, z) in W"),
    (Put, ("mug", Before(), "on", (1.0, 2.0, 0.8)), "give one of them"),
    (Again, ("",), "Again: the label is ''"),
    (Again, (None, 0), "back is 0"),
    (checked_goals, ("fetch mug",), "the task is 'fetch mug'"),
    (checked_goals, ([],), "0 goals"),
    (checked_goals, (["mug"],), "has 'mug' among its goals; each is one of Find, Fetch, Put, Open, Close"),
    (checked_goals, ([Find("mug")] * (GOALS_MAX + 1),), "65 goals"),
    (checked_goals, (3,), "the task is 3"),
)


@pytest.mark.parametrize(("make", "arguments", "told"), BAD, ids=range(len(BAD)))
@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_goal_is_refused(make, arguments, told):
    with pytest.raises(sm.InputError, match=re.escape(told)):
        make(*arguments)

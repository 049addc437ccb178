"""What is typed to a robot, as goals."""

import pytest

from planners.tasks.goals import Again, Before, Close, Fetch, Find, Open, Put
from planners.tasks.phrases import goals_of
from spatialmem import InputError

SAID = {
    "find the mug": Find("the mug"),
    "Look for mug-3.": Find("mug-3"),
    "fetch a mug": Fetch("mug"),
    "bring me the red book to the kitchen": Fetch("the red book", "the kitchen"),
    "bring the duck to me": Fetch("the duck"),
    "get it to table-4": Fetch(Again(), "table-4"),
    "put the cup on the table in the kitchen": Put("the cup", "the table in the kitchen", "on"),
    "put the cup into the fridge": Put("the cup", "the fridge", "in"),
    "place that mug in it": Put(Again("mug"), Again(), "in"),
    "put it back": Put(Again(), Before()),
    "put back the toy": Put("the toy", Before()),
    "put the ball back where it was": Put("the ball", Before()),
    "open the fridge": Open("the fridge"),
    "shut fridge-2!": Close("fridge-2"),
}


@pytest.mark.parametrize("text", SAID)
def test_an_order_is_a_goal(text):
    assert goals_of(text) == (SAID[text],)


@pytest.mark.parametrize("between", ["; ", " then ", ", then ", " and then ", ";\n", ". Then "])
def test_orders_are_carried_out_in_turn(between):
    assert goals_of(f"open the fridge{between}fetch the jar") == (Open("the fridge"), Fetch("the jar"))


@pytest.mark.parametrize("text", ["", "   ", "; ;", "dance", "fetch", "put the cup", "open"])
def test_what_is_no_order_is_refused_with_the_ones_that_there_are(text):
    with pytest.raises(InputError, match=r"put X on Y|1 to 64"):
        goals_of(text)

"""Where a hand that acts at once is brought: before what has a thing in it, and nearer to what is out of reach."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from worded_memory import thing

pytest.importorskip("unified_planning")

from planners.navigation import NavigationConfig
from sim.suites.household.suite import HouseholdSuite
from sim.suites.kinematic.skills import KinematicSkills, _holder
from spatialmem import Unknown


class View:
    """What is known, by id."""

    def __init__(self, *known: Any):
        self.known = {one.id: one for one in known}

    def objects(self):
        return tuple(self.known.values())

    def object(self, object_id: int):
        return self.known.get(object_id, Unknown(f"{object_id} is not known"))


def fridge(**attributes: str):
    return thing(2, "fridge", (1.0, 1.0, 0.7), (0.6, 1.1, 1.4), attributes=attributes)


def jar(at_W: tuple[float, float, float], **attributes: str):
    return thing(1, "jar", at_W, (0.1, 0.1, 0.1), attributes=attributes)


@pytest.mark.parametrize(
    ("one", "holder", "is_in"),
    [
        (jar((1.1, 1.3, 0.5)), fridge(state="open"), True),
        (jar((1.1, 1.3, 0.5)), fridge(state="closed"), False),
        (jar((1.5, 1.3, 0.5)), fridge(state="open"), False),  # beside it
        (jar((1.1, 1.3, 1.6)), fridge(state="open"), False),  # on top of it
        (jar((5.0, 5.0, 0.5), **{"in": "2"}), fridge(state="closed"), True),  # told
        (jar((1.1, 1.3, 0.5), **{"in": "7"}), fridge(state="open"), False),  # of nothing that is known
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_in_something_is_in_what_it_was_put_into_or_in_the_box_of_what_stands_open(one, holder, is_in):
    found = _holder(View(one, holder), one)  # pyright: ignore[reportArgumentType]
    assert (found is holder) is is_in


@pytest.mark.parametrize(("x", "ends"), [(0.0, [0.3, 0.5]), (0.6, [0.9]), (-1.5, [])])
@pytest.mark.usefixtures("unchecked_shapes")
def test_it_comes_nearer_to_what_is_a_little_out_of_reach(x, ends):
    skills = KinematicSkills(None, None, NavigationConfig())  # pyright: ignore[reportArgumentType]
    X_WB = np.eye(4)
    X_WB[:2, 3] = x, 1.0
    state: Any = SimpleNamespace(X_WB=X_WB)
    view: Any = View(fridge())
    drives: list[Any] = skills._nearer(view, state, 2)
    assert [one.goal for one in drives] == [pytest.approx((end, 1.0)) for end in ends]
    assert skills._nearer(view, state, 7) == []


@pytest.mark.slow
def test_two_things_are_put_behind_one_door():
    """The box of what has an open door begins before the door: who stands before that reaches nothing in it."""
    row = HouseholdSuite().trial(21, "oracle").run(2)
    assert row["turns"][0]["wish"].startswith("store"), row
    assert row["turns"][1]["wish"].startswith("store"), row
    assert row["success"], row

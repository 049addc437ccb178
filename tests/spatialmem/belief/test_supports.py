"""What a thing stands on or is in, told by boxes; and by the map where a box does not tell which."""

import numpy as np
import pytest
from told_objects import Told, record

from spatialmem.belief.supports import is_enclosed, place_words, rests_on
from spatialmem.belief.table import How, Table

TABLE = record(2, "table", (1.5, 0.0, 0.35), (0.8, 1.0, 0.7))
FRIDGE = record(3, "fridge", (0.0, 3.0, 0.9), (0.7, 0.7, 1.8))


def rest_of(*records, of=1):
    shown = Told(records).shown
    return rests_on(shown, int(np.argmax(shown.ids == of)))


def test_on_the_nearest_top_under_it():
    tray = record(4, "tray", (1.5, 0.0, 0.71), (0.4, 0.3, 0.02))
    assert rest_of(record(1), TABLE) == (How.ON, 2)
    assert rest_of(record(1, center_W=(1.45, 0.0, 0.78)), TABLE, tray) == (How.ON, 4)
    assert rest_of(record(1, center_W=(1.45, 0.0, 0.9)), TABLE) == (How.UNKNOWN, 0)  # in the air
    assert rest_of(record(1, center_W=(2.5, 0.0, 0.76)), TABLE) == (How.UNKNOWN, 0)  # beside it


def test_in_the_smallest_box_around_its_middle():
    drawer = record(5, "drawer", (0.0, 3.0, 0.9), (0.6, 0.6, 0.4))
    mug = record(1, center_W=(0.0, 3.0, 0.95))
    assert rest_of(mug, FRIDGE) == (How.IN, 3)
    assert rest_of(mug, FRIDGE, drawer) == (How.IN, 5)


def test_what_is_not_larger_holds_nothing():
    assert rest_of(record(1), record(2, "plate", (1.45, 0.0, 0.695), (0.1, 0.1, 0.01))) == (How.UNKNOWN, 0)


@pytest.mark.parametrize("fields", [{"confirmed": False}, {"missing": True}])
def test_what_is_not_known_to_be_there_holds_nothing(fields):
    table = record(2, "table", (1.5, 0.0, 0.35), (0.8, 1.0, 0.7), **fields)
    assert rest_of(record(1), table) == (How.UNKNOWN, 0)


def test_a_table_that_stands_askew_counts_along_its_own_edges():
    long = record(2, "table", (1.5, 0.0, 0.35), (2.0, 0.4, 0.7), yaw_rad=np.pi / 4 - 1e-9)
    along, across = (record(1, center_W=(1.5 + 0.5, sign * 0.5, 0.76)) for sign in (1, -1))
    assert rest_of(along, long) == (How.ON, 2)
    assert rest_of(across, long) == (How.UNKNOWN, 0)


def test_of_two_that_are_as_good_the_older_one():
    assert rest_of(record(1), record(7, "desk", (1.5, 0.0, 0.35), (0.8, 1.0, 0.7)), TABLE) == (How.ON, 2)


class Boards:
    """Space with boards in it: (low, high) each. What is higher than seen_to_m was never seen."""

    def __init__(self, *boards, seen_to_m=np.inf):
        self.boards, self.seen_to_m = np.array(boards, float).reshape(-1, 2, 3), seen_to_m

    def is_free(self, points_W):
        free = points_W[:, 2] <= self.seen_to_m
        for low, high in self.boards:
            free &= ~((low <= points_W) & (points_W <= high)).all(axis=1)
        return free

    def sight_m(self, eyes_W, targets_W):
        raise AssertionError("nobody asks for it here")


def walls(low, high, *, thick_m=0.05, sides="xXyY"):
    """Upright boards around a box, on some of its sides."""
    low, high = np.array(low, float), np.array(high, float)
    found = []
    for axis, names in ((0, "xX"), (1, "yY")):
        for name in names:
            if name in sides:
                a, b = low.copy(), high.copy()
                a[axis], b[axis] = (b[axis] - thick_m, b[axis]) if name.isupper() else (a[axis], a[axis] + thick_m)
                found.append((a, b))
    return found


SOFA = record(6, "sofa", (0.0, 0.0, 0.4), (0.9, 1.9, 0.8))
SOFA_SPACE = Boards(
    ((-0.45, -0.95, 0.0), (0.45, 0.95, 0.4)),
    ((-0.45, -0.95, 0.4), (-0.2, 0.95, 0.8)),  # its back, and two arms
    ((-0.45, -0.95, 0.4), (0.45, -0.8, 0.6)),
    ((-0.45, 0.8, 0.4), (0.45, 0.95, 0.6)),
)
SHELF = record(8, "shelf", (0.0, 0.0, 0.75), (0.3, 0.9, 1.5))
SHELF_SPACE = Boards(
    *walls((-0.15, -0.45, 0.0), (0.15, 0.45, 1.5), thick_m=0.03, sides="xyY"),
    *[((-0.15, -0.45, z - 0.03), (0.15, 0.45, z)) for z in (0.1, 0.45, 0.8, 1.15, 1.5)],
)


@pytest.mark.parametrize("at_m", [(0.1, 0.0), (0.1, 0.7), (-0.1, -0.7)])
def test_on_a_sofa_between_its_arms_is_not_in_it(at_m):
    remote = record(1, "remote", (*at_m, 0.41), (0.05, 0.17, 0.02))
    assert rest_of(remote, SOFA) == (How.IN, 6)  # by their boxes alone
    assert not is_enclosed(remote, SOFA, SOFA_SPACE)


@pytest.mark.parametrize("board_m", [0.1, 0.45, 0.8, 1.15])
def test_in_a_shelf_is_what_has_a_board_over_it(board_m):
    vase = record(1, "vase", (0.03, 0.2, board_m + 0.1), (0.1, 0.1, 0.2))
    assert is_enclosed(vase, SHELF, SHELF_SPACE)


def test_what_nobody_saw_from_below_may_be_a_roof():
    box = record(1, "box", (0.03, 0.2, 1.25), (0.2, 0.2, 0.2))
    boards = SHELF_SPACE.boards[:-1]
    assert not is_enclosed(box, SHELF, Boards(*walls((-0.15, -0.45, 0.0), (0.15, 0.45, 1.2)), seen_to_m=2.0))
    assert is_enclosed(box, SHELF, Boards(*boards, seen_to_m=1.52))
    assert is_enclosed(box, SHELF, Boards(seen_to_m=0.0))


def test_in_a_tub_or_a_basket_is_what_its_rim_surrounds():
    tub = record(9, "bathtub", (0.0, 0.0, 0.28), (0.75, 1.6, 0.56))
    around = walls((-0.375, -0.8, 0.0), (0.375, 0.8, 0.56))
    duck = record(1, "duck", (0.1, 0.3, 0.2), (0.1, 0.1, 0.12))
    assert is_enclosed(duck, tub, Boards(*around))
    assert not is_enclosed(duck, tub, Boards(*around[1:]))  # one side is open
    basket = record(9, "basket", (0.0, 0.0, 0.1), (0.3, 0.4, 0.2))
    bottle = record(1, "bottle", (0.0, 0.0, 0.15), (0.08, 0.08, 0.26))
    around = walls((-0.15, -0.2, 0.0), (0.15, 0.2, 0.2))
    assert rest_of(bottle, basket) == (How.IN, 9)
    assert is_enclosed(bottle, basket, Boards(*around, ((-0.04, -0.04, 0.0), (0.04, 0.04, 0.28))))
    assert not is_enclosed(bottle, basket, Boards(((-0.04, -0.04, 0.0), (0.04, 0.04, 0.28))))


def test_it_may_stand_askew():
    turned = record(8, "shelf", (0.0, 0.0, 0.75), (0.9, 0.3, 1.5), yaw_rad=-np.pi / 4)
    c = np.sqrt(0.5)

    class Askew(Boards):
        def is_free(self, points_W):
            x, y, z = points_W.T
            return super().is_free(np.stack([c * (x + y), c * (y - x), z], axis=1))

    vase = record(1, "vase", (-0.12, 0.163, 0.55), (0.1, 0.1, 0.2))
    assert is_enclosed(vase, turned, Askew(*SHELF_SPACE.boards))
    assert not is_enclosed(vase, turned, Askew(seen_to_m=2.0))


def test_in_words():
    table, row = Table(), 0
    row = table.add(1)
    objects = Told([TABLE, record(3, "fridge", attributes={"state": "closed"})])
    assert place_words(table, row, objects) == ""
    table.how[row], table.support[row] = How.ON, 2
    assert place_words(table, row, objects) == "on table-2"
    table.how[row], table.support[row] = How.IN, 3
    assert place_words(table, row, objects) == "in fridge-3 (closed)"
    table.how[row] = How.HELD
    assert place_words(table, row, objects) == "held"
    table.how[row], table.support[row] = How.ON, 77
    assert place_words(table, row, objects) == ""

"""What a thing stands on or is in, told by boxes alone."""

import numpy as np
import pytest
from told_objects import Told, record

from spatialmem.belief.supports import place_words, rests_on
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

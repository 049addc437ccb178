"""Where things settled: what is too little to count as moved, what they rest on, and the points of their surface."""

import numpy as np
from told_objects import Told, record, seen_box

from spatialmem.belief.settling import SETTLING, is_displaced, note_points, row_in, settle
from spatialmem.belief.table import How, Table

TABLE = record(2, "table", (1.5, 0.0, 0.35), (0.8, 1.0, 0.7))
X_WC = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 1.4], [0, 0, 0, 1]])


def settled(one, *others):
    """A table of one object that settled where it is, its row, and the objects."""
    table, objects = Table(), Told([one, *others])
    row = table.add(one.id)
    settle(table, row, one, objects, anew=True, by_sight=False)
    return table, row, objects


def displaced(table, row, objects, moved_m):
    return is_displaced(table, row, objects.shown, row_in(objects.shown, 1), moved_m)


def test_what_is_elsewhere_beyond_doubt_was_displaced():
    table, row, objects = settled(record(1), TABLE)
    for shift_m, moved in ((0.0, False), (0.04, False), (0.06, True), (1.0, True)):
        objects.change(1, center_W=(1.45, shift_m, 0.76))
        assert displaced(table, row, objects, 0.05) is moved
    objects.change(1, center_W=(1.45, 0.06, 0.76), covariance_W=np.eye(3) * 0.02**2)
    assert not displaced(table, row, objects, 0.05)  # by three standard deviations it may be where it was


def test_what_drifts_slowly_is_compared_with_where_it_settled():
    table, row, objects = settled(record(1), TABLE)
    for step in range(1, 20):
        one = objects.change(1, center_W=(1.45, 0.01 * step, 0.76))
        settle(table, row, one, objects, anew=False, by_sight=False)
    assert table.settling[row] == SETTLING
    assert table.anchor[row, 1] == 0.01 * (SETTLING - 1)
    assert displaced(table, row, objects, 0.05)
    settle(table, row, one, objects, anew=True, by_sight=True)
    assert not displaced(table, row, objects, 0.05)


def test_what_it_rests_on_is_what_the_robot_said_unless_it_was_seen_elsewhere():
    told = record(1, attributes={"in": "2"})
    table, row, objects = settled(told, TABLE)
    assert (table.how[row], table.support[row]) == (How.IN, 2)
    settle(table, row, told, objects, anew=True, by_sight=True)
    assert (table.how[row], table.support[row]) == (How.ON, 2)
    held = objects.change(1, attributes={"held": "yes"})
    settle(table, row, held, objects, anew=True, by_sight=False)
    assert (table.how[row], table.support[row]) == (How.HELD, 0)


class Open:
    """Space of which all is free, or nothing."""

    def __init__(self, free):
        self.free = free

    def is_free(self, points_W):
        return np.full(len(points_W), self.free)

    def sight_m(self, eyes_W, targets_W):
        raise AssertionError("nobody asks for it here")


SOFA = record(3, "sofa", (1.5, 0.0, 0.4), (0.9, 1.9, 0.8))
PILLOW = record(1, "pillow", (1.5, 0.3, 0.5), (0.4, 0.4, 0.1))


def test_what_lies_open_in_a_box_is_on_it_and_stays_so_where_no_map_is_asked():
    table, row, objects = settled(PILLOW, SOFA)
    assert (table.how[row], table.support[row]) == (How.IN, 3)
    for space, how in ((Open(True), How.ON), (None, How.ON), (Open(False), How.IN), (None, How.IN)):
        settle(table, row, PILLOW, objects, anew=True, by_sight=False, space=space)
        assert (table.how[row], table.support[row]) == (how, 3)


def test_it_is_asked_again_whenever_it_was_seen_twice_as_often():
    table, row, objects = settled(PILLOW)
    asked = []
    for sightings in range(2, 40):
        one = objects.change(1, sightings=sightings)
        if sightings == 20:
            objects.records[3] = SOFA  # confirmed only now
        settle(table, row, one, objects, anew=False, by_sight=False, space=Open(True))
        asked.append(int(table.how[row]))
    assert asked == [How.UNKNOWN] * (32 - 2) + [How.ON] * 8


def test_what_is_confirmed_later_takes_what_stands_there():
    table, row, objects = settled(PILLOW)
    told = record(5, "remote", (1.5, -0.3, 0.45), (0.05, 0.17, 0.02), attributes={"in": "1"})
    for one in (told, SOFA):
        objects.records[one.id] = one
        settle(table, table.add(one.id), one, objects, anew=True, by_sight=False, space=Open(True))
        table.known[table.row_of[one.id]] = True
    assert table.how[row] == How.UNKNOWN  # nobody knew it
    table.known[row] = True
    sofa_row = table.row_of[3]
    settle(table, sofa_row, SOFA, objects, anew=True, by_sight=False, space=Open(True))
    assert (table.how[row], table.support[row]) == (How.ON, 3)
    assert (table.how[table.row_of[5]], table.support[table.row_of[5]]) == (How.IN, 1)  # as the robot said
    larger = objects.change(3, size_m=(0.9, 1.9, 0.9), center_W=(1.5, 0.0, 0.0))  # so the pillow stands on its top
    settle(table, sofa_row, larger, objects, anew=True, by_sight=False, space=Open(False))
    assert (table.how[row], table.support[row]) == (How.ON, 3)


def test_points_are_kept_of_the_clearest_sighting():
    one = record(1)
    table, row, objects = settled(one)
    note_points(table, row, seen_box(one, score=0.4), one, objects, X_WC)
    count, first = int(table.point_count[row]), table.points_mm[row].copy()
    assert count == 32
    assert (np.abs(first[:count, 0] + 50) <= 1).all()  # the near side
    note_points(table, row, seen_box(one, (9.0, 0.0, 1.4), score=0.5), one, objects, X_WC)
    assert (table.points_mm[row] == first).all()  # hardly clearer
    note_points(table, row, seen_box(one, (9.0, 0.0, 1.4), score=0.9), one, objects, X_WC)
    assert (np.abs(table.points_mm[row][:count, 0] - 50) <= 1).all()


def test_fewer_points_leave_none_of_the_old_ones():
    one = record(1)
    table, row, objects = settled(one)
    note_points(table, row, seen_box(one, score=0.4), one, objects, X_WC)
    few = seen_box(one)
    note_points(table, row, type(few)(points_W=few.points_W[:5], size_m=few.size_m), one, objects, X_WC)
    assert 0 < table.point_count[row] <= 5
    assert not table.points_mm[row, int(table.point_count[row]) :].any()

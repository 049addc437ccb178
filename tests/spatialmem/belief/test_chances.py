"""The filters of objects, each with the rate that applies to it: of its class, of its container, of the gripper."""

import numpy as np
import pytest
from told_objects import Told, record

from spatialmem.belief.chances import left_before, link_weights, observe, p_of, place_label, put_filter
from spatialmem.belief.links import Links
from spatialmem.belief.persistence import doubted, fresh
from spatialmem.belief.rates import rates_of_config
from spatialmem.belief.table import How, Table
from spatialmem.config import BeliefConfig

S, DAY = 10**9, 86400.0
CONFIG = BeliefConfig(dwell_s={"mug": 60.0, "fridge": 1e8, "table": 1e8})
OBJECTS = Told([record(1), record(2, "fridge"), record(3, "table"), record(4)])


def told(*ids, seen_ns=S):
    """A table of objects that were seen at a stamp, and their rows."""
    table = Table()
    rows = np.array([table.add(object_id) for object_id in ids])
    put_filter(table, rows, fresh(len(rows)))
    for name in ("seen_ns", "last_ns", "first_ns", "rested_ns"):
        getattr(table, name)[rows] = seen_ns
    table.known[rows] = True
    return table, rows


def p(table, row, at_s, rates=None):
    rates = rates_of_config(CONFIG) if rates is None else rates
    return float(p_of(table, np.array([row]), OBJECTS, rates, int(at_s * S))[0])


def test_it_fades_as_its_kind_moves():
    table, rows = told(1, 3)
    for row, dwell_s in ((rows[0], 60.0), (rows[1], 1e8)):
        assert p(table, row, 1) == pytest.approx(0.98)
        assert p(table, row, 1 + dwell_s) == pytest.approx(0.98 / 2)  # Lomax with one move: 1 / (1 + t / dwell)
    assert p(table, rows[0], 0) == pytest.approx(0.98)  # as of its last observation where that is later


def test_what_is_shut_in_goes_as_its_container_does():
    table, rows = told(1)
    row = int(rows[0])
    table.how[row], table.support[row] = How.IN, 2
    assert p(table, row, 600) < 0.1
    table.hidden[row] = True
    assert p(table, row, 600) == pytest.approx(0.98, abs=1e-4)
    assert place_label(table, row, OBJECTS) == "fridge"


def test_what_is_hidden_is_there_as_long_as_what_it_is_in_is():
    table, rows = told(1, 2, 3)
    mug, fridge, board = (int(row) for row in rows)
    table.how[[mug, fridge]], table.support[[mug, fridge]] = (How.IN, How.ON), (2, 3)
    table.hidden[mug] = True
    put_filter(table, rows[:1], doubted(1, 0.9))
    assert p(table, mug, 1) == pytest.approx(0.9)
    assert p(table, mug, 600) == pytest.approx(0.9, abs=1e-4)
    put_filter(table, rows[1:2], doubted(1, 0.49))
    assert p(table, mug, 1) == pytest.approx(0.45)
    put_filter(table, rows[2:], doubted(1, 0.49))
    assert p(table, mug, 1) == pytest.approx(0.225)  # what that stands on is gone with it
    both = p_of(table, rows, OBJECTS, rates_of_config(CONFIG), S)
    assert both.tolist() == pytest.approx([0.225, 0.49, 0.49])  # what can be seen was seen by itself
    table.hidden[mug] = False
    assert p(table, mug, 1) == pytest.approx(0.9)
    assert p(table, mug, 600) < 0.1
    assert p(table, board, 1) == pytest.approx(0.49)


def test_what_is_held_goes_nowhere():
    table, rows = told(1)
    table.how[rows] = How.HELD
    assert p(table, rows[0], 1e6) == pytest.approx(0.98)
    assert place_label(table, int(rows[0]), OBJECTS) == ""


def test_what_was_on_its_way_is_soon_elsewhere():
    table, rows = told(3)
    table.on_its_way[rows] = True
    assert p(table, rows[0], 6) == pytest.approx(0.98 / 2)
    assert p(table, rows[0], 100) < 0.1


def test_a_place_of_its_own_has_its_own_rate():
    rates = rates_of_config(CONFIG)
    for _ in range(10):
        rates.stayed("mug", "table", 3600.0)
        rates.moved("mug", "table", 10.0)
    table, rows = told(1, 4)
    table.how[rows[1]], table.support[rows[1]] = How.ON, 3
    half_hour = 1 + 1800
    assert p(table, rows[1], half_hour, rates) > 0.4
    assert p(table, rows[1], half_hour, rates) >= p(table, rows[0], half_hour, rates)


def test_a_look_counts_once_however_late_it_comes():
    rates = rates_of_config(CONFIG)
    table, rows = told(1)
    q, missed = np.array([[0.04, 0.6]]), np.zeros(1)
    observe(table, rows, OBJECTS, rates, 3 * S, q, missed)
    assert table.last_ns[rows[0]] == 3 * S
    before = p(table, rows[0], 3)
    observe(table, rows, OBJECTS, rates, 2 * S, q, missed)
    assert table.last_ns[rows[0]] == 3 * S
    assert p(table, rows[0], 3) < before


def test_it_left_before_what_turned_up_or_is_not_that():
    rates = rates_of_config(CONFIG)
    table, rows = told(1)
    table.missing_ns[rows] = 11 * S
    q, missed = np.full((1, 2), [0.001, 0.6]), np.zeros(1)
    for stamp_s in (9, 10, 11):
        observe(table, rows, OBJECTS, rates, stamp_s * S, q, missed)
    firsts = [int(first_s * S) for first_s in (0.5, 1, 6, 11, 20)]
    shares = [float(left_before(table, rows, np.array([first]), OBJECTS, rates, 20 * S)[0]) for first in firsts]
    assert shares[0] == shares[1] == 0.0
    assert 0.4 < shares[2] < 0.6  # half of the ten seconds
    assert shares[3] == pytest.approx(shares[4])
    assert shares[4] > 0.999


def test_what_the_robot_must_have_let_go_of_may_be_anything_that_turns_up():
    table, rows = told(1)
    table.how[rows] = How.HELD
    put_filter(table, rows, doubted(1, 0.5))
    left = left_before(table, rows, np.array([0]), OBJECTS, rates_of_config(CONFIG), 2 * S)
    assert left[0] == pytest.approx(0.5)


def test_the_longer_the_like_of_it_is_seen_the_less_is_it_held():
    def weight(seen_s, *, came=True):
        objects = Told([record(1), record(4, first_ns=2 * S, stamp_ns=2 * S + round(seen_s * S))])
        table, rows = told(1, 4)
        table.how[rows[0]], table.came[rows[1]] = How.HELD, came
        put_filter(table, rows[:1], doubted(1, 0.9))
        links, rates = Links([((1, 4), 0.3)], [(4, 0.01)]), rates_of_config(CONFIG)
        at_ns, row_of = 2 * S + round(seen_s * S), {1: int(rows[0]), 4: int(rows[1])}
        return link_weights(links, table, objects, rates, at_ns, row_of.__getitem__)[1, 4]

    assert weight(0) == pytest.approx(0.75)
    assert weight(5) < 0.82 < weight(10)
    assert weight(1e6) == weight(1e7) == pytest.approx(15 / 16)  # no surer than what it must have let go of
    assert weight(1e6, came=False) == pytest.approx(0.75)  # another may always have been there


def test_links_of_what_is_not_kept_say_nothing():
    table, rows = told(1)
    links = Links([((1, 9), 1.0), ((8, 1), 1.0)], [(9, 0.1), (1, 0.1)])
    at = {1: int(rows[0])}
    rates = rates_of_config(CONFIG)
    assert link_weights(links, table, OBJECTS, rates, 2 * S, lambda object_id: at.get(object_id, -1)) == {}

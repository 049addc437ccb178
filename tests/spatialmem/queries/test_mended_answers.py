"""Answers that were wrong once: ways out of furniture, names of the past, clocks that are set back, wide robots."""

import math

import numpy as np
import pytest

import spatialmem as sm
from spatialmem.graph.history import WRITE_EVERY_NS, History


def test_no_way_begins_in_the_middle_of_furniture(flat):
    """The map may be a little off where a robot says it stands; it is not off by half a desk."""
    (desk,) = flat.memory.objects("desk")
    found = flat.memory.route(desk.center_W, (2.0, 2.0))
    assert isinstance(found, sm.Unknown)
    assert "nearest place" in found.reason


def test_a_name_that_an_object_never_had_is_refused_of_the_past_too(flat):
    view = flat.memory.view()
    mug = view.objects("mug")[0]
    past = flat.memory.as_of(view.stamp_ns)
    assert past.where(mug.name)[0].id == mug.id
    with pytest.raises(sm.QueryError, match="is no object"):
        past.where(f"zebra-{mug.id}")


def test_a_wider_robot_is_sent_to_where_it_has_room(flat):
    mug = flat.memory.objects("mug")[0]
    for radius_m in (0.3, 0.4):
        way = flat.memory.route(None, mug.id, robot_radius_m=radius_m)
        assert isinstance(way, sm.Route), way
        assert way.clearance_m >= radius_m - 1e-6
        assert way.arrival in ("reach", "see")


def test_what_is_no_label_is_refused_and_what_is_nowhere(flat):
    for wrong in (None, 3, {"label": "mug"}):
        with pytest.raises(sm.InputError):
            flat.memory.search_order(wrong)
    with pytest.raises(sm.QueryError):
        flat.memory.room_of((1e300, 1.0))
    with pytest.raises(sm.QueryError, match="no number"):
        flat.memory.reachable([(math.nan, 1.0)])
    assert flat.memory.explore_value(start=(99.0, 99.0)) == ()


def test_after_a_clock_was_set_back_rows_are_written_on():
    ids, center_W, second = np.array([1]), np.zeros((1, 3)), 2 * WRITE_EVERY_NS
    history, notes = History().spotted(ids, center_W, 100 * second, 1)
    assert len(notes) == 1
    history, notes = history.spotted(ids, center_W + 1.0, 10 * second, 2)
    assert [one.stamp_ns for one in notes] == [10 * second]


def test_a_brief_says_that_nothing_is_known_of_a_robot_that_never_spoke():
    assert sm.SpatialMemory().brief().splitlines()[1] == "robot: nothing is known of it"

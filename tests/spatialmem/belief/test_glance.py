"""Which objects a frame is held against, and from which view a weak look counts anew."""

import numpy as np
from cast_boxes import MUG, WALL, frame_of
from looked_for import FLOOR, TABLE
from told_objects import Told, record, seen_box

import spatialmem as sm
from spatialmem.belief.glance import glance, is_new_view, view_of
from spatialmem.belief.looking import Outcome
from spatialmem.belief.settling import note_points, settle
from spatialmem.belief.table import How, Table
from spatialmem.config import DepthConfig, ShortTermConfig

SENSOR, SENSING = DepthConfig(), ShortTermConfig()


def believed(*records):
    """A table of objects that were seen from the camera of `frame_of`, the last one first."""
    table, objects = Table(2), Told(records)
    X_WC = frame_of(WALL)[0].X_WC
    for one in reversed(records):
        row = table.add(one.id)
        table.known[row], table.reach_m[row] = True, 5.0
        settle(table, row, one, objects, anew=True, by_sight=False)
        note_points(table, row, seen_box(one), one, objects, X_WC)
    return table, objects


def glanced(table, objects, *boxes, **options):
    found = glance(table, objects, frame_of(*boxes, TABLE, FLOOR, WALL, **options)[0], SENSOR, SENSING)
    return dict(zip(table.ids[found.rows].tolist(), (Outcome(x) for x in found.outcome.tolist()), strict=True)), found


def test_those_in_the_open_are_looked_at_in_the_order_of_their_ids():
    mug, other = record(1), record(5, center_W=(1.45, 0.5, 0.76))
    table, objects = believed(mug, other, record(3, center_W=(-4.0, 0.0, 0.76)))
    said, found = glanced(table, objects, MUG)
    assert said == {1: Outcome.AT, 5: Outcome.THROUGH}  # what is behind the camera is left out
    assert found.clear.all()
    assert abs(found.depth_m - 1.585).max() < 0.02
    assert found.where(found.outcome == Outcome.AT).rows.tolist() == [table.row_of[1]]


def test_what_cannot_be_seen_by_its_nature_is_left_out():
    for change in (
        {"known": False},
        {"hidden": True},
        {"how": How.HELD},
    ):
        table, objects = believed(record(1))
        for name, value in change.items():
            getattr(table, name)[table.row_of[1]] = value
        assert glanced(table, objects, MUG)[0] == {}
    table, objects = believed(record(1))
    objects.change(1, velocity_W_m_s=np.array([0.1, 0.0, 0.0]))
    assert glanced(table, objects, MUG)[0] == {}
    table, _ = believed(record(1))
    assert glanced(table, Told(), MUG)[0] == {}


def test_what_is_half_hidden_is_not_in_plain_view():
    table, objects = believed(record(1))
    cup = ((1.2, -0.2, 0.7), (1.25, 0.0, 1.0))
    said, found = glanced(table, objects, cup, MUG)
    assert not found.clear[0]
    assert said[1] in (Outcome.AT, Outcome.UNCLEAR)


def test_what_was_moved_a_little_is_looked_for_where_it_is_now():
    table, objects = believed(record(1))
    objects.change(1, center_W=(1.45, 0.3, 0.76))
    assert glanced(table, objects, ((1.4, 0.25, 0.7), (1.5, 0.35, 0.82)))[0] == {1: Outcome.AT}
    assert glanced(table, objects, MUG)[0] == {1: Outcome.THROUGH}


def test_a_view_is_new_when_the_camera_has_moved_or_turned():
    eye, at = (0.0, 0.0, 1.4), (1.45, 0.0, 0.76)
    first = frame_of(WALL)[0]
    for other, new in (
        (sm.look_at(eye, at), False),
        (sm.look_at((0.0, 0.2, 1.4), at), False),
        (sm.look_at((0.0, 0.3, 1.4), at), True),
        (sm.look_at(eye, (1.45, 0.6, 0.76)), True),
    ):
        assert is_new_view(view_of(first)[None], frame_of(WALL, X_WC=other)[0])[0] == new
    assert is_new_view(np.zeros((1, 6)), first)[0]
    assert len(is_new_view(np.zeros((0, 6)), first)) == 0

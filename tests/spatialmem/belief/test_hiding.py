"""What cannot be looked for: what is in something closed, or goes with what is held, however deep in it."""

import pytest
from told_belief import Rig
from told_objects import record

from spatialmem import BeliefConfig
from spatialmem.belief import How

CUP, BOWL, BOX = 1, 2, 3
AT_W = (1.45, 0.7, 0.9)


def nested(**options):
    """A cup in a bowl in a box, by what the robot said when it put them there."""
    it = Rig(record(CUP), record(BOWL, "bowl"), record(BOX, "box", AT_W, (0.6, 0.6, 0.4)), **options)
    for object_id in (BOX, BOWL, CUP):
        it.settle(object_id)
    return it


def put(it, object_id, where, target_id):
    it.objects.change(object_id, attributes={where: str(target_id)}, center_W=AT_W)
    it.act("placed_in" if where == "in" else "placed_on", object_id, target_id)


def hidden(it):
    return [object_id for object_id in (CUP, BOWL, BOX) if it.cell(object_id, "hidden")]


def test_what_is_in_what_is_put_into_something_closed_cannot_be_seen():
    it = nested()
    it.act("closed", BOX)
    put(it, CUP, "in", BOWL)
    assert hidden(it) == []
    it.objects.change(BOWL, attributes={"held": "yes"})
    it.act("picked_up", BOWL)
    assert hidden(it) == [CUP]
    put(it, BOWL, "in", BOX)
    assert hidden(it) == [CUP, BOWL]
    it.act("opened", BOX)
    assert hidden(it) == []


def test_what_is_in_something_closed_stays_so_when_what_that_is_in_is_opened():
    it = nested()
    put(it, CUP, "in", BOWL)
    it.act("closed", BOWL)
    put(it, BOWL, "in", BOX)
    it.act("closed", BOX)
    assert hidden(it) == [CUP, BOWL]
    it.act("opened", BOX)
    assert hidden(it) == [CUP]


def test_what_stands_on_something_closed_can_be_seen():
    it = nested()
    put(it, CUP, "in", BOWL)
    put(it, BOWL, "on", BOX)
    it.act("closed", BOX)
    assert hidden(it) == []
    put(it, CUP, "on", BOWL)
    put(it, BOWL, "in", BOX)
    assert hidden(it) == [CUP, BOWL]
    it.objects.change(BOX, attributes={"held": "yes"})
    it.act("picked_up", BOX)
    put(it, BOX, "on", 77)
    assert hidden(it) == [CUP, BOWL]
    it.act("opened", BOX)
    put(it, BOWL, "on", BOX)
    assert hidden(it) == []
    it.objects.change(BOX, attributes={"held": "yes"})
    it.act("picked_up", BOX)
    assert hidden(it) == [CUP, BOWL]  # what is carried is not looked for
    put(it, BOX, "on", 77)
    assert hidden(it) == []


def test_what_was_taken_out_unsaid_takes_along_what_is_in_it():
    it = nested()
    put(it, CUP, "in", BOWL)
    put(it, BOWL, "in", BOX)
    it.act("closed", BOX)
    assert hidden(it) == [CUP, BOWL]
    it.objects.change(BOWL, center_W=(1.45, 0.0, 0.76))
    it.see(BOWL)
    assert it.cell(BOWL, "how") == How.UNKNOWN
    assert hidden(it) == []


def test_time_behind_a_door_counts_as_such_once_it_is_opened():
    it = nested(config=BeliefConfig(dwell_s={"mug": 600.0, "box": 1e9}))
    put(it, CUP, "in", BOX)
    it.act("closed", BOX, after_s=600.0)
    before = it.p(CUP)
    assert before == pytest.approx(0.45, abs=0.01)  # it could be taken until then
    it.act("opened", BOX, after_s=6000.0)
    assert it.p(CUP) == pytest.approx(before, abs=0.01)


def test_what_carries_itself_ends_nowhere():
    it = nested()
    put(it, CUP, "in", BOWL)
    put(it, BOWL, "in", CUP)
    it.act("closed", BOWL)
    assert CUP in hidden(it)

"""What the robot does to things: held, put down, shut in, let go of; and how surely."""

import numpy as np
import pytest
from cast_boxes import MUG
from told_belief import Rig, box_of
from told_objects import record

from spatialmem.belief import How

TABLE = record(2, "table", (1.45, 0.0, 0.68), (0.9, 1.8, 0.04))
FRIDGE = record(3, "fridge", (1.6, 0.0, 0.9), (0.7, 0.7, 1.8))


def rig(*records):
    made = Rig(*records)
    for object_id in sorted(made.objects.records, reverse=True):  # what carries first
        made.settle(object_id)
    return made


def pick_up(it, object_id=1, **said):
    it.objects.change(object_id, attributes={"held": "yes"}, missing=False)
    return it.act("picked_up", object_id, **said)


def put(it, verb, target_id, center_W, object_id=1):
    name = "on" if verb == "placed_on" else "in"
    it.objects.change(object_id, attributes={name: str(target_id)}, center_W=center_W)
    return it.act(verb, object_id, target_id)


def test_what_is_held_is_where_the_gripper_is():
    it = rig(record(1), TABLE)
    pick_up(it)
    assert it.cell(1, "how") == How.HELD
    assert it.p(1) == pytest.approx(0.9)
    assert it.p(1, at_s=1e7) == pytest.approx(0.9)  # it goes nowhere by itself
    assert it.told()[-1] == (1, "picked_up")
    entry = it.log[it.belief.view().kept.last_number]
    assert entry.from_W == pytest.approx((1.45, 0.0, 0.76))
    assert entry.to_W is None
    assert entry.place == "held"
    assert entry.p == 0.9
    for _ in range(5):
        assert it.look().missing == ()  # its old place is seen through, and that says nothing


def test_what_is_put_down_rests_there():
    it = rig(record(1), TABLE)
    pick_up(it)
    put(it, "placed_on", 2, (1.45, 0.5, 0.76))
    assert (it.cell(1, "how"), it.cell(1, "support")) == (How.ON, 2)
    assert it.told()[-1] == (1, "placed_on")
    assert it.log[it.belief.view().kept.last_number].place == "on table-2"
    assert it.p(1) == pytest.approx(0.9)
    for _ in range(3):
        it.look()
    assert it.told()[-1] == (1, "missing")  # it is not there


def test_what_is_shut_in_is_not_looked_at_and_fades_as_its_container_does():
    it = rig(record(1), FRIDGE)
    it.objects.change(3, attributes={"state": "closed"})
    it.act("closed", 3)
    pick_up(it)
    put(it, "placed_in", 3, (1.6, 0.0, 0.9))
    assert it.cell(1, "hidden")
    before = it.cell(1, "looks")
    for _ in range(5):
        assert it.look(box_of(FRIDGE)).missing == ()
    assert it.cell(1, "looks") == before
    it.objects.change(3, attributes={"state": "open"})
    it.act("opened", 3)
    assert not it.cell(1, "hidden")
    assert it.told()[-1] == (3, "opened")
    for _ in range(4):
        it.look()  # through the open door
    assert (1, "missing") in it.told()


def test_what_is_on_what_is_picked_up_goes_with_it():
    it = rig(record(1, center_W=(1.45, 0.0, 0.78)), record(4, "tray", (1.45, 0.0, 0.71), (0.4, 0.3, 0.02)))
    assert (it.cell(1, "how"), it.cell(1, "support")) == (How.ON, 4)
    it.objects.change(1, center_W=(1.0, 0.0, 1.08), attributes={"on": "4"})
    it.objects.change(4, center_W=(1.0, 0.0, 1.01))
    pick_up(it, 4)
    assert it.cell(1, "hidden")  # it cannot be looked for while it is carried
    assert it.cell(1, "center").tolist() == pytest.approx([1.0, 0.0, 1.08])
    assert it.told().count((1, "picked_up")) == 0
    it.objects.change(1, center_W=(1.45, 0.5, 0.78))
    put(it, "placed_on", 2, (1.45, 0.5, 0.71), object_id=4)
    assert not it.cell(1, "hidden")
    it.see(1, boxes=[MUG])
    assert it.told().count((1, "moved")) == 0  # it was not moved, what it stands on was


def test_there_is_room_for_one_in_the_gripper():
    it = rig(record(1), record(5, center_W=(1.45, 0.4, 0.76)))
    pick_up(it)
    verdict = pick_up(it, 5)
    assert verdict.displaced == (1,)
    assert it.cell(1, "how") == How.UNKNOWN
    assert it.p(1) == pytest.approx(0.5, abs=1e-3)
    assert it.cell(5, "how") == How.HELD


def test_what_was_held_for_long_is_in_doubt_from_when_it_was_let_go_of():
    it = rig(record(1), record(5, center_W=(1.45, 0.4, 0.76)))
    pick_up(it)
    pick_up(it, 5, after_s=30 * 86400.0)
    assert it.p(1) == pytest.approx(0.5, abs=1e-3)


def test_where_the_gripper_went_is_where_things_were_let_go_of():
    it = rig(record(1))
    it.carry((1.0, 0.0, 1.0))
    assert it.belief.view().kept.carried == frozenset()  # nothing is held
    pick_up(it)
    for y in np.linspace(0, 2, 9):
        it.carry((1.0, y, 1.0))
    assert len(it.belief.view().kept.carried) >= 8
    it.see(1)
    pick_up(it)
    assert it.belief.view().kept.carried == {(5, 0, 3)}  # it begins anew, where it stood


def test_what_failed_or_is_not_known_changes_nothing():
    it = rig(record(1))
    before = it.belief.dump()
    it.act("picked_up", 1, succeeded=False)
    it.act("picked_up", 77)
    it.objects.records[8] = record(8)
    it.act("picked_up", 8)  # never seen by a detector here
    assert it.belief.dump() == before


def test_what_was_missing_and_is_in_the_gripper_is_found():
    it = rig(record(1))
    for _ in range(3):
        it.look()
    assert it.cell(1, "missing_ns")
    pick_up(it)
    assert it.cell(1, "missing_ns") == 0
    assert it.p(1) == pytest.approx(0.9)


def test_pushed_it_settles_anew_where_it_is():
    it = rig(record(1), TABLE)
    it.objects.change(1, center_W=(1.45, 0.3, 0.76))
    it.act("pushed", 1)
    assert it.told()[-1] == (1, "pushed")
    it.see(1)
    assert it.told()[-1] == (1, "pushed")  # that it is elsewhere was said
    assert (it.cell(1, "how"), it.cell(1, "support")) == (How.ON, 2)


@pytest.mark.parametrize(("after_s", "own"), [(2.0, True), (3600.0, False)])
def test_what_the_robot_takes_itself_is_no_move_of_its_kind(after_s, own):
    it = rig(record(1))
    before = it.belief.view().rates.half_life_s("mug")
    for _ in range(3):
        it.look()  # the gripper lifts it; the robot tells when it is done
    assert it.told()[-1] == (1, "missing")
    assert it.belief.view().rates.half_life_s("mug") < before / 2
    pick_up(it, after_s=after_s)
    assert (it.belief.view().rates.half_life_s("mug") == pytest.approx(before)) is own
    assert it.told(undone=True) == ([(1, "missing")] if own else [])
    assert it.told()[-1] == (1, "picked_up")


@pytest.mark.parametrize(("after_s", "own"), [(2.0, True), (3600.0, False)])
@pytest.mark.parametrize("verb", ["opened", "closed"])
def test_what_was_missing_and_is_opened_or_closed_is_found(verb, after_s, own):
    it = rig(FRIDGE)
    for _ in range(4):
        it.look(at=(1.6, 0.0, 0.9))
    assert it.told()[-1] == (3, "missing")
    it.objects.change(3, attributes={"state": "open" if verb == "opened" else "closed"}, missing=False)
    it.act(verb, 3, after_s=after_s)
    assert it.cell(3, "missing_ns") == 0
    assert it.p(3) == pytest.approx(0.9)
    assert it.told(undone=True) == ([(3, "missing")] if own else [])
    assert it.told()[-2:] == [(3, "first_seen" if own else "found"), (3, verb)]
    for _ in range(4):
        it.look(at=(1.6, 0.0, 0.9))
    assert it.told()[-1] == (3, "missing")  # and it can be missed again

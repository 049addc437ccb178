"""What is said to be held and stands somewhere in sight is not held; what is seen in the gripper still is."""

import pytest
from told_belief import Rig, S
from told_objects import record

from spatialmem.belief import How

TABLE = record(2, "table", (1.45, 0.0, 0.68), (0.9, 1.8, 0.04))
IN_THE_AIR = (0.8, 0.0, 1.2)


def held():
    """A mug on a table, of which the robot says that it picked it up."""
    it = Rig(record(1), TABLE)
    for object_id in (2, 1):
        it.settle(object_id)
    it.objects.change(1, attributes={"held": "yes"})
    it.act("picked_up", 1)
    return it


def seen(it, times, **fields):
    """Let the mug be reported so often, a second after each other; return what is displaced at last."""
    if fields:
        it.objects.change(1, **fields)
    verdicts = [it.see(1) for _ in range(times)]
    return verdicts[-1].displaced


def test_what_stands_where_it_was_was_never_picked_up():
    it = held()
    assert seen(it, 4) == ()
    assert it.cell(1, "how") == How.HELD
    assert seen(it, 1) == (1,)
    assert (it.cell(1, "how"), it.cell(1, "support")) == (How.ON, 2)
    assert it.p(1) == pytest.approx(0.98)
    assert it.told()[-1] == (1, "first_seen")
    assert it.told(undone=True) == [(1, "picked_up")]


def test_what_stands_elsewhere_was_put_there():
    it = held()
    assert seen(it, 2, center_W=IN_THE_AIR) == ()
    assert seen(it, 5, center_W=(1.45, 0.5, 0.76)) == ()
    assert seen(it, 1) == (1,)
    assert (it.cell(1, "how"), it.cell(1, "support")) == (How.ON, 2)
    assert it.told()[-2:] == [(1, "picked_up"), (1, "moved")]
    entry = it.log[it.belief.view().kept.last_number]
    assert entry.to_W == pytest.approx((1.45, 0.5, 0.76))


def test_what_nothing_holds_is_in_the_gripper():
    it = held()
    assert seen(it, 20, center_W=IN_THE_AIR) == ()
    assert it.cell(1, "how") == How.HELD
    assert it.p(1) == pytest.approx(0.9)  # no surer than the robot's word


def test_what_goes_with_a_gripper_whose_way_is_known_is_held():
    it = held()
    it.carry((1.45, 0.0, 0.8))
    it.carry((1.45, 0.5, 1.2))
    assert seen(it, 20) == ()
    assert it.cell(1, "how") == How.HELD


def test_frames_from_before_it_was_picked_up_say_nothing():
    it = held()
    it.stamp_ns = S
    it.act("picked_up", 1, after_s=100.0)
    it.stamp_ns = 2 * S
    assert seen(it, 20) == ()
    assert it.cell(1, "how") == How.HELD


def test_a_pick_up_teaches_nothing_of_how_things_move_by_themselves():
    it = held()
    before = it.belief.view().rates.half_life_s("mug")
    it.objects.change(1, center_W=IN_THE_AIR)
    it.see(1)  # in the gripper
    assert it.cell(1, "by_hand")
    it.objects.records[9] = record(9, center_W=(1.45, 0.3, 0.76), first_ns=it.stamp_ns + S)
    it.see(9)
    it.identify(1, 9)
    assert it.belief.view().rates.half_life_s("mug") >= before

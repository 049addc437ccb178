"""What a sighting says against what was believed: stays, moves, things found again, doors, contents."""

import numpy as np
import pytest
from cast_boxes import MUG
from told_belief import Rig, S
from told_objects import record

from spatialmem import BeliefConfig
from spatialmem.belief import How

TABLE = record(2, "table", (1.45, 0.0, 0.35), (0.8, 1.6, 0.7))
FRIDGE = record(3, "fridge", (1.6, 0.0, 0.9), (0.7, 0.7, 1.8))


def test_it_becomes_known_once_it_is_confirmed():
    it = Rig(record(1, confirmed=False))
    it.settle(1)
    assert it.told() == []
    assert not it.cell(1, "known")
    it.objects.change(1, confirmed=True)
    it.see(1)
    it.see(1)
    assert it.told() == [(1, "first_seen")]
    entry = it.log[1]
    assert (entry.stamp_ns, entry.since_ns) == (6 * S - S, S)  # when it was confirmed, first seen
    assert entry.to_W == pytest.approx((1.45, 0.0, 0.76))


def test_what_comes_where_it_was_looked_for_in_vain_appeared():
    it = Rig(record(1, first_ns=9 * S))
    it.see_around()
    it.see(1)
    assert it.told() == [(1, "appeared")]
    assert it.log[1].since_ns == 3 * S  # the last look


def test_where_nobody_could_have_seen_it_nothing_appeared():
    hidden, of_another = Rig(record(1, first_ns=9 * S)), Rig(record(1, first_ns=9 * S, source="faces"))
    hidden.sees_m = 0.5  # something stood before it
    for it in (hidden, of_another):
        it.see_around()
        it.see(1)
        assert it.told() == [(1, "first_seen")]


def test_what_was_glimpsed_before_has_not_appeared():
    it, anew = Rig(record(1, center_W=(1.45, 0.05, 0.76), confirmed=False)), Rig()
    it.see_around(1)
    it.see(gone={1: 0})  # it was never confirmed
    for one in (it, anew):
        one.objects.records[2] = record(2, first_ns=9 * S)
        one.see_around()
        one.see(2)
    assert it.told() == [(2, "first_seen")]
    assert anew.told() == [(2, "appeared")]


def test_what_may_be_a_part_of_another_has_not_appeared():
    it = Rig(record(1, "sofa", size_m=(0.3, 0.8, 0.3)), record(2, "sofa", (1.45, 0.3, 0.8), first_ns=9 * S))
    it.see_around(1)
    it.see(1, 2)
    assert it.told() == [(1, "first_seen"), (2, "first_seen")]


def test_a_sighting_renews_what_is_believed():
    it = Rig(record(1))
    it.settle(1)
    it.look()
    it.look()
    doubted = it.p(1)
    assert doubted < 0.5
    it.see(1)
    assert it.p(1) == pytest.approx(0.98)
    assert it.cell(1, "seen_seq") == it.cell(1, "looked_seq") == it.seq
    assert it.cell(1, "last_ns") == it.stamp_ns
    assert 1.5 < it.cell(1, "reach_m") < 1.7


def test_a_stay_and_a_move_teach_how_fast_its_kind_moves():
    it = Rig(record(1), config=BeliefConfig(prior_dwell_s=1000.0))
    it.settle(1)
    first = it.belief.view().rates.half_life_s("mug")
    for _ in range(5):
        it.see(1, after_s=1000.0)
    stayed = it.belief.view().rates.half_life_s("mug")
    for k in range(5):
        it.objects.change(1, center_W=(1.45, 0.3 * (-1) ** k, 0.76))
        it.see(1, after_s=10.0)
    moved = it.belief.view().rates.half_life_s("mug")
    assert stayed > 2 * first
    assert moved < 0.5 * stayed
    assert it.told() == [(1, "first_seen")] + [(1, "moved")] * 5
    entry = it.log[6]
    assert (entry.from_W, entry.to_W) == (pytest.approx((1.45, -0.3, 0.76)), pytest.approx((1.45, 0.3, 0.76)))
    assert entry.since_ns == entry.stamp_ns - 10 * S


def test_what_moved_less_than_one_cares_about_did_not_move():
    it = Rig(record(1))
    it.settle(1)
    it.objects.change(1, center_W=(1.45, 0.04, 0.76))
    it.see(1)
    assert it.told() == [(1, "first_seen")]
    with_less = Rig(record(1), config=BeliefConfig(moved_m=0.02))
    with_less.settle(1)
    with_less.objects.change(1, center_W=(1.45, 0.04, 0.76))
    with_less.see(1)
    assert with_less.told() == [(1, "first_seen"), (1, "moved")]


@pytest.mark.parametrize("back_after_s", [9.0, 11.0])
def test_what_is_back_soon_was_never_gone(back_after_s):
    it = Rig(record(1))
    it.settle(1)
    stays_s = it.belief.view().rates.half_life_s("mug")
    for _ in range(3):
        it.look(after_s=0.1)
    missed_ns = it.cell(1, "missing_ns")
    assert missed_ns
    it.see(1, after_s=back_after_s - 0.1)
    assert it.cell(1, "missing_ns") == missed_ns  # one sighting may be of something else
    it.see(1, after_s=0.1)
    assert it.cell(1, "missing_ns") == 0
    assert it.told() == [(1, "first_seen"), (1, "missing"), (1, "found")]  # whoever asked meanwhile was told of both
    assert it.log[3].since_ns == missed_ns
    learned = it.belief.view().rates.half_life_s("mug") < 0.5 * stays_s
    assert learned is (back_after_s > 10)


def test_what_was_missing_and_is_elsewhere_was_moved_once():
    it = Rig(record(1))
    it.settle(1)
    for _ in range(3):
        it.look(after_s=0.1)
    learned = it.belief.view().rates.rate("mug")
    it.objects.change(1, center_W=(1.45, 0.4, 0.76))
    it.see(1)
    it.see(1)
    assert it.told() == [(1, "first_seen"), (1, "moved")]
    assert it.told(undone=True) == [(1, "missing")]
    assert it.belief.view().rates.rate("mug").alpha == pytest.approx(learned.alpha, rel=0.01)  # not twice
    assert it.cell(1, "settling") == 1


def test_while_it_moves_nothing_is_compared():
    it = Rig(record(1))
    it.settle(1)
    it.objects.change(1, center_W=(1.45, 0.5, 0.76), velocity_W_m_s=np.array([0.0, 0.5, 0.0]))
    it.see(1)
    assert it.told() == [(1, "first_seen")]
    it.objects.change(1, center_W=(1.45, 0.6, 0.76), velocity_W_m_s=np.zeros(3))
    it.see(1)
    assert it.told() == [(1, "first_seen"), (1, "moved")]


def test_what_is_seen_moving_is_on_its_way():
    it = Rig(record(1))
    it.settle(1)
    rested_ns = it.stamp_ns
    it.objects.change(1, center_W=(1.45, 0.5, 0.76), velocity_W_m_s=np.array([0.0, 0.5, 0.0]))
    it.see(1)
    assert it.cell(1, "on_its_way")
    assert it.p(1, at_s=it.stamp_ns / S + 50.0) < 0.1  # whoever has it goes on
    rate = it.belief.view().rates.rate("mug")
    it.objects.change(1, center_W=(1.45, 0.6, 0.76), velocity_W_m_s=np.zeros(3))
    it.see(1, after_s=20.0)
    assert not it.cell(1, "on_its_way")
    assert it.told() == [(1, "first_seen"), (1, "moved")]
    assert it.log[2].since_ns == rested_ns
    assert it.belief.view().rates.rate("mug") != rate  # it went when it was taken up


def test_what_is_lost_on_its_way_teaches_nothing():
    it = Rig(record(1))
    it.settle(1)
    it.objects.change(1, center_W=(1.45, 0.3, 0.76), velocity_W_m_s=np.array([0.0, 0.5, 0.0]))
    it.see(1)
    it.objects.change(1, velocity_W_m_s=np.zeros(3))  # it is out of sight
    rate = it.belief.view().rates.rate("mug")
    for _ in range(4):
        it.look()
    assert it.told()[-1] == (1, "missing")
    assert it.belief.view().rates.rate("mug") == rate


def test_what_moves_when_it_becomes_known_has_appeared():
    it = Rig(record(1, velocity_W_m_s=np.array([0.0, 0.5, 0.0])))
    it.see(1)
    assert it.told() == [(1, "appeared")]


IN_THE_AIR, ON_THE_TABLE = (1.45, 0.5, 1.1), (1.45, 0.5, 0.76)


def test_what_came_to_where_nothing_holds_it_is_in_somebodys_hand_for_a_minute():
    it = Rig(record(1))
    it.settle(1)
    it.objects.change(1, center_W=IN_THE_AIR)
    it.see(1)
    assert it.cell(1, "on_its_way")
    assert it.told() == [(1, "first_seen")]
    it.see(1, after_s=61.0)  # then it hangs there
    assert not it.cell(1, "on_its_way")
    assert it.told() == [(1, "first_seen"), (1, "moved")]


def test_what_came_into_a_hand_unseen_is_on_its_way_too():
    it = Rig(record(1, center_W=IN_THE_AIR, first_ns=9 * S))
    it.see_around()
    it.see_around()
    it.see(1, eye=(0.5, 0.0, 1.4), at=IN_THE_AIR)
    assert it.cell(1, "on_its_way") == (it.told() == [(1, "appeared")])


@pytest.mark.parametrize(
    ("first_W", "then_W"), [(ON_THE_TABLE, (1.45, 0.0, 0.76)), (IN_THE_AIR, IN_THE_AIR)], ids=["it stands", "it hung"]
)
def test_what_is_held_by_something_or_hung_there_before_is_in_nobodys_hand(first_W, then_W):
    it = Rig(record(1, center_W=first_W))
    it.settle(1)
    assert not it.cell(1, "on_its_way")
    it.objects.change(1, center_W=then_W)
    it.see(1)
    assert not it.cell(1, "on_its_way")


def test_it_rests_on_what_is_under_it():
    it = Rig(record(1), TABLE)
    it.settle(2)
    it.settle(1)
    assert (it.cell(1, "how"), it.cell(1, "support")) == (How.ON, 2)
    assert it.log[2].place == "on table-2"


def test_what_turns_up_is_linked_to_what_may_be_gone():
    it = Rig(record(1), record(5, center_W=(1.45, -0.4, 0.76)), record(7, "bowl"))
    it.see_around(1, 5, 7)
    it.objects.records[9] = record(9, center_W=(1.45, 0.4, 0.76), first_ns=it.stamp_ns + S)
    it.see(9, boxes=[MUG])
    assert it.weights() == {}  # they were just seen
    for _ in range(3):
        it.look(((1.4, -0.45, 0.7), (1.5, -0.35, 0.82)), ((1.4, 0.35, 0.7), (1.5, 0.45, 0.82)))
    weights = it.weights()
    assert (7, 9) not in weights  # of its label alone
    assert weights[1, 9] > 0.9
    assert (5, 9) not in weights  # it is still there
    it.see(5)
    assert set(it.weights()) == {(1, 9)}


def test_what_was_there_together_is_not_linked():
    """It was seen before the other was seen last: they are two."""
    it = Rig(record(1), record(9, center_W=(1.45, 0.4, 0.76), confirmed=False))
    it.settle(1, 9)
    it.objects.change(9, confirmed=True)
    it.see(1, 9)
    assert it.weights() == {}


def test_doors_open_and_close_and_hide_what_is_in_them():
    it = Rig(record(1, center_W=(1.6, 0.0, 0.9)), FRIDGE)
    it.settle(3)
    it.settle(1)
    assert (it.cell(1, "how"), it.cell(1, "support")) == (How.IN, 3)
    for word, hidden in (("closed", True), ("open", False), ("closed", True)):
        it.objects.change(3, attributes={"state": word})
        it.see(3)
        assert bool(it.cell(1, "hidden")) is hidden
    assert it.told() == [(3, "first_seen"), (1, "first_seen"), (3, "opened"), (3, "closed")]  # the first was no news
    it.see(1)
    assert not it.cell(1, "hidden")  # it was seen


def test_an_object_that_another_stands_for_takes_its_links_and_its_log_with_it():
    it = Rig(record(1), record(2))
    it.settle(2)
    it.settle(1)
    it.see(1, gone={2: 1})
    assert it.cell(2, "ids") is None
    assert it.told() == [(1, "first_seen")]
    assert it.told(undone=True) == [(2, "first_seen")]
    assert it.cell(1, "first_ns") == 2 * S  # since the older one
    it.see(gone={1: 0})
    assert it.cell(1, "ids") is None
    assert it.told() == [(1, "first_seen")]  # that it was there holds


def test_a_late_sighting_takes_nothing_back():
    it = Rig(record(1))
    it.settle(1)
    newest = it.stamp_ns
    it.see(1, after_s=-0.5)
    assert it.cell(1, "seen_ns") == newest
    assert it.told() == [(1, "first_seen")]
    assert it.p(1) == pytest.approx(0.98)


def test_what_is_missing_is_not_found_in_a_frame_from_before():
    it = Rig(record(1))
    it.settle(1)
    for _ in range(3):
        it.look(after_s=0.1)
    p = it.p(1)
    for k in range(4):
        verdict = it.see(1, after_s=-0.1 if k == 0 else 0.0)
        assert verdict.missing == (1,)  # as it was
    assert it.told() == [(1, "first_seen"), (1, "missing")]
    assert it.p(1) == p


@pytest.mark.parametrize("lag", [0, 1, 4, 9])
def test_a_detector_that_lags_behind_takes_nothing_back_of_what_depth_saw_since(lag):
    """It goes as if its detections had come at once."""
    it = Rig(record(1))
    it.settle(1)
    p, missing = [], []
    for k in range(14):
        missing += it.look(*([MUG] if k < 6 else []), after_s=0.1 * (1 if k == 0 else 1 + lag)).missing
        p.append(it.p(1))
        it.see(*([1] if k - lag < 6 else []), boxes=[MUG], after_s=-0.1 * lag)
    assert missing == [1]
    assert p[:6] == pytest.approx([0.98] * 6, abs=1e-3)
    assert p[6:9] == pytest.approx([0.766, 0.179, 0.014], abs=2e-3)
    assert max(p[8:]) < 0.05


def test_what_was_reported_in_between_counts_among_the_looks():
    """It is seen through, but is reported all the same, a frame late: the last look alone counts."""
    it = Rig(record(1))
    it.settle(1)
    it.look(after_s=0.1)
    once = it.p(1)
    for _ in range(6):
        it.look(after_s=0.1)
        it.see(1, boxes=[MUG], after_s=-0.1)
        assert it.p(1) == pytest.approx(once, abs=1e-3)
        it.stamp_ns += S // 10
    assert it.cell(1, "missing_ns") == 0


def test_who_looked_last_is_not_told_by_what_comes_late():
    it = Rig(record(1))
    it.settle(1)
    it.look(MUG)
    newest, seq = it.stamp_ns, it.seq
    it.see(1, after_s=-0.4, eye=(0.0, 0.5, 1.4))
    assert it.cell(1, "looked_ns") == newest
    assert it.cell(1, "looked_seq") == seq
    assert it.cell(1, "looked_from").tolist() == [0.0, 0.0, 1.4]
    assert it.cell(1, "seen_ns") == newest - 4 * S // 10
    it.see(1, after_s=-0.2)
    assert it.cell(1, "seen_ns") == newest - 4 * S // 10
    assert it.cell(1, "seen_seq") == it.seq - 1


def test_a_sighting_from_before_the_robot_put_it_there_changes_nothing():
    it = Rig(record(1))
    it.settle(1)
    it.act("pushed", 1)
    p, seen_ns = it.p(1), it.cell(1, "seen_ns")
    it.see(1, after_s=-0.5)
    assert (it.p(1), it.cell(1, "seen_ns"), it.cell(1, "by_hand")) == (p, seen_ns, True)
    it.see(1, after_s=1.0)
    assert it.p(1) == pytest.approx(0.98)
    assert not it.cell(1, "by_hand")


TRAY = record(2, "tray", (1.45, 0.0, 0.71), (0.4, 0.4, 0.02))


@pytest.mark.parametrize(
    ("heir", "support"),
    [
        (record(9, "board", (1.5, 0.05, 0.7), (0.5, 0.5, 0.04)), 9),
        (record(9, "crate", (1.45, 4.0, 0.71)), 0),
        (None, 0),
    ],
    ids=["in its place", "elsewhere", "what it bears"],
)
def test_what_was_on_something_is_on_what_stands_for_it_if_that_is_there(heir, support):
    it = Rig(TRAY, record(3), *([heir] if heir else []))
    it.settle(*it.objects.records, times=7)
    assert (it.cell(3, "how"), it.cell(3, "support")) == (How.ON, 2)
    del it.objects.records[2]
    it.see(3, gone={2: 9 if heir else 3})
    assert it.cell(3, "support") == support
    assert it.cell(3, "how") == (How.ON if support else How.UNKNOWN)

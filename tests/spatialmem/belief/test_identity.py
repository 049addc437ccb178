"""When what turned up is what is gone: at once where only one thing suits, never by a greedy guess between two."""

import pytest
from told_belief import Rig, box_of
from told_objects import record

LEFT, RIGHT = (1.45, -0.4, 0.76), (1.45, 0.4, 0.76)
NEAR, FAR = (1.45, 0.1, 0.76), (1.45, 0.7, 0.76)


def turned_up(it, object_id, center_W, *others):
    """A new mug that is confirmed at once, seen beside others."""
    it.objects.records[object_id] = record(object_id, center_W=center_W, first_ns=it.stamp_ns + 10**9)
    return it.see(object_id, *others)


def test_the_only_one_that_is_gone_is_what_turned_up():
    it = Rig(record(1, center_W=LEFT))
    it.settle(1)
    gone_since = it.stamp_ns
    for _ in range(3):
        it.look()
    it.see_around()
    verdict = turned_up(it, 9, RIGHT)
    assert verdict.same == ((1, 9),)
    looks = it.cell(1, "looks") + it.cell(9, "looks")
    learned = it.belief.view().rates.rate("mug")
    it.identify(1, 9)
    assert it.cell(9, "ids") is None
    assert it.told() == [(1, "first_seen"), (1, "moved")]
    assert set(it.told(undone=True)) == {(1, "missing"), (9, "appeared")}
    entry = it.log[max(it.log)]
    assert entry.from_W == pytest.approx(LEFT)
    assert entry.to_W == pytest.approx(RIGHT)
    assert entry.since_ns == gone_since
    assert it.cell(1, "looks") == looks
    assert it.cell(1, "missing_ns") == 0
    assert it.p(1) == pytest.approx(0.98)
    assert it.weights() == {}
    assert it.belief.view().rates.rate("mug") == learned  # that it left was learned when it was missed
    it.see(1)
    assert it.told()[-1] == (1, "moved")
    assert it.look(box_of(it.objects.records[1])).missing == ()


def test_what_turns_up_first_and_is_missed_later_is_one_thing_then():
    it = Rig(record(1, center_W=LEFT))
    it.see_around(1)
    assert turned_up(it, 9, RIGHT).same == ()  # the old one may well still be there
    assert (1, 9) not in it.weights()
    boxes = [box_of(it.objects.records[9])]
    for _ in range(3):
        it.look(*boxes)
    assert it.see(9).same == ((1, 9),)
    it.identify(1, 9)
    assert it.told() == [(1, "first_seen"), (1, "moved")]


def test_of_two_alike_none_is_guessed():
    it = Rig(record(1, center_W=LEFT), record(2, center_W=RIGHT))
    it.see_around(1, 2)
    for _ in range(3):
        it.look()
    assert turned_up(it, 8, NEAR).same == ()
    weights = it.weights()
    assert set(weights) == {(1, 8), (2, 8)}
    assert sum(weights.values()) == pytest.approx(1.0, abs=0.02)
    assert all(0.2 < weight < 0.8 for weight in weights.values())
    assert turned_up(it, 9, FAR, 8).same == ()
    weights = it.weights()
    assert set(weights) == {(1, 8), (2, 8), (1, 9), (2, 9)}
    for side in (0, 1):
        for object_id in {pair[side] for pair in weights}:
            assert sum(w for pair, w in weights.items() if pair[side] == object_id) <= 1.0 + 1e-9


def test_one_seen_again_where_it_was_settles_which_the_other_is():
    it = Rig(record(1, center_W=LEFT), record(2, center_W=RIGHT))
    it.see_around(1, 2)
    for _ in range(3):
        it.look()
    turned_up(it, 8, NEAR)
    assert it.see(2, 8).same == ()  # it may have been another, where it was
    assert it.see(2, 8).same == ((1, 8),)
    it.identify(1, 8)
    assert it.told()[-1] == (1, "moved")


def test_what_nobody_would_have_seen_before_may_be_another():
    """Where no detector had looked it may have been all the time."""
    it = Rig(record(1, center_W=LEFT))
    it.settle(1)
    for _ in range(3):
        it.look()
    larger = record(9, center_W=(1.45, 0.8, 0.8), size_m=(0.2, 0.2, 0.2), first_ns=it.stamp_ns + 10**9)
    it.objects.records[9] = larger
    assert it.see(9).same == ()
    assert 0.4 < it.weights()[1, 9] < 0.75
    assert (9, "first_seen") in it.told()


def test_what_is_no_longer_remembered_is_not_identified():
    it = Rig(record(1, center_W=LEFT))
    it.settle(1)
    for _ in range(3):
        it.look()
    turned_up(it, 9, RIGHT)
    it.see(9, gone={1: 0})
    assert it.weights() == {}
    assert it.cell(9, "known")


def test_after_a_clock_was_set_back_what_was_seen_since_is_linked_as_before():
    it = Rig(record(1, center_W=LEFT))
    it.stamp_ns += 7200 * 10**9
    it.settle(1)
    it.stamp_ns -= 7200 * 10**9
    it.settle(1)
    assert it.cell(1, "seen_ns") == it.cell(1, "looked_ns") == it.cell(1, "rested_ns") == it.stamp_ns
    for _ in range(3):
        it.look()
    it.see_around()
    assert turned_up(it, 9, RIGHT).same == ((1, 9),)


def test_what_was_moved_before_it_was_known_to_be_another_has_not_appeared():
    """It turned up, was moved, and only then is known to be what was gone."""
    it = Rig(record(1, center_W=LEFT))
    it.settle(1)
    for _ in range(3):
        it.look()
    it.see_around()
    turned_up(it, 9, RIGHT)
    it.objects.change(9, center_W=FAR)
    it.settle(9)
    assert it.told()[-2:] == [(9, "appeared"), (9, "moved")]
    it.identify(1, 9)
    assert it.told() == [(1, "first_seen"), (9, "moved"), (1, "moved")]
    assert set(it.told(undone=True)) == {(1, "missing"), (9, "appeared")}

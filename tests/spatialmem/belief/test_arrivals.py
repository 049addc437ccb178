"""Known for the first time: it has come, or nobody knows for how long it has been there; and what it may be."""

import numpy as np
import pytest
from told_belief import Rig, S
from told_objects import record

from spatialmem import BeliefConfig


def kinds(it):
    return [kind for _, kind in it.told()]


@pytest.mark.parametrize("searched", [True, False])
def test_it_has_come_if_its_place_was_looked_at_in_vain(searched):
    it = Rig(record(1), searched=searched)
    it.see(1)
    assert kinds(it) == ["appeared" if searched else "first_seen"]
    entry = it.log[1]
    assert entry.since_ns == (0.2 * S if searched else S)  # the last search, or its first sighting
    assert entry.to_W == pytest.approx((1.45, 0.0, 0.76))
    assert entry.from_W is None


def test_it_has_come_where_the_camera_stands_still():
    it = Rig(record(1), config=BeliefConfig(miss_rate=0.05))
    it.see(boxes=[])
    it.objects.change(1, first_ns=it.stamp_ns + S)
    it.see(1)
    assert kinds(it) == ["appeared"]


def test_who_overlooks_much_has_to_look_more_often():
    it = Rig(record(1), searched=True, config=BeliefConfig(miss_rate=0.6))
    it.see(1)
    assert kinds(it) == ["first_seen"]


def test_what_another_detector_looked_for_says_nothing():
    it = Rig(record(1, source="other"), searched=True)
    it.see(1, source="other")
    assert kinds(it) == ["first_seen"]


def test_what_was_beside_the_pictures_was_not_looked_for():
    it = Rig(record(1, center_W=(1.45, 3.0, 0.76)), searched=True)
    it.see(1, at=(1.45, 3.0, 0.76), eye=(0.0, 3.0, 1.4))
    assert kinds(it) == ["first_seen"]


def test_what_moves_has_come():
    it = Rig(record(1, velocity_W_m_s=np.array([0.0, 0.5, 0.0])))
    it.see(1)
    assert kinds(it) == ["appeared"]
    assert it.log[1].since_ns == S  # first seen then, and nobody had looked before


def test_what_may_be_a_part_of_what_is_known_has_not_come():
    whole = record(1, "shelf", size_m=(0.4, 0.4, 0.12))
    it = Rig(whole, searched=True)
    it.see(1)
    it.objects.records[2] = record(2, "shelf", (1.45, 0.15, 0.76), first_ns=it.stamp_ns + S)
    it.objects.records[3] = record(3, "mug", (1.45, -0.15, 0.76), first_ns=it.stamp_ns + S)
    it.see(1, 2, 3)
    assert it.told() == [(1, "appeared"), (2, "first_seen"), (3, "appeared")]


def test_what_was_glimpsed_before_has_not_come():
    it = Rig(record(1, confirmed=False), searched=True)
    it.see(1)
    it.see(1, eye=(0.0, 0.6, 1.4))
    del it.objects.records[1]
    it.see(gone={1: 0})
    for _ in range(3):
        for eye in ((0.3, 0.3, 1.4), (0.3, -0.3, 1.4)):
            it.see(boxes=[], eye=eye, after_s=40.0)
    for object_id, y in ((2, 0.0), (3, 0.4)):
        it.objects.records[object_id] = record(object_id, center_W=(1.45, y, 0.76), first_ns=it.stamp_ns + S)
    it.see(2, 3)
    assert it.told() == [(2, "first_seen"), (3, "appeared")]


def test_it_may_be_what_has_one_of_its_names_or_is_missing_and_was_called_so():
    it = Rig(
        record(1),
        record(2, "bowl", (1.45, 0.3, 0.76), label_p={"bowl": 0.8, "mug": 0.2}),
        record(3, "cup", (1.45, -0.3, 0.76)),
        record(4, "plate", (1.45, -0.5, 0.76)),
    )
    it.settle(1, 2, 3, 4)
    it.objects.records[8] = record(8, first_ns=it.stamp_ns)  # it was there together with them
    it.see(8)
    assert it.weights() == {}
    names = {"mug": 0.7, "cup": 0.3}
    days_s = 2 * 86400.0  # of what was just seen none has left
    first_ns = it.stamp_ns + round(days_s * S)
    it.objects.records[9] = record(9, center_W=(1.45, 0.5, 0.76), first_ns=first_ns, label_p=names)
    it.see(9, after_s=days_s)
    assert set(it.weights()) == {(1, 9), (3, 9), (8, 9)}
    while not it.objects.records[2].missing:
        it.look()
    it.objects.records[10] = record(10, center_W=(1.45, 0.7, 0.76), first_ns=it.stamp_ns + S)
    it.see(10)
    assert {old for old, new in it.weights() if new == 10} == {1, 2, 8}  # 9 was just seen

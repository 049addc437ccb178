"""Looks at a place: what depth sees through is missing soon, what a detector overlooks is so slowly."""

import numpy as np
import pytest
from cast_boxes import MUG
from told_belief import EYE, Rig, S
from told_objects import record

from spatialmem import BeliefConfig, Detection

PERSON = ((0.6, -0.4, 0.0), (0.8, 0.4, 1.8))


def rig(*records, **options):
    made = Rig(*(records or (record(1),)), **options)
    made.settle(*sorted(made.objects.records))
    return made


def test_what_is_seen_through_is_missing_after_three_frames():
    it = rig()
    seen_ns = it.stamp_ns
    assert [it.look(after_s=0.1).missing for _ in range(4)] == [(), (), (1,), ()]
    assert it.told() == [(1, "first_seen"), (1, "missing")]
    entry = it.log[2]
    assert entry.since_ns == seen_ns
    assert entry.stamp_ns == it.cell(1, "missing_ns") == seen_ns + 3 * S // 10
    assert entry.looked_from_W == EYE
    assert entry.from_W == pytest.approx((1.45, 0.0, 0.76))
    assert entry.p > 0.9
    assert entry.to_W is None
    assert it.p(1) < 0.1
    assert it.cell(1, "through") == 4
    assert it.cell(1, "looked_from").tolist() == list(EYE)


@pytest.mark.parametrize("boxes", [(MUG,), (PERSON,), (PERSON, MUG)], ids=["there", "hidden", "hidden and there"])
def test_what_is_there_or_hidden_is_never_missing(boxes):
    it = rig()
    for _ in range(30):
        assert it.look(*boxes).missing == ()
    assert it.p(1) > 0.97
    assert it.cell(1, "looks") == 3 + (30 if boxes == (MUG,) else 0)


def test_what_is_beside_the_picture_is_not_looked_at():
    it = rig()
    for _ in range(20):
        it.look(at=(1.45, 4.0, 0.76))
    assert it.cell(1, "looks") == 3
    assert it.p(1) == pytest.approx(0.98, abs=1e-3)


def test_something_in_its_place_says_little_and_only_once_per_view():
    """It may be another thing. The same view says the same again."""
    it = rig()
    it.look(after_s=0.1)
    first = it.p(1)
    it.look(MUG, after_s=0.1)
    second = it.p(1)
    it.look(MUG, after_s=0.1)
    assert first < second
    assert it.p(1) == pytest.approx(second, abs=1e-6)
    it.look(MUG, after_s=0.1, eye=(0.2, -0.6, 1.5))
    assert it.p(1) > second


def test_a_move_is_learned_and_taken_back_if_there_was_none():
    it = rig()
    before = it.belief.view().rates.rate("mug")
    for _ in range(4):
        it.look(after_s=0.1)
    assert it.belief.view().rates.half_life_s("mug") < 0.01 * 7 * 86400
    it.see(1)
    it.see(1)
    after = it.belief.view().rates.rate("mug")
    assert it.told() == [(1, "first_seen"), (1, "missing"), (1, "found")]
    assert after.alpha == pytest.approx(before.alpha, rel=0.02)
    assert after.beta_s == pytest.approx(before.beta_s, rel=0.02)


PLATE = record(1, "plate", (1.45, 0.0, 0.7025), (0.2, 0.2, 0.005))
"""So low that depth does not tell whether it is there."""


def around(angle):
    """Where a camera stands as far from the plate, at an angle."""
    return 1.45 - 1.45 * float(np.cos(angle)), 1.45 * float(np.sin(angle)), 1.4


def test_what_depth_does_not_tell_fades_with_every_place_it_is_overlooked_from():
    """Less with each: some things are overlooked again and again. More where it was reported from, before them all."""
    it, falling = rig(PLATE), [0.98]
    for angle in np.concatenate([np.linspace(-1.5, -0.5, 10), np.linspace(0.5, 1.5, 10)]):
        it.see(boxes=[], eye=around(angle))
        falling.append(it.p(1))
    steps = -np.diff(np.log(np.array(falling) / (1 - np.array(falling))))
    told = steps[steps > 0.01]
    assert 5 <= len(told) <= 10  # half a metre apart
    assert (np.diff(told) < 1e-3).all()
    assert falling[-1] < 0.6
    it.see(boxes=[], eye=EYE)
    assert np.log(falling[-1] / (1 - falling[-1])) - np.log(it.p(1) / (1 - it.p(1))) > 2 * told[-1]


def test_what_was_reported_from_here_and_no_longer_is_is_missing():
    it = rig(PLATE)
    missing = [it.see(boxes=[], after_s=0.1).missing for _ in range(12)]
    assert missing.count((1,)) == 1
    assert missing.index((1,)) >= 3


def test_where_depth_tells_that_something_stands_there_nothing_is_overlooked():
    it = rig()
    for angle in np.linspace(-1.2, 1.2, 10):
        assert it.see(boxes=[MUG], eye=around(angle)).missing == ()
    assert it.p(1) > 0.97


def test_one_place_says_less_with_every_frame():
    it = rig(PLATE)
    falling = []
    for _ in range(12):
        it.see(boxes=[], eye=around(0.8), after_s=0.1)
        falling.append(it.p(1))
    assert falling[0] < 0.97
    assert falling[1:] == pytest.approx([falling[0]] * 11, abs=1e-3)  # it never was reported from there
    from_here = rig(PLATE)
    falling = [0.98]
    for _ in range(12):
        from_here.see(boxes=[], after_s=0.1)
        falling.append(from_here.p(1))
    steps = np.diff(np.log(np.array(falling) / (1 - np.array(falling))))
    assert (steps <= 1e-6).all()
    assert -steps[0] > 3 * -steps[6]
    assert falling[4] < 0.3


def test_what_was_detected_there_under_another_name_may_be_it():
    it = rig(PLATE)
    there = Detection(label="tray", score=0.5, box_px=(70.0, 50.0, 90.0, 66.0))
    apart = Detection(label="tray", score=0.5, box_px=(5.0, 5.0, 25.0, 21.0))
    for items, counted in (((there,), False), ((apart,), True)):
        before = it.p(1)
        it.see(boxes=[], eye=around(0.8), items=items, after_s=0.1)
        assert (it.p(1) < before - 1e-3) is counted


@pytest.mark.parametrize(
    "given",
    [{"source": "another detector"}, {"boxes": [PERSON]}, {"eye": (-3.0, 0.6, 1.4)}],
    ids=["another detector", "hidden", "too far for a report"],
)
def test_what_need_not_be_reported_is_not_overlooked(given):
    it = rig(PLATE)
    for k in range(8):
        it.see(**{"boxes": [], "eye": (0.0, 0.2 * k - 0.8, 1.4), **given})
    assert it.cell(1, "misses") == 0
    assert it.p(1) > 0.97


def test_what_a_detector_overlooks_often_counts_less():
    """Where it reported a plate just now, and no longer does."""
    p = {}
    for rate in (0.05, 0.9):
        it = rig(PLATE, config=BeliefConfig(miss_rate=rate))
        for _ in range(3):
            it.see(boxes=[], after_s=0.1)
        p[rate] = it.p(1)
    assert p[0.05] < 0.8 * p[0.9]


def test_many_looks_neither_overflow_nor_vanish():
    it = rig()
    for k in range(300):
        it.look(*([MUG] if k % 7 == 0 else []), after_s=1e-3, eye=(0.0, 0.6 * (k % 2), 1.4))
    assert np.isfinite(it.p(1))
    assert it.p(1) < 0.01
    for _ in range(3):
        it.see(1)
    assert it.p(1) == pytest.approx(0.98)


@pytest.mark.parametrize("shown", ["look", "see"])
def test_a_frame_from_before_it_was_seen_says_nothing_of_it(shown):
    """One from before a clock was set back does: it is far older."""
    it = rig(PLATE if shown == "see" else record(1))
    before = it.p(1)
    for k in range(5):
        getattr(it, shown)(after_s=-0.5 if k == 0 else 0.0, **({"boxes": []} if shown == "see" else {}))
    assert it.p(1) == before
    assert it.told() == [(1, "first_seen")]
    for _ in range(5):
        getattr(it, shown)(after_s=-0.5, **({"boxes": []} if shown == "see" else {}))
    assert it.p(1) < 0.7


def test_a_frame_from_before_the_robot_put_it_there_says_nothing_of_it():
    it = rig()
    it.act("pushed", 1)
    before = it.p(1)
    for _ in range(5):
        it.look(after_s=-0.1)
    assert it.p(1) == before


def test_what_one_place_overlooks_again_and_again_says_little_of_its_class():
    """A hundred frames in a row are hardly more than one; what is reported every second time is what it is."""
    again, random = rig(), rig()
    for k in range(100):
        again.see(boxes=[MUG], after_s=0.1)
        random.see(*([1] if k % 2 else []), boxes=[MUG], after_s=0.1)
    again.see(1)
    assert again.belief.view().rates.miss_rate("mug") < 0.8  # as a share of all frames it is 0.93
    assert 0.25 < random.belief.view().rates.miss_rate("mug") < 0.55


def test_what_is_mostly_overlooked_is_found_again():
    it = rig()
    for _ in range(300):
        it.see(boxes=[MUG], after_s=0.1)
        it.belief._mind.rates.missed("mug")
    for _ in range(4):
        it.look(after_s=0.1)
    assert it.told() == [(1, "first_seen"), (1, "missing")]
    for _ in range(3):
        it.see(1, after_s=15.0)
    assert it.told() == [(1, "first_seen"), (1, "missing"), (1, "found")]

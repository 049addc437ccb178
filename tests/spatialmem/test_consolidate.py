"""What goes from short-term to long-term memory and comes back: nothing is lost, and nobody who asks sees it."""

from itertools import pairwise

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from left_behind import LEAVES_SOON, NEVER_LEAVES, SPACING_M, Buffers

from spatialmem import DepthConfig, LongTermConfig, Pinhole, RgbdFrame, ShortTermConfig, Unknown
from spatialmem.belief import Belief
from spatialmem.config import BeliefConfig
from spatialmem.consolidate import _reach_m, load
from spatialmem.shortterm import ShortTerm

NUMBERS = st.lists(st.integers(0, 7), min_size=1, max_size=12)
FEW = ShortTermConfig(objects_max=2)


def told(rig: Buffers) -> list[tuple]:
    """All that is remembered of objects."""
    return [
        (
            *(one.id, one.label, one.sightings, one.first_ns, one.stamp_ns, one.missing, one.confirmed),
            *(a.tobytes() for a in (one.center_W, one.size_m, one.covariance_W, one.velocity_W_m_s)),
        )
        for one in rig.every.objects(confirmed=False, missing=True)
    ]


def test_what_was_left_behind_is_kept_and_what_is_near_is_recent():
    rig = Buffers(LEAVES_SOON)
    for number in range(6):
        rig.visit(number)
    ids = [one.id for one in rig.every.objects()]
    assert ids == [1, 2, 3, 4, 5, 6]
    assert [one.id for one in rig.short.view().objects()] == [4, 5, 6]  # 8 m away or less, or not for long
    assert rig.every.counts["long_term"] == 3
    assert rig.every.counts["confirmed"] == len(rig.every) == 6
    rig.visit(0)
    assert [one.id for one in rig.short.view().objects()][:2] == [1, 2]
    assert rig.every.object(1).sightings == 8  # pyright: ignore[reportAttributeAccessIssue]


@examples(40, quick=10)
@given(NUMBERS)
def test_it_makes_no_difference_to_who_asks(numbers):
    consolidating, plain = Buffers(LEAVES_SOON), Buffers(NEVER_LEAVES)
    for number in numbers:
        for rig in (consolidating, plain):
            rig.visit(number)
        assert told(consolidating) == told(plain)
    assert not plain.lasting.view().lot.items
    shown, whole = consolidating.every.shown, plain.every.shown
    for name in whole.__slots__:
        one, other = (
            getattr(it, name)[it.ids > 0][np.argsort(it.ids[it.ids > 0])] for it in (shown, whole)
        )  # a row's place means nothing
        np.testing.assert_array_equal(one, other)


@examples(40, quick=12)
@given(NUMBERS, st.sampled_from(["fifo", "lru", "lfu", "survival-value"]))
def test_nothing_that_had_to_go_for_others_is_lost_or_doubled(numbers, policy):
    """Two are recent; whatever else is in view comes back each time, under its own id."""
    rig = Buffers(LEAVES_SOON, ShortTermConfig(objects_max=2, policy=policy))
    for number in numbers:
        rig.visit(number)
        assert len(rig.short.view()) <= 2
    assert len(rig.every.objects()) == len(set(numbers)) == len(rig.known)


@examples(20, quick=6)
@given(st.lists(st.integers(0, 30), min_size=8, max_size=30))
def test_nothing_confirmed_is_lost_without_a_word(numbers):
    """There is room for about four: the others are forgotten, and each is logged."""
    rig = Buffers(LongTermConfig(budget_mib=1, leave_s=1.0), bytes_each=256 << 10)
    for number in numbers:
        rig.visit(number)
        there = {one.id for one in rig.every.objects(missing=True)}
        log = rig.belief.view().kept.entries
        forgotten = {one.object_id for one in log if one.kind == "forgotten"}
        assert rig.known == there | forgotten
        assert not there & forgotten
        assert rig.every.counts["forgotten"] == len(forgotten)
        assert rig.lasting.view().lot.size <= 1 << 20 or len(rig.lasting.view().lot) == 1
        assert forgotten.isdisjoint(rig.belief.view().table.ids.tolist())
        assert set(rig.lasting.view().kept.recalls) <= there


def test_what_is_recalled_is_kept_longer():
    rig = Buffers(LongTermConfig(budget_mib=1, leave_s=1.0), bytes_each=256 << 10)
    rig.visit(0)
    rig.lasting.recall([1] * 3)
    for number in range(3, 20, 3):
        rig.visit(number)
    forgotten = [one.object_id for one in rig.belief.view().kept.entries if one.kind == "forgotten"]
    assert forgotten == [2, 3]  # the oldest but for the first: it is the least probable that they are there
    assert isinstance(rig.every.object(2), Unknown)


@examples(25, quick=6)
@given(NUMBERS, NUMBERS, st.sampled_from([ShortTermConfig(), FEW]))
def test_load_and_go_on_is_never_stopped(before, after, sensing):
    whole, half = Buffers(LEAVES_SOON, sensing), Buffers(LEAVES_SOON, sensing)
    for number in before:
        whole.visit(number)
    half.short, half.lasting = ShortTerm.load(whole.short.dump()), load(whole.lasting.dump(), sensing)
    half.belief, half.stamp_ns, half.seq = Belief.load(whole.belief.dump(), sensing), whole.stamp_ns, whole.seq
    for number in after:
        whole.visit(number)
        half.visit(number)
    assert half.short.dump() == whole.short.dump()
    assert half.lasting.dump() == whole.lasting.dump()
    assert half.belief.dump() == whole.belief.dump()
    assert told(half) == told(whole)


def test_what_is_seen_from_one_side_only_stays():
    rig = Buffers(LEAVES_SOON, ShortTermConfig(confirm_viewpoints=1, viewpoint_m=10.0))
    for number in (0, 6, 6):
        rig.visit(number)
    assert rig.every.object(1).viewpoints == 1  # pyright: ignore[reportAttributeAccessIssue]
    assert rig.every.counts["long_term"] == 0


@pytest.mark.parametrize("how", ["missing", "held", "linked"])
def test_what_is_uncertain_or_in_the_gripper_stays(how):
    rig = Buffers(LEAVES_SOON)
    rig.visit(0)
    if how == "missing":
        rig.short.lose([1])
    elif how == "held":
        rig.short._grips.offsets[1] = (0.0, 0.0, 0.0)
        rig.short.recall([], rig.stamp_ns)  # to be seen
    else:
        rig.belief._mind.links.fits = {(1, 9): 0.5}
        rig.belief._mind.links.unseen_p = {9: 0.5}
        rig.belief._publish()
    for _ in range(2):
        rig.visit(6)
    assert rig.every.counts["long_term"] == 0


def test_names_lead_to_what_was_left_behind():
    rig = Buffers(LEAVES_SOON)
    for number in range(2):
        rig.visit(number)
    rig.short.identify(1, 2, rig.stamp_ns)  # they turned out to be one thing
    rig.belief = Belief(BeliefConfig(), rig.sensing)
    for number in (8, 9):
        rig.visit(number)
    assert sorted(rig.lasting.view().lot.items) == [1]
    assert rig.every.known_as(2) == rig.every.known_as(1) == (1, 2)
    assert rig.every.object(2) is rig.every.object(1)
    rig.visit(1)
    assert rig.short.view().known_as(2) == (1, 2)


def test_what_is_recent_comes_first_where_both_are_alike():
    rig = Buffers(LEAVES_SOON, bytes_each=32)
    for number in (0, 8, 8):
        rig.visit(number)
    assert rig.every.counts["long_term"] == 1
    found = rig.every.similar(np.ones(8), k=2)
    assert [one.object.id for one in found] == [2, 1]
    assert all(one.similarity == pytest.approx(1.0) for one in found)


def test_where_it_was_left_is_its_place():
    """Its row and its notes come back to the bit."""
    rig = Buffers(LEAVES_SOON)
    rig.visit(0)
    before = rig.short.view().kept.objects[1]
    for _ in range(2):
        rig.visit(8)
    assert 1 in rig.lasting.view().lot.items
    rig.short.take_back(rig.lasting.give_back([1]), rig.stamp_ns)
    assert rig.short.view().kept.objects[1] == before
    ids = [one.id for one in rig.short.view().objects()]
    assert all(one < other for one, other in pairwise(ids))
    assert rig.every.objects()[0].center_W == pytest.approx([0.0, 1.0, 0.0], abs=0.05 * SPACING_M)


@pytest.mark.parametrize(("cx", "cy"), [(319.5, 239.5), (100.0, 400.0)])
def test_how_far_a_camera_sees_is_in_its_corners(cx, cy):
    """Depth is believed up to a plane: in a wide picture's corner that is far beyond its range."""
    camera = Pinhole(640, 480, 300.0, 280.0, cx, cy)
    depth = np.ones((480, 640), np.uint16)
    frame = RgbdFrame(source="c", stamp_ns=1, received_ns=1, depth=depth, camera=camera, X_WC=np.eye(4))
    corners = [np.array([(u - cx) / 300.0, (v - cy) / 280.0, 1.0]) for u in (-0.5, 639.5) for v in (-0.5, 479.5)]
    assert _reach_m(frame, DepthConfig()) == pytest.approx(max(5.0 * float(np.linalg.norm(ray)) for ray in corners))

"""Which detection is which object, among many."""

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from object_sightings import camera_at, sighting

import spatialmem as sm
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import ShortTerm
from spatialmem.shortterm.associate import NEAR_M, assign, near_pairs
from spatialmem.shortterm.fusion import Sightings
from spatialmem.shortterm.table import Table

points = st.lists(st.tuples(*[st.floats(-2, 2)] * 3), max_size=12)


@examples(60, quick=15)
@given(points, points)
def test_near_pairs_are_those_whose_boxes_nearly_touch(objects, detections):
    table = Table(4)
    for number, p_W in enumerate(objects, 1):
        row = table.add(number)
        table.middle[row], table.half[row] = p_W, 0.1
    middle, half = np.array(detections).reshape(-1, 3), np.full((len(detections), 3), 0.2)
    which, rows = near_pairs(table, middle, half)
    found = list(zip(which.tolist(), table.ids[rows].tolist(), strict=True))
    assert found == [
        (i, number)
        for i, a in enumerate(middle)
        for number, b in enumerate(objects, 1)
        if (np.abs(a - b) <= 0.3 + NEAR_M).all()
    ]


def a_crowd(seed):
    """A memory of up to nine things close together, the moment after, and a picture of some of them and of others."""
    rng = np.random.default_rng(seed)
    places, labels = rng.uniform(0, 0.6, (9, 3)), rng.choice(["mug", "bowl"], 9).tolist()
    memory = ShortTerm(ShortTermConfig(confirm_viewpoints=1))
    for turn in range(4):
        memory.see(
            [sighting(label, p_W) for label, p_W in zip(labels, places, strict=True)],
            stamp_ns=turn * 10**8,
            X_WC=camera_at(0.0),
            source="camera",
        )
    moved = places + rng.normal(0, rng.choice([0.01, 0.05, 0.1]), (9, 3))  # the last are leaps
    shown = [sighting(label, p_W) for label, p_W in zip(labels, moved, strict=True) if rng.random() < 0.8]
    return memory._table, [*shown, sighting("mug", rng.uniform(0, 0.6, 3)), sighting("bowl", rng.uniform(0, 0.6, 3))]


@examples(120, quick=40)
@given(st.integers(0, 100_000), st.randoms(use_true_random=False))
def test_an_object_is_one_detection_at_most_and_their_order_does_not_matter(seed, random):
    table, shown = a_crowd(seed)
    order = list(range(len(shown)))
    random.shuffle(order)
    found, leaps, _ = assign(table, Sightings(shown), stamp_ns=4 * 10**8, noise_m2_s3=0.02, coast_s=2.0)
    again, leaps_again, _ = assign(
        table, Sightings([shown[i] for i in order]), stamp_ns=4 * 10**8, noise_m2_s3=0.02, coast_s=2.0
    )
    given_to = found[found >= 0].tolist()
    assert len(given_to) == len(set(given_to))
    assert (table.ids[given_to] > 0).all()
    assert found[order].tolist() == again.tolist()
    assert leaps[order].tolist() == leaps_again.tolist()
    assert (found[leaps] >= 0).all()


def test_of_two_that_may_be_the_one_that_leapt_the_nearer_one_is():
    for order in (1, -1):
        memory = remembering(("mug", (1, 0, 0)))
        near, far = sighting("mug", (1.13, 0, 0)), sighting("mug", (0.85, 0, 0))
        assert ask(memory, *[near, far][::order], stamp_ns=5 * 10**8) == (1, 2)[::order]


def remembering(*things):
    """A memory that has seen each (label, place) four times from two viewpoints."""
    memory = ShortTerm(ShortTermConfig())
    for turn in range(4):
        seen = [sighting(label, p_W) for label, p_W in things]
        ids = memory.see(seen, stamp_ns=turn * 10**8, X_WC=camera_at(0.2 * turn), source="camera")
        assert ids == tuple(range(1, len(things) + 1))
    return memory


def ask(memory, *seen, stamp_ns=4 * 10**8):
    return memory.see(list(seen), stamp_ns=stamp_ns, X_WC=camera_at(0.0), source="camera")


def test_the_order_of_detections_does_not_matter():
    memory = remembering(("mug", (1, 0, 0)), ("mug", (1.15, 0, 0)), ("bowl", (1, 0.3, 0)))
    found = ask(memory, sighting("bowl", (1, 0.3, 0)), sighting("mug", (1.15, 0, 0)), sighting("mug", (1, 0, 0)))
    assert found == (3, 2, 1)


def test_the_whole_is_cheapest_not_each_one():
    """The left mug's detection is nearer to the right one's place; but the right one's is nearer still."""
    memory = remembering(("mug", (1, 0, 0)), ("mug", (1.1, 0, 0)))
    assert ask(memory, sighting("mug", (1.055, 0, 0)), sighting("mug", (1.11, 0, 0))) == (1, 2)


def test_a_label_read_wrong_is_still_the_thing_but_beside_it_it_is_another():
    memory = remembering(("mug", (1, 0, 0)))
    assert ask(memory, sighting("shoe", (1, 0, 0))) == (1,)
    known = memory.view().object(1)
    assert not isinstance(known, sm.Unknown)
    assert known.label == "mug"
    assert list(known.label_p) == ["mug", "shoe"]
    assert ask(memory, sighting("shoe", (1.09, 0, 0)), stamp_ns=5 * 10**8) == (2,)


def test_a_thing_of_another_size_is_another_thing():
    memory = remembering(("mug", (1, 0, 0)))
    assert ask(memory, sighting("table", (1, 0, 0), size_m=0.9)) == (2,)


def test_what_is_cut_off_may_be_smaller():
    memory = ShortTerm(ShortTermConfig())
    for turn in range(4):
        whole = sighting("table", (1, 0, 0), size_m=0.9)
        assert ask(memory, whole, stamp_ns=turn * 10**8) == (1,)
    open_end = np.ones((5, 2), bool)
    open_end[:, 1] = False
    part = sighting("table", (0.75, -0.1, 0), size_m=0.5, seen=open_end)
    assert ask(memory, part, stamp_ns=5 * 10**8) == (1,)
    known = memory.view().object(1)
    assert not isinstance(known, sm.Unknown)
    assert known.size_m == pytest.approx([0.9] * 3, abs=0.03)  # and it did not shrink


def test_what_is_taken_up_keeps_its_id_where_nothing_else_can_be_meant():
    memory = remembering(("mug", (1, 0, 0)))
    assert ask(memory, sighting("mug", (1.18, 0, 0)), stamp_ns=5 * 10**8) == (1,)
    pair = remembering(("mug", (1, 0, 0)), ("mug", (1.3, 0, 0)))
    assert ask(pair, sighting("mug", (1.15, 0, 0)), stamp_ns=5 * 10**8) == (3,)
    long_ago = remembering(("mug", (1, 0, 0)))
    assert ask(long_ago, sighting("mug", (1.18, 0, 0)), stamp_ns=3 * 10**9) == (2,)

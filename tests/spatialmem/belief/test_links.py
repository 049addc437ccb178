"""Moved or new: what fits what, and weights that are probabilities however many may be one thing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_objects import Told, record

from spatialmem.belief.links import FIT_LEAST, LINKS_MAX, Carried, Links, fit
from spatialmem.types import FrozenDict


def look(*values):
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def test_what_is_as_large_fits_better_than_what_is_not():
    old = record(1)
    same, turned, larger = record(2), record(3, size_m=(0.12, 0.1, 0.1)), record(4, size_m=(0.3, 0.3, 0.36))
    assert fit(old, same) == pytest.approx(2.0)  # 0.6 + 1.4 right where it was
    assert fit(old, turned) == pytest.approx(fit(old, same))  # lying on its side
    assert fit(old, larger) < 0.25 * fit(old, same)


def test_what_looks_alike_fits_better_than_what_looks_otherwise():
    old = record(1, embedding=look(1, 0, 0))
    alike, unlike, unknown = record(2, embedding=look(1, 0.05, 0)), record(3, embedding=look(0, 1, 0)), record(4)
    other_net = record(5, embedding=look(1, 0))
    assert fit(old, alike) > fit(old, unknown) > 10 * fit(old, unlike)
    assert fit(old, other_net) == fit(old, unknown)  # embeddings of another length say nothing
    assert fit(record(6), alike) == fit(old, unknown)


def test_what_is_near_fits_better_than_what_is_far():
    old = record(1)
    near, far = record(2, center_W=(1.5, 0.2, 0.76)), record(3, center_W=(8.0, 0.2, 0.76))
    assert 1.0 < fit(old, near) < 2.0
    assert fit(old, far) == pytest.approx(0.6, abs=0.02)


def test_what_was_in_the_gripper_is_where_the_gripper_went():
    old, way = record(1, attributes={"held": "yes"}), Carried()
    for x in np.linspace(1.0, 3.0, 9):
        way.go(np.array([x, 1.0, 0.8]))
    beside, off = record(2, center_W=(2.9, 1.1, 0.7)), record(3, center_W=(1.5, -1.0, 0.7))
    assert way.passed(beside.center_W)
    assert not way.passed(off.center_W)
    assert fit(old, beside, carried=way) > 20 * fit(old, off, carried=way)


def called(object_id, **label_p):
    """An object that is called this and that."""
    return record(object_id, max(label_p, key=label_p.__getitem__), label_p=FrozenDict(label_p))


def test_what_is_called_now_this_now_that_may_turn_up_under_its_other_name():
    links, old = Links(), called(1, bread=0.9, cake=0.05)
    links.add(called(8, bread=0.9), [old], appeared=True, carried=Carried())
    links.add(called(9, cake=0.5, bread=0.4), [old], appeared=True, carried=Carried())
    links.add(called(10, cake=0.9, bread=0.01), [old], appeared=True, carried=Carried())
    assert set(links.fits) == {(1, 8), (1, 9)}
    assert links.fits[1, 9] == pytest.approx(0.8 * links.fits[1, 8])


def test_what_is_seen_of_either_changes_how_well_they_fit():
    links, objects = Links(), Told([record(1), record(9)])
    links.add(objects.records[9], [objects.records[1]], appeared=True, carried=Carried())
    before = links.fits[1, 9]
    larger = objects.change(9, size_m=(0.2, 0.2, 0.3))
    links.refit(larger, objects, Carried())
    assert FIT_LEAST < links.fits[1, 9] < before
    links.refit(objects.change(9, size_m=(2.0, 2.0, 2.0)), objects, Carried())
    assert links.fits[1, 9] == FIT_LEAST  # what was linked once stays so
    objects.records.pop(1)
    links.refit(objects.records[9], objects, Carried())
    assert links.fits[1, 9] == FIT_LEAST


def test_only_what_fits_is_linked():
    links, new = Links(), record(9)
    links.add(new, [record(1), record(2, size_m=(2.0, 2.0, 2.0))], appeared=True, carried=Carried())
    assert list(links.fits) == [(1, 9)]
    links.add(record(10), [record(2, size_m=(2.0, 2.0, 2.0))], appeared=True, carried=Carried())
    assert set(links.unseen_p) == {9}
    assert fit(record(2, size_m=(2.0, 2.0, 2.0)), new) < FIT_LEAST


def test_what_turns_up_where_nobody_had_looked_is_new_more_often():
    surely_gone = {(1, 9): 1.0}
    weights = []
    for appeared in (True, False):
        links = Links()
        links.add(record(9), [record(1)], appeared=appeared, carried=Carried())
        weights.append(links.weights(surely_gone)[1, 9])
    assert 0.8 < weights[1] < weights[0] < 1.0
    assert weights[0] > 0.99


def test_an_old_one_that_has_not_left_is_not_the_new_one():
    links = Links([((1, 9), 1.5)], [(9, 0.01)])
    assert links.weights({(1, 9): 0.0}) == {(1, 9): 0.0}
    assert links.weights({}) == {}


def test_two_that_fit_as_well_share_it():
    links = Links([((1, 8), 1.0), ((1, 9), 1.0), ((2, 8), 1.0), ((2, 9), 1.0)], [(8, 0.01), (9, 0.01)])
    weights = links.weights(dict.fromkeys(links.fits, 1.0))
    both, one, none = 2 * 100.0**2, 4 * 100.0, 1.0  # of all matchings
    assert list(weights.values()) == pytest.approx([(both / 2 + one / 4) / (both + one + none)] * 4)


def test_forgetting_undoes_links_of_either_side_or_of_one():
    fits = [((1, 8), 1.0), ((1, 9), 1.0), ((9, 8), 1.0)]
    links = Links(fits, [(8, 0.1), (9, 0.1)])
    links.forget(9, as_old_only=True)  # it was seen where it was
    assert set(links.fits) == {(1, 8), (1, 9)}
    links.forget(9)
    assert set(links.fits) == {(1, 8)}
    assert set(links.unseen_p) == {8}
    links.forget(1)
    assert links.fits == links.unseen_p == {}


IDS = st.integers(1, 6)


@given(
    st.dictionaries(st.tuples(IDS, st.integers(7, 12)), st.floats(FIT_LEAST, 60.0), min_size=1, max_size=20),
    st.floats(1e-4, 1.0),
    st.randoms(use_true_random=False),
)
def test_weights_are_probabilities(fits, unseen_p, random):
    """Of each new one at most one old one, and of each old one at most one new one."""
    links = Links(fits.items(), {new: unseen_p for _, new in fits}.items())
    left_p = {pair: random.random() for pair in fits if random.random() < 0.8}
    weights = links.weights(left_p)
    assert set(weights) == set(left_p)
    assert all(0.0 <= weight <= 1.0 for weight in weights.values())
    for side in (0, 1):
        sums: dict[int, float] = {}
        for pair, weight in weights.items():
            sums[pair[side]] = sums.get(pair[side], 0.0) + weight
        assert all(total <= 1.0 + 1e-9 for total in sums.values())
    again = Links(reversed(list(fits.items())), {new: unseen_p for _, new in fits}.items())
    assert again.weights(dict(reversed(list(left_p.items())))) == weights  # whatever the order


def test_of_many_that_turn_up_first_and_are_gone_later_each_keeps_its_best():
    """As many links as if they had been gone before."""
    links, count = Links(), 12
    news = {record(100 + k, center_W=(3.0, 0.2 * k, 0.76)): True for k in range(count)}
    olds = [record(1 + k, center_W=(1.0, 0.2 * k, 0.76)) for k in range(count)]
    for old in olds:
        links.add_gone(old, news, carried=Carried())
    assert len(links.fits) == LINKS_MAX * count
    again = Links()
    for new in news:
        again.add(new, olds, appeared=True, carried=Carried())
    assert links.fits == again.fits
    assert links.unseen_p == again.unseen_p


THINGS = st.tuples(
    st.floats(-3.0, 3.0), st.floats(0.02, 0.6), st.sampled_from([None, (1, 0), (1, 0.1), (0.8, 0.6)]), st.booleans()
)


@given(st.lists(THINGS, max_size=80), THINGS)
def test_those_that_are_linked_are_the_best_of_all(olds, new):
    def thing(object_id, one):
        x_m, edge_m, embedding, held = one
        return record(
            object_id, center_W=(x_m, 0.0, 0.76), size_m=(edge_m, 0.1, 0.1), attributes={"held": "yes"} if held else {},
            embedding=None if embedding is None else look(*embedding),
        )  # fmt: skip

    links, way = Links(), Carried([(0, 0, 3)])
    records, turned_up = [thing(1 + i, one) for i, one in enumerate(olds)], thing(900, new)
    links.add(turned_up, records, appeared=True, carried=way, likely=lambda at: at % 3 > 0)
    every = {
        (one.id, 900): fit(one, turned_up, carried=way if "held" in one.attributes else None)
        for one in records
        if (one.id - 1) % 3 > 0
    }
    good = {pair: value for pair, value in every.items() if value >= FIT_LEAST}
    assert len(links.fits) == min(len(good), LINKS_MAX)
    assert sorted(links.fits.values()) == sorted(good.values())[-LINKS_MAX:]

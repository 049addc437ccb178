"""The order of a search: no order has fewer metres to expect, and many places still have a good one."""

import itertools

import numpy as np
import pytest

from spatialmem.errors import InputError
from spatialmem.graph.visiting import EXACT_MAX, expected_m, order


def places(rng, count):
    """Places in a square of 10 m, and the ways between them; the start is the first."""
    points_m = rng.random((count + 1, 2)) * 10
    return np.linalg.norm(points_m[:, None] - points_m[None], axis=2)


def chances(rng, count):
    """P of each place for itself, or of three things that are in some of them."""
    if rng.random() < 0.5:
        return rng.random(count) * rng.choice([0.1, 0.5, 1.0])
    things = rng.random((3, count)) * (rng.random((3, count)) < 0.5)
    return things / np.maximum(things.sum(axis=1, keepdims=True), 1e-9) * rng.random((3, 1))


def walked_m(p, metres, visits):
    """The metres to expect, step by step, as the words say it."""
    things = np.diag(p) if p.ndim == 1 else p
    total, at = 0.0, 0
    for step, place in enumerate(visits):
        left = [1 - sum(row[one] for one in visits[:step]) for row in things]
        total += metres[at, place + 1] * float(np.prod(left))
        at = place + 1
    return total


def simple_orders(p, metres):
    """The nearest next, and the most probable first."""
    chance = 1 - (1 - np.atleast_2d(np.diag(p) if p.ndim == 1 else p)).prod(axis=0)
    nearest, at, rest = [], 0, list(range(len(chance)))
    while rest:
        nearest.append(min(rest, key=lambda one: metres[at, one + 1]))
        rest.remove(nearest[-1])
        at = nearest[-1] + 1
    return nearest, np.argsort(-chance, kind="stable").tolist()


def test_two_places_by_hand():
    metres = np.array([[0.0, 4.0, 3.0], [4.0, 0.0, 5.0], [3.0, 5.0, 0.0]])
    found = order(np.array([0.9, 0.1]), metres)
    assert found.order == (0, 1)
    assert found.expected_m == pytest.approx(4 + 0.1 * 5)  # against 3 + 0.9 * 5
    assert found.exact
    assert order(np.array([0.1, 0.3]), metres).order == (1, 0)
    assert order(np.array([0.1, 0.3]), metres).expected_m == pytest.approx(3 + 0.7 * 5)


def test_what_is_in_one_of_two_places_is_surely_in_the_second():
    metres = np.array([[0.0, 1.0, 9.0, 2.0], [1.0, 0.0, 9.0, 3.0], [9.0, 9.0, 0.0, 9.0], [2.0, 3.0, 9.0, 0.0]])
    found = order(np.array([[0.5, 0.5, 0.0]]), metres)
    assert found.order[:2] == (0, 1)
    assert found.expected_m == pytest.approx(1 + 0.5 * 9)  # then it was found: the last place costs nothing
    apart = order(np.array([0.5, 0.5, 0.0]), metres)
    assert apart.expected_m == pytest.approx(min(walked_m(np.array([0.5, 0.5, 0]), metres, visits)
                                                 for visits in itertools.permutations(range(3))))  # fmt: skip
    assert apart.expected_m > found.expected_m


@pytest.mark.parametrize("seed", range(40))
def test_no_order_is_better(seed):
    rng = np.random.default_rng(seed)
    count = 1 + seed % 7
    p, metres = chances(rng, count), places(rng, count)
    found = order(p, metres)
    assert sorted(found.order) == list(range(count))
    best = min(walked_m(p, metres, visits) for visits in itertools.permutations(range(count)))
    assert found.expected_m == pytest.approx(best, rel=1e-9)
    assert found.expected_m == pytest.approx(walked_m(p, metres, found.order), rel=1e-9)
    assert found.expected_m == pytest.approx(expected_m(p, metres, np.array(found.order)), rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("exact_max", [0, EXACT_MAX])
def test_it_is_never_worse_than_the_nearest_or_the_most_probable_first(seed, exact_max):
    rng = np.random.default_rng(seed)
    count = 2 + seed % 12
    p, metres = chances(rng, count), places(rng, count)
    found = order(p, metres, exact_max=exact_max)
    assert found.exact == (count <= exact_max)
    for visits in simple_orders(p, metres):
        assert found.expected_m <= walked_m(p, metres, visits) * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_it_does_not_matter_in_which_order_places_are_given(seed):
    rng = np.random.default_rng(seed)
    count = 9
    p, metres = chances(rng, count), places(rng, count)
    shuffled = rng.permutation(count)
    rows = np.concatenate([[0], shuffled + 1])
    found, other = order(p, metres), order(p[..., shuffled], metres[np.ix_(rows, rows)])
    assert other.expected_m == pytest.approx(found.expected_m, rel=1e-9)
    assert walked_m(p, metres, shuffled[list(other.order)].tolist()) == pytest.approx(found.expected_m, rel=1e-9)


def test_more_places_than_can_be_tried_all():
    rng = np.random.default_rng(7)
    near = []
    for _ in range(10):
        p, metres = chances(rng, 14), places(rng, 14)
        good, best = order(p, metres), order(p, metres, exact_max=14)
        assert best.exact
        assert not good.exact
        assert good.expected_m >= best.expected_m * (1 - 1e-9)
        near.append(good.expected_m / best.expected_m)
    assert max(near) <= 1.1
    assert len(order(np.full(40, 0.01), places(rng, 40)).order) == 40


def test_nothing_to_visit_and_one_place():
    assert order(np.empty(0), np.zeros((1, 1))) == ((), 0.0, True)
    assert order(np.array([0.2]), np.array([[0.0, 3.0], [3.0, 0.0]])) == ((0,), 3.0, True)


def test_a_place_where_it_surely_is_ends_the_walk():
    metres = places(np.random.default_rng(3), 6)
    p = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    assert order(p, metres).expected_m == pytest.approx(metres[0, 3])
    assert order(p, metres).order[0] == 2 or metres[0, order(p, metres).order[0] + 1] == 0


def test_ways_may_differ_there_and_back():
    metres = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 9.0], [1.0, 2.0, 0.0]])
    assert order(np.array([0.1, 0.1]), metres).order == (1, 0)


@pytest.mark.parametrize(
    ("p", "metres"),
    [
        ([0.5, 1.5], np.ones((3, 3))),
        ([0.5, -0.1], np.ones((3, 3))),
        ([0.5, np.nan], np.ones((3, 3))),
        ([[0.7, 0.7]], np.ones((3, 3))),
        ([0.5, 0.5], np.ones((4, 4))),
        ([0.5, 0.5], np.full((3, 3), np.inf)),
        ([0.5, 0.5], -np.ones((3, 3))),
    ],
)
def test_what_is_no_chance_and_no_length_is_refused(p, metres):
    with pytest.raises(InputError):
        order(np.array(p), metres)


def test_too_many_for_the_exact_order_are_refused():
    with pytest.raises(InputError, match="exact_max is 17"):
        order(np.array([0.5]), np.ones((2, 2)), exact_max=17)

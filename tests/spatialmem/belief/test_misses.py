"""What a detector overlooks: little from a new place, more where it has just reported, nothing twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.belief.misses import (
    ELSEWHERE_LEAST,
    HERE_LEAST,
    chance_of_miss,
    forget_places,
    never_reported_p,
    note_watch,
)
from spatialmem.belief.table import PLACES, Table

RATE, AWAY_M = 0.2, 2.0


class Watched:
    """One object that a detector looks at, from places along a line."""

    def __init__(self):
        self.table = Table()
        self.rows = np.array([self.table.add(1)])

    def frame(self, reported, *, x_m=0.0, away_m=AWAY_M, rate=RATE):
        """Show it in one more frame; how probable a miss of it was."""
        away = np.array([away_m])
        note_watch(self.table, self.rows, away, np.array([x_m, 0.0, 1.4]))
        chance = chance_of_miss(self.table, self.rows, away, np.array([reported]), np.array([rate]))
        return float(chance[0])


def test_from_one_place_what_was_never_reported_is_missed_once():
    one = Watched()
    chances = [one.frame(False) for _ in range(5)]
    assert ELSEWHERE_LEAST <= chances[0] < 1
    assert chances[1:] == [1.0] * 4
    assert one.table.misses[one.rows[0]] == 1
    assert one.frame(False, x_m=0.4) == 1.0  # the same place: 0.3 of 2 m is 0.6 m
    assert one.frame(False, x_m=0.7) < 1.0
    assert one.table.misses[one.rows[0]] == 2


def test_where_it_has_just_been_reported_each_miss_says_less():
    one = Watched()
    for _ in range(6):
        one.frame(True)
    chances = [one.frame(False) for _ in range(12)]
    assert chances[0] == HERE_LEAST
    assert chances == sorted(chances)
    assert 0.4 < chances[-1] < 1.0
    assert one.table.misses[one.rows[0]] == 0  # from this place it was reported


def test_farther_away_than_it_was_reported_from_a_miss_says_nothing():
    for away_m, says in ((2.1, True), (2.3, False)):
        one = Watched()
        for _ in range(3):
            one.frame(True)
        assert (one.frame(False, away_m=away_m) < 1.0) is says


def test_what_is_overlooked_often_is_so_the_more_probably():
    careful, careless, misses = Watched(), Watched(), []
    for one, rate in ((careful, 0.05), (careless, 0.9)):
        for _ in range(3):
            one.frame(True, rate=rate)
        misses.append(one.frame(False, rate=rate))
    assert misses[0] < misses[1]
    one = Watched()
    chances = [one.frame(False, x_m=float(k)) for k in range(12)]
    assert chances == sorted(chances)
    assert chances[-1] > 0.8  # this object is hard to see


@given(
    st.lists(st.tuples(st.booleans(), st.floats(-5.0, 5.0), st.floats(0.1, 10.0), st.floats(0.001, 0.999)), max_size=40)
)
def test_a_chance_is_one_whatever_was_reported_and_from_where(frames):
    one = Watched()
    for reported, x_m, away_m, rate in frames:
        chance = one.frame(reported, x_m=x_m, away_m=away_m, rate=rate)
        assert HERE_LEAST <= chance <= 1.0
        row = one.rows[0]
        for column in (one.table.watch_reports[row], one.table.watch_misses[row]):
            assert ((column >= 0) & (column <= 8.0)).all()  # so many frames are remembered, see MEMORY


@given(st.floats(0.001, 0.999), st.integers(0, 30))
def test_more_looks_in_vain_are_less_probable_if_it_was_there(rate, views):
    p = never_reported_p(rate, views)
    assert 0 < never_reported_p(rate, views + 1) < p <= 1
    assert p >= rate**views * (1 - 1e-9)  # some are overlooked again and again


def test_looks_in_vain_follow_the_rate_of_the_class():
    assert never_reported_p(RATE, 0) == 1.0
    assert never_reported_p(RATE, 1) == pytest.approx(RATE)
    assert never_reported_p(RATE, 2) == pytest.approx(RATE * (2 * RATE + 1) / 3)


@pytest.mark.parametrize("count", [2, 5, PLACES])
def test_who_goes_to_and_fro_looks_from_no_new_place(count):
    """As long as it was not reported from there."""
    one = Watched()
    chances = [one.frame(False, x_m=float(k % count)) for k in range(10 * count)]
    assert max(chances[:count]) < 1.0
    assert chances[count:] == [1.0] * (9 * count)
    assert one.table.misses[one.rows[0]] == count


def test_what_was_reported_from_two_places_is_overlooked_from_both():
    """It does not matter in which order they are."""
    in_turn, apart = Watched(), Watched()
    for k in range(16):
        in_turn.frame(True, x_m=float(k % 2))
        apart.frame(True, x_m=float(k // 8))
    turns = [in_turn.frame(False, x_m=float(k % 2)) for k in range(8)]
    stays = [apart.frame(False, x_m=float(k // 4)) for k in range(8)]
    assert turns[::2] == turns[1::2] == stays[:4] == stays[4:]
    assert turns[0] == HERE_LEAST
    forget_places(in_turn.table, int(in_turn.rows[0]))
    assert in_turn.frame(False) >= ELSEWHERE_LEAST  # it is elsewhere now


def test_of_many_places_the_oldest_is_forgotten():
    one = Watched()
    for k in range(PLACES + 1):
        one.frame(False, x_m=float(k))
    misses = one.table.misses[one.rows[0]]
    assert one.frame(False, x_m=1.0) == 1.0
    assert one.frame(False, x_m=0.0) < 1.0
    assert one.table.misses[one.rows[0]] == misses + 1

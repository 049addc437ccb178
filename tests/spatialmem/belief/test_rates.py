"""Rates are learned per class and place, can be taken back, and are the same after they were written and read."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem import InputError
from spatialmem.belief import rates as module
from spatialmem.belief.hazard import hazard_of
from spatialmem.belief.rates import HALF_LIFE_MAX_S, PLACES_MAX, Learned, Move, Rates

DAY_S = 86400.0
MINUTE_S = 60.0


def rates(**changed):
    given = {
        "prior_moves": 1.0,
        "prior_dwell_s": 7 * DAY_S,
        "classes": {"sofa": (10.0, 365 * DAY_S)},
        "place_moves_min": 5,
        "miss_prior": (1.0, 4.0),
    }
    return Rates(**{**given, **changed})


def dwell_s(known, label, place=""):
    alpha, beta_s = known.rate(label, place)
    return beta_s / alpha


EVENT = st.tuples(
    st.sampled_from(["stayed", "moved", "missed", "reported", "take_back"]),
    st.sampled_from(["mug", "book", "sofa"]),
    st.sampled_from(["", "table", "sink"]),
    st.floats(-10, 1e7),
)


def tell(known, events, moves):
    for kind, label, place, time_s in events:
        if kind == "stayed":
            known.stayed(label, place, time_s)
        elif kind == "moved":
            moves.append(known.moved(label, place, time_s, after_s=time_s / 3, missed=abs(time_s) % 3))
        elif kind == "take_back":
            if moves:
                known.take_back(moves.pop())
        elif kind == "missed":
            known.missed(label, abs(time_s) % 5)
        else:
            known.reported(label)


def answers(known):
    pairs = [(label, place) for label in ("mug", "book", "sofa", "new") for place in ("", "table", "sink")]
    return [(known.rate(*pair), known.half_life_s(*pair), known.miss_rate(pair[0])) for pair in pairs]


def test_what_nobody_saw_is_as_the_settings_say():
    known = rates()
    assert known.rate("mug") == known.rate("mug", "table") == (1.0, 7 * DAY_S)
    assert known.rate("sofa", "room") == (10.0, 3650 * DAY_S)
    assert known.half_life_s("mug") == pytest.approx(7 * DAY_S)
    assert known.miss_rate("mug") == 0.2
    known.moved("mug", "table", 60.0)
    assert known.rate("book") == (1.0, 7 * DAY_S)


def test_each_class_is_learned_for_itself():
    known = rates()
    for _ in range(20):
        for label, time_s in (("mug", 10 * MINUTE_S), ("book", 3 * DAY_S)):
            known.stayed(label, "", time_s)
            known.moved(label, "", 0.0)
    assert dwell_s(known, "mug") == pytest.approx(10 * MINUTE_S, rel=0.05)
    assert dwell_s(known, "book") == pytest.approx(3 * DAY_S, rel=0.1)
    assert known.half_life_s("mug") == pytest.approx(math.log(2) * 10 * MINUTE_S, rel=0.1)


def test_a_place_goes_by_its_class_until_it_showed_enough():
    known = rates()
    for _ in range(30):
        known.stayed("mug", "cupboard", 2 * DAY_S)
        known.moved("mug", "cupboard", 0.0)
    for moves in range(1, 6):
        known.stayed("mug", "table", 5 * MINUTE_S)
        known.moved("mug", "table", 0.0)
        if moves < 5:
            assert known.rate("mug", "table") == known.rate("mug") == known.rate("mug", "sink")
    assert dwell_s(known, "mug", "table") == pytest.approx(5 * MINUTE_S, rel=0.5)  # by five moves, not two days
    assert dwell_s(known, "mug", "cupboard") == pytest.approx(2 * DAY_S, rel=0.1)
    assert known.rate("mug", "sink") == known.rate("mug")


def test_a_place_that_nothing_leaves_is_told_from_its_class_too():
    known = rates()
    for _ in range(30):
        known.stayed("mug", "table", 10 * MINUTE_S)
        known.moved("mug", "table", 0.0)
    known.stayed("mug", "cupboard", 10 * MINUTE_S)
    assert known.rate("mug", "cupboard") == known.rate("mug")
    known.stayed("mug", "cupboard", 30 * DAY_S)
    assert dwell_s(known, "mug", "cupboard") > 7 * DAY_S
    assert dwell_s(known, "mug", "table") == pytest.approx(10 * MINUTE_S, rel=0.1)


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENT, max_size=25), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_move_is_taken_back(events, within_s, after_s):
    known, moves = rates(), []
    known.stayed("mug", "table", 1.0)
    tell(known, events, moves)
    before = known.to_plain()
    move = known.moved("mug", "table", within_s, after_s=after_s, missed=2.5)
    known.take_back(msgspec.msgpack.decode(msgspec.msgpack.encode(move), type=Move))
    after = known.to_plain()
    for (key, one), (same_key, other) in zip(after.classes, before.classes, strict=True):
        assert key == same_key
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-7)
    assert [(key, x.moves) for key, x in after.places] == [(key, x.moves) for key, x in before.places]
    assert dict(after.misses)["mug"] == pytest.approx(dict(before.misses).get("mug", (0.0, 0.0)), abs=1e-9)


def test_a_thing_that_was_thought_gone_and_was_not_leaves_no_trace():
    """Ten false alarms, each taken back, and the same time without one: the same rates."""
    one, other = rates(), rates()
    for known in (one, other):
        for _ in range(10):
            if known is one:
                known.take_back(known.moved("mug", "table", 3600.0, after_s=1800.0, missed=1.0))
            known.stayed("mug", "table", 7200.0)
    assert one.rate("mug", "table") == pytest.approx(other.rate("mug", "table"), rel=1e-9)
    assert one.miss_rate("mug") == pytest.approx(other.miss_rate("mug"))


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENT, max_size=40), st.lists(EVENT, max_size=20))
def test_written_and_read_it_goes_on_as_if_never_stopped(first, second):
    whole, moves = rates(), []
    tell(whole, first, moves)
    data = msgspec.msgpack.encode(whole.to_plain())
    again, same_moves = rates(), list(moves)
    again.moved("other", "table", 5.0)
    again.of_plain(msgspec.msgpack.decode(data, type=Learned))
    assert answers(again) == answers(whole)
    tell(whole, second, moves)
    tell(again, second, same_moves)
    assert answers(again) == answers(whole)
    assert msgspec.msgpack.encode(again.to_plain()) == msgspec.msgpack.encode(whole.to_plain())


def test_asking_changes_nothing():
    one, other = rates(), rates()
    for known in (one, other):
        for k in range(30):
            known.stayed("mug", f"place {k % 3}", 100.0 * k)
            known.moved("mug", f"place {k % 3}", 50.0)
            if known is one:
                answers(one)
    assert one.to_plain() == other.to_plain()


def test_it_is_written_in_the_order_of_the_keys():
    one, other = rates(), rates()
    labels = ["b", "a", "c"]
    for known, order in ((one, labels), (other, labels[::-1])):
        for label in order:
            known.stayed(label, "y", 1.0)
            known.stayed(label, "x", 1.0)
            known.reported(label)
    assert msgspec.msgpack.encode(one.to_plain()) == msgspec.msgpack.encode(other.to_plain())
    assert [label for label, _ in one.to_plain().classes] == ["a", "b", "c"]


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENT, max_size=60))
def test_rates_stay_finite_and_positive(events):
    known = rates()
    tell(known, events, [])
    for (alpha, beta_s), half_life_s, miss_rate in answers(known):
        assert 0 < alpha < math.inf
        assert 0 < beta_s < math.inf
        assert 0 < half_life_s <= HALF_LIFE_MAX_S
        assert 0 < miss_rate < 1


@pytest.mark.parametrize("arm", ["Weibull", "daily"])
def test_other_ways_to_move_do_not_break_it(arm):
    rng, known = np.random.default_rng(2), rates()
    for k in range(300):
        stay_s = 3600.0 * rng.weibull(2.0) if arm == "Weibull" else (600.0 if k % 10 else DAY_S)
        look_s = float(rng.exponential(1800.0))
        known.moved("mug", "table", look_s, after_s=float(stay_s))
    mean_s = 3600 * math.gamma(1.5) if arm == "Weibull" else 0.9 * 600 + 0.1 * DAY_S
    assert mean_s < dwell_s(known, "mug", "table") < 1.1 * (mean_s + 1800)


def test_misses_are_counted():
    known, rng = rates(), np.random.default_rng(1)
    for missed in rng.random(3000) < 0.3:
        if missed:
            known.missed("mug")
        else:
            known.reported("mug")
    assert known.miss_rate("mug") == pytest.approx(0.3, abs=0.02)
    assert known.miss_rate("book") == 0.2


def test_there_is_an_end_to_places():
    known = rates(place_moves_min=1)
    known.stayed("mug", "0", 1.0)
    known._places = {("mug", str(k)): known._places["mug", "0"] for k in range(PLACES_MAX)}
    move = known.moved("mug", "one more", 60.0)
    assert len(known._places) == PLACES_MAX
    assert known.rate("mug", "one more") == known.rate("mug")
    known.moved("mug", "5", 60.0)
    known.take_back(move)


@pytest.mark.parametrize(
    "changed",
    [{"prior_moves": 0.0}, {"prior_dwell_s": math.inf}, {"classes": {"mug": (-1.0, 5.0)}}, {"miss_prior": (0.0, 1.0)}],
)
def test_wrong_settings_are_refused(changed):
    with pytest.raises(InputError, match="positive"):
        rates(**changed)


def test_damage_is_refused():
    known = rates()
    good = hazard_of(1.0, 60.0)
    for hazard in (
        good._replace(alpha=(math.nan, *good.alpha[1:])),
        good._replace(beta_s=(0.0, *good.beta_s[1:])),
        good._replace(log_weight=good.log_weight[1:]),
    ):
        with pytest.raises(InputError, match="damaged"):
            known.of_plain(Learned(classes=(("mug", hazard),), places=(), misses=()))
    with pytest.raises(InputError, match="damaged"):
        known.of_plain(Learned(classes=(), places=(), misses=(("mug", (-1.0, 0.0)),)))
    assert known.rate("mug") == (1.0, 7 * DAY_S)


def test_classes_beyond_count_share_one_rate(monkeypatch):
    """A detector may say any words."""
    monkeypatch.setattr(module, "CLASSES_MAX", 3)
    known = rates()
    for k in range(8):
        known.reported(f"class {k}")
        known.missed(f"class {k}")
        known.take_back(known.moved(f"class {k}", "table", MINUTE_S))
        known.moved(f"class {k}", "table", MINUTE_S)
    learned = known.to_plain()
    assert [label for label, _ in learned.classes] == [label for label, _ in learned.misses]
    assert [label for label, _ in learned.classes] == ["", "class 0", "class 1", "class 2"]
    assert known.rate("class 5") == known.rate("class 7") != known.rate("class 0")
    assert known.miss_rate("class 5") == known.miss_rate("never said") != known.miss_rate("class 0")
    again = rates()
    again.of_plain(learned)
    assert again.rate("class 6") == known.rate("class 6")


def test_what_a_reader_has_stays_as_it_was_and_is_made_anew_only_when_something_was_learned():
    known = rates()
    move = known.moved("mug", "table", 3600.0)
    still = known.still()
    assert known.still() is still
    before = still.to_plain(), still.rate("mug", "table"), still.miss_rate("mug")
    for learn in (
        lambda: known.stayed("mug", "table", 50.0),
        lambda: known.take_back(move),
        lambda: known.reported("mug"),
        lambda: known.missed("mug"),
        lambda: known.of_plain(Learned((), (), ())),
    ):
        last = known.still()
        known.rate("mug", "table")  # what one of them matches, the other need not
        learn()
        assert known.still() is not last
        assert known.still().to_plain() == known.to_plain() != last.to_plain()
        assert known.still().rate("mug", "table") == known.rate("mug", "table")
    assert (still.to_plain(), still.rate("mug", "table"), still.miss_rate("mug")) == before

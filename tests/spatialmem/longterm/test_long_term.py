"""Objects that were left behind: kept whole, found near a camera, forgotten by what they are worth, written down."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_objects import record

from spatialmem import InputError, LongTermConfig
from spatialmem.longterm import LongTerm, Lot, Parked
from spatialmem.longterm.near import Near
from spatialmem.longterm.watch import BEYOND_M, Camera, Watch, return_m
from spatialmem.longterm.worth import least_worth, worth

S = 10**9
CONFIG = LongTermConfig()
PLACES = st.tuples(st.floats(-40, 40), st.floats(-40, 40), st.floats(-3, 3))
SIZES = st.floats(0.01, 20.0)


def parked(object_id: int, place=(0.0, 0.0, 0.0), *, size_m: float = 0.1, aliases=(), held=False, data=b"", **fields):
    one = record(object_id, center_W=place, size_m=(size_m,) * 3, **fields)
    return Parked.of(one, one.center_W, tuple(aliases), held, data or str(object_id).encode())


def read(data: bytes) -> Parked:
    return parked(int(data))


@given(st.lists(st.tuples(PLACES, SIZES), max_size=20), PLACES, st.floats(0.1, 60.0), st.data())
def test_what_is_near_is_found_and_nothing_else(things, eye, radius_m, data):
    near, every = Near(), [parked(i + 1, place, size_m=size) for i, (place, size) in enumerate(things)]
    for one in every:
        near.add(one)
    kept = [one for one in every if not data.draw(st.booleans())]
    for one in every:
        if one not in kept:
            near.drop(one)
    away = {one.record.id: np.linalg.norm(one.record.center_W - eye) - one.radius_m for one in kept}
    assert near.within(np.array(eye), radius_m) == sorted(i for i, m in away.items() if m < radius_m)
    for one in kept:
        near.drop(one)
    assert not near._cells
    assert not near._large


def test_it_is_read_by_id_by_label_by_name_and_as_columns():
    room = LongTerm(CONFIG)
    room.park([parked(3, (1.0, 2.0, 3.0), aliases=(7, 9)), parked(2, label="cup", held=True)])
    lot = room.view().lot
    assert list(lot.records) == [2, 3]
    assert lot.records.labelled("cup") == [lot.records[2]]
    assert lot.aliases == {7: 3, 9: 3}
    assert lot.held == (2,)
    assert sorted(lot.shown.ids.tolist()) == [2, 3]
    assert lot.shown.center_W[lot.shown.ids == 3] == pytest.approx(np.array([[1.0, 2.0, 3.0]]))
    assert lot.shown.above(lot.shown).ids.tolist() == [*lot.shown.ids.tolist()] * 2
    assert lot.shown.above(Lot.empty().shown) is lot.shown
    before = room.view()
    assert room.give_back([3, 77]) == (b"3",)
    assert room.give_back([3]) == ()
    assert list(room.view().lot.records) == [2]
    assert room.view().lot.aliases == {}
    assert list(before.lot.records) == [2, 3]  # a view is of its moment
    assert room.view().counts == {"long_term": 1, "forgotten": 0}


def test_recalls_are_counted_and_passed_on():
    room = LongTerm(CONFIG)
    room.recall([1, 2, 1])
    room.pass_on({1: 5, 3: 4})
    assert room.view().kept.recalls == {2: 1, 5: 2}
    room.pass_on({5: 0})
    assert room.view().kept.recalls == {2: 1}


# what is worth least


def test_what_is_likelier_there_asked_for_and_smaller_is_worth_more():
    def of(p=0.5, recalls=0, sightings=3, size=1000):
        return float(worth(np.array([p]), *(np.array([n], np.int64) for n in (recalls, sightings, size)))[0])

    assert of(p=0.4) < of() < of(p=0.6)
    assert of() < of(recalls=1) < of(recalls=2)
    assert of() < of(sightings=30)
    assert of(size=2000) < of()
    assert of(recalls=0, sightings=1, p=1.0, size=1) == 1.0


def test_of_equals_the_oldest_go_and_no_more_than_are_needed():
    ids, sizes = np.array([5, 3, 8, 1]), np.array([10, 10, 10, 10])
    assert least_worth(ids, np.array([1.0, 1.0, 0.5, 1.0]), sizes, 20).tolist() == [1, 8]
    assert least_worth(ids, np.array([1.0, 1.0, 0.5, 1.0]), sizes, 21).tolist() == [1, 3, 8]
    assert least_worth(ids, np.array([1.0, 1.0, 0.5, 1.0]), sizes, 99).tolist() == [1, 3, 8]  # the best one stays


def test_there_is_always_room_for_one():
    room = LongTerm(LongTermConfig(budget_mib=1))
    room.park([parked(1, data=bytes(2 << 20))])
    assert not room.is_full
    room.park([parked(2, data=bytes(2 << 20))])
    assert room.is_full
    room.forget(room.least({1: 0.9, 2: 0.8}))
    assert list(room.view().lot.items) == [1]
    assert not room.is_full
    assert room.view().counts == {"long_term": 1, "forgotten": 1}


# what is left behind


def camera(stamp_s: float, x: float = 0.0, reach_m: float = 5.0) -> Camera:
    return Camera(round(stamp_s * S), x, 0.0, 0.0, reach_m)


def checked(watch: Watch, stamp_s: float, *places: float, config: LongTermConfig = CONFIG) -> tuple[Watch, list[int]]:
    """Look at points on the x axis, with ids from 1 on."""
    ids = np.arange(1, len(places) + 1)
    center = np.array([[x, 0.0, 0.0] for x in places]).reshape(-1, 3)
    return watch.checked(ids, center, np.zeros(len(places)), round(stamp_s * S), config)


def test_what_is_far_from_all_cameras_for_long_is_left():
    watch = Watch().noted("front", camera(0.0), CONFIG).noted("back", camera(0.0, 20.0), CONFIG)
    places = (7.9, 8.1, 15.0, 29.0)  # the third is near to one of them
    watch, left = checked(watch, 0.0, *places)
    assert left == []
    watch, left = checked(watch, 9.9, *places)
    assert left == []
    watch, left = checked(watch, 10.0, *places)
    assert left == [2, 4]
    watch, left = checked(watch.without([2]), 11.0, 0.0, 0.0, 0.0, 29.0)
    assert left == [4]
    assert checked(watch, 12.0, 0.0, 9.0)[1] == []  # 2 is far anew


def test_who_comes_near_meanwhile_has_not_left_it():
    watch = Watch().noted("front", camera(0.0), CONFIG)
    for stamp_s, x in ((0.0, 0.0), (5.0, 5.0), (10.0, 0.0)):
        watch, left = checked(watch.noted("front", camera(stamp_s, x), CONFIG), stamp_s, 9.0)
        assert left == []
    assert checked(watch, 20.0, 9.0)[1] == [1]


def test_a_camera_that_is_silent_is_none():
    watch = Watch().noted("back", camera(0.0, 20.0), CONFIG)
    assert set(watch.noted("front", camera(10.0), CONFIG).cameras) == {"front", "back"}
    assert set(watch.noted("front", camera(10.1), CONFIG).cameras) == {"front"}


def test_what_a_camera_can_see_is_never_left():
    far = camera(0.0, reach_m=30.0)
    assert return_m(CONFIG, far.reach_m) == 30.0 + BEYOND_M
    watch = Watch().noted("front", far, CONFIG)
    for stamp_s in (0.0, 20.0):
        watch, left = checked(watch, stamp_s, 30.0 + BEYOND_M, 33.0)
    assert left == [2]


def test_a_clock_that_is_set_back_begins_anew():
    watch = Watch().noted("front", camera(1000.0), CONFIG)
    watch, _ = checked(watch, 1000.0, 9.0)
    assert not watch.is_due(round(999.5 * S), CONFIG)  # late
    assert watch.is_due(1 * S, CONFIG)
    watch = watch.noted("front", camera(1.0), CONFIG)
    for stamp_s, wanted in ((1.0, []), (10.9, []), (11.0, [1])):
        watch, left = checked(watch, stamp_s, 9.0)
        assert left == wanted


def test_it_looks_once_a_second_or_as_often_as_things_leave():
    for leave_s, due_s in ((10.0, 1.0), (0.25, 0.25), (0.0, 0.0)):
        config = LongTermConfig(leave_s=leave_s)
        watch, _ = checked(Watch(), 100.0, config=config)
        assert watch.is_due(round((100.0 + due_s) * S), config)
        assert due_s == 0 or not watch.is_due(round((100.0 + due_s - 0.1) * S), config)


# its bytes


def test_loaded_it_is_the_same():
    room = LongTerm(CONFIG)
    room.park([parked(4), parked(2), parked(9)])
    room.recall([2, 77])
    room.forget([9])
    room.note("front", camera(1.0, 3.0))
    center = np.array([[50.0, 0.0, 0.0]] * 2)
    room.left(np.array([12, 5]), center, np.ones((2, 3)), S)
    again = LongTerm.load(room.dump(), read)
    assert again.dump() == room.dump()
    assert again.view().counts == {"long_term": 2, "forgotten": 1}
    assert again.config == CONFIG
    assert again.about(np.zeros(3), 1.0) == [2, 4]
    assert again.left(np.array([5, 12]), center, np.ones((2, 3)), 11 * S) == [5, 12]
    assert LongTerm.load(LongTerm(CONFIG).dump(), read).dump() == LongTerm(CONFIG).dump()


@pytest.mark.parametrize("at", range(0, 200, 7))
def test_damaged_bytes_are_refused(at):
    room = LongTerm(CONFIG)
    room.park([parked(4), parked(2)])
    data = bytearray(room.dump())
    data[at % len(data)] ^= 1
    with pytest.raises(InputError):
        LongTerm.load(bytes(data), read)


def test_objects_out_of_order_are_refused():
    room = LongTerm(CONFIG)
    room.park([parked(4), parked(2)])
    with pytest.raises(InputError, match="not by id"):
        LongTerm.load(room.dump(), lambda one: parked(6 - int(one)))

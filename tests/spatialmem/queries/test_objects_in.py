"""What is in a room, in a region, or on or in another object."""

import re

import numpy as np
import pytest
from watched_table import FRIDGE, MUG, Table, moved

from spatialmem import Box, QueryError, SpatialMemory, Unknown, UnknownLabel


@pytest.fixture(scope="module")
def home():
    pytest.importorskip("pybullet")
    from toured_home import toured_home

    return toured_home()


def names(answer):
    assert not isinstance(answer, Unknown), answer
    return sorted(one.name.rsplit("-", 1)[0] for one in answer)


LIVING = ["book", "bowl", "box", "chair", "mug", "table"]


def test_in_a_room_by_itself_its_name_and_its_label(home):
    kitchen = next(room for room in home.rooms() if room.label == "kitchen")
    other = home.room_of("table-1")
    for asked in (kitchen, kitchen.name, "kitchen"):
        assert names(home.objects(in_=asked)) == ["bottle", "counter", "fridge"]
    assert names(home.objects(in_=other)) == LIVING
    assert names(home.objects("mug", in_=other)) == ["mug"]
    assert home.objects("mug", in_=kitchen) == ()
    assert names(home.view().objects(in_=other, confirmed=False, missing=True)) >= LIVING
    every = [one.id for room in home.rooms() for one in home.objects(in_=room)]
    assert sorted(every) == [one.id for one in home.objects()]


def test_a_label_is_that_of_every_room_that_has_it(home):
    rooms = [room for room in home.rooms() if room.label == "room"]
    assert len(rooms) == 2
    assert names(home.objects(in_="room")) == LIVING


def test_in_a_region(home):
    (table,) = home.objects("table")
    low, high = table.center_W - np.array([1.0, 1.0, 0.1]), table.center_W + np.ones(3)
    for asked in ((low, high), [low.tolist(), high.tolist()], Box(low[None], high[None])):
        found = home.objects(in_=asked)
        assert {"mug", "bowl", "book"} <= set(names(found))
        assert all(((one.center_W >= low) & (one.center_W <= high)).all() for one in found)
    apart = Box(np.array([low, [0.0, 0.0, 0.0]]), np.array([high, [1.0, 4.0, 2.0]]))
    assert {"mug", "counter"} <= set(names(home.objects(in_=apart)))
    assert home.objects(in_=(table.center_W, table.center_W)) == (table,)  # edges included
    assert home.objects(in_=((50, 50, 0), (51, 51, 1))) == ()


def test_on_and_in_an_object_and_on_and_in_that():
    made = Table(SpatialMemory(), {"mug": MUG, "fridge": FRIDGE, "cup": moved(MUG, dy=0.2)})
    made.watch(8)
    made.act("placed_in", 1, 3)
    memory = made.memory
    assert names(memory.objects(in_="table-4")) == ["cup", "fridge", "mug"]
    assert names(memory.objects(in_=3)) == ["mug"]
    assert names(memory.objects(in_="cup")) == ["mug"]
    assert memory.objects(in_="mug-1") == ()
    del made.things["mug"], made.things["cup"]
    made.watch(6)
    assert names(memory.objects(in_="table", missing=True)) == ["fridge"]


def test_what_is_no_place(home):
    for wrong in (
        "kitchn",
        "mug-1-2",
        "",
        (1, 2),
        ((0, 0, 0),),
        ((1, 0, 0), (0, 1, 1)),
        ((0, 0, 0), (0, 0, np.nan)),
        1.5,
    ):
        with pytest.raises(QueryError, match=re.escape(f"in_ is {wrong!r}")):
            home.objects(in_=wrong)
    with pytest.raises(QueryError, match="Did you mean 'kitchen-"):
        home.objects(in_="kitchen-1x")
    with pytest.raises(QueryError, match="object 1 is table-1"):
        home.objects(in_="mug-1")
    with pytest.raises(UnknownLabel):
        home.objects("dragon", in_="kitchen")
    assert home.objects(in_=777) == Unknown("object 777 is not remembered here")


def test_a_room_that_is_no_more(home):
    from dataclasses import replace

    gone = replace(home.rooms()[0], id=999_999)
    assert home.objects(in_=gone) == Unknown("kitchen-999999 is not a room of its own any more")

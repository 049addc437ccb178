"""What a room is for: by what is in it, whoever named it; "room" where that tells nothing clearly."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import DATA

from spatialmem.queries.room_names import FURNITURE, KINDS, ROOM, ROOMS_OF_A_KIND, THINGS, room_label

NAMES = sorted({word for table in (FURNITURE, THINGS) for word in re.findall("[a-z]+", table)})


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["fridge", "counter", "stove", "table", "chair"], "kitchen"),
        (["CounterTop", "SinkBasin", "Faucet", "Microwave", "Mug"], "kitchen"),
        (["refrigerator", "oven", "chair"], "kitchen"),
        (["sofa", "tv_stand", "table", "armchair", "plant", "cup"], "living-room"),
        (["couch", "tvmonitor", "remote"], "living-room"),
        (["bed", "nightstand", "wardrobe", "desk", "chair"], "bedroom"),
        (["Bed", "AlarmClock", "Laptop", "Pillow"], "bedroom"),
        (["toilet", "washbasin", "bathtub", "shelf", "candle"], "bathroom"),
        (["Sink", "ToiletPaper", "SoapBar", "CounterTop"], "bathroom"),
        (["tvmonitor", "keyboard", "mouse", "chair", "laptop"], "office"),
        (["bench", "wardrobe", "shoe"], "hall"),
    ],
)
def test_furniture_tells_what_a_room_is_for(labels, kind):
    label, p = room_label(labels)
    assert label == kind
    assert 0.6 < p <= 1


@pytest.mark.parametrize("labels", [[], ["giraffe", "widget-9", ""], ["chair"], ["cup"], ["sink"], ["fridge", "sofa"]])
def test_what_could_be_anywhere_tells_nothing(labels):
    assert room_label(labels) == (ROOM, 1.0)


def test_a_cup_beside_the_bed_makes_no_kitchen_of_it():
    dishes = ["cup", "plate", "bowl", "fork", "bottle", "apple"]
    assert room_label(["bed", "nightstand"])[0] == room_label(["bed", "nightstand", *dishes])[0] == "bedroom"


def test_more_of_the_same_tells_nothing_new():
    assert room_label(["desk"] * 40) == room_label(["desk"])


def test_another_name_for_the_same_is_the_same():
    assert room_label(["TVStand", "Sofa"]) == room_label(["tv_stand", "couch"]) == room_label(["tv stand", "SOFA"])


@given(labels=st.lists(st.sampled_from([*NAMES, "giraffe", "Ünknöwn\n"]), max_size=30), random=st.randoms())
def test_the_order_of_the_labels_does_not_matter(labels, random):
    mixed = list(labels)
    random.shuffle(mixed)
    label, p = room_label(labels)
    assert room_label(mixed) == (label, p)
    assert (label in KINDS and 0.6 < p <= 1) or (label, p) == (ROOM, 1.0)


def test_the_table_is_sound():
    lines = [line for table in (FURNITURE, THINGS) for line in table.strip().splitlines()]
    names = [word for line in lines for word in re.findall("[a-z]+", line)]
    assert len(names) == len(set(names))
    for line in lines:
        counts = [int(word) for word in re.findall(r"\d+", line)]
        assert len(counts) == len(KINDS)
        assert 0 < max(counts) <= ROOMS_OF_A_KIND
        assert min(counts) >= 0


def test_the_table_counts_the_rooms_of_alfred():
    paths = sorted((DATA / "alfred" / "layouts").glob("FloorPlan*-objects.json"))
    if not paths:
        pytest.skip(f"ALFRED's layouts are not under {DATA}; set SPATIALMEM_DATA to the folder that holds alfred/")
    rooms = []
    for path in paths:
        number = int(re.findall(r"\d+", path.name)[0])  # 1-30 are kitchens, 201-230 living rooms, ...
        rooms.append(
            (max(number // 100 - 1, 0), {re.sub("[^a-z]", "", one.lower()) for one in json.loads(path.read_text())})
        )
    every = set().union(*(names for _, names in rooms))
    for line in (FURNITURE + THINGS).strip().split("\n"):
        names, counts = set(re.findall("[a-z]+", line)), [int(word) for word in re.findall(r"\d+", line)]
        if names & every:
            assert counts[:4] == [sum(kind == k and bool(names & has) for k, has in rooms) for kind in range(4)], line


def test_the_names_of_coco_that_belong_to_a_kind_of_room_are_known():
    known = set(NAMES)
    path = DATA / "models" / "coco.names"
    if not path.exists():
        pytest.skip(f"COCO's names are not under {DATA}; set SPATIALMEM_DATA to the folder that holds models/")
    names = [re.sub("[^a-z]", "", name.lower()) for name in path.read_text().split("\n") if name.strip()]
    outdoors = names[: names.index("bench")]  # person to parking meter
    missing = [name for name in names if name not in known and name not in outdoors]
    assert set(missing) <= {
        "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe",
        "frisbee", "skis", "snowboard", "kite", "surfboard",
    }  # fmt: skip

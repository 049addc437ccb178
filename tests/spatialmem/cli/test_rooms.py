"""`spatialmem rooms`: which rooms there are, and what is in them."""

import pytest

from spatialmem import SpatialMemory


@pytest.fixture(scope="module")
def kept(flat):
    return SpatialMemory.open(flat, read_only=True).view()


def test_rooms_are_told_as_the_library_knows_them(flat, kept, spatialmem):
    told = spatialmem("rooms", flat, "--json").json
    assert (told["unknown"], told["last_stamp_ns"]) == (False, kept.stamp_ns)
    assert [room["name"] for room in told["rooms"]] == ["kitchen-1", "bedroom-9"]
    for document, room in zip(told["rooms"], kept.rooms(), strict=True):
        assert document["area_m2"] == pytest.approx(room.area_m2, abs=1e-3)
        assert document["area_m2"] == pytest.approx(15.8, rel=0.15)  # 3.95 m by 4 m
        assert (document["id"], document["label"], document["label_p"]) == (room.id, room.label, round(room.label_p, 4))
        assert document["places"] == len(room.place_ids) > 20
        assert document["p_W_m"] == [round(float(c), 4) for c in room.p_W]
    assert [room["neighbours"] for room in told["rooms"]] == [["bedroom-9"], ["kitchen-1"]]
    assert told["rooms"][0]["objects"] == {"fridge": 1, "mug": 1, "oven": 1, "table": 1}
    assert told["rooms"][1]["objects"] == {"bed": 1, "wardrobe": 1}


def test_rooms_are_a_table(flat, kept, spatialmem):
    lines = spatialmem("rooms", flat).out.splitlines()
    assert len(lines) == 3
    kitchen, _ = kept.rooms()
    assert lines[1].split()[:4] == ["kitchen-1", "100", "%", f"{kitchen.area_m2:.1f}"]
    assert lines[1].endswith("bedroom-9  1 fridge, 1 mug, 1 oven, 1 table")


def test_no_room_is_an_answer(gone, spatialmem):
    """Its floor was seen over a table only: nobody has room there."""
    answer = spatialmem("rooms", gone, "--json")
    assert (answer.code, answer.json["unknown"], answer.json["rooms"]) == (0, True, [])
    assert "none are known" in spatialmem("rooms", gone).out

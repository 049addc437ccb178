"""`spatialmem objects --in`: what is in a room, and on or in a thing."""

import pytest


@pytest.mark.parametrize(
    ("within", "names"),
    [
        ("kitchen", ["oven-2", "fridge-3", "table-4", "mug-5"]),
        ("bedroom-9", ["bed-1", "wardrobe-6"]),
        ("table-4", ["mug-5"]),
        ("4", ["mug-5"]),
        ("bed-1", []),
    ],
)
def test_objects_in_something_are_listed(flat, spatialmem, within, names):
    answer = spatialmem("objects", flat, "--in", within, "--json")
    assert (answer.code, answer.json["unknown"]) == (0, False)
    assert [one["name"] for one in answer.json["objects"]] == names
    text = spatialmem("objects", flat, "--in", within).out
    assert all(name in text for name in names)
    assert f"in {within} " in text


def test_a_label_and_a_room_narrow_it_down(flat, spatialmem):
    told = spatialmem("objects", flat, "--in", "kitchen", "--label", "mug", "--json").json
    assert [one["name"] for one in told["objects"]] == ["mug-5"]
    assert spatialmem("objects", flat, "--in", "bedroom", "--label", "mug", "--json").json["objects"] == []
    assert "nothing is known to be" in spatialmem("objects", flat, "--in", "bedroom", "--label", "mug").out


def test_what_is_not_remembered_any_more_is_not_known(flat, spatialmem):
    answer = spatialmem("objects", flat, "--in", "mug-99", "--json")
    assert (answer.code, answer.json["unknown"], answer.json["objects"]) == (0, True, [])
    assert answer.json["reason"] in spatialmem("objects", flat, "--in", "mug-99").out


@pytest.mark.parametrize(("within", "words"), [("kitchn", "kitchen"), ("bowl-3", "bowl-3"), ("", "--in is empty")])
def test_what_means_nothing_is_one_sentence(flat, spatialmem, within, words):
    answer = spatialmem("objects", flat, "--in", within)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert words in answer.err

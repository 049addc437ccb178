"""`spatialmem route` and `search`: ways by points and names, how they are told and drawn, and honest ignorance."""

import cv2
import numpy as np
import pytest

from spatialmem import SpatialMemory
from spatialmem.cli.ends import end_meant
from spatialmem.errors import InputError
from spatialmem.pictures import style


@pytest.fixture(scope="module")
def kept(flat):
    return SpatialMemory.open(flat, read_only=True).view()


def shows(path, color):
    """How many pixels of a picture have a colour."""
    image = cv2.imread(str(path))
    assert image is not None
    return int((image[..., ::-1] == color).all(axis=2).sum())


def on_floor(tint):
    """The colour that free floor has under a tint."""
    return np.round(np.array(style.FREE) * np.array(tint) / 255).astype(np.uint8)


def test_a_way_is_told_as_the_library_finds_it(flat, kept, spatialmem):
    told = spatialmem("route", flat, 1.6, 2.0, "--json").json
    way = kept.route(None, (1.6, 2.0))
    assert (told["unknown"], told["from"], told["goal"], told["robot_radius_m"]) == (False, None, [1.6, 2.0], 0.3)
    assert told["route"]["length_m"] == round(way.length_m, 3)
    assert 3.9 < told["route"]["length_m"] < 4.6  # (5.4, 2.9) to (1.6, 2.0) through the doorway at (4, 1.95)
    assert told["route"]["clearance_m"] == round(way.clearance_m, 3)
    assert told["route"]["rooms"] == ["bedroom-9", "kitchen-1"]
    assert told["route"]["waypoints_W_m"] == [[round(float(c), 4) for c in point] for point in way.waypoints_W]
    text = spatialmem("route", flat, 1.6, 2.0).out
    assert text.startswith("flat.smem: from where the robot is to (1.6, 2) m\n")
    assert f"length     {way.length_m:.2f} m" in text
    assert f"narrowest  {way.clearance_m:.2f} m" in text
    assert "through    bedroom-9, kitchen-1" in text
    assert "waypoints  5.40 2.90, " in text


def test_the_way_begins_where_it_is_said_to(flat, spatialmem):
    near = spatialmem("route", flat, "--from", 2.6, 2.0, 1.6, 2.0, "--json").json
    assert (near["from"], near["goal"]) == ([2.6, 2.0], [1.6, 2.0])
    assert near["route"]["length_m"] == pytest.approx(1.0, abs=0.1)
    again = spatialmem("route", flat, 1.6, 2.0, "--from", "2.6 2.0 0", "--json").json
    assert again["from"] == [2.6, 2.0, 0.0]
    assert again["route"] == near["route"]


@pytest.mark.parametrize(
    ("arguments", "rooms"),
    [
        (("kitchen-1",), ["bedroom-9", "kitchen-1"]),
        (("bedroom",), ["bedroom-9"]),
        (("mug-5",), ["bedroom-9", "kitchen-1"]),
        (("5",), ["bedroom-9", "kitchen-1"]),
        (("bed-1", "--from", "kitchen"), ["kitchen-1", "bedroom-9"]),
        (("1", "--from", "kitchen-1"), ["kitchen-1", "bedroom-9"]),
    ],
)
def test_ends_have_names(flat, spatialmem, arguments, rooms):
    answer = spatialmem("route", flat, *arguments, "--json")
    assert answer.code == 0
    assert answer.json["route"]["rooms"] == rooms


def test_another_robot_has_another_way(flat, spatialmem):
    """A doorway of 0.9 m is wide enough for a radius of 0.3 m, not for one of 0.6 m."""
    wide = spatialmem("route", flat, 1.6, 2.0, "--robot-radius-m", 0.6, "--json")
    assert (wide.code, wide.json["unknown"], wide.json["route"], wide.json["robot_radius_m"]) == (0, True, None, 0.6)
    small = spatialmem("route", flat, 1.6, 2.0, "--robot-radius-m", 0.1, "--json").json
    usual = spatialmem("route", flat, 1.6, 2.0, "--json").json
    assert small["robot_radius_m"] == 0.1
    assert small["route"]["length_m"] <= usual["route"]["length_m"] + 0.05
    assert small["route"]["clearance_m"] < usual["route"]["clearance_m"] + 0.05


def test_no_way_is_an_answer(flat, spatialmem):
    answer = spatialmem("route", flat, -5, -3, "--json")
    assert (answer.code, answer.json["unknown"], answer.json["route"]) == (0, True, None)
    assert answer.json["goal"] == [-5.0, -3.0]
    assert answer.json["look_next_W_m"][:2] == [-5.0, -3.0]
    text = spatialmem("route", flat, -5, -3).out.splitlines()
    assert text[1].startswith("unknown    (-5.00, -3.00) m, where the way ends, is not floor")
    assert text[2].startswith("look next  at -5.00 -3.00")


def test_the_way_is_drawn(flat, spatialmem, tmp_path):
    path = tmp_path / "way.png"
    told = spatialmem("route", flat, 1.6, 2.0, "--picture", path, "--json").json
    assert told["picture"] == str(path)
    assert shows(path, style.WAY) > 500
    assert shows(path, style.END) > 100
    assert all(shows(path, on_floor(tint)) > 10_000 for tint in style.ROOMS[:2])
    assert f"picture    {path}" in spatialmem("route", flat, 1.6, 2.0, "--picture", path).out
    undrawn = tmp_path / "none.png"
    assert spatialmem("route", flat, -5, -3, "--picture", undrawn, "--json").json["picture"] is None
    assert not undrawn.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument 'GOAL'"),
        (("1.6",), "GOAL is 1.6; a point is X Y"),
        (("1", "nan"), "GOAL is 1 nan"),
        (("",), "GOAL is empty"),
        (("1.6", "2", "--from", ""), "--from is empty"),
        (("1", "2", "3", "4"), "unexpected extra argument"),
        (("kitchn",), "goal is 'kitchn'; give a point"),
        (("1.6", "2.0", "--from", "table-4"), "start is 'table-4'; give a point"),
        (("1.6", "2.0", "--robot-radius-m", "9"), "robot_radius_m is 9.0; this graph is for 0.3 m"),
        (("1.6", "2.0", "--robot-radius-m", "nan"), "robot_radius_m is nan"),
        (("1.6", "2.0", "--robot-radius-m", "0"), "--robot-radius-m 0"),
        (("1.6", "2.0", "--picture", "way.jpg"), "way.jpg"),
        (("--jsn", "1.6", "2.0"), "No such option: --jsn"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(flat, spatialmem, arguments, words):
    answer = spatialmem("route", flat, *arguments)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert words in answer.err


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (" -1.5 2", (-1.5, 2.0)),
        ("1 2 3", (1.0, 2.0, 3.0)),
        ("1e1 .5", (10.0, 0.5)),
        ("7", 7),
        (" kitchen-12 ", "kitchen-12"),
        ("dining table-4", "dining table-4"),
        ("9" * 30, "9" * 30),
    ],
)
def test_an_end_is_a_point_a_number_or_a_name(text, meant):
    assert end_meant(text, "GOAL") == meant


@pytest.mark.parametrize("text", ["1.5", "-3", "1 2 3 4", "inf 2"])
def test_other_numbers_are_no_end(text):
    with pytest.raises(InputError, match="GOAL is"):
        end_meant(text, "GOAL")


def test_a_search_is_told_as_the_library_plans_it(flat, kept, spatialmem):
    told = spatialmem("search", flat, "mug", "--json").json
    plan = kept.search_order("mug")
    assert (told["unknown"], told["exact"], told["label"], told["from"]) == (False, plan.exact, "mug", None)
    assert told["expected_m"] == round(plan.expected_m, 3)
    assert told["p_found"] == round(plan.p_found, 4)
    assert len(told["steps"]) == len(plan.steps) > 0
    for document, step in zip(told["steps"], plan.steps, strict=True):
        assert (document["p"], document["walked_m"]) == (round(step.p, 4), round(step.walked_m, 3))
        assert document["p_W_m"] == [round(float(c), 4) for c in step.p_W]
        assert document["why"] == step.why
    lines = spatialmem("search", flat, "mug").out.splitlines()
    assert lines[1].split()[:3] == ["1", f"{plan.steps[0].p:.2f}", f"{plan.steps[0].walked_m:.1f}"]
    assert lines[1].endswith(plan.steps[0].why)
    assert lines[len(plan.steps) + 2] == "mug, from where the robot is"
    assert lines[len(plan.steps) + 3].startswith(f"expected  {plan.expected_m:.1f} m until it is found")


def test_a_search_begins_where_it_is_said_to(flat, spatialmem):
    near, far = (
        spatialmem("search", flat, "mug", "--from", *start, "--json").json for start in ((1.6, 2.0), (5.4, 2.9))
    )
    assert near["from"] == [1.6, 2.0]
    assert near["expected_m"] < far["expected_m"]


def test_a_search_is_drawn(flat, spatialmem, tmp_path):
    path = tmp_path / "search.png"
    told = spatialmem("search", flat, "mug", "--picture", path, "--json").json
    assert told["picture"] == str(path)
    assert shows(path, style.WAY) > 300


def test_rooms_keep_their_names_for_a_smaller_robot(flat, spatialmem):
    """Its floor has other places, after which rooms are numbered."""
    told = spatialmem("route", flat, "kitchen-1", "--from", "bedroom-9", "--robot-radius-m", 0.1, "--json").json
    assert (told["from"], told["goal"]) == ("bedroom-9", "kitchen-1")
    assert [name.rpartition("-")[0] for name in told["route"]["rooms"]] == ["bedroom", "kitchen"]
    near, far = (
        spatialmem("search", flat, "mug", "--from", room, "--robot-radius-m", 0.1, "--json").json
        for room in ("kitchen-1", "bedroom-9")
    )
    assert near["from"] == "kitchen-1"
    assert near["expected_m"] < far["expected_m"]
    refused = spatialmem("search", flat, "mug", "--robot-radius-m", 9)
    assert (refused.code, "this memory tells clearances up to 1 m" in refused.err) == (2, True)


@pytest.mark.parametrize(("arguments", "words"), [(("mugs",), "Did you mean 'mug'?"), ((), "Missing argument 'LABEL'")])
def test_what_cannot_be_searched_is_one_sentence(flat, spatialmem, arguments, words):
    answer = spatialmem("search", flat, *arguments)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert words in answer.err


def test_pictures_are_drawn_with_the_floor_or_plain(spatialmem, flat, tmp_path):
    for name, options in (("whole", ()), ("plain", ("--plain",))):
        path = tmp_path / f"{name}.png"
        assert spatialmem("picture", flat, "--out", path, "--kind", "map", *options).code == 0
        counts = [shows(path, on_floor(tint)) for tint in style.ROOMS[:2]]
        assert all(count > 10_000 for count in counts) if name == "whole" else counts == [0, 0]

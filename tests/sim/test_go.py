"""`spatialmem go` as a user runs it: where it goes, what it says, and what it refuses."""

import json
import shutil

import pytest

pytest.importorskip("pybullet")

import spatialmem as sm
from spatialmem.cli import main

FLAT = ("--home", "flat", "--mode", "fast")


def ran(arguments, capfd):
    """Run the command line in this process; return its exit code and what it said."""
    capfd.readouterr()
    code = main([str(argument) for argument in arguments])
    return code, *capfd.readouterr()


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """A memory file after a tour of the flat, which ends in the kitchen."""
    path = tmp_path_factory.mktemp("go") / "flat.smem"
    assert main(["sim", *FLAT, "--planner", "tour", "--memory", str(path)]) == 0
    return path


@pytest.fixture
def memory(looked, tmp_path):
    """A copy of it, to go on in."""
    return shutil.copy(looked, tmp_path / "flat.smem")


def test_it_goes_to_a_thing_in_words(memory, tmp_path, capfd):
    picture, record = tmp_path / "way.png", tmp_path / "way.mcap"
    before = sm.SpatialMemory.open(memory, read_only=True)
    (stove,) = before.objects("stove")
    command = ["go", "the", "stove", *FLAT, "--memory", memory, "--picture", picture, "--record", record]
    code, out, err = ran(command, capfd)
    assert code == 0
    assert f"to {stove.name}: " in err
    assert f"At {stove.name}" in err
    for line in (
        "flat\n",
        f"the stove: {stove.name}, ",
        "m from the robot",
        "done ",
        "planning ",
        "way.png",
        "way.mcap",
    ):
        assert line in out
    assert picture.stat().st_size > 10_000
    after = sm.SpatialMemory.open(memory, read_only=True)
    assert len(sm.open_episode(record)) > 10
    far_m = [abs(one.robot.X_WB[:2, 3] - stove.center_W[:2]).max() for one in (after, before) if one.robot is not None]
    assert far_m[0] < min(far_m[1], 1.5)


def test_the_answer_as_json_says_what_became_of_it(memory, capfd):
    code, out, _ = ran(["go", "5.8", "5.0", *FLAT, "--memory", memory, "--json"], capfd)
    answer = json.loads(out)
    assert (code, answer["status"]) == (0, "done")
    goal = answer["goal"]
    assert (goal["kind"], goal["asked"], goal["at_m"]) == ("point", "(5.8, 5) m", [5.8, 5.0])
    assert goal["away_m"] < 0.2
    assert answer["path_length_m"] > 0.3
    assert 0 < answer["step_ms"]["p50"] <= answer["step_ms"]["p99"]
    assert answer["memory"]["inputs"] > 700
    assert answer["replans"] == []


def test_to_see_is_enough_for_what_is_in_view(memory, capfd):
    code, out, _ = ran(["go", "plate", *FLAT, "--memory", memory, "--to", "see", "--json"], capfd)
    answer = json.loads(out)
    assert (code, answer["status"], answer["goal"]["kind"]) == (0, "done", "object")
    assert answer["goal"]["in_view"]


def test_where_no_way_is_known_it_says_so_and_fails(memory, capfd):
    code, out, _ = ran(["go", "-3", "-2.5", *FLAT, "--memory", memory, "--json"], capfd)  # outside, a minus before it
    answer = json.loads(out)
    assert (code, answer["status"]) == (1, "failed")
    assert answer["path_length_m"] < 0.1
    assert "is not floor" in answer["reason"]


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        (["the", "giraffe"], '"giraffe" names nothing here; known are "armchair", '),
        (["the", "mug"], 'say which; "mug" alone is any of them'),
        (["987654"], "987654"),
        (["1", "2", "3", "4"], "a point is X Y"),
        ([""], "GOAL is empty"),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_built(memory, goal, says, capfd):
    code, out, err = ran(["go", *goal, *FLAT, "--memory", memory], capfd)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[-1]
    assert "Building" not in err


def test_a_new_memory_knows_no_goal(capfd):
    code, out, err = ran(["go", "kitchen", *FLAT], capfd)
    assert (code, out) == (2, "")
    assert "this memory is new" in err
    assert "--explore" in err


def test_a_memory_of_another_home_is_refused(memory, capfd):
    code, _, err = ran(["go", "bed", "--seed", 3, "--mode", "fast", "--memory", memory], capfd)
    assert code == 2
    assert "'flat'" in err.splitlines()[-1]
    assert "home-3" in err.splitlines()[-1]


def test_when_the_time_is_up_it_did_not_get_there(memory, capfd):
    code, out, _ = ran(["go", "sofa", *FLAT, "--memory", memory, "--duration-s", 0.5, "--json"], capfd)
    answer = json.loads(out)
    assert (code, answer["status"]) == (1, "going")
    assert answer["simulated_s"] == 0.5

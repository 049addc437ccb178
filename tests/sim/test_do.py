"""`spatialmem do` as a user runs it: what it says, what it refuses. Grasping has its own tests."""

import json
import shutil

import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")
pytest.importorskip("unified_planning")

from spatialmem.cli import main

FLAT = ("--home", "flat")


def ran(arguments, capfd):
    """Run the command line in this process; return its exit code and what it said."""
    capfd.readouterr()
    code = main([str(argument) for argument in arguments])
    return code, *capfd.readouterr()


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """A memory file after a tour of the flat, which ends in the kitchen."""
    path = tmp_path_factory.mktemp("do") / "flat.smem"
    assert main(["sim", *FLAT, "--mode", "fast", "--planner", "tour", "--memory", str(path)]) == 0
    return path


@pytest.fixture
def memory(looked, tmp_path):
    """A copy of it, to go on in."""
    return shutil.copy(looked, tmp_path / "flat.smem")


def test_it_tells_what_became_of_each_order(memory, tmp_path, capfd):
    picture = tmp_path / "done.png"
    orders = "find the stove; open unicorn-99; find the stove"
    code, out, err = ran(["do", orders, *FLAT, "--memory", memory, "--picture", picture], capfd)
    assert code == 1
    for words in ("Find stove-", "Done: find the stove", "Failed: open unicorn-99"):
        assert words in err
    for words in ("and truly", "open unicorn-99: ", "known are ", "m driven", "2 of 3 goals reached", "done.png"):
        assert words in out
    assert picture.stat().st_size > 10_000


def test_the_answer_as_json_has_the_goals_and_what_was_moved(memory, capfd):
    code, out, err = ran(["do", "find the stove", *FLAT, "--moved", "2", "--memory", memory, "--json"], capfd)
    answer = json.loads(out)
    assert (code, answer["status"], len(answer["moved"])) == (0, "done", 2)
    assert err.count("Meanwhile somebody moves ") == 2
    assert {"name", "from", "to"} == set(answer["moved"][0])
    (goal,) = answer["goals"]
    assert (goal["goal"], goal["status"], goal["thing"].split("-")[0]) == ("find the stove", "done", "stove")
    assert goal["seconds"] > 0
    assert goal["calls"][0].startswith("find ")


def test_what_is_moved_may_be_said(memory, tmp_path, capfd):
    picture = tmp_path / "moved.png"
    more = ("--moved", "duck:desk,mug", "--memory", memory, "--picture", picture)
    code, out, err = ran(["do", "find the stove", *FLAT, *more], capfd)
    assert code == 0
    assert "Meanwhile somebody moves duck-1 from shelf-1/top" in err
    for words in ("duck-1, while the robot was away: from shelf-1/top", "desk-1/", "mug-", "goal", "and truly"):
        assert words in out
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize("moved", ["stove", "²"])
def test_what_nobody_can_move_is_refused_before_anything_is_driven(memory, capfd, moved):
    code, out, err = ran(["do", "find the stove", *FLAT, "--moved", moved, "--memory", memory], capfd)
    assert (code, out) == (2, "")
    assert f"can move '{moved}'" in err


def test_what_is_no_order_is_refused_before_anything_is_driven(memory, capfd):
    code, _, err = ran(["do", "dance", *FLAT, "--memory", memory], capfd)
    assert code == 2
    assert "fetch X to Y" in err


def test_a_new_memory_knows_of_nothing(tmp_path, capfd):
    code, _, err = ran(["do", "find the stove", *FLAT, "--memory", tmp_path / "new.smem"], capfd)
    assert code == 2
    assert "--explore" in err

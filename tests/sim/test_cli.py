"""`spatialmem sim` as a user runs it: what it says, what it leaves behind, and that it does the same again."""

import json
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("pybullet")

import spatialmem as sm
from spatialmem.cli import main

TOUR = ("--planner", "tour", "--mode", "fast")


def ran(arguments, capfd):
    """Run the command line in this process; return its exit code and what it said."""
    capfd.readouterr()
    code = main([str(argument) for argument in arguments])
    return code, *capfd.readouterr()


def elsewhere(*arguments):
    """Run the command line in a process of its own and return its JSON answer."""
    code = "import sys; from spatialmem.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "sim", "--planner", "tour", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A few seconds of a tour in the fast mode, in a process of its own, with all that it can leave behind."""
    folder = tmp_path_factory.mktemp("sim")
    files = {name: folder / f"home.{ending}" for name, ending in
             (("record", "mcap"), ("memory", "smem"), ("picture", "png"))}  # fmt: skip
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    return elsewhere("--seed", 3, "--mode", "fast", "--duration-s", 4, "--person", 2, *options), files


def test_it_leaves_a_recording_a_memory_and_a_picture(run):
    answer, files = run
    assert answer["frames"] == 20
    assert answer["inputs"] == {"admitted": 60, "rejected": {}}
    assert answer["truth"]["floor_free"] > 0.9
    assert answer["map"]["leaves"] > 100
    assert all(path.stat().st_size > 10_000 for path in files.values())
    memory = sm.SpatialMemory.open(files["memory"], read_only=True)
    assert memory.durable_seq == 60
    assert memory.view().state_hash() == answer["state_hash"]


def test_the_recording_replays_to_the_same_state(run):
    answer, files = run
    source = sm.open_episode(files["record"])
    assert len(source) == 60
    memory = sm.SpatialMemory(sm.Config(world=source.world))
    for x in source:
        assert memory.observe(x)
    assert memory.view().state_hash() == answer["state_hash"]


@pytest.mark.parametrize(("mode", "duration_s"), [("fast", 4), ("physical", 0.8)])
def test_another_process_makes_the_same_run(run, tmp_path, mode, duration_s):
    if mode == "fast":
        first, files = run
        recorded = files["record"].read_bytes()
    else:
        path = tmp_path / "first.mcap"
        first = elsewhere("--seed", 3, "--mode", mode, "--duration-s", duration_s, "--person", 2, "--record", path)
        recorded = path.read_bytes()
    path = tmp_path / "again.mcap"
    again = elsewhere("--seed", 3, "--mode", mode, "--duration-s", duration_s, "--person", 2, "--record", path)
    assert again["state_hash"] == first["state_hash"]
    assert path.read_bytes() == recorded


def test_another_seed_makes_another_run(run, tmp_path):
    answer = elsewhere("--seed", 4, "--mode", "fast", "--duration-s", 0.5)
    assert answer["home"] != run[0]["home"]
    assert answer["state_hash"] != run[0]["state_hash"]


def test_the_command_line_replays_it_to_the_same_state(run, tmp_path, capfd):
    answer, files = run
    code, out, _ = ran(["replay", files["record"], "--memory", tmp_path / "again.smem", "--json"], capfd)
    assert code == 0
    assert json.loads(out)["state_hash"] == answer["state_hash"]
    _, out, _ = ran(["hash", tmp_path / "again.smem"], capfd)
    assert out.strip() == answer["state_hash"]


def test_a_recording_of_another_world_is_not_mixed_in(run, tmp_path, capfd):
    _, files = run
    other = tmp_path / "other.smem"
    with sm.SpatialMemory.open(other, sm.Config(world="elsewhere")):
        pass
    code, _, err = ran(["replay", files["record"], "--memory", other], capfd)
    assert code == 2
    assert "is of the world 'home-3', the memory of 'elsewhere'" in err


def test_a_recording_is_not_overwritten(run, capfd):
    _, files = run
    before = files["record"].read_bytes()
    code, _, err = ran(["sim", *TOUR, "--seed", 3, "--record", files["record"]], capfd)
    assert code == 2
    assert "exists already" in err
    assert files["record"].read_bytes() == before


def test_what_is_no_memory_file_is_not_called_damaged(run, capfd):
    code, _, err = ran(["hash", run[1]["record"]], capfd)
    assert code == 2
    assert "is not a memory file" in err


def test_a_memory_goes_on_in_the_next_run(run, capfd):
    _, files = run
    code, out, _ = ran(["sim", *TOUR, "--seed", 3, "--duration-s", 0.5, "--memory", files["memory"], "--json"], capfd)
    answer = json.loads(out)
    assert code == 0
    assert answer["inputs"]["rejected"] == {}
    assert answer["memory"]["inputs"] == 60 + answer["inputs"]["admitted"]


def test_the_robot_starts_where_the_memory_left_it(run, tmp_path, capfd):
    memory = tmp_path / "copy.smem"
    ran(["copy", run[1]["memory"], memory], capfd)
    before = sm.SpatialMemory.open(memory, read_only=True).robot
    ran(["sim", *TOUR, "--seed", 3, "--duration-s", 0.1, "--memory", memory], capfd)
    after = sm.SpatialMemory.open(memory, read_only=True).robot
    assert before is not None
    assert after is not None
    assert after.stamp_ns > before.stamp_ns + 3599 * 10**9
    assert np.abs(after.X_WB - before.X_WB).max() < 0.02


def test_it_says_what_it_does_and_nothing_native(tmp_path, capfd):
    code, out, err = ran(["sim", *TOUR, "--seed", 3, "--duration-s", 1.2], capfd)
    assert code == 0
    assert "Building home-3" in err
    assert "stop 1 of" in err
    for word in ("home-3", "tour", "explored", "floor seen", "surface seen", "state hash"):
        assert word in out
    for native in ("pybullet build", "b3Warning", "argv", "startThreads", "numActive"):
        assert native not in out + err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--robot", "roomba"], "there is no robot 'roomba'"),
        (["--home", "flatt"], "or a built-in home: flat"),
        (["--picture", "map.jpg"], "does not end in .png"),
        (["--record", "walk.bag"], ".mcap"),
        (["--pose-noise-m", "-1"], "pose_noise_m"),
        (["--planner", "drift"], "there is no planner 'drift'; there are "),
        (["--gui"], "no window can be opened"),
        (["--duration-s", "inf"], "86400"),
        (["--person", "2", "--schedule", "day.yaml"], "give one of the two"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, says, capfd, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out, err = ran(["sim", *TOUR, "--duration-s", "0.1", *arguments], capfd)
    assert code == 2
    assert out == ""
    assert says in err.splitlines()[-1]
    assert "Traceback" not in err


def test_it_explores_by_what_it_remembers(tmp_path, capfd):
    code, out, err = ran(["sim", "--seed", 3, "--mode", "fast", "--duration-s", 15, "--json"], capfd)
    answer = json.loads(out)
    assert code == 0
    assert answer["stops"] is None
    assert answer["status"] in ("going", "waiting")
    assert answer["path_length_m"] > 0.5
    assert answer["truth"]["explored"] > 0.2
    assert answer["reason"].split()[0].lower() in err.lower()

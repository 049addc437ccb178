"""`spatialmem attach`: a live memory by one file of settings."""

from pathlib import Path

import pytest
import yaml

import spatialmem as sm

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def written(tmp_path):
    """Write a file of settings; return its path."""

    def write(**settings):
        path = tmp_path / "attach.yaml"
        path.write_text(yaml.safe_dump({"status_s": 0.2, **settings}))
        return path

    return write


def test_a_recording_is_taken_in_live_and_accounted_for(spatialmem, written, tmp_path):
    file = tmp_path / "home.smem"
    walk = {"episode": "synthetic", "speed": 20.0}
    answer = spatialmem("attach", written(memory=str(file), sources={"walk": walk}, live={"queue_max": 128}), "--json")
    assert answer.code == 0
    told = answer.json
    walk = told["sources"]["walk/camera"]
    assert walk["sent"] == walk["acknowledged"] == walk["admitted"] == told["admitted"] == 120
    assert told["ticks"] > 10
    assert "walk" in answer.err
    for said in ("map ", " of 1024 MiB", "long-term 0.0 of 256 MiB", "journal ", "pictures 0.0 of 256 MiB", "file "):
        assert said in answer.err
    assert told["budgets_mib"]["journal"]["budget"] == 4096
    assert 0 < told["budgets_mib"]["journal"]["taken"] < told["file_bytes"] / 2**20
    memory = sm.SpatialMemory.open(file, read_only=True)
    assert memory.view().state_hash() == told["state_hash"]


def test_it_ends_after_so_many_seconds_and_says_what_was_rejected(spatialmem, written):
    settings = {"world": "kitchen"}
    source = {"python": "live_inputs:of_another_world", "call": True}
    answer = spatialmem("attach", written(sources={"odd": source}, settings=settings), "--seconds", "1")
    assert answer.code == 1
    assert "other_world" in answer.out
    assert "STALE" in answer.out


def test_what_failed_is_told_at_the_end(spatialmem, written):
    source = {"python": "live_inputs:unplugged", "call": True}
    answer = spatialmem("attach", written(sources={"odd": source}), "--seconds", "1")
    assert answer.code == 1
    assert "odd: OSError: unplugged" in answer.out


def test_a_source_of_ones_own_stands_beside_its_settings(spatialmem, written):
    path = written(sources={"own": {"python": "beside_the_settings:walk", "call": True}})
    lines = "import spatialmem as sm", "def walk():", "    return sm.open_episode('synthetic')"
    path.with_name("beside_the_settings.py").write_text("\n".join(lines))
    answer = spatialmem("attach", path, "--seconds", "1")
    assert answer.code == 0, answer.err


def test_whoever_is_driven_nowhere_fails(spatialmem, written):
    pytest.importorskip("pybullet")
    home = {"simulation": "flat", "planner": "go:giraffe", "robot": "differential", "speed": 5.0}
    settings = {"graph": {"robot_radius_m": 0.27}}
    answer = spatialmem("attach", written(sources={"home": home}, settings=settings), "--seconds", "20", "--json")
    assert answer.code == 1
    assert answer.json["driven"]["home"]["status"] == "failed"
    assert answer.json["driving_ms"]["p50"] > 0.0
    assert "giraffe" in answer.json["driven"]["home"]["doing"]


GOOD = {"walk": {"episode": "synthetic"}}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "sources"),
        ({"sources": {}}, "sources"),
        ({"sources": {"walk": {"episod": "x"}}}, "sources.walk must have one of"),
        ({"sources": GOOD, "live": {"queue_max": 0}}, "live.queue_max is 0"),
        (
            {"sources": {"walk": {"episode": "synthetic"}}, "settings": {"octree": {"voxel_size": 1}}},
            "settings.octree.voxel_size",
        ),
        (
            {"sources": GOOD, "settings": {"shortterm": {"policy": "lifo"}}},
            "no replacement policy is called 'lifo'; allowed: adjacent-merge, fifo",
        ),
        ({"sources": GOOD, "settings": {"octree": {"budget_mib": 0}}}, "settings.octree.budget_mib is 0"),
        ({"sources": GOOD, "settings": {"longterm": {"budget_mib": "much"}}}, "settings.longterm.budget_mib is 'much'"),
        ({"sources": GOOD, "settings": {"store": {"budget_mib": 5}}}, "journal_budget_mib"),
        ({"sources": GOOD, "settings": {"budget_mib": 5}}, "unknown setting 'settings.budget_mib'; allowed here: "),
        ({"sources": GOOD, "detectors": ["nobody"]}, "there is no detector 'nobody'"),
        ({"sources": GOOD, "tick": 5}, "unknown setting 'tick'"),
    ],
)
def test_bad_settings_are_one_sentence(spatialmem, written, settings, said):
    answer = spatialmem("attach", written(**settings))
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_the_file_beside_it_is_good(spatialmem, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    answer = spatialmem("attach", ROOT / "launch" / "attach.yaml", "--seconds", "0.5", "--json")
    assert answer.code == 0
    assert answer.json["sources"]["walk/camera"]["admitted"] > 0

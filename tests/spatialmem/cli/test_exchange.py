"""`export` and `import`: maps to and from files of others, as a user has them."""

import json
import signal

import cv2
import octomap
import plyfile
import pytest
import yaml

from spatialmem import read_octomap
from spatialmem.cli.map_words import map_figures
from spatialmem.episodes.synthetic import SyntheticRoom

SOURCE = ("synthetic", "--limit", "8")
MAP_KEYS = ["voxel_size_m", "leaves", "roots", "mib", "bounds_m", "occupied_m3", "free_m3"]


@pytest.fixture(scope="module")
def room_file(tmp_path_factory):
    """An OctoMap file of the built-in room, written by the command line."""
    from spatialmem.cli import main

    path = tmp_path_factory.mktemp("room") / "room.ot"
    assert main(["export", *SOURCE[:1], str(path), *SOURCE[1:], "--voxel-size-m", "0.1", "--json"]) == 0
    return path


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("room.bt", "OctoMap tree of"),
        ("room.ot", "OctoMap tree of"),
        ("room.ply", "surface of"),
        ("room.yaml", "Nav2 map, "),
        ("room.octree", "state of"),
    ],
)
def test_an_episode_becomes_any_file(spatialmem, tmp_path, name, contents):
    answer = spatialmem("export", "synthetic", tmp_path / name, "--limit", 8, "--json")
    assert answer.code == 0, answer.err
    assert list(answer.json) == ["source", "frames", "map", "contents", "written", "interrupted"]
    assert answer.json["frames"] == {"played": 8, "admitted": 8, "rejected": {}}
    assert answer.json["contents"].startswith(contents)
    assert list(answer.json["map"]) == MAP_KEYS
    written = {entry["path"]: entry["bytes"] for entry in answer.json["written"]}
    assert {str(path): path.stat().st_size for path in tmp_path.iterdir()} == written


def test_octomap_reads_what_was_exported(room_file):
    tree = octomap.OcTree.read(str(room_file).encode())
    assert tree.getResolution() == 0.1
    assert tree.getNumLeafNodes() > 100


def test_a_map_file_is_exported_again(spatialmem, tmp_path, room_file):
    """.ot -> .octree -> .ot: the same bytes."""
    assert spatialmem("export", room_file, tmp_path / "a.octree").code == 0
    answer = spatialmem("export", tmp_path / "a.octree", tmp_path / "b.ot", "--json")
    assert answer.json["frames"] is None
    assert (tmp_path / "b.ot").read_bytes() == room_file.read_bytes()


def test_the_state_of_an_episode_is_read_back(spatialmem, tmp_path):
    first = spatialmem("export", "synthetic", tmp_path / "a.octree", "--limit", 8, "--json")
    again = spatialmem("import", tmp_path / "a.octree", "--json")
    assert again.code == 0, again.err
    assert again.json["map"] == first.json["map"]


def test_a_mesh_has_faces(spatialmem, tmp_path, room_file):
    answer = spatialmem("export", room_file, tmp_path / "a.ply", "--mesh")
    assert answer.code == 0
    file = plyfile.PlyData.read(tmp_path / "a.ply")
    assert len(file["face"].data) > 100
    assert f"mesh of {len(file['vertex'].data)} vertices" in answer.out


def test_the_band_and_the_radius_reach_the_nav2_map(spatialmem, tmp_path, room_file):
    free = {}
    for name, options in {
        "plain": (),
        "wide": ("--robot-radius-m", 0.35),
        "high": ("--floor-z-m", 0, "--band-min-m", 1.5, "--band-max-m", 1.6),
    }.items():
        answer = spatialmem("export", room_file, tmp_path / f"{name}.yaml", *options)
        assert answer.code == 0, answer.err
        image = cv2.imread(str(tmp_path / f"{name}.pgm"), cv2.IMREAD_UNCHANGED)
        assert yaml.safe_load((tmp_path / f"{name}.yaml").read_text())["resolution"] == 0.1
        free[name] = int((image == 254).sum())
    assert free["wide"] < free["plain"]
    assert free["high"] != free["plain"]
    assert "Nav2 map, 1.5 to 1.6 m above the floor at 0.00 m" in answer.out


def test_import_says_what_a_file_holds(spatialmem, tmp_path, room_file):
    answer = spatialmem("import", room_file, "--out", tmp_path / "a.octree", "--picture", tmp_path / "a.png", "--json")
    assert answer.code == 0, answer.err
    assert list(answer.json) == ["source", "map", "kept", "picture"]
    assert answer.json["map"] == json.loads(json.dumps(map_figures(read_octomap(room_file))))
    assert cv2.imread(str(tmp_path / "a.png")) is not None
    again = spatialmem("import", tmp_path / "a.octree")
    assert again.code == 0
    for name in ("map  ", "known space", "volume"):
        assert name in again.out
    assert "voxels of 10 cm" in again.out


def test_the_settings_reach_the_map(spatialmem, tmp_path, room_file):
    (tmp_path / "small.yaml").write_text("octree: {budget_mib: 1, voxel_size_m: 0.02}\n")
    answer = spatialmem("export", "synthetic", tmp_path / "a.bt", "--config", tmp_path / "small.yaml", "--limit", 3)
    assert answer.code == 1, "no frame fits into so small a budget"
    assert "No frame was admitted" in answer.err
    assert "was not written" in answer.err
    assert not (tmp_path / "a.bt").exists()


def test_an_interrupted_walk_is_not_written(spatialmem, tmp_path, monkeypatch):
    class Interrupted(SyntheticRoom):
        def __iter__(self):
            for index, frame in enumerate(super().__iter__()):
                if index == 2:
                    signal.raise_signal(signal.SIGINT)
                yield frame

    monkeypatch.setattr("spatialmem.episodes.prefetch.prefetch", iter)
    monkeypatch.setattr("spatialmem.cli.map_source.open_episode", lambda path, world: Interrupted(world=world))
    answer = spatialmem("export", "synthetic", tmp_path / "a.bt", "--json")
    assert answer.code == 130
    assert answer.json["interrupted"] is True
    assert answer.json["written"] == []
    assert "Interrupted after 3 of 120 frames" in answer.err
    assert list(tmp_path.iterdir()) == []


BAD_INPUT = [
    (["export", "nowhere", "a.bt"], "nowhere does not exist"),
    (["export", "nowhere.bt", "a.ot"], "nowhere.bt, byte 0: expected a map file, nothing is there"),
    (["export", "broken.bt", "a.ot"], "broken.bt, byte 0: expected the line"),
    (["export", "broken.octree", "a.ot"], "broken.octree, byte 0: expected the state of an octree"),
    (["export", "room.ot", "a.txt"], "does not end in .bt, .ot, .ply, .yaml, .octree"),
    (["export", "room.ot", "folder.bt"], "is a folder"),
    (["export", "room.ot", "missing/a.bt"], "does not exist"),
    (["export", "room.ot", "folder.yaml"], "folder.pgm' is a folder"),
    (["export", "room.ot", "a.bt", "--mesh"], "--mesh is for .ply"),
    (["export", "room.ot", "a.bt", "--robot-radius-m", "1"], "--robot-radius-m is for .yaml"),
    (["export", "room.ot", "a.ply", "--band-min-m", "1"], "--band-min-m is for .yaml"),
    (["export", "room.ot", "a.yaml", "--robot-radius-m", "-1"], "--robot-radius-m is -1"),
    (["export", "room.ot", "a.yaml", "--robot-radius-m", "nan"], "--robot-radius-m is nan"),
    (["export", "room.ot", "a.yaml", "--band-min-m", "2", "--band-max-m", "1"], "--band-min-m must be the lower"),
    (["export", "room.ot", "a.yaml", "--floor-z-m", "500"], "nothing is known between"),
    (["export", "room.ot", "a.bt", "--limit", "3"], "--limit is for an episode"),
    (["export", "room.ot", "a.bt", "--range-max-m", "3"], "--range-max-m is for an episode"),
    (["export", "room.ot", "a.bt", "--voxel-size-m", "0.2"], "--voxel-size-m is 0.2"),
    (["import", "nowhere"], "does not end in .bt, .ot, .octree"),
    (["import", "nowhere.ot"], "nothing is there"),
    (["import", "folder.bt"], "this is a folder"),
    (["import", "empty.bt"], "empty.bt, byte 0: expected an OctoMap file, it is empty"),
    (["import", "room.ot", "--out", "a.bt"], "does not end in .octree"),
    (["import", "room.ot", "--picture", "a.jpg"], "does not end in .png"),
    (["import", "nothing.bt", "--picture", "a.png"], "nothing to draw"),
    (["import", "room.ot", "--config", "missing.yaml"], "missing.yaml"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_INPUT, ids=lambda value: " ".join(value) if value else "")
def test_bad_input_is_one_sentence(spatialmem, tmp_path, monkeypatch, room_file, arguments, words):
    monkeypatch.chdir(tmp_path)
    for folder in ("folder.bt", "folder.pgm"):
        (tmp_path / folder).mkdir()
    (tmp_path / "room.ot").write_bytes(room_file.read_bytes())
    (tmp_path / "broken.bt").write_bytes(b"OctoMap")
    (tmp_path / "broken.octree").write_bytes(b"smoctree")
    (tmp_path / "empty.bt").write_bytes(b"")
    (tmp_path / "nothing.bt").write_bytes(b"# Octomap OcTree binary file\nid OcTree\nsize 0\nres 0.1\ndata\n")
    before = sorted(tmp_path.iterdir())
    answer = spatialmem(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert words in answer.err
    assert "Traceback" not in answer.err
    assert answer.err.splitlines()[-1].startswith("spatialmem: ")
    assert sorted(tmp_path.iterdir()) == before
    document = spatialmem(*arguments, "--json")
    assert document.json["exit_code"] == 2
    assert words in document.json["error"]


def test_the_same_voxel_size_may_be_named(spatialmem, tmp_path, room_file):
    assert spatialmem("export", room_file, tmp_path / "a.bt", "--voxel-size-m", 0.1).code == 0

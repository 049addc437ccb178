"""`verify`, `recover`, `compact`, `copy`, `info`, `hash`, and `export` of a memory file: answers and exit codes."""

import apsw
import pytest

from spatialmem import Config, SpatialMemory
from spatialmem.episodes.synthetic import SyntheticRoom
from spatialmem.store.rows import with_crc
from spatialmem.store.schema import FORMAT, TABLES

COUNT = 6
COMMANDS = ("verify", "recover", "compact", "copy", "info", "hash", "replay", "export")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a memory file, and the hash of its state."""
    path = tmp_path_factory.mktemp("whole") / "a.smem"
    with SpatialMemory.open(path, Config()) as memory:
        for frame in list(SyntheticRoom())[:COUNT]:
            assert memory.observe(frame)
        found = memory.state_hash()
    return path.read_bytes(), found


@pytest.fixture
def path(whole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.smem").write_bytes(whole[0])
    return tmp_path / "a.smem"


def run_sql(path, *statements):
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(statement)
    connection.close()


def arguments_of(command, name):
    out = {"recover": ["out.smem"], "copy": ["out.smem"], "export": ["out.bt"]}
    return [command, name, *out.get(command, [])]


def test_verify_a_whole_file(spatialmem, path):
    answer = spatialmem("verify", path, "--json")
    assert answer.code == 0
    assert (answer.json["whole"], answer.json["problems"], answer.json["inputs"]) == (True, [], COUNT)
    assert answer.json["rows_read"] > COUNT
    text = spatialmem("verify", path)
    assert (text.code, text.err) == (0, "")
    assert f"is whole: {COUNT} inputs" in text.out


def test_verify_lists_what_is_damaged(spatialmem, path):
    run_sql(path, "UPDATE journal SET source = 'other' WHERE seq = 3", "UPDATE checkpoint SET state = x'00'")
    before = path.read_bytes()
    answer = spatialmem("verify", path, "--json")
    assert answer.code == 1
    assert answer.json["whole"] is False
    text = spatialmem("verify", path)
    assert text.code == 1
    for problem in answer.json["problems"]:
        assert problem in text.out
    assert any("checkpoint" in problem for problem in answer.json["problems"])
    assert "spatialmem recover" in text.err
    assert path.read_bytes() == before


def test_recover_everything(spatialmem, path, whole):
    answer = spatialmem("recover", path, "out.smem", "--json")
    assert answer.code == 0
    assert (answer.json["written"], answer.json["inputs"], answer.json["losses"]) == ("out.smem", COUNT, [])
    assert spatialmem("hash", "out.smem").out.strip() == whole[1]
    assert "has everything of" in spatialmem("recover", path, "again.smem").out


def test_recover_with_losses(spatialmem, path):
    run_sql(path, "DELETE FROM checkpoint", "UPDATE journal SET source = 'other' WHERE seq = 4")
    answer = spatialmem("recover", path, "out.smem", "--json")
    assert answer.code == 3
    assert answer.json["inputs"] == 3
    assert answer.json["losses"]
    assert spatialmem("verify", "out.smem").code == 0
    assert spatialmem("replay", "out.smem").code == 0
    text = spatialmem("recover", path, "again.smem")
    assert text.code == 3
    for loss in answer.json["losses"]:
        assert loss in text.out
    assert (
        spatialmem("replay", "synthetic", "--memory", "out.smem", "--limit", COUNT, "--json").json["memory"][
            "inputs_before"
        ]
        == 3
    )


@pytest.mark.parametrize("content", [b"", b"no memory" * 1000])
def test_recover_nothing(spatialmem, path, content):
    path.write_bytes(content)
    answer = spatialmem("recover", path, "out.smem", "--json")
    assert answer.code == 1
    assert (answer.json["written"], answer.json["inputs"]) == (None, 0)
    assert answer.json["losses"]
    assert "Nothing of" in spatialmem("recover", path, "out.smem").out
    assert [p.name for p in path.parent.iterdir()] == ["a.smem"]


def test_compact(spatialmem, path, whole):
    run_sql(path, "CREATE TABLE filler(x)", "INSERT INTO filler VALUES (zeroblob(500000))", "DROP TABLE filler")
    before = path.stat().st_size
    answer = spatialmem("compact", path, "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["bytes_before"], answer.json["bytes"]) == (before, path.stat().st_size)
    assert path.stat().st_size < before - 400000
    assert spatialmem("hash", path).out.strip() == whole[1]
    assert "it had" in spatialmem("compact", path).out


def test_copy_while_it_is_written(spatialmem, path, whole):
    with SpatialMemory.open(path) as memory:
        answer = spatialmem("copy", path, "out.smem", "--json")
        memory.observe(list(SyntheticRoom())[COUNT])
    assert answer.code == 0, answer.err
    assert (answer.json["inputs"], answer.json["written"]) == (COUNT, "out.smem")
    assert spatialmem("hash", "out.smem").out.strip() == whole[1] != spatialmem("hash", path).out.strip()
    assert f"after input {COUNT + 1}," in spatialmem("copy", path, "later.smem").out


def test_info(spatialmem, path):
    answer = spatialmem("info", path, "--json")
    assert answer.code == 0
    told = answer.json
    assert (told["world"], told["inputs"], told["format"], told["checkpoint"]) == ("world", COUNT, FORMAT, COUNT)
    assert told["rows"]["journal"] == COUNT
    assert told["config"]["octree"]["voxel_size_m"] == 0.05
    assert told["file_bytes"] == path.stat().st_size
    text = spatialmem("info", path).out
    for words in ("world", f"1 to {COUNT}, 0.5 s", "after input", "5 cm", "journal 6"):
        assert words in text


def test_hash(spatialmem, path, whole):
    assert spatialmem("hash", path).out == whole[1] + "\n"
    assert spatialmem("hash", path, "--json").json == {"file": str(path), "inputs": COUNT, "state_hash": whole[1]}
    assert spatialmem("hash", path, "--until", COUNT).out == whole[1] + "\n"
    prefix = SpatialMemory(Config())
    for frame in list(SyntheticRoom())[:2]:
        prefix.observe(frame)
    assert spatialmem("hash", path, "--until", 2, "--json").json["state_hash"] == prefix.state_hash()
    assert spatialmem("hash", path, "--threads", 1).out == whole[1] + "\n"


def test_a_file_is_a_source_for_export(spatialmem, path):
    answer = spatialmem("export", path, "a.octree", "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["source"], answer.json["frames"]) == ("a.smem", None)
    assert spatialmem("export", "synthetic", "b.octree", "--limit", COUNT).code == 0
    assert (path.parent / "a.octree").read_bytes() == (path.parent / "b.octree").read_bytes()
    refused = spatialmem("export", path, "a.bt", "--limit", 3)
    assert refused.code == 2
    assert "--limit is for an episode, not for the memory file" in refused.err
    assert spatialmem("export", path, "a.bt", "--voxel-size-m", 0.05).code == 0
    assert "kept with 0.05" in spatialmem("export", path, "a.bt", "--voxel-size-m", 0.1).err


def test_the_name_of_a_file_may_end_in_anything(spatialmem, path):
    for name in ("memory", "memory.db3", "memory.mcap"):
        path = path.rename(path.with_name(name))
        for command in COMMANDS:
            answer = spatialmem(*arguments_of(command, name))
            assert answer.code == 0, answer.err
            for out in path.parent.glob("out.*"):
                out.unlink()


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_are_none(spatialmem, path, command):
    (path.parent / "folder.smem").mkdir()
    for name, words in (("nothing.smem", "there is no memory file"), ("folder.smem", "folder")):
        answer = spatialmem(*arguments_of(command, name))
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert words in answer.err
        document = spatialmem(*arguments_of(command, name), "--json")
        assert document.json["exit_code"] == 2
    assert sorted(p.name for p in path.parent.iterdir()) == ["a.smem", "folder.smem"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_newer_format_is_refused_by_name(spatialmem, path, command):
    newer = with_crc(TABLES["meta"], ("format", b"7"))
    run_sql(path, (TABLES["meta"].insert, newer), "PRAGMA user_version=7")
    before = path.read_bytes()
    answer = spatialmem(*arguments_of(command, "a.smem"))
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert f"format version 7; this spatialmem reads versions up to {FORMAT}." in answer.err
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["a.smem"]


@pytest.mark.parametrize("command", ["compact", "copy", "info", "hash", "replay", "export"])
@pytest.mark.parametrize("content", [b"", b"no memory" * 1000])
def test_what_is_no_memory_file_is_one_sentence(spatialmem, path, command, content):
    path.write_bytes(content)
    answer = spatialmem(*arguments_of(command, "a.smem"))
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "its first page" in answer.err
    assert path.read_bytes() == content
    assert spatialmem("verify", path).code == 1


def test_what_is_in_use_is_not_compacted(spatialmem, path):
    with SpatialMemory.open(path):
        answer = spatialmem("compact", path)
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        assert "is locked: another writer has it open" in answer.err
        for command in ("verify", "recover", "copy", "info", "hash", "replay", "export"):
            assert spatialmem(*arguments_of(command, path)).code == 0
            for out in path.parent.glob("out.*"):
                out.unlink()


@pytest.mark.parametrize("command", ["recover", "copy"])
def test_nothing_is_overwritten(spatialmem, path, command):
    (path.parent / "out.smem").write_bytes(b"mine")
    answer = spatialmem(command, path, "out.smem")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "exists; name a new file" in answer.err
    assert (path.parent / "out.smem").read_bytes() == b"mine"
    answer = spatialmem(command, path, "missing/out.smem")
    assert answer.code == 2
    assert "does not exist; make it first" in answer.err

"""Bad usage and bad input: one clear sentence on stderr, exit code 2, no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with everything that can be wrong in it."""
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("photos").mkdir()
    Path("photos/a.jpg").write_bytes(b"")
    Path("notes.txt").write_text("hello")
    Path("folder.png").mkdir()
    Path("unknown.yaml").write_text("octre: {voxel_size_m: 0.1}\n")
    Path("nested.yaml").write_text("octree: {voxel_size: 0.1}\n")
    Path("range.yaml").write_text("octree: {voxel_size_m: 7}\n")
    Path("type.yaml").write_text("octree: {threads: many}\n")
    Path("list.yaml").write_text("- 1\n")
    Path("syntax.yaml").write_text("octree: [\n")
    return tmp_path


BAD_INPUT = [
    (["replay", "nowhere"], "nowhere does not exist"),
    (["check", "nowhere"], "nowhere does not exist"),
    (["picture", "nowhere"], "nowhere does not exist"),
    (["replay", "empty"], "it is empty"),
    (["check", "empty"], "it is empty"),
    (["replay", "photos"], "found there: a.jpg"),
    (["replay", "notes.txt"], "notes.txt is a file"),
    (["replay", "synthetic", "--config", "missing.yaml"], "missing.yaml"),
    (["replay", "synthetic", "--config", "unknown.yaml"], "Did you mean 'octree'?"),
    (["replay", "synthetic", "--config", "nested.yaml"], "Did you mean 'voxel_size_m'?"),
    (["replay", "synthetic", "--config", "range.yaml"], "octree.voxel_size_m"),
    (["replay", "synthetic", "--config", "type.yaml"], "octree.threads"),
    (["replay", "synthetic", "--config", "list.yaml"], "must be a mapping"),
    (["replay", "synthetic", "--config", "syntax.yaml"], "is not YAML"),
    (["replay", "synthetic", "--voxel-size-m", "7"], "--voxel-size-m 7"),
    (["replay", "synthetic", "--voxel-size-m", "nan"], "--voxel-size-m nan"),
    (["replay", "synthetic", "--range-max-m", "0"], "--range-max-m 0"),
    (["replay", "synthetic", "--threads", "0"], "--threads 0"),
    (["replay", "synthetic", "--picture", "a.jpg"], "does not end in .png"),
    (["replay", "synthetic", "--picture", "folder.png"], "is a folder"),
    (["replay", "synthetic", "--picture", "missing/a.png"], "does not exist"),
    (["picture", "synthetic", "--band-min-m", "2", "--band-max-m", "1"], "--band-min-m"),
    (["picture", "synthetic", "--floor-z-m", "inf"], "--floor-z-m"),
]

BAD_USAGE = [
    (["replay"], "EPISODE"),
    (["replay", "synthetic", "more"], "more"),
    (["replay", "synthetic", "--voxel-size-m", "small"], "--voxel-size-m"),
    (["replay", "synthetic", "--limit", "0"], "--limit"),
    (["replay", "synthetic", "--voxel"], "--voxel"),
    (["picture", "synthetic", "--kind", "map3d"], "map3d"),
    (["repaly", "synthetic"], "repaly"),
]


def check_refusal(answer, words):
    assert answer.code == 2
    assert answer.out == ""
    assert words in answer.err
    assert answer.err.startswith("spatialmem: ")
    assert answer.err.count("\n") == 1, "more than one line"
    assert answer.err.rstrip()[-1] in ".?", "not a sentence"


@pytest.mark.parametrize(("arguments", "words"), BAD_INPUT, ids=lambda value: " ".join(value) if value else "")
def test_bad_input_is_one_sentence(spatialmem, here, arguments, words):
    check_refusal(spatialmem(*arguments), words)


@pytest.mark.parametrize(("arguments", "words"), BAD_USAGE, ids=lambda value: " ".join(value) if value else "")
def test_bad_usage_is_one_sentence_and_names_the_help(spatialmem, here, arguments, words):
    answer = spatialmem(*arguments)
    check_refusal(answer, words)
    assert "--help` shows what is allowed." in answer.err


def test_nothing_asked_for_is_answered_by_the_help_alone(spatialmem):
    answer = spatialmem()
    assert answer.code == 2
    assert answer.err == ""
    assert answer.out.rstrip() == spatialmem("--help").out.rstrip()


def test_as_json_a_refusal_is_one_document_too(spatialmem, here):
    answer = spatialmem("replay", "nowhere", "--json")
    assert answer.code == 2
    assert answer.json["exit_code"] == 2
    assert answer.json["error"] in answer.err


def test_too_large_a_budget_is_refused_not_a_traceback(spatialmem, here, monkeypatch):
    def no_memory(settings):
        raise MemoryError("Unable to allocate 32.0 GiB")

    monkeypatch.setattr("spatialmem.cli.mapping.SpatialMemory", no_memory)
    check_refusal(spatialmem("replay", "synthetic"), "Lower octree.budget_mib")


def test_a_bug_is_not_hidden(spatialmem, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("a bug")

    monkeypatch.setattr("spatialmem.cli.mapping.SpatialMemory", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        spatialmem("replay", "synthetic")


def test_as_a_process(here):
    """The same through a real process: exit code, streams, no traceback."""
    command = [sys.executable, "-c", "import sys; from spatialmem.cli import main; sys.exit(main())"]
    plain = subprocess.run([*command, "replay", "nowhere"], capture_output=True, text=True, timeout=120)
    assert (plain.returncode, plain.stdout) == (2, "")
    assert plain.stderr.count("\n") == 1
    document = subprocess.run([*command, "check", "empty", "--json"], capture_output=True, text=True, timeout=120)
    assert document.returncode == 2
    assert json.loads(document.stdout)["exit_code"] == 2
    assert "Traceback" not in plain.stderr + document.stderr


def test_help_loads_nothing_that_computes():
    code = (
        "import sys; from spatialmem.cli import main; main(['--help']); "
        "print(sorted({'numba', 'scipy', 'networkx', 'cv2'} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0
    assert result.stderr.strip() == "[]"

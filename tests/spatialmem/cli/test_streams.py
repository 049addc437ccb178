"""Where the answer goes: pipes, full disks, poor encodings, terminals of any width."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from spatialmem.cli import console
from spatialmem.cli.progress import progress_line, shown_name

COMMAND = [sys.executable, "-c", "import sys; from spatialmem.cli import main; sys.exit(main())"]


def run(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": 300, **options}
    return subprocess.run([*COMMAND, *map(str, arguments)], **options)


def in_terminal(width, *arguments, cwd=None):
    """Return what a terminal of this width is sent on stdout."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env={**environment, "TERM": "xterm", "NO_COLOR": "1"},
    )
    os.close(theirs)
    sent = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # Linux says so where the other end is closed
            break
        if not piece:
            break
        sent += piece
    os.close(ours)
    assert process.wait(timeout=300) == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", sent.decode()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("poor", "encoding"),
    [
        ({"PYTHONIOENCODING": "ascii"}, "ascii"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "ascii"),
    ],
    ids=("PYTHONIOENCODING", "locale"),
)
def test_characters_that_the_stream_lacks_degrade(folder, poor, encoding):
    plain = run("replay", folder, env={**os.environ, **poor}, encoding=encoding)
    assert plain.returncode == 0, plain.stderr
    assert " m3 occupied" in plain.stdout


def test_characters_that_the_stream_lacks_are_escaped_in_json(folder):
    walk = folder.rename(folder.with_name("Spaziergang_über_m³"))
    document = run("replay", walk, "--json", env={**os.environ, "PYTHONIOENCODING": "ascii"}, encoding="ascii")
    assert document.returncode == 0, document.stderr
    assert json.loads(document.stdout)["episode"] == walk.name


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("option", [(), ("--json",)], ids=("text", "json"))
@pytest.mark.parametrize("command", ["check", "replay"])
def test_a_full_disk_is_one_sentence(folder, command, option):
    with open("/dev/full", "w") as full:
        answer = run(command, folder, *option, stdout=full)
    assert answer.returncode == 2
    asides = ("walk ", "Compiling ")  # progress, and what a new machine does first
    said = [line for line in answer.stderr.splitlines() if not line.startswith(asides)]
    assert len(said) == 1
    assert "could not be written: No space left on device" in said[0]


@pytest.mark.parametrize(
    "arguments",
    [("check", "synthetic"), ("check", "synthetic", "--json"), ("--help",), ("--version",), ("check", "no")],
)
def test_a_closed_pipe_is_no_verdict(arguments, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        answer = run(*arguments, stdout=closed, stderr=closed if "no" in arguments else subprocess.PIPE, cwd=tmp_path)
    assert answer.returncode == console.UNHEARD == 141
    assert not answer.stderr


@pytest.mark.parametrize("command", ["replay", "check"])
def test_through_a_pipe_lines_are_whole_and_not_padded(folder, command):
    long = folder.rename(folder.with_name("a_walk_" * 20))
    answer = run(command, long, env={**os.environ, "COLUMNS": "40"})
    assert long.name in answer.stdout
    assert [line for line in (answer.stdout + answer.stderr).splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("width", [30, 60])
def test_a_narrow_terminal_cuts_no_path(folder, width):
    place = folder.parent / ("folder_" * 12)
    place.mkdir()
    shown = in_terminal(width, "replay", folder, "--picture", place / "map.png", cwd=folder)
    assert str(place / "map.png") in shown
    assert "…" not in shown
    assert re.search("^state hash +[0-9a-f]{64}$", shown, flags=re.MULTILINE)
    short = [line for line in shown.splitlines() if "map.png" not in line and "state hash" not in line]
    assert max(map(len, short)) <= max(width, len("left out by reader  ") + console.ROOM_MIN)


def test_words_hang_below_their_beginning(capsys):
    out = Console(width=40, force_terminal=True, no_color=True)
    console.print_hanging(out, Text("fix:  "), "one two three four five six seven eight nine ten")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("fix:  one ")
    assert lines[1].startswith(" " * 6 + lines[1].strip())
    assert all(len(line) <= 40 for line in lines)


@pytest.mark.parametrize("name", ["walk", "a_recording_with_a_name_that_no_line_has_room_for"])
@pytest.mark.parametrize("width", [30, 45, 60, 80, 120])
def test_the_progress_line_drops_figures_and_cuts_none(capsys, width, name):
    say = Console(width=width, force_terminal=True, no_color=True, highlight=False)
    line = progress_line(say)
    rejects = "rejected: depth_empty 3, outside_world 12"
    line.add_task(shown_name(say, name), total=373, completed=111, rate=345.6, leaves=2877, rejects=rejects)
    say.print(line.get_renderable())
    shown = capsys.readouterr().out
    assert len(shown.rstrip("\n")) <= width
    assert shown.count("\n") == 1
    figures = ["111/373", "346 frames/s", "2877 leaves", rejects, "--:--"]
    rest = shown.replace(shown_name(say, name), "", 1)
    left_out = [figure for figure in figures if figure not in rest]
    for figure in figures:
        rest = rest.replace(figure, "", 1)
    assert set(rest.strip()) <= set("━╸╺ -")
    assert "111/373" not in left_out
    if width == 120:
        assert left_out == ([] if name == "walk" else [rejects])

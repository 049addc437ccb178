"""Ctrl-C in the middle of a replay: what was done so far is kept and said, the map is whole."""

import signal
import subprocess
import sys

import pytest

from spatialmem import Config, SpatialMemory
from spatialmem.cli import console
from spatialmem.cli.summary import summary_of
from spatialmem.cli.walk import play
from spatialmem.episodes.synthetic import SyntheticRoom


class InterruptedRoom(SyntheticRoom):
    """Its third frame comes with a Ctrl-C."""

    def __iter__(self):
        for index, frame in enumerate(super().__iter__()):
            if index == 2:
                signal.raise_signal(signal.SIGINT)
            yield frame


def test_the_frame_is_finished_and_the_rest_is_left(monkeypatch):
    monkeypatch.setattr("spatialmem.episodes.prefetch.prefetch", iter)
    before = signal.getsignal(signal.SIGINT)
    memory = SpatialMemory(Config())
    walk = play(InterruptedRoom(), memory, limit=None, sampler=None, say=console.asides())
    assert walk.interrupted
    assert walk.read_count == 3
    assert memory.counts["camera"]["admitted"] == 3
    assert len(walk.path_W) == 3
    assert signal.getsignal(signal.SIGINT) is before


def test_the_answer_holds_what_was_done_and_the_code_says_so(spatialmem, monkeypatch, tmp_path):
    monkeypatch.setattr("spatialmem.episodes.prefetch.prefetch", iter)
    monkeypatch.setattr("spatialmem.cli.mapping.open_episode", lambda path, world: InterruptedRoom())
    answer = spatialmem("replay", "synthetic", "--json", "--picture", tmp_path / "a.png")
    assert answer.code == 130
    assert answer.json["interrupted"] is True
    assert answer.json["frames"]["admitted"] == 3
    assert (tmp_path / "a.png").exists()
    assert "Interrupted after 3 of 120 frames" in answer.err


def test_a_second_one_interrupts_at_once(monkeypatch):
    class Impatient(SyntheticRoom):
        def __iter__(self):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            yield from super().__iter__()

    monkeypatch.setattr("spatialmem.episodes.prefetch.prefetch", iter)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        play(Impatient(), SpatialMemory(Config()), limit=None, sampler=None, say=console.asides())
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_elsewhere_is_one_sentence(spatialmem, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("spatialmem.cli.mapping.open_episode", interrupted)
    answer = spatialmem("replay", "synthetic")
    assert (answer.code, answer.out, answer.err) == (130, "", "spatialmem: Interrupted.\n")


def test_while_the_picture_is_drawn_the_picture_is_given_up_and_the_answer_is_not(
    spatialmem, folder, monkeypatch, tmp_path
):
    monkeypatch.setattr("spatialmem.cli.mapping.draw_map", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    answer = spatialmem("replay", folder, "--json", "--picture", tmp_path / "a.png")
    assert answer.code == 130
    assert answer.json["interrupted"] is True
    assert answer.json["picture"] is None
    assert answer.json["frames"]["admitted"] == 6
    assert not (tmp_path / "a.png").exists()
    assert f"The picture {tmp_path / 'a.png'} was not drawn." in answer.err


def test_while_the_answer_is_made_it_is_finished(spatialmem, folder, monkeypatch):
    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        return summary_of(*arguments)

    monkeypatch.setattr("spatialmem.cli.mapping.summary_of", interrupted)
    answer = spatialmem("replay", folder, "--json")
    assert answer.code == 0
    assert answer.json["frames"]["admitted"] == 6


def test_while_the_command_line_loads_it_ends_quietly():
    """An import hook presses Ctrl-C as soon as typer is asked for."""
    code = (
        "import signal, sys, spatialmem.cli\n"
        "class Hook:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Hook())\n"
        "sys.exit(spatialmem.cli.main(['--help']))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")

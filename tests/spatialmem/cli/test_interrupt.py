"""Ctrl-C in the middle of a replay: what was done so far is kept and said, the map is whole."""

import signal

import pytest

from spatialmem import Config, SpatialMemory
from spatialmem.cli import console
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
    monkeypatch.setattr("spatialmem.cli.mapping.open_episode", lambda path, world: InterruptedRoom(world=world))
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
    assert (answer.code, answer.out) == (130, "")
    assert "Traceback" not in answer.err

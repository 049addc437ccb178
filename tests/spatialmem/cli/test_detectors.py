"""Detectors are found by their entry points' words; what goes wrong is one clear error."""

import pytest

from spatialmem import InputError
from spatialmem.cli import detectors
from spatialmem.cli.detectors import open_detector


class Announced:
    """An entry point."""

    def __init__(self, name, loads):
        self.name, self.value, self._loads = name, f"somewhere:{name}", loads

    def load(self):
        if isinstance(self._loads, Exception):
            raise self._loads
        return self._loads


class Seeing:
    """A detector that tells what it was opened with."""

    def __init__(self, text):
        self.labels = (text,)

    def detect(self, frame):
        return ()


@pytest.fixture
def announce(monkeypatch):
    def these(*announced):
        def entry_points(*, group):
            assert group == "spatialmem.detectors"
            return announced

        monkeypatch.setattr(detectors, "entry_points", entry_points)

    return these


def test_the_text_after_the_first_colon_goes_to_the_factory(announce):
    announce(Announced("onnx", Seeing), Announced("tabletop", Seeing))
    assert open_detector("onnx:C:\\a.onnx").labels == ("C:\\a.onnx",)
    assert open_detector("tabletop").labels == ("",)
    assert open_detector("tabletop:").labels == ("",)


def test_an_unknown_word_lists_what_there_is(announce):
    announce(Announced("tabletop", Seeing), Announced("onnx", Seeing))
    with pytest.raises(InputError, match=r"no detector 'onxn': there are onnx, tabletop\. Did you mean 'onnx'\?"):
        open_detector("onxn:a.onnx")
    announce()
    with pytest.raises(InputError, match="no installed package has any"):
        open_detector("onnx:a.onnx")


def ours(text):
    raise InputError("the model a.onnx cannot be read.")


def theirs(text):
    raise RuntimeError("no\ndevice.")


def test_what_goes_wrong_is_said_once(announce):
    announce(
        Announced("gone", ModuleNotFoundError("No module named 'torch'")),
        Announced("ours", ours),
        Announced("theirs", theirs),
        Announced("nothing", lambda text: None),
    )
    with pytest.raises(InputError, match=r"'gone' could not be opened by somewhere:gone: ModuleNotFoundError: No mod"):
        open_detector("gone")
    with pytest.raises(InputError, match=r"^the model a\.onnx cannot be read\.$"):
        open_detector("ours:a.onnx")
    with pytest.raises(InputError, match=r"RuntimeError: no device\.$"):
        open_detector("theirs")
    with pytest.raises(InputError, match="is a NoneType, which lacks labels or detect"):
        open_detector("nothing:x")

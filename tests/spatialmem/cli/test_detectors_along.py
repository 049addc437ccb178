"""Detectors on a replay's way into a memory: what they lose, and what comes too late, is said and never silent."""

import dataclasses
import re

import cv2
import pytest
import tiny_onnx

from spatialmem import Detection, InputError
from spatialmem.cli import console, detecting
from spatialmem.cli.detectors import open_detector


class Along:
    """A detector that finds the same in each frame; some frames go wrong."""

    labels = ("thing",)

    def __init__(self, *, label="thing", wrong=(), error=RuntimeError):
        self.label, self.wrong, self.error, self.count = label, wrong, error, 0

    def detect(self, frame):
        self.count += 1
        if self.count in self.wrong:
            raise self.error
        height, width = frame.depth.shape
        return (Detection(label=self.label, score=0.9, box_px=(width * 0.3, height * 0.3, width * 0.7, height * 0.7)),)


class Renamed:
    """A detector whose things all have one label."""

    def __init__(self, detector, label):
        self.labels, self._detector = (label,), detector

    def detect(self, frame):
        return tuple(dataclasses.replace(one, label=self.labels[0]) for one in self._detector.detect(frame))


@pytest.fixture
def along(monkeypatch):
    """Announce a detector by the word `along`; return how to choose what it does next."""
    chosen = {}
    monkeypatch.setattr(detecting, "open_detector", lambda spec: Along(**chosen))

    def choose(**fields):
        chosen.clear()
        chosen.update(fields)

    return choose


def replay(spatialmem, folder, *more):
    return spatialmem("replay", folder, "--detector", "along", "--json", *more)


def test_what_comes_too_late_for_a_file_is_told(spatialmem, folder, along, tmp_path):
    path = tmp_path / "a.smem"
    assert spatialmem("replay", folder, "--memory", path).code == 0
    answer = replay(spatialmem, folder, "--memory", path)
    (told,) = answer.json["detectors"]
    assert answer.code == 3
    assert (told["frames"], told["too_late"]) == (1, 5)  # the last frame still waits
    said = f"What the detector along found in 5 frames came too late: {path} has their frames already, and they wait "
    assert answer.err.count(said + "no more for detections. Replay into a new file.\n") == 1
    assert "Something was lost" not in answer.err
    text = spatialmem("replay", folder, "--detector", "along", "--memory", path)
    assert (text.code, "5 frames were looked at too late" in text.out) == (3, True)


def test_so_is_what_another_detector_of_that_word_found(spatialmem, folder, along, tmp_path):
    path = tmp_path / "a.smem"
    assert replay(spatialmem, folder, "--memory", path).code == 0
    along(label="something else")
    answer = replay(spatialmem, folder, "--memory", path)
    assert (answer.code, answer.json["detectors"][0]["too_late"]) == (3, 5)


@pytest.mark.parametrize("limit", [1, 3, 5])
def test_going_on_with_the_same_detector_is_silent_and_equal(spatialmem, folder, along, tmp_path, limit):
    path, whole = tmp_path / "a.smem", replay(spatialmem, folder).json["state_hash"]
    assert replay(spatialmem, folder, "--memory", path, "--limit", limit).code == 0
    for _ in range(2):
        answer = replay(spatialmem, folder, "--memory", path)
        assert (answer.code, answer.json["detectors"][0]["too_late"], answer.json["state_hash"]) == (0, 0, whole)
        assert "too late" not in answer.err


def test_what_was_rejected_with_its_frame_is_not_too_late(spatialmem, folder, along, tmp_path):
    """A frame of the recording is rejected, so nothing waits for what was found in it; that was said the first time."""
    rows = (folder / "frames.csv").read_text().splitlines()
    cells = rows[3].split(",")
    cells[4:8] = ["2.0"] * 4  # no rotation
    rows[3] = ",".join(cells)
    (folder / "frames.csv").write_text("\n".join(rows) + "\n")
    path = tmp_path / "a.smem"
    first = replay(spatialmem, folder, "--memory", path)
    assert first.json["frames"]["admitted"] == 5
    assert first.json["detectors"][0]["rejected"] == {"no_frame": 1}
    again = replay(spatialmem, folder, "--memory", path)
    assert again.json["frames"]["rejected_before"] == 1
    assert (again.code, again.json["detectors"][0]["too_late"]) == (0, 0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("the image is empty."), "The first: the image is empty.\n"),
        (cv2.error("OpenCV(4.9)\n  bad size"), "The first: error: OpenCV(4.9) bad size.\n"),
        (ZeroDivisionError(), "The first: ZeroDivisionError.\n"),
        (MemoryError("no\nroom"), "The first: MemoryError: no room.\n"),
    ],
)
def test_whatever_a_detector_does_on_a_frame_the_replay_goes_on(spatialmem, folder, along, error, said):
    along(wrong=(2, 5), error=error)
    answer = replay(spatialmem, folder)
    (told,) = answer.json["detectors"]
    assert (answer.code, told["frames"], told["failed_frames"]) == (3, 4, 2)
    assert answer.json["frames"]["admitted"] == 6
    assert answer.err.endswith("The detector along could not look at 2 frames. " + said)
    assert "Something was lost" not in answer.err


def test_a_detector_that_fails_on_every_frame_is_named(spatialmem, folder, along):
    along(wrong=range(1, 99), error=RuntimeError("no device"))
    answer = replay(spatialmem, folder)
    assert (answer.code, answer.json["frames"]["admitted"]) == (3, 6)
    assert answer.err.endswith("could not look at any of the 6 frames. The first: RuntimeError: no device.\n")
    text = spatialmem("replay", folder, "--detector", "along").out
    assert "0 detections in 0 frames: none; 6 frames could not be looked at" in " ".join(text.split())


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("[/] [red]x[/red] :smile:", "[/] [red]x[/red] :smile:"),
        ("two\nlines\x1b[31m", "two lines[31m"),
        ("広" * 64, "広" * 64),
    ],
)
def test_labels_are_printed_as_they_are(spatialmem, folder, monkeypatch, tmp_path, label, kept):
    network, path = tmp_path / "tiny.onnx", tmp_path / "[b]a.smem"
    network.write_bytes(tiny_onnx.fastest_det())
    network.with_suffix(".names").write_text("red\ngreen\n")
    monkeypatch.setattr(detecting, "open_detector", lambda spec: Renamed(open_detector(f"onnx:{network}"), label))
    answer = spatialmem("replay", folder, "--detector", "along", "--memory", path)
    assert answer.code == 0
    assert re.search(rf"along \d+ detections in 6 frames: \d+ {re.escape(kept)}", joined(answer.out))
    assert re.search(rf"\d+ confirmed: \d+ {re.escape(kept)}", joined(answer.out))
    listed = spatialmem("objects", path)
    assert re.search(rf"\d+ confirmed: \d+ {re.escape(kept)}", joined(listed.out))
    name = listed.out.splitlines()[1][: len(kept) + 3].strip()
    assert re.fullmatch(rf"{re.escape(kept)}-\d+", name)
    tracked = spatialmem("track", path, name)
    assert tracked.code == 0
    assert f" {kept} " in tracked.out.splitlines()[1]
    assert f"\n{name}\n" in tracked.out
    assert "\x1b" not in answer.out + listed.out + tracked.out


def joined(text):
    """Return a text with each run of white space as one space."""
    return " ".join(text.split())


def test_what_is_counted_is_what_was_taken(unchecked_shapes, spatialmem, folder, along, monkeypatch):
    """Items that are no Detection, or have no place, are left out at the gate, and kill nothing."""

    def detect(self, frame):
        return (*whole(self, frame), Detection(label="nowhere", score=0.5), "mug")

    whole = Along.detect
    monkeypatch.setattr(Along, "detect", detect)
    (told,) = replay(spatialmem, folder).json["detectors"]
    assert (told["frames"], told["by_label"]) == (6, {"thing": 6})


def test_names_and_values_stand_in_two_columns_however_wide_their_characters_are(capsys):
    console.print_facts(console.answers(), "[/]", [("広い", "[red]a[/red]"), ("long name", "b")])
    assert capsys.readouterr().out == "[/]\n広い       [red]a[/red]\nlong name  b\n"

"""Every detector is opened by its word, and is announced under it."""

import re
from pathlib import Path

import pytest
import tiny_onnx

from perception import FiducialDetector, OnnxDetector, open_detector
from perception.opening import DETECTORS
from spatialmem import InputError

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def test_detectors_are_announced_under_their_words():
    section = PROJECT.read_text("utf-8").split('[project.entry-points."spatialmem.detectors"]')[1].split("\n[")[0]
    announced = dict(re.findall(r'^([\w-]+) = "([\w.]+:\w+)"$', section, re.MULTILINE))
    assert announced == {word: f"perception.opening:{function.__name__}" for word, function in DETECTORS.items()}


def test_words_open_detectors(tmp_path):
    path = tmp_path / "with:colon.onnx"
    path.write_bytes(tiny_onnx.yolo_columns(metadata={"names": "['a', 'b']"}))
    found = open_detector(f"onnx:{path}")
    assert isinstance(found, OnnxDetector)
    assert found.labels == ("a", "b")
    tags = open_detector("fiducial")
    assert isinstance(tags, FiducialDetector)
    assert tags.family == "apriltag_36h11"
    assert open_detector("fiducial:aruco_4x4_50").labels[1] == "aruco4x4_50:1"


@pytest.mark.usefixtures("library")
def test_the_segmenter_opens_where_open3d_is():
    assert open_detector("tabletop").labels == ("thing",)
    assert open_detector("tabletop:").labels == ("thing",)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("yolo:a.onnx", "no detector 'yolo' here; there are fiducial, onnx, tabletop"),
        ("", "no detector ''"),
        ("onnx", "onnx:PATH"),
        ("onnx:/nowhere/a.onnx", "cannot be read"),
        ("fiducial:qr", "no family of tags 'qr'"),
        ("tabletop:fast", "takes nothing after its colon"),
    ],
)
def test_a_wrong_spec_is_refused(spec, says):
    with pytest.raises(InputError, match=says):
        open_detector(spec)

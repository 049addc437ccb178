"""Detectors by a word and a text, as a command line gives them: `onnx:PATH`, `fiducial:FAMILY`, `tabletop`.

Each word is announced as an entry point of the group `spatialmem.detectors`, or `spatialmem.embedders`: a function of
the text after the colon.
"""

from __future__ import annotations

from collections.abc import Callable

from perception.appearance import AppearanceEmbedder
from perception.fiducial import FiducialDetector
from perception.onnx_detector import OnnxDetector
from perception.tabletop import TabletopSegmenter
from spatialmem import Detector, InputError

__all__ = ["DETECTORS", "appearance", "fiducial", "onnx", "open_detector", "tabletop"]


def onnx(text: str) -> OnnxDetector:
    """Open the model at a path. Raises InputError, also without a path, and FormatError."""
    if not text:
        raise InputError("onnx needs the path of a model: onnx:PATH.")
    return OnnxDetector(text)


def fiducial(text: str) -> FiducialDetector:
    """Open a detector of a family of tags; of apriltag_36h11 without a text. Raises InputError."""
    return FiducialDetector(text) if text else FiducialDetector()


def tabletop(text: str) -> TabletopSegmenter:
    """Open the segmenter of things on tables, which takes no text. Raises InputError."""
    if text:
        raise InputError(f"tabletop takes nothing after its colon, this is {text!r}: write tabletop.")
    return TabletopSegmenter()


def appearance(text: str) -> AppearanceEmbedder:
    """Open the embedder of colour and shape, which takes no text. Raises InputError."""
    if text:
        raise InputError(f"appearance takes nothing after its colon, this is {text!r}: write appearance.")
    return AppearanceEmbedder()


DETECTORS: dict[str, Callable[[str], Detector]] = {"fiducial": fiducial, "onnx": onnx, "tabletop": tabletop}
"""All of this package, by their word."""


def open_detector(spec: str) -> Detector:
    """Open a detector of this package by WORD or WORD:TEXT. Raises InputError, and FormatError for a damaged model."""
    word, _, text = spec.partition(":")
    if word not in DETECTORS:
        raise InputError(f"there is no detector {word!r} here; there are {', '.join(DETECTORS)}.")
    return DETECTORS[word](text)

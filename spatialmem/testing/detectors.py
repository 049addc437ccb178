"""Does a detector keep its promises?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spatialmem.protocols import Detector
from spatialmem.testing.frames import frame_bytes
from spatialmem.types import Detection, RgbdFrame

__all__ = ["check_detector"]


def check_detector(detector: Detector, frame: RgbdFrame) -> Sequence[Detection]:
    """Check a `Detector` on one frame, asked twice, and return what it found.

    Its labels are a tuple of texts that are not empty. Every detection has a label that is among them, a score from 0
    to 1, and a box or a mask. Boxes are four floats, from the lower to the upper corner and inside the frame, where
    whole numbers are pixel centres; masks are bool, of the frame's shape, with at least one pixel; an embedding, where
    there is one, is float32 of length 1. The second answer is the first one again, and the frame is as it was. Raises
    AssertionError.

    Give it a frame in which there is something to find: of no detections, nothing can be wrong.
    """
    assert isinstance(detector, Detector), f"{type(detector).__name__} lacks labels or detect of Detector"
    labels = detector.labels
    assert isinstance(labels, tuple), f"labels must be a tuple, it is a {type(labels).__name__}"
    assert labels, "labels must not be empty"
    bad = [label for label in labels if not isinstance(label, str) or not label.strip()]
    assert not bad, f"labels must be texts that are not empty, one is {bad[0]!r}"
    before = frame_bytes(frame)
    first = detector.detect(frame)
    assert isinstance(first, Sequence), f"detect must return a sequence, it returned a {type(first).__name__}"
    for i, item in enumerate(first):
        _check_detection(i, item, labels, frame)
    assert detector.labels == labels, "labels must not change"
    found = [_facts(item) for item in first]
    again = [_facts(item) for item in detector.detect(frame)]
    assert again == found, "the same frame must give the same detections again"
    assert [_facts(item) for item in first] == found, "a detection that was returned must not change later"
    assert frame_bytes(frame) == before, "detect must not change the frame's arrays"
    return first


def _check_detection(i: int, item: Detection, labels: tuple[str, ...], frame: RgbdFrame) -> None:
    assert isinstance(item, Detection), f"item {i} is a {type(item).__name__}, not a Detection"
    assert item.label in labels, f"item {i} is labelled {item.label!r}, which is not among labels"
    score = item.score
    assert isinstance(score, float), f"item {i}: score must be a float, it is a {type(score).__name__}"
    assert 0 <= score <= 1, f"item {i}: score must be from 0 to 1, it is {score!r}"
    assert item.box_px is not None or item.mask is not None, f"item {i} has neither a box nor a mask"
    if item.box_px is not None:
        _check_box(i, item.box_px, frame)
    if item.mask is not None:
        mask = item.mask
        assert isinstance(mask, np.ndarray), f"item {i}: a mask must be an array, it is a {type(mask).__name__}"
        assert mask.dtype == np.bool_, f"item {i}: a mask must be bool, it is {mask.dtype}"
        assert mask.shape == frame.depth.shape, f"item {i}: the mask has shape {mask.shape}, not {frame.depth.shape}"
        assert mask.any(), f"item {i}: the mask is empty"
        shared = any(np.shares_memory(mask, a) for a in (frame.depth, frame.color) if isinstance(a, np.ndarray))
        assert not shared, f"item {i}: the mask is a part of the frame's own arrays"
    if item.embedding is not None:
        check_unit(f"item {i}: the embedding", item.embedding)


def _check_box(i: int, box: tuple[float, float, float, float], frame: RgbdFrame) -> None:
    height, width = frame.depth.shape
    assert isinstance(box, tuple), f"item {i}: a box must be a tuple, it is a {type(box).__name__}"
    floats = [isinstance(c, float) for c in box]
    assert floats == [True] * 4, f"item {i}: a box must be four floats, it is {box!r}"
    u_min, v_min, u_max, v_max = box
    ordered = u_min <= u_max and v_min <= v_max  # a box around one pixel's centre has no area; NaN is in no order
    assert ordered, f"item {i}: a box must run from its lower to its upper corner, it is {box!r}"
    inside = u_min >= 0 and v_min >= 0 and u_max <= width - 1 and v_max <= height - 1
    assert inside, f"item {i}: the box {box!r} is not inside 0 to {width - 1} and 0 to {height - 1}"


def check_unit(name: str, vector: np.ndarray) -> None:
    """Check that this is a float32 vector of length 1. Raises AssertionError."""
    assert isinstance(vector, np.ndarray), f"{name} must be an array, it is a {type(vector).__name__}"
    assert vector.dtype == np.float32, f"{name} must be float32, it is {vector.dtype}"
    assert vector.ndim == 1, f"{name} must have shape (dimension,), it has {vector.shape}"
    length = float(np.sqrt((vector.astype(np.float64) ** 2).sum()))
    assert abs(length - 1) < 1e-4, f"{name} must have length 1, it has {length!r}"


def _facts(item: Detection) -> tuple[object, ...]:
    """Return all that a detection says, in a form that compares."""
    mask = None if item.mask is None else item.mask.tobytes()
    embedding = None if item.embedding is None else item.embedding.tobytes()
    return item.label, item.score, item.box_px, mask, embedding

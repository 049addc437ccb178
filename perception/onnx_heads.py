"""What comes out of a detector's network, and how it becomes boxes: one head each, recognised by its shape.

    FastestDet      (1, 5 + C, h, w)   a cell each: objectness, 4 box terms, C class scores
    YOLO, columns   (1, 4 + C, n)      a column each: centre, sides, C class scores (v8, v9, v11, v12)
    YOLO, rows      (1, n, 5 + C)      a row each: centre, sides, objectness, C class scores (v5, v7, YOLOX)
    end to end      (1, n, 6)          a row each: two corners, score, class; already suppressed (v10, v26)

Boxes are in pixels of the network's input, (u_min, v_min, u_max, v_max), measured from the outer corner of its first
pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from spatialmem import InputError

__all__ = ["Candidates", "Head", "head_of"]

END_TO_END_ROWS_MAX = 1000
"""With six numbers a row, more rows than this are a grid's cells with one class; exporters keep 300 at the end."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Boxes that a network proposes, with the best class and its score for each."""

    boxes: Float32[np.ndarray, "n 4"]
    scores: Float32[np.ndarray, "n"]
    classes: Int64[np.ndarray, "n"]


@dataclass(frozen=True, slots=True)
class Head:
    """How a network is fed, and what its output means."""

    name: str
    class_count: int | None
    """None where the output's shape does not say."""
    bgr: bool
    """The colour order of its input; RGB otherwise. Both from 0 to 1."""
    letterbox: bool
    """The picture keeps its proportions and grey is put around it; stretched otherwise."""
    suppress: bool
    """Whether one thing still has several boxes."""
    decode: Callable[[Float32[np.ndarray, "..."], int, int], Candidates]
    """Of the output and the input's (width, height)."""


def head_of(shape: tuple[int, ...]) -> Head:
    """Return the head whose output has this shape. Raises InputError where none has."""
    if len(shape) == 4 and shape[0] == 1 and shape[1] > 5:
        return Head("FastestDet", shape[1] - 5, bgr=True, letterbox=False, suppress=True, decode=_fastest)
    if len(shape) == 3 and shape[0] == 1:
        _, rows, columns = shape
        yolo = {"bgr": False, "letterbox": True}
        if columns == 6 and rows <= END_TO_END_ROWS_MAX:
            return Head("end to end", None, **yolo, suppress=False, decode=_end_to_end)
        if 4 < rows < columns:
            return Head("YOLO, columns", rows - 4, **yolo, suppress=True, decode=_yolo_columns)
        if 5 < columns < rows:
            return Head("YOLO, rows", columns - 5, **yolo, suppress=True, decode=_yolo_rows)
    raise InputError(
        f"the network's output has shape {shape}, which no known head has: (1, 5 + classes, h, w) of FastestDet, "
        f"(1, 4 + classes, n), (1, n, 5 + classes) or (1, n, 6) of YOLO. Export the model with one of these."
    )


def _fastest(output: Float32[np.ndarray, "..."], width: int, height: int) -> Candidates:
    """Decode FastestDet (X. Ma, 2022, https://github.com/dog-qiuqiu/FastestDet, its test.py)."""
    objectness, box, classes = output[0, 0], output[0, 1:5], output[0, 5:]
    rows, columns = objectness.shape
    u = (np.arange(columns) + np.tanh(box[0])) * (width / columns)
    v = (np.arange(rows)[:, None] + np.tanh(box[1])) * (height / rows)
    best = classes.argmax(axis=0)
    score = objectness ** np.float32(0.6) * classes.max(axis=0) ** np.float32(0.4)
    middles = np.stack([u, v, width * _sigmoid(box[2]), height * _sigmoid(box[3])], axis=-1)
    return Candidates(_corners(middles.reshape(-1, 4)), score.ravel(), best.ravel())


def _yolo_columns(output: Float32[np.ndarray, "..."], width: int, height: int) -> Candidates:
    classes = output[0, 4:]
    return Candidates(_corners(output[0, :4].T), classes.max(axis=0), classes.argmax(axis=0))


def _yolo_rows(output: Float32[np.ndarray, "..."], width: int, height: int) -> Candidates:
    rows = output[0]
    classes = rows[:, 5:]
    return Candidates(_corners(rows[:, :4]), rows[:, 4] * classes.max(axis=1), classes.argmax(axis=1))


def _end_to_end(output: Float32[np.ndarray, "..."], width: int, height: int) -> Candidates:
    rows = output[0]
    with np.errstate(invalid="ignore"):  # what is not a number is sorted out with its score
        return Candidates(rows[:, :4].copy(), rows[:, 4].copy(), np.rint(rows[:, 5]).astype(np.int64))


def _corners(middles: np.ndarray) -> Float32[np.ndarray, "n 4"]:
    """Return boxes given by centre and sides as boxes given by two corners."""
    centre, half = middles[:, :2], middles[:, 2:] / 2
    return np.hstack([centre - half, centre + half]).astype(np.float32)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(x / 2)) / 2  # never overflows

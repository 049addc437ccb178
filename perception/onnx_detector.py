"""A detector from an ONNX file, on OpenCV's dnn."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from perception.labels import labels_for
from perception.onnx_file import OnnxHeader, read_header, read_model
from perception.onnx_heads import Candidates, head_of
from perception.pixels import color_of, shape_of
from spatialmem import Detection, FormatError, InputError, RgbdFrame

__all__ = ["OnnxDetector"]

GREY = 114
"""What YOLO networks are trained to see around a picture."""
SILENT = 0
"""Of OpenCV's levels of logging."""
COUNT_MAX = 300
"""So many detections a frame at most, the best."""


class OnnxDetector:
    """Finds what its network was trained on, by colour; a `spatialmem.Detector`.

    The head is known by the shape of its output. One network computes for one caller at a time. The same frame gives
    the same bytes on any number of threads; another version of OpenCV may give others.
    """

    def __init__(
        self,
        path: str | Path,
        labels: Sequence[str] | None = None,
        *,
        score_min: float = 0.5,
        nms_iou: float = 0.45,
        input_px: tuple[int, int] | None = None,
    ):
        """Load a model.

        labels: one per class; without them, those of MODEL.names beside the model, of the model's metadata, or of the
        only .names file in its folder. score_min: what scores less is dropped. nms_iou: of boxes of one label that
        overlap more than this, the best is kept. input_px: the network's input (width, height), where the model does
        not say.

        Raises InputError for a model that cannot be read, a head that is not known and labels that do not fit its
        classes, FormatError for a damaged model.
        """
        _check_share("score_min", score_min)
        _check_share("nms_iou", nms_iou)
        self._path, self._score_min, self._nms_iou = Path(path), float(score_min), float(nms_iou)
        data = read_model(self._path)
        header = read_header(self._path, data)
        self._size = input_px or _input_size(self._path, header)
        self._net = _load(self._path, data)
        width, height = self._size
        self.head = head_of(self._forward(np.zeros((1, 3, height, width), np.float32)).shape)
        """How the network's output is read."""
        self.labels: tuple[str, ...] = labels_for(self._path, header, labels, self.head.class_count)

    def detect(self, frame: RgbdFrame) -> tuple[Detection, ...]:
        """Return what is found, the best first, as boxes in pixels of the frame. Raises InputError without colour."""
        rgb = color_of(frame, asked_by="OnnxDetector")
        blob, scale, pad_px = _fed(rgb, self._size, bgr=self.head.bgr, letterbox=self.head.letterbox)
        found = self.head.decode(self._forward(blob), *self._size)
        found = _sound(found, self._score_min, len(self.labels))
        boxes = _on_frame(found.boxes, scale, pad_px, shape_of(frame))
        chosen = self._chosen(boxes, found)
        return tuple(
            Detection(
                label=self.labels[int(found.classes[i])],
                score=min(float(found.scores[i]), 1.0),
                box_px=(float(boxes[i, 0]), float(boxes[i, 1]), float(boxes[i, 2]), float(boxes[i, 3])),
            )
            for i in chosen
        )

    def _chosen(self, boxes: Float64[np.ndarray, "n 4"], found: Candidates) -> Int64[np.ndarray, "m"]:
        """Return which of the candidates are detections: not empty, and the best where they overlap."""
        import cv2

        kept = np.flatnonzero((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
        if self.head.suppress and len(kept):
            sides = np.hstack([boxes[kept, :2], boxes[kept, 2:] - boxes[kept, :2]])
            scores, classes = found.scores[kept].tolist(), found.classes[kept].tolist()
            best = cv2.dnn.NMSBoxesBatched(sides.tolist(), scores, classes, self._score_min, self._nms_iou)
            kept = kept[np.sort(np.asarray(best, np.int64).ravel())]
        return kept[np.argsort(-found.scores[kept], kind="stable")][:COUNT_MAX]

    def _forward(self, blob: Float32[np.ndarray, "1 3 h w"]) -> Float32[np.ndarray, "..."]:
        """Return the network's one output. Raises InputError where it has several, or does not take the blob."""
        import cv2

        names = self._net.getUnconnectedOutLayersNames()
        if len(names) != 1:
            raise InputError(
                f"the model {self._path} has {len(names)} outputs; one is needed. Export it with a single output."
            )
        try:
            with _unheard():
                self._net.setInput(blob)
                output = self._net.forward()
        except cv2.error as error:
            width, height = self._size
            raise InputError(
                f"OpenCV cannot run the model {self._path} on {width} x {height} pixels: {_first_line(error)}. Export "
                f"it with a fixed input, or give the right input_px."
            ) from error
        if not isinstance(output, np.ndarray):
            raise InputError(f"the model {self._path} computes nothing; export it again.")
        return output.astype(np.float32, copy=False)


def _load(path: Path, data: bytes) -> Any:
    """Return the network. OpenCV 5 has several engines whose bytes differ: its new one is taken, for its speed."""
    import cv2

    engine = getattr(cv2.dnn, "ENGINE_NEW", None)
    buffer = np.frombuffer(data, np.uint8)
    try:
        with _unheard():
            net = cv2.dnn.readNetFromONNX(buffer, *([] if engine is None else [engine]))
            net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
            net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
    except cv2.error as error:
        raise FormatError(path, 0, f"OpenCV cannot load this model: {_first_line(error)}. Export it again.") from error
    if net.empty():  # how the new engine answers an operator that it does not have
        raise FormatError(
            path, 0, "OpenCV cannot load this model: it lacks an operator. Export it again, with a plainer graph."
        )
    return net


def _input_size(path: Path, header: OnnxHeader) -> tuple[int, int]:
    """Return the (width, height) [px] that the network takes."""
    shape = header.input_shapes[0] if header.input_shapes else ()
    if len(header.input_shapes) != 1 or len(shape) != 4 or shape[1] not in (0, 3):
        raise InputError(
            f"the model {path} has inputs of shapes {list(header.input_shapes)}; one is needed, (1, 3, height, width)."
        )
    size = (shape[3], shape[2]) if shape[2] and shape[3] else header.image_size()
    if size is None:
        raise InputError(f"the model {path} takes pictures of any size; say which with input_px=(width, height).")
    return size


def _fed(
    rgb: UInt8[np.ndarray, "h w 3"], size: tuple[int, int], *, bgr: bool, letterbox: bool
) -> tuple[Float32[np.ndarray, "1 3 y x"], Float64[np.ndarray, "2"], Float64[np.ndarray, "2"]]:
    """Return what the network is given, its pixels per pixel of the frame, and where the frame begins in it [px]."""
    import cv2

    frame_size, whole = np.array(rgb.shape[1::-1]), np.array(size)
    inner = np.maximum(np.rint(frame_size * (whole / frame_size).min()), 1).astype(int) if letterbox else whole
    pad = (whole - inner) // 2
    canvas = np.full((size[1], size[0], 3), GREY, np.uint8)
    small = cv2.resize(rgb, (int(inner[0]), int(inner[1])), interpolation=cv2.INTER_LINEAR)
    canvas[pad[1] : pad[1] + inner[1], pad[0] : pad[0] + inner[0]] = small
    blob = cv2.dnn.blobFromImage(canvas, 1 / 255, swapRB=bgr)
    return blob, inner / frame_size, pad.astype(float)


def _sound(found: Candidates, score_min: float, class_count: int) -> Candidates:
    """Return the candidates that score enough, are of a class that has a label, and whose box is finite."""
    classed = (found.classes >= 0) & (found.classes < class_count)
    good = (found.scores >= score_min) & classed & np.isfinite(found.boxes).all(axis=1)
    return Candidates(found.boxes[good], found.scores[good], found.classes[good])


def _on_frame(
    boxes: Float32[np.ndarray, "n 4"],
    scale: Float64[np.ndarray, "2"],
    pad_px: Float64[np.ndarray, "2"],
    shape: tuple[int, int],
) -> Float64[np.ndarray, "n 4"]:
    """Return boxes of the network's input on the frame, cut to it; there, whole numbers are pixel centres."""
    corners = (boxes.reshape(-1, 2, 2).astype(np.float64) - pad_px) / scale - 0.5
    return np.clip(corners, 0, (shape[1] - 1, shape[0] - 1)).reshape(-1, 4)


def _check_share(name: str, value: float) -> None:
    if isinstance(value, bool) or not 0 <= value <= 1:
        raise InputError(f"{name} is {value!r}; a number from 0 to 1 is needed.")


def _first_line(error: Exception) -> str:
    """Return what an OpenCV error says, without where in its source it was raised."""
    text = str(getattr(error, "err", "") or error).strip()
    return " ".join(text.split("\n")[0].split())[:200].rstrip(".") or "it gives no reason"


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """Keep OpenCV's own account of an error off the streams; what it raises is told in a sentence."""
    import cv2

    log: Any = getattr(cv2.utils, "logging", cv2)  # where OpenCV 5 keeps it, and 4 does
    before = log.getLogLevel()
    log.setLogLevel(SILENT)
    try:
        yield
    finally:
        log.setLogLevel(before)

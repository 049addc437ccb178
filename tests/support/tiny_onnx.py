"""Networks of a few numbers as ONNX files, written without the onnx package, one for each head of a detector.

Each looks at squares of 8 x 8 pixels of a square input: what is red there is class 0, what is green class 1, and its
score is how red or green. So it is known which boxes must come out of a picture with patches.
"""

from __future__ import annotations

import numpy as np

STRIDE = 8


def number(value: int) -> bytes:
    """A whole number of seven bits a byte."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(tag: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return number(tag << 3) + number(value)
    data = value.encode() if isinstance(value, str) else value
    return number(tag << 3 | 2) + number(len(data)) + data


def tensor(name: str, array: np.ndarray) -> bytes:
    kind = {"float32": 1, "int64": 7}[array.dtype.name]
    dims = b"".join(field(1, n) for n in array.shape)
    return dims + field(2, kind) + field(8, name) + field(9, array.tobytes())


def node(kind: str, inputs: list[str], output: str, **ints: list[int]) -> bytes:
    parts = [field(1, name) for name in inputs] + [field(2, output), field(3, output), field(4, kind)]
    for name, values in ints.items():
        parts.append(field(5, field(1, name) + b"".join(field(8, v) for v in values) + field(20, 7)))
    return b"".join(parts)


def value_info(name: str, shape: list[int | str]) -> bytes:
    dims = b"".join(field(1, field(1, n) if isinstance(n, int) else field(2, n)) for n in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def model(
    nodes: list[bytes],
    weights: dict[str, np.ndarray],
    shape: list[int | str],
    outputs: dict[str, list[int | str]],
    metadata: dict[str, str] | None = None,
    *,
    weights_are_inputs: bool = False,
) -> bytes:
    inputs = {"image": shape} | ({k: list(w.shape) for k, w in weights.items()} if weights_are_inputs else {})
    graph = b"".join(field(1, n) for n in nodes) + field(2, "tiny")
    graph += b"".join(field(5, tensor(k, w)) for k, w in weights.items())
    graph += b"".join(field(11, value_info(k, s)) for k, s in inputs.items())
    graph += b"".join(field(12, value_info(k, s)) for k, s in outputs.items())
    whole = field(1, 8) + field(2, "by hand") + field(7, graph) + field(8, field(1, "") + field(2, 13))
    return whole + b"".join(field(14, field(1, k) + field(2, v)) for k, v in (metadata or {}).items())


def looking(channels: list[dict[int, float]]) -> np.ndarray:
    """A convolution's weights: each channel is a sum of the means of colours, {channel of the input: factor}."""
    weights = np.zeros((len(channels), 3, STRIDE, STRIDE), np.float32)
    for k, means in enumerate(channels):
        for channel, factor in means.items():
            weights[k, channel] = factor / STRIDE**2
    return weights


def centres(side: int) -> np.ndarray:
    """The middle of each square [px], shape (2, n)."""
    at = np.arange(side // STRIDE) * STRIDE + STRIDE / 2
    return np.stack([np.tile(at, len(at)), np.repeat(at, len(at))]).astype(np.float32)


def fastest_det(side: int = 64, **options) -> bytes:
    """FastestDet's head, (1, 7, h, w), on BGR: boxes of the size of a square, in its middle."""
    logit = float(np.log(STRIDE / side / (1 - STRIDE / side)))
    bias = np.array([0, np.arctanh(0.5), np.arctanh(0.5), logit, logit, 0, 0], np.float32)
    weights = {"w": looking([{2: 1, 1: 1}, {}, {}, {}, {}, {2: 1}, {1: 1}]), "b": bias}
    nodes = [node("Conv", ["image", "w", "b"], "out", kernel_shape=[STRIDE] * 2, strides=[STRIDE] * 2)]
    cells = side // STRIDE
    return model(nodes, weights, [1, 3, side, side], {"out": [1, 7, cells, cells]}, **options)


def yolo(channels: list[dict[int, float]], boxes: np.ndarray, *, rows: bool, side: int = 64, shape=None, **options):
    """A head of YOLO on RGB: `boxes` (4, n) are added to the first four channels; a row each if `rows`."""
    count, squares = len(channels), boxes.shape[1]
    added = np.zeros((1, count, squares), np.float32)
    added[0, :4] = boxes
    weights = {"w": looking(channels), "added": added, "shape": np.array([1, count, squares], np.int64)}
    nodes = [
        node("Conv", ["image", "w"], "seen", kernel_shape=[STRIDE] * 2, strides=[STRIDE] * 2),
        node("Reshape", ["seen", "shape"], "flat"),
        node("Add", ["flat", "added"], "sum" if rows else "out"),
    ]
    nodes += [node("Transpose", ["sum"], "out", perm=[0, 2, 1])] if rows else []
    out = [1, squares, count] if rows else [1, count, squares]
    return model(nodes, weights, shape or [1, 3, side, side], {"out": out}, **options)


def yolo_columns(side: int = 64, **options) -> bytes:
    """(1, 6, n): centre, sides, two classes."""
    boxes = np.concatenate([centres(side), np.full((2, (side // STRIDE) ** 2), STRIDE, np.float32)])
    return yolo([{}, {}, {}, {}, {0: 1}, {1: 1}], boxes, rows=False, side=side, **options)


def yolo_rows(side: int = 64, **options) -> bytes:
    """(1, n, 7): centre, sides, objectness, two classes."""
    boxes = np.concatenate([centres(side), np.full((2, (side // STRIDE) ** 2), STRIDE, np.float32)])
    return yolo([{}, {}, {}, {}, {0: 1, 1: 1}, {0: 1}, {1: 1}], boxes, rows=True, side=side, **options)


def end_to_end(side: int = 64, **options) -> bytes:
    """(1, n, 6): two corners, score, class."""
    boxes = np.concatenate([centres(side) - STRIDE / 2, centres(side) + STRIDE / 2])
    return yolo([{}, {}, {}, {}, {0: 1, 1: 1}, {1: 1}], boxes, rows=True, side=side, **options)

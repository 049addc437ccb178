"""What an ONNX file says of itself, read without the onnx package: the shape of its input, and its metadata.

The format is protobuf (encoding: https://protobuf.dev/programming-guides/encoding; field numbers: onnx.proto of
ONNX 1.16). Only the few fields that are asked for are looked into; weights are passed over by their length.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from spatialmem import FormatError, InputError

__all__ = ["OnnxHeader", "read_header", "read_model"]

GRAPH, METADATA = 7, 14  # of ModelProto
INITIALIZER, INPUT = 5, 11  # of GraphProto
TENSOR_NAME = 8  # of TensorProto
NAME, TYPE = 1, 2  # of ValueInfoProto
TENSOR_TYPE, SHAPE, DIMENSION, LENGTH = 1, 2, 1, 1  # of TypeProto, its Tensor, TensorShapeProto, its Dimension
KEY, VALUE = 1, 2  # of StringStringEntryProto
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class _Span(NamedTuple):
    """Bytes of the file that are one message or text."""

    start: int
    end: int


class _Damaged(Exception):
    """Offset, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class OnnxHeader:
    """input_shapes: of every input that is not a weight; 0 for a length that is not fixed."""

    input_shapes: tuple[tuple[int, ...], ...]
    metadata: dict[str, str]

    def class_names(self) -> tuple[str, ...] | None:
        """Return the labels that exporters such as Ultralytics' write as `names`, None where there are none."""
        names = self._literal("names")
        if isinstance(names, dict) and set(names) == set(range(len(names))):
            names = [names[i] for i in range(len(names))]
        if isinstance(names, (list, tuple)) and names and all(isinstance(name, str) for name in names):
            return tuple(names)
        return None

    def image_size(self) -> tuple[int, int] | None:
        """Return the (width, height) [px] that such exporters write as `imgsz`, None where there is none."""
        size = self._literal("imgsz")
        if isinstance(size, (list, tuple)) and len(size) == 2 and all(isinstance(n, int) and n > 0 for n in size):
            return size[1], size[0]
        return None

    def _literal(self, key: str) -> object:
        try:
            return ast.literal_eval(self.metadata.get(key, ""))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):  # no Python literal
            return None


def read_model(path: Path) -> bytes:
    """Return the bytes of a model's file. Raises InputError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the model {path} cannot be read: {error.strerror}. Give the path of an .onnx file."
        ) from error


def read_header(path: Path, data: bytes) -> OnnxHeader:
    """Read the header of a model's bytes. Raises FormatError, which names `path`, where they are no ONNX model."""
    shapes: tuple[tuple[int, ...], ...] | None = None
    metadata: dict[str, str] = {}
    try:
        for number, value in _fields(data, _Span(0, len(data))):
            if number == GRAPH:
                shapes = _input_shapes(data, _span(value))
            elif number == METADATA:
                entry = dict(_fields(data, _span(value)))
                if KEY in entry and VALUE in entry:
                    metadata[_text(data, entry[KEY])] = _text(data, entry[VALUE])
    except _Damaged as damage:
        offset, what = damage.args
        raise FormatError(path, offset, f"{what}: this is no ONNX model, or a damaged one. Export it again.") from None
    if shapes is None:
        raise FormatError(path, len(data), "no graph was found: this is no ONNX model, or a part of one.")
    return OnnxHeader(shapes, metadata)


def _input_shapes(data: bytes, graph: _Span) -> tuple[tuple[int, ...], ...]:
    """Return the shape of each input of a graph. Files of before ONNX's version 4 list the weights as inputs too."""
    inputs, weights = [], set()
    for number, value in _fields(data, graph):
        if number == INPUT:
            inputs.append(_span(value))
        elif number == INITIALIZER:
            weights |= {_text(data, name) for key, name in _fields(data, _span(value)) if key == TENSOR_NAME}
    infos = [dict(_fields(data, span)) for span in inputs]
    return tuple(_shape(data, info[TYPE]) for info in infos if TYPE in info and _name(data, info) not in weights)


def _name(data: bytes, info: dict[int, int | _Span]) -> str:
    return _text(data, info[NAME]) if NAME in info else ""


def _shape(data: bytes, kind: int | _Span) -> tuple[int, ...]:
    """Return the lengths of a tensor's type; none for what is no tensor, or one without a shape."""
    for tag in (TENSOR_TYPE, SHAPE):
        inner = dict(_fields(data, _span(kind)))
        if tag not in inner:
            return ()
        kind = inner[tag]
    lengths = []
    for number, value in _fields(data, _span(kind)):
        if number == DIMENSION:
            length = dict(_fields(data, _span(value))).get(LENGTH, 0)
            lengths.append(length if isinstance(length, int) else 0)
    return tuple(lengths)


def _fields(data: bytes, span: _Span) -> Iterator[tuple[int, int | _Span]]:
    """Yield each field's number and value: a whole number, or where its bytes are. Raises _Damaged."""
    at = span.start
    while at < span.end:
        start = at
        tag, at = _varint(data, at, span.end)
        wire = tag & 7
        if wire == VARINT:
            value, at = _varint(data, at, span.end)
            yield tag >> 3, value
            continue
        if wire == BYTES:
            length, at = _varint(data, at, span.end)
        elif wire in (FIXED32, FIXED64):
            length = 4 if wire == FIXED32 else 8
        else:
            raise _Damaged(start, f"a field of wire type {wire}")
        if at + length > span.end:
            raise _Damaged(start, f"a field of {length} bytes where {span.end - at} are left")
        yield tag >> 3, _Span(at, at + length)
        at += length


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a whole number of seven bits a byte, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise _Damaged(at, "the end within a number")
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise _Damaged(at, "a number of more than 64 bits")


def _span(value: int | _Span) -> _Span:
    if isinstance(value, _Span):
        return value
    raise _Damaged(0, f"the number {value} where a message belongs")


def _text(data: bytes, value: int | _Span) -> str:
    span = _span(value)
    return data[span.start : span.end].decode("utf-8", "replace")

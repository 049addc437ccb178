"""Inputs as bytes, and back: msgpack, arrays as their bytes (zstd where they are large), images as they came.

What is decoded equals what was encoded, bit by bit. The same input is the same bytes, with one version of zstd.
"""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import numpy as np
import zstandard

from spatialmem.errors import InputError
from spatialmem.types import (
    Action,
    Detection,
    Detections,
    EncodedImage,
    Input,
    Pinhole,
    PointScan,
    Recall,
    RgbdFrame,
    RobotState,
)

__all__ = ["decode_input", "encode_input"]

_KINDS = {kind.__name__: kind for kind in (Action, Detections, PointScan, Recall, RgbdFrame, RobotState)}
_PARTS = {kind.__name__: kind for kind in (Detection, Pinhole)}
_ARRAY, _ZSTD_ARRAY, _IMAGE, _PART = 1, 2, 3, 4
"""Codes of msgpack's extension types."""
_ZSTD_FROM = 4096
"""Arrays of fewer bytes are kept as they are."""
_ZSTD_LEVEL = 1
"""A depth image of 0.4 MB takes 0.6 ms and a fifth of its size; higher levels gain a tenth and cost as much again."""


_FAULTS = (
    *(msgspec.MsgspecError, zstandard.ZstdError, KeyError, TypeError, ValueError, AttributeError),
    *(OverflowError, RecursionError, MemoryError, SyntaxError),
)
"""What damaged bytes make msgspec, zstd and NumPy raise."""


def encode_input(x: Input, *, packed: bool = True) -> bytes:
    """Return an input as bytes: every admitted one, others where each field is a number, text, array or of those.

    packed: whether large arrays are compressed; else the bytes are the same with every version of zstd. Raises
    TypeError, ValueError or OverflowError for fields that are none of these.
    """
    return _encoded(x, _ZSTD_FROM if packed else None)


def decode_input(data: bytes) -> Input:
    """Return the input that was encoded; arrays are read-only. Raises InputError for anything else."""
    try:
        return _decoded(data, _KINDS)
    except _FAULTS as error:
        raise InputError(f"these {len(data)} bytes are not an input as encode_input writes it: {error}.") from error


def _encoded(value: Any, zstd_from: int | None) -> bytes:
    """Return a dataclass as its name and its fields; those that are None are left out."""
    known = ((field.name, getattr(value, field.name)) for field in fields(value))
    return msgspec.msgpack.encode(
        (type(value).__name__, {name: _plain(v, zstd_from) for name, v in known if v is not None})
    )


def _decoded(data: bytes | memoryview, kinds: dict[str, Any]) -> Any:
    name, plain = msgspec.msgpack.decode(data, type=tuple[str, dict[str, Any]], ext_hook=_extension)
    return kinds[name](**{field: tuple(v) if isinstance(v, list) else v for field, v in plain.items()})


def _plain(value: Any, zstd_from: int | None) -> Any:
    if isinstance(value, np.ndarray):
        return _packed(value, zstd_from)
    if isinstance(value, EncodedImage):
        return msgspec.msgpack.Ext(_IMAGE, value.data)
    if is_dataclass(value):
        return msgspec.msgpack.Ext(_PART, _encoded(value, zstd_from))
    if isinstance(value, tuple):
        return [_plain(entry, zstd_from) for entry in value]
    if isinstance(value, dict):
        return {name: _plain(entry, zstd_from) for name, entry in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _packed(array: np.ndarray, zstd_from: int | None) -> msgspec.msgpack.Ext:
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    code, data = _ARRAY, little.tobytes()
    if zstd_from is not None and len(data) >= zstd_from:
        code, data = _ZSTD_ARRAY, zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data)
    return msgspec.msgpack.Ext(code, msgspec.msgpack.encode((little.dtype.str, array.shape, data)))


def _extension(code: int, data: memoryview) -> Any:
    if code == _IMAGE:
        return EncodedImage(bytes(data))
    if code == _PART:
        return _decoded(data, _PARTS)
    dtype, shape, stored = msgspec.msgpack.decode(data, type=tuple[str, tuple[int, ...], bytes])
    if code == _ZSTD_ARRAY:
        size = np.dtype(dtype).itemsize * math.prod(shape)
        if zstandard.frame_content_size(stored) != size:  # before memory is taken for it
            raise ValueError(f"an array of {size} bytes is kept as another")
        stored = zstandard.ZstdDecompressor().decompress(stored)
    elif code != _ARRAY:
        raise ValueError(f"extension type {code} is not known")
    array = np.frombuffer(stored, dtype).reshape(shape)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    array.setflags(write=False)
    return array

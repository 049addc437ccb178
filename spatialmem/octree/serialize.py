"""A state of the octree as bytes, and back: the same map is the same bytes, whatever slots or threads made it.

    seal (sealed.py) | size of the header, 4 bytes | header, msgpack | the arrays of Blocks in order

Numbers are little-endian.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec
import numpy as np

from spatialmem.errors import InputError
from spatialmem.octree.blocks import Blocks, blocks_of
from spatialmem.octree.snapshot import Snapshot
from spatialmem.sealed import seal, unseal

__all__ = ["StateHeader", "dump", "load"]

_MAGIC = b"smoctree"
_FORMAT = 1
_SIZE_SIZE = 4
_DTYPES = {"roots": "<i4", "children": "<i4", "leaves": "i1", "colors": "u1", "seen": "<u4", "seen_tiles": "<u4"}


class StateHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the arrays."""

    format: int
    voxel_size_m: float
    seq: int
    root_count: int
    leaf_count: int
    color: bool
    last_seen: bool

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every array that follows, by its name in `Blocks`."""
        n, m = self.root_count, self.leaf_count
        shapes: dict[str, tuple[int, ...]] = {"roots": (n, 3), "children": (n, 512), "leaves": (m, 512)}
        if self.color:
            shapes["colors"] = (m, 512, 4)
        if self.last_seen:
            shapes |= {"seen": (m, 512), "seen_tiles": (n, 512)}
        return shapes


def dump(snapshot: Snapshot) -> bytes:
    """Return a state as bytes."""
    blocks = blocks_of(snapshot)
    header = StateHeader(
        _FORMAT, snapshot.voxel_size_m, snapshot.seq, len(blocks.roots), len(blocks.leaves),
        color=blocks.colors is not None, last_seen=blocks.seen is not None,
    )  # fmt: skip
    arrays = [(_DTYPES[field.name], getattr(blocks, field.name)) for field in fields(Blocks)]
    encoded = msgspec.msgpack.encode(header)
    parts = [array.astype(dtype, copy=False).tobytes() for dtype, array in arrays if array is not None]
    return seal(_MAGIC, b"".join([len(encoded).to_bytes(_SIZE_SIZE, "little"), encoded, *parts]))


def load(data: bytes) -> tuple[StateHeader, Blocks]:
    """Read what `dump` wrote; whether it is a map is for `checked_blocks` to say. Raises InputError."""
    payload = unseal(_MAGIC, data, "an octree's state", "Octree.dump()")
    try:
        at = _SIZE_SIZE + int.from_bytes(payload[:_SIZE_SIZE], "little")
        header = msgspec.msgpack.decode(payload[_SIZE_SIZE:at], type=StateHeader)
        arrays: dict[str, Any] = {}
        for name, shape in header.shapes().items():
            stored = np.frombuffer(payload, _DTYPES[name], int(np.prod(shape)), at)
            arrays[name] = stored.astype(stored.dtype.newbyteorder("="), copy=False).reshape(shape)
            at += stored.nbytes
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"this octree's state was not written by this version of spatialmem: {error}.") from error
    if header.format != _FORMAT or at != len(payload):
        raise InputError(f"this octree's state has format {header.format}, {_FORMAT} is what this version reads.")
    return header, Blocks(**arrays)

"""A state of the octree as bytes, and back: the same map is the same bytes, whatever slots or threads made it.

    magic, 8 bytes | BLAKE2b of the rest, 16 | size of the header, 4 | header, msgpack | the arrays of Blocks in order

Numbers are little-endian.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import Any

import msgspec
import numpy as np

from spatialmem.errors import InputError
from spatialmem.octree.blocks import Blocks, blocks_of, checked_blocks
from spatialmem.octree.snapshot import Snapshot

__all__ = ["StateHeader", "dump", "load", "state_hash"]

_MAGIC = b"smoctree"
_FORMAT = 1
_DIGEST_SIZE, _SIZE_SIZE = 16, 4
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
    payload = b"".join(
        [
            len(encoded).to_bytes(_SIZE_SIZE, "little"),
            encoded,
            *(array.astype(dtype, copy=False).tobytes() for dtype, array in arrays if array is not None),
        ]
    )
    return _MAGIC + hashlib.blake2b(payload, digest_size=_DIGEST_SIZE).digest() + payload


def load(data: bytes) -> tuple[StateHeader, Blocks]:
    """Read what `dump` wrote. Raises InputError for anything else: cut short, changed, of another kind."""
    start = len(_MAGIC) + _DIGEST_SIZE
    if data[: len(_MAGIC)] != _MAGIC:
        raise InputError("this is not an octree's state: it does not begin as Octree.dump() does.")
    payload = memoryview(data)[start:]
    if hashlib.blake2b(payload, digest_size=_DIGEST_SIZE).digest() != data[len(_MAGIC) : start]:
        raise InputError(f"this octree's state of {len(data)} bytes is damaged or cut short: its checksum differs.")
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
    return header, checked_blocks(Blocks(**arrays))


def state_hash(data: bytes) -> str:
    """Return the BLAKE2b of a state's bytes, 64 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()

"""Rows: the checksum that every row of every table carries, the journal's chain, and the types of what is stored."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from spatialmem.errors import InputError
from spatialmem.store.schema import Table

__all__ = [
    "JournalRow",
    "Row",
    "Tail",
    "Value",
    "chain_next",
    "chain_start",
    "checked_row",
    "crc_of",
    "digest_of",
    "refuse_large",
    "set_digest",
    "with_crc",
]

Value: TypeAlias = "int | str | bytes | None"
"""What a column may hold."""

DIGEST_BYTES = 16
PAYLOAD_MAX_BYTES = 256 << 20
_INT_MAX = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One admitted input, as it is appended to the journal. The payload is any bytes."""

    seq: int
    source: str
    kind: str
    stamp_ns: int
    received_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row of the journal as it is read. `payload` is None where retention has dropped it."""

    seq: int
    source: str
    kind: str
    stamp_ns: int
    received_ns: int
    payload: bytes | None
    payload_size: int
    payload_digest: bytes
    chain: bytes


class Tail(NamedTuple):
    """Where the journal ends. One row, written anew with every group: a lost newest row does not go unnoticed."""

    id: int
    seq: int
    chain: bytes
    stamp_ns: int
    """The largest stamp of all rows [ns]."""
    payload_bytes: int
    """The bytes of all payloads that are still there."""
    dropped_until: int
    """Payloads up to this row are dropped."""
    checkpoint_seq: int
    """The newest checkpoint, 0 for none."""


def digest_of(data: bytes) -> bytes:
    """Return the BLAKE2b digest of bytes, 16 bytes."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()


def crc_of(table: str, values: Sequence[Value]) -> int:
    """Return the CRC-32 of a row: of its table's name and of the kind, the size and the bytes of each value."""
    crc = zlib.crc32(table.encode())
    for value in values:
        head, data = _encoded(value)
        crc = zlib.crc32(data, zlib.crc32(head, crc))
    return crc


def with_crc(table: Table, values: Sequence[Value]) -> tuple[Value, ...]:
    """Return a row's values with their CRC behind them."""
    return (*values, crc_of(table.name, values))


def _encoded(value: Value) -> tuple[bytes, bytes]:
    """Return a value as (kind and size, bytes), so that no two rows of values are the same bytes."""
    if value is None:
        return b"n", b""
    if isinstance(value, int):
        return b"i", value.to_bytes(8, "little", signed=True)
    data = value.encode() if isinstance(value, str) else value
    return (b"s" if isinstance(value, str) else b"b") + len(data).to_bytes(8, "little"), data


def chain_start(world: str) -> bytes:
    """Return what the first row of a world's journal is chained to."""
    return digest_of(b"spatialmem journal of " + world.encode())


def chain_next(chain: bytes, columns: Iterable[Value], payload_digest: bytes) -> bytes:
    """Return the chain after a row: BLAKE2b over the chain before it, its columns and its payload's digest."""
    h = hashlib.blake2b(chain, digest_size=DIGEST_BYTES)
    for value in columns:
        head, data = _encoded(value)
        h.update(head)
        h.update(data)
    h.update(payload_digest)
    return h.digest()


def set_digest(blocks: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return the digest of a set of blocks, given as (root key, seq, digest of the payload), sorted by root key."""
    h = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for root_key, seq, digest in blocks:
        h.update(root_key.to_bytes(8, "little", signed=True) + seq.to_bytes(8, "little") + digest)
    return h.digest()


def checked_row(row: Row, seq: int) -> Row:
    """Return a row that can be appended as number `seq`. Raises InputError for another."""
    if row.seq != seq:
        raise InputError(f"the row to append is number {row.seq}; the next one is {seq}. Rows are appended in order.")
    for name in ("stamp_ns", "received_ns"):
        if not -_INT_MAX <= getattr(row, name) <= _INT_MAX:
            raise InputError(f"{name} is {getattr(row, name)}; allowed are 64-bit integers.")
    refuse_large(len(row.payload))
    return row


def refuse_large(payload_bytes: int) -> None:
    """Raise InputError for a payload that no row can hold."""
    if payload_bytes > PAYLOAD_MAX_BYTES:
        raise InputError(f"the payload has {payload_bytes} bytes; at most {PAYLOAD_MAX_BYTES} can be kept.")

"""Rows read back, each held to its CRC, the journal to its chain: what is returned is what was written.

Everything here takes a connection (a `Snapshot`'s, or the writer's own) and raises MemoryCorrupt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from spatialmem.errors import MemoryCorrupt
from spatialmem.store.faults import translated
from spatialmem.store.rows import JournalRow, Tail, Value, chain_next, chain_start, crc_of, digest_of, set_digest
from spatialmem.store.schema import TABLES, Table

__all__ = [
    "CheckpointRow",
    "CurrentBlock",
    "Extent",
    "chain_at",
    "current_blocks",
    "read_block",
    "read_checkpoint",
    "read_extent",
    "read_journal",
    "read_meta",
    "read_pictures",
    "read_table",
    "read_tail",
    "select",
]

JOURNAL, PAYLOAD, BLOCK, CHECKPOINT = (TABLES[name] for name in ("journal", "payload", "block", "checkpoint"))


@dataclass(frozen=True, slots=True)
class CurrentBlock:
    """Which version of a root a checkpoint means."""

    root_key: int
    seq: int
    size: int
    """-1: the root is gone."""
    digest: bytes


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A checkpoint as its row says it."""

    seq: int
    chain: bytes
    blocks: int
    digest: bytes
    state: bytes


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a numbered table holds: rows 1 to `count`, and for evidence the bytes that are not dropped."""

    name: str
    count: int
    bytes: int
    dropped_until: int


def select(
    connection: apsw.Connection, path: Path, table: Table, rest: str = "", values: Sequence[Value] = ()
) -> Iterator[tuple[Any, ...]]:
    """Yield rows without their CRC, which is checked first."""
    with translated(path):
        for *columns, crc in connection.execute(f"{table.select} {rest}", values):
            if not _typed(table, columns) or crc != crc_of(table.name, columns):
                raise MemoryCorrupt(path, f"table {table.name}", f"row {_named(table, columns)} fails its CRC")
            yield tuple(columns)


def _typed(table: Table, columns: Sequence[Any]) -> bool:
    kinds = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
    return all(c is None or type(c) is kinds[kind] for c, kind in zip(columns, table.types, strict=True))


def _named(table: Table, columns: Sequence[Any]) -> str:
    keys = 2 if table.name == "block" else 1
    return ", ".join(f"{table.columns[i]} {columns[i]!r:.40}" for i in range(keys))


def read_meta(connection: apsw.Connection, path: Path) -> dict[str, bytes]:
    """Return what the file says about itself."""
    meta = dict(select(connection, path, TABLES["meta"]))
    for name in ("format", "world", "config"):
        if name not in meta:
            raise MemoryCorrupt(path, "table meta", f"there is no row '{name}'")
    return meta


def read_tail(connection: apsw.Connection, path: Path) -> Tail:
    """Return where the journal ends, held against its newest row."""
    rows = list(select(connection, path, TABLES["tail"]))
    if len(rows) != 1:
        raise MemoryCorrupt(path, "table tail", f"it has {len(rows)} rows instead of one")
    tail = Tail(*rows[0])
    newest = next(select(connection, path, JOURNAL, "ORDER BY seq DESC LIMIT 1"), None)
    seq, chain = (newest[0], newest[-1]) if newest else (0, None)
    if seq != tail.seq or (newest and chain != tail.chain):
        raise MemoryCorrupt(path, "table journal", f"its newest row is {seq}; {tail.seq} is what was written last")
    return tail


def read_journal(
    connection: apsw.Connection, path: Path, tail: Tail, chain: bytes, after: int, until: int, *, payloads: bool = True
) -> Iterator[JournalRow]:
    """Yield the rows after one whose chain is `chain`. Without `payloads` they are None, but looked for."""
    sql = (
        f"SELECT {', '.join(f'j.{c}' for c in JOURNAL.columns)}, j.crc, "
        f"p.seq, {'p.data, p.crc' if payloads else 'NULL, NULL'} "
        "FROM journal j LEFT JOIN payload p ON p.seq = j.seq WHERE j.seq > ? AND j.seq <= ? ORDER BY j.seq"
    )
    expected = after
    with translated(path):
        for *columns, crc, payload_seq, data, data_crc in connection.execute(sql, (after, until)):
            expected += 1
            where = f"row {expected} of the journal"
            if not _typed(JOURNAL, columns) or crc != crc_of("journal", columns) or columns[0] != expected:
                raise MemoryCorrupt(path, where, "it is missing or fails its CRC")
            seq, source, kind, stamp_ns, received_ns, size, digest, stored = columns
            row = JournalRow(seq, source, kind, stamp_ns, received_ns, data, size, digest, stored)
            chain = chain_next(chain, columns[:6], digest)
            if chain != stored:
                raise MemoryCorrupt(path, where, "it does not follow the row before it: the chain differs")
            _check_payload(path, where, row, tail, payload_seq, data_crc, read=payloads)
            yield row
    if expected != until:
        raise MemoryCorrupt(path, f"row {expected + 1} of the journal", "it is missing")


def _check_payload(
    path: Path, where: str, row: JournalRow, tail: Tail, seq: int | None, crc: int | None, *, read: bool
) -> None:
    if seq is None:
        if row.seq > tail.dropped_until:
            raise MemoryCorrupt(path, where, "its payload is missing, though retention has not dropped it")
        return
    if row.seq <= tail.dropped_until:
        raise MemoryCorrupt(path, where, "its payload is there, though retention has dropped it")
    if not read:
        return
    data = row.payload
    if not isinstance(data, bytes) or crc != crc_of("payload", (row.seq, data)):
        raise MemoryCorrupt(path, where, "its payload fails its CRC")
    if len(data) != row.payload_size or digest_of(data) != row.payload_digest:
        raise MemoryCorrupt(path, where, "its payload is not the one that was written")


def chain_at(connection: apsw.Connection, path: Path, world: str, seq: int) -> bytes:
    """Return the chain after row `seq` of the journal."""
    if seq == 0:
        return chain_start(world)
    row = next(select(connection, path, JOURNAL, "WHERE seq = ?", (seq,)), None)
    if row is None:
        raise MemoryCorrupt(path, f"row {seq} of the journal", "it is missing")
    return row[-1]


def current_blocks(connection: apsw.Connection, path: Path, seq: int) -> list[CurrentBlock]:
    """Return the newest version of every root up to a checkpoint, sorted by root key. Payloads are not read."""
    found: dict[int, CurrentBlock] = {}
    sql = "SELECT root_key, seq, size, digest FROM block WHERE seq <= ? ORDER BY root_key, seq"
    with translated(path):
        for row in connection.execute(sql, (seq,)):
            if [type(v) for v in row] != [int, int, int, bytes]:
                raise MemoryCorrupt(path, "table block", f"row {row[:2]} is damaged")
            found[row[0]] = CurrentBlock(*row)
    return [block for block in found.values() if block.size >= 0]


def read_checkpoint(connection: apsw.Connection, path: Path, tail: Tail, world: str) -> CheckpointRow | None:
    """Return the newest checkpoint, its chain and the digest of its set of blocks checked; not the blocks."""
    if tail.checkpoint_seq == 0:
        return None
    where = f"checkpoint {tail.checkpoint_seq}"
    columns = next(select(connection, path, CHECKPOINT, "WHERE seq = ?", (tail.checkpoint_seq,)), None)
    if columns is None:
        raise MemoryCorrupt(path, where, "it is missing")
    row = CheckpointRow(*columns)
    if row.chain != chain_at(connection, path, world, row.seq):
        raise MemoryCorrupt(path, where, "it is not of this journal: the chain differs")
    blocks = current_blocks(connection, path, row.seq)
    if len(blocks) != row.blocks or set_digest((b.root_key, b.seq, b.digest) for b in blocks) != row.digest:
        raise MemoryCorrupt(path, where, f"its {row.blocks} blocks are not the ones that were written")
    return row


def read_block(connection: apsw.Connection, path: Path, block: CurrentBlock) -> bytes:
    """Return a root's payload."""
    row = next(select(connection, path, BLOCK, "WHERE root_key = ? AND seq = ?", (block.root_key, block.seq)), None)
    where = f"block {block.root_key} of checkpoint {block.seq}"
    if row is None or row[4] is None:
        raise MemoryCorrupt(path, where, "it is missing")
    if row[3] != block.digest or len(row[4]) != block.size or digest_of(row[4]) != block.digest:
        raise MemoryCorrupt(path, where, "its payload is not the one that was written")
    return row[4]


def read_extent(connection: apsw.Connection, path: Path, name: str) -> Extent:
    """Return how much a numbered table holds."""
    row = next(select(connection, path, TABLES["extent"], "WHERE name = ?", (name,)), None)
    if row is None:
        raise MemoryCorrupt(path, "table extent", f"there is no row '{name}'")
    return Extent(*row)


def read_table(connection: apsw.Connection, path: Path, name: str, after_id: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a numbered table, none missing."""
    extent, expected = read_extent(connection, path, name), after_id
    for row in select(connection, path, TABLES[name], "WHERE id > ? ORDER BY id", (after_id,)):
        expected += 1
        if row[0] != expected:
            raise MemoryCorrupt(path, f"table {name}", f"row {expected} is missing")
        if name == "evidence":
            _check_evidence(path, row, extent)
        yield row
    if expected < extent.count or (expected > extent.count and expected > after_id):
        raise MemoryCorrupt(path, f"table {name}", f"it ends at row {expected}; {extent.count} were written")


def read_pictures(connection: apsw.Connection, path: Path, object_id: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the evidence of one object."""
    extent = read_extent(connection, path, "evidence")
    for row in select(connection, path, TABLES["evidence"], "WHERE object = ? ORDER BY id", (object_id,)):
        _check_evidence(path, row, extent)
        yield row


def _check_evidence(path: Path, row: tuple[Any, ...], extent: Extent) -> None:
    jpeg = row[6]
    if (jpeg is None) != (row[0] <= extent.dropped_until) or (jpeg is not None and digest_of(jpeg) != row[5]):
        raise MemoryCorrupt(path, "table evidence", f"the picture of row {row[0]} is not the one that was written")

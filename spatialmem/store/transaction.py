"""What one transaction of the commit thread does to the file: rows, a piece of a checkpoint, and what is due.

Functions on a connection within a transaction. They return the new `Progress`; the old one holds where it fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from spatialmem.errors import MemoryCorrupt
from spatialmem.store.reading import Extent, chain_at, current_blocks
from spatialmem.store.rows import Row, Tail, Value, chain_next, digest_of, set_digest, with_crc
from spatialmem.store.schema import TABLES

__all__ = [
    "Budgets",
    "Progress",
    "Put",
    "add_blocks",
    "add_rows",
    "finish_checkpoint",
    "garbage_of",
    "tidy",
    "unfinish",
]

_DROPPED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Budgets:
    """How many bytes payloads of the journal and pictures of the evidence may take."""

    journal_bytes: int
    evidence_bytes: int


@dataclass(frozen=True, slots=True)
class Put:
    """Rows for one of the numbered tables, checked."""

    table: str
    rows: tuple[tuple[Value, ...], ...]
    size: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What a transaction changes besides rows."""

    tail: Tail
    extents: dict[str, Extent]
    garbage: tuple[tuple[int, int], ...]
    """Versions of blocks to delete, as (root key, seq), each root's oldest first."""

    def due(self, budgets: Budgets) -> bool:
        """Return whether there is something to delete."""
        return bool(self.garbage) or self.drops_payloads(budgets) or self.drops_evidence(budgets)

    def drops_payloads(self, budgets: Budgets) -> bool:
        """Return whether the journal is beyond its budget and there are payloads that may go."""
        tail = self.tail
        return tail.payload_bytes > budgets.journal_bytes and tail.dropped_until < tail.checkpoint_seq

    def drops_evidence(self, budgets: Budgets) -> bool:
        """Return whether the evidence is beyond its budget."""
        return self.extents["evidence"].bytes > budgets.evidence_bytes


def add_rows(connection: apsw.Connection, progress: Progress, items: Sequence[Row | Put]) -> Progress:
    """Write rows of the journal and of the numbered tables, in their order."""
    tail, extents = progress.tail, dict(progress.extents)
    journal, payload = TABLES["journal"], TABLES["payload"]
    for item in items:
        if isinstance(item, Put):
            extents[item.table] = _put(connection, extents[item.table], item)
            continue
        digest = digest_of(item.payload)
        columns = (item.seq, item.source, item.kind, item.stamp_ns, item.received_ns, len(item.payload))
        chain = chain_next(tail.chain, columns, digest)
        connection.execute(journal.insert, with_crc(journal, (*columns, digest, chain)))
        connection.execute(payload.insert, with_crc(payload, (item.seq, item.payload)))
        tail = tail._replace(
            seq=item.seq,
            chain=chain,
            stamp_ns=item.stamp_ns if tail.seq == 0 else max(tail.stamp_ns, item.stamp_ns),
            payload_bytes=tail.payload_bytes + len(item.payload),
        )
    return replace(progress, tail=tail, extents=extents)


def _put(connection: apsw.Connection, extent: Extent, put: Put) -> Extent:
    table = TABLES[put.table]
    for row in put.rows:
        connection.execute(table.insert, with_crc(table, row))
    count = max(extent.count, *(row[0] for row in put.rows if isinstance(row[0], int)))
    return replace(extent, count=count, bytes=extent.bytes + (put.size if put.table == "evidence" else 0))


def add_blocks(connection: apsw.Connection, seq: int, blocks: Iterable[tuple[int, bytes | None]]) -> None:
    """Write versions of roots for the checkpoint at `seq`; None marks a root that is gone."""
    table = TABLES["block"]
    for root_key, payload in blocks:
        size, digest = (-1, b"") if payload is None else (len(payload), digest_of(payload))
        connection.execute(table.insert, with_crc(table, (root_key, seq, size, digest, payload)))


def finish_checkpoint(
    connection: apsw.Connection, path: Path, progress: Progress, world: str, seq: int, state: bytes
) -> Progress:
    """Write the checkpoint's row, with which its blocks become valid, and delete the row before it."""
    table, before = TABLES["checkpoint"], progress.tail.checkpoint_seq
    blocks = current_blocks(connection, path, seq)
    digest = set_digest((b.root_key, b.seq, b.digest) for b in blocks)
    chain = chain_at(connection, path, world, seq)
    connection.execute(table.insert, with_crc(table, (seq, chain, len(blocks), digest, state)))
    connection.execute("DELETE FROM checkpoint WHERE seq = ?", (before,))
    tail = progress.tail._replace(checkpoint_seq=seq)
    return replace(progress, tail=tail, garbage=garbage_of(connection, path, seq))


def unfinish(connection: apsw.Connection, seq: int) -> None:
    """Delete the blocks of a checkpoint after `seq` that was never finished."""
    connection.execute("DELETE FROM block WHERE seq > ?", (seq,))


def garbage_of(connection: apsw.Connection, path: Path, seq: int) -> tuple[tuple[int, int], ...]:
    """Return the versions of blocks that the checkpoint at `seq` does not need; each root's oldest first."""
    kept = {(block.root_key, block.seq) for block in current_blocks(connection, path, seq)}
    rows = connection.execute("SELECT root_key, seq FROM block WHERE seq <= ? ORDER BY root_key, seq", (seq,))
    return tuple((root_key, at) for root_key, at in rows if (root_key, at) not in kept)


def tidy(connection: apsw.Connection, path: Path, progress: Progress, budgets: Budgets) -> Progress:
    """Delete some of what is due: superseded blocks, payloads and pictures beyond their budgets."""
    chosen = progress.garbage[:_DROPPED_AT_ONCE]
    for key in chosen:
        connection.execute("DELETE FROM block WHERE root_key = ? AND seq = ?", key)
    progress = replace(progress, garbage=progress.garbage[len(chosen) :])
    for _ in range(_DROPPED_AT_ONCE):
        if not progress.drops_payloads(budgets):
            break
        progress = _drop_payload(connection, path, progress)
    for _ in range(_DROPPED_AT_ONCE):
        if not progress.drops_evidence(budgets):
            break
        progress = _drop_picture(connection, path, progress)
    return progress


def _drop_payload(connection: apsw.Connection, path: Path, progress: Progress) -> Progress:
    tail = progress.tail
    seq = tail.dropped_until + 1
    size = connection.execute("SELECT payload_size FROM journal WHERE seq = ?", (seq,)).get
    if not isinstance(size, int):
        raise MemoryCorrupt(path, f"row {seq} of the journal", "it is missing")
    connection.execute("DELETE FROM payload WHERE seq = ?", (seq,))
    return replace(progress, tail=tail._replace(dropped_until=seq, payload_bytes=tail.payload_bytes - size))


def _drop_picture(connection: apsw.Connection, path: Path, progress: Progress) -> Progress:
    extent, table = progress.extents["evidence"], TABLES["evidence"]
    at = extent.dropped_until + 1
    row = connection.execute(f"SELECT {', '.join(table.columns[:6])} FROM evidence WHERE id = ?", (at,)).fetchone()
    if row is None:
        raise MemoryCorrupt(path, "table evidence", f"row {at} is missing")
    connection.execute(table.insert, with_crc(table, (*row, None)))
    extent = replace(extent, bytes=extent.bytes - row[4], dropped_until=at)
    return replace(progress, extents={**progress.extents, "evidence": extent})


def write_progress(connection: apsw.Connection, before: Progress, after: Progress) -> None:
    """Write what changed between two states."""
    if after.tail != before.tail:
        connection.execute(TABLES["tail"].insert, with_crc(TABLES["tail"], after.tail))
    for name, extent in after.extents.items():
        if extent != before.extents[name]:
            values = (extent.name, extent.count, extent.bytes, extent.dropped_until)
            connection.execute(TABLES["extent"].insert, with_crc(TABLES["extent"], values))

"""`recover`: copies what is whole of a damaged memory file into a new one, and says what was lost.

The new file is again a prefix: rows from the first one to just before the first that is damaged or missing. Rows
whose effect a whole checkpoint holds may lack their payloads.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from spatialmem.errors import InputError, MemoryCorrupt
from spatialmem.store.faults import translated
from spatialmem.store.locks import real_path
from spatialmem.store.opening import check_opened, write_empty
from spatialmem.store.reading import CheckpointRow, Extent, current_blocks, read_block, read_meta, select
from spatialmem.store.rows import Tail, chain_next, chain_start, digest_of, set_digest, with_crc
from spatialmem.store.schema import BITEMPORAL, TABLES
from spatialmem.store.snapshot import Snapshot
from spatialmem.store.upkeep import new_file

__all__ = ["Recovery", "recover"]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What `recover` could copy."""

    seq: int
    """The newest row of the new file."""
    last_stamp_ns: int
    checkpoint_seq: int
    losses: tuple[str, ...]
    """One sentence for each thing that was lost."""
    written: bool
    """Whether there is a new file: not where nothing could be copied."""

    @property
    def everything(self) -> bool:
        """Whether nothing was lost."""
        return self.written and not self.losses


@dataclass(slots=True)
class _Found:
    """What is whole of a file, seen in one way."""

    world: str
    config: bytes
    tail: Tail | None
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    """Journal rows from the first one, chained, without their CRC."""
    bad_payloads: list[int] = field(default_factory=list)
    checkpoint: CheckpointRow | None = None
    losses: list[str] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The newest row that can be kept."""
        after = self.checkpoint.seq if self.checkpoint else 0
        return min([len(self.rows), *(seq - 1 for seq in self.bad_payloads if seq > after)])

    @property
    def dropped_until(self) -> int:
        """The newest row whose payload a checkpoint makes up for."""
        return max((seq for seq in self.bad_payloads if seq <= self.end), default=0)


def recover(path: str | Path, out: str | Path, *, world: str | None = None) -> Recovery:
    """Copy what is whole of `path`, which is only read, into the new file `out`.

    world: to be taken where the file no longer says it. Raises InputError, MemoryLocked, MemoryVersion, StoreError.
    """
    path, out = real_path(path), real_path(out)
    if out.exists():
        raise InputError(f"'{out}' exists; name a new file.")
    damage = _damage(path)
    best: tuple[_Found, dict[str, Any]] | None = None
    for way in _ways(path, damaged=damage is not None):
        with contextlib.suppress(MemoryCorrupt), Snapshot(path, **way) as snapshot:
            found = _look(snapshot, world)
            if best is None or (found.end, found.checkpoint is not None) > (
                best[0].end,
                best[0].checkpoint is not None,
            ):
                best = found, way
        if best and damage is None:
            break
    if best is None or (best[0].end == 0 and (damage or best[0].tail is None or best[0].tail.seq > 0)):
        return Recovery(0, 0, 0, (f"everything: {damage or 'no row is whole'}",), written=False)
    found, way = best
    with Snapshot(path, **way) as snapshot, new_file(out) as part, translated(path):
        stamp_ns = _write(snapshot, found, part)
    losses = [*_lost_rows(found, damage), *found.losses]
    if damage and not losses:
        losses.append(f"the rows, if any, behind the damage: {damage}")
    seq = found.checkpoint.seq if found.checkpoint else 0
    return Recovery(found.end, stamp_ns, seq, tuple(losses), written=True)


def _damage(path: Path) -> str | None:
    """Return why a file does not open, None where it does."""
    try:
        with Snapshot(path) as snapshot:
            check_opened(snapshot)
    except MemoryCorrupt as error:
        return f"{error.where}"
    return None


def _ways(path: Path, *, damaged: bool) -> Iterator[dict[str, Any]]:
    """Yield the ways to look at a file: as it is, leniently, and with a new first page."""
    if not damaged:
        yield {}
        return
    yield {"salvage": True}
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty"
        write_empty(empty, world="", config=b"")
        page = empty.read_bytes()
        page_bytes = int.from_bytes(page[16:18], "big")
    count = -(-path.stat().st_size // page_bytes)
    yield {"salvage": True, "first_page": page[:28] + count.to_bytes(4, "big") + bytes(8) + page[40:page_bytes]}


def _look(snapshot: Snapshot, world: str | None) -> _Found:
    """Find the longest chain of rows, which of their payloads are whole, and the checkpoint."""
    connection, path = snapshot.connection, snapshot.path
    meta: dict[str, bytes] = {}
    with contextlib.suppress(MemoryCorrupt):
        meta = read_meta(connection, path)
    if not meta and world is None:
        raise MemoryCorrupt(path, "table meta", "it does not say of which world it is")
    found = _Found(meta["world"].decode() if meta else str(world), meta.get("config", b""), None)
    if not meta:
        found.losses.append("the configuration")
    with contextlib.suppress(MemoryCorrupt):
        found.tail = next((Tail(*row) for row in select(connection, path, TABLES["tail"])), None)
    chain = chain_start(found.world)
    while (row := _row(snapshot, "journal", len(found.rows) + 1)) is not None:
        chain = chain_next(chain, row[:6], row[6])
        if chain != row[7]:
            break
        found.rows.append(row)
        if _payload(snapshot, row) is None:
            found.bad_payloads.append(row[0])
    found.checkpoint = _checkpoint(snapshot, found)
    return found


def _row(snapshot: Snapshot, table: str, key: int) -> tuple[Any, ...] | None:
    """Return a row if it is whole."""
    with contextlib.suppress(MemoryCorrupt):
        sql = f"WHERE {TABLES[table].columns[0]} = ?"
        row = next(select(snapshot.connection, snapshot.path, TABLES[table], sql, (key,)), None)
        return row if row is not None and row[0] == key else None
    return None


def _payload(snapshot: Snapshot, row: tuple[Any, ...]) -> bytes | None:
    found = _row(snapshot, "payload", row[0])
    return found[1] if found is not None and digest_of(found[1]) == row[6] else None


def _checkpoint(snapshot: Snapshot, found: _Found) -> CheckpointRow | None:
    """Return the newest checkpoint if it and all its blocks are whole."""
    connection, path = snapshot.connection, snapshot.path
    try:
        sql = "ORDER BY seq DESC LIMIT 1"
        columns = next(select(connection, path, TABLES["checkpoint"], sql), None)
        if columns is None:
            if found.tail is not None and found.tail.checkpoint_seq == 0:
                return None
            raise MemoryCorrupt(path, "the checkpoint", "it is missing")
        row = CheckpointRow(*columns)
        blocks = current_blocks(connection, path, row.seq)
        if set_digest((b.root_key, b.seq, b.digest) for b in blocks) != row.digest or len(blocks) != row.blocks:
            raise MemoryCorrupt(path, f"checkpoint {row.seq}", "its blocks are not the ones that were written")
        if row.seq > len(found.rows) or found.rows[row.seq - 1][7] != row.chain:
            raise MemoryCorrupt(path, f"checkpoint {row.seq}", "its row of the journal is lost")
        for block in blocks:
            read_block(connection, path, block)
        return row
    except MemoryCorrupt as error:
        found.losses.append(f"the checkpoint, so that the state is rebuilt from row 1 ({error.where})")
        return None


def _lost_rows(found: _Found, damage: str | None) -> list[str]:
    """Say which rows and payloads were lost."""
    losses, end = [], found.end
    if found.tail is not None and found.tail.seq > end:
        losses.append(f"rows {end + 1} to {found.tail.seq} of the journal")
    elif found.tail is None:
        losses.append(f"every row after {end}; how many there were is not known ({damage})")
    dropped = found.tail.dropped_until if found.tail else 0
    lost = [seq for seq in found.bad_payloads if dropped < seq <= end]
    if lost:
        losses.append(f"the payloads of rows {dropped + 1} to {lost[-1]}; their effect is in the checkpoint")
    return losses


def _write(snapshot: Snapshot, found: _Found, part: Path) -> int:
    """Write what is whole to a new file; return the largest stamp [ns]."""
    write_empty(part, world=found.world, config=found.config)
    target = apsw.Connection(str(part))
    try:
        target.execute("PRAGMA synchronous=EXTRA")
        with target:
            tail = _write_journal(snapshot, found, target)
            if found.checkpoint is not None:
                tail = tail._replace(checkpoint_seq=_write_checkpoint(snapshot, found.checkpoint, target))
            target.execute(TABLES["tail"].insert, with_crc(TABLES["tail"], tail))
            for name in BITEMPORAL:
                _write_numbered(snapshot, found, name, target)
    finally:
        target.close()
    return tail.stamp_ns


def _write_journal(snapshot: Snapshot, found: _Found, target: apsw.Connection) -> Tail:
    journal, payload = TABLES["journal"], TABLES["payload"]
    size = 0
    for row in found.rows[: found.end]:
        target.execute(journal.insert, with_crc(journal, row))
        if row[0] > found.dropped_until:
            data = _payload(snapshot, row)
            target.execute(payload.insert, with_crc(payload, (row[0], data)))
            size += row[5]
    chain = found.rows[found.end - 1][7] if found.end else chain_start(found.world)
    stamp_ns = max((row[3] for row in found.rows[: found.end]), default=0)
    return Tail(1, found.end, chain, stamp_ns, size, found.dropped_until, 0)


def _write_checkpoint(snapshot: Snapshot, row: CheckpointRow, target: apsw.Connection) -> int:
    block, checkpoint = TABLES["block"], TABLES["checkpoint"]
    for b in current_blocks(snapshot.connection, snapshot.path, row.seq):
        data = read_block(snapshot.connection, snapshot.path, b)
        target.execute(block.insert, with_crc(block, (b.root_key, b.seq, b.size, b.digest, data)))
    target.execute(checkpoint.insert, with_crc(checkpoint, (row.seq, row.chain, row.blocks, row.digest, row.state)))
    return row.seq


def _write_numbered(snapshot: Snapshot, found: _Found, name: str, target: apsw.Connection) -> None:
    """Copy the rows of a numbered table up to the first that is damaged or known only later.

    What was taken back only later holds again.
    """
    table, extent = TABLES[name], _row_extent(snapshot, name)
    seq_at = table.columns.index("seq" if name == "evidence" else "known_from_seq")
    count = size = dropped = 0
    while (row := _row(snapshot, name, count + 1)) is not None and (row[seq_at] or 0) <= found.end:
        if name == "evidence":
            dropped, size = (row[0], size) if row[6] is None else (dropped, size + row[4])
        if name != "evidence" and (row[seq_at + 1] or 0) > found.end:
            row = (*row[: seq_at + 1], 0, *row[seq_at + 2 :])
        target.execute(table.insert, with_crc(table, row))
        count += 1
    extent_table = TABLES["extent"]
    target.execute(extent_table.insert, with_crc(extent_table, (name, count, size, dropped)))
    if extent is None:
        found.losses.append(f"the rows of {name} after {count}, if there were any")
    elif extent.count > count:
        found.losses.append(f"rows {count + 1} to {extent.count} of {name}")


def _row_extent(snapshot: Snapshot, name: str) -> Extent | None:
    with contextlib.suppress(MemoryCorrupt):
        row = next(select(snapshot.connection, snapshot.path, TABLES["extent"], "WHERE name = ?", (name,)), None)
        return Extent(*row) if row else None
    return None

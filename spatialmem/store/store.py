"""`Store`: one memory file, opened. Bytes and rows go in and come back; what they mean is not known here."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw

from spatialmem.errors import InputError, StoreError
from spatialmem.store.committing import Committer, Pieces
from spatialmem.store.faults import translated
from spatialmem.store.locks import FileHandle, real_path
from spatialmem.store.opening import Opened, check_opened, create_file, open_connection, upgrade
from spatialmem.store.reading import (
    CheckpointRow,
    CurrentBlock,
    chain_at,
    current_blocks,
    read_block,
    read_checkpoint,
    read_extent,
    read_journal,
    read_pictures,
    read_table,
    read_tail,
)
from spatialmem.store.rows import JournalRow, Row, Tail, Value, checked_row, digest_of, refuse_large
from spatialmem.store.schema import BITEMPORAL, FORMAT, TABLES
from spatialmem.store.snapshot import Snapshot
from spatialmem.store.transaction import Budgets, Progress, Put, garbage_of, unfinish

__all__ = ["Checkpoint", "Store"]

JOURNAL_BUDGET_MIB, EVIDENCE_BUDGET_MIB, WAL_MIB = 4096, 256, 16
_ROW_BYTES = 256
"""What a row takes in the queue besides its payload."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The newest checkpoint: the state after row `seq` of the journal."""

    seq: int
    state: bytes
    block_count: int
    blocks: Iterator[tuple[int, bytes]]
    """(root key, payload) in the order of the keys; each is checked as it is read. Raises MemoryCorrupt."""


class Store:
    """One memory file. One writer; any number of readers beside it, each on the moment at which it was opened.

    Any thread may call any method. Made by `Store.open`.
    """

    def __init__(self, path: Path, opened: Opened, *, committer: Committer | None, snapshot: Snapshot | None):
        self.path, self.format, self.world, self.config = path, opened.format, opened.world, opened.config
        self._opened, self._committer, self._snapshot = opened, committer, snapshot
        self._last_seq = opened.tail.seq
        self._counts = {name: extent.count for name, extent in opened.extents.items()}
        self._finalizer = weakref.finalize(self, _closed_quietly, committer) if committer else None

    @classmethod
    def open(
        cls, path: str | Path, *, world: str | None = None, config: bytes = b"", read_only: bool = False,
        journal_budget_mib: int | float = JOURNAL_BUDGET_MIB, evidence_budget_mib: int | float = EVIDENCE_BUDGET_MIB,
        wal_mib: int | float = WAL_MIB, _vfs: str | None = None,
    ) -> Store:  # fmt: skip
        """Open a memory file; make one where there is none, unless `read_only`.

        world: of the file; may be left out for a file that exists. config: kept in a new file. wal_mib: when the
        log's pages are moved into the database. Read-only writes nothing, not even files beside it.
        Raises ConfigError for another world, InputError for a path that is no file, MemoryCorrupt, MemoryVersion,
        MemoryLocked, StoreError.
        """
        path = real_path(path)
        if read_only:
            snapshot = Snapshot(path)
            with _closing_on_error(snapshot):
                return cls(path, check_opened(snapshot, world=world), committer=None, snapshot=snapshot)
        if not path.exists():
            if world is None:
                raise InputError(f"there is no memory file '{path}'; to make one, say of which world.")
            create_file(path, world=world, config=config)
        handle = FileHandle(path, write=True)
        with _closing_on_error(handle):
            with Snapshot(path, handle=handle) as snapshot:
                opened = check_opened(snapshot, world=world)
            connection = open_connection(path, vfs=_vfs)
        budgets = Budgets(int(journal_budget_mib * (1 << 20)), int(evidence_budget_mib * (1 << 20)))
        with _closing_on_error(handle), _closing_on_error(connection), translated(path):
            progress = _cleaned(connection, path, opened)
            committer = Committer(
                connection, handle, progress,
                path=path, world=opened.world, budgets=budgets, wal_bytes=int(wal_mib * (1 << 20)),
            )  # fmt: skip
        return cls(path, opened, committer=committer, snapshot=None)

    # writing

    def wait_for_room(self, payload_bytes: int) -> None:
        """Wait until a row of so many bytes would be taken at once. Raises as `append`."""
        committer = self._writer()
        refuse_large(payload_bytes)
        committer.wait_for_room(payload_bytes + _ROW_BYTES)

    def append(self, row: Row) -> None:
        """Queue the journal's next row; it is durable when `durable_seq` has reached it.

        Waits only while 64 rows or 64 MiB are queued. Where writing fails rows are queued until then, and from then
        on the error is raised and the row is not taken. Raises InputError, StoreFull, StoreError, MemoryCorrupt.
        """
        committer = self._writer()
        checked_row(row, self._last_seq + 1)
        committer.add(row, len(row.payload) + _ROW_BYTES)
        self._last_seq = row.seq

    def put(self, table: str, rows: Iterable[Sequence[Value]]) -> None:
        """Queue rows for "node", "edge", "object_state" or "evidence", in order with the journal's rows.

        A row is all columns of the table (`schema.TABLES`); its first is its number: the next one adds a row, one
        that is there replaces it. Evidence is (id, object, seq, stamp_ns, jpeg) and is only added. Raises InputError,
        and as `append`.
        """
        committer = self._writer()
        count, checked = self._counts.get(table, 0), []
        for row in rows:
            checked.append(_checked_values(table, tuple(row), count))
            count = max(count, checked[-1][0])
        if not checked:
            return
        size = sum(len(value) for row in checked for value in row if isinstance(value, bytes))
        pictures = sum(row[4] for row in checked) if table == "evidence" else 0
        committer.add(Put(table, tuple(checked), pictures), size + _ROW_BYTES * len(checked))
        self._counts[table] = count

    def count(self, table: str) -> int:
        """Return how many rows one of the numbered tables has, durable or not."""
        _refuse_table(table)
        return self._counts.get(table, 0)

    def put_pictures(self, pictures: Iterable[tuple[int, int, int, bytes]]) -> None:
        """Queue pictures of objects, each (object, seq, stamp_ns, JPEG), as `put` does."""
        first = self._counts["evidence"] + 1
        self.put("evidence", [(first + i, *picture) for i, picture in enumerate(pictures)])

    def flush(self, timeout_s: int | float | None = None) -> None:
        """Wait until all that was appended is durable. Raises what keeps it from being so, StoreFull for one."""
        self._writer().flush(timeout_s)

    def schedule_checkpoint(self, seq: int, make: Callable[[], Pieces]) -> Future[None]:
        """Have the state after row `seq` written by the commit thread, in pieces between its groups.

        make: called in that thread; gives the state, the blocks that changed since the last checkpoint, and the roots
        that are gone. The future ends when the checkpoint is durable, or with what kept it from being written: then
        nothing of it holds, and the next one must bring its blocks too. Raises InputError.
        """
        committer = self._writer()
        if not 0 < seq <= self._last_seq:
            raise InputError(f"a checkpoint after row {seq} cannot be written: rows 1 to {self._last_seq} are there.")
        if seq <= self.checkpoint_seq:
            raise InputError(f"a checkpoint after row {seq} comes too late: there is one after {self.checkpoint_seq}.")
        return committer.schedule(seq, make)

    def checkpoint(self, seq: int, state: bytes, blocks: Iterable[tuple[int, bytes]], gone: Iterable[int] = ()) -> None:
        """Write the state after row `seq` and wait until it is durable. Raises as `schedule_checkpoint` and `flush`."""
        self.schedule_checkpoint(seq, lambda: Pieces(state, blocks, gone)).result()

    def close(self) -> None:
        """Write what waits and close the file. Raises StoreError or StoreFull where that cannot be written."""
        if self._finalizer is not None:
            self._finalizer.detach()
        if self._snapshot is not None:
            self._snapshot.close()
            self._snapshot = None
        committer = self._committer
        if committer is not None:
            try:
                committer.close()
            finally:
                progress = committer.progress
                self._opened = replace(self._opened, tail=progress.tail, extents=progress.extents)
                self._committer = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _writer(self) -> Committer:
        if self._committer is None:
            raise StoreError(f"{self.path} is closed or was opened read-only; nothing can be written to it.")
        return self._committer

    # where it stands

    @property
    def _tail(self) -> Tail:
        committer = self._committer
        return committer.progress.tail if committer else self._opened.tail

    @property
    def last_seq(self) -> int:
        """The newest row that was appended, durable or not; 0 for none."""
        return self._last_seq

    @property
    def durable_seq(self) -> int:
        """The newest row that no crash and no power cut can take away; 0 for none."""
        return self._tail.seq

    @property
    def last_stamp_ns(self) -> int:
        """The largest stamp of the durable rows [ns]; 0 where there are none."""
        return self._tail.stamp_ns

    @property
    def checkpoint_seq(self) -> int:
        """The row after which the newest checkpoint was taken; 0 for none."""
        return self._tail.checkpoint_seq

    @property
    def dropped_until(self) -> int:
        """Retention has dropped the payloads of rows 1 to this one."""
        return self._tail.dropped_until

    @property
    def journal_bytes(self) -> int:
        """What the payloads of the durable rows take, of `journal_budget_mib`."""
        return self._tail.payload_bytes

    @property
    def evidence_bytes(self) -> int:
        """What the durable pictures take, of `evidence_budget_mib`."""
        committer = self._committer
        return (committer.progress.extents if committer else self._opened.extents)["evidence"].bytes

    @property
    def failing(self) -> StoreError | None:
        """What keeps rows from being written at this moment."""
        committer = self._committer
        return committer.failing if committer else None

    # reading

    def newest_checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint, or None. Read its blocks before the next one is written."""
        reading = self._reading()
        connection, tail = reading.connection, reading.tail
        row = read_checkpoint(connection, self.path, tail, self.world)
        if row is None:
            reading.close()
            return None
        return Checkpoint(row.seq, row.state, row.blocks, self._blocks(reading, row))

    def _blocks(self, reading: _Reading, row: CheckpointRow) -> Iterator[tuple[int, bytes]]:
        blocks: list[CurrentBlock] = current_blocks(reading.connection, self.path, row.seq)
        with reading:
            for block in blocks:
                yield block.root_key, read_block(reading.connection, self.path, block)

    def journal(self, after_seq: int = 0, until_seq: int | None = None) -> Iterator[JournalRow]:
        """Yield the durable rows after one, checked and in order, up to another or to the end. Raises MemoryCorrupt."""
        with self._reading() as reading:
            until = reading.tail.seq if until_seq is None else min(until_seq, reading.tail.seq)
            if after_seq >= until:
                return
            chain = chain_at(reading.connection, self.path, self.world, max(0, after_seq))
            yield from read_journal(reading.connection, self.path, reading.tail, chain, max(0, after_seq), until)

    def newest_seq(self, stamp_ns: int, until_seq: int) -> int:
        """Return the newest durable row of the journal up to another that has no larger stamp; 0 for none."""
        sql = "SELECT max(seq) FROM journal WHERE stamp_ns <= ? AND seq <= ?"
        with self._reading() as reading, translated(self.path):
            return reading.connection.execute(sql, (stamp_ns, until_seq)).get or 0

    def rows(self, table: str, after_id: int = 0) -> Iterator[tuple[Any, ...]]:
        """Yield the durable rows of one of the numbered tables, checked and in order. Raises MemoryCorrupt."""
        _refuse_table(table)
        with self._reading() as reading:
            yield from read_table(reading.connection, self.path, table, after_id)

    def last_pictured_seq(self) -> int:
        """Return the input that the newest durable picture was kept of; 0 for none."""
        with self._reading() as reading:
            count = read_extent(reading.connection, self.path, "evidence").count
            newest = read_table(reading.connection, self.path, "evidence", max(count - 1, 0))
            return max((row[2] or 0 for row in newest), default=0)

    def pictures_of(self, object_id: int) -> list[tuple[Any, ...]]:
        """Return the durable rows of the evidence of one object, checked and in order. Raises MemoryCorrupt."""
        with self._reading() as reading:
            return list(read_pictures(reading.connection, self.path, object_id))

    def _reading(self) -> _Reading:
        if self._snapshot is not None:
            return _Reading(self._snapshot, self._opened.tail, own=False)
        if self._committer is None:
            raise StoreError(f"{self.path} is closed; open it again.")
        snapshot = Snapshot(self.path)
        with _closing_on_error(snapshot):
            return _Reading(snapshot, read_tail(snapshot.connection, self.path), own=True)


class _Reading:
    """A moment of the file to read from: a reader's one, or one of its own for a writer."""

    def __init__(self, snapshot: Snapshot, tail: Tail, *, own: bool):
        self.connection, self.tail = snapshot.connection, tail
        self._snapshot, self._own = snapshot, own

    def close(self) -> None:
        if self._own:
            self._snapshot.close()

    def __enter__(self) -> _Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _cleaned(connection: apsw.Connection, path: Path, opened: Opened) -> Progress:
    """Bring a file to this format, and delete what an unfinished checkpoint left; return what else is to be deleted."""
    seq = opened.tail.checkpoint_seq
    if opened.format < FORMAT:
        upgrade(connection)
    if connection.execute("SELECT count(*) FROM block WHERE seq > ?", (seq,)).get:
        with connection:
            unfinish(connection, seq)
    return Progress(opened.tail, opened.extents, garbage_of(connection, path, seq))


def _refuse_table(table: str) -> None:
    if table not in BITEMPORAL:
        raise InputError(f"there is no table '{table}' to put rows in; there are: {', '.join(BITEMPORAL)}.")


def _checked_values(table: str, row: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Return a row as it is written. Raises InputError for one that does not fit its table."""
    _refuse_table(table)
    if table == "evidence" and len(row) == 5 and isinstance(row[4], bytes):
        row = (*row[:4], len(row[4]), digest_of(row[4]), row[4])
    columns, kinds = TABLES[table].columns, {"INTEGER": int, "TEXT": str, "BLOB": bytes}
    allowed = [kinds[kind] for kind in TABLES[table].types]
    if len(row) != len(columns) or any(
        value is not None and type(value) is not kind for value, kind in zip(row, allowed, strict=True)
    ):
        raise InputError(f"a row of {table} is ({', '.join(columns)}); this one does not fit: {row!r:.200}")
    first = count + 1 if table == "evidence" else 1
    if not isinstance(row[0], int) or not first <= row[0] <= count + 1:
        raise InputError(f"row {row[0]} of {table} cannot be put; the next one is {count + 1}.")
    return row


@contextlib.contextmanager
def _closing_on_error(thing: Snapshot | FileHandle | apsw.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        thing.close()
        raise


def _closed_quietly(committer: Committer) -> None:
    """Close a store that nobody closed: at the end of the process, or when it is no longer used."""
    with contextlib.suppress(Exception):
        committer.close()

"""Upkeep of memory files: a consistent copy while in use, a smaller file, and what is in one."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from spatialmem.errors import InputError, MemoryLocked, StoreError
from spatialmem.store.faults import translated
from spatialmem.store.locks import FileHandle, real_path
from spatialmem.store.opening import check_opened, open_connection, synced_folder
from spatialmem.store.schema import TABLES
from spatialmem.store.snapshot import Snapshot, wal_path
from spatialmem.store.transaction import garbage_of, unfinish

__all__ = ["Info", "compact", "copy", "info", "new_file"]

_PAGES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Info:
    """What is in a memory file."""

    format: int
    world: str
    config: bytes
    seq: int
    first_stamp_ns: int
    """The first row's stamp [ns]."""
    last_stamp_ns: int
    """The largest stamp [ns]."""
    checkpoint_seq: int
    dropped_until: int
    """Payloads of rows up to this one are dropped."""
    file_bytes: int
    log_bytes: int
    rows: dict[str, int]
    """By table."""
    payload_bytes: dict[str, int]
    """By table: bytes of payloads, states and pictures, without what SQLite adds."""


def info(path: str | Path) -> Info:
    """Say what is in a file, beside a writer too. Writes nothing. Raises as `Store.open`."""
    path = real_path(path)
    with Snapshot(path) as snapshot, translated(path):
        opened, connection = check_opened(snapshot), snapshot.connection
        first = connection.execute("SELECT stamp_ns FROM journal WHERE seq = 1").get
        blobs = {"payload": "data", "checkpoint": "state", "block": "payload", "node": "payload", "edge": "payload"}
        blobs |= {"object_state": "payload", "evidence": "jpeg"}
        log = wal_path(path)
        return Info(
            opened.format,
            opened.world,
            opened.config,
            opened.tail.seq,
            first if isinstance(first, int) else 0,
            opened.tail.stamp_ns,
            opened.tail.checkpoint_seq,
            opened.tail.dropped_until,
            path.stat().st_size,
            log.stat().st_size if log.exists() else 0,
            {name: _number(connection, f"SELECT count(*) FROM {name}") for name in TABLES},
            {t: _number(connection, f"SELECT coalesce(sum(length({c})), 0) FROM {t}") for t, c in blobs.items()},
        )


def _number(connection: apsw.Connection, sql: str) -> int:
    found = connection.execute(sql).get
    return found if isinstance(found, int) else 0


def copy(path: str | Path, out: str | Path) -> int:
    """Copy one moment of a file, beside a writer too, into a new file; return its newest row.

    Raises InputError where `out` exists, and as `Store.open`.
    """
    path, out = real_path(path), real_path(out)
    with Snapshot(path) as snapshot, translated(path):
        seq = check_opened(snapshot).tail.seq
        with new_file(out) as part:
            target = apsw.Connection(str(part))
            try:
                target.execute("PRAGMA synchronous=EXTRA")
                with target.backup("main", snapshot.connection, "main") as backup:
                    while not backup.done:
                        backup.step(_PAGES_AT_ONCE)
            finally:
                target.close()
    return seq


def compact(path: str | Path) -> tuple[int, int]:
    """Make a file as small as it can be; return its bytes before and after.

    The smaller file is written beside it and takes its place when it is whole; until then the old one stands. Needs
    as much free space as the file has. Raises MemoryLocked while anybody has it open, and as `Store.open`.
    """
    path = real_path(path)
    handle = FileHandle(path, write=True)
    try:
        if not handle.lock_checkpoint():
            raise MemoryLocked(path, "it is being read")
        with Snapshot(path, handle=handle) as snapshot:
            checkpoint_seq = check_opened(snapshot).tail.checkpoint_seq
        log = wal_path(path)
        before = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
        with translated(path):
            _rewrite(path, checkpoint_seq)
        return before, path.stat().st_size
    finally:
        handle.close()


def _rewrite(path: Path, checkpoint_seq: int) -> None:
    target = Path(os.path.realpath(path))
    with _part_of(target) as part:
        connection = open_connection(path, vfs=None)
        try:
            with connection:
                unfinish(connection, checkpoint_seq)
                for key in garbage_of(connection, path, checkpoint_seq):
                    connection.execute("DELETE FROM block WHERE root_key = ? AND seq = ?", key)
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            connection.execute("VACUUM INTO ?", (str(part),))
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        finally:
            connection.close()
        if wal_path(path).exists():
            raise StoreError(f"{path}: its log could not be emptied, so nothing was replaced. Try again.")
        _synced(part)
        part.replace(target)
        synced_folder(target.parent)


@contextlib.contextmanager
def new_file(out: Path) -> Iterator[Path]:
    """Give a name to write a new file under; it is there as `out` when all went well. Raises InputError, StoreError."""
    if out.exists():
        raise InputError(f"'{out}' exists; name a new file.")
    if not out.parent.is_dir():
        raise InputError(f"the folder '{out.parent}' does not exist; make it first.")
    with _part_of(out) as part:
        yield part
        try:
            _synced(part)
            os.link(part, out)
            synced_folder(out.parent)
        except OSError as error:
            raise StoreError(f"'{out}' cannot be made: {error.strerror}.") from error


@contextlib.contextmanager
def _part_of(path: Path) -> Iterator[Path]:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
    finally:
        for name in (part.name, part.name + "-journal"):
            with contextlib.suppress(OSError):  # as where nothing can be written at all
                part.with_name(name).unlink(missing_ok=True)


def _synced(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

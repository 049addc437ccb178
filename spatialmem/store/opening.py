"""Opening a memory file: is it one, is it of this world, and is it whole as far as it is about to be used."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import apsw

from spatialmem.errors import ConfigError, InputError, MemoryCorrupt, MemoryVersion, StoreError
from spatialmem.store.faults import said, translated
from spatialmem.store.reading import (
    CheckpointRow,
    Extent,
    chain_at,
    read_checkpoint,
    read_extent,
    read_journal,
    read_meta,
    read_tail,
    select,
)
from spatialmem.store.rows import Tail, chain_start, with_crc
from spatialmem.store.schema import APPLICATION_ID, BITEMPORAL, FORMAT, PAGE_BYTES, TABLES, create_statements
from spatialmem.store.snapshot import Pages, Snapshot, wal_path

__all__ = ["Opened", "check_opened", "create_file", "open_connection", "synced_folder"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opened file says: it is whole from its newest checkpoint to its end."""

    format: int
    world: str
    config: bytes
    tail: Tail
    checkpoint: CheckpointRow | None
    extents: dict[str, Extent]


def create_file(path: Path, *, world: str, config: bytes) -> None:
    """Make an empty memory file: under another name first, so that it is there whole or not at all."""
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' does not exist; make it first.")
    if (log := wal_path(path)).exists():
        raise StoreError(f"'{log}' is the log of a memory file that is gone; move it away, or bring its file back.")
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with translated(path):
            write_empty(part, world=world, config=config)
        with contextlib.suppress(FileExistsError):  # somebody else made it meanwhile
            os.link(part, path)
        synced_folder(path.parent)
    except OSError as error:
        raise StoreError(f"'{path}' cannot be made: {error.strerror}. Name a place you may write to.") from error
    finally:
        with contextlib.suppress(OSError):  # as where nothing can be written at all
            part.unlink(missing_ok=True)


def write_empty(path: Path, *, world: str, config: bytes) -> None:
    """Write the tables of an empty memory to a new file, synced. Raises apsw's errors."""
    connection = apsw.Connection(str(path))
    try:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA synchronous=EXTRA")
        with connection:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={FORMAT}")
            for statement in create_statements():
                connection.execute(statement)
            for name, value in (("format", str(FORMAT).encode()), ("world", world.encode()), ("config", config)):
                connection.execute(TABLES["meta"].insert, with_crc(TABLES["meta"], (name, value)))
            tail = Tail(1, 0, chain_start(world), 0, 0, 0, 0)
            connection.execute(TABLES["tail"].insert, with_crc(TABLES["tail"], tail))
            for name in BITEMPORAL:
                connection.execute(TABLES["extent"].insert, with_crc(TABLES["extent"], (name, 0, 0, 0)))
    finally:
        connection.close()


def synced_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def check_opened(snapshot: Snapshot, *, world: str | None = None) -> Opened:
    """Check a file from its newest checkpoint to its end; payloads are checked when they are read.

    world: refused by name where the file is of another. Raises ConfigError, MemoryVersion, MemoryCorrupt.
    """
    connection, path = snapshot.connection, snapshot.path
    with translated(path):
        version = connection.pragma("user_version")
    meta = read_meta(connection, path)
    if meta["format"] != str(version).encode():
        raise MemoryCorrupt(path, "its format version", f"its first page says {version}, its meta {meta['format']!r}")
    if version > FORMAT:
        raise MemoryVersion(path, version, FORMAT)
    found = meta["world"].decode()
    if world is not None and world != found:
        raise ConfigError(f"{path} is a memory of the world '{found}', not of '{world}'. Worlds are never mixed.")
    tail = read_tail(connection, path)
    _check_log_is_newer(snapshot, tail)
    checkpoint = read_checkpoint(connection, path, tail, found)
    after = checkpoint.seq if checkpoint else 0
    if tail.dropped_until > after:
        raise MemoryCorrupt(path, "table tail", f"payloads are dropped up to row {tail.dropped_until}, beyond {after}")
    chain = chain_at(connection, path, found, after)
    for _ in read_journal(connection, path, tail, chain, after, tail.seq, payloads=False):
        pass
    extents = {name: read_extent(connection, path, name) for name in BITEMPORAL}
    for name, extent in extents.items():
        with translated(path):
            newest = connection.execute(f"SELECT max(id) FROM {name}").get or 0
        if newest != extent.count:
            raise MemoryCorrupt(path, f"table {name}", f"it ends at row {newest}; {extent.count} were written")
    check_freelist(snapshot.pages)
    return Opened(version, found, meta["config"], tail, checkpoint, extents)


def _check_log_is_newer(snapshot: Snapshot, tail: Tail) -> None:
    """Raise MemoryCorrupt where the database alone is ahead: pages are moved only from a log that is synced."""
    if not snapshot.pages.wal.pages:
        return
    ahead = 0
    with (
        contextlib.suppress(MemoryCorrupt, StopIteration),
        Snapshot(snapshot.path, handle=snapshot.pages.handle, salvage=True, log=False) as alone,
    ):
        ahead = Tail(*next(select(alone.connection, snapshot.path, TABLES["tail"]))).seq
    if ahead > tail.seq:
        what = f"it ends at row {tail.seq}, but row {ahead} was moved from it into the database: its end is missing"
        raise MemoryCorrupt(snapshot.path, "the write-ahead log", what)


def check_freelist(pages: Pages) -> None:
    """Raise MemoryCorrupt where the list of free pages is not one: a writer would take pages that are in use."""
    head = pages.page(1)
    trunk, count = int.from_bytes(head[32:36], "big"), int.from_bytes(head[36:40], "big")
    seen: set[int] = set()
    while trunk and len(seen) <= count:
        data = pages.page(trunk) if 1 < trunk <= pages.page_count else b""
        used = int.from_bytes(data[4:8], "big")
        if len(data) < 8 + 4 * used:
            raise MemoryCorrupt(pages.path, "its free pages", f"page {trunk} is no list of free pages")
        listed = [trunk, *(int.from_bytes(data[i : i + 4], "big") for i in range(8, 8 + 4 * used, 4))]
        if (
            len(set(listed)) != len(listed)
            or seen.intersection(listed)
            or not all(1 < page <= pages.page_count for page in listed)
        ):
            raise MemoryCorrupt(pages.path, "its free pages", f"page {trunk} lists pages twice or beyond the end")
        seen.update(listed)
        trunk = int.from_bytes(data[:4], "big")
    if len(seen) != count:
        raise MemoryCorrupt(pages.path, "its free pages", f"{len(seen)} are listed; its header says {count}")


def upgrade(connection: apsw.Connection) -> None:
    """Say in a file of an older format that it is of this one, before anything is written that only this one has."""
    with connection:
        connection.execute(f"PRAGMA user_version={FORMAT}")
        connection.execute(TABLES["meta"].insert, with_crc(TABLES["meta"], ("format", str(FORMAT).encode())))


def open_connection(path: Path, *, vfs: str | None) -> apsw.Connection:
    """Open SQLite for the one writer: a write-ahead log, synced at every commit, no `-shm`."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        for pragma in ("locking_mode=EXCLUSIVE", "synchronous=FULL", "cache_size=-8192", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        mode = connection.execute("PRAGMA journal_mode=WAL").get
        if mode != "wal":
            raise StoreError(f"{path}: SQLite keeps its log in mode '{mode}' instead of 'wal'; is this a local disk?")
        connection.wal_autocheckpoint(0)
    except apsw.Error as error:
        connection.close()
        raise said(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection

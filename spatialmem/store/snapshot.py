"""`Snapshot`: one moment of a memory file, read without writing a byte, beside a writer or on a read-only folder.

SQLite itself would make a `-shm` and a `-wal` to read a file in WAL mode. Here it is shown another file: one that
nobody writes, whose pages are taken from the log where they lie there and from the database otherwise. While a
snapshot lives, the writer moves no pages from the log into the database.
"""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from typing import Any

import apsw

from spatialmem.errors import MemoryCorrupt, StoreError
from spatialmem.store.faults import translated
from spatialmem.store.locks import FileHandle
from spatialmem.store.schema import APPLICATION_ID
from spatialmem.store.wal import Wal, read_wal

__all__ = ["Pages", "Snapshot", "wal_path"]

_VFS_NAME = "spatialmem-snapshot"
_MAGIC = b"SQLite format 3\x00"
_LOOKS, _WAIT_S = 4, 0.02

_numbers = itertools.count(1)
_shown: dict[str, Pages] = {}
_vfs: list[_SnapshotVFS] = []


def wal_path(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of a file."""
    return path.with_name(path.name + "-wal")


class Pages:
    """The pages of a memory file at one moment. Takes the reader's lock, or stands under a writer's.

    salvage: take what is there of a damaged file: missing pages are zeros, a bad log ends at its first bad frame.
    first_page: shown instead of the file's own. log: False for the database alone.
    Raises MemoryCorrupt, MemoryLocked, StoreError, InputError.
    """

    def __init__(
        self,
        path: Path,
        *,
        handle: FileHandle | None = None,
        salvage: bool = False,
        first_page: bytes | None = None,
        log: bool = True,
    ):
        self.path, self._own, self._wal_fd = path, handle is None, -1
        self.handle = handle or FileHandle(path, write=False)
        try:
            self._look(salvage, first_page, log)
        except BaseException:
            self.close()
            raise

    def _look(self, salvage: bool, first_page: bytes | None, log: bool) -> None:
        self.wal = self._read_wal() if log else Wal()
        self._size = os.fstat(self.handle.fd).st_size
        self._first = first_page
        head = first_page or self._header()
        if salvage:
            self.page_bytes = _page_bytes(head) or self.wal.page_bytes or 4096
            self.page_count = max(self.wal.page_count, -(-self._size // self.page_bytes))
            return
        self.page_bytes, self.page_count = self._audited(head)

    def _read_wal(self) -> Wal:
        """Read the log. Beside a writer a frame may be seen half written: look again before calling that damage."""
        try:
            self._wal_fd = os.open(wal_path(self.path), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return Wal()
        except OSError as error:
            raise StoreError(f"'{wal_path(self.path)}' cannot be read: {error.strerror}.") from error
        wal = read_wal(self._wal_fd, os.fstat(self._wal_fd).st_size)
        for _ in range(_LOOKS if wal.damage and self.handle.has_writer() else 0):
            time.sleep(_WAIT_S)
            wal = read_wal(self._wal_fd, os.fstat(self._wal_fd).st_size)
            if not wal.damage:
                break
        return wal

    def _header(self) -> bytes:
        at = self.wal.pages.get(1)
        return os.pread(self.handle.fd, 100, 0) if at is None else os.pread(self._wal_fd, 100, at)

    def _audited(self, head: bytes) -> tuple[int, int]:
        """Return the size and the number of the pages, or raise MemoryCorrupt."""
        size, wal = self._size, self.wal
        if wal.damage:
            raise MemoryCorrupt(self.path, *wal.damage)
        if len(head) < 100 or not head.startswith(_MAGIC) or not (page_bytes := _page_bytes(head)):
            raise MemoryCorrupt(self.path, "its first page", f"a file of {size} bytes that does not begin as one")
        if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
            raise MemoryCorrupt(self.path, "its first page", "it is a SQLite file, but not a memory file")
        count = int.from_bytes(head[28:32], "big")
        if not wal.page_count:
            if head[24:28] != head[92:96] or count * page_bytes != size:
                what = f"it has {size} bytes; its header says {count} pages of {page_bytes}"
                raise MemoryCorrupt(self.path, "its size", what)
            return page_bytes, count
        if wal.page_bytes != page_bytes or wal.page_count != count:
            raise MemoryCorrupt(self.path, "the write-ahead log", "it belongs to another state of the file")
        missing = next((p for p in range(size // page_bytes + 1, count + 1) if p not in wal.pages), None)
        if missing is not None:
            raise MemoryCorrupt(self.path, "its size", f"it has {size} bytes; page {missing} of {count} is missing")
        return page_bytes, count

    def read(self, amount: int, offset: int) -> bytes:
        """Return bytes of the database, within one page; fewer at its end."""
        page, within = divmod(offset, self.page_bytes)
        at = self.wal.pages.get(page + 1)
        if page == 0:
            first = self._first or (
                os.pread(self.handle.fd, self.page_bytes, 0)
                if at is None
                else os.pread(self._wal_fd, self.page_bytes, at)
            )
            first = first[:18] + b"\x01\x01" + first[20:]  # say that there is no log
            return first[within : within + amount]
        if at is None:
            return os.pread(self.handle.fd, amount, offset)
        if os.pread(self._wal_fd, 8, at - 16) != self.wal.salts:
            raise apsw.IOError("the write-ahead log was begun anew under this reader; open the file again")
        return os.pread(self._wal_fd, amount, at + within)

    def page(self, number: int) -> bytes:
        """Return a page, counted from 1."""
        return self.read(self.page_bytes, (number - 1) * self.page_bytes)

    def close(self) -> None:
        """Let go of the files."""
        if self._wal_fd >= 0:
            os.close(self._wal_fd)
            self._wal_fd = -1
        if self._own:
            self.handle.close()


def _page_bytes(head: bytes) -> int:
    """Return the page size of a header, 0 for one that is not allowed."""
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and not size & (size - 1) else 0


class Snapshot:
    """A connection to one moment of a memory file. Closed by `close` or at the end of a `with`."""

    def __init__(
        self,
        path: Path,
        *,
        handle: FileHandle | None = None,
        salvage: bool = False,
        first_page: bytes | None = None,
        log: bool = True,
    ):
        if not _vfs:
            _vfs.append(_SnapshotVFS())
        self.path = path
        self.pages = Pages(path, handle=handle, salvage=salvage, first_page=first_page, log=log)
        self._name = f"/spatialmem-snapshot-{next(_numbers)}"
        _shown[self._name] = self.pages
        try:
            with translated(path):
                self.connection = apsw.Connection(self._name, flags=apsw.SQLITE_OPEN_READONLY, vfs=_VFS_NAME)
                self.connection.execute("PRAGMA temp_store=MEMORY")
                self.connection.execute("PRAGMA cell_size_check=ON")
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        _shown.pop(self._name, None)
        self.pages.close()

    def close(self) -> None:
        """Close the connection and let go of the files."""
        self.connection.close()
        self._let_go()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _SnapshotFile:
    """A file that nobody writes."""

    def __init__(self, pages: Pages):
        self._pages = pages

    def xRead(self, amount: int, offset: int) -> bytes:
        return self._pages.read(amount, offset)

    def xFileSize(self) -> int:
        return self._pages.page_count * self._pages.page_bytes

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_IMMUTABLE

    def xSectorSize(self) -> int:
        return 4096

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xCheckReservedLock(self) -> bool:
        return False

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xSync(self, flags: int) -> None:
        pass

    def xWrite(self, data: bytes, offset: int) -> None:
        raise apsw.ReadOnlyError("a snapshot is not written")

    def xTruncate(self, size: int) -> None:
        raise apsw.ReadOnlyError("a snapshot is not written")

    def xClose(self) -> None:
        pass


class _SnapshotVFS(apsw.VFS):
    """Opens snapshots by their names."""

    def __init__(self) -> None:
        super().__init__(_VFS_NAME, base="")

    def xFullPathname(self, name: str) -> str:
        return name

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        shown = _shown.get(name.filename() if isinstance(name, apsw.URIFilename) else name)
        if shown is None:
            raise apsw.CantOpenError(f"no snapshot {name}")
        flags[1] = flags[0]
        return _SnapshotFile(shown)

"""Who may touch a memory file: one writer, and readers that a writer's checkpoint of the WAL waits for.

Locks are open file description locks (Linux) on two bytes far beyond the end of the file. They vanish with their
process, however it ends, and with the children that it forked. SQLite's own locks (POSIX) vanish when any descriptor of
the file is closed in the process; so a descriptor is not closed while this process writes the file: it is parked until
the writer is done.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import threading
import time
from pathlib import Path

from spatialmem.errors import InputError, MemoryLocked, StoreError

__all__ = ["FileHandle", "real_path", "refuse_no_file"]

_WRITER, _CHECKPOINT = 1 << 62, (1 << 62) + 1
_FLOCK = "hhqqi4x"
"""struct flock: kind, whence, start, length, pid."""
_TRIES, _WAIT_S = 300, 0.01

_guard = threading.Lock()
_writing: set[tuple[int, int]] = set()
_parked: dict[tuple[int, int], list[int]] = {}


class FileHandle:
    """A descriptor of a memory file that holds locks on it. Raises InputError, MemoryLocked, StoreError."""

    def __init__(self, path: Path, *, write: bool):
        refuse_no_file(path)
        self.path, self._write, self.fd, self._pid = path, write, -1, os.getpid()
        while not self._open():
            self.close()  # replaced by another file while it was opened
        if write:
            with _guard:
                _writing.add(self._key)

    def _open(self) -> bool:
        try:
            self.fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC) if self._write else _reading(self.path)
        except OSError as error:
            what = "written" if self._write else "read"
            raise StoreError(f"'{self.path}' cannot be {what}: {error.strerror}. Check its permissions.") from error
        found = os.fstat(self.fd)
        self._key = (found.st_dev, found.st_ino)
        try:
            self._take()
        except MemoryLocked:
            self.close(locked=False)
            raise
        with contextlib.suppress(FileNotFoundError):
            meant = os.stat(self.path)
            return self._key == (meant.st_dev, meant.st_ino)
        return False

    def _take(self) -> None:
        if self._write:
            if not self._lock(fcntl.F_WRLCK, _WRITER):
                raise MemoryLocked(self.path)
            return
        for _ in range(_TRIES):  # a checkpoint of the WAL takes some tenths of a second
            if self._lock(fcntl.F_RDLCK, _CHECKPOINT):
                return
            time.sleep(_WAIT_S)
        raise MemoryLocked(self.path, f"its writer has been moving pages for {_TRIES * _WAIT_S:g} s")

    def refuse_removed(self) -> None:
        """Raise StoreError where the file has no name any more: what is written to it would be gone with us."""
        if os.fstat(self.fd).st_nlink == 0:
            raise StoreError(f"{self.path} was removed while it was being written; nothing more can be kept in it.")

    def lock_checkpoint(self) -> bool:
        """Keep readers out, for a writer; return False, at once, where there are any."""
        return self._lock(fcntl.F_WRLCK, _CHECKPOINT)

    def unlock_checkpoint(self) -> None:
        """Let readers in again."""
        self._lock(fcntl.F_UNLCK, _CHECKPOINT)

    def has_writer(self) -> bool:
        """Return whether somebody has the file open for writing."""
        asked = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, _WRITER, 1, 0)
        return struct.unpack(_FLOCK, fcntl.fcntl(self.fd, fcntl.F_OFD_GETLK, asked))[0] != fcntl.F_UNLCK

    def _lock(self, kind: int, byte: int) -> bool:
        try:
            fcntl.fcntl(self.fd, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, byte, 1, 0))
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise
        return True

    @staticmethod
    def _unlock_all(fd: int) -> None:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_UNLCK, os.SEEK_SET, 0, 0, 0))

    def close(self, *, locked: bool = True) -> None:
        """Let go of the file. For a writer: after SQLite has closed it."""
        with _guard:
            if self.fd < 0:
                return
            fd, self.fd = self.fd, -1
            if self._pid != os.getpid():  # a forked child: the locks are its parent's
                os.close(fd)
                return
            if self._write and locked:
                self._unlock_all(fd)  # else a child that was forked meanwhile would hold them on
                _writing.discard(self._key)
                for parked in _parked.pop(self._key, []):
                    os.close(parked)
            elif self._key in _writing:
                self._unlock_all(fd)
                _parked.setdefault(self._key, []).append(fd)
                return
            os.close(fd)


def _reading(path: Path) -> int:
    """Return a descriptor to read a file with: a parked one where there is one."""
    found = os.stat(path)
    with _guard:
        parked = _parked.get((found.st_dev, found.st_ino))
        return parked.pop() if parked else os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def real_path(path: str | Path) -> Path:
    """Return where a file really is: SQLite keeps its log there, and the process may change its directory."""
    try:
        return Path(os.path.realpath(path))
    except ValueError as error:
        raise InputError(f"{str(path)!r} is no path: {error}.") from error


def refuse_no_file(path: Path) -> None:
    """Raise InputError where `path` is no ordinary file."""
    if path.is_dir():
        raise InputError(f"'{path}' is a folder; name a memory file (NAME.smem).")
    if path.exists() and not path.is_file():
        raise InputError(f"'{path}' is a device or a pipe; name a memory file (NAME.smem).")
    if not path.exists():
        raise InputError(f"there is no memory file '{path}'; check the path.")

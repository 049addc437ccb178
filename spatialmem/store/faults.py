"""What SQLite reports, in this library's words."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import apsw

from spatialmem.errors import MemoryCorrupt, MemoryLocked, StoreError, StoreFull

__all__ = ["said", "translated"]

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def said(error: apsw.Error, path: Path, connection: apsw.Connection | None = None) -> StoreError:
    """Return the StoreError that an error of SQLite is."""
    if isinstance(error.__context__, apsw.Error):  # a rollback fails where SQLite has rolled back already
        error = error.__context__
    if isinstance(error, apsw.FullError):
        return StoreFull(path, str(error))
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError, apsw.FormatError)):
        return MemoryCorrupt(path, "its pages", str(error))
    if isinstance(error, apsw.SQLError):
        return MemoryCorrupt(path, "its tables", str(error))
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return MemoryLocked(path, f"another program has it open ({error})")
    if isinstance(error, apsw.IOError) and connection is not None and connection.system_errno in _NO_SPACE:
        return StoreFull(path, str(error))
    return StoreError(f"{path} cannot be read or written: {error}. Check the disk and its permissions.")


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as StoreError, MemoryCorrupt, MemoryLocked or StoreFull."""
    try:
        yield
    except apsw.Error as error:
        raise said(error, path) from error
    except UnicodeDecodeError as error:  # SQLite keeps any bytes as text
        raise MemoryCorrupt(path, "its tables", "a text in it is none") from error

"""Files that are there whole or not at all: written under another name first, then renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from spatialmem.errors import FormatError, InputError

__all__ = ["read_whole", "refuse_unwritable", "write_whole"]


def refuse_unwritable(path: str | Path, suffixes: tuple[str, ...]) -> Path:
    """Return `path`, or raise InputError if no map can be written there: better before a long replay than after."""
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        allowed = ", ".join(suffixes)
        raise InputError(f"'{path}' does not end in {allowed}; the ending says what is written.")
    if path.is_dir():
        raise InputError(f"'{path}' is a folder; name a file to write to.")
    if path.exists() and not path.is_file():
        raise InputError(f"'{path}' is not an ordinary file; name one that can be replaced.")
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' does not exist; make it first.")
    folder = Path(os.path.realpath(path)).parent
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise InputError(f"'{path}' cannot be written: permission denied. Name a place you may write to.")
    return path


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write files that belong together: all of them are replaced, or, where one cannot be written, none is.

    Raises InputError.
    """
    parts: dict[Path, Path] = {}
    path = Path()
    try:
        for path, data in contents.items():
            target = Path(os.path.realpath(path))  # a link stays a link
            parts[target] = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
            with parts[target].open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise InputError(f"'{path}' cannot be written: {error.strerror}. Free some space, or name another.") from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def read_whole(path: str | Path) -> bytes:
    """Return the bytes of an ordinary file. Raises FormatError for anything else: a pipe would never end."""
    path = Path(path)
    try:
        if path.is_dir():
            raise FormatError(path, 0, "expected a map file, this is a folder; name the file in it.")
        if path.exists() and not path.is_file():
            raise FormatError(path, 0, "expected an ordinary file, this is a device or a pipe; save it to a file.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise FormatError(path, 0, "expected a map file, nothing is there; check the path.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FormatError(path, 0, f"expected a map file, it cannot be read: {reason}.") from error

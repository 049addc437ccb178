"""What the commands about memory files share: what is one, its settings, its size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spatialmem.cli import options
from spatialmem.config import Config
from spatialmem.errors import InputError
from spatialmem.memory_file import kept_config
from spatialmem.store.schema import APPLICATION_ID
from spatialmem.store.snapshot import wal_path

__all__ = [
    "SUFFIX",
    "file_settings",
    "is_memory_file",
    "refuse_options",
    "shown_bytes",
    "size_of",
]

SUFFIX = ".smem"
_HEAD = b"SQLite format 3\x00"
_APPLICATION_ID_AT = 68


def is_memory_file(source: str | Path) -> bool:
    """Return whether a source is meant as a memory file, by its ending or its first bytes; a folder never is."""
    path = Path(source)
    try:
        if path.is_dir():
            return False
        if path.suffix.lower() == SUFFIX:
            return True
        if not path.is_file():  # a pipe would never end
            return False
        with path.open("rb") as file:
            head = file.read(100)
    except (OSError, ValueError):
        return False
    found = int.from_bytes(head[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4], "big")
    return head.startswith(_HEAD) and found == APPLICATION_ID


def file_settings(
    path: str | Path, config: Path | None, threads: int | None, of_episodes: Mapping[str, object]
) -> Config:
    """Return the settings to read a memory file with; refuse the options that only episodes have.

    Raises InputError, ConfigError, and as `MemoryFile.open`.
    """
    if Path(path).is_file() and not is_memory_file(path):
        raise InputError(f"'{path}' is not a memory file, NAME.smem.")
    refuse_options(f"an episode, not for the memory file '{path}'", of_episodes)
    kept = kept_config(path)
    return options.settings(config, voxel_size_m=None, range_max_m=None, threads=threads, kept=kept)


def refuse_options(meant_for: str, given: Mapping[str, object]) -> None:
    """Raise InputError for the first option that was given, though it does not go with this source."""
    for option, value in given.items():
        if value is not None:
            raise InputError(f"{option} is for {meant_for}; leave it out.")


def size_of(path: Path) -> int:
    """Return how many bytes a memory file has, its write-ahead log included."""
    return sum(part.stat().st_size for part in (path, wal_path(path)) if part.exists())


def shown_bytes(count: int) -> str:
    """Return a number of bytes in words."""
    return f"{count / 2**20:.2f} MiB"

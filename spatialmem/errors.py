"""Everything spatialmem raises on purpose.

    SpatialMemError
    ├── ConfigError              a setting is unknown or out of range
    ├── InputError               an argument of a call is not what the call takes
    ├── QueryError               a question that cannot be asked so
    │   ├── UnknownLabel         no object was ever called so; which labels there are
    │   └── ViewExpired          a view was held for too long; take a new one
    ├── MapFull                  the octree's byte budget is used up; nothing was written
    ├── FormatError              a map file is damaged, or not what it says it is
    ├── StoreError               the memory file cannot be read or written
    │   ├── MemoryCorrupt        it is damaged, and where
    │   ├── MemoryLocked         another writer has it open
    │   ├── MemoryVersion        a newer spatialmem wrote it
    │   └── StoreFull            no space is left to write to it
    └── EpisodeError             a recording cannot be read

Bad *data* is never raised: `observe` answers it with `Rejected`. Every message says what happened, the
value, what is allowed and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "ConfigError",
    "EpisodeError",
    "FormatError",
    "InputError",
    "MapFull",
    "MemoryCorrupt",
    "MemoryLocked",
    "MemoryVersion",
    "QueryError",
    "SpatialMemError",
    "StoreError",
    "StoreFull",
    "UnknownLabel",
    "ViewExpired",
]


LABELS_TOLD = 40
"""So many labels are listed in a message."""


class SpatialMemError(Exception):
    """The base of every error that spatialmem raises on purpose."""


class ConfigError(SpatialMemError, ValueError):
    """A configuration names an unknown setting or gives one a value that is not allowed."""


class InputError(SpatialMemError, ValueError):
    """An argument has the wrong shape, type or range."""


class QueryError(SpatialMemError, ValueError):
    """A question to the memory that cannot be answered as asked."""


class UnknownLabel(QueryError):
    """No object of this label was ever seen."""

    def __init__(self, label: str, available: Iterable[str]):
        self.label, self.available = label, tuple(available)
        known = ", ".join(self.available[:LABELS_TOLD]) or "none yet"
        known += f" and {len(self.available) - LABELS_TOLD} more" if len(self.available) > LABELS_TOLD else ""
        super().__init__(
            f"no object labelled {label!r} was ever seen; labels in memory: {known}."
            f"{did_you_mean(label, self.available)}"
        )


class ViewExpired(QueryError):
    """A view was held until what it kept from being reused was more than a quarter of the octree's budget."""

    def __init__(self) -> None:
        super().__init__(
            "this view has expired: what it kept from being reused was needed, or grew beyond a quarter of the "
            "octree's budget. Take a new view(); hold one for a question or a control tick, not for minutes."
        )


class FormatError(SpatialMemError):
    """A map file is damaged, cut short, or of another kind. Nothing of it was taken."""

    def __init__(self, path: str | Path, offset: int, what: str):
        self.path, self.offset = Path(path), offset
        super().__init__(f"{path}, byte {offset}: {what}")


class StoreError(SpatialMemError):
    """The memory file cannot be read or written."""


class MemoryCorrupt(StoreError):
    """The memory file is damaged. `where` says in which part; nothing of the file was changed."""

    def __init__(self, path: str | Path, where: str, what: str):
        self.path, self.where = Path(path), where
        super().__init__(
            f"{path} is damaged: {where}: {what}. Nothing was changed. "
            f"`verify` lists what is damaged, `recover` copies what is whole into a new file."
        )


class MemoryLocked(StoreError):
    """Somebody else has the memory file open in a way that does not go together with this call."""

    def __init__(self, path: str | Path, why: str = "another writer has it open"):
        self.path = Path(path)
        super().__init__(f"{path} is locked: {why}. One writer at a time; close it, or open the file read-only.")


class MemoryVersion(StoreError):
    """The memory file has a newer format than this version of spatialmem reads."""

    def __init__(self, path: str | Path, found: int, known: int):
        self.path, self.found, self.known = Path(path), found, known
        super().__init__(
            f"{path} has format version {found}; this spatialmem reads versions up to {known}. "
            f"Open it with a newer spatialmem."
        )


class StoreFull(StoreError):
    """No space is left to write to the memory file. What waits stays in memory and is written when space returns."""

    def __init__(self, path: str | Path, detail: str):
        self.path = Path(path)
        super().__init__(
            f"{path}: no space is left to write ({detail}). Nothing durable is lost. Free some space: what an open "
            f"memory has waiting is written then, and lost if it is closed before."
        )


class EpisodeError(SpatialMemError):
    """A recording is missing, of an unknown layout, or damaged."""


class MapFull(SpatialMemError):
    """The octree's byte budget is used up. The update that raised this changed nothing."""

    def __init__(self, what: str, needed: int, free: int, budget_mib: int):
        super().__init__(
            f"the octree's budget of {budget_mib} MiB is full: this update needs up to {needed} {what}, "
            f"{free} are free. Nothing was written. Raise octree.budget_mib, take larger voxels, "
            f"or integrate to a shorter range."
        )


def told(error: BaseException) -> str:
    """Return what an error of somebody else's says, on one line, with its type before it; errors of spatialmem say all
    by themselves."""
    name = type(error).__name__
    try:
        said = " ".join(str(error).split()).rstrip(".")
    except Exception:  # its own text raises
        return name
    return ": ".join(filter(None, ("" if isinstance(error, SpatialMemError) and said else name, said)))


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the closest allowed name, or an empty string."""
    close = difflib.get_close_matches(name, list(allowed), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""

"""What a memory's file has of objects beyond what the memory itself keeps: their changes, and their pictures."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from spatialmem.belief import Entry
from spatialmem.errors import MemoryCorrupt
from spatialmem.store import Store
from spatialmem.store.rows import Value
from spatialmem.types import Evidence

__all__ = ["OlderChanges", "changes_of", "evidence_of", "lost_row", "row_of_change"]


class OlderChanges(NamedTuple):
    """The changes that a file has before some number."""

    entries: tuple[Entry, ...]
    lost: int
    """How many more there were: lost to damage, or not durable yet."""


def row_of_change(entry: Entry) -> tuple[Value, ...]:
    """Return a change as a row: valid from when the contrary was known last, known from the input that showed it."""
    times = entry.since_ns, entry.stamp_ns, entry.seq, entry.undone_seq
    return entry.number, entry.object_id, *times, msgspec.msgpack.encode(entry)


def lost_row(number: int) -> tuple[Value, ...]:
    """Return the row of a change that nobody knows any more."""
    return number, *(None,) * 6


def changes_of(
    path: str | Path, before_number: int, object_ids: Collection[int] | None = None, *, taken_back: bool = False
) -> OlderChanges:
    """Return the changes of a memory file with smaller numbers, the oldest first; of all objects, or of some.

    taken_back: also those that were taken back, which are left out otherwise. Raises as `Store.open`.
    """
    found, count = [], 0
    with Store.open(path, read_only=True) as store:
        for row in store.rows("object_state"):
            if row[0] >= before_number:
                break
            count += row[6] is not None
            if row[6] is None or (row[5] and not taken_back) or (object_ids is not None and row[1] not in object_ids):
                continue
            found.append(msgspec.structs.replace(_entry_of(store.path, row), undone_seq=row[5] or 0))
    return OlderChanges(tuple(found), before_number - 1 - count)


def _entry_of(path: Path, row: tuple[Any, ...]) -> Entry:
    where = f"row {row[0]} of object_state"
    try:
        entry = msgspec.msgpack.decode(row[6], type=Entry)
    except msgspec.MsgspecError as error:
        raise MemoryCorrupt(path, where, str(error)) from error
    if (entry.number, entry.object_id) != row[:2]:
        raise MemoryCorrupt(path, where, f"it holds change {entry.number} of object {entry.object_id}")
    return entry


def evidence_of(path: str | Path, object_ids: Collection[int]) -> tuple[Evidence, ...]:
    """Return the pictures of objects that a memory file keeps, the newest first. Raises as `Store.open`."""
    ids = [object_id for object_id in sorted(object_ids) if 0 < object_id < 1 << 63]  # as SQLite has them
    with Store.open(path, read_only=True) as store:
        rows = [row for object_id in ids for row in store.pictures_of(object_id)]
    rows.sort(key=lambda row: (row[3], row[0]), reverse=True)  # a late input's picture is not the newest
    found = (Evidence(object_id=row[1], seq=row[2], stamp_ns=row[3], jpeg=row[6]) for row in rows)
    return tuple(one for one in found if one.jpeg is not None)

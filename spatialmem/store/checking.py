"""`verify`: reads every row of every table of a memory file and says what is damaged. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from spatialmem.errors import MemoryCorrupt
from spatialmem.store.faults import translated
from spatialmem.store.locks import real_path
from spatialmem.store.opening import Opened, check_opened
from spatialmem.store.reading import chain_at, current_blocks, read_block, read_journal, read_table, select
from spatialmem.store.schema import BITEMPORAL, TABLES
from spatialmem.store.snapshot import Snapshot

__all__ = ["Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found."""

    problems: tuple[str, ...]
    """One sentence for each thing that is damaged, the first of its kind."""
    seq: int = 0
    """The newest row of the journal; 0 where there is none, or the file does not open."""
    last_stamp_ns: int = 0
    rows: int = 0
    """Rows of all tables that were read."""

    @property
    def ok(self) -> bool:
        """Whether all of the file is whole."""
        return not self.problems


def verify(path: str | Path) -> Verification:
    """Check all of a memory file, beside a writer too. Raises InputError, MemoryLocked, MemoryVersion, StoreError."""
    path = real_path(path)
    try:
        with Snapshot(path) as snapshot:
            return _verified(snapshot)
    except MemoryCorrupt as error:
        return Verification((_sentence(error),))


def _verified(snapshot: Snapshot) -> Verification:
    opened = check_opened(snapshot)
    problems: dict[str, None] = {}
    rows = 0
    for check in _checks(snapshot, opened):
        try:
            for _ in check():
                rows += 1
        except MemoryCorrupt as error:
            problems[_sentence(error)] = None
    try:
        with translated(snapshot.path):
            for (said,) in snapshot.connection.execute("PRAGMA integrity_check(20)"):
                if said != "ok":
                    problems[f"its pages: {said}"] = None
    except MemoryCorrupt as error:
        problems[_sentence(error)] = None
    return Verification(tuple(problems), opened.tail.seq, opened.tail.stamp_ns, rows)


def _checks(snapshot: Snapshot, opened: Opened) -> list[Callable[[], Iterable[object]]]:
    connection, path, tail = snapshot.connection, snapshot.path, opened.tail
    start = chain_at(connection, path, opened.world, 0)
    return [
        lambda: read_journal(connection, path, tail, start, 0, tail.seq),
        lambda: (
            read_block(connection, path, block) for block in current_blocks(connection, path, tail.checkpoint_seq)
        ),
        *(lambda name=name: read_table(connection, path, name) for name in BITEMPORAL),
        *(lambda table=TABLES[name]: select(connection, path, table) for name in ("meta", "checkpoint", "block")),
        lambda: _payload_bytes(snapshot, opened),
    ]


def _payload_bytes(snapshot: Snapshot, opened: Opened) -> Iterable[object]:
    """Hold the sum that retention keeps against the rows."""
    tail = opened.tail
    sql = "SELECT coalesce(sum(payload_size), 0) FROM journal WHERE seq > ?"
    with translated(snapshot.path):
        found = snapshot.connection.execute(sql, (tail.dropped_until,)).get
    if found != tail.payload_bytes:
        raise MemoryCorrupt(snapshot.path, "table tail", f"payloads have {found} bytes, it says {tail.payload_bytes}")
    return ()


def _sentence(error: MemoryCorrupt) -> str:
    """Return where and what, without the advice to call what was just called."""
    return str(error).removeprefix(f"{error.path} is damaged: ").split(". Nothing was changed.")[0]

"""The memory file: SQLite through apsw. Sees bytes and rows, not rooms; owns one commit thread.

    store.py        Store: what the rest of the library uses
    schema.py       the tables
    rows.py         CRC, digests and the journal's chain
    locks.py        one writer; readers and the moving of pages keep out of each other's way
    wal.py          the write-ahead log, parsed and audited
    snapshot.py     one moment of a file, read without writing
    reading.py      rows read back and checked
    opening.py      is it a memory file, of this world, and whole
    transaction.py  what one transaction does
    committing.py   the commit thread
    upkeep.py       copy, compact, info
    checking.py     verify: every row of every table
    recovery.py     recover: what is whole of a damaged file
    faults.py       SQLite's errors in this library's words

A file that opens is a prefix of what was appended: each row has a CRC, the journal is a chain, the newest row and
checkpoint are named in a row that changes with every transaction, a checkpoint carries the digest of its blocks, and
the log is audited before SQLite reads it. What was durable is there, or the file is refused.
"""

from __future__ import annotations

from spatialmem.store.committing import Pieces
from spatialmem.store.rows import JournalRow, Row
from spatialmem.store.store import Checkpoint, Store

__all__ = ["Checkpoint", "JournalRow", "Pieces", "Row", "Store"]

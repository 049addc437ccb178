"""The tables of a memory file, and what its first page says about it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["APPLICATION_ID", "BITEMPORAL", "FORMAT", "PAGE_BYTES", "TABLES", "Table", "create_statements"]

FORMAT = 4
"""The format version written here; also SQLite's `user_version`. `meta` keeps its shape in every format.

1: checkpoints have no objects. 2: they have no belief. 3: they have no long-term memory and no graph. Such files are
read, and become one of this format when they are opened for writing.
"""
APPLICATION_ID = 0x534D454D
"""SQLite's `application_id`: "SMEM"."""
PAGE_BYTES = 4096
"""Half a page is lost behind each block, so larger pages, though faster to write, make larger files."""


class Table(NamedTuple):
    """One table: its columns with their SQL types, the CRC left out: that is the last column of every table."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key: str
    """The key, as SQL."""

    @property
    def listed(self) -> str:
        """All columns and the CRC, as SQL lists them."""
        return ", ".join((*self.columns, "crc"))

    @property
    def insert(self) -> str:
        """The statement that writes one row, or writes it anew."""
        return f"INSERT OR REPLACE INTO {self.name}({self.listed}) VALUES ({', '.join('?' * (len(self.columns) + 1))})"

    @property
    def select(self) -> str:
        """The beginning of a statement that reads rows."""
        return f"SELECT {self.listed} FROM {self.name}"


def _table(name: str, columns: str, key: str) -> Table:
    pairs = [column.split() for column in columns.split(",")]
    return Table(name, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), key)


_TIMES = "valid_from_ns INTEGER, valid_to_ns INTEGER, known_from_seq INTEGER, known_to_seq INTEGER"

# Large blobs stand last: what is before them is read without following their pages.
TABLES = {
    table.name: table
    for table in (
        _table("meta", "name TEXT, value BLOB", "PRIMARY KEY (name)"),
        _table(
            "tail",
            "id INTEGER, seq INTEGER, chain BLOB, stamp_ns INTEGER, payload_bytes INTEGER, dropped_until INTEGER, "
            "checkpoint_seq INTEGER",
            "PRIMARY KEY (id)",
        ),
        _table(
            "journal",
            "seq INTEGER, source TEXT, kind TEXT, stamp_ns INTEGER, received_ns INTEGER, payload_size INTEGER, "
            "payload_digest BLOB, chain BLOB",
            "PRIMARY KEY (seq)",
        ),
        _table("payload", "seq INTEGER, data BLOB", "PRIMARY KEY (seq)"),
        _table("checkpoint", "seq INTEGER, chain BLOB, blocks INTEGER, digest BLOB, state BLOB", "PRIMARY KEY (seq)"),
        _table(
            "block",
            "root_key INTEGER, seq INTEGER, size INTEGER, digest BLOB, payload BLOB",
            "PRIMARY KEY (root_key, seq)",
        ),
        _table("node", f"id INTEGER, node INTEGER, kind TEXT, {_TIMES}, payload BLOB", "PRIMARY KEY (id)"),
        _table(
            "edge",
            f"id INTEGER, kind TEXT, from_node INTEGER, to_node INTEGER, {_TIMES}, payload BLOB",
            "PRIMARY KEY (id)",
        ),
        _table("object_state", f"id INTEGER, object INTEGER, {_TIMES}, payload BLOB", "PRIMARY KEY (id)"),
        _table(
            "evidence",
            "id INTEGER, object INTEGER, seq INTEGER, stamp_ns INTEGER, size INTEGER, digest BLOB, jpeg BLOB",
            "PRIMARY KEY (id)",
        ),
        _table("extent", "name TEXT, count INTEGER, bytes INTEGER, dropped_until INTEGER", "PRIMARY KEY (name)"),
    )
}

BITEMPORAL = ("node", "edge", "object_state", "evidence")
"""Tables whose rows are numbered 1, 2, 3, ...: `extent` says how many there are."""


def create_statements() -> list[str]:
    """Return the SQL that makes the tables of a new file, in the order that gives them their root pages."""
    statements = []
    for table in TABLES.values():
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(table.columns, table.types, strict=True))
        statements.append(f"CREATE TABLE {table.name}({columns}, crc INTEGER, {table.key})")
    return statements

"""Reads a ROS 2 bag of storage `sqlite3` (.db3): two tables, topics and messages; cut files as far as they go."""

from __future__ import annotations

import functools
import urllib.parse
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from spatialmem.episodes.bags.log import Channel, Damage, Message, library, readable_size, ros2_name
from spatialmem.errors import EpisodeError

__all__ = ["SqliteLog"]

MAGIC = b"SQLite format 3\0"


def _promised_size(head: bytes) -> int:
    """Return the size of a database by its header, 0 where that does not tell (SQLite file format, 1.3)."""
    page, change, pages, valid_for = (
        int.from_bytes(head[at : at + size], "big") for at, size in ((16, 2), (24, 4), (28, 4), (92, 4))
    )
    return pages * (65536 if page == 1 else page) if change == valid_for else 0


class _CutFile(apsw.VFSFile):
    """A database whose end is gone, as one of its former size that fails there: SQLite refuses all of it otherwise."""

    def xFileSize(self) -> int:
        """Return the size that the header promises."""
        return max(super().xFileSize(), _promised_size(super().xRead(100, 0)))

    def xRead(self, amount: int, offset: int) -> bytes:
        """Return what is there. Raises apsw.IOError for what is lost."""
        if offset + amount > super().xFileSize():
            raise apsw.IOError("the file ends before")
        return super().xRead(amount, offset)


class _CutFiles(apsw.VFS):
    """Opens files as `_CutFile`."""

    name = "spatialmem-cut-files"

    def __init__(self) -> None:
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        """Open one file."""
        return _CutFile("", name, flags)


def _channel(topic: object, kind: object, encoding: object) -> Channel:
    if not (isinstance(topic, str) and isinstance(kind, str) and isinstance(encoding, str)):
        raise ValueError("a topic has no name, type or serialization format")
    return Channel(topic, ros2_name(kind), encoding)


@functools.cache
def _cut_files() -> _CutFiles:
    return _CutFiles()


class SqliteLog:
    """The messages of one .db3 file, which is opened to be read only. Raises EpisodeError where it is none.

    zstd: messages were compressed one by one, as the recording's metadata.yaml says.
    """

    def __init__(self, path: Path, *, zstd: bool = False):
        self.path = path
        self.damage = Damage()
        self.metadata: dict[str, dict[str, str]] = {}
        self._zstd = zstd
        self._size = readable_size(path)
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise EpisodeError(f"{path} is not a ROS 2 bag of SQLite: it does not begin as a database.")
        try:
            with closing(self._connect()) as database:
                rows = database.execute("SELECT id, name, type, serialization_format FROM topics")
                self._channels = {number: _channel(*words) for number, *words in rows}
        except (apsw.Error, UnicodeDecodeError, ValueError) as error:
            raise EpisodeError(
                f"{path} cannot be read as a ROS 2 bag: {error}; it is damaged, or another database."
            ) from error
        self.channels = tuple(self._channels.values())
        self.counts = self._count()

    def _connect(self) -> apsw.Connection:
        """Open it without writing anything; a write-ahead log beside it is read too."""
        beside = self.path.with_name(self.path.name + "-wal")
        unchanging = "" if beside.exists() else "&immutable=1"
        name = f"file:{urllib.parse.quote(str(self.path.absolute()))}?mode=ro{unchanging}"
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        return apsw.Connection(name, flags=flags, vfs=_cut_files().name if self._is_cut() else None)

    def _count(self) -> dict[str, int]:
        counts = {channel.topic: 0 for channel in self.channels}
        try:
            with closing(self._connect()) as database:
                for number, count in database.execute("SELECT topic_id, count(*) FROM messages GROUP BY topic_id"):
                    if number in self._channels:
                        counts[self._channels[number].topic] += count
        except apsw.Error:
            counts = dict.fromkeys(counts, 0)
            for message in self.messages():
                counts[message.channel.topic] += 1
        return counts

    def _is_cut(self) -> bool:
        """Whether the file is shorter than its header says (SQLite file format, offsets 16, 24, 28 and 92)."""
        with self.path.open("rb") as file:
            return self._size < _promised_size(file.read(100))

    def _query(self, database: apsw.Connection, topics: Collection[str] | None) -> str:
        """Return the question for messages: by time, but by number where there is no index, or it may be cut off."""
        indexed = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'messages' AND sql LIKE '%timestamp%'"
        ).fetchone()
        order = "timestamp, id" if indexed and not self._is_cut() else "id"
        wanted = [number for number, channel in self._channels.items() if topics is None or channel.topic in topics]
        where = f"WHERE topic_id IN ({', '.join(map(str, wanted))})" if len(wanted) < len(self._channels) else ""
        return f"SELECT topic_id, timestamp, data FROM messages {where} ORDER BY {order}"

    def messages(self, topics: Collection[str] | None = None) -> Iterator[Message]:
        """Yield the messages of some topics, or of all: by their time, or as written where the file is cut."""
        count = 0
        if self._is_cut():
            self.damage.note(f"{self.path.name} is cut: {self._size} bytes are left of it, and its end is lost.")
        try:
            with closing(self._connect()) as database:
                for number, log_ns, data in database.execute(self._query(database, topics)):
                    count += 1
                    if number in self._channels and isinstance(log_ns, int) and isinstance(data, bytes):
                        data = library("zstandard").ZstdDecompressor().decompress(data) if self._zstd else data
                        yield Message(self._channels[number], log_ns, log_ns, count, data)
        except apsw.Error as error:
            self.damage.note(
                f"{self.path.name} is cut or damaged after {count} messages ({error}); what came after is lost."
            )

"""Reads a ROS 1 bag (.bag) through the `rosbags` library; one that was cut, record by record as far as it goes.

A bag's index stands at its end: one that was cut, or whose recorder was killed, has none. Its chunks are then read in
the order in which they were written (http://wiki.ros.org/Bags/Format/2.0).
"""

from __future__ import annotations

import bz2
import struct
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import NamedTuple

from spatialmem.episodes.bags.log import Channel, Damage, Message, library, readable_size, ros2_name
from spatialmem.errors import EpisodeError

__all__ = ["Ros1Log"]

MAGIC = b"#ROSBAG V2.0\n"
MESSAGE, CHUNK, CONNECTION = 2, 5, 7
"""Kinds of record that matter when there is no index."""
RECORD_BYTES_MAX = 1 << 30
"""A record that claims to be longer is taken for the end of what can be followed."""
FAULTS = (struct.error, ValueError, RuntimeError, EOFError, KeyError, IndexError, AssertionError, OSError, MemoryError)
"""What damaged bytes make a reader raise, besides its own errors."""


class _Record(NamedTuple):
    """One record: its header's fields, and its data, of which less is there where the file was cut."""

    header: dict[str, bytes]
    data: bytes
    whole: bool

    @property
    def kind(self) -> int:
        """What it is: MESSAGE, CHUNK, CONNECTION, or nothing that matters here."""
        return int.from_bytes(self.header.get("op", b""), "little")

    def number(self, name: str) -> int:
        """Return a field as a whole number, -1 where it is not there."""
        return int.from_bytes(self.header[name], "little") if name in self.header else -1


def _records(file: BufferedIOBase) -> Iterator[_Record]:
    """Yield records up to the end, or to what is none."""
    while True:
        header, whole = _block(file)
        if not whole:
            return
        data, whole = _block(file)
        yield _Record(_fields(header), data, whole)
        if not whole:
            return


def _block(file: BufferedIOBase) -> tuple[bytes, bool]:
    """Read a length and so many bytes; what there is of them, and whether that is all."""
    length = file.read(4)
    if len(length) < 4:
        return b"", False
    size = int.from_bytes(length, "little")
    data = file.read(min(size, RECORD_BYTES_MAX))
    return data, len(data) == size


def _fields(header: bytes) -> dict[str, bytes]:
    fields, at = {}, 0
    while at + 4 <= len(header):
        size = int.from_bytes(header[at : at + 4], "little")
        name, _, value = header[at + 4 : at + 4 + size].partition(b"=")
        fields[name.decode("ascii", "replace")] = value
        at += 4 + size
    return fields


def _unpack_lz4(data: bytes) -> bytes:
    return library("lz4.frame").decompress(data)


_DECOMPRESSORS: dict[bytes, Callable[[bytes], bytes]] = {b"none": bytes, b"bz2": bz2.decompress, b"lz4": _unpack_lz4}


class Ros1Log:
    """The messages of one ROS 1 bag. Raises EpisodeError where the file is none."""

    def __init__(self, path: Path):
        self.path = path
        self.damage = Damage()
        self.metadata: dict[str, dict[str, str]] = {}
        self._size = readable_size(path)
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise EpisodeError(f"{path} is not a ROS 1 bag: it does not begin with '#ROSBAG V2.0'.")
        rosbag1 = library("rosbags.rosbag1")
        self._faults = (rosbag1.ReaderError, *FAULTS)
        self._channels: dict[int, Channel] = {}
        counts: Counter[str] = Counter()
        try:
            with rosbag1.Reader(path) as reader:
                self._channels = {c.id: Channel(c.topic, c.msgtype, "ros1") for c in reader.connections}
                for connection in reader.connections:
                    counts[connection.topic] += connection.msgcount
            self._indexed = True
        except self._faults:
            self._indexed = False
            for message in self._scan():
                counts[message.channel.topic] += 1
        self.channels, self.counts = tuple(self._channels.values()), dict(counts)

    def messages(self, topics: Collection[str] | None = None) -> Iterator[Message]:
        """Yield the messages of some topics, or of all: by their time, or as written where there is no index."""
        if not self._indexed:
            yield from (message for message in self._scan() if topics is None or message.channel.topic in topics)
            return
        if topics is not None and not {channel.topic for channel in self.channels} & set(topics):
            return
        count = 0
        try:
            with library("rosbags.rosbag1").Reader(self.path) as reader:
                wanted = [c for c in reader.connections if topics is None or c.topic in topics]
                for connection, log_ns, data in reader.messages(wanted) if wanted else ():
                    count += 1
                    yield Message(self._channels[connection.id], log_ns, log_ns, count, data)
        except self._faults:
            self.damage.note(f"{self.path.name} is damaged after {count} messages; what came after is lost.")

    def _scan(self) -> Iterator[Message]:
        """Read the records from the front, without the index."""
        self.damage.note(
            f"{self.path.name} has no whole index: it was cut, or its recorder was stopped; its end is lost."
        )
        count = 0
        with self.path.open("rb") as file:
            file.seek(len(MAGIC))
            for record in _records(file):
                for part in [record] if record.kind != CHUNK else _records(BytesIO(self._unpacked(record))):
                    if part.kind == CONNECTION:
                        self._connect(part)
                    elif part.kind == MESSAGE and self._is_message(part):
                        count += 1
                        seconds, rest_ns = struct.unpack("<II", part.header["time"])
                        log_ns = seconds * 10**9 + rest_ns
                        yield Message(self._channels[part.number("conn")], log_ns, log_ns, count, part.data)

    def _is_message(self, record: _Record) -> bool:
        whole = record.whole and len(record.header.get("time", b"")) == 8
        return whole and record.number("conn") in self._channels

    def _unpacked(self, chunk: _Record) -> bytes:
        """Return the records in a chunk: what is there of a cut one that is not compressed."""
        unpack = _DECOMPRESSORS.get(chunk.header.get("compression", b""))
        if unpack is None:
            return b""
        try:
            return unpack(chunk.data)
        except self._faults:
            return b""

    def _connect(self, record: _Record) -> None:
        about = _fields(record.data)
        topic, kind = record.header.get("topic", b"").decode(), about.get("type", b"").decode()
        self._channels.setdefault(record.number("conn"), Channel(topic, ros2_name(kind), "ros1"))

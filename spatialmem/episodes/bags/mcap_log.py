"""Reads an MCAP file record by record through the `mcap` library; cut and damaged files as far as they go.

A chunk that is damaged is left out and named; what follows it is read. A file that was cut has no summary: it is read
through once, when it is opened, to count its messages.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from spatialmem.episodes.bags.log import Channel, Damage, Message, library, readable_size, ros2_name
from spatialmem.errors import EpisodeError

__all__ = ["McapLog"]

MAGIC = b"\x89MCAP0\r\n"
FOOTER = struct.Struct("<BQQQI8s")
"""Opcode, length, start of the summary, of its offsets, the CRC-32 of all that up to here, and the magic bytes."""
CHECKSUM_AND_MAGIC = 12
CHUNK_BYTES_MAX = 1 << 30
"""A chunk that claims to be larger, unpacked, is taken for damaged."""
FAULTS = (struct.error, ValueError, RuntimeError, EOFError, KeyError, IndexError, OverflowError, MemoryError)
"""What damaged bytes make the reader raise, besides its own errors."""


class McapLog:
    """The messages of one MCAP file. Raises EpisodeError where the file is not MCAP at all."""

    def __init__(self, path: Path):
        self.path = path
        self.damage = Damage()
        self.metadata: dict[str, dict[str, str]] = {}
        self._faults = (library("mcap.exceptions").McapError, library("zstandard").ZstdError, *FAULTS)
        self._size = readable_size(path)
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
        if head != MAGIC:
            raise EpisodeError(f"{path} is not an MCAP file: it does not begin as one.")
        self._announced: int | None = None
        self._known: dict[int, Channel] = {}
        summary = self._summary()
        if summary is None:
            self.counts = self._read_through()
        else:
            self._known = {number: _channel(channel, summary.schemas) for number, channel in summary.channels.items()}
            self._announced = summary.statistics.message_count
            counts = Counter({channel.topic: 0 for channel in self._known.values()})
            for number, count in summary.statistics.channel_message_counts.items():
                counts[self._known[number].topic] += count
            self.counts = dict(counts)
        self.channels = tuple(self._known.values())

    def _summary(self) -> Any | None:
        """Return the summary at the end of the file, and read its metadata; None where it is not there or not whole."""
        reader_of = library("mcap.reader").make_reader
        if not self._summary_agrees():
            return None
        try:
            with self.path.open("rb") as file:
                reader = reader_of(file)
                summary = reader.get_summary()
                if summary is None or summary.statistics is None:
                    return None
                if not summary.statistics.channel_message_counts.keys() <= summary.channels.keys():
                    return None
                self.metadata = {record.name: record.metadata for record in reader.iter_metadata()}
                return summary
        except self._faults:
            return None

    def _summary_agrees(self) -> bool:
        """Whether the summary has the checksum that the footer gives for it, if it gives one."""
        with self.path.open("rb") as file:
            file.seek(max(0, self._size - FOOTER.size))
            footer = file.read()
            if len(footer) < FOOTER.size or not footer.endswith(MAGIC):
                return False
            _, _, summary_start, _, told, _ = FOOTER.unpack(footer)
            if not 0 < summary_start <= self._size - FOOTER.size:
                return False
            file.seek(summary_start)
            return told in (0, zlib.crc32(file.read()[:-CHECKSUM_AND_MAGIC]))

    def _read_through(self) -> dict[str, int]:
        """Find out what a file without a summary holds; return its messages by topic."""
        counts: Counter[str] = Counter()
        recipient = _Recipient({})
        for message in self._records(recipient):
            counts[message.channel.topic] += 1
        if not self.damage:
            self.damage.note(f"{self.path.name} has no whole summary at its end; something may be lost.")
        self._known, self.metadata = recipient.channels, recipient.metadata
        return {**{channel.topic: 0 for channel in self._known.values()}, **counts}

    def messages(self, topics: Collection[str] | None = None) -> Iterator[Message]:
        """Yield the messages of some topics, or of all, as recorded."""
        read = 0
        for message in self._records(_Recipient(self._known)):
            read += 1
            if topics is None or message.channel.topic in topics:
                yield message
        if self._announced is not None and read < self._announced:
            lost = self._announced - read
            self.damage.note(f"{lost} of {self._announced} messages of {self.path.name} could not be read.")

    def _records(self, recipient: _Recipient) -> Iterator[Message]:
        """Yield every message up to where the file cannot be followed any more."""
        stream_reader, records = library("mcap.stream_reader"), library("mcap.records")
        with self.path.open("rb") as file:
            checked = stream_reader.StreamReader(
                file, emit_chunks=True, validate_crcs=True, record_size_limit=self._size
            )
            reader = iter(checked.records)
            while True:
                at = file.tell()
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except stream_reader.CRCValidationError:
                    if not self.damage:
                        self.damage.note(f"{self.path.name} is damaged: its contents do not agree with their checksum.")
                    return
                except self._faults:
                    self.damage.note(
                        f"{self.path.name} is cut or damaged at byte {at} of {self._size}; what came after is lost."
                    )
                    return
                if isinstance(record, records.Chunk):
                    yield from self._chunk(record, at, recipient, stream_reader.breakup_chunk)
                elif isinstance(record, records.Metadata):
                    recipient.metadata[record.name] = record.metadata
                elif isinstance(record, records.DataEnd):
                    self._see_magic_at_end()
                    return
                else:
                    yield from recipient.take(record)

    def _see_magic_at_end(self) -> None:
        """A file that was cut in its summary has all of its messages: that is worth a word."""
        with self.path.open("rb") as file:
            file.seek(-len(MAGIC), 2)
            if file.read() != MAGIC:
                self.damage.note(f"the summary of {self.path.name} is cut; all of its messages are there.")

    def _chunk(self, chunk: Any, at: int, recipient: _Recipient, unpack: Callable[..., list[Any]]) -> Iterator[Message]:
        try:
            if chunk.uncompressed_size > CHUNK_BYTES_MAX:
                raise ValueError(f"a chunk of {chunk.uncompressed_size} bytes")
            records = unpack(chunk, validate_crc=True)
        except self._faults:
            span_s = max(0, chunk.message_end_time - chunk.message_start_time) / 1e9
            self.damage.note(
                f"the chunk at byte {at} of {self.path.name}, {span_s:.3g} s of recording, is damaged; "
                f"its messages are lost."
            )
            return
        for record in records:
            yield from recipient.take(record)


class _Recipient:
    """Keeps schemas, channels and metadata as they come by, and gives messages their channel."""

    def __init__(self, known: dict[int, Channel]):
        self.channels = dict(known)
        self.metadata: dict[str, dict[str, str]] = {}
        self._schemas: dict[int, Any] = {}

    def take(self, record: Any) -> Iterator[Message]:
        """Take one record, and yield it where it is a message of a known channel."""
        kind = type(record).__name__
        if kind == "Message":
            if record.channel_id in self.channels:
                channel = self.channels[record.channel_id]
                yield Message(channel, record.log_time, record.publish_time, record.sequence, record.data)
        elif kind == "Schema":
            self._schemas[record.id] = record
        elif kind == "Channel" and record.id not in self.channels:
            self.channels[record.id] = _channel(record, self._schemas)


def _channel(record: Any, schemas: dict[int, Any]) -> Channel:
    schema = schemas.get(record.schema_id)
    name = "" if schema is None else ros2_name(schema.name)
    return Channel(record.topic, name, record.message_encoding, record.metadata)

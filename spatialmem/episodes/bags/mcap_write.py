"""Writes inputs to an MCAP file with ROS 2 message types, so that ROS 2, Foxglove and Rerun can play it too."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from spatialmem.episodes.bags.log import library
from spatialmem.episodes.bags.parts import (
    FORMAT,
    FORMAT_VERSION,
    FORMAT_VERSION_WHOLE,
    Part,
    Unrecordable,
    parts_of,
    topic_word,
)
from spatialmem.episodes.bags.payload import payload_parts
from spatialmem.episodes.bags.ros_types import definition_of, encode
from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable
from spatialmem.protocols import Source
from spatialmem.types import Action, Detections, Input, PointScan, Recall, RgbdFrame, RobotState

__all__ = ["END", "Recorded", "record_mcap"]

CHUNK_BYTES = 1 << 18
"""A chunk ends with the message that fills it: a file that is cut loses a frame or two, not a second."""
END = f"{FORMAT}.end"
"""The metadata record that a file has which was finished, cut short on purpose or not."""


SENSED, WHOLE = (RgbdFrame, PointScan), (RobotState, Detections, Action, Recall)
"""Kinds that ROS has messages for, field by field, and kinds that are written whole."""


@dataclass
class Recorded:
    """What was written: how many inputs, how many were left out and why, and whether it ended before the source."""

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """How many of each kind: "RgbdFrame"."""
    left_out: Counter[str] = field(default_factory=Counter)
    example: str = ""
    """Words about the first input that was left out."""
    stopped: bool = False
    byte_count: int = 0


def record_mcap(
    source: Source,
    path: str | Path,
    *,
    inputs: Iterable[Input] | None = None,
    after_each: Callable[[Recorded], bool] | None = None,
) -> Recorded:
    """Write every input of a source to an MCAP file, which appears whole or not at all.

    inputs: what to write instead of all of the source, such as its first hundred. after_each: is called after every
    input; where it returns False the recording ends there, as a whole file that says so. Inputs of another world, or
    with fields that cannot be written, are left out and counted; bad values that can be are written, for the gate to
    judge. With no input at all no file is left. Frames and scans are messages that others can show, and so is what
    there is to show of a robot's state; detections, actions and recalls are bytes to them.

    Everything an input carries comes back from `open_episode(path)`, poses to the last bit.
    Raises InputError where the file cannot be written, EpisodeError where the libraries are not installed.
    """
    path = refuse_unwritable(path, (".mcap",))
    for name in ("mcap.writer", "rosbags.typesys"):  # before anything is written
        library(name)
    recorded = Recorded()
    try:
        with _part(path) as (file, keep):
            channels = _Channels(file, source)
            for x in source if inputs is None else inputs:
                channels.write(x, source.world, recorded)
                if after_each is not None and not after_each(recorded):
                    recorded.stopped = True
                    break
            channels.finish(recorded, len(source))
            if recorded.count:
                keep()
    except OSError as error:
        raise InputError(f"'{path}' cannot be written: {error.strerror}. Free some space, or name another.") from error
    recorded.byte_count = path.stat().st_size if recorded.count else 0
    return recorded


@contextlib.contextmanager
def _part(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
    """Open a file beside `path` that takes its place at the end, if `keep` was called; else it goes away."""
    target = Path(os.path.realpath(path))  # a link stays a link
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    kept: list[bool] = []
    try:
        with part.open("xb") as file:
            yield file, lambda: kept.append(True)
            file.flush()
            os.fsync(file.fileno())
        if kept:
            part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


class _Channels:
    """An MCAP writer that knows which channels and definitions it has."""

    def __init__(self, file: BinaryIO, source: Source):
        self._writer = library("mcap.writer").Writer(file, chunk_size=CHUNK_BYTES, enable_data_crcs=True)
        self._writer.start(profile="ros2", library="spatialmem")
        self._about = {"name": source.name, "world": source.world}
        self._say_version(FORMAT_VERSION)
        self._schemas: dict[str, int] = {}
        self._channels: dict[tuple[Any, ...], int] = {}
        self._words: dict[str, str] = {}

    def write(self, x: Input, world: str, recorded: Recorded) -> None:
        """Write one input, or count why not."""
        try:
            parts = [(part, encode(part.message)) for part in self._parts(x, world)]
        except Unrecordable as error:
            recorded.left_out[error.reason] += 1
            recorded.example = recorded.example or str(error)
            return
        if isinstance(x, WHOLE) and self._version != FORMAT_VERSION_WHOLE:
            self._say_version(FORMAT_VERSION_WHOLE)
        for part, data in parts:
            self._writer.add_message(
                self._channel(part),
                log_time=int(x.received_ns),
                data=data,
                publish_time=int(x.stamp_ns),
                sequence=(recorded.count + 1) % (1 << 32),
            )
        recorded.count += 1
        recorded.kinds[type(x).__name__] += 1

    def _parts(self, x: Input, world: str) -> Iterator[Part]:
        if not isinstance(x, (*SENSED, *WHOLE)):
            raise Unrecordable("other_kind", f"{type(x).__name__} is no kind of input")
        if x.world != world:
            raise Unrecordable("other_world", f"an input is of world {x.world!r}, its source of {world!r}")
        word = self._word(x.source)
        return parts_of(x, word) if isinstance(x, SENSED) else payload_parts(x, word)

    def _say_version(self, version: str) -> None:
        """Write what the file is; what is said last holds."""
        self._version = version
        self._writer.add_metadata(FORMAT, {"version": version, **self._about})

    def finish(self, recorded: Recorded, source_count: int) -> None:
        """Write what the file is, at its end, and its index."""
        self._writer.add_metadata(
            END,
            {
                "recorded": str(recorded.count),
                "in_source": str(source_count),
                "left_out": json.dumps(recorded.left_out),
                "stopped": "yes" if recorded.stopped else "no",
            },
        )
        self._writer.finish()

    def _word(self, source: str) -> str:
        """Return a word for topics that no other source has."""
        if source not in self._words:
            word, taken = topic_word(source), set(self._words.values())
            number = 2
            unique = word
            while unique in taken:
                unique, number = f"{word}_{number}", number + 1
            self._words[source] = unique
        return self._words[source]

    def _channel(self, part: Part) -> int:
        key = (part.topic, part.kind, *sorted(part.metadata.items()))
        if key not in self._channels:
            if part.kind not in self._schemas:
                package, _, name = part.kind.split("/")
                definition = definition_of(part.kind)
                self._schemas[part.kind] = self._writer.register_schema(f"{package}/msg/{name}", "ros2msg", definition)
            self._channels[key] = self._writer.register_channel(
                part.topic, "cdr", self._schemas[part.kind], {**part.metadata, "offered_qos_profiles": ""}
            )
        return self._channels[key]

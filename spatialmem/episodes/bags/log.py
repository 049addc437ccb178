"""What a recording is below its meaning: messages on topics, in the order in which they were recorded.

One file a container: `mcap_log`, `sqlite_log`, `ros1_log`; `folder_log` strings the files of one recording together.
All of them stream, start again when asked again, and say in `damage` what could not be read.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from spatialmem.errors import EpisodeError

__all__ = ["Channel", "Damage", "Message", "MessageLog", "library", "readable_size", "ros2_name"]

DAMAGE_MAX = 100
"""So many kinds of damage are named; more of them tell nothing new."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages of one type came from. `msgtype` is spelt as in ROS 2: "sensor_msgs/msg/Image"."""

    topic: str
    msgtype: str
    encoding: str
    """How messages are serialised: "cdr" (ROS 2) or "ros1" can be decoded."""
    metadata: Mapping[str, str] = field(default_factory=dict)


class Message(NamedTuple):
    """One message, not decoded. Times are in nanoseconds; `publish_ns` is `log_ns` where the container has no other."""

    channel: Channel
    log_ns: int
    publish_ns: int
    sequence: int
    data: bytes | memoryview


class Damage(list[str]):
    """Sentences about what could not be read, each once."""

    def note(self, sentence: str) -> None:
        """Take down one sentence."""
        if sentence not in self and len(self) < DAMAGE_MAX:
            self.append(sentence)


@runtime_checkable
class MessageLog(Protocol):
    """One recording, open to be read any number of times."""

    path: Path
    channels: tuple[Channel, ...]
    counts: dict[str, int]
    """Messages by topic: from the index, or counted where there is none."""
    damage: Damage
    """What is known to be lost. It may grow while messages are read."""
    metadata: dict[str, dict[str, str]]
    """The container's own notes, by name."""

    def messages(self, topics: Collection[str] | None = None) -> Iterator[Message]:
        """Yield the messages of some topics, or of all, as recorded. Never raises for damage: it is noted."""
        ...


def library(name: str) -> Any:
    """Import a module of the extra `episodes`. Raises EpisodeError that says how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EpisodeError(
            f"MCAP files and ROS bags need the library {name.partition('.')[0]}, which cannot be imported "
            f"({error}); install it with: pip install 'spatialmem[episodes]'."
        ) from error


def ros2_name(name: str) -> str:
    """Return a message type as ROS 2 spells it: "sensor_msgs/Image" has "msg" put in between."""
    package, _, rest = name.partition("/")
    return name if not rest or "/" in rest else f"{package}/msg/{rest}"


def readable_size(path: Path) -> int:
    """Return the size of a recording in bytes. Raises EpisodeError where there is nothing to read."""
    try:
        with path.open("rb"):
            size = path.stat().st_size
    except OSError as error:
        raise EpisodeError(f"cannot read {path}: {error.strerror}.") from error
    if size == 0:
        raise EpisodeError(f"{path} is empty (0 bytes): nothing was recorded, or the copy failed.")
    return size

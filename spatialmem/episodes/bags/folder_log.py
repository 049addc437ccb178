"""A ROS 2 bag as a folder: `metadata.yaml` and the files it names, or files without it, as one recording."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from spatialmem.episodes.bags.log import Damage, Message, MessageLog
from spatialmem.episodes.bags.mcap_log import McapLog
from spatialmem.episodes.bags.sqlite_log import SqliteLog
from spatialmem.errors import EpisodeError

__all__ = ["FolderLog", "bag_files"]

SUFFIXES = (".mcap", ".db3")
METADATA = "metadata.yaml"


def bag_files(folder: Path) -> list[Path]:
    """Return the files of a ROS 2 bag in a folder in the order of the numbers in their names, [] where it is none."""
    files = [path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file()]
    return sorted(files, key=lambda path: [int(part) if part.isdigit() else part for part in _parts(path.name)])


def _parts(name: str) -> list[str]:
    return re.split(r"(\d+)", name)


class FolderLog:
    """The messages of all files, one file after the other. Raises EpisodeError where none of them can be read."""

    def __init__(self, folder: Path):
        self.path = folder
        self.damage = Damage()
        self.metadata: dict[str, dict[str, str]] = {}
        about = _read_metadata(folder / METADATA) if (folder / METADATA).is_file() else {}
        mode = str(about.get("compression_mode") or "none").lower()
        if mode not in ("none", "message"):
            raise EpisodeError(
                f"{folder} is compressed file by file ({about.get('compression_format')}); unpack its files with "
                f"`zstd -d`, or convert it with `ros2 bag convert`."
            )
        self._parts = [log for path in _files_of(folder, about) if (log := self._open(path, mode == "message"))]
        if not self._parts:
            raise EpisodeError(f"{folder} has no file that can be read: {' '.join(self.damage) or 'it names none.'}")
        self.channels = tuple(channel for part in self._parts for channel in part.channels)
        counts: Counter[str] = Counter()
        for part in self._parts:
            counts.update(part.counts)  # and keeps topics of zero messages
        self.counts = dict(counts)
        self._gather_damage()

    def _open(self, path: Path, zstd: bool) -> MessageLog | None:
        try:
            return SqliteLog(path, zstd=zstd) if path.suffix == ".db3" else McapLog(path)
        except EpisodeError as error:
            self.damage.note(str(error))
            return None

    def _gather_damage(self) -> None:
        for part in self._parts:
            for sentence in part.damage:
                self.damage.note(sentence)

    def messages(self, topics: Collection[str] | None = None) -> Iterator[Message]:
        """Yield the messages of some topics, or of all, file by file."""
        for part in self._parts:
            yield from part.messages(topics)
            self._gather_damage()


def _read_metadata(path: Path) -> dict[str, Any]:
    import yaml

    try:
        about = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise EpisodeError(f"cannot read {path}: {' '.join(str(error).split())}.") from error
    about = about.get("rosbag2_bagfile_information") if isinstance(about, dict) else None
    if not isinstance(about, dict):
        raise EpisodeError(f"{path} is not the metadata of a ROS 2 bag: it lacks rosbag2_bagfile_information.")
    return about


def _files_of(folder: Path, about: dict[str, Any]) -> list[Path]:
    named = about.get("relative_file_paths")
    if not isinstance(named, list) or not named:
        return bag_files(folder)
    return [folder / Path(str(name)).name for name in named]

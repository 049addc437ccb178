"""A recording of messages as a Source: MCAP files and ROS bags, our own or anybody's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spatialmem.episodes.bags.assemble import Account, Assembler
from spatialmem.episodes.bags.folder_log import METADATA, FolderLog, bag_files
from spatialmem.episodes.bags.log import MessageLog
from spatialmem.episodes.bags.mcap_log import McapLog
from spatialmem.episodes.bags.mcap_write import END
from spatialmem.episodes.bags.own import LAST_FIELDS, is_own, own_inputs
from spatialmem.episodes.bags.parts import FIELD, FORMAT
from spatialmem.episodes.bags.ros1_log import Ros1Log
from spatialmem.episodes.bags.ros_types import Undecodable, decode
from spatialmem.episodes.bags.sqlite_log import SqliteLog
from spatialmem.episodes.bags.topics import Plan, choose_topics, listing
from spatialmem.episodes.bags.transforms import TransformTree
from spatialmem.episodes.recording import title_of
from spatialmem.errors import EpisodeError
from spatialmem.types import Input

__all__ = ["BagRecording", "is_bag", "open_bag", "open_log"]

FILES = {".mcap": McapLog, ".db3": SqliteLog, ".bag": Ros1Log}
FIXED_FRAMES = ("map", "odom", "world")
"""What the world is called in ROS (REP 105), the first that is there; else it is the root of the tree."""
FRAMES_LISTED_MAX = 12
FIRST_TRANSFORMS_MAX = 2000
"""So many messages of transforms are read, when a recording is opened, to learn the tree."""


class BagRecording:
    """A Source of RgbdFrame and PointScan, and in our own recordings of every kind of input, read as a stream.

    `left_out` counts, by reason, what could not be made an input while it was last read, `damage` says what of the
    file is lost, `notes` what was taken for granted. Poses are those of tf at the stamp of each image, in the frame
    that `notes` name; in our own recordings those that were recorded, to the last bit. len() is the number of images
    and scans in the recording, and of our other inputs, of which some may be left out.
    """

    def __init__(self, log: MessageLog, *, world: str | None = None, topics: Sequence[str] | None = None):
        self._log = log
        self._account = Account()
        self._plan: Plan | None = None
        if not sum(log.counts.values()):
            raise EpisodeError(f"{log.path} holds no message{_because(log)}; there is nothing to replay.")
        about = log.metadata.get(FORMAT, {})
        if is_own(log) and topics is None:
            self.name, self.world = about.get("name") or title_of(log.path), world or about.get("world") or "world"
            self._sensors = {c.topic for c in log.channels if c.metadata.get(FIELD) in LAST_FIELDS}
            self._notes = _end_note(log)
        else:
            self.name, self.world = title_of(log.path), world or "world"
            self._plan = choose_topics(log, topics)
            self._sensors = set(self._plan.sensors)
            self._static: list[Any] = []
            self._fixed = self._learn_tree(self._plan)
            self._notes = [*self._plan.notes, f"the world is the frame '{self._fixed}' of tf"]
        if not len(self):
            raise EpisodeError(f"{log.path} holds no depth image and no scan{_because(log)}; there is {listing(log)}.")

    @property
    def left_out(self) -> dict[str, int]:
        """How many things were left out, by reason, when it was last read."""
        return dict(self._account.left_out)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken for granted, and words about the first of what was left out."""
        firsts = (f"{reason}, the first: {detail}" for reason, detail in self._account.details.items())
        return (*self._notes, *self._account.notes, *firsts)

    @property
    def damage(self) -> tuple[str, ...]:
        """Sentences about what of the file is lost, as far as it has been read."""
        return tuple(self._log.damage)

    def __len__(self) -> int:
        return sum(self._log.counts.get(topic, 0) for topic in self._sensors)

    def __iter__(self) -> Iterator[Input]:
        account = self._account = Account()
        if self._plan is None:
            yield from own_inputs(self._log.messages(), self.world, account)
            return
        tree = TransformTree()
        for message in self._static:  # they hold from the beginning, whenever they were told
            tree.take(message, static=True)
        assembler = Assembler(self._plan, tree, self._fixed, self.world, account)
        for message in self._log.messages(self._plan.topics):
            yield from assembler.take(message)
        yield from assembler.finish()
        if tree.rejected:
            account.left_out["bad_transform"] += tree.rejected

    def _learn_tree(self, plan: Plan) -> str:
        """Read the first transforms; keep the static ones, and return the frame that is called the world."""
        tree, frames, told = TransformTree(), {}, 0
        for message in self._log.messages({*plan.sensors, *plan.transforms, *plan.static_transforms}):
            topic = message.channel.topic
            try:
                if topic in plan.static_transforms:
                    self._static.append(decode(message))
                    tree.take(self._static[-1], static=True)
                elif topic in plan.transforms:
                    tree.take(decode(message), static=False)
                    told += 1
                elif topic not in frames:
                    frames[topic] = decode(message).header.frame_id.lstrip("/")
            except Undecodable:  # counted when it is played
                continue
            if told >= FIRST_TRANSFORMS_MAX and len(frames) == len(plan.sensors):
                break
        fixed = tree.choose_fixed(frames.values(), FIXED_FRAMES)
        if fixed is not None:
            return fixed
        seen = ", ".join(f"'{frame}'" for frame in sorted(set(frames.values()))) or "none"
        known = ", ".join(f"'{frame}'" for frame in tree.frames[:FRAMES_LISTED_MAX]) or "none"
        raise EpisodeError(
            f"{self._log.path} tells no pose of its sensors: their frames are {seen}, the frames of tf are {known}; "
            f"record /tf and /tf_static with the images."
        )


def is_bag(path: Path) -> bool:
    """Whether a path is meant as a recording of messages: by the ending of a file, by what is in a folder."""
    if path.is_dir():
        return (path / METADATA).is_file() or bool(bag_files(path))
    return path.suffix in FILES and path.exists()


def open_bag(path: Path, *, world: str | None = None, topics: Sequence[str] | None = None) -> BagRecording:
    """Open an MCAP file, a ROS 1 bag, a ROS 2 bag (its folder or one of its files).

    world: the name that inputs carry; None is the one they were recorded with, "world" in foreign recordings.
    topics: of depth images and point clouds to play, and of colour images to go with them; None is all that there is
    one of. Raises EpisodeError with what is wrong, or what there is to choose from.
    """
    return BagRecording(open_log(path), world=world, topics=topics)


def open_log(path: Path) -> MessageLog:
    """Open what lies below a recording: its messages. Raises EpisodeError."""
    try:
        return FolderLog(path) if path.is_dir() else FILES[path.suffix](path)
    except OSError as error:
        raise EpisodeError(f"cannot read {path}: {error.strerror}.") from error


def _because(log: MessageLog) -> str:
    return f" ({' '.join(log.damage)})" if log.damage else ""


def _end_note(log: MessageLog) -> list[str]:
    """Say where a recording was stopped before its source ended."""
    end = log.metadata.get(END, {})
    if end.get("stopped") != "yes":
        return []
    return [f"the recording was stopped after {end.get('recorded')} of {end.get('in_source')} inputs"]

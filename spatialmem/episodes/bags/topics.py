"""Chooses what to play of a recording that was not made for us: which topics are depth, colour, camera and points."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from spatialmem.episodes.bags.log import Channel, MessageLog
from spatialmem.episodes.bags.ros_types import ALIASES, CAMERA_INFO, CLOUD, COMPRESSED, IMAGE, TRANSFORMS
from spatialmem.errors import EpisodeError, did_you_mean

__all__ = ["CameraTopics", "Plan", "choose_topics", "info_of", "listing", "source_names"]

TRANSPORTS = re.compile(r"/(compressedDepth|compressed)$")
DEPTH_WORDS = re.compile(r"depth", re.IGNORECASE)
COLOR_WORDS = re.compile(r"colou?r|rgb", re.IGNORECASE)
NO_COLOR_WORDS = re.compile(r"depth|infra|(^|[_/])ir([_/]|$)|mask|label|confidence|theora", re.IGNORECASE)
LISTED_MAX = 30
GENERIC = {"image", "image_raw", "image_rect", "image_rect_raw", "depth", "points", "aligned_depth_to_color"}


@dataclass(frozen=True)
class CameraTopics:
    """One depth camera: its depth, the sibling CameraInfo, and colour, where there are such."""

    depth: str
    info: str | None
    color: str | None

    @property
    def rectified(self) -> bool:
        """Whether the images are rectified, by their name."""
        return "rect" in self.depth


@dataclass(frozen=True)
class Plan:
    """What is played, by topic. `sources` has a name for each depth or cloud topic; `notes` says what was decided."""

    cameras: tuple[CameraTopics, ...]
    clouds: tuple[str, ...]
    infos: frozenset[str]
    static_transforms: frozenset[str]
    transforms: frozenset[str]
    sources: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def sensors(self) -> tuple[str, ...]:
        """The topics of which every message is one input."""
        return (*(camera.depth for camera in self.cameras), *self.clouds)

    @property
    def topics(self) -> frozenset[str]:
        """All topics that are read."""
        colors = {camera.color for camera in self.cameras if camera.color}
        return frozenset({*self.sensors, *colors, *self.infos, *self.transforms, *self.static_transforms})


def choose_topics(log: MessageLog, wanted: Sequence[str] | None) -> Plan:
    """Choose what to play: what is named, or what there is one of. Raises EpisodeError that lists the topics."""
    kinds = {channel.topic: ALIASES.get(channel.msgtype, channel.msgtype) for channel in _filled(log)}
    images = _without_copies([topic for topic, kind in kinds.items() if kind in (IMAGE, COMPRESSED)])
    clouds = [topic for topic, kind in kinds.items() if kind == CLOUD]
    if wanted is not None:
        _check_wanted(log, kinds, wanted)
        named = [topic for topic in wanted if kinds[topic] in (IMAGE, COMPRESSED)]
        depths = [topic for topic in named if DEPTH_WORDS.search(topic)]
        depths = depths or [topic for topic in named if not COLOR_WORDS.search(topic)]
        colors = [topic for topic in named if topic not in depths] or None
        clouds = [topic for topic in wanted if kinds[topic] == CLOUD]
    else:
        depths = [topic for topic in images if DEPTH_WORDS.search(topic)]
        colors = None
        clouds = [topic for topic in clouds if not any(_root(topic) == _root(depth) for depth in depths)]
        _refuse_choice(log, depths, clouds)
    if not depths and not clouds:
        raise EpisodeError(f"{log.path} has no depth images and no point clouds; its topics are: {listing(log)}.")
    infos = frozenset(topic for topic, kind in kinds.items() if kind == CAMERA_INFO)
    notes: list[str] = []
    cameras = tuple(_camera(depth, infos, images if colors is None else colors, notes) for depth in depths)
    moving = {topic for topic, kind in kinds.items() if kind == TRANSFORMS}
    static = {topic for topic in moving if topic.endswith("tf_static")}
    sources = source_names([*depths, *clouds])
    return Plan(cameras, tuple(clouds), infos, frozenset(static), frozenset(moving - static), sources, tuple(notes))


def listing(log: MessageLog) -> str:
    """Return the topics with their types and how many messages each has."""
    kinds = {channel.topic: channel.msgtype for channel in log.channels}
    words = [f"{topic} ({kind or 'no type'}, {log.counts.get(topic, 0)})" for topic, kind in sorted(kinds.items())]
    more = len(words) - LISTED_MAX
    return ", ".join(words[:LISTED_MAX]) + (f" and {more} more" if more > 0 else "")


def _filled(log: MessageLog) -> list[Channel]:
    return [channel for channel in log.channels if log.counts.get(channel.topic, 0)]


def _check_wanted(log: MessageLog, kinds: Mapping[str, str], wanted: Sequence[str]) -> None:
    for topic in wanted:
        if topic not in kinds:
            hint = did_you_mean(topic, kinds)
            raise EpisodeError(f"{log.path} has no messages on '{topic}'.{hint} Its topics are: {listing(log)}.")
        if kinds[topic] not in (IMAGE, COMPRESSED, CLOUD):
            raise EpisodeError(
                f"{topic} of {log.path} is of type {kinds[topic]}; name topics of depth images, colour images or "
                f"point clouds, the rest is found."
            )


def _refuse_choice(log: MessageLog, depths: Sequence[str], clouds: Sequence[str]) -> None:
    for what, topics in (("depth images", depths), ("point clouds", clouds)):
        if len(topics) > 1:
            raise EpisodeError(
                f"{log.path} has {len(topics)} topics of {what}: {', '.join(topics)}; name the ones to play, "
                f"open_episode(path, topics=['{topics[0]}']) or `spatialmem record ... --topic {topics[0]}`."
            )


def _without_copies(topics: Sequence[str]) -> list[str]:
    """Return one topic of those that carry the same images: depth raw, colour compressed."""
    chosen: dict[str, str] = {}
    for topic in topics:
        base = _base(topic)
        other = chosen.get(base)
        if DEPTH_WORDS.search(base):
            rank = ("", "/compressedDepth", "/compressed")
        else:
            rank = ("/compressed", "", "/compressedDepth")
            if topic.endswith("/compressedDepth"):
                continue
        if other is None or rank.index(topic[len(base) :]) < rank.index(other[len(base) :]):
            chosen[base] = topic
    return list(chosen.values())


def _base(topic: str) -> str:
    return TRANSPORTS.sub("", topic)


def info_of(topic: str) -> str:
    """Return the topic of the CameraInfo that belongs to a topic of images, by ROS's custom: its sibling."""
    folder, slash, _ = _base(topic).rpartition("/")
    return f"{folder}{slash}camera_info"


def _root(topic: str) -> str:
    """Return the first word of a topic: the device."""
    return topic.strip("/").partition("/")[0]


def _camera(depth: str, infos: Collection[str], images: Sequence[str], notes: list[str]) -> CameraTopics:
    info = info_of(depth)
    colors = [topic for topic in images if topic != depth and not NO_COLOR_WORDS.search(_base(topic))]
    near = [topic for topic in colors if _root(topic) == _root(depth)] or colors
    near = [topic for topic in near if COLOR_WORDS.search(topic)] if len(near) > 1 else near
    if len(near) > 1:
        notes.append(f"{depth} is played without colour: it may be of {', '.join(near)}; name one of them with topics")
    return CameraTopics(depth, info if info in infos else None, near[0] if len(near) == 1 else None)


def source_names(topics: Sequence[str]) -> dict[str, str]:
    """Name each sensor after its topic, without the words that every topic has."""
    names = {}
    for topic in topics:
        words = _base(topic).strip("/").split("/")
        kept = [word for word in words if word not in GENERIC] or words[:1]
        names[topic] = "/".join(kept)
    taken = list(names.values())
    return {topic: name if taken.count(name) == 1 else topic.strip("/") for topic, name in names.items()}

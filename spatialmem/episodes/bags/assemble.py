"""Puts inputs together from a stream of messages: depth with its camera, colour and pose, a cloud with its pose.

An image waits, for a second of recording at most, until what belongs to it has come: a transform from after its stamp,
the colour image nearest in time. What has not come by then is not guessed: the image is left out and counted.

What is put together is the same in whatever order topics come, as long as it comes within that wait and each topic
keeps its own order.
"""

from __future__ import annotations

import struct
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, UInt8

from spatialmem.episodes.bags.images import color_of, depth_of, size_of_color
from spatialmem.episodes.bags.log import Message
from spatialmem.episodes.bags.ros_types import Undecodable, camera_of, decode, is_distorted, points_of, stamp_of
from spatialmem.episodes.bags.topics import CameraTopics, Plan
from spatialmem.episodes.bags.transforms import Missing, TransformTree
from spatialmem.types import EncodedImage, Input, PointScan, RgbdFrame

__all__ = ["MALFORMED", "Account", "Assembler"]

WAIT_NS = 1_000_000_000
WAITING_MAX = 128
"""So many images wait at most; the first is then judged by what is there."""
COLORS_KEPT = 64
COLOR_APART_MAX_NS = 50_000_000
FIRST_APART_NS = 20_000_000
"""How far apart colour may be before the rate of the depth images is known."""
MALFORMED = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, struct.error)
"""What reading a message raises that has not the fields, types or sizes of its kind."""


@dataclass
class Account:
    """What a reader left out, by reason, with words about the first of each; and what it took for granted."""

    left_out: Counter[str] = field(default_factory=Counter)
    details: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, detail: str) -> None:
        """Count one thing."""
        self.left_out[reason] += 1
        self.details.setdefault(reason, detail)

    def note(self, sentence: str) -> None:
        """Say something once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


class _Waiting(NamedTuple):
    topic: str
    log_ns: int
    stamp_ns: int
    frame: str
    content: Any
    apart_max_ns: int
    """So far apart its colour may be: half the time since the image before it."""


class _Color(NamedTuple):
    stamp_ns: int
    frame: str
    content: Any


class Assembler:
    """Takes messages as they were recorded, or as they come; yields inputs in that order.

    live: inputs say by `received_ns` when their own message came; else it is their stamp, as of a recording.
    """

    def __init__(
        self, plan: Plan, tree: TransformTree, fixed: str, world: str, account: Account, *, live: bool = False
    ):
        self._tree, self._fixed, self._world, self._account = tree, fixed, world, account
        self._plan, self._topics, self._live = plan, plan.topics, live
        self._cameras = {camera.depth: camera for camera in plan.cameras}
        self._colors = {camera.color: deque(maxlen=COLORS_KEPT) for camera in plan.cameras if camera.color}
        self._infos: dict[str, dict[str, Any]] = {}
        """By topic and frame, the newest CameraInfo."""
        self._waiting: deque[_Waiting] = deque()
        self._newest_ns: dict[str, int] = {}

    def take(self, message: Message) -> Iterator[Input]:
        """Take one message as it was recorded, and yield what is complete now."""
        topic = message.channel.topic
        if topic in self._topics:
            try:
                content = decode(message)
            except Undecodable as error:
                self._account.leave_out(error.reason, str(error))
            else:
                self._tell(topic, content, message.log_ns)
        yield from self.release(message.log_ns)

    def tell(self, topic: str, content: Any, at_ns: int) -> Iterator[Input]:
        """Take one message that is decoded and came at that time [ns], and yield what is complete now."""
        self._tell(topic, content, at_ns)
        yield from self.release(at_ns)

    def finish(self) -> Iterator[Input]:
        """Yield what still waits and can be told without what never came."""
        yield from self.release(None)

    def _tell(self, topic: str, content: Any, at_ns: int) -> None:
        try:
            self._sort_in(topic, content, at_ns)
        except MALFORMED as error:
            self._account.leave_out("undecodable", f"a message on {topic} cannot be understood: {error}")

    def _sort_in(self, topic: str, content: Any, at_ns: int) -> None:
        if topic in self._plan.transforms or topic in self._plan.static_transforms:
            self._tree.take(content, static=topic in self._plan.static_transforms)
        elif topic in self._plan.infos:
            self._infos.setdefault(topic, {})[_frame(content)] = content
        elif topic in self._colors:
            self._colors[topic].append(_Color(stamp_of(content.header), _frame(content), content))
        if topic in self._plan.sources:
            stamp_ns, frame = stamp_of(content.header), _frame(content)
            self._waiting.append(_Waiting(topic, at_ns, stamp_ns, frame, content, self._apart_max_ns(topic, stamp_ns)))

    def _apart_max_ns(self, topic: str, stamp_ns: int) -> int:
        before = self._newest_ns.get(topic)
        self._newest_ns[topic] = stamp_ns
        if before is None or stamp_ns <= before:
            return FIRST_APART_NS
        return min((stamp_ns - before) // 2, COLOR_APART_MAX_NS)

    def release(self, now_ns: int | None) -> Iterator[Input]:
        """Yield from the front of the queue what is complete, or has waited for too long at a time [ns].

        None: nothing more will come.
        """
        while self._waiting:
            head = self._waiting[0]
            overdue = now_ns is None or now_ns - head.log_ns > WAIT_NS or len(self._waiting) > WAITING_MAX
            try:
                made = self._make(head, overdue)
            except Undecodable as error:
                self._account.leave_out(error.reason, str(error))
                made = None
            except MALFORMED as error:
                self._account.leave_out("undecodable", f"a message on {head.topic} cannot be understood: {error}")
                made = None
            except _NotYet:
                return
            self._waiting.popleft()
            if made is not None:
                yield made

    def _make(self, head: _Waiting, overdue: bool) -> Input:
        """Make one input. Raises _NotYet while something may still come, Undecodable where it cannot be made."""
        X_WF = self._pose(head, overdue)
        source = self._plan.sources[head.topic]
        received_ns = head.log_ns if self._live else head.stamp_ns
        if head.topic not in self._cameras:
            return PointScan(
                source=source,
                stamp_ns=head.stamp_ns,
                received_ns=received_ns,
                world=self._world,
                points_S=points_of(head.content),
                X_WS=X_WF,
            )
        topics = self._cameras[head.topic]
        info = self._info(topics, head, overdue)
        found = self._color(topics, head, overdue)
        depth = depth_of(head.content)
        if is_distorted(info) and not topics.rectified:
            self._account.note(f"the lens distortion of {head.topic} is not undone")
        return RgbdFrame(
            source=source,
            stamp_ns=head.stamp_ns,
            received_ns=received_ns,
            world=self._world,
            depth=depth,
            camera=camera_of(info, rectified=topics.rectified),
            X_WC=X_WF,
            color=None if found is None else self._fitting(found, depth.shape),
        )

    def _pose(self, head: _Waiting, overdue: bool) -> Float64[np.ndarray, "4 4"]:
        X_WF = self._tree.pose(self._fixed, head.frame, head.stamp_ns)
        if not isinstance(X_WF, Missing):
            return X_WF
        if not overdue:
            raise _NotYet
        raise Undecodable(
            X_WF.value,
            f"no transform from '{head.frame}' to '{self._fixed}' at {head.stamp_ns / 1e9:.3f} s for {head.topic}",
        )

    def _info(self, topics: CameraTopics, head: _Waiting, overdue: bool) -> Any:
        """Return the newest CameraInfo of the sibling topic, else of the image's frame."""
        if topics.info is not None:
            known = list(self._infos.get(topics.info, {}).values())
        else:
            known = [of[head.frame] for _, of in sorted(self._infos.items()) if head.frame in of]
        if known:
            return known[-1]
        if not overdue:
            raise _NotYet
        raise Undecodable("no_camera_info", f"no CameraInfo for {head.topic} (frame '{head.frame}')")

    def _color(self, topics: CameraTopics, head: _Waiting, overdue: bool) -> _Color | None:
        """Return the colour image nearest in time, within half the time between two depth images."""
        if topics.color is None:
            return None
        colors = self._colors[topics.color]
        if not overdue and not (colors and colors[-1].stamp_ns >= head.stamp_ns):
            raise _NotYet
        nearest = min(colors, key=lambda color: abs(color.stamp_ns - head.stamp_ns), default=None)
        if nearest is None or abs(nearest.stamp_ns - head.stamp_ns) > head.apart_max_ns:
            self._account.leave_out("no_color_in_time", f"no colour image near {head.stamp_ns / 1e9:.3f} s")
            return None
        if nearest.frame != head.frame:
            self._account.note(
                f"colour is left out: it is of the frame '{nearest.frame}', depth of '{head.frame}'; "
                f"record depth that is aligned to colour"
            )
            return None
        return nearest

    def _fitting(self, found: _Color, shape: tuple[int, ...]) -> EncodedImage | UInt8[np.ndarray, "h w 3"] | None:
        """Return colour where it can be read and has the depth image's size."""
        try:
            color = color_of(found.content)
        except Undecodable as error:
            self._account.leave_out(error.reason, str(error))
            return None
        size = size_of_color(color)
        if size is None:
            self._account.leave_out("color_undecodable", f"the colour image at {found.stamp_ns / 1e9:.3f} s is damaged")
            return None
        if size != (-(-shape[0] // 8), -(-shape[1] // 8)):
            self._account.note(f"colour is left out: it is not of the depth image's size, {shape[1]} x {shape[0]}")
            return None
        return color


class _NotYet(Exception):
    """What belongs to an image may still come."""


def _frame(message: Any) -> str:
    return message.header.frame_id.lstrip("/")

"""What waits to be told to the memory: a bounded queue for each source, and one way out of all of them."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from spatialmem.clock import MonotonicClock
from spatialmem.errors import InputError
from spatialmem.live.config import LiveConfig
from spatialmem.live.poses import PoseBuffer, Posing, UnposedFrame
from spatialmem.protocols import Clock
from spatialmem.types import Detections, PointScan, Receipt, Rejected, RgbdFrame, RobotState

__all__ = ["Feed", "Inbox", "Taken", "Tally", "checked_name", "is_kind", "is_sensed", "source_of"]

FEEDS_MAX = 256
"""So many queues; what comes of further names shares one."""
UNNAMED = "unnamed"
"""The queue of what names no source, or one too many."""
NAME_MAX = 200


def is_kind(x: Any, *kinds: type) -> bool:
    """Return whether a foreign object is of one of these types by its own type, without asking itself."""
    return issubclass(type(x), kinds)


def is_sensed(x: Any) -> bool:
    """Return whether this is what makes a memory new: a frame or a scan."""
    return is_kind(x, RgbdFrame, PointScan, UnposedFrame)


def _is_found_in(x: Any, frame: Any) -> bool:
    """Return whether these are detections in that frame."""
    if not (is_kind(x, Detections) and is_kind(frame, RgbdFrame, UnposedFrame)):
        return False
    try:
        return bool(x.stamp_ns == frame.stamp_ns and x.camera_source == frame.source)
    except Exception:  # of somebody else's values
        return False


def is_name(name: Any) -> bool:
    """Return whether this can be the name of a source: short printable text."""
    return is_kind(name, str) and 0 < str.__len__(name) <= NAME_MAX and str.isprintable(name)


def checked_name(name: Any) -> str:
    """Return the name of a source. Raises InputError for what can be none."""
    if not is_name(name):
        raise InputError(f"a source is called {name!r:.80}; a name is printable text of 1 to {NAME_MAX} letters.")
    return str.__str__(name)


def source_of(x: Any, otherwise: str = UNNAMED) -> str:
    """Return the source that a foreign object names, `otherwise` where that is no short printable text."""
    try:
        name = x.source
    except Exception:  # it has none, or a property of somebody else's raises
        return otherwise
    return str.__str__(name) if is_name(name) else otherwise


@dataclass(slots=True)
class Tally:
    """What became of a source's inputs: sent = acknowledged + dropped + unposed + lost + those that still wait."""

    sent: int = 0
    admitted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By the gate's reason."""
    dropped: int = 0
    """Older ones that gave way while the queue was full."""
    unposed: int = 0
    """Frames whose pose did not come in time."""
    lost: int = 0
    """Whoever had them in hand failed: `Ingest`, or the memory's file."""

    @property
    def acknowledged(self) -> int:
        """How many the memory gave an answer to."""
        return self.admitted + sum(self.rejected.values())

    @property
    def waiting(self) -> int:
        """How many nothing has become of yet: in the queue, or in hand."""
        return self.sent - self.acknowledged - self.dropped - self.unposed - self.lost

    def copy(self) -> Tally:
        """Return it as it is now."""
        return Tally(self.sent, self.admitted, Counter(self.rejected), self.dropped, self.unposed, self.lost)


class Taken(NamedTuple):
    """An input on its way to the memory."""

    feed: Feed
    input: Any
    """An `Input`, or what the gate will not let in."""
    arrived_ns: int


class Feed:
    """The queue of one source. Made by `Inbox.feed`; any thread may `put`."""

    def __init__(self, name: str, inbox: Inbox):
        self.name, self._inbox = name, inbox
        self.waiting: deque[tuple[int, Any]] = deque()
        self.tally = Tally()
        self.arrived_ns: int | None = None
        """When the newest frame or scan arrived; None for a source of neither."""

    def put(self, x: Any) -> bool:
        """Have an `Input` or an `UnposedFrame` told to the memory; return at once.

        False where an older one of the source gave way to it."""
        return self._inbox.put(self, x)


class Inbox:
    """The queues of all sources, and the robot's poses. Any thread may call any method; times are of a clock that
    nobody sets."""

    def __init__(self, config: LiveConfig, clock: Clock | None = None, poses: PoseBuffer | None = None):
        """poses: for frames that come without one; else a buffer that goes by `Config()`."""
        self._config, self._clock = config, clock or MonotonicClock()
        self._wait_ns = int(config.pose_wait_s * 1e9)
        self._changed = threading.Condition()
        self._feeds: dict[str, Feed] = {}
        self._following: deque[Taken] = deque()
        """What was found in the frame that was taken last: it is next."""
        self._open = True
        self.poses = PoseBuffer(config.pose_gap_s) if poses is None else poses

    def feed(self, name: str) -> Feed:
        """Return the queue of a source, a new one where there is none: "unnamed" beyond `FEEDS_MAX`."""
        with self._changed:
            if name not in self._feeds and len(self._feeds) >= FEEDS_MAX:
                name = UNNAMED
            return self._feeds.setdefault(name, Feed(name, self))

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The queues by name."""
        with self._changed:
            return tuple(feed for _, feed in sorted(self._feeds.items()))

    def put(self, feed: Feed, x: Any) -> bool:
        """As `Feed.put`."""
        if is_kind(x, RobotState):
            self.poses.add(x)  # a frame may wait for it, whether it comes through the queue or not
        with self._changed:
            now_ns = self._clock.now_ns()
            if is_sensed(x):
                feed.arrived_ns = now_ns
            feed.tally.sent += 1
            feed.waiting.append((now_ns, x))
            is_full = len(feed.waiting) > self._config.queue_max
            if is_full or not self._open:
                feed.waiting.popleft()
                feed.tally.dropped += 1
            self._changed.notify()
        return not is_full

    def take(self, timeout_s: float) -> Taken | None:
        """Return the input that has waited for longest of those that are ready, None where none is for so long."""
        with self._changed:
            taken = self._first_ready()
            if taken is None and self._open:
                self._changed.wait(timeout_s)
                taken = self._first_ready()
            return taken

    def _first_ready(self) -> Taken | None:
        """Return the ready head of a queue that arrived first. A frame without its pose holds up its own queue only.

        What was found in a frame comes right after it: while the frame is taken in, newer ones would push it out.
        """
        if self._following:
            return self._following.popleft()
        ready = [feed for _, feed in sorted(self._feeds.items()) if self._is_ready(feed)]
        if not ready:
            return None
        feed = min(ready, key=lambda feed: feed.waiting[0][0])
        arrived_ns, x = feed.waiting.popleft()
        for other in self._feeds.values():
            found = [one for one in other.waiting if _is_found_in(one[1], x)]
            self._following += [Taken(other, detections, since_ns) for since_ns, detections in found]
            if found:
                other.waiting = deque(one for one in other.waiting if not _is_found_in(one[1], x))
        return Taken(feed, x, arrived_ns)

    def _is_ready(self, feed: Feed) -> bool:
        """Return whether a queue has a head that the memory can be told; a frame whose pose is known is given it.

        Detections wait for their frame as long as that waits.
        """
        while feed.waiting:
            arrived_ns, x = feed.waiting[0]
            if not is_kind(x, UnposedFrame):
                frames = (frame for other in self._feeds.values() for _, frame in other.waiting)
                return not (is_kind(x, Detections) and any(_is_found_in(x, frame) for frame in frames))
            posed = self.poses.pose(x)
            if not isinstance(posed, Posing):
                feed.waiting[0] = arrived_ns, posed
                return True
            if posed is Posing.NOT_YET and self._clock.now_ns() - arrived_ns < self._wait_ns:
                return False
            feed.waiting.popleft()
            feed.tally.unposed += 1
        return False

    def note(self, taken: Taken, answer: Receipt | Rejected | None) -> None:
        """Take down what the memory answered; None where it did not come to that."""
        tally = taken.feed.tally
        with self._changed:
            if isinstance(answer, Receipt):
                tally.admitted += 1
            elif isinstance(answer, Rejected):
                tally.rejected[answer.reason.value] += 1
            else:
                tally.lost += 1

    def close(self) -> None:
        """Let nothing more in: what waits is dropped, and whoever waits for an input goes on."""
        with self._changed:
            self._open = False
            for feed in self._feeds.values():
                feed.tally.dropped += len(feed.waiting)
                feed.waiting.clear()
            for taken in self._following:
                taken.feed.tally.dropped += 1
            self._following.clear()
            self._changed.notify_all()

    def silent(self, now_ns: int) -> dict[str, float]:
        """Return the sources of frames or scans that nothing has come from for longer than `stale_s`, and how long."""
        arrived_ns = {feed.name: feed.arrived_ns for feed in self.feeds if feed.arrived_ns is not None}
        silent_s = {name: (now_ns - one_ns) / 1e9 for name, one_ns in arrived_ns.items()}
        return {name: seconds for name, seconds in silent_s.items() if seconds > self._config.stale_s}

    def tallies(self) -> dict[str, Tally]:
        """Return what became of every source's inputs, all of one moment."""
        with self._changed:
            return {name: feed.tally.copy() for name, feed in sorted(self._feeds.items())}

"""Messages between a node's callbacks and whoever puts inputs together: of each topic the newest, in their order."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Backlog", "Waiting"]


class Waiting(NamedTuple):
    """A message that nobody has looked at yet."""

    topic: str
    message: Any
    received_ns: int


class Backlog:
    """A bounded queue. A camera that is not kept up with makes no other topic lose anything, least of all transforms
    that are told once."""

    def __init__(self, bounds: Mapping[str, int]):
        """bounds: of each topic so many messages wait at most."""
        self._bounds = dict(bounds)
        self._changed = threading.Condition()
        self._waiting: deque[Waiting] = deque()
        self._counts: Counter[str] = Counter()

    def put(self, topic: str, message: Any, received_ns: int) -> bool:
        """Have a message wait; return at once. False where an older one of its topic gave way to it."""
        with self._changed:
            is_full = self._counts[topic] >= self._bounds[topic]
            if is_full:
                del self._waiting[next(i for i, one in enumerate(self._waiting) if one.topic == topic)]
            else:
                self._counts[topic] += 1
            self._waiting.append(Waiting(topic, message, received_ns))
            self._changed.notify()
        return not is_full

    def take(self, timeout_s: float) -> Waiting | None:
        """Return the message that has waited for longest; None where none comes for so long."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._waiting), timeout_s):
                return None
            first = self._waiting.popleft()
            self._counts[first.topic] -= 1
            return first

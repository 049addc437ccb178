"""What fetches inputs where a source does not bring them itself: one thread for each."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from spatialmem.errors import InputError, told
from spatialmem.live.inbox import Feed, is_kind, source_of
from spatialmem.protocols import Robot

__all__ = ["Reader", "polled"]

IDLE_S = 0.002
"""So long a callable that had nothing is left alone."""
FAILED_S = 0.5
"""So long one that raised is."""


class Reader:
    """Brings what a source gives to queues: inputs and `UnposedFrame`s.

    source: an iterable of inputs, such as a recording or a generator that waits for a device; or a callable that
    returns an input, a list or tuple of them, or None where there is none now. What a callable raises is told by
    `trouble`, and it is asked again; what an iterable raises ends it. One with a method `close` is closed at the end.
    """

    def __init__(self, name: str, source: Iterable[Any] | Callable[[], Any], feed_of: Callable[[str], Feed]):
        """feed_of: returns the queue of a name. Inputs of a source of another name have queues of their own."""
        self.name, self._feed_of = name, feed_of
        self.trouble = ""
        """What it raised the last time; "" since it gave something."""
        self.ended = False
        self._stopped = threading.Event()
        is_iterable = isinstance(source, Iterable)
        if not is_iterable and not callable(source):
            raise InputError(
                f"the source {name!r} is {type(source).__name__}; it must be an iterable of inputs, or a callable "
                f"that returns them."
            )
        if inspect.isgeneratorfunction(source):
            raise InputError(
                f"the source {name!r} is a function that returns a generator; give what it returns: call it once."
            )
        run = self._iterate if is_iterable else self._poll
        self.thread = threading.Thread(target=run, args=(source,), name=f"spatialmem-read-{name}", daemon=True)

    def stop(self) -> None:
        """Take nothing more; what waits inside the source is left to itself."""
        self._stopped.set()

    def _iterate(self, source: Iterable[Any]) -> None:
        items = None
        try:
            items = iter(source)
            for item in items:
                if self._stopped.is_set():
                    break
                self._bring(item)
        except BaseException as error:  # whatever a foreign source does, the robot's process goes on
            self.trouble = told(error)
        finally:
            self._end(items, source)

    def _poll(self, source: Callable[[], Any]) -> None:
        while not self._stopped.is_set():
            try:
                item = source()
                is_idle = item is None or (is_kind(item, list, tuple) and not item)
                if not is_idle:
                    self._bring(item)
                    self.trouble = ""
                wait_s = IDLE_S if is_idle else 0.0
            except BaseException as error:  # as above
                self.trouble, wait_s = told(error), FAILED_S
            if wait_s:
                self._stopped.wait(wait_s)
        self._end(source)

    def _end(self, *sources: Any) -> None:
        """Close a source and its iterator, as far as they have a method for it; each once."""
        try:
            for one in {id(one): one for one in sources}.values():
                close = getattr(one, "close", None)
                if callable(close):
                    close()
        except BaseException as error:  # as above
            self.trouble = told(error)
        finally:
            self.ended = True

    def _bring(self, item: Any) -> None:
        for x in item if is_kind(item, list, tuple) else (item,):
            own = source_of(x, self.name)
            self._feed_of(self.name if own == self.name else f"{self.name}/{own}").put(x)


def polled(robot: Robot, *, state_hz: float, frame_hz: float, wait: Callable[[float], Any]) -> Iterator[Any]:
    """Yield a robot's states, and its frames, as often as that. wait: lets so many seconds pass."""
    step_s = 1.0 / state_hz
    every = max(round(state_hz / frame_hz), 1)
    count = 0
    while True:
        if count % every == 0:
            yield robot.frame()
        yield robot.state()
        count += 1
        wait(step_s)

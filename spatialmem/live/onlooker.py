"""A detector beside a live memory: it looks at the newest frame, in a thread of its own, as often as it can."""

from __future__ import annotations

import threading

from spatialmem.errors import told
from spatialmem.live.inbox import Feed
from spatialmem.lookout import Lookout
from spatialmem.types import RgbdFrame

__all__ = ["Onlooker"]


class Onlooker:
    """Shows a detector the newest admitted frame; what it finds goes to its own queue. Frames that come while it looks
    are passed over but for the newest, and counted."""

    def __init__(self, lookout: Lookout, feed: Feed):
        self.lookout, self._feed = lookout, feed
        self.passed_over = 0
        self._ended_by = ""
        self._is_looking = False
        self._newest: RgbdFrame | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self.thread = threading.Thread(target=self._run, name=f"spatialmem-look-{lookout.source}", daemon=True)

    @property
    def trouble(self) -> str:
        """What the detector raised the last time; "" since it could look at a frame."""
        return self._ended_by or self.lookout.trouble

    @property
    def is_idle(self) -> bool:
        """Whether it has no frame in hand and none to look at, or looks at nothing any more."""
        with self._changed:
            return not self.thread.is_alive() or (self._newest is None and not self._is_looking)

    def offer(self, frame: RgbdFrame) -> None:
        """Let it look at a frame next; returns at once."""
        with self._changed:
            self.passed_over += self._newest is not None
            self._newest = frame
            self._changed.notify()

    def stop(self) -> None:
        """Look at nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            while (frame := self._next()) is not None:
                found = self.lookout.look(frame)
                if found is not None:
                    self._feed.put(found)
        except BaseException as error:  # what ends a thread is told, whatever it is
            self._ended_by = told(error)

    def _next(self) -> RgbdFrame | None:
        """Wait for the newest frame, and return it; None where it is to look at nothing more."""
        with self._changed:
            self._is_looking = False
            self._changed.wait_for(lambda: self._stopped or self._newest is not None)
            frame, self._newest = self._newest, None
            self._is_looking = frame is not None
            return None if self._stopped else frame

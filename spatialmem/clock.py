"""Where time comes from. Nothing outside this module asks the operating system for it."""

from __future__ import annotations

import time

__all__ = ["ManualClock", "SystemClock"]


class SystemClock:
    """The computer's wall clock, in nanoseconds since 1970."""

    def now_ns(self) -> int:
        """Return the time now [ns]."""
        return time.time_ns()


class ManualClock:
    """A clock that stands still until it is moved: for tests, replays and simulations."""

    def __init__(self, now_ns: int = 0):
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Return the time it was set to [ns]."""
        return self._now_ns

    def advance(self, by_ns: int) -> None:
        """Move the clock by a span [ns], backwards too."""
        self._now_ns += by_ns

"""Where time comes from, and what is late. Nothing outside this module asks the operating system for it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from jaxtyping import Int64

__all__ = ["ManualClock", "MonotonicClock", "Pace", "SystemClock", "is_late"]

LATE_S = 1.0
"""A stamp that is older by more than this, and by more than frames wait, is of a clock that was set back."""


class SystemClock:
    """The computer's wall clock, in nanoseconds since 1970."""

    def now_ns(self) -> int:
        """Return the time now [ns]."""
        return time.time_ns()


class MonotonicClock:
    """The computer's clock for spans: from any moment on, and nobody sets it."""

    def now_ns(self) -> int:
        """Return the time now [ns]."""
        return time.monotonic_ns()


class Pace:
    """Real time since it was made, to be kept up with."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()

    @property
    def elapsed_s(self) -> float:
        """How long ago it was made [s]."""
        return (time.monotonic_ns() - self._began_ns) / 1e9

    def wait(self, until_s: float) -> float:
        """Wait until it is so old; return how much older it is by then [s]. What is past is not waited for."""
        time.sleep(max(until_s - self.elapsed_s, 0.0))
        return self.elapsed_s - until_s


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


def is_late(stamp_ns: int, newest_ns: int | Int64[np.ndarray, "n"], frames_s: float) -> Any:
    """Return whether a stamp is older than another, but not by so much that a clock was set back; also of many.

    frames_s: so long frames wait for their detections [s].
    """
    behind_ns = newest_ns - stamp_ns
    return (behind_ns > 0) & (behind_ns <= int(max(frames_s, LATE_S) * 1e9))

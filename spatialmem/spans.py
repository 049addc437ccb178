"""Moments and spans of time as people write and read them: "10min" before a memory's last stamp, "12.3 s ago"."""

from __future__ import annotations

import math
import re

from spatialmem.errors import InputError

__all__ = ["shown_ago", "shown_span", "stamp_of"]

UNITS_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
SHOWN = (("years", 31557600.0), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0))
STAMP_MAX_NS = 2**63 - 1


def stamp_of(words: str, *, option: str, last_ns: int) -> int:
    """Return the stamp [ns] that is meant: a whole number is one, "60s", "10min", "2h" and "3d" are before the last.

    Raises InputError for other words.
    """
    if re.fullmatch(r"[0-9]{1,19}", words, re.ASCII) and int(words) <= STAMP_MAX_NS:
        return int(words)
    span = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(s|min|h|d)", words, re.ASCII)
    span_ns = float(span[1]) * UNITS_S[span[2]] * 1e9 if span else math.inf
    if not span_ns <= STAMP_MAX_NS:
        raise InputError(
            f"{option} is {words!r}; give a time before the memory's last stamp, such as 60s, 10min, 2h or 3d, or a "
            f"stamp in whole nanoseconds."
        )
    return last_ns - round(span_ns)


def shown_span(seconds: float) -> str:
    """Return a time in the largest unit that it has one of: "12.3 s", "2.0 hours"."""
    if not math.isfinite(seconds):
        return "for ever"
    for unit, size_s in SHOWN:
        if seconds >= size_s:
            return f"{seconds / size_s:.1f} {unit}"
    return f"{seconds:.1f} s"


def shown_ago(stamp_ns: int, now_ns: int) -> str:
    """Return how long before a moment a stamp was: "12.3 s ago"."""
    return f"{shown_span(max(now_ns - stamp_ns, 0) / 1e9)} ago"

"""Reads the entries of a plan: every value checked, every key used, every error one sentence that says where."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from spatialmem import ConfigError

__all__ = ["Entry", "did_you_mean"]

FAR_M = 1000.0
"""No length or coordinate of a plan is beyond this."""
_REQUIRED: Any = object()


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the closest allowed name, or an empty string."""
    close = difflib.get_close_matches(name, list(allowed), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


class Entry:
    """One mapping of a plan. Every getter refuses a wrong value; `done` refuses keys that nobody asked for."""

    def __init__(self, value: Any, where: str):
        self.where = where
        self._asked: dict[str, None] = {}
        if not isinstance(value, dict):
            self.fail(f"it must be a mapping of keys and values, it is {value!r:.60}.")
        self._values: dict[Any, Any] = value

    def fail(self, what: str) -> NoReturn:
        """Raise a ConfigError about this entry."""
        raise ConfigError(f"{self.where}: {what}")

    def has(self, key: str) -> bool:
        """Whether a key is there."""
        self._asked[key] = None
        return key in self._values

    def is_whole(self, key: str) -> bool:
        """Whether a key is there and holds a whole number."""
        return self.has(key) and isinstance(self._values[key], int)

    def _get(self, key: str, default: Any) -> Any:
        if self.has(key):
            return self._values[key]
        if default is _REQUIRED:
            self.fail(f"'{key}' is missing.")
        return default

    def text(self, key: str, default: str = _REQUIRED) -> str:
        """Return a word."""
        value = self._get(key, default)
        if not isinstance(value, str) or (not value and self.has(key)):
            self.fail(f"'{key}' must be a word, it is {value!r:.60}.")
        return value

    def whole(self, key: str, low: int, high: int, default: int = _REQUIRED) -> int:
        """Return a whole number from low to high."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fail(f"'{key}' must be a whole number from {low} to {high}, it is {value!r:.60}.")
        return value

    def number(self, key: str, low: float, high: float, default: float = _REQUIRED) -> float:
        """Return a number from low to high."""
        value = self._get(key, default)
        if not _is_number(value) or not low <= value <= high:
            self.fail(f"'{key}' must be a number from {low:g} to {high:g}, it is {value!r:.60}.")
        return float(value)

    def numbers(self, key: str, count: int, *, low: float = -FAR_M, high: float = FAR_M) -> tuple[float, ...]:
        """Return a list of so many numbers from low to high."""
        value = self._get(key, _REQUIRED)
        if (
            not isinstance(value, list)
            or len(value) != count
            or not all(_is_number(v) and low <= v <= high for v in value)
        ):
            self.fail(f"'{key}' must be {count} numbers from {low:g} to {high:g} in brackets, it is {value!r:.60}.")
        return tuple(float(v) for v in value)

    def words(self, key: str, count: int) -> tuple[str, ...]:
        """Return a list of so many words."""
        value = self._get(key, _REQUIRED)
        if not isinstance(value, list) or len(value) != count or not all(isinstance(v, str) for v in value):
            self.fail(f"'{key}' must be {count} words in brackets, it is {value!r:.60}.")
        return tuple(value)

    def angle_rad(self, key: str, low_deg: float, high_deg: float, default_rad: float = _REQUIRED) -> float:
        """Return an angle in radians, given as KEY in degrees or as KEY_rad."""
        if self.has(f"{key}_rad"):
            if self.has(key):
                self.fail(f"'{key}' and '{key}_rad' say the same; give one.")
            return self.number(f"{key}_rad", math.radians(low_deg) - 1e-9, math.radians(high_deg) + 1e-9)
        if not self.has(key) and default_rad is not _REQUIRED:
            return default_rad
        return math.radians(self.number(key, low_deg, high_deg))

    def entries(self, key: str) -> list[Any]:
        """Return a list of anything; empty where the key is missing."""
        value = self._get(key, [])
        if not isinstance(value, list):
            self.fail(f"'{key}' must be a list, it is {value!r:.60}.")
        return value

    def inner(self, key: str) -> dict[Any, Any]:
        """Return a mapping; empty where the key is missing."""
        value = self._get(key, {})
        if not isinstance(value, dict):
            self.fail(f"'{key}' must be a mapping, it is {value!r:.60}.")
        return value

    def done(self) -> None:
        """Refuse what was given and never asked for."""
        for key in self._values:
            if key not in self._asked:
                hint = did_you_mean(str(key), self._asked)
                self.fail(f"'{key}' is no key here; there are {', '.join(self._asked)}.{hint}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)

"""Everything spatialmem raises on purpose.

    SpatialMemError
    ├── ConfigError              a setting is unknown or out of range
    ├── InputError               an argument of a call is not what the call takes
    ├── QueryError               a question that cannot be asked so
    ├── MapFull                  the octree's byte budget is used up; nothing was written
    └── EpisodeError             a recording cannot be read

Bad *data* is never raised: `observe` answers it with `Rejected`. Every message says what happened, the
value, what is allowed and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["ConfigError", "EpisodeError", "InputError", "MapFull", "QueryError", "SpatialMemError"]


class SpatialMemError(Exception):
    """The base of every error that spatialmem raises on purpose."""


class ConfigError(SpatialMemError, ValueError):
    """A configuration names an unknown setting or gives one a value that is not allowed."""


class InputError(SpatialMemError, ValueError):
    """An argument has the wrong shape, type or range."""


class QueryError(SpatialMemError, ValueError):
    """A question to the memory that cannot be answered as asked."""


class EpisodeError(SpatialMemError):
    """A recording is missing, of an unknown layout, or damaged."""


class MapFull(SpatialMemError):
    """The octree's byte budget is used up. The update that raised this changed nothing."""

    def __init__(self, what: str, needed: int, free: int, budget_mib: int):
        super().__init__(
            f"the octree's budget of {budget_mib} MiB is full: this update needs up to {needed} {what}, "
            f"{free} are free. Nothing was written. Raise octree.budget_mib, take larger voxels, "
            f"or integrate to a shorter range."
        )


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the closest allowed name, or an empty string."""
    close = difflib.get_close_matches(name, list(allowed), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""

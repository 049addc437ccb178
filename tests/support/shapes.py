"""Which calls of annotated functions are held to the types and shapes that they name: the first so many of a test.

A robot that drives through a home calls the same functions millions of times; checking them all takes as long again as
the drive itself.
"""

from __future__ import annotations

import functools
from typing import Any

from beartype import beartype
from jaxtyping import config

__all__ = ["check_again", "checked"]

CALLS = 20_000
"""So many calls of a test are checked, with what is set up for it."""

_left = CALLS


def check_again() -> None:
    """Begin to check, and to count."""
    global _left
    _left = CALLS
    config.update("jaxtyping_disable", False)


def checked(function: Any) -> Any:
    """Return a function that is checked as by beartype; when enough calls were, no more are until `check_again`."""
    whole = beartype(function)

    @functools.wraps(whole)
    def counted(*args: Any, **kwargs: Any) -> Any:
        global _left
        _left -= 1
        if _left == 0:
            config.update("jaxtyping_disable", True)
        return whole(*args, **kwargs)

    return counted

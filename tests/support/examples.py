"""How many examples a property is tried on: a few in the quick suite, all of them with `-m slow`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

__all__ = ["choose", "examples"]

_every = False


def choose(marks: str) -> None:
    """Take in which tests are run, by pytest's `-m`, before they are collected."""
    global _every
    _every = "slow" in marks and "not slow" not in marks


def examples(count: int, *, quick: int, **options: Any) -> Callable[[Any], Any]:
    """Return a decorator for a property, above `given`: it is tried on `count` examples where slow tests are run, and
    is one of them then; on `quick` examples else. options: other settings of hypothesis.
    """

    def tried(test: Any) -> Any:
        if _every:
            return pytest.mark.slow(settings(max_examples=count, **options)(test))
        return settings(max_examples=quick, **options)(test)

    return tried

"""Between two visits somebody moves things."""

from __future__ import annotations

import numpy as np

from sim.people import rearrange
from sim.worlds import Home, World

__all__ = ["rearranged"]

SHARES = 0.10, 0.15
"""So many of a home's things are moved between two visits, at least one."""
TRIES = 8
"""What came to rest beside something may not do so when the home is built again: then other things are moved."""


def rearranged(home: Home, rng: np.random.Generator) -> tuple[Home, tuple[str, ...]]:
    """Return a home with some of its things elsewhere, at rest, and their names. Raises ConfigError where the home
    itself does not stand."""
    for _ in range(TRIES):
        after, moved = _rearranged(home, rng)
        with World(after) as again:
            if not again.trouble:
                return after, moved
    return home, ()


def _rearranged(home: Home, rng: np.random.Generator) -> tuple[Home, tuple[str, ...]]:
    """Return a home with some of its things elsewhere, and their names; built anew, it may not stand."""
    with World(home) as world:
        moved = rearrange(world, rng, max(1, round(float(rng.uniform(*SHARES)) * len(home.things))))
        after = world.settled
    return after, moved

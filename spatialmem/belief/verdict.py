"""`Verdict`: what an input says of the objects, for them to follow."""

from __future__ import annotations

from typing import NamedTuple

from spatialmem.belief.links import Pair

__all__ = ["Verdict"]


class Verdict(NamedTuple):
    """What an input says of the objects, for them to follow."""

    missing: tuple[int, ...] = ()
    """They were looked for, and are not where they were."""
    displaced: tuple[int, ...] = ()
    """They are not where the robot put them."""
    same: tuple[Pair, ...] = ()
    """(old, new): the new one is the old one, elsewhere."""

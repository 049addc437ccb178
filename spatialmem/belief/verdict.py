"""`Verdict`: what an input says of the objects, for them to follow."""

from __future__ import annotations

from typing import NamedTuple

from spatialmem.belief.links import Pair
from spatialmem.belief.riding import Along

__all__ = ["Verdict"]


class Verdict(NamedTuple):
    """What an input says of the objects, for them to follow."""

    missing: tuple[int, ...] = ()
    """They were looked for, and are not where they were."""
    displaced: tuple[int, ...] = ()
    """They are not where the robot put them."""
    same: tuple[Pair, ...] = ()
    """(old, new): the new one is the old one, elsewhere."""
    along: tuple[Along, ...] = ()
    """They went along with what they are on or in, and were not seen themselves."""

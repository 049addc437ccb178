"""The arms: what a robot remembers at the beginning of an episode. Everything else is the same for all.

An arm's memory is carried from one episode to the next, and from one visit of a home to the next, as the bytes of
`dump`; so what is compared is also that a memory which was stopped goes on.

none     nothing: an empty memory at the beginning of every episode
short    this visit: empty when the visit begins, then one memory for all its episodes
long     what was remembered when the visit began, at the beginning of every episode: what is learnt in an episode is
         known in it, and to the next visit, but not to the other episodes of its visit
both     everything, from the first episode on
oracle   the truth: a memory of the whole home as it is, and goals that are true
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sim.suites.setup import Setup
from sim.worlds import Home
from spatialmem import SpatialMemory

__all__ = ["ARMS", "ArmMemory", "Held", "Seen"]

ARMS = ("none", "short", "long", "both", "oracle")


class Seen(NamedTuple):
    """When, and where, a body was in view last."""

    visit: int
    x_m: float
    y_m: float


class Held:
    """A memory, and what had truly been in the camera's view when it was told, by the names of bodies."""

    def __init__(self, memory: SpatialMemory, seen: dict[str, Seen] | None = None):
        self.memory, self.seen = memory, {} if seen is None else dict(seen)

    def note(self, where_m: Mapping[str, tuple[float, float]], visit: int) -> None:
        """Take down what is in view, and where it is."""
        self.seen.update({name: Seen(visit, *p_m) for name, p_m in where_m.items()})


class ArmMemory:
    """What one robot remembers, visit by visit and episode by episode.

    `begin_visit`, then for each episode `begin_episode`, then `end_visit`. truth: fills a memory with what is true, for
    the oracle.
    """

    def __init__(self, arm: str, setup: Setup):
        """Raises ValueError for an arm that there is none of."""
        if arm not in ARMS:
            raise ValueError(f"there is no arm '{arm}'; there are {', '.join(ARMS)}.")
        self.arm, self._setup = arm, setup
        self._kept: tuple[bytes, dict[str, Seen]] | None = None
        """What outlasts a visit; of the oracle, what is true."""
        self._going: Held | None = None
        """What goes on through a visit's episodes; of "long", what only listens."""

    def begin_visit(
        self, home: Home, truth: Callable[[SpatialMemory], None] | None = None, *, last: bool = False
    ) -> None:
        """Begin a visit to a home, which is the one of the visits before. After the last one nothing is remembered."""
        self._home = home
        if self.arm == "oracle":
            held = Held(self._setup.memory(home))
            assert truth is not None, "the oracle has to be told the truth"
            truth(held.memory)
            self._kept = held.memory.dump(), {}
        if self.arm == "short":
            self._kept = None
        goes_on = self.arm in ("short", "both") or (self.arm == "long" and not last)
        self._going = self._held() if goes_on else None

    def remember(self, data: bytes, seen: dict[str, Seen]) -> None:
        """Begin with what was remembered before the first visit. data: of `dump`."""
        self._kept = data, dict(seen)

    def begin_episode(self) -> tuple[Held, ...]:
        """Return the memory that is asked, and any other that only listens."""
        if self._going is None:
            return (self._held(),)
        return (self._held(), self._going) if self.arm == "long" else (self._going,)

    def end_visit(self) -> None:
        """End a visit: what outlasts it is written down."""
        if self.arm in ("long", "both") and self._going is not None:
            self._kept = self._going.memory.dump(), self._going.seen
        self._going = None

    def _held(self) -> Held:
        """Return what is kept as a memory, or an empty one."""
        if self._kept is None:
            return Held(self._setup.memory(self._home))
        data, seen = self._kept
        return Held(self._setup.loaded(data, self._home), seen)

"""A whole `SpatialMemory` behind the questions that all memories of objects here are asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from baselines.asked import Place, most_alike
from spatialmem import Config, DepthConfig, Input, ObjectState, SpatialMemory, Unknown, UnknownLabel

__all__ = ["DEPTH", "Ours", "places_of"]

DEPTH = DepthConfig(range_max_m=8.0)
"""As far as all memories here lift detections, and as the simulated camera sees."""

MATCH_M = 0.5
"""What ends so near to where it began has not changed its place, as places are judged."""


class Ours:
    """It is fed whole inputs, frames included, and says what it believes is there.

    The memory is made at the first input, for that input's world. depth: how far its camera is believed.
    """

    name = "ours"

    def __init__(self, *, depth: DepthConfig = DEPTH) -> None:
        self._depth = depth
        self.memory: SpatialMemory | None = None

    def observe(self, x: Input) -> None:
        """Take in any input; what the gate rejects is left out."""
        if self.memory is None:
            self.memory = SpatialMemory(Config(world=x.world, depth=self._depth))
        self.memory.observe(x)

    def objects(self) -> tuple[Place, ...]:
        """Return the confirmed objects that are not missing, by id."""
        return () if self.memory is None else places_of(self.memory.objects())

    def where(self, label: str) -> Place | Unknown:
        """Return where something of this label most probably is, as the memory itself answers."""
        if self.memory is None:
            return Unknown("nothing was told yet")
        ask = getattr(self.memory, "where", None)
        if ask is None:  # a library without belief: of several of one label the one seen last
            same = [one for one in self.objects() if one.label == label]
            return max(same, key=lambda one: one.stamp_ns, default=Unknown(f"no {label} is confirmed"))
        try:
            found = ask(label)
        except UnknownLabel as error:  # a word that the detector has not said so far
            return Unknown(str(error))
        if isinstance(found, Unknown):
            return found
        best = found[0]
        return Place(label=label, p_W=best.p_W, stamp_ns=best.last_seen_ns, score=best.p_there)

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the k objects whose labels are most like a text."""
        return most_alike(text, self.objects(), k)

    def changes(self, since_ns: int) -> tuple[tuple[Place, ...], tuple[Place, ...]] | None:
        """Return what it says has left its place since then, and what has come; None for a library that does not."""
        ask = getattr(self.memory, "changed", None)
        if ask is None:
            return None
        told = ask(since_ns)
        left, came = [], []
        for one in () if isinstance(told, Unknown) else told:
            start = one.from_W if one.kind in ("moved", "missing") else None
            end = one.to_W if one.kind in ("moved", "appeared") else None
            if start is not None and end is not None and np.linalg.norm(end - start) <= MATCH_M:
                continue
            if start is not None:
                left.append(_place(one, start))
            if end is not None:
                came.append(_place(one, end))
        return tuple(left), tuple(came)

    @property
    def stored_bytes(self) -> int:
        """All that it dumps but the map of space, which answers other questions; frames that wait are among it."""
        return 0 if self.memory is None else len(self.memory.dump()) - len(self.memory.dump_map())


def _place(change: Any, p_W: np.ndarray) -> Place:
    label = change.name.rpartition("-")[0]
    return Place(label=label, p_W=p_W, stamp_ns=change.stamp_ns, score=change.p)


def places_of(objects: Iterable[ObjectState]) -> tuple[Place, ...]:
    """Return objects as the places that all memories here answer with."""
    return tuple(Place(label=one.label, p_W=one.center_W, stamp_ns=one.stamp_ns, score=one.score) for one in objects)

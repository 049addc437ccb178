"""Adjacent merge: of two neighbours in time that look most alike, one comes to stand for both.

Song et al. 2024, "MovieChat: from dense token to sparse memory", section 3.3: while the memory is too large, the two
neighbouring frames with the greatest cosine similarity are merged into their mean. Here units have ids: the one
recalled more often keeps its own, of equals the later, and only that one can be asked for from then on. Units of two
kinds are merged last of all, and what entered last is not merged before its next neighbour has come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from spatialmem.errors import InputError
from spatialmem.shortterm.policies.ranking import Ranking
from spatialmem.shortterm.policies.replacement import Replacement

__all__ = ["AdjacentMerge"]


@dataclass(slots=True)
class _Unit:
    """A unit between its neighbours in time. count: how many it stands for; order: rises with time."""

    kind: str
    embedding: Float32[np.ndarray, "d"] | None
    order: int = 0
    count: int = 1
    recalls: int = 0
    before: int | None = None
    after: int | None = None


class AdjacentMerge(Replacement):
    """Keeps units in the order in which they were seen, and ranks neighbours by likeness. O(log n) a call."""

    name = "adjacent-merge"
    _form = tuple[tuple[int, int, int, str, bytes | None], ...]

    def __init__(self) -> None:
        self._units: dict[int, _Unit] = {}
        self._pairs = Ranking()  # by (-similarity, order): each unit with the one after it, but for the newest
        self._last: int | None = None
        self._seen = 0

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Put a unit last in time. One that is held comes last again, with its new look where it has one."""
        unit = self._units.get(unit_id)
        if unit is not None:
            self._unlink(unit_id)
        else:
            unit = _Unit(kind, None)
        unit.kind = kind or unit.kind
        unit.embedding = unit.embedding if embedding is None else np.array(embedding, np.float32)
        self._append(unit_id, unit)

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Count a recall of a unit that is held."""
        if unit_id in self._units:
            self._units[unit_id].recalls += 1

    def on_remove(self, unit_id: int, stamp_ns: int) -> None:
        """Forget a unit: its neighbours are neighbours now."""
        if unit_id in self._units:
            self._unlink(unit_id)

    def victim(self, stamp_ns: int) -> int:
        """Merge two units; return the one that is no more."""
        return self.merge(stamp_ns)[0]

    def merge(self, stamp_ns: int) -> tuple[int, int | None]:
        """Merge the most similar neighbours, of equals the first; return who goes, and who stands for it."""
        if self._last is None:
            raise self._nothing_held()
        left = self._pairs.least()
        if left is None:  # one or two are held
            before = self._units[self._last].before
            dropped, kept = (self._last, None) if before is None else (before, self._last)
        else:
            right = self._after(left)
            dropped, kept = (left, right) if self._recalls(right) >= self._recalls(left) else (right, left)
        gone = self._unlink(dropped)
        if kept is not None:
            self._absorb(kept, gone)
        return dropped, kept

    def stands_for(self, unit_id: int) -> int:
        """Return how many units a unit stands for, itself included. Raises InputError where it is not held."""
        if unit_id not in self._units:
            raise InputError(f"unit {unit_id} is not held; ask for one that is.")
        return self._units[unit_id].count

    def _after(self, unit_id: int) -> int:
        after = self._units[unit_id].after
        assert after is not None  # a ranked unit has a neighbour
        return after

    def _recalls(self, unit_id: int) -> int:
        return self._units[unit_id].recalls

    def _append(self, unit_id: int, unit: _Unit) -> None:
        self._seen += 1
        unit.order, unit.before, unit.after = self._seen, self._last, None
        self._units[unit_id] = unit
        if self._last is not None:
            self._units[self._last].after = unit_id
            self._rank(self._units[self._last].before)
        self._last = unit_id

    def _unlink(self, unit_id: int) -> _Unit:
        """Take a unit out, so that its neighbours meet."""
        unit = self._units.pop(unit_id)
        self._pairs.drop(unit_id)
        if unit.before is not None:
            self._units[unit.before].after = unit.after
        if unit.after is not None:
            self._units[unit.after].before = unit.before
        else:
            self._last = unit.before
            self._rank(None if unit.before is None else self._units[unit.before].before)
        self._rank(unit.before)
        return unit

    def _absorb(self, kept: int, gone: _Unit) -> None:
        """Let a unit stand for another too: the mean of their looks, by how many each stood for."""
        unit = self._units[kept]
        mean = _mean(unit, gone)
        unit.embedding = unit.embedding if mean is None else mean
        unit.count, unit.recalls = unit.count + gone.count, unit.recalls + gone.recalls
        self._rank(unit.before)
        self._rank(kept)

    def _rank(self, left: int | None) -> None:
        """Rank a unit with the one after it; not where that is the newest, or there is none."""
        if left is None:
            return
        unit = self._units[left]
        if unit.after is None or self._units[unit.after].after is None:
            self._pairs.drop(left)
        else:
            self._pairs.put(left, (-_similarity(unit, self._units[unit.after]), unit.order))

    def _written(self) -> Any:
        units = sorted(self._units.items(), key=lambda entry: entry[1].order)
        looks = [None if u.embedding is None else u.embedding.astype("<f4").tobytes() for _, u in units]
        return tuple((i, u.count, u.recalls, u.kind, look) for (i, u), look in zip(units, looks, strict=True))

    def _take(self, written: Any) -> None:
        self._distinct([entry[0] for entry in written])
        if any(look is not None and len(look) % 4 for *_, look in written):
            raise InputError("the state of the adjacent-merge policy has half a number in it; it is damaged.")
        self.__init__()
        for unit_id, count, recalls, kind, look in written:
            embedding = None if look is None else np.frombuffer(look, "<f4").astype(np.float32)
            self._append(unit_id, _Unit(kind, embedding, count=count, recalls=recalls))


def _similarity(a: _Unit, b: _Unit) -> float:
    """Return the cosine of two looks of length 1; 0 where one is not known, -2 for two kinds."""
    if a.kind != b.kind:
        return -2.0
    if a.embedding is None or b.embedding is None or a.embedding.shape != b.embedding.shape:
        return 0.0
    return _dot(a.embedding, b.embedding)


def _mean(a: _Unit, b: _Unit) -> Float32[np.ndarray, "d"] | None:
    """Return the mean look, of length 1; None where they cannot be compared or cancel."""
    if a.kind != b.kind or a.embedding is None or b.embedding is None or a.embedding.shape != b.embedding.shape:
        return None
    mean = a.embedding.astype(np.float64) * a.count + b.embedding.astype(np.float64) * b.count
    length = math.sqrt(_dot(mean, mean))
    return None if length == 0 else (mean / length).astype(np.float32)


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    """Return the product of two vectors, summed in their order: the same bits on every CPU."""
    return float(np.cumsum(a.astype(np.float64) * b)[-1]) if a.size else 0.0

"""Moved or new: how probable it is that what turned up is what is gone.

An object `old` that may be gone and an object `new` that turned up are linked where nothing says that they are two.
Either the new one is one of its old ones, or it is another thing of its kind that was never seen:

    odds(new is old) = P(old left before) fit(old, new) / P(never seen), of one pair alone.

As long as no link of a new one is nearly certain, all of them are kept, and what is seen of either changes them: the
`LINKS_MAX` best of each new one, whether it turned up before or after the old ones were missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.belief.known import Objects
from spatialmem.belief.matchings import marginals
from spatialmem.types import ObjectState, Unknown

__all__ = ["Carried", "Links", "Pair", "fit"]

SIZE_SIGMA, SIZE_LEAST_M = 0.5, 0.03
"""Of the logarithm of a box's edges: a thing that was moved is seen from elsewhere and lies otherwise."""
LOOK_COSINE, LOOK_SIGMA = 0.9, 0.1
"""Embeddings as alike as the first say nothing; each of the second more or less says e times more."""
LOOK_LEAST, LOOK_MOST = 0.02, 3.0
LOOK_SLACK = 1.01
"""Of many at once they are compared in single precision: what they may add is off by less than this."""
NEAR_M, NEAR, ANYWHERE = 1.0, 1.4, 0.6
"""Things are moved within reach more often than to anywhere: how far that is, and how much more often."""
ON_THE_WAY, OFF_THE_WAY = 10.0, 0.3
"""What the gripper held and let go of, unsaid, lies where the gripper was: about so many times more often than not."""
FIT_LEAST = 0.01
LINKS_MAX = 8
"""What turned up is linked to so many of what suits it best."""
AT_ONCE = 64
"""So many are asked for together whether they may have left."""
NAMED_SHARE = 0.1
"""What was called as the other is so often, of what it is called most, may be it."""
NEW_P_IF_CAME, NEW_P = 0.01, 0.2
"""How often a thing that turns up was never seen before: where it had been looked for in vain, and elsewhere."""

CELLS_MAX = 10_000
"""So many cubes of the way of a gripper are kept."""
STEPS = (-1, 0, 1)
Pair = tuple[int, int]
"""The ids of what may be gone and of what turned up."""
Likely = Callable[[Int64[np.ndarray, "n"]], Bool[np.ndarray, "n"]]
"""Which of some objects, by their places among all, may have left."""


def fit(old: ObjectState, new: ObjectState, *, carried: Carried | None = None) -> float:
    """Return how well what turned up suits an old object, by size, look and distance; 1 says nothing.

    carried: of an object that the robot has in its gripper, where that was meanwhile; then the distance is to its way.
    """
    a, b = (np.log(np.sort(one.size_m) + SIZE_LEAST_M) for one in (old, new))
    size = float(np.exp(-0.5 * (((a - b) / SIZE_SIGMA) ** 2).mean()))
    look = 1.0
    if old.embedding is not None and new.embedding is not None and old.embedding.shape == new.embedding.shape:
        cosine = float((old.embedding.astype(np.float64) * new.embedding).sum())
        look = min(max(float(np.exp((cosine - LOOK_COSINE) / LOOK_SIGMA)), LOOK_LEAST), LOOK_MOST)
    if carried is not None:
        return size * look * (ON_THE_WAY if carried.passed(new.center_W) else OFF_THE_WAY)
    apart = new.center_W - old.center_W
    distance_m = float(np.sqrt((apart * apart).sum()))
    return size * look * (ANYWHERE + NEAR * float(np.exp(-distance_m / NEAR_M)))


def named_alike(old: ObjectState, new: ObjectState) -> float:
    """Return how well two objects' labels agree, 0 to 1: the label of one, as a share of what the other is called most.

    A thing that was cut, or that a detector calls now this and now that, may turn up under its other name.
    """
    shares = (one.label_p.get(other.label, 0.0) / one.label_p[one.label] for one, other in ((old, new), (new, old)))
    share = max(shares)
    return share if share >= NAMED_SHARE else 0.0


def _fit_of(old: ObjectState, new: ObjectState, carried: Carried) -> float:
    alike = named_alike(old, new)
    return alike * fit(old, new, carried=carried if "held" in old.attributes else None) if alike > 0 else 0.0


def _fit_most(one: ObjectState, others: Sequence[ObjectState]) -> Float64[np.ndarray, "n"]:
    """Return how well objects suit another at most: as if they had its name."""
    edges = np.sort(np.concatenate([other.size_m for other in others]).reshape(-1, 3), axis=1)
    apart = (np.log(edges + SIZE_LEAST_M) - np.log(np.sort(one.size_m) + SIZE_LEAST_M)) / SIZE_SIGMA
    away_W = np.concatenate([other.center_W for other in others]).reshape(-1, 3) - one.center_W
    held = np.array(["held" in other.attributes for other in others]) | ("held" in one.attributes)
    place = np.where(held, ON_THE_WAY, ANYWHERE + NEAR * np.exp(-np.sqrt((away_W * away_W).sum(axis=1)) / NEAR_M))
    return np.exp(-0.5 * (apart * apart).mean(axis=1)) * place * _look_most(one, others)


def _look_most(one: ObjectState, others: Sequence[ObjectState]) -> Float64[np.ndarray, "n"]:
    """Return what looks add to how well objects suit another, or hardly more."""
    look, own = np.ones(len(others)), one.embedding
    if own is None:
        return look
    told = [(i, e) for i, e in enumerate(other.embedding for other in others) if e is not None and e.shape == own.shape]
    if told:
        cosine = (np.array([e for _, e in told], np.float32) @ own.astype(np.float32)).astype(np.float64)
        alike = np.clip(np.exp((cosine - LOOK_COSINE) / LOOK_SIGMA), LOOK_LEAST, LOOK_MOST)
        look[[i for i, _ in told]] = LOOK_SLACK * alike
    return look


def _best(
    one: ObjectState, others: Sequence[ObjectState], fit_to: Callable[[ObjectState], float], likely: Likely
) -> dict[int, float]:
    """Return which of the likely ones suit an object best, by id, and how well; no more are looked at than needed."""
    found: list[tuple[float, int]] = []
    most = _fit_most(one, others) if others else np.zeros(0)
    order = np.argsort(-most, kind="stable")
    for at in (order[i : i + AT_ONCE] for i in range(0, len(order), AT_ONCE)):
        least = max(FIT_LEAST, -found[LINKS_MAX - 1][0] if len(found) >= LINKS_MAX else 0.0)
        at = at[most[at] >= least]
        if not len(at):
            break
        values = {others[i].id: fit_to(others[i]) for i in at[likely(at)].tolist()}
        found += [(-value, object_id) for object_id, value in values.items() if value >= FIT_LEAST]
        found = sorted(found)[:LINKS_MAX]
    return {object_id: -value for value, object_id in found}


def _all_likely(at: Int64[np.ndarray, "n"]) -> Bool[np.ndarray, "n"]:
    return np.ones(len(at), bool)


class Carried:
    """Where the gripper was since it picked up what it holds, in cubes."""

    CELL_M = 0.25

    def __init__(self, cells: Iterable[tuple[int, int, int]] = ()):
        self.cells: set[tuple[int, int, int]] = set(cells)

    def go(self, p_WG: Float64[np.ndarray, "3"]) -> bool:
        """Note where the gripper is; return whether it was not there before."""
        cell, known = self._cell(p_WG), len(self.cells)
        if known < CELLS_MAX:
            self.cells.add(cell)
        return len(self.cells) > known

    def passed(self, p_W: Float64[np.ndarray, "3"]) -> bool:
        """Return whether the gripper was at a place or next to it."""
        x, y, z = self._cell(p_W)
        return any((x + i, y + j, z + k) in self.cells for i in STEPS for j in STEPS for k in STEPS)

    def _cell(self, p_W: Float64[np.ndarray, "3"]) -> tuple[int, int, int]:
        x, y, z = (int(c) for c in np.floor(p_W / self.CELL_M))
        return x, y, z


class Links:
    """The pairs that may be one thing, how well they fit, and how probable it is that each new one was never seen."""

    def __init__(self, fits: Iterable[tuple[Pair, float]] = (), unseen_p: Iterable[tuple[int, float]] = ()):
        self.fits: dict[Pair, float] = dict(fits)
        self.unseen_p: dict[int, float] = dict(unseen_p)

    def add(
        self,
        new: ObjectState,
        olds: Sequence[ObjectState],
        *,
        appeared: bool,
        carried: Carried,
        likely: Likely = _all_likely,
    ) -> None:
        """Link what turned up to what it may be. appeared: it would have been seen before, had it been there."""
        best = _best(new, olds, lambda old: _fit_of(old, new, carried), likely)
        self._take({(old, new.id): value for old, value in best.items()}, {new.id: appeared})

    def add_gone(self, old: ObjectState, news: Mapping[ObjectState, bool], *, carried: Carried) -> None:
        """Link what is gone to what it may be that turned up; of each, whether it appeared."""
        records, worst = list(news), self._worst({one.id for one in news})
        most = _fit_most(old, records) if records else np.zeros(0)
        close = [new for new, value in zip(records, most.tolist(), strict=True) if value >= worst[new.id]]
        fits = {(old.id, new.id): _fit_of(old, new, carried) for new in close}
        self._take(
            {pair: value for pair, value in fits.items() if value >= FIT_LEAST},
            {new.id: appeared for new, appeared in news.items()},
        )

    def _worst(self, news: set[int]) -> dict[int, float]:
        """Return how well the worst of the best links of what turned up fits; of those with few, what is needed."""
        found: dict[int, list[float]] = {new: [] for new in news}
        for (_, new), value in self.fits.items():
            if new in found:
                found[new].append(value)
        return {new: min(values) if len(values) >= LINKS_MAX else FIT_LEAST for new, values in found.items()}

    def _take(self, fits: Mapping[Pair, float], appeared: Mapping[int, bool]) -> None:
        """Keep links, the best of each new one."""
        if not fits:
            return
        kept = {**self.fits, **fits}
        touched: dict[int, list[Pair]] = {new: [] for _, new in fits}
        for pair in kept:
            if pair[1] in touched:
                touched[pair[1]].append(pair)
        for pairs in touched.values():
            for pair in sorted(pairs, key=lambda pair: (-kept[pair], pair))[LINKS_MAX:]:
                del kept[pair]
        self.fits = kept
        self.unseen_p = {**self.unseen_p, **{new: NEW_P_IF_CAME if appeared[new] else NEW_P for new in touched}}

    def refit(self, new: ObjectState, objects: Objects, carried: Carried) -> None:
        """Let the links of what turned up follow what is known of it and of the old ones by now."""
        if new.id not in self.unseen_p:
            return
        again = {}
        for pair in [pair for pair in self.fits if pair[1] == new.id]:
            old = objects.object(pair[0])
            if not isinstance(old, Unknown):
                again[pair] = max(_fit_of(old, new, carried), FIT_LEAST)
        self.fits = {**self.fits, **again}

    def forget(self, object_id: int, *, as_old_only: bool = False) -> None:
        """Undo the links of an object: it is gone, or was seen where it was."""
        if object_id not in self.unseen_p and all(old != object_id for old, _ in self.fits):
            return
        self.fits = {
            (old, new): value
            for (old, new), value in self.fits.items()
            if old != object_id and (as_old_only or new != object_id)
        }
        linked = {new for _, new in self.fits}
        self.unseen_p = {new: p for new, p in self.unseen_p.items() if new in linked}

    def weights(self, left_p: Mapping[Pair, float]) -> dict[Pair, float]:
        """Return the probability of every link. left_p: that the old one is elsewhere, since before the new one came.

        An old one is at most one of its new ones, and the reverse; see `matchings`.
        """
        pairs = [pair for pair in sorted(self.fits) if pair in left_p]
        if not pairs:
            return {}
        odds = np.array([left_p[pair] * self.fits[pair] / self.unseen_p[pair[1]] for pair in pairs])
        old_of, new_of = (np.unique([pair[side] for pair in pairs], return_inverse=True)[1] for side in (0, 1))
        marginal = marginals(odds, old_of, new_of)
        return dict(zip(pairs, marginal.tolist(), strict=True))

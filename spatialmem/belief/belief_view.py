"""`BeliefView`: what was believed at one moment. Immutable; made by `Belief` only."""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.belief.chances import link_weights, p_of
from spatialmem.belief.known import Objects
from spatialmem.belief.links import Links, Pair
from spatialmem.belief.rates import Rates
from spatialmem.belief.state import Kept
from spatialmem.belief.table import How, Table

__all__ = ["BeliefView"]


class BeliefView:
    """What was believed after one input. Reading it waits for nothing and nothing changes it."""

    def __init__(self, kept: Kept):
        self.kept = kept
        self.table = Table.reading(kept.columns)

    def dump(self) -> bytes:
        """Return all that was believed as bytes, for `Belief.load`; the same belief is the same bytes."""
        return self.kept.dump()

    @property
    def rates(self) -> Rates:
        """How fast things of each kind move."""
        return self.kept.rates

    def rows(self, ids: list[int]) -> Int64[np.ndarray, "n"]:
        """Return the rows of objects; -1 for those that nothing is believed of."""
        own, order, wanted = self.table.ids, self._order, np.array(ids, np.int64)
        at = order[np.minimum(np.searchsorted(own[order], wanted), len(order) - 1)]
        return np.where((own[at] == wanted) & (wanted > 0), at, -1)  # 0 is a free row

    @functools.cached_property
    def _order(self) -> Int64[np.ndarray, "n"]:
        return np.argsort(self.table.ids, kind="stable")

    def p_there(self, rows: Int64[np.ndarray, "n"], objects: Objects, stamp_ns: int) -> Float64[np.ndarray, "n"]:
        """Return P(still there) at a stamp, of objects by their rows."""
        return p_of(self.table, rows, objects, self.rates, stamp_ns)

    def link_weights(self, objects: Objects, stamp_ns: int) -> dict[Pair, float]:
        """Return how probable it is, of each pair that may be one thing (old, new), that it is."""
        links = Links(self.kept.fits.items(), self.kept.unseen_p.items())
        ids = sorted({object_id for pair in links.fits for object_id in pair})
        rows = dict(zip(ids, self.rows(ids).tolist(), strict=True))
        return link_weights(links, self.table, objects, self.rates, stamp_ns, rows.__getitem__)

    def resting_on(self, object_id: int) -> tuple[int, ...]:
        """Return what is on or in an object, and on or in that, and so on, by id."""
        return self.table.resting_on(object_id)

    def rests(self) -> Int64[np.ndarray, "n 4"]:
        """Return, by id, what is known to be on or in another thing: its id, how (`How`), that other's id, if hidden.

        Of what is missing it is no longer known.
        """
        table = self.table
        found = (table.ids > 0) & table.known & (table.missing_ns == 0) & (table.support > 0)
        rows = np.flatnonzero(found & ((table.how == How.ON) | (table.how == How.IN)))
        rows = rows[np.argsort(table.ids[rows])]
        columns = table.ids[rows], table.how[rows], table.support[rows], table.hidden[rows]
        return np.stack([column.astype(np.int64) for column in columns], axis=1)

    @property
    def search_m(self) -> float:
        """Expected metres of searching for something without knowing where it is.

        A search that passes every square metre of floor where a camera has stood finds it half way on average.
        """
        return len(self.kept.stood) / 2

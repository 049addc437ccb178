"""`Mind`: all that is believed, while it is being changed by what is told."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.belief.boxes import gap_m
from spatialmem.belief.chances import link_weights
from spatialmem.belief.glance import Instant
from spatialmem.belief.known import Objects
from spatialmem.belief.links import Carried, Links, Pair
from spatialmem.belief.log import Log, point_of
from spatialmem.belief.persistence import Filter
from spatialmem.belief.rates import Move, rates_of_config
from spatialmem.belief.state import Kept, Ride, table_of
from spatialmem.belief.supports import place_words
from spatialmem.belief.table import How, Table
from spatialmem.belief.views import Views
from spatialmem.clock import is_late
from spatialmem.config import BeliefConfig, ShortTermConfig
from spatialmem.types import ObjectState, Unknown

__all__ = ["Mind"]

GLIMPSES_LEAST, GLIMPSES_MAX = 2, 1024
"""What was reported from so many views and then no more may have been something; so many are remembered."""
CELL_M, CELLS_MAX = 1.0, 65_536
"""The floor is searched in squares of this edge; so many are remembered, those where a camera was first."""
TOUCH_M = 0.08
"""What lies this far from an object at most may be on or in it."""
LOOKED = (
    *Filter._fields,
    *("last_ns", "against_ns", "against", "missing_ns"),
    *("looked_ns", "looked_seq", "looked_from", "looks", "through", "depth_view"),
)
"""The columns that a look may change."""


class Mind:
    """What `Belief` tells and its functions change. It knows objects by their ids only."""

    def __init__(self, config: BeliefConfig, sensing: ShortTermConfig):
        """sensing: how well poses and depth are known where a frame does not say."""
        self.config, self.sensing = config, sensing
        self.table, self.rates = Table(), rates_of_config(config)
        self.log, self.links = Log(config.changes_max), Links()
        self.carried, self.views = Carried(), Views()
        self.moves: dict[int, Move] = {}
        """What the last move of each missing object taught."""
        self.words: dict[int, str] = {}
        """Whether things are open or closed, where that was told."""
        self.rides: dict[int, Ride] = {}
        """What goes along with what, by id, see `riding`."""
        self.glimpses: tuple[tuple[int, float, float, float], ...] = ()
        """When and where something was seen that was never confirmed."""
        self.stood: frozenset[tuple[int, int]] = frozenset()
        """The squares of the floor in which a camera has stood."""
        self.camera_W: tuple[float, float, float] | None = None
        self._columns: dict[str, np.ndarray] = {}

    def note_look(self, rows: Int64[np.ndarray, "n"], at: Instant, through: Bool[np.ndarray, "n"]) -> None:
        """Note that the places of objects were looked at, and whether they were seen through.

        Who looked last, and from where, is not told by what comes late.
        """
        table = self.table
        table.looks[rows] += 1
        table.through[rows] += through
        newest = rows[~is_late(at.stamp_ns, table.looked_ns[rows], self.sensing.frames_s)]
        table.looked_ns[newest], table.looked_seq[newest] = at.stamp_ns, at.seq
        if at.camera_W is not None:
            table.looked_from[newest] = at.camera_W

    def forget(self, object_id: int, heir: int, seq: int, objects: Objects) -> None:
        """Let an object be gone from the memory, by input `seq`; the heir stands for it, 0 for nothing.

        objects: as they are after it.
        """
        table = self.table
        self.links.forget(object_id)
        self.moves.pop(object_id, None)
        self.words.pop(object_id, None)
        self.alight(object_id)
        for row in np.flatnonzero((table.support == object_id) & (table.ids > 0)).tolist():
            if _bears(heir, int(table.ids[row]), objects):
                table.support[row] = heir
            else:  # nobody knows on or in what it is
                table.how[row], table.support[row], table.hidden[row] = How.UNKNOWN, 0, False
        if object_id in table.row_of:
            row = table.row_of[object_id]
            if heir in table.row_of:
                self.log.undo(object_id, ("first_seen", "appeared"), seq, past=None)
                other = table.row_of[heir]
                table.first_ns[other] = min(table.first_ns[other], table.first_ns[row])
                table.settling[other] = 0  # it is measured from elsewhere now
            if not table.known[row] and heir not in table.row_of and table.reports[row] >= GLIMPSES_LEAST:
                x, y, z = point_of(table.center[row]) or (0.0, 0.0, 0.0)
                self.glimpses = (*self.glimpses, (int(table.first_ns[row]), x, y, z))[-GLIMPSES_MAX:]
            table.drop(object_id)

    def alight(self, object_id: int) -> None:
        """Let an object go along with nothing any more, nor anything with it."""
        if object_id in self.rides or any(one.carrier == object_id for one in self.rides.values()):
            self.rides = {rider: one for rider, one in self.rides.items() if object_id not in (rider, one.carrier)}

    def stand(self, at: Instant) -> None:
        """Note where the camera stands: that much of the floor a search has to cover."""
        if at.camera_W is not None:
            x, y, _ = self.camera_W = point_of(at.camera_W) or (0.0, 0.0, 0.0)
            square = int(np.floor(x / CELL_M)), int(np.floor(y / CELL_M))
            if square not in self.stood and len(self.stood) < CELLS_MAX:
                self.stood |= {square}

    def write(
        self,
        record: ObjectState,
        kind: str,
        at: Instant,
        objects: Objects,
        *,
        from_W: Float64[np.ndarray, "3"] | None,
        to_W: Float64[np.ndarray, "3"] | None,
        since_ns: int | None = None,
        p: float = 1.0,
    ) -> None:
        """Log a change."""
        row = self.table.row_of[record.id]
        self.log.add(
            object_id=record.id,
            label=record.label,
            kind=kind,
            stamp_ns=at.stamp_ns,
            since_ns=int(self.table.seen_ns[row]) if since_ns is None else since_ns,
            seq=at.seq,
            from_W=point_of(from_W),
            to_W=point_of(to_W),
            looked_from_W=point_of(at.camera_W),
            p=p,
            place=place_words(self.table, row, objects),
        )

    def link_weights(self, objects: Objects, at: Instant) -> dict[Pair, float]:
        """Return how probable it is, of each pair that may be one thing (old, new), that it is."""
        row_of = self.table.row_of
        return link_weights(
            self.links, self.table, objects, self.rates, at.stamp_ns, lambda object_id: row_of.get(object_id, -1)
        )

    def become(self, kept: Kept) -> None:
        """Be what was believed at another moment."""
        self.table = table_of(kept.columns)
        self.rates = kept.rates.copy()
        self.log = Log(kept.config.changes_max, kept.entries, kept.last_number)
        self.links = Links(kept.fits.items(), kept.unseen_p.items())
        self.moves, self.words, self.stood = dict(kept.moves), dict(kept.words), kept.stood
        self.rides = dict(kept.rides)
        self.glimpses = kept.glimpses
        self.camera_W, self.carried, self.views = kept.camera_W, Carried(kept.carried), Views(kept.views)

    def kept(self, *, looked_only: bool) -> Kept:
        """Return all of it as it is at this moment. Only what changed is copied: looked_only says that looks did it."""
        columns = {name: getattr(self.table, name).copy() for name in (LOOKED if looked_only else self.table.KEPT)}
        for column in columns.values():
            column.setflags(write=False)
        self._columns = {**self._columns, **columns}
        return Kept(
            config=self.config,
            columns=self._columns,
            rates=self.rates.still(),
            moves=dict(self.moves),
            words=dict(self.words),
            rides=dict(self.rides),
            entries=self.log.entries,
            last_number=self.log.last_number,
            fits=self.links.fits,
            unseen_p=self.links.unseen_p,
            stood=self.stood,
            camera_W=self.camera_W,
            carried=frozenset(self.carried.cells),
            views=self.views.rows,
            glimpses=self.glimpses,
        )


def _bears(heir: int, object_id: int, objects: Objects) -> bool:
    """Return whether what was on or in something may be on or in what stands for that now: it is there, and not it."""
    one, other = objects.object(heir), objects.object(object_id)
    if isinstance(one, Unknown) or isinstance(other, Unknown) or one.id == other.id:
        return False
    return gap_m(one, other) <= TOUCH_M

"""What is believed, as one moment of it is kept for readers and written down; and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta

from spatialmem.belief.log import Coordinate, Entry, Number, Point, Stamp
from spatialmem.belief.rates import Learned, Move, Rates, rates_of_config, refuse_unsound_move
from spatialmem.belief.table import COLUMNS, Table, refuse_unsound
from spatialmem.belief.views import VIEW, refuse_unsound_views
from spatialmem.config import BeliefConfig
from spatialmem.errors import InputError
from spatialmem.sealed import seal, unseal

__all__ = ["Kept", "Ride", "kept_of", "table_of"]

_MAGIC = b"smbelief"
_FORMAT = 1
_ROW = np.dtype([(name, dtype, shape) for name, (dtype, shape) in COLUMNS.items()])


class Ride(NamedTuple):
    """How something goes along with what it is on or in, see `riding`."""

    carrier: Number
    """The id of that."""
    offset_W: Point
    """From the middle of that to its own."""


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """All that is believed. What has a default here is not in older files; where it says nothing, it is not written."""

    format: int
    config: BeliefConfig
    rows: bytes
    """By id."""
    learned: Learned
    moves: tuple[tuple[Number, Move], ...]
    words: tuple[tuple[Number, str], ...]
    entries: tuple[Entry, ...]
    last_number: Annotated[int, Meta(ge=0)]
    fits: tuple[tuple[tuple[Number, Number], Annotated[float, Meta(gt=0, le=1e6)]], ...]
    unseen_p: tuple[tuple[Number, Annotated[float, Meta(gt=0, le=1)]], ...]
    stood: tuple[tuple[int, int], ...]
    camera_W: Point | None
    carried: tuple[tuple[int, int, int], ...]
    views: tuple[tuple[str, bytes], ...]
    glimpses: tuple[tuple[Stamp, Coordinate, Coordinate, Coordinate], ...]
    rides: tuple[tuple[Number, Ride], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """All that is believed at one moment. Nothing in it changes any more."""

    config: BeliefConfig
    columns: dict[str, np.ndarray]
    rates: Rates
    """What was learned of how fast things move, see `Rates.still`."""
    moves: dict[int, Move]
    """What the last move of each missing object taught."""
    words: dict[int, str]
    """Whether things are open or closed, where that was told."""
    entries: tuple[Entry, ...]
    last_number: int
    fits: dict[tuple[int, int], float]
    unseen_p: dict[int, float]
    stood: frozenset[tuple[int, int]]
    """The squares of the floor in which a camera has stood."""
    camera_W: tuple[float, float, float] | None
    carried: frozenset[tuple[int, int, int]]
    """Where the gripper was since it picked up what it holds."""
    views: dict[str, np.ndarray]
    """From where each detector has looked, see `views.Views`."""
    glimpses: tuple[tuple[int, float, float, float], ...]
    """When and where something was seen that was never confirmed."""
    rides: dict[int, Ride]
    """What goes along with what it is on or in, see `riding`."""

    def dump(self) -> bytes:
        """Return it as sealed bytes; the same belief is the same bytes."""
        rows = np.flatnonzero(self.columns["ids"] > 0)
        rows = rows[np.argsort(self.columns["ids"][rows])]
        lines = np.zeros(len(rows), _ROW)
        for name in COLUMNS:
            lines[name] = self.columns[name][rows]
        state = _State(
            format=_FORMAT,
            config=msgspec.structs.replace(self.config, dwell_s=dict(sorted(self.config.dwell_s.items()))),
            rows=lines.tobytes(),
            learned=self.rates.to_plain(),
            moves=tuple(sorted(self.moves.items())),
            words=tuple(sorted(self.words.items())),
            entries=self.entries,
            last_number=self.last_number,
            fits=tuple(sorted(self.fits.items())),
            unseen_p=tuple(sorted(self.unseen_p.items())),
            stood=tuple(sorted(self.stood)),
            camera_W=self.camera_W,
            carried=tuple(sorted(self.carried)),
            views=tuple((source, rows.tobytes()) for source, rows in sorted(self.views.items())),
            glimpses=self.glimpses,
            rides=tuple(sorted(self.rides.items())),
        )
        return seal(_MAGIC, msgspec.msgpack.encode(state))


def kept_of(data: bytes) -> Kept:
    """Read what `Kept.dump` wrote. Raises InputError for anything else."""
    content = unseal(_MAGIC, data, "a belief's state", "Belief.dump()")
    try:
        state = msgspec.msgpack.decode(content, type=_State)
        lines = np.frombuffer(state.rows, _ROW)
        views = {source: np.frombuffer(rows, VIEW) for source, rows in state.views}
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"this belief was not written by this version of spatialmem: {error}.") from error
    if state.format != _FORMAT:
        raise InputError(f"this belief has format {state.format}, {_FORMAT} is what this version reads.")
    columns = {name: np.ascontiguousarray(lines[name]) for name in COLUMNS}
    refuse_unsound(columns)
    rates = rates_of_config(state.config)
    rates.of_plain(state.learned)
    for rows in views.values():
        refuse_unsound_views(rows)
    _refuse_unsound_rest(state)
    return Kept(
        config=state.config,
        columns=columns,
        rates=rates,
        moves=dict(state.moves),
        words=dict(state.words),
        entries=state.entries,
        last_number=state.last_number,
        fits=dict(state.fits),
        unseen_p=dict(state.unseen_p),
        stood=frozenset(state.stood),
        camera_W=state.camera_W,
        carried=frozenset(state.carried),
        views=views,
        glimpses=state.glimpses,
        rides=dict(state.rides),
    )


def _refuse_unsound_rest(state: _State) -> None:
    """Raise InputError for what cannot be, though each part of it could."""
    for _, move in state.moves:
        refuse_unsound_move(move)
    count = len(state.entries)
    if [one.number for one in state.entries] != list(range(state.last_number - count + 1, state.last_number + 1)):
        raise InputError("the changes in this belief are not numbered in a row: it is damaged.")
    if count > state.config.changes_max or (count < state.config.changes_max and count != state.last_number):
        raise InputError(f"{count} changes are kept in this belief, not the newest that belong there: it is damaged.")
    if any(rider == one.carrier for rider, one in state.rides):
        raise InputError("something in this belief goes along with itself: it is damaged.")
    if {new for (_, new), _ in state.fits} != {new for new, _ in state.unseen_p}:
        raise InputError("what may be one thing in this belief is not what turned up: it is damaged.")


def table_of(columns: dict[str, np.ndarray]) -> Table:
    """Return the table of columns that were kept; free rows are left out."""
    ids = columns["ids"]
    table = Table(max(len(ids), 1))
    for at in np.flatnonzero(ids > 0).tolist():
        row = table.add(int(ids[at]))
        for name in COLUMNS:
            getattr(table, name)[row] = columns[name][at]
    return table

"""A confirmed object that leaves the buffer with all that is known of it, and comes back as if it had stayed."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from jaxtyping import Float64

from spatialmem.config import ShortTermConfig
from spatialmem.errors import InputError
from spatialmem.shortterm.deeds import Grips, Offset
from spatialmem.shortterm.fusion import derive
from spatialmem.shortterm.noting import record_of
from spatialmem.shortterm.state import Written, copy_in, table_of, written
from spatialmem.shortterm.table import Table
from spatialmem.types import ObjectState

__all__ = ["Left", "left_of", "put_back", "read_left"]


class Left(NamedTuple):
    """An object that left."""

    record: ObjectState
    """As readers saw it last."""
    anchor_W: Float64[np.ndarray, "3"]
    """The point that its box is measured from, see `columns.Shown`."""
    aliases: tuple[int, ...]
    """Ids of objects that turned out to be it."""
    held: bool
    """The robot holds it, or what it is on or in."""
    data: bytes
    """All of it, to be given back."""


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the bytes hold."""

    id: int
    one: Written
    grip: Offset | None


def left_of(table: Table, grips: Grips, object_id: int, config: ShortTermConfig) -> Left:
    """Return an object as it leaves; it is still in the table and in the gripper then."""
    rows = table.rows([object_id])
    derive(table, rows, coast_s=config.coast_s)
    data = _Data(object_id, written(table, [object_id])[object_id], grips.offsets.get(object_id))
    return _left(table, data, msgspec.msgpack.encode(data))


def read_left(data: bytes, config: ShortTermConfig) -> Left:
    """Return an object that left, by its bytes. Raises InputError for others."""
    what = _data_of(data)
    table = table_of({what.id: what.one})
    derive(table, table.rows([what.id]), coast_s=config.coast_s)
    return _left(table, what, data)


def put_back(table: Table, grips: Grips, data: bytes) -> int:
    """Take an object in again, where it was and as it was; return its id. Raises InputError for bytes of none."""
    what = _data_of(data)
    copy_in(table, what.id, what.one)
    if what.grip is not None:
        grips.offsets[what.id] = what.grip
    return what.id


def _left(table: Table, what: _Data, data: bytes) -> Left:
    record, row = record_of(table, what.id), table.row_of[what.id]
    held = what.grip is not None or "held" in record.attributes
    return Left(record, table.rest[row].copy(), table.notes[what.id].aliases, held, data)


def _data_of(data: bytes) -> _Data:
    try:
        return msgspec.msgpack.decode(data, type=_Data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"these {len(data)} bytes are no object that left short-term memory: {error}.") from error

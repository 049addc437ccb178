"""The short-term memory as bytes: every object by its id, whatever row it is in; and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np

from spatialmem.codec import decode_input, encode_input
from spatialmem.config import ShortTermConfig
from spatialmem.errors import InputError
from spatialmem.sealed import seal, unseal
from spatialmem.shortterm.table import COLUMNS, Notes, Table
from spatialmem.types import RgbdFrame, RobotState

__all__ = ["Kept", "Written", "copy_in", "kept_of", "table_of", "written"]

_MAGIC = b"smobject"
_FORMAT = 2
"""1: nothing is missing, and no attribute was said once only. It is read, too."""
Kind = TypeVar("Kind", RobotState, RgbdFrame)
_ROW = np.dtype([(name, dtype, shape) for name, (dtype, shape) in COLUMNS.items()])
_ROW_1 = np.dtype([(name, dtype, shape) for name, (dtype, shape) in COLUMNS.items() if name != "missing"])


class _Notes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One object's notes: mappings as pairs in the order of their keys."""

    votes: tuple[tuple[str, float], ...]
    embedding: bytes | None
    embedded: int
    attributes: tuple[tuple[str, str], ...]
    apart: tuple[int, ...]
    aliases: tuple[int, ...]
    source: str
    shown: float
    said: tuple[tuple[str, str], ...] = ()


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One object as it is written: nothing in it changes any more."""

    row: bytes
    notes: _Notes


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the short-term memory is."""

    format: int
    config: ShortTermConfig
    next_id: int
    stamp_ns: int
    labels: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    robot: bytes | None
    """The robot's last state, as the codec writes inputs."""
    frames: tuple[bytes, ...]
    """Those whose detections may still come, in the order in which they came."""
    grips: tuple[tuple[int, tuple[float, float, float]], ...]
    """What is held, by id, and where in G."""
    policy: bytes
    objects: tuple[tuple[int, Written], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """All that the short-term memory is at one moment, to be written down when somebody asks for it."""

    config: ShortTermConfig
    next_id: int
    stamp_ns: int
    labels: tuple[str, ...]
    counts: dict[str, int]
    robot: RobotState | None
    frames: tuple[RgbdFrame, ...]
    grips: dict[int, tuple[float, float, float]]
    policy: bytes
    objects: dict[int, Written]

    def dump(self) -> bytes:
        """Return it as sealed bytes; the same memory is the same bytes."""
        state = _State(
            format=_FORMAT,
            config=self.config,
            next_id=self.next_id,
            stamp_ns=self.stamp_ns,
            labels=self.labels,
            counts=tuple(sorted(self.counts.items())),
            robot=None if self.robot is None else encode_input(self.robot, packed=False),
            frames=tuple(encode_input(frame, packed=False) for frame in self.frames),
            grips=tuple(sorted(self.grips.items())),
            policy=self.policy,
            objects=tuple(sorted(self.objects.items())),
        )
        return seal(_MAGIC, msgspec.msgpack.encode(state))


def kept_of(data: bytes) -> Kept:
    """Read what `Kept.dump` wrote. Raises InputError for anything else."""
    content = unseal(_MAGIC, data, "a short-term memory's state", "ShortTerm.dump()")
    try:
        state = msgspec.msgpack.decode(content, type=_State)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"this short-term memory was not written by this version of spatialmem: {error}.") from error
    if state.format not in (1, _FORMAT):
        raise InputError(f"this short-term memory has format {state.format}, {_FORMAT} is what this version reads.")
    objects = dict(state.objects)
    if state.format == 1:
        objects = {object_id: _upgraded(object_id, one) for object_id, one in objects.items()}
    robot = None if state.robot is None else _input_of(state.robot, RobotState)
    return Kept(
        config=state.config,
        next_id=state.next_id,
        stamp_ns=state.stamp_ns,
        labels=state.labels,
        counts=dict(state.counts),
        robot=robot,
        frames=tuple(_input_of(frame, RgbdFrame) for frame in state.frames),
        grips=dict(state.grips),
        policy=state.policy,
        objects=objects,
    )


def _upgraded(object_id: int, one: Written) -> Written:
    """Return an object of format 1 as one of this. Raises InputError for one that is none."""
    _refuse_other_size(object_id, one, _ROW_1)
    old, line = np.frombuffer(one.row, _ROW_1), np.zeros(1, _ROW)
    for name in _ROW_1.names or ():
        line[name] = old[name]
    return Written(line.tobytes(), one.notes)


def _refuse_other_size(object_id: int, one: Written, row: np.dtype) -> None:
    if len(one.row) != row.itemsize:
        raise InputError(f"object {object_id} of this short-term memory has {len(one.row)} bytes, not as written.")


def _input_of(data: bytes, kind: type[Kind]) -> Kind:
    x = decode_input(data)
    if not isinstance(x, kind):
        raise InputError(f"this short-term memory has a {type(x).__name__} in it where a {kind.__name__} is kept.")
    return x


def written(table: Table, object_ids: list[int]) -> dict[int, Written]:
    """Return some of the objects as they are written, by id."""
    rows = table.rows(object_ids)
    lines = np.empty(len(rows), _ROW)
    for name in COLUMNS:
        lines[name] = getattr(table, name)[rows]
    return {
        object_id: Written(line.tobytes(), _plain(table.notes[object_id]))
        for object_id, line in zip(object_ids, lines, strict=True)
    }


def table_of(objects: dict[int, Written]) -> Table:
    """Return the table of what was written. Raises InputError for objects that are none."""
    table = Table(max(len(objects), 1))
    for object_id, one in objects.items():
        copy_in(table, object_id, one)
    return table


def copy_in(table: Table, object_id: int, one: Written) -> None:
    """Add an object to a table as it was written. Raises InputError for one that is none."""
    _refuse_other_size(object_id, one, _ROW)
    line = np.frombuffer(one.row, _ROW)[0]
    if int(line["ids"]) != object_id:
        raise InputError(f"object {object_id} of this short-term memory is written as {int(line['ids'])}.")
    row = table.add(object_id)
    for name in COLUMNS:
        getattr(table, name)[row] = line[name]
    table.notes[object_id] = _notes(one.notes)


def _plain(notes: Notes) -> _Notes:
    return _Notes(
        votes=tuple(sorted(notes.votes.items())),
        embedding=None if notes.embedding is None else notes.embedding.astype("<f4").tobytes(),
        embedded=notes.embedded,
        attributes=tuple(sorted(notes.attributes.items())),
        apart=tuple(sorted(notes.apart)),
        aliases=notes.aliases,
        source=notes.source,
        shown=notes.shown,
        said=tuple(sorted(notes.said.items())),
    )


def _notes(plain: _Notes) -> Notes:
    embedding = None
    if plain.embedding is not None:
        embedding = np.frombuffer(plain.embedding, "<f4").astype(np.float32)
        embedding.setflags(write=False)
    return Notes(
        votes=dict(plain.votes),
        embedding=embedding,
        embedded=plain.embedded,
        attributes=dict(plain.attributes),
        apart=set(plain.apart),
        aliases=plain.aliases,
        source=plain.source,
        shown=plain.shown,
        said=dict(plain.said),
    )

"""The short-term memory as bytes: every object by its id, whatever row it is in; and back."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from spatialmem.errors import InputError
from spatialmem.sealed import seal, unseal
from spatialmem.shortterm.table import COLUMNS, Notes, Table

__all__ = ["ShortTermState", "decode", "decode_table", "encode", "encode_table"]

_MAGIC = b"smobject"
_FORMAT = 1


class _Notes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One object's notes: mappings as pairs in the order of their keys."""

    votes: tuple[tuple[str, float], ...]
    embedding: bytes | None
    embedded: int
    attributes: tuple[tuple[str, str], ...]
    apart: tuple[int, ...]
    aliases: tuple[int, ...]
    source: str


class ShortTermState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the short-term memory is."""

    format: int
    next_id: int
    stamp_ns: int
    labels: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    robot: bytes | None
    """The robot's last state, as the codec writes inputs."""
    grips: tuple[tuple[int, tuple[float, float, float]], ...]
    """What is held, by id, and where in G."""
    policy: bytes
    columns: tuple[bytes, ...]
    notes: tuple[_Notes, ...]


def encode(state: ShortTermState) -> bytes:
    """Return a state as sealed bytes."""
    return seal(_MAGIC, msgspec.msgpack.encode(state))


def decode(data: bytes) -> ShortTermState:
    """Read what `encode` wrote. Raises InputError for anything else."""
    content = unseal(_MAGIC, data, "a short-term memory's state", "ShortTerm.dump()")
    try:
        state = msgspec.msgpack.decode(content, type=ShortTermState)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"this short-term memory was not written by this version of spatialmem: {error}.") from error
    if state.format != _FORMAT:
        raise InputError(f"this short-term memory has format {state.format}, {_FORMAT} is what this version reads.")
    return state


def encode_table(table: Table) -> dict[str, Any]:
    """Return the fields `columns` and `notes` of a state."""
    ids = sorted(table.row_of)
    rows = table.rows(ids)
    return {
        "columns": tuple(np.ascontiguousarray(getattr(table, name)[rows]).tobytes() for name in COLUMNS),
        "notes": tuple(_plain(table.notes[object_id]) for object_id in ids),
    }


def decode_table(state: ShortTermState) -> Table:
    """Return the table of a state. Raises InputError where its parts do not fit together."""
    count = len(state.notes)
    table = Table(max(count, 1))
    values = {}
    try:
        for (name, (dtype, shape)), data in zip(COLUMNS.items(), state.columns, strict=True):
            values[name] = np.frombuffer(data, dtype).reshape(count, *shape)
    except ValueError as error:
        raise InputError(f"this short-term memory's columns do not fit together: {error}.") from error
    for index, (object_id, notes) in enumerate(zip(values["ids"].tolist(), state.notes, strict=True)):
        row = table.add(object_id)
        for name, column in values.items():
            getattr(table, name)[row] = column[index]
        table.notes[object_id] = _notes(notes)
    return table


def _plain(notes: Notes) -> _Notes:
    return _Notes(
        votes=tuple(sorted(notes.votes.items())),
        embedding=None if notes.embedding is None else notes.embedding.astype("<f4").tobytes(),
        embedded=notes.embedded,
        attributes=tuple(sorted(notes.attributes.items())),
        apart=tuple(sorted(notes.apart)),
        aliases=notes.aliases,
        source=notes.source,
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
    )

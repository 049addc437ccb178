"""Long-term memory as bytes, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from spatialmem.config import LongTermConfig
from spatialmem.errors import InputError
from spatialmem.longterm.lot import Lot
from spatialmem.longterm.watch import Camera, Watch
from spatialmem.sealed import seal, unseal

__all__ = ["Kept", "Unread", "unread_of"]

_MAGIC = b"smlonger"
_FORMAT = 1
Count = Annotated[int, Meta(ge=0)]
Stamp = Annotated[int, Meta(ge=-1, le=(1 << 63) - 1)]
Id = Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that it is."""

    format: int
    config: LongTermConfig
    objects: tuple[bytes, ...]
    """By id."""
    recalls: tuple[tuple[Id, Count], ...]
    forgotten: Count
    cameras: tuple[tuple[str, Camera], ...]
    checked_ns: Stamp
    far: tuple[tuple[Id, Stamp], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """All that long-term memory is at one moment. Nothing in it changes any more."""

    config: LongTermConfig
    lot: Lot
    recalls: dict[int, int]
    """How often objects were recalled, recent ones too, by id."""
    forgotten: int
    watch: Watch

    def dump(self) -> bytes:
        """Return it as sealed bytes; the same memory is the same bytes."""
        watch = self.watch
        state = _State(
            format=_FORMAT,
            config=self.config,
            objects=tuple(self.lot.items[object_id].data for object_id in sorted(self.lot.items)),
            recalls=tuple(sorted(self.recalls.items())),
            forgotten=self.forgotten,
            cameras=tuple(watch.cameras.items()),
            checked_ns=watch.checked_ns,
            far=tuple(zip(watch.far_ids.tolist(), watch.far_since_ns.tolist(), strict=True)),
        )
        return seal(_MAGIC, msgspec.msgpack.encode(state))


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """The same, with objects as bytes that somebody else can read."""

    config: LongTermConfig
    objects: tuple[bytes, ...]
    recalls: dict[int, int]
    forgotten: int
    watch: Watch


def unread_of(data: bytes) -> Unread:
    """Read what `Kept.dump` wrote. Raises InputError for anything else."""
    content = unseal(_MAGIC, data, "a long-term memory's state", "LongTerm.dump()")
    try:
        state = msgspec.msgpack.decode(content, type=_State)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"this long-term memory was not written by this version of spatialmem: {error}.") from error
    if state.format != _FORMAT:
        raise InputError(f"this long-term memory has format {state.format}, {_FORMAT} is what this version reads.")
    far = np.array(state.far, np.int64).reshape(-1, 2)
    if (np.diff(far[:, 0]) <= 0).any():
        raise InputError("what is far from the cameras in this long-term memory is not by id: it is damaged.")
    watch = Watch(dict(state.cameras), state.checked_ns, far[:, 0].copy(), far[:, 1].copy())
    return Unread(state.config, state.objects, dict(state.recalls), state.forgotten, watch)

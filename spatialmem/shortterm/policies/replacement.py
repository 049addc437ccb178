"""What every policy shares: how its state is written and read, and the error where nothing is held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from spatialmem.errors import InputError

__all__ = ["Replacement"]


class Replacement(ABC):
    """The base of the policies here. A subclass gives its state as plain values, and takes it back."""

    name: ClassVar[str]
    """By which a configuration asks for it."""
    _form: ClassVar[Any]
    """The type of what `_written` returns."""

    @abstractmethod
    def _written(self) -> Any:
        """Return the state as plain values, in an order that depends on the state alone."""

    @abstractmethod
    def _take(self, written: Any) -> None:
        """Take a written state in place of the own. Raises InputError where it contradicts itself."""

    def dump(self) -> bytes:
        """Return the state as bytes."""
        return msgspec.msgpack.encode((self.name, self._written()))

    def load(self, data: bytes) -> None:
        """Take what `dump` wrote in place of the own state. Raises InputError for anything else."""
        try:
            name, written = msgspec.msgpack.decode(data, type=tuple[str, self._form])
        except (msgspec.MsgspecError, ValueError) as error:
            raise InputError(f"these {len(data)} bytes are not the state of a {self.name} policy: {error}.") from error
        if name != self.name:
            raise InputError(
                f"this is the state of a {name[:40]!r} policy, not of {self.name!r}; load it into its own."
            )
        self._take(written)

    def _nothing_held(self) -> InputError:
        return InputError(f"the {self.name} policy holds no unit, so none can go; ask while the buffer is too full.")

    def _distinct(self, unit_ids: Sequence[int]) -> None:
        """Raise InputError where a unit is written twice."""
        if len(set(unit_ids)) != len(unit_ids):
            raise InputError(f"the state of the {self.name} policy has a unit twice; it is damaged.")

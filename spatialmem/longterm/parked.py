"""`Parked`: one object as it is kept. What its bytes hold is up to whoever gave them and takes them back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from spatialmem.columns import SHOWN_ROW
from spatialmem.types import ObjectState

__all__ = ["Parked"]

OBJECT_BYTES = 2048
"""What an object takes besides its bytes, about: its record and its place in the indexes. Of 4000 boxes without an
embedding each took 3113 bytes (tracemalloc), and is counted as 3133."""


@dataclass(frozen=True, slots=True, eq=False)
class Parked:
    """One object that was left behind, as it was."""

    record: ObjectState
    aliases: tuple[int, ...]
    """Ids of objects that turned out to be it."""
    held: bool
    """The robot holds it, or what it is on or in."""
    data: bytes
    """All that is known of it."""
    line: bytes
    """It as a row of the columns that are shown, see `columns.SHOWN_ROW`."""
    center_m: tuple[float, float, float]
    radius_m: float
    """The sphere around its box."""

    @classmethod
    def of(
        cls,
        record: ObjectState,
        anchor_W: Float64[np.ndarray, "3"],
        aliases: tuple[int, ...],
        held: bool,
        data: bytes,
    ) -> Parked:
        """Make one. anchor_W: the point that its box is measured from."""
        row = np.zeros((), SHOWN_ROW)
        row["ids"], row["anchor_W"] = record.id, anchor_W
        for name in SHOWN_ROW.names or ():
            if name not in ("ids", "anchor_W"):
                row[name] = getattr(record, name)
        x, y, z = (float(c) for c in record.center_W)
        radius_m = float(np.sqrt((record.size_m**2).sum())) / 2
        return cls(record, aliases, held, data, row.tobytes(), (x, y, z), radius_m)

    @property
    def size(self) -> int:
        """What it takes [bytes], about."""
        return OBJECT_BYTES + len(self.data) + len(self.line)

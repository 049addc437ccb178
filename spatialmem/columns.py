"""What is kept of many objects, one array for each thing, one row for each object: `Columns`, and `Shown` to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
from jaxtyping import Bool, Float64, Int64

__all__ = ["SHOWN_ROW", "Columns", "Layout", "Shown"]

Kind = TypeVar("Kind", bound="Columns")
Layout = dict[str, tuple[str, tuple[int, ...]]]
"""The type and the shape of a row of each column."""


class Columns:
    """Rows by id; a free row has id 0. A row's place means nothing: whatever depends on an order goes by id."""

    KEPT: ClassVar[Layout]
    """The columns that are written down; "ids" is the first."""
    DERIVED: ClassVar[Layout] = {}
    """Those that follow from them."""
    ids: Int64[np.ndarray, "n"]

    def __init__(self, rows: int):
        for name, (dtype, shape) in {**self.KEPT, **self.DERIVED}.items():
            setattr(self, name, np.zeros((rows, *shape), dtype))
        self.row_of: dict[int, int] = {}
        self._free = list(range(rows - 1, -1, -1))

    @classmethod
    def reading(cls: type[Kind], columns: dict[str, np.ndarray]) -> Kind:
        """Return columns of one moment, to be read by row only."""
        made = cls.__new__(cls)
        for name, column in columns.items():
            setattr(made, name, column)
        return made

    def __len__(self) -> int:
        return len(self.row_of)

    def add(self, object_id: int) -> int:
        """Return the row of a new object, all zero but for its id."""
        if not self._free:
            self._grow()
        row = self._free.pop()
        for name in self.KEPT:
            getattr(self, name)[row] = 0
        self.ids[row] = object_id
        self.row_of[object_id] = row
        return row

    def drop(self, object_id: int) -> None:
        """Give an object's row back."""
        row = self.row_of.pop(object_id)
        self.ids[row] = 0
        self._free.append(row)

    def rows(self, ids: list[int]) -> Int64[np.ndarray, "n"]:
        """Return the rows of objects."""
        return np.array([self.row_of[object_id] for object_id in ids], np.int64)

    def _grow(self) -> None:
        """Double the rows."""
        count = len(self.ids)
        for name in (*self.KEPT, *self.DERIVED):
            old = getattr(self, name)
            new = np.zeros((2 * count, *old.shape[1:]), old.dtype)
            new[:count] = old
            setattr(self, name, new)
        self._free = list(range(2 * count - 1, count - 1, -1))


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The columns of objects that questions about all of them need; rows without an object have id 0.

    See `types.ObjectState` for what they are.
    """

    ids: Int64[np.ndarray, "n"]
    stamp_ns: Int64[np.ndarray, "n"]
    confirmed: Bool[np.ndarray, "n"]
    center_W: Float64[np.ndarray, "n 3"]
    size_m: Float64[np.ndarray, "n 3"]
    yaw_rad: Float64[np.ndarray, "n"]
    velocity_W_m_s: Float64[np.ndarray, "n 3"]
    anchor_W: Float64[np.ndarray, "n 3"]
    """The points that boxes are measured from: what more is seen of an object moves its middle, but not these."""
    covariance_W: Float64[np.ndarray, "n 3 3"]
    missing: Bool[np.ndarray, "n"]

    @classmethod
    def of_rows(cls, rows: np.ndarray) -> Shown:
        """Return objects as columns that were rows; rows: as in `SHOWN_ROW`."""
        return cls(**{name: _still(np.ascontiguousarray(rows[name])) for name in SHOWN_ROW.names or ()})

    def above(self, others: Shown) -> Shown:
        """Return these columns and, below them, those of others."""
        if not len(others.ids):
            return self
        pairs = ((name, (getattr(self, name), getattr(others, name))) for name in SHOWN_ROW.names or ())
        return Shown(**{name: _still(np.concatenate(both)) for name, both in pairs})


def _still(column: np.ndarray) -> np.ndarray:
    """Return a column that nothing changes any more."""
    column.setflags(write=False)
    return column


SHOWN_ROW = np.dtype(
    [
        ("ids", "<i8"),
        ("stamp_ns", "<i8"),
        ("confirmed", "?"),
        ("center_W", "<f8", (3,)),
        ("size_m", "<f8", (3,)),
        ("yaw_rad", "<f8"),
        ("velocity_W_m_s", "<f8", (3,)),
        ("anchor_W", "<f8", (3,)),
        ("covariance_W", "<f8", (3, 3)),
        ("missing", "?"),
    ]
)
"""One object as a row of all the columns of `Shown`."""

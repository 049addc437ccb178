"""An octree's own state as a file: what `Octree.dump` gives, under the ending `.octree`."""

from __future__ import annotations

from pathlib import Path

from spatialmem.config import OctreeConfig
from spatialmem.errors import FormatError, InputError
from spatialmem.files import read_whole, refuse_unwritable, write_whole
from spatialmem.octree import Octree, Queryable

__all__ = ["SUFFIX", "read_dump", "write_dump"]

SUFFIX = ".octree"


def write_dump(path: str | Path, view: Queryable) -> int:
    """Write a state, whole or not at all. Returns its number of bytes. Raises InputError."""
    path = refuse_unwritable(path, (SUFFIX,))
    data = view.dump_map()
    write_whole({path: data})
    return len(data)


def read_dump(path: str | Path, config: OctreeConfig | None = None) -> Octree:
    """Read a state into a new octree. Voxel size and layers are the file's, the budget and the rest as in `config`.

    Raises FormatError for a file that is damaged or of another kind, MapFull where the budget does not hold it.
    """
    try:
        return Octree.load(read_whole(path), config)
    except InputError as error:
        raise FormatError(path, 0, f"expected the state of an octree, whole; {error}") from error

"""PLY out (Turk 1994, "The PLY polygon file format"), binary, little-endian: surface points, or a mesh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from spatialmem.files import refuse_unwritable, write_whole
from spatialmem.octree import Queryable

__all__ = ["write_ply"]

_NAMES = {"f4": "float", "u1": "uchar", "i4": "int"}
GREY = np.uint8(128)
Column = tuple[str, str, np.ndarray]
"""Name, type, values."""


def write_ply(path: str | Path, view: Queryable, *, level: int = 0, mesh: bool = False) -> int:
    """Write the surface of the map, in world coordinates [m]. Returns how many vertices the file has.

    Points are the centres of occupied nodes of 2^level voxels a side with a free neighbour, each with its normal, and
    at level 0 with its colour where the map keeps colours. mesh: the hull of occupied space instead, with faces; its
    vertices have neither. See `Queryable.surface` and `surface_mesh`. The file is there whole or not at all. Raises
    InputError where it cannot be written, QueryError for a level that does not exist.
    """
    path = refuse_unwritable(path, (".ply",))
    view = view.view()
    if mesh:
        hull = view.surface_mesh(level=level)
        faces = [("vertex_indices", "i4", hull.triangles)]
        write_whole({path: _ply(vertex=_xyz(hull.vertices_W), face=faces)})
        return len(hull.vertices_W)
    surface = view.surface(level=level)
    points_W = surface.points_W
    columns = [*_xyz(points_W), *_xyz(surface.normals_W, ("nx", "ny", "nz")), *_colors(view, points_W, level)]
    write_whole({path: _ply(vertex=columns)})
    return len(points_W)


def _xyz(vectors: Float32[np.ndarray, "n 3"], names: Iterable[str] = "xyz") -> list[Column]:
    return [(name, "f4", vectors[:, axis]) for axis, name in enumerate(names)]


def _colors(view: Queryable, points_W: Float32[np.ndarray, "n 3"], level: int) -> list[Column]:
    """Return the colours of voxels; what was never seen in colour is grey."""
    if level > 0 or not view.keeps_color:
        return []
    seen = view.colors(points_W)
    colors = np.where(seen[:, 3:] > 0, seen[:, :3], GREY)
    return [(name, "u1", colors[:, i]) for i, name in enumerate(("red", "green", "blue"))]


def _ply(**elements: list[Column]) -> bytes:
    """Return a file with these elements, each a list of columns; one of shape (n, k) is a list of k at every row."""
    lines = ["ply", "format binary_little_endian 1.0", "comment written by spatialmem; lengths in metres"]
    bodies = []
    for element, columns in elements.items():
        lines += [f"element {element} {len(columns[0][2])}", *_properties(columns)]
        bodies.append(_rows(columns))
    return "\n".join([*lines, "end_header", ""]).encode() + b"".join(bodies)


def _properties(columns: list[Column]) -> Iterator[str]:
    for name, kind, values in columns:
        yield f"property {'list uchar ' if values.ndim == 2 else ''}{_NAMES[kind]} {name}"


def _rows(columns: list[Column]) -> bytes:
    fields: list[Any] = []
    for name, kind, values in columns:
        if values.ndim == 2:
            fields += [(f"{name}_count", "u1"), (name, f"<{kind}", values.shape[1:])]
        else:
            fields.append((name, f"<{kind}"))
    rows = np.zeros(len(columns[0][2]), fields)
    for name, _, values in columns:
        rows[name] = values
        if values.ndim == 2:
            rows[f"{name}_count"] = values.shape[1]
    return rows.tobytes()

"""Where occupied space meets free space, as points with normals; and its hull, as a mesh."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int32, Int64

from spatialmem.errors import QueryError
from spatialmem.kernels import dense
from spatialmem.kernels import surface as kernels
from spatialmem.octree.queries.arguments import Bounds, checked_level
from spatialmem.octree.queries.nodes import VoxelRange, marked_nodes, node_corners, roots_within, voxels_within
from spatialmem.octree.snapshot import Snapshot
from spatialmem.types import Mesh, Surface

__all__ = ["surface", "surface_mesh"]

_SIDES = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], np.float64)


def _normals() -> Float32[np.ndarray, "64 3"]:
    """Return the normal for every set of free sides: their directions, summed, of length 1; 0 where they cancel."""
    is_free = (np.arange(64)[:, None] >> np.arange(6)) & 1
    sums = (is_free[:, :, None] * _SIDES).sum(axis=1)
    length = np.sqrt((sums**2).sum(axis=1, keepdims=True))
    return np.divide(sums, length, out=np.zeros_like(sums), where=length > 0).astype(np.float32)


_NORMALS = _normals()


def surface(snapshot: Snapshot, bounds_m: Bounds | None, level: int) -> Surface:
    """Return the occupied nodes with a free neighbour; see `Queryable.surface`."""
    level = checked_level(level)
    first, end = _centred_nodes(snapshot, bounds_m, level)
    roots, rows = roots_within(snapshot, (first << level, end << level))
    points, normals = [np.zeros((0, 3), np.float32)], [np.zeros((0, 3), np.float32)]

    def arguments(chosen: slice) -> tuple:
        return *snapshot.arrays, roots[chosen], rows[chosen], level

    for root, code, sides in marked_nodes(snapshot, len(roots), level, kernels.mark_free_sides, arguments):
        node = node_corners(roots[root], code, level) >> level
        inside = ((node >= first) & (node < end)).all(axis=1)
        centre = (node[inside] + 0.5) * ((1 << level) * snapshot.voxel_size_m)
        points.append(centre.astype(np.float32))
        normals.append(_NORMALS[sides[inside]])
    return Surface(np.concatenate(points), np.concatenate(normals))


def surface_mesh(snapshot: Snapshot, bounds_m: Bounds | None, level: int) -> Mesh:
    """Return the hull of occupied space; see `Queryable.surface_mesh`.

    Marching cubes (Lewiner et al. 2003) over the centres of nodes, root by root. Whole and half nodes are the only
    places of vertices, so pieces are joined exactly.
    """
    level = checked_level(level)
    first, end = _centred_nodes(snapshot, bounds_m, level)
    first, end = first - 1, end + 1  # to cover the bounds, not only what lies between centres in them
    corners, triangles, count = [np.zeros((0, 3), np.int64)], [np.zeros((0, 3), np.int64)], 0
    for low, grid in _pieces(snapshot, (first, end), level):
        piece, faces = _marched(grid)
        corners.append(piece + 2 * low)
        triangles.append(faces + count)
        count += len(piece)
    half_nodes, triangle = _joined(np.concatenate(corners), np.concatenate(triangles))
    vertices = (half_nodes + 1) * (0.5 * (1 << level) * snapshot.voxel_size_m)
    return Mesh(vertices.astype(np.float32), triangle)


def _centred_nodes(snapshot: Snapshot, bounds_m: Bounds | None, level: int) -> VoxelRange:
    """Return the range of nodes of a level whose centres lie in bounds, the upper faces excluded."""
    first, end = voxels_within(bounds_m, snapshot)
    if bounds_m is None:
        return first >> level, end >> level
    edge_m = (1 << level) * snapshot.voxel_size_m
    low, high = (np.ceil(np.asarray(corner, np.float64) / edge_m - 0.5).astype(np.int64) for corner in bounds_m)
    return low, high


def _pieces(
    snapshot: Snapshot, nodes: VoxelRange, level: int
) -> Iterator[tuple[Int64[np.ndarray, "3"], Float32[np.ndarray, "a b c"]]]:
    """Yield (lowest node, occupied nodes as 1) of one root at a time and the layer of nodes beyond it, cut to a range.

    Only where there is something occupied and something not; the lowest root first.
    """
    edge = 64 >> level
    roots, rows = roots_within(snapshot, (nodes[0] << level, nodes[1] << level))
    row_of = {tuple(root): i for i, root in enumerate(roots.tolist())}
    steps = list(itertools.product((0, 1), repeat=3))
    words = snapshot.leaves.view(np.uint64)
    for place in sorted({(x - i, y - j, z - k) for x, y, z in row_of for i, j, k in steps}):
        low = np.maximum(np.array(place) * edge, nodes[0])
        high = np.minimum((np.array(place) + 1) * edge + 1, nodes[1])
        if not (high - low > 1).all():
            continue
        around = [row_of.get((place[0] + i, place[1] + j, place[2] + k)) for i, j, k in steps]
        chosen = np.array([i for i in around if i is not None], np.int64)
        occupied = np.zeros(high - low, np.uint8)
        dense.mark_blocked(
            0, len(chosen), roots[chosen], rows[chosen], snapshot.children, words, level, False, low, occupied
        )
        cut = _changing(occupied)
        if cut is not None:
            yield low + [part.start for part in cut], occupied[cut].astype(np.float32)


def _changing(occupied: np.ndarray) -> tuple[slice, slice, slice] | None:
    """Return the part of a grid that holds all that is occupied and one layer around; None without a surface."""
    if not occupied.any() or occupied.all():
        return None
    parts = []
    for axis in range(3):
        found = np.flatnonzero(occupied.any(axis=tuple(a for a in range(3) if a != axis)))
        parts.append(slice(max(int(found[0]) - 1, 0), int(found[-1]) + 2))
    return tuple(parts)


def _marched(grid: Float32[np.ndarray, "a b c"]) -> tuple[Int64[np.ndarray, "v 3"], Int64[np.ndarray, "t 3"]]:
    """Return vertices in half nodes from the centre of the grid's lowest, and triangles that face outwards."""
    try:
        from skimage.measure import marching_cubes
    except ImportError as error:
        raise QueryError("a mesh needs scikit-image: pip install 'spatialmem[mesh]'.") from error
    # At exactly 0.5 diagonal neighbours are a tie, which cubes that share a face break differently.
    vertices, faces, _, _ = marching_cubes(grid, 0.49999, gradient_direction="ascent")
    return np.rint(2.0 * vertices).astype(np.int64), faces.astype(np.int64)


def _joined(
    corners: Int64[np.ndarray, "v 3"], triangles: Int64[np.ndarray, "t 3"]
) -> tuple[Int64[np.ndarray, "u 3"], Int32[np.ndarray, "t 3"]]:
    """Make one vertex of those in the same place, in the order of x, y, z."""
    order = np.lexsort(corners.T[::-1])
    corners = corners[order]
    new = np.ones(len(corners), bool)
    new[1:] = (corners[1:] != corners[:-1]).any(axis=1)
    index = np.empty(len(order), np.int64)
    index[order] = np.cumsum(new) - 1
    if new.sum() > np.iinfo(np.int32).max:
        raise QueryError(f"the mesh would have {new.sum()} vertices, more than int32 can number; ask in pieces.")
    return corners[new], index[triangles].astype(np.int32)

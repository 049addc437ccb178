"""`Blocks`: a map as plain arrays in canonical order, as it is written down and exchanged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int8, Int32, UInt8, UInt32

from spatialmem.config import OctreeConfig
from spatialmem.errors import InputError
from spatialmem.kernels.layout import LOG_ODDS_MAX, LOG_ODDS_MIN, UNKNOWN, UNKNOWN_TILE
from spatialmem.octree.snapshot import Snapshot

__all__ = ["Blocks", "blocks_of", "checked_blocks"]

_ROOT_LIMIT = 1 << 20
_ARRAYS = {
    "roots": (np.int32, (3,)),
    "children": (np.int32, (512,)),
    "leaves": (np.int8, (512,)),
    "colors": (np.uint8, (512, 4)),
    "seen": (np.uint32, (512,)),
    "seen_tiles": (np.uint32, (512,)),
}
_TILE_MIN, _TILE_MAX = -1 - (LOG_ODDS_MAX + 128), -1 - (LOG_ODDS_MIN + 128)


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Roots of 64^3 voxels and what they hold. The same map is the same arrays, whatever slots it lies in."""

    roots: Int32[np.ndarray, "n 3"]
    """Root coordinates, in the order of x, y, z; each once."""
    children: Int32[np.ndarray, "n 512"]
    """In Morton order: a tile (below 0, `kernels.layout.tile_of`), or which of `leaves` it is: 0, 1, 2, ... in order.
    Not all of a root is UNKNOWN_TILE."""
    leaves: Int8[np.ndarray, "m 512"]
    """Log-odds of 8^3 voxels in Morton order; not all 512 the same, unless they have colours."""
    colors: UInt8[np.ndarray, "m 512 4"] | None = None
    """Red, green, blue, weight, where that layer is kept."""
    seen: UInt32[np.ndarray, "m 512"] | None = None
    """Number of the last update that saw each voxel, where that layer is kept."""
    seen_tiles: UInt32[np.ndarray, "n 512"] | None = None
    """The same for tiles, 0 for leaves."""


def blocks_of(snapshot: Snapshot) -> Blocks:
    """Write a state of the octree down, copied."""
    roots, rows = snapshot.roots()
    children = snapshot.children[rows]
    is_leaf = children >= 0
    slots = children[is_leaf]
    children[is_leaf] = np.arange(len(slots), dtype=np.int32)
    colors, seen, seen_tiles = snapshot.layers
    return Blocks(
        roots.astype(np.int32),
        children,
        snapshot.leaves[slots],
        colors[slots] if len(colors) else None,
        seen[slots] if len(seen) else None,
        np.where(is_leaf, np.uint32(0), seen_tiles[rows]) if len(seen_tiles) else None,
    )


def checked_blocks(blocks: Blocks, config: OctreeConfig, seq: int) -> Blocks:
    """Return blocks that keep every promise that `Blocks` makes, to a configuration. Raises InputError for others."""
    _refuse_other_arrays(blocks)
    roots, children, leaves = blocks.roots, blocks.children, blocks.leaves
    newest = 0 if blocks.seen is None or blocks.seen_tiles is None else _newest(blocks.seen, blocks.seen_tiles)
    is_leaf = children >= 0
    is_tile = (children == UNKNOWN_TILE) | ((children >= _TILE_MIN) & (children <= _TILE_MAX))
    uniform = (leaves == leaves[:, :1]).all(axis=1)
    for holds, promise in (
        (len(roots) == len(children), "every root has its children"),
        (((roots >= -_ROOT_LIMIT) & (roots < _ROOT_LIMIT)).all(), f"roots lie within {_ROOT_LIMIT} of the origin"),
        (_rise(roots), "roots are in the order of x, y, z, each once"),
        ((is_leaf | is_tile).all(), "a child is a tile of a log-odds or a leaf"),
        ((children != UNKNOWN_TILE).any(axis=1).all(), "a root holds something known"),
        (np.array_equal(children[is_leaf], np.arange(len(leaves))), "leaves are numbered in order"),
        (((leaves == UNKNOWN) | ((leaves >= LOG_ODDS_MIN) & (leaves <= LOG_ODDS_MAX))).all(), "log-odds are in range"),
        (not (uniform & ((leaves[:, 0] <= 0) | (blocks.colors is None))).any(), "a uniform leaf is a tile"),
        (blocks.colors is None or len(blocks.colors) == len(leaves), "every leaf has its colours"),
        (blocks.colors is None or config.color, "there are colours only where octree.color is on"),
        (blocks.seen is None or config.last_seen, "there are last-seen numbers only where octree.last_seen is on"),
        (newest <= seq, f"nothing was seen after the last update, {seq}"),
        (blocks.seen is None or len(blocks.seen) == len(leaves), "every leaf has its last-seen numbers"),
        (blocks.seen_tiles is None or len(blocks.seen_tiles) == len(roots), "every root has its last-seen numbers"),
        ((blocks.seen is None) == (blocks.seen_tiles is None), "leaves and tiles both have last-seen numbers"),
    ):
        if not holds:
            raise InputError(f"these blocks are not a map: {promise}, but that does not hold for them.")
    return blocks


def _refuse_other_arrays(blocks: Blocks) -> None:
    """Refuse arrays of another type or shape than `Blocks` says."""
    for name, (dtype, row) in _ARRAYS.items():
        array = getattr(blocks, name)
        if array is not None and (array.dtype != dtype or array.shape[1:] != row):
            raise InputError(
                f"the {name} of these blocks are {array.dtype} of shape {array.shape}; they must be "
                f"{np.dtype(dtype)} of shape (n, {', '.join(map(str, row))})."
            )


def _newest(*numbers: UInt32[np.ndarray, "_ 512"]) -> int:
    return max(int(n.max(initial=0)) for n in numbers)


def _rise(roots: Int32[np.ndarray, "n 3"]) -> bool:
    """Return whether root coordinates are sorted, without a double."""
    moved = np.diff(roots.astype(np.int64), axis=0)
    x, y, z = moved.T if len(moved) else (np.zeros(0),) * 3
    return bool(((x > 0) | ((x == 0) & ((y > 0) | ((y == 0) & (z > 0))))).all())

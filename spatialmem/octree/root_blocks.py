"""Single roots as bytes: what a checkpoint writes of the map since the last one.

A block is zstd of: 512 children, int16, a tile as it is or 0 for a leaf; the leaves in that order; then, where they
are kept, colours of the leaves, last-seen numbers of the leaves, and of the tiles (0 for a leaf). Little-endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import zstandard
from jaxtyping import Int64

from spatialmem.config import OctreeConfig
from spatialmem.errors import InputError
from spatialmem.kernels.layout import root_coordinates
from spatialmem.octree.blocks import Blocks
from spatialmem.octree.snapshot import Snapshot

__all__ = ["blocks_from_roots", "changed_roots", "root_blocks"]

_ZSTD_LEVEL = 3
_BYTES_MAX = 512 * (2 + 4) + 512 * 512 * 9
"""A root all of whose children are leaves, with every layer."""


def changed_roots(snapshot: Snapshot, since: int) -> Int64[np.ndarray, "n"]:
    """Return the keys of the roots that were written after generation `since`, rising."""
    entries = snapshot.table[snapshot.table[:, 1] >= 0]
    return np.sort(entries[snapshot.row_generations[entries[:, 1]] > since, 0])


def root_blocks(snapshot: Snapshot, keys: Int64[np.ndarray, "n"]) -> Iterator[tuple[int, bytes]]:
    """Yield (key, block) of roots. What was yielded holds only if the snapshot has not expired by then."""
    entries = snapshot.table[snapshot.table[:, 1] >= 0]
    row_of = dict(zip(entries[:, 0].tolist(), entries[:, 1].tolist(), strict=True))
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
    colors, seen, seen_tiles = snapshot.layers
    for key in keys.tolist():
        row = row_of[key]
        children = snapshot.children[row]
        is_leaf = children >= 0
        slots = children[is_leaf]
        parts = [np.where(is_leaf, 0, children).astype("<i2"), snapshot.leaves[slots]]
        if len(colors):
            parts.append(colors[slots])
        if len(seen):
            parts += [seen[slots].astype("<u4"), np.where(is_leaf, 0, seen_tiles[row]).astype("<u4")]
        yield key, compressor.compress(b"".join(part.tobytes() for part in parts))


def blocks_from_roots(items: Iterable[tuple[int, bytes]], config: OctreeConfig) -> Blocks:
    """Return the map that consists of these roots. Raises InputError for bytes that are no block."""
    found = {key: _children_and_leaves(key, block, config) for key, block in items}
    keys = np.array(list(found), np.int64)
    roots = root_coordinates(keys).astype(np.int32)
    order = np.lexsort(roots.T[::-1])
    columns = list(zip(*(found[key] for key in keys[order].tolist()), strict=True)) or [()] * 5
    children = np.array(columns[0], np.int32).reshape(-1, 512)
    is_leaf = children == 0
    children[is_leaf] = np.arange(is_leaf.sum(), dtype=np.int32)
    return Blocks(
        roots[order],
        children,
        np.concatenate([np.empty((0, 512), np.int8), *columns[1]]),
        np.concatenate([np.empty((0, 512, 4), np.uint8), *columns[2]]) if config.color else None,
        np.concatenate([np.empty((0, 512), np.uint32), *columns[3]]) if config.last_seen else None,
        np.array(columns[4], np.uint32).reshape(-1, 512) if config.last_seen else None,
    )


def _children_and_leaves(key: int, block: bytes, config: OctreeConfig) -> tuple[np.ndarray, ...]:
    """Return children, leaves, colours, last-seen numbers of leaves and of tiles; empty where not kept."""
    try:
        if not 0 < zstandard.frame_content_size(block) <= _BYTES_MAX:
            raise ValueError("it is not of the size of a root")
        data = zstandard.ZstdDecompressor().decompress(block)
        children = np.frombuffer(data, "<i2", 512)
        n, at = int((children == 0).sum()), 1024
        parts = [children.astype(np.int32)]
        for kept, dtype, shape in (
            (True, "i1", (n, 512)),
            (config.color, "u1", (n, 512, 4)),
            (config.last_seen, "<u4", (n, 512)),
            (config.last_seen, "<u4", (512,)),
        ):
            count = int(np.prod(shape)) if kept else 0
            parts.append(np.frombuffer(data, dtype, count, at).reshape(shape if kept else 0))
            at += parts[-1].nbytes
        if at != len(data):
            raise ValueError(f"{len(data) - at} bytes are left over")
    except (zstandard.ZstdError, ValueError) as error:
        raise InputError(f"the block of root {key} is damaged: {error}.") from error
    return tuple(parts)

"""An octree into an OctoMap file, pruned as OctoMap prunes: eight children of one value are one node."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int8, Int16, Int64, UInt8

from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable, write_whole
from spatialmem.formats.octomap.codes import ROOT_LIMIT, canonical, codes_of
from spatialmem.formats.octomap.header import header_bytes
from spatialmem.formats.octomap.values import CERTAIN, RECORDS
from spatialmem.kernels import octomap as kernels
from spatialmem.kernels.octomap import MIXED, TOP_LEVEL, Wrote
from spatialmem.kernels.warmup import warm_up
from spatialmem.octree import Blocks, Queryable

__all__ = ["SUFFIXES", "write_octomap"]

SUFFIXES = (".bt", ".ot")


def write_octomap(path: str | Path, view: Queryable) -> int:
    """Write a map for OctoMap: `.bt`, free and occupied only, or `.ot`, with log-odds. Returns its number of nodes.

    The class of the tree is OcTree; inner nodes of `.ot` carry the greatest log-odds of their children. The file is
    there whole or not at all. Raises InputError where it cannot be written, and where the map reaches beyond
    OctoMap's 2^15 voxels from the origin.
    """
    path = refuse_unwritable(path, SUFFIXES)
    warm_up()
    blocks, voxel_size_m = view.blocks(), view.voxel_size_m
    _refuse_beyond(blocks, voxel_size_m, path)
    holds_states = path.suffix.lower() == ".bt"
    node_count, payload = _payload(_certain(blocks) if holds_states else _pruned(blocks), holds_states)
    header = header_bytes(holds_states=holds_states, node_count=node_count, voxel_size_m=voxel_size_m)
    write_whole({path: header + payload})
    return node_count


def _refuse_beyond(blocks: Blocks, voxel_size_m: float, path: Path) -> None:
    beyond = (blocks.roots < -ROOT_LIMIT) | (blocks.roots >= ROOT_LIMIT)
    if beyond.any():
        farthest_m = float(np.abs(blocks.roots * 64.0 + 32).max()) * voxel_size_m
        raise InputError(
            f"'{path}' cannot hold this map: it reaches {farthest_m:.0f} m from the origin, OctoMap's tree "
            f"{ROOT_LIMIT * 64 * voxel_size_m:.0f} m (32768 voxels). Take larger voxels, or export it as PLY."
        )


def _pruned(blocks: Blocks) -> Blocks:
    """Return a map without its layers: a leaf that was kept for its colours becomes a tile."""
    return canonical(blocks.roots, blocks.children.copy(), blocks.leaves)


def _certain(blocks: Blocks) -> Blocks:
    """Return a map of which only the states are left, at their limits."""
    children = blocks.children.copy()
    is_tile = children < 0
    children[is_tile] = -1 - (CERTAIN[-1 - children[is_tile]].astype(np.int32) + 128)
    return canonical(blocks.roots, children, CERTAIN[blocks.leaves.view(np.uint8) ^ 128])


@dataclass(slots=True)
class _Crown:
    """The nodes of level 6 and above, level by level, the top last; see `kernels.octomap.write_states`."""

    first: Int64[np.ndarray, "n"]
    count: Int64[np.ndarray, "n"]
    code: Int64[np.ndarray, "n"]
    value: Int16[np.ndarray, "n"]
    greatest: Int8[np.ndarray, "n"]


def _payload(blocks: Blocks, holds_states: bool) -> tuple[int, bytes]:
    """Return how many nodes a map has, and the bytes for them."""
    if not len(blocks.roots):
        return 0, b""
    codes = codes_of(blocks.roots)
    order = np.argsort(codes)
    children = np.ascontiguousarray(blocks.children[order])
    leaf_greatest = blocks.leaves.max(axis=1)
    crown = _crown(codes[order], children, leaf_greatest)
    arrays = (children.ravel(), blocks.leaves.ravel(), crown.first, crown.count, crown.code, crown.value)
    wrote = np.zeros(Wrote.SIZE, np.int64)

    def write(out: UInt8[np.ndarray, "n"]) -> None:
        if holds_states:
            kernels.write_states(*arrays, out, wrote)
        else:
            kernels.write_values(*arrays, leaf_greatest, crown.greatest, RECORDS, out, wrote)

    write(np.empty(0, np.uint8))
    out = np.empty(int(wrote[Wrote.END]), np.uint8)
    write(out)
    return int(wrote[Wrote.NODES]), out.tobytes()


def _crown(codes: Int64[np.ndarray, "n"], children: np.ndarray, leaf_greatest: Int8[np.ndarray, "m"]) -> _Crown:
    """Join roots, in the order of their codes, eight by eight up to the top."""
    entries = _greatest_of_entries(children, leaf_greatest)
    same = (children == children[:, :1]).all(axis=1) & (children[:, 0] < 0)
    level = _Crown(
        np.zeros_like(codes), np.zeros_like(codes), codes, np.where(same, entries[:, 0], np.int16(MIXED)),
        entries.max(axis=1),
    )  # fmt: skip
    levels, start = [level], 0
    for _ in range(6, TOP_LEVEL):
        level, start = _joined(level, start), start + len(level.code)
        levels.append(level)
    return _Crown(*(np.concatenate([getattr(x, name) for x in levels]) for name in _Crown.__dataclass_fields__))


def _joined(below: _Crown, start: int) -> _Crown:
    """Return the parents of the nodes of one level, of which the first has the number `start`."""
    code, first, count = np.unique(below.code >> 3, return_index=True, return_counts=True)
    lowest, highest = np.minimum.reduceat(below.value, first), np.maximum.reduceat(below.value, first)
    value = np.where((count == 8) & (lowest == highest), lowest, np.int16(MIXED))
    return _Crown(first + start, count.astype(np.int64), code, value, np.maximum.reduceat(below.greatest, first))


def _greatest_of_entries(children: np.ndarray, leaf_greatest: Int8[np.ndarray, "m"]) -> np.ndarray:
    """Return the greatest log-odds of every child of every root: a tile's value, a leaf's greatest."""
    greatest = (-1 - children - 128).astype(np.int8)
    greatest[children >= 0] = leaf_greatest[children[children >= 0]]
    return greatest

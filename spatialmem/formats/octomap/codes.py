"""Morton codes of roots in OctoMap's world, and maps put into canonical order."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int8, Int32, Int64

from spatialmem.kernels.layout import UNKNOWN_TILE
from spatialmem.octree import Blocks

__all__ = ["ROOT_LIMIT", "canonical", "codes_of", "roots_of"]

ROOT_LIMIT = 512
"""OctoMap's 2^16 voxels along an axis are 1024 roots: -512 to 511."""
_BITS = 10


def codes_of(roots: Int32[np.ndarray, "n 3"]) -> Int64[np.ndarray, "n"]:
    """Return the Morton codes of roots within OctoMap's world, x in the lowest bit."""
    keys = roots.astype(np.int64) + ROOT_LIMIT
    codes = np.zeros(len(keys), np.int64)
    for bit in range(_BITS):
        for axis in range(3):
            codes |= (keys[:, axis] >> bit & 1) << (3 * bit + axis)
    return codes


def roots_of(codes: Int64[np.ndarray, "n"]) -> Int32[np.ndarray, "n 3"]:
    """Return the coordinates of the roots with these Morton codes."""
    keys = np.zeros((len(codes), 3), np.int64)
    for bit in range(_BITS):
        for axis in range(3):
            keys[:, axis] |= (codes >> (3 * bit + axis) & 1) << bit
    return (keys - ROOT_LIMIT).astype(np.int32)


def canonical(
    roots: Int32[np.ndarray, "n 3"], children: Int32[np.ndarray, "n 512"], leaves: Int8[np.ndarray, "m 512"]
) -> Blocks:
    """Return a map as `Blocks`: roots in order, leaves numbered in their order, those of one value as tiles.

    children: tiles, or numbers of leaves. It is written over.
    """
    tiles = -1 - (leaves[:, 0].astype(np.int32) + 128)
    uniform = (leaves == leaves[:, :1]).all(axis=1)
    is_leaf = children >= 0
    owners = children[is_leaf]
    children[is_leaf] = np.where(uniform[owners], tiles[owners], owners)
    children, roots = _known(children, roots)
    order = np.lexsort(roots.T[::-1])
    children, roots = children[order], roots[order]
    is_leaf = children >= 0
    leaves = leaves[children[is_leaf]]
    children[is_leaf] = np.arange(len(leaves), dtype=np.int32)
    return Blocks(roots, children, leaves)


def _known(children: np.ndarray, roots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the roots in which nothing is known."""
    known = (children != UNKNOWN_TILE).any(axis=1)
    return children[known], roots[known]

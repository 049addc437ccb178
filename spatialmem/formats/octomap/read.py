"""An OctoMap file into an octree. All of it is checked before anything is made of it.

What damage can be seen: the header must be whole and make sense; the nodes must be as many as it says, must end
where the file ends, and must not be deeper than 16 levels; an inner node must have children; log-odds must be
finite. Any single flipped bit that says which children a node has is seen by that: it changes how many nodes there
are, or how many of them are inner. There is no checksum, though: damage that turns one free node into an occupied
one, one number into another or one resolution into another leaves a file as good as any, and is not seen.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from jaxtyping import Int64, UInt8

from spatialmem.config import OctreeConfig
from spatialmem.errors import FormatError, MapFull
from spatialmem.files import read_whole
from spatialmem.formats.octomap.codes import canonical, roots_of
from spatialmem.formats.octomap.header import NODE_BYTES, Header, parse_header
from spatialmem.formats.octomap.values import quanta_of
from spatialmem.kernels import octomap as kernels
from spatialmem.kernels.octomap import Found
from spatialmem.kernels.warmup import warm_up
from spatialmem.octree import Blocks, Octree

__all__ = ["read_octomap"]

LOG_ODDS_LIMIT = 1e4
"""No count of hits leads beyond this [nat]; a damaged exponent does."""
_MIB = 1 << 20


def read_octomap(path: str | Path, config: OctreeConfig | None = None) -> Octree:
    """Read a `.bt` or `.ot` file into a new octree. The first line decides which it is.

    The file's resolution is the voxel size; everything else, the budget first of all, is as in `config`. See
    formats/octomap/values.py for what becomes of log-odds. Raises FormatError with path and byte for a file that is
    damaged or of another kind, MapFull where the budget does not hold it.
    """
    path = Path(path)
    data = read_whole(path)
    header = parse_header(data, path)
    settings = msgspec.structs.replace(config or OctreeConfig(), voxel_size_m=header.voxel_size_m)
    warm_up()
    payload = np.frombuffer(data, np.uint8)[header.data_at :]
    blocks = _blocks(header, payload, path, settings.budget_mib)
    return Octree.from_blocks(blocks, settings)


def _blocks(header: Header, payload: UInt8[np.ndarray, "n"], path: Path, budget_mib: int) -> Blocks:
    """Return the map in a payload: counted and checked first, then read."""
    if header.node_count == 0:
        if len(payload):
            raise FormatError(path, header.data_at, f"expected the end of the file after 0 nodes; {_rest(payload, 0)}")
        return canonical(np.zeros((0, 3), np.int32), np.zeros((0, 512), np.int32), np.zeros((0, 512), np.int8))
    walk = _states if header.holds_states else _values
    none = np.empty(0, np.int64), np.empty((0, 512), np.int32), np.empty((0, 512), np.int8)
    found = walk(header, payload, path, *none)
    roots, leaves = int(found[Found.ROOTS]), int(found[Found.LEAVES])
    for what, count, size in (("roots", roots, 2048), ("leaves", leaves, 512)):
        if count * size > budget_mib * _MIB:  # so that a small file cannot take more memory than was granted
            raise MapFull(what, count, budget_mib * _MIB // size, budget_mib)
    codes, children = np.empty(roots, np.int64), np.empty((roots, 512), np.int32)
    values = np.empty((leaves, 512), np.int8)
    walk(header, payload, path, codes, children, values)
    return canonical(roots_of(codes), children, values)


def _states(
    header: Header, payload: UInt8[np.ndarray, "n"], path: Path, *room: np.ndarray
) -> Int64[np.ndarray, "figures"]:
    """Walk the nodes of a `.bt` file."""
    found = np.zeros(Found.SIZE, np.int64)
    kernels.read_states(payload, header.node_count, *room, found)
    at = header.data_at + int(found[Found.END])
    _refuse(int(found[Found.PROBLEM]), at, header, path, "two bytes of an inner node")
    if found[Found.NODES] != header.node_count:
        raise FormatError(path, at, f"expected {header.node_count} nodes, the file has {found[Found.NODES]}.")
    _refuse_rest(payload, int(found[Found.END]), header, path)
    return found


def _values(
    header: Header, payload: UInt8[np.ndarray, "n"], path: Path, *room: np.ndarray
) -> Int64[np.ndarray, "figures"]:
    """Walk the nodes of a `.ot` file."""
    size = NODE_BYTES[header.tree_class]
    whole = len(payload) // size
    if whole < header.node_count:
        at = header.data_at + whole * size
        raise FormatError(
            path, at, f"expected {header.node_count} nodes of {size} bytes, the file ends in node {whole}."
        )
    _refuse_rest(payload, header.node_count * size, header, path)
    records = payload.reshape(-1, size)
    log_odds = np.ascontiguousarray(records[:, :4]).view("<f4")[:, 0].astype(np.float32)
    absurd = ~(np.abs(log_odds) <= LOG_ODDS_LIMIT)
    if absurd.any():
        node = int(np.argmax(absurd))
        raise FormatError(
            path, header.data_at + node * size, f"expected log-odds, a finite number of nats; found {log_odds[node]}."
        )
    found = np.zeros(Found.SIZE, np.int64)
    kernels.read_values(quanta_of(log_odds), np.ascontiguousarray(records[:, -1]), *room, found)
    at = header.data_at + int(found[Found.END]) * size
    _refuse(int(found[Found.PROBLEM]), at, header, path, f"{size} bytes of a node")
    if found[Found.NODES] != header.node_count:
        raise FormatError(
            path, at, f"expected {header.node_count} nodes, the tree is whole after {found[Found.NODES]}."
        )
    return found


def _refuse(problem: int, at: int, header: Header, path: Path, record: str) -> None:
    """Raise FormatError for what a walk stumbled over."""
    what = {
        kernels.TOO_SHORT: f"expected {record}, the file ends here; it was cut short.",
        kernels.TOO_DEEP: f"expected at most {kernels.TOP_LEVEL} levels of children, this node has one more.",
        kernels.EMPTY_INNER: "expected at least one child of an inner node, all eight are unknown.",
        kernels.TOO_MANY: f"expected {header.node_count} nodes, as the header says; there are more.",
    }.get(problem)
    if what is not None:
        raise FormatError(path, at, what)


def _refuse_rest(payload: UInt8[np.ndarray, "n"], end: int, header: Header, path: Path) -> None:
    if end < len(payload):
        raise FormatError(
            path, header.data_at + end, f"expected the end of the file after {header.node_count} nodes; "
            + _rest(payload, end),
        )  # fmt: skip


def _rest(payload: UInt8[np.ndarray, "n"], end: int) -> str:
    return f"{len(payload) - end} bytes follow."

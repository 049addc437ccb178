"""The text at the beginning of an OctoMap file: what kind of tree, how many nodes, how large a voxel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from spatialmem.config import OctreeConfig, checked
from spatialmem.errors import ConfigError, FormatError

__all__ = ["Header", "header_bytes", "parse_header"]

STATES_MARK = b"# Octomap OcTree binary file"
VALUES_MARK = b"# Octomap OcTree file"
BYTES_MAX = 1 << 16
"""A header longer than this is none: OctoMap's own take about 140 bytes."""
NODE_BYTES = {"OcTree": 5, "ColorOcTree": 8}
"""The classes of tree that are read, and what a node of theirs takes in a .ot file."""
WORDS = {"id": rb"[!-~]{1,64}", "size": rb"\d{1,18}", "res": rb"[0-9.eE+-]{1,32}"}
MEANINGS = {"id": "the class of the tree", "size": "a number of nodes", "res": "a voxel size in metres"}


@dataclass(frozen=True)
class Header:
    """What the header says, and where the nodes begin."""

    holds_states: bool
    """True for `.bt`, states only; False for `.ot`, log-odds. The first line decides, not the name of the file."""
    tree_class: str
    node_count: int
    voxel_size_m: float
    data_at: int


def parse_header(data: bytes, path: Path) -> Header:
    """Read the header. Raises FormatError with the byte at which it is not one."""
    if not data:
        raise FormatError(path, 0, "expected an OctoMap file, it is empty.")
    first = data.split(b"\n", 1)[0]
    if first not in (STATES_MARK, VALUES_MARK):
        marks = f"'{STATES_MARK.decode()}' or '{VALUES_MARK.decode()}'"
        raise FormatError(path, 0, f"expected the line {marks}, found {_shown(first)}; this is no OctoMap file.")
    fields, data_at = _fields(data, min(len(first) + 1, len(data)), path)
    for name, meaning in MEANINGS.items():
        if name not in fields:
            raise FormatError(path, data_at, f"expected a line '{name} ...' ({meaning}) before 'data', there is none.")
    tree_class, at = fields["id"]
    if tree_class not in NODE_BYTES:
        raise FormatError(path, at, f"expected a tree of class {' or '.join(NODE_BYTES)}, this is '{tree_class}'.")
    size = int(fields["size"][0])
    return Header(first == STATES_MARK, tree_class, size, _voxel_size_m(*fields["res"], path), data_at)


def _fields(data: bytes, at: int, path: Path) -> tuple[dict[str, tuple[str, int]], int]:
    """Return each field's value and where it is, and where the nodes begin."""
    fields: dict[str, tuple[str, int]] = {}
    while True:
        end = data.find(b"\n", at, BYTES_MAX)
        if end < 0:
            raise FormatError(path, at, "expected another line of the header, up to the line 'data'; there is none.")
        line = data[at:end].rstrip(b"\r ")
        name, _, word = line.partition(b" ")
        name = name.decode("ascii", "replace")
        if line == b"data":
            return fields, end + 1
        if name in fields:
            raise FormatError(path, at, f"expected one line '{name} ...', this is the second.")
        if name in WORDS:
            if not re.fullmatch(WORDS[name], word):
                raise FormatError(path, at, f"expected '{name}' and {MEANINGS[name]}, found {_shown(line)}.")
            fields[name] = word.decode("ascii"), at
        elif line and not line.startswith(b"#"):
            allowed = "'id', 'size', 'res', 'data' or a comment"
            raise FormatError(path, at, f"expected a line of the header, {allowed}; found {_shown(line)}.")
        at = end + 1


def _voxel_size_m(word: str, at: int, path: Path) -> float:
    """Return the resolution, held to the voxel sizes that an octree may have."""
    try:
        size_m = float(word)
        checked(msgspec.structs.replace(OctreeConfig(), voxel_size_m=size_m), OctreeConfig)
    except (ValueError, ConfigError) as error:
        raise FormatError(path, at, f"expected 'res' and a voxel size of 0.001 to 1 m, found '{word}'.") from error
    return size_m


def _shown(line: bytes) -> str:
    """Return the beginning of a line in a form that can be printed anywhere."""
    return ascii(line[:40].decode("latin-1"))


def header_bytes(*, holds_states: bool, node_count: int, voxel_size_m: float) -> bytes:
    """Return the header of a file. The voxel size is written exactly."""
    mark = STATES_MARK if holds_states else VALUES_MARK
    return mark + f"\n# written by spatialmem\nid OcTree\nsize {node_count}\nres {voxel_size_m!r}\ndata\n".encode()

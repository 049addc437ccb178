"""The write-ahead log, read as SQLite documents it (sqlite.org/fileformat2.html, section 4), and audited.

SQLite itself stops at the first frame whose checksum fails and says nothing: to it, damage in the middle is a torn
end. Here the frames behind a bad one are looked at too. A transaction is written only after the one before it was
synced; so a commit behind a bad frame that another frame follows, each checksum built on the one before it, was
durable, and the bad frame is damage. Frames of one last transaction may be missing in any order: a power cut.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt32

__all__ = ["Wal", "read_wal"]

_HEADER_BYTES, _FRAME_BYTES = 32, 24
_MAGIC, _VERSION = 0x377F0682, 3007000
_MASK = 0xFFFFFFFF
_CHUNK_BYTES = 4 << 20
_DAMAGED = "a later transaction follows it, so this is damage and not the end of what was written"


@dataclass(slots=True)
class Wal:
    """What a write-ahead log holds up to its last whole transaction."""

    page_bytes: int = 0
    page_count: int = 0
    """Pages of the database after the last transaction; 0 where there is none."""
    pages: dict[int, int] = field(default_factory=dict)
    """By page number: where its newest content lies in the log."""
    salts: bytes = b""
    end: int = 0
    """Bytes up to the end of the last transaction."""
    damage: tuple[str, str] | None = None
    """Where and what, if the log is damaged before its end."""


@dataclass(slots=True)
class _Frame:
    """One frame: the fields of its header, and what its checksum should be, given the one before it."""

    at: int
    page: int
    commit: int
    salts: bytes
    stored: tuple[int, int]
    own: tuple[int, int]
    """What this frame adds to a checksum."""


def read_wal(fd: int, size: int) -> Wal:
    """Read and audit the first `size` bytes of a log."""
    header = os.pread(fd, _HEADER_BYTES, 0)
    if size < _HEADER_BYTES or len(header) < _HEADER_BYTES:
        return Wal()
    magic, version, page_bytes = (int.from_bytes(header[i : i + 4], "big") for i in (0, 4, 8))
    order = ">u4" if magic & 1 else "<u4"
    words = np.frombuffer(header[:24], order).astype(np.uint32)
    seed = _stored(header, 24)
    if magic & ~1 != _MAGIC or version != _VERSION or _sums(words[None])[0] != seed:
        return _without_header(fd, size)
    wal = Wal(page_bytes=page_bytes, salts=header[16:24], end=_HEADER_BYTES)
    _walk(wal, _frames(fd, size, page_bytes, order), seed)
    return wal


def _walk(wal: Wal, frames: Iterator[_Frame], seed: tuple[int, int]) -> None:
    """Take in whole transactions; look at what follows the first bad frame."""
    power = _power(wal.page_bytes)
    waiting: dict[int, int] = {}
    for frame in frames:
        right = _continued(seed, frame.own, power)
        if frame.salts != wal.salts or frame.stored != right or frame.page == 0:
            wal.damage = _behind(frame, right, frames, wal.salts, power)
            return
        seed = right
        waiting[frame.page] = frame.at + _FRAME_BYTES
        if frame.commit:
            wal.pages |= waiting
            waiting = {}
            wal.page_count, wal.end = frame.commit, frame.at + _FRAME_BYTES + wal.page_bytes
    return


def _behind(
    bad: _Frame, right: tuple[int, int], frames: Iterator[_Frame], salts: bytes, power: tuple[int, int, int]
) -> tuple[str, str] | None:
    """Return where the damage is, if a whole transaction and the begin of another follow the bad frame."""
    before, seeds = bad, {bad.stored, right}
    for frame in frames:
        linked = frame.salts == salts and frame.stored in {_continued(seed, frame.own, power) for seed in seeds}
        if linked and before.commit and before.salts == salts:
            return f"byte {bad.at} of the write-ahead log", f"this frame fails its checksum; {_DAMAGED}"
        before, seeds = frame, {frame.stored}
    return None


def _without_header(fd: int, size: int) -> Wal:
    """Judge a log with a bad header: SQLite syncs the header before it writes a frame."""
    for page_bytes in (1 << k for k in range(9, 17)):
        power = _power(page_bytes)
        for order in ("<u4", ">u4"):
            frames = list(_frames(fd, min(size, _HEADER_BYTES + 8 * (_FRAME_BYTES + page_bytes)), page_bytes, order))
            for before, frame in itertools.pairwise(frames):
                if frame.salts == before.salts and frame.stored == _continued(before.stored, frame.own, power):
                    return Wal(damage=("the header of the write-ahead log", f"it fails its checksum; {_DAMAGED}"))
    return Wal()


def _frames(fd: int, size: int, page_bytes: int, order: str) -> Iterator[_Frame]:
    """Read whole frames in order."""
    if page_bytes < 512 or page_bytes > 65536 or page_bytes & (page_bytes - 1):
        return
    step = _FRAME_BYTES + page_bytes
    at, end = _HEADER_BYTES, _HEADER_BYTES + (size - _HEADER_BYTES) // step * step
    while at < end:
        data = os.pread(fd, min(end - at, max(1, _CHUNK_BYTES // step) * step), at)
        data = data[: len(data) // step * step]
        if not data:
            return
        words = np.frombuffer(data, order).reshape(-1, step // 4)
        own = _sums(np.concatenate([words[:, :2], words[:, 6:]], axis=1, dtype=np.uint32))
        for i, adds in enumerate(own):
            head = data[i * step : i * step + _FRAME_BYTES]
            yield _Frame(
                at + i * step,
                int.from_bytes(head[:4], "big"),
                int.from_bytes(head[4:8], "big"),
                head[8:16],
                _stored(head, 16),
                adds,
            )
        at += len(data)


def _stored(data: bytes, at: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + 4], "big"), int.from_bytes(data[at + 4 : at + 8], "big")


# The checksum of pairs (x, y) is s0 += x + s1; s1 += y + s0, modulo 2^32: linear. With M = [[1, 1], [1, 2]] it is
# M^n s + sum of M^(n-1-i) (x_i, x_i + y_i); so every frame's share is a sum of products, whatever came before it.


@functools.lru_cache(maxsize=8)
def _weights(pairs: int) -> tuple[UInt32[np.ndarray, "words"], UInt32[np.ndarray, "words"], tuple[int, int, int]]:
    """Return what each word counts for in s0 and in s1, and M^pairs as (a, b, d) of [[a, b], [b, d]]."""
    first, second = np.empty(2 * pairs, np.uint32), np.empty(2 * pairs, np.uint32)
    a, b, d = 1, 0, 1
    for i in range(pairs - 1, -1, -1):
        first[2 * i], first[2 * i + 1] = (a + b) & _MASK, b
        second[2 * i], second[2 * i + 1] = (b + d) & _MASK, d
        a, b, d = (a + b) & _MASK, (b + d) & _MASK, (b + 2 * d) & _MASK
    return first, second, (a, b, d)


def _power(page_bytes: int) -> tuple[int, int, int]:
    return _weights(1 + page_bytes // 8)[2]


def _sums(words: UInt32[np.ndarray, "n words"]) -> list[tuple[int, int]]:
    """Return each row's checksum from (0, 0)."""
    first, second, _ = _weights(words.shape[1] // 2)
    s0 = (words * first).sum(axis=1, dtype=np.uint32).tolist()
    s1 = (words * second).sum(axis=1, dtype=np.uint32).tolist()
    return list(zip(s0, s1, strict=True))


def _continued(seed: tuple[int, int], own: tuple[int, int], power: tuple[int, int, int]) -> tuple[int, int]:
    """Return the checksum of a frame that follows one with checksum `seed`."""
    a, b, d = power
    return (a * seed[0] + b * seed[1] + own[0]) & _MASK, (b * seed[0] + d * seed[1] + own[1]) & _MASK

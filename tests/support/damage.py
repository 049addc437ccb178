"""Ways to damage a file of pages and its log: cuts, flipped bits, swapped pages."""

import random
from pathlib import Path

from faulty_vfs import apply

from spatialmem.store.schema import PAGE_BYTES
from spatialmem.store.wal import read_wal


def half_moved(path: Path, database: bytes, log: bytes) -> tuple[bytes, bytes]:
    """A crash while the log's pages were moved into the database: some are there already."""
    path.write_bytes(log)
    with path.open("rb") as file:
        wal = read_wal(file.fileno(), len(log))
    changed = bytearray(database)
    for page, at in sorted(wal.pages.items())[: len(wal.pages) // 2]:
        apply(changed, (page - 1) * wal.page_bytes, log[at : at + wal.page_bytes])
    return bytes(changed), log


def flipped(data: bytes, rng: random.Random) -> bytes:
    """1 to 8 bits turned over."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 9)):
        bit = rng.randrange(len(data) * 8)
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def swapped(data: bytes, rng: random.Random, page: int, first: int) -> bytes:
    """Two pages in each other's place."""
    count = (len(data) - first) // page
    a, b = (first + i * page for i in rng.sample(range(count), 2))
    changed = bytearray(data)
    changed[a : a + page], changed[b : b + page] = data[b : b + page], data[a : a + page]
    return bytes(changed)


def damaged(whole: tuple[bytes, bytes], rng: random.Random) -> tuple[str, bytes, bytes]:
    """Return (kind of damage, database, log)."""
    database, log = whole
    kind = rng.choice(["cut", "flip", "swap"])
    if log and rng.random() < 0.6:
        change = {
            "cut": lambda: log[: rng.randrange(len(log))],
            "flip": lambda: flipped(log, rng),
            "swap": lambda: swapped(log, rng, PAGE_BYTES + 24, 32),
        }[kind]
        return f"{kind} log", database, change()
    change = {
        "cut": lambda: database[: rng.randrange(len(database))],
        "flip": lambda: flipped(database, rng),
        "swap": lambda: swapped(database, rng, PAGE_BYTES, 0),
    }[kind]
    return f"{kind} database", change(), log

"""A disk that fails on demand: an apsw VFS whose writes and syncs fail, or are lost or torn by a power cut."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


class Image:
    """What of a file is on the platter for certain, and what has been written since."""

    def __init__(self, synced: bytes):
        self.synced = bytearray(synced)
        self.pending: list[tuple[int, bytes | None]] = []
        """(offset, data), or (size, None) for a cut."""

    def sync(self) -> None:
        for at, data in self.pending:
            apply(self.synced, at, data)
        self.pending.clear()

    def after_power_cut(self, rng: random.Random) -> bytes:
        """Any of the unsynced writes may be there, whole, in part or not, in any order that keeps each byte's last."""
        disk, kept = bytearray(self.synced), rng.choice([0.0, 0.3, 0.7, 0.95, 1.0])
        whole = rng.randrange(len(self.pending) + 1) if rng.random() < 0.3 else 0
        for i, (at, data) in enumerate(self.pending):
            if i < whole:
                apply(disk, at, data)
            elif data is None:
                if rng.random() < kept:
                    apply(disk, at, None)
            else:
                for start in range(0, len(data), SECTOR):
                    if rng.random() < kept:
                        apply(disk, at + start, data[start : start + SECTOR])
        return bytes(disk)


def apply(disk: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del disk[at:]
        return
    if len(disk) < at + len(data):
        disk.extend(bytes(at + len(data) - len(disk)))
    disk[at : at + len(data)] = data


class FaultyVFS(apsw.VFS):
    """Passes everything to the real disk, but asks `fault(operation, count)` first, which may return an error.

    operation: "write", "sync" or "truncate". After an error with `cut` set, nothing reaches the disk any more.
    """

    def __init__(self, name: str, fault: Callable[[str, int], Exception | None] = lambda operation, count: None):
        super().__init__(name, base="")
        self.name, self.fault = name, fault
        self.count = 0
        self.dead = False
        self.images: dict[str, Image] = {}

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        return FaultyFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.ask("truncate")
        self.images.pop(filename, None)
        super().xDelete(filename, syncdir)

    def ask(self, operation: str) -> None:
        if self.dead:
            raise apsw.IOError("the power is off")
        self.count += 1
        if (error := self.fault(operation, self.count)) is not None:
            raise error

    def cut_power(self) -> None:
        self.dead = True

    def leave(self, folder: Path, rng: random.Random) -> None:
        """Write what the disk holds after the power cut."""
        for name, image in self.images.items():
            (folder / Path(name).name).write_bytes(image.after_power_cut(rng))


class FaultyFile(apsw.VFSFile):
    def __init__(self, vfs: FaultyVFS, name: Any, flags: list[int]):
        super().__init__("", name, flags)
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._vfs = vfs
        self._image = vfs.images.setdefault(str(filename), Image(Path(filename).read_bytes()))

    def xWrite(self, data: bytes, offset: int) -> None:
        self._vfs.ask("write")
        self._image.pending.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._vfs.ask("truncate")
        self._image.pending.append((newsize, None))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._vfs.ask("sync")
        super().xSync(flags)
        self._image.sync()

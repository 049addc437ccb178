"""An episode carried on in a memory file: which of its inputs the file has already, and a file that stays whole.

The gate alone would not do: inputs that it knows are too late for it, and after thirty late ones in a row that agree
with each other it believes that the source's clock was set back, and the episode would go in a second time.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from spatialmem.codec import encode_input
from spatialmem.config import Config
from spatialmem.errors import StoreError, StoreFull
from spatialmem.gate import Admitted, GateState, admit
from spatialmem.memory import SpatialMemory
from spatialmem.memory_file import MemoryFile
from spatialmem.types import Input

__all__ = ["KnownInputs", "News", "kept_whole", "resumed"]

Origin = TypeVar("Origin")
News: TypeAlias = Literal["new", "known", "rejected_before"]
"""What an input is to a memory file: it has it; it lies between two that it has, so it was played and rejected, or is
what no detector said then; or neither."""

HELD_MAX = 64
"""So many inputs are held back after one that the file has, until the next one of that kind shows what they are."""


class KnownInputs:
    """The inputs of a memory file, to be recognised by source, kind, stamp and content.

    Where retention has dropped an input's content, its stamp suffices.
    """

    def __init__(self, config: Config):
        self._config = config
        self._digests: dict[tuple[str, str, int], set[bytes]] = {}

    @classmethod
    def of(cls, path: Path, config: Config) -> KnownInputs:
        """Read all inputs of a file. Raises as `MemoryFile.open`."""
        known = cls(config)
        file = MemoryFile.open(path, config, read_only=True)
        with contextlib.closing(file.store):
            for row, data in file.inputs():
                digests = known._digests.setdefault((row.source, row.kind, row.stamp_ns), set())
                if data is not None:
                    digests.add(_digest(data))
        return known

    @property
    def left(self) -> int:
        """How many stamps of the file were not met yet."""
        return len(self._digests)

    def meet(self, x: Input) -> bool:
        """Return whether the file has this input. Each is recognised once."""
        key = (x.source, type(x).__name__, x.stamp_ns)
        digests = self._digests.get(key)
        if digests is None:
            return False
        if digests:
            verdict, _ = admit(x, GateState(), self._config)  # alone: only its canonical form is wanted
            digest = _digest(encode_input(verdict.input)) if isinstance(verdict, Admitted) else b""
            if digest not in digests:
                return False
            digests.remove(digest)
        if not digests:
            del self._digests[key]
        return True


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def resumed(inputs: Iterable[tuple[Input, Origin]], known: KnownInputs | None) -> Iterator[tuple[Input, Origin, News]]:
    """Yield an episode's inputs in order, each with what it is to the file; all are new without one.

    Each comes with where it is from, which is passed on.
    """
    held: list[tuple[Input, Origin]] = []
    holding = False
    for x, origin in inputs:
        is_known = known is not None and known.meet(x)
        if not is_known:
            held.append((x, origin))
            if holding and known is not None and known.left and len(held) <= HELD_MAX:
                continue
        yield from _each(held, "rejected_before" if is_known else "new")
        held, holding = [], is_known
        if is_known:
            yield x, origin, "known"
    yield from _each(held, "new")


def _each(inputs: list[tuple[Input, Origin]], news: News) -> Iterator[tuple[Input, Origin, News]]:
    return ((x, origin, news) for x, origin in inputs)


@contextlib.contextmanager
def kept_whole(memory: SpatialMemory, path: Path | None) -> Iterator[None]:
    """Close a memory's file at the end, also after Ctrl-C; where it cannot be written, say what of it is durable."""
    try:
        yield
        memory.close()
    except StoreError as error:
        with contextlib.suppress(StoreError):
            memory.close()
        durable = f"inputs 1 to {memory.durable_seq} are" if memory.durable_seq else "no input is"
        # Of a process that ends it is not true that what waits is written later.
        what = f"{path}: no space is left to write." if isinstance(error, StoreFull) else str(error)
        raise StoreError(f"{what} Now {durable} durable; mend that and run the command again to go on.") from error
    except BaseException:
        with contextlib.suppress(StoreError):
            memory.close()
        raise

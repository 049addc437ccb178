"""Episodes on disk: what a memory was told, and what it was before; played again it ends in the same state.

NAME.mcap       the inputs, as `spatialmem record` writes them
NAME.state      the memory before, as the bytes of `dump`; it knows its own settings
NAME.json       what the episode was, and the `state_hash` that it ended with
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spatialmem import Input, InputError, SpatialMemory, open_episode, record_mcap

__all__ = ["EpisodeRecord", "replayed"]


@dataclass(slots=True)
class _Source:
    """Inputs that are taken down as they come, as a `spatialmem.Source`."""

    name: str
    world: str

    def __iter__(self) -> Iterator[Input]:
        return iter(())

    def __len__(self) -> int:
        return 0


class EpisodeRecord:
    """One episode's files in a folder."""

    def __init__(self, folder: Path, name: str, memory: SpatialMemory):
        """Write down what a memory is before the episode. Raises InputError where that cannot be written."""
        self._path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file(".mcap").unlink(missing_ok=True)
            self._file(".state").write_bytes(memory.dump())
        except OSError as error:
            raise InputError(f"{self._path} cannot be written: {error.strerror}.") from error
        self._memory = memory

    def _file(self, ending: str) -> Path:
        return self._path.with_name(self._path.name + ending)

    def take(self, inputs: Iterator[Input]) -> None:
        """Write what a memory is told, as it is told it."""
        record_mcap(_Source(self._path.name, self._memory.config.world), self._file(".mcap"), inputs=inputs)

    def finish(self, about: dict[str, Any]) -> None:
        """Write what the episode was, and what the memory ended as."""
        told = {**about, "state_hash": self._memory.view().state_hash()}
        self._file(".json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def replayed(path: Path) -> tuple[str, str]:
    """Return the `state_hash` that NAME.mcap ends in when it is played again, and the one that it ended in.

    Raises InputError where one of its files is missing, and as `open_episode` and `SpatialMemory.load`.
    """
    base = path.name.removesuffix(".mcap")
    state, about = (path.with_name(base + ending) for ending in (".state", ".json"))
    for needed in (path, state, about):
        if not needed.exists():
            raise InputError(
                f"{needed} is missing; an episode is NAME.mcap, NAME.state and NAME.json beside each other."
            )
    with SpatialMemory.load(state.read_bytes()) as memory:
        for x in open_episode(str(path)):
            memory.observe(x)
        return memory.view().state_hash(), json.loads(about.read_text(encoding="utf-8"))["state_hash"]

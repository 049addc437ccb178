"""Detectors that look at an episode's frames on their way into a memory: what `--detector` does."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from spatialmem.cli.detectors import open_detector, open_embedder
from spatialmem.errors import InputError
from spatialmem.lookout import Lookout
from spatialmem.protocols import Source
from spatialmem.types import Input, RgbdFrame

__all__ = ["look_at_frames", "open_lookouts", "tell_failures"]


def open_lookouts(specs: Sequence[str], embedder: str | None) -> tuple[Lookout, ...]:
    """Open the detectors that a command line names. Raises InputError, also for the same word twice."""
    words = Counter(spec.partition(":")[0] for spec in specs)
    twice = [word for word, count in words.items() if count > 1]
    if twice:
        raise InputError(f"--detector {twice[0]} is given twice; a memory tells detectors apart by their word.")
    if embedder is not None and not specs:
        raise InputError("--embedder describes what a --detector finds; give one.")
    look = None if embedder is None else open_embedder(embedder)
    return tuple(Lookout(spec.partition(":")[0], open_detector(spec), look) for spec in specs)


def look_at_frames(
    source: Source, lookouts: Sequence[Lookout], limit: int | None
) -> Iterator[tuple[Input, Lookout | None]]:
    """Yield the first `limit` inputs, and after each frame what each detector found in it, with the detector."""
    inputs = iter(source)
    try:
        for x in itertools.islice(inputs, limit):
            yield x, None
            if not isinstance(x, RgbdFrame):
                continue
            for lookout in lookouts:
                found = lookout.look(x)
                if found is not None:
                    yield found, lookout
    finally:
        close = getattr(inputs, "close", None)
        if close is not None:
            close()


def tell_failures(say: Console, lookouts: Sequence[Lookout], file: Path | None = None) -> None:
    """Say in one sentence for each detector which frames it could not look at, and what it found too late.

    file: the memory file that was played into.
    """
    for lookout in lookouts:
        if lookout.failed_count:
            every = lookout.failed_count == lookout.looked_count
            frames = f"any of the {_frames(lookout.failed_count)}" if every else _frames(lookout.failed_count)
            words = f"The detector {lookout.source} could not look at {frames}. The first: {lookout.failure}"
            say.print(words, markup=False, soft_wrap=True)
        if lookout.too_late_count:
            words = (
                f"What the detector {lookout.source} found in {_frames(lookout.too_late_count)} came too late: {file} "
                f"has their frames already, and they wait no more for detections. Replay into a new file."
            )
            say.print(words, markup=False, soft_wrap=True)


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
